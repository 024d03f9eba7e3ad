"""The events of the tab that refines: what happens when something is picked, set, pressed, or taken away.

Each is two of Gradio's: one that admits a run and supersedes the one before, one that computes. What cannot be done is
refused by the first, so that nothing on the screen changes and no run is cut off.

What is on the screen in the end is what was chosen last. Admissions are one queue, one after the other, and so is what
computes: within each, messages reach a visitor in the order of the events. Between the two a visitor's session has a
turn (see `runs.session`): an update of a run is on its way before a newer run is admitted, or it is not sent at all.
Where a browser should receive messages in another order all the same, the player drops what has an older ticket.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

import gradio as gr
from gradio.context import Context

from hidiff.errors import HiDiffError, ImageError
from hidiff.interface import model_card
from hidiff.interface.example_cache import ExampleCache
from hidiff.interface.examples import Example, of_task, strip
from hidiff.interface.refine_tab.controls import Parts, differences_of, errors_of, lay_out, settings_of
from hidiff.interface.refine_tab.engine_panel import sizes_of
from hidiff.interface.refine_tab.inputs import BROKEN, OWN, EventInputs, PriorInputs, asked_of, inputs_of, prior_of
from hidiff.interface.refine_tab.questions import about_mask, about_picture, task_of
from hidiff.interface.refine_tab.reference_events import ReferenceEvents
from hidiff.interface.refine_tab.reference_panel import table_of
from hidiff.interface.refine_tab.slots import mask_slot, upload_slot
from hidiff.interface.refine_tab.status import told
from hidiff.interface.refine_tab.updates import PageUpdates, Updates
from hidiff.interface.runs.cache import RunCache
from hidiff.interface.runs.compare import comparison_of, has_bits
from hidiff.interface.runs.recipe import MANY, PROPOSED, Recipe, Source, checked_recipe, usual_settings
from hidiff.interface.runs.run import chosen_model
from hidiff.interface.runs.session import Comparison, DisplayedRun, Play, Session
from hidiff.interface.runs.uploads import uploaded
from hidiff.interface.texts import text
from hidiff.models.backend import BACKENDS
from hidiff.pipeline import HiDiff
from hidiff.refinement.settings import SETTINGS

MODEL = "model"  # the one queue of everything that computes
ONE_BY_ONE: dict[str, Any] = {"concurrency_id": MODEL, "concurrency_limit": 1, "api_visibility": "private"}
COMPUTES: dict[str, Any] = {**ONE_BY_ONE, "show_progress": "minimal"}
FILES = "files"  # the queue of what only reads files
HIDDEN: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
AT_ONCE: dict[str, Any] = {"queue": False, **HIDDEN}
ADMITS: dict[str, Any] = {
    "concurrency_id": FILES,
    "concurrency_limit": 1,
    "preprocess": False,
    "trigger_mode": "multiple",
    **HIDDEN,
}
TAKE = """(file) => {
  if (!file) return;
  const link = document.createElement("a");
  link.href = file.url;
  link.download = file.orig_name ?? "";
  link.click();
}"""
MARK = """(chosen) => {
  for (const button of document.querySelectorAll("#examples [data-example]")) {
    button.setAttribute("aria-pressed", String(Number(button.dataset.example) === chosen));
  }
}"""


def refine_tab(
    models: Mapping[str, HiDiff], examples: Sequence[Example], example_cache: ExampleCache | None = None
) -> None:
    """Lay the tab out and connect it. `models` holds one model at least; the cache knows examples by their places."""
    parts = lay_out(models, examples, example_cache is not None)
    _Events(parts, models, examples, example_cache, PageUpdates(parts, models, RunCache())).connect()


@dataclass(frozen=True)
class _Events:
    """What the tab's events share. No state but the caches'; a visitor's own lies in its `Session`.

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
            (parts.refine.click, self.press_refine, []),
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
        for trigger, admit, also in runs:
            self._then_compute(trigger(admit, [*also, *self._inputs()], self._admitted(), **ADMITS))
        self._then_compute(parts.brush.input(self.answer_stroke, self._inputs(), self._admitted(), **ADMITS))
        blocks = Context.root_block
        if self.example_cache is not None and blocks is not None:
            self._then_compute(blocks.load(self.arrive, self._inputs(), self._admitted(), **ADMITS))
        parts.upload.clear(self.clear, parts.session, self._results(), **ADMITS).then(
            None, parts.chosen, None, js=MARK, **AT_ONCE
        )
        references = ReferenceEvents(parts, self.models)
        upload, slots = parts.reference.upload, [parts.reference.upload, parts.stop]
        brought = upload.upload(references.bring, [upload, parts.session], slots, **ADMITS)
        cleared = upload.clear(references.clear, parts.session, slots, **ADMITS)
        for admission in (brought, cleared):
            self._then_compute(admission, self.page.show_again)
        prior.own.clear(prior.question.hidden, None, prior.question.outputs, **AT_ONCE)
        parts.question.yes.click(self.keep_picture, parts.session, parts.question.outputs, **AT_ONCE)
        parts.stop.click(self.page.stop, parts.session, self._stopped(), **AT_ONCE)
        look = self.page.look_at_line(blocks, MODEL, again=True)
        parts.clock.tick(look, parts.session, [parts.status, parts.clock], **AT_ONCE)
        self._connect_settings()
        self._connect_finished()

    def _connect_settings(self) -> None:
        """What is set and not refined by itself is told of, without a place in any queue."""
        parts, prior = self.parts, self.parts.prior
        said: list[Any] = [*parts.settings.values(), prior.kind, prior.error, prior.seed, parts.brush]
        changed = [widget.input for widget in said] + [prior.own.clear]
        gr.on(
            changed,
            self.notice,
            self._inputs(),
            [parts.refine, parts.stale],
            preprocess=False,
            trigger_mode="always_last",
            **AT_ONCE,
        )

    def _connect_finished(self) -> None:
        """What the refinement on the screen is asked for."""
        parts, panel = self.parts, self.parts.engine
        for kind, button in parts.take.files.items():
            made = button.click(
                self.page.maker(kind),
                parts.session,
                parts.take.file,
                trigger_mode="once",
                show_progress_on=button,
                **COMPUTES,
            )
            made.then(None, parts.take.file, None, js=TAKE, **AT_ONCE)
        parts.player.select(self.page.open_sample, parts.session, parts.player, show_progress="hidden", **ONE_BY_ONE)
        panel.look.click(
            self.page.inspect_neuron,
            [parts.session, panel.step, panel.channel],
            panel.inside,
            trigger_mode="once",
            **COMPUTES,
        )

    def _inputs(self) -> list[gr.components.Component]:
        """What `EventInputs` holds, in its order."""
        parts = self.parts
        fixed = [parts.task, parts.session, parts.brush, *parts.prior.inputs, parts.engine.backend]
        return [*fixed, *parts.settings.values()]

    def _results(self) -> list[gr.components.Component]:
        parts = self.parts
        with_answer = [parts.command, parts.reference.upload, parts.reference.table, *parts.take.files.values()]
        shown = [parts.upload, parts.player, parts.brush, parts.chosen, *with_answer, *self._told()]
        return [*shown, *parts.question.outputs, *parts.prior.question.outputs]

    def _told(self) -> list[Any]:
        """What says how far a run is, and what another would do."""
        return [self.parts.stop, self.parts.status, self.parts.refine, self.parts.stale]

    def _stopped(self) -> list[Any]:
        return [self.parts.upload, self.parts.player, self.parts.clock, *self._told()]

    def _admitted(self) -> list[Any]:
        """What the admission of a run may change."""
        parts, panel = self.parts, self.parts.engine
        of_task = [parts.task, parts.strip, parts.hint, parts.difference, *parts.settings.values()]
        of_panel = [panel.panel, panel.backend, panel.timing, panel.step, panel.channel, panel.inside]
        return [*self._results(), parts.prior.panel, *parts.prior.inputs, *of_task, *of_panel]

    def _given(self, values: Sequence[Any]) -> EventInputs:
        return EventInputs.of(values, tuple(self.parts.settings))

    def _then_compute(self, admission: Any, compute: Any = None) -> None:
        """compute: what follows the admission; by default the run that was admitted."""
        parts = self.parts
        with_answer = [parts.command, parts.reference.table, *parts.take.files.values()]
        admission.then(None, parts.chosen, None, js=MARK, **AT_ONCE)
        admission.then(
            compute or self.page.run,
            parts.session,
            [parts.player, parts.engine.timing, *with_answer, *self._told()],
            trigger_mode="multiple",
            preprocess=False,
            show_progress="hidden",
            **ONE_BY_ONE,
        )
        look = self.page.look_at_line(Context.root_block, MODEL, again=False)
        admission.then(look, parts.session, [parts.status, parts.clock], trigger_mode="multiple", **AT_ONCE)

    # ------------------------------------------------------------------------------------------------- admissions
    def arrive(self, *values: Any) -> Updates:
        """The page has been opened: its first example is shown."""
        given = self._given(values)
        first = of_task(self.examples, str(given.task))
        opens = first and given.session.recipe is None
        return self._example(first[0][0], given, play="loop") if opens else self._nothing(given)

    def pick(self, event: gr.EventData, *values: Any) -> Updates:
        """An example was clicked."""
        given = self._given(values)
        index = getattr(event, "index", None)
        known = isinstance(index, int) and 0 <= index < len(self.examples)
        return self._example(index, given) if known and isinstance(index, int) else self._nothing(given)

    def bring(self, file: object, *values: Any) -> Updates:
        """An image was uploaded."""
        given = self._given(values)
        try:
            source = uploaded(file)
        except ImageError:
            source = None
        return self._admit(given, source, fresh=True)

    def press_refine(self, *values: Any) -> Updates:  # not `refine`: Gradio would take that name from the API
        """The same picture with what is set now, or, where that is on the screen already, with the next seed."""
        given = self._given(values)
        session, seed = given.session, SETTINGS["seed"]
        session.asked = asked_of(self.models, given)
        if not session.unchanged or session.displayed is None:
            return self._admit(given, session.source)
        number = session.displayed.recipe.settings.seed + 1
        given.settings["seed"] = number if number <= seed.high else seed.low
        said = text("refine.new_noise", seed=given.settings["seed"])
        updates = self._admit(given, session.source, said=said)
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
        return self._admit(given, given.session.source)

    def answer_stroke(self, *values: Any) -> Updates:
        """As `again`, as it comes: who paints wants to see what became of it, and paint on."""
        given = self._given(values)
        return self._admit(given, given.session.source, play="no")

    def many(self, *values: Any) -> Updates:
        """As `again`, with several samples unless several are set."""
        given = self._given(values)
        if given.settings.get("samples") in (1, None):
            given.settings["samples"] = MANY
        before = given.session.newest
        updates = self._admit(given, given.session.source)
        if given.session.newest != before:
            updates[self.parts.settings["samples"]] = given.settings["samples"]
        return updates

    def compare(self, difference: object, *values: Any) -> Updates:
        """The same picture in two lanes that differ in one thing."""
        given = self._given(values)
        given.difference = difference
        return self._admit(given, given.session.source)

    def both_backends(self, *values: Any) -> Updates:
        """The same picture on both backends, side by side and timed."""
        return self.compare("backend", *values)

    def choose_prior(self, *values: Any) -> Updates:
        """Another prior: what belongs to it appears, and where nothing is missing it is refined at once."""
        given = self._given(values)
        kind, prior = given.prior.kind, self.parts.prior
        source = given.session.source
        visible = prior.show_for(kind)
        own_start = inputs_of(PROPOSED if source is None else source.start)
        if kind == BROKEN == own_start.kind:
            given.prior = own_start
            visible[prior.error] = gr.update(value=own_start.error, visible=True)
            visible[prior.seed] = gr.update(value=own_start.seed, visible=True)
        if source is None or (kind == OWN and given.prior.own is None):
            return visible | self._nothing(given)
        return _merged(visible, self._cached_start(given, source) or self._admit(given, source))

    def _cached_start(self, given: EventInputs, source: Source) -> Updates | None:
        """What shows the example on the screen from the chosen start, where that is cached and nothing was painted."""
        index = next((place for place, example in enumerate(self.examples) if example.as_source == source), None)
        prior = given.prior
        if index is None or prior.kind == OWN or given.brush or not isinstance(prior.seed, int):
            return None
        chosen = (str(prior.error), prior.seed) if prior.kind == BROKEN else (str(prior.kind), 0)
        return self._cached(index, given, *chosen, "once")

    def reset(self, *values: Any) -> Updates:
        """The segmentor's proposal again, and nobody's hand in it."""
        given = self._given(values)
        given.prior = PriorInputs()
        given.brush = None
        cleared = self.parts.prior.set_to() | {self.parts.brush: None}
        if given.session.source is None:
            return cleared | self._nothing(given)
        return cleared | self._admit(given, given.session.source)

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
        return self._admit(given, session.source)

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
            return self._nothing(given)
        given.task = other
        return self._to_task(given) | {self.parts.task: other}

    def change_task(self, *values: Any) -> Updates:
        """Another task: its examples, its settings; an upload is looked at anew."""
        return self._to_task(self._given(values))

    def _to_task(self, given: EventInputs) -> Updates:
        model = chosen_model(self.models, given.task)
        self._say_what_is_lost(given)
        given.settings = usual_settings(model)
        given.prior = PriorInputs()
        source = given.session.source
        self._emptied(given.session)
        first = of_task(self.examples, str(given.task))
        opens = self.example_cache is not None and (source is None or source.example)
        offered = {self.parts.strip: strip(self.examples, str(given.task), opens)}
        updates = {**offered, **self._of_task(model, given.session)}
        if source is not None and not source.example:
            return _merged(updates, self._admit(given, replace(source, own_reference=None)))
        if opens and first:
            return _merged(updates, self._example(first[0][0], given, play="loop"))
        return updates | self._nothing(given)

    def _say_what_is_lost(self, given: EventInputs) -> None:
        """Tell of settings that somebody has made, when those of another task's weights take their place."""
        shown = given.session.recipe
        others = [self.models[shown.task]] if shown else list(self.models.values())
        usual = any(given.has_usual_settings(usual_settings(other)) for other in others)
        start = inputs_of(PROPOSED if shown is None else shown.source.start)
        if not usual or given.prior.kind != start.kind or given.painted is not None:
            gr.Info(text("refine.settings_lost"))

    def clear(self, session: Session) -> Updates:
        """The upload was taken away."""
        self._emptied(session)
        return self._nothing_shown(session)

    @staticmethod
    def _emptied(session: Session) -> None:
        with session.turn.taken():
            session.start_run(None)
            session.displayed = None

    # --------------------------------------------------------------------------------------------------- updates
    def _of_task(self, model: HiDiff, session: Session) -> Updates:
        """What belongs to a task on the page."""
        parts = self.parts
        hint, errors, (steps, channels) = model_card.hint(model), errors_of(model), sizes_of(model)
        return {
            parts.hint: gr.update(value=hint, visible=bool(hint)),
            parts.difference: gr.update(choices=differences_of(model), value="seed"),
            **self.parts.prior.set_to(),
            **settings_of(parts, model),
            **self._nothing_shown(session),
            parts.prior.error: gr.update(choices=errors, value=errors[1][1], visible=False),
            parts.engine.panel: gr.update(visible=has_bits(model)),
            parts.engine.step: gr.update(value=1, maximum=steps),
            parts.engine.channel: gr.update(value=1, maximum=channels),
        }

    def _example(self, index: int, given: EventInputs, play: Play = "once") -> Updates:
        """An example from its own start: at once where that is cached and the settings are the weights' own, else by a
        run."""
        example = self.examples[index]
        source = example.as_source if example.task == given.task else replace(example.as_source, start=PROPOSED)
        cached = self._cached(index, given, source.start.prior_source, source.start.prior_seed, play)
        if cached is None:
            return self._admit(given, source, fresh=True, play=play)
        return {**self.parts.prior.set_to(source.start), **cached, self.parts.upload: None, self.parts.brush: None}

    def _cached(self, index: int, given: EventInputs, prior_source: str, seed: int, play: Play) -> Updates | None:
        """What shows an example from a prior source, where it is cached and nothing else was asked for."""
        example, model, cache = self.examples[index], self.models.get(str(given.task)), self.example_cache
        if cache is None or model is None or example.task != given.task:
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
            **self._engine_cleared(),
            **self._nothing_shown(session),
            **self.page.answered(displayed, model, payload),
            self.parts.status: told(""),
            self.parts.player: {**payload, "ticket": list(session.ticket), "play": play},
        }

    def _admit(
        self, given: EventInputs, source: Source | None, fresh: bool = False, play: Play = "once", said: str = ""
    ) -> Updates:
        """Check everything and number a run.

        fresh: another picture, to which no prior of an earlier one belongs. said: what is told before how far it is.
        """
        session = given.session
        try:
            recipe, comparison, note = self._recipes(given, source, fresh)
        except HiDiffError as refusal:
            gr.Warning(escape(str(refusal)), title=text("refine.warning"))
            return self._nothing(given) | ({} if fresh else mask_slot(self.parts, given))
        asked = about_mask(self.parts.prior.question, session, recipe)
        if asked is not None:
            return self._nothing(given) | asked | mask_slot(self.parts, given)
        if note:
            gr.Info(escape(note))
        with session.turn.taken():
            session.start_run(recipe, comparison, play, None if fresh else given.painted)
            if fresh:
                session.picture = None
                session.step_times.clear()
        updates: Updates = {
            self.parts.stop: self.page.stop_button(can=True),
            self.parts.status: told(said + text("status.asked"), busy=True),
            **self.page.offer(session),
            **self._about(session),
        }
        if not fresh:
            return updates | mask_slot(self.parts, given)
        updates |= self.parts.prior.set_to(recipe.source.start) | self._engine_cleared()
        updates |= {self.parts.upload: upload_slot(self.parts, session), self.parts.reference.upload: None}
        return updates | {self.parts.brush: None}

    def _recipes(self, given: EventInputs, source: Source | None, fresh: bool) -> tuple[Recipe, Comparison | None, str]:
        """The recipe of what is given, the second lane if any, and a note for the visitor. Raises HiDiffError."""
        if source is None:
            raise ImageError(text("refine.nothing"))
        prior = prior_of(inputs_of(source.start)) if fresh else prior_of(given.prior, given.own_mask())
        model, scribbles = chosen_model(self.models, given.task), None if fresh else given.scribbles
        settings = given.settings if fresh else given.settings_with_scribbles()
        recipe, note = checked_recipe(model, source, settings, scribbles=scribbles, backend=given.backend, **prior)
        return recipe, None if given.difference is None else comparison_of(model, recipe, given.difference), note

    def _nothing(self, given: EventInputs) -> Updates:
        """Nothing to be computed; the upload's slot and the lines show again what the screen is about."""
        session = given.session
        return {
            self.parts.upload: upload_slot(self.parts, session),
            self.parts.chosen: self._chosen(session),
            self.parts.status: told(text("status.asked") if session.busy else "", busy=session.busy),
            **self.page.offer(session),
        }

    def _nothing_shown(self, session: Session) -> Updates:
        """An empty player, and nothing to stop or to call."""
        parts, empty = self.parts, {"ticket": list(session.ticket)}
        shown: Updates = {
            parts.player: empty,
            parts.command: "",
            parts.reference.upload: None,
            parts.reference.table: table_of({}),
            parts.stop: self.page.stop_button(can=False),
            parts.status: told(""),
        }
        return {**shown, **self.page.offer(session), **self._about(session)}

    def _about(self, session: Session) -> Updates:
        """What the page says of the newest run: which example it is of, and what is asked about its picture."""
        asked = about_picture(self.parts.question, session, self.models)
        return {**asked, **self.parts.prior.question.hidden(), self.parts.chosen: self._chosen(session)}

    def _chosen(self, session: Session) -> int:
        """The place of the example that the screen is about, -1 for none."""
        source = session.source
        if source is None or not source.example:
            return -1
        return next((place for place, example in enumerate(self.examples) if example.path == source.path), -1)

    def _engine_cleared(self) -> Updates:
        return {self.parts.engine.timing: text("engine.nothing_timed"), self.parts.engine.inside: ""}


def _merged(first: Updates, second: Updates) -> Updates:
    """Both; where both update one component, the second adds to what the first says of it, or goes before it."""
    out = dict(first)
    for part, update in second.items():
        before = out.get(part)
        partial = all(isinstance(one, dict) and one.get("__type__") == "update" for one in (before, update))
        out[part] = {**before, **update} if partial and before else update
    return out
