"""Admissions: what is asked for is checked and numbered as the newest run, or is refused and changes nothing."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from hidiff.errors import HiDiffError, ImageError
from hidiff.interface.example_cache import ExampleCache
from hidiff.interface.examples import Example
from hidiff.interface.notices import tell, warn
from hidiff.interface.refine_tab.controls import Parts
from hidiff.interface.refine_tab.inputs import BROKEN, OWN, EventInputs, inputs_of, prior_of
from hidiff.interface.refine_tab.questions import about_mask
from hidiff.interface.refine_tab.slots import image_shown, mask_shown
from hidiff.interface.refine_tab.status import told
from hidiff.interface.refine_tab.subject_updates import SubjectUpdates
from hidiff.interface.refine_tab.updates import PageUpdates, Updates, merged
from hidiff.interface.runs.compare import comparison_of
from hidiff.interface.runs.recipe import Recipe, Source, Start, check_work, checked_recipe, usual_settings, work_beside
from hidiff.interface.runs.run import chosen_model
from hidiff.interface.runs.session import Comparison, DisplayedRun, Play
from hidiff.interface.texts import joined, text
from hidiff.models.backend import BACKENDS
from hidiff.pipeline import HiDiff


@dataclass(frozen=True)
class Admissions:
    """Admits runs, and answers from the cache in the place of one; each method gives what changes on the page."""

    parts: Parts
    models: Mapping[str, HiDiff]
    examples: Sequence[Example]
    example_cache: ExampleCache | None
    page: PageUpdates

    @cached_property
    def subject(self) -> SubjectUpdates:
        """What the page shows of the task and the picture."""
        return SubjectUpdates(self.parts, self.models, self.examples, self.page)

    def admit(
        self, given: EventInputs, source: Source | None, fresh: bool = False, play: Play = "once", said: str = ""
    ) -> Updates:
        """Check everything and number a run.

        fresh: another picture, to which no prior of an earlier one belongs. said: what is told before how far it is.
        """
        session = given.session
        try:
            recipe, comparison, note = self._recipes(given, source, fresh)
        except HiDiffError as refusal:
            warn(refusal, "refine.warning")
            return self.subject.nothing_new(session) | ({} if fresh else mask_shown(self.parts, given))
        asked = about_mask(self.parts.prior.question, session, recipe)
        if asked is not None:
            return self.subject.nothing_new(session) | asked | mask_shown(self.parts, given)
        if note:
            tell(note)
        left = session.recipe.source.own_reference if session.recipe is not None else None
        if fresh and left is not None:
            tell(text("reference.left", name=left.title))
        with session.turn.taken():
            session.start_run(recipe, comparison, play, None if fresh else given.painted)
            if fresh:
                session.picture = None
                session.step_times.clear()
        updates: Updates = {
            self.parts.stop: self.page.stop_button(can=True),
            self.parts.status: told(joined(said, text("status.asked")), busy=True),
            **self.page.offer(session),
            **self.subject.about(session),
        }
        if not fresh:
            return updates | mask_shown(self.parts, given)
        updates |= self.parts.prior.set_to(recipe.source.start) | self.subject.engine_cleared()
        updates |= {self.parts.upload: image_shown(self.parts, session), self.parts.reference.upload: None}
        return updates | {self.parts.brush: None}

    def example(self, index: int, given: EventInputs, play: Play = "once") -> Updates:
        """An example of the given task from its own start: at once where that is cached and the settings are the
        weights' own, else by a run."""
        source = self.examples[index].as_source
        cached = self._cached(index, given, source.start.prior_source, source.start.prior_seed, play)
        if cached is None:
            return self.admit(given, source, fresh=True, play=play)
        return {**self.parts.prior.set_to(source.start), **cached, self.parts.upload: None, self.parts.brush: None}

    def linked(self, index: int, given: EventInputs, play: Play) -> Updates:
        """An example with the given settings, from the given start: at once where that is cached."""
        source, prior = self.examples[index].as_source, prior_of(given.prior)
        start = Start(prior["prior_source"], prior["prior_seed"])
        cached = None if given.difference else self._cached(index, given, start.prior_source, start.prior_seed, play)
        visible = self.parts.prior.set_to(start)
        if cached is not None:
            return {**visible, **cached, self.parts.upload: None, self.parts.brush: None}
        return merged(visible, self.admit(given, source, play=play))

    def cached_start(self, given: EventInputs, source: Source) -> Updates | None:
        """What shows the example on the screen from the chosen start, where that is cached and nothing was painted."""
        index = next((place for place, example in enumerate(self.examples) if example.as_source == source), None)
        prior = given.prior
        if index is None or prior.kind == OWN or given.brush or not isinstance(prior.seed, int):
            return None
        chosen = (str(prior.error), prior.seed) if prior.kind == BROKEN else (str(prior.kind), 0)
        return self._cached(index, given, *chosen, "once")

    def _cached(self, index: int, given: EventInputs, prior_source: str, seed: int, play: Play) -> Updates | None:
        """What shows an example from a prior source, where it is cached and nothing else was asked for."""
        model, cache = self.models.get(str(given.task)), self.example_cache
        if cache is None or model is None or self.examples[index].task != given.task:
            return None
        usual = given.has_usual_settings(usual_settings(model)) and given.backend == BACKENDS[0]
        run = secrets.token_hex(8)
        payload = cache.find(index, run, prior_source, seed) if usual else None
        if payload is None:
            return None
        recipe, session = cache.recipe(index, prior_source, seed), given.session
        displayed = DisplayedRun(run, recipe, recipe.settings.steps)
        with session.turn.taken():
            session.show(displayed, payload.get("picture"), play)
            session.step_times.clear()
        return {
            **self.subject.engine_cleared(),
            **self.subject.nothing_shown(session),
            **self.page.answered(displayed, model, payload),
            self.parts.status: told(""),
            self.parts.player: {**payload, "ticket": list(session.ticket), "play": play},
        }

    def _recipes(self, given: EventInputs, source: Source | None, fresh: bool) -> tuple[Recipe, Comparison | None, str]:
        """The recipe of what is given, the second lane if any, and a note for the visitor. Raises HiDiffError."""
        if source is None:
            raise ImageError(text("refine.nothing"))
        prior = prior_of(inputs_of(source.start)) if fresh else prior_of(given.prior, given.own_mask())
        model, scribbles = chosen_model(self.models, given.task), None if fresh else given.scribbles
        settings = given.settings if fresh else given.settings_with_scribbles()
        recipe, note = checked_recipe(model, source, settings, scribbles=scribbles, backend=given.backend, **prior)
        if given.difference is None:
            return recipe, None, note
        comparison = comparison_of(model, recipe, given.difference)
        second = replace(comparison.recipe, work=work_beside(model, recipe, comparison.recipe))
        check_work(source.title, recipe.work + second.work)
        return recipe, replace(comparison, recipe=second), note
