"""The events of the tab that refines: what triggers what, when something is picked, set, pressed, or taken away.

Each is two of Gradio's: one that admits a run and supersedes the one before, one that computes. What cannot be done is
refused by the first, so that nothing on the screen changes and no run is cut off.

What is on the screen in the end is what was chosen last. Admissions are one queue, one after the other, and so is what
computes: within each, messages reach a visitor in the order of the events. Between the two a visitor's session has a
turn (see `runs.session`): an update of a run is on its way before a newer run is admitted, or it is not sent at all.
Where a browser should receive messages in another order all the same, the player drops what has an older ticket.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import gradio as gr
from gradio.context import Context

from hidiff.errors import ImageError
from hidiff.interface.example_cache import ExampleCache
from hidiff.interface.examples import Example, of_task, strip
from hidiff.interface.link import AT, Link, read_link
from hidiff.interface.notices import tell, warn
from hidiff.interface.refine_tab.admissions import Admissions
from hidiff.interface.refine_tab.connections import AT_ONCE, Connections
from hidiff.interface.refine_tab.controls import Parts, differences_of, lay_out
from hidiff.interface.refine_tab.inputs import BROKEN, OWN, EventInputs, PriorInputs, asked_of, inputs_of
from hidiff.interface.refine_tab.questions import task_of
from hidiff.interface.refine_tab.reference_events import ReferenceEvents
from hidiff.interface.refine_tab.subject_updates import SubjectUpdates
from hidiff.interface.refine_tab.updates import PageUpdates, Updates, merged
from hidiff.interface.runs.cache import RunCache
from hidiff.interface.runs.recipe import MANY, PROPOSED, samples_that_fit, usual_settings
from hidiff.interface.runs.run import chosen_model
from hidiff.interface.runs.session import Play, Session
from hidiff.interface.runs.uploads import uploaded
from hidiff.interface.texts import text
from hidiff.pipeline import HiDiff
from hidiff.refinement.settings import SETTINGS


def refine_tab(
    models: Mapping[str, HiDiff], examples: Sequence[Example], example_cache: ExampleCache | None = None
) -> None:
    """Lay the tab out and connect it. `models` holds one model at least; the cache knows examples by their places."""
    parts = lay_out(models, examples, example_cache is not None)
    _Events(parts, models, examples, example_cache, PageUpdates(parts, models, RunCache())).connect()


@dataclass(frozen=True)
class _Events:
    """What each event asks for. No state but the caches'; a visitor's own lies in its `Session`.

    page: what follows once a run was admitted, and what the refinement on the screen is asked for."""

    parts: Parts
    models: Mapping[str, HiDiff]
    examples: Sequence[Example]
    example_cache: ExampleCache | None
    page: PageUpdates

    def connect(self) -> None:
        """Attach every event. `change` of a component that an event sets is not listened to: only hands start
        anything."""
        parts, panel, prior = self.parts, self.parts.engine, self.parts.prior
        runs: tuple[tuple[Any, Any, list[Any]], ...] = (
            (parts.strip.click, self.pick, []),
            (parts.upload.upload, self.bring, [parts.upload]),
            (parts.refine.click, self.refine_or_renew, []),
            (parts.many.click, self.many, []),
            (parts.compare.click, self.compare, [parts.difference]),
            (panel.both.click, self.both_backends, []),
            (panel.backend.input, self.again, []),
            (prior.kind.input, self.choose_prior, []),
            (prior.error.input, self.again, []),
            (prior.own.upload, self.again, []),
            (prior.reset.click, self.reset, []),
            (parts.task.input, self.change_task, []),
            (prior.question.yes.click, self.use_mask, []),
            (prior.question.other.click, self.invert_mask, []),
            (parts.question.other.click, self.switch_task, []),
        )
        connections = Connections(parts, self.page)
        for trigger, admit, also in runs:
            connections.admit(trigger, admit, also)
        connections.admit(parts.brush.input, self.answer_stroke)
        blocks = Context.root_block
        if self.example_cache is not None and blocks is not None:
            connections.admit(blocks.load, self.arrive)
        connections.clear(parts.upload.clear, self.clear)
        references, upload = ReferenceEvents(parts, self.models), parts.reference.upload
        connections.compare(upload.upload, references.bring, [upload])
        connections.compare(upload.clear, references.clear)
        prior.own.clear(prior.question.hidden, None, prior.question.outputs, **AT_ONCE)
        parts.question.yes.click(self.keep_picture, parts.session, parts.question.outputs, **AT_ONCE)
        connections.under_way()
        connections.settings(self.notice)
        connections.finished()

    @cached_property
    def _admissions(self) -> Admissions:
        return Admissions(self.parts, self.models, self.examples, self.example_cache, self.page)

    @property
    def _subject(self) -> SubjectUpdates:
        return self._admissions.subject

    def _given(self, values: Sequence[Any]) -> EventInputs:
        return EventInputs.of(values, tuple(self.parts.settings))

    def arrive(self, request: gr.Request, *values: Any) -> Updates:
        """The page has been opened: what its address asks for is shown, else its first example."""
        given = self._given(values)
        first = of_task(self.examples, str(given.task))
        if given.session.recipe is not None:
            return self._subject.nothing_new(given.session)
        query = dict(request.query_params)
        link = read_link(query, self.models, self.examples)
        if link is not None:
            return self._linked(link, given, "no" if AT in query else "once")
        if not first:
            return self._subject.nothing_new(given.session)
        return self._admissions.example(first[0][0], given, play="loop")

    def _linked(self, link: Link, given: EventInputs, play: Play) -> Updates:
        """An example as a link has it. What cannot be taken of it is named, and the rest is shown all the same."""
        for sentence in link.refused:
            warn(sentence, "link.warning")
        shown: Updates = {}
        task = self.examples[link.example].task
        model = self.models[task]
        if task != given.task:
            given.task = task
            shown = self._task_shown(given)
        given.settings = usual_settings(model) | dict(link.settings)
        given.prior, given.difference = inputs_of(link.start), link.against
        shown |= {
            self.parts.settings[name]: value for name, value in link.settings.items() if name in self.parts.settings
        }
        if link.against is not None:
            shown[self.parts.difference] = gr.update(choices=differences_of(model), value=link.against)
        return merged(shown, self._admissions.linked(link.example, given, play))

    def pick(self, event: gr.EventData, *values: Any) -> Updates:
        """An example was clicked."""
        given = self._given(values)
        index = getattr(event, "index", None)
        if not isinstance(index, int) or not 0 <= index < len(self.examples):
            return self._subject.nothing_new(given.session)
        task = self.examples[index].task
        if task == given.task:
            return self._admissions.example(index, given)
        given.task = task  # clicked while the strip of another task was still there
        return merged(self._task_shown(given), self._admissions.example(index, given))

    def bring(self, file: object, *values: Any) -> Updates:
        """An image was uploaded."""
        given = self._given(values)
        try:
            source = uploaded(file)
        except ImageError:
            source = None
        return self._admissions.admit(given, source, fresh=True)

    def refine_or_renew(self, *values: Any) -> Updates:
        """The same picture with what is set now, or, where that is on the screen already, with the next seed."""
        given = self._given(values)
        session, seed = given.session, SETTINGS["seed"]
        session.asked = asked_of(self.models, given)
        if not session.unchanged or session.displayed is None:
            return self._admissions.admit(given, session.source)
        number = session.displayed.recipe.settings.seed + 1
        given.settings["seed"] = number if number <= seed.high else seed.low
        said = text("refine.new_noise", seed=given.settings["seed"])
        updates = self._admissions.admit(given, session.source, said=said)
        if session.recipe is not session.displayed.recipe:
            updates[self.parts.settings["seed"]] = given.settings["seed"]
        return updates

    def notice(self, *values: Any) -> Updates:
        """Something is set otherwise: whether the picture is of what is set now. Nothing is started."""
        given = self._given(values)
        given.session.asked = asked_of(self.models, given)
        return self.page.offer(given.session)

    def again(self, *values: Any) -> Updates:
        """The same picture with what is set now."""
        given = self._given(values)
        return self._admissions.admit(given, given.session.source)

    def answer_stroke(self, *values: Any) -> Updates:
        """As `again`, as it comes: who paints wants to see what became of it, and paint on."""
        given = self._given(values)
        recipe = given.session.recipe
        taken_back = recipe is not None and recipe.scribbles is not None
        if given.painted is None and not taken_back:  # the strokes were on a picture that has gone
            return self._subject.nothing_new(given.session)
        return self._admissions.admit(given, given.session.source, play="no")

    def many(self, *values: Any) -> Updates:
        """As `again`, with several samples unless several are set."""
        given = self._given(values)
        shown = given.session.recipe
        if given.settings.get("samples") in (1, None):
            fit = MANY if shown is None else samples_that_fit(self.models[shown.task], shown, MANY)
            given.settings["samples"] = max(2, fit)  # what does not fit at all is refused in a sentence
        before = given.session.newest
        updates = self._admissions.admit(given, given.session.source)
        if given.session.newest != before:
            updates[self.parts.settings["samples"]] = given.settings["samples"]
        return updates

    def compare(self, difference: object, *values: Any) -> Updates:
        """The same picture in two lanes that differ in one thing."""
        given = self._given(values)
        given.difference = difference
        return self._admissions.admit(given, given.session.source)

    def both_backends(self, *values: Any) -> Updates:
        """The same picture on both backends, side by side and timed."""
        return self.compare("backend", *values)

    def choose_prior(self, *values: Any) -> Updates:
        """Another prior: what belongs to it appears, and where nothing is missing it is refined at once."""
        given = self._given(values)
        kind, prior = given.prior.kind, self.parts.prior
        source = given.session.source
        visible = prior.show_for(kind) | {prior.kind: kind}  # an answer to an earlier event may have set it back
        own_start = inputs_of(PROPOSED if source is None else source.start)
        if kind == BROKEN == own_start.kind:
            given.prior = own_start
            visible[prior.error] = gr.update(value=own_start.error, visible=True)
            visible[prior.seed] = gr.update(value=own_start.seed, visible=True)
        if source is None or (kind == OWN and given.prior.own is None):
            return visible | self._subject.nothing_new(given.session)
        return merged(visible, self._admissions.cached_start(given, source) or self._admissions.admit(given, source))

    def reset(self, *values: Any) -> Updates:
        """The segmentor's proposal again, and nobody's hand in it."""
        given = self._given(values)
        given.prior = PriorInputs()
        given.brush = None
        cleared = self.parts.prior.set_to() | {self.parts.brush: None}
        if given.session.source is None:
            return cleared | self._subject.nothing_new(given.session)
        return cleared | self._admissions.admit(given, given.session.source)

    def use_mask(self, *values: Any) -> Updates:
        """The mask that was asked about, as it is."""
        return self._answered(values, inverted=False)

    def invert_mask(self, *values: Any) -> Updates:
        """The mask that was asked about, on and off changed."""
        return self._answered(values, inverted=True)

    def _answered(self, values: Sequence[Any], inverted: bool) -> Updates:
        given = self._given(values)
        session = given.session
        try:
            mask = given.own_mask()
        except ImageError:
            mask = None
        if mask is not None:
            session.masks[str(mask.path)] = inverted
        return self._admissions.admit(given, session.source)

    def keep_picture(self, session: Session) -> Updates:
        """The picture is the right one, as the visitor says."""
        if session.recipe is not None:
            session.kept.add((session.recipe.task, str(session.recipe.source.path)))
        return self.parts.question.hidden()

    def switch_task(self, *values: Any) -> Updates:
        """The task that the upload looks like."""
        given = self._given(values)
        recipe = given.session.recipe
        doubt = None if recipe is None else recipe.remarks.picture
        other = None if doubt is None else task_of(self.models, doubt)
        if other is None:
            return self._subject.nothing_new(given.session)
        given.task = other
        return self._to_task(given)

    def change_task(self, *values: Any) -> Updates:
        """Another task: its examples, its settings; an upload is looked at anew."""
        return self._to_task(self._given(values))

    def _to_task(self, given: EventInputs) -> Updates:
        self._say_what_is_lost(given)
        source = given.session.source
        self._emptied(given.session)
        first = of_task(self.examples, str(given.task))
        opens = self.example_cache is not None and (source is None or source.example)
        updates = self._task_shown(given, opens)
        if source is not None and not source.example:
            return merged(updates, self._admissions.admit(given, replace(source, own_reference=None)))
        if opens and first:
            return merged(updates, self._admissions.example(first[0][0], given, play="loop"))
        return updates | self._subject.nothing_new(given.session)

    def _task_shown(self, given: EventInputs, opens: bool = False) -> Updates:
        """What belongs to the given task on the page, with its own settings, which are given now too.

        opens: whether its first example is about to be shown.
        """
        model = chosen_model(self.models, given.task)
        given.settings, given.prior = usual_settings(model), PriorInputs()
        return {
            self.parts.task: given.task,
            self.parts.strip: strip(self.examples, str(given.task), opens),
            **self._subject.of_task(model, given.session),
        }

    def _say_what_is_lost(self, given: EventInputs) -> None:
        """Tell of settings that somebody has made, when those of another task's weights take their place."""
        shown = given.session.recipe
        others = [self.models[shown.task]] if shown else list(self.models.values())
        usual = any(given.has_usual_settings(usual_settings(other)) for other in others)
        start = inputs_of(PROPOSED if shown is None else shown.source.start)
        if not usual or given.prior.kind != start.kind or given.painted is not None:
            tell(text("refine.settings_lost"))

    def clear(self, session: Session) -> Updates:
        """The upload was taken away."""
        self._emptied(session)
        return self._subject.nothing_shown(session)

    @staticmethod
    def _emptied(session: Session) -> None:
        with session.turn.taken():
            session.start_run(None)
            session.displayed = None
