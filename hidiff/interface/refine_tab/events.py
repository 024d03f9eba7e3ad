"""The tab that segments: what happens when something is picked, set, pressed, or taken away.

Each move of a hand is two events: one that admits a run and supersedes the one before, one that computes. What
cannot be done is refused by the first, so that nothing on the screen changes and no run is cut off.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr
from gradio.context import Context

from hidiff.errors import HiDiffError, ImageError
from hidiff.interface import model_card as measured
from hidiff.interface.example_cache import Ready
from hidiff.interface.examples import Example, of_task, strip
from hidiff.interface.refine_tab.controls import (
    BROKEN,
    OWN,
    SETTINGS,
    Parts,
    differences_of,
    errors_of,
    lay_out,
    settings_of,
)
from hidiff.interface.refine_tab.engine_panel import has_bits, sizes_of
from hidiff.interface.refine_tab.inputs import Asked, slot
from hidiff.interface.refine_tab.updates import Showing, Updates
from hidiff.interface.runs import downloads
from hidiff.interface.runs.cache import Shelf
from hidiff.interface.runs.compare import second_lane
from hidiff.interface.runs.recipe import checked_recipe
from hidiff.interface.runs.run import MANY, MAX_SAMPLES, Session, Shown, Source, chosen_model
from hidiff.interface.runs.uploads import uploaded
from hidiff.interface.texts import text
from hidiff.models.packed.denoiser import SAME_BITS
from hidiff.pipeline import HiDiff
from hidiff.priors.sources import SEGMENTOR

MODEL = "model"  # the one queue of everything that computes
COMPUTES: dict[str, Any] = {
    "concurrency_id": MODEL,
    "concurrency_limit": 1,
    "show_progress": "minimal",
    "api_visibility": "private",
}
FILES = "files"  # the queue of what only reads files
REFUSED = -1  # the number of no run
TAKE = """(file) => {
  if (!file) return;
  const link = document.createElement("a");
  link.href = file.url;
  link.download = file.orig_name ?? "";
  link.click();
}"""


def segment_tab(models: Mapping[str, HiDiff], examples: Sequence[Example], ready: Ready | None = None) -> None:
    """Lay the tab out and connect it. `models` holds one model at least; `ready` knows examples by their places."""
    parts = lay_out(models, examples, ready is not None)
    _Events(parts, models, examples, ready, Showing(parts, models, Shelf())).connect()


@dataclass(frozen=True)
class _Events:
    """What the tab's events share. No state but the shelf's; a visitor's own lies in its `Session`.

    shows: what follows a move that was admitted, and what the refinement on the screen is asked for."""

    parts: Parts
    models: Mapping[str, HiDiff]
    examples: Sequence[Example]
    ready: Ready | None
    shows: Showing

    def connect(self) -> None:
        """Attach every event."""
        parts, hidden = self.parts, {"show_progress": "hidden", "api_visibility": "private"}
        at_once: dict[str, Any] = {"queue": False, **hidden}
        admits: dict[str, Any] = {
            "concurrency_id": FILES,
            "concurrency_limit": 4,
            "preprocess": False,
            "trigger_mode": "multiple",
            **hidden,
        }
        asked = self._asked()
        # `change` of a component that an event sets is not listened to: only hands start anything.
        results = [parts.ticket, parts.upload, parts.player, parts.stop, parts.command, parts.brush]
        inputs_of_start = [parts.start.kind, parts.start.own, parts.start.error, parts.start.seed]
        panel = parts.engine
        of_task: list[Any] = [parts.strip, parts.hint, parts.difference, *parts.settings]
        of_task += [panel.panel, panel.kind, panel.said, panel.step, panel.channel, panel.inside]
        admitted = [*results, *inputs_of_start, *of_task]
        moves: tuple[tuple[Any, Any, list[Any]], ...] = (
            (parts.strip.click, self.pick, []),
            (parts.upload.upload, self.bring, [parts.upload]),
            (parts.refine.click, self.again, []),
            (parts.many.click, self.many, []),
            (parts.compare.click, self.compare, [parts.difference]),
            (panel.both.click, self.both_engines, []),
            (panel.kind.input, self.again, []),
            (parts.start.kind.input, self.choose_start, []),
            (parts.start.error.input, self.again, []),
            (parts.start.own.upload, self.again, []),
            (parts.start.reset.click, self.reset, []),
            (parts.task.input, self.change_task, []),
        )
        for trigger, move, also in moves:
            self._then_compute(trigger(move, [*also, *asked], admitted, **admits))
        parts.upload.clear(self.clear, parts.session, results, **at_once)
        parts.stop.click(Session.halt, parts.session, None, **at_once)
        for kind, button in parts.files.items():
            made = button.click(
                self.shows.maker(kind),
                parts.session,
                parts.file,
                trigger_mode="once",
                show_progress_on=button,
                **COMPUTES,
            )
            made.then(None, parts.file, None, js=TAKE, **at_once)
        parts.player.select(
            self.shows.open_sample,
            parts.session,
            parts.player,
            **COMPUTES,
        )
        panel.look.click(
            self.shows.look_inside,
            [parts.session, panel.step, panel.channel],
            panel.inside,
            trigger_mode="once",
            **COMPUTES,
        )
        blocks = Context.root_block
        if self.ready is not None and blocks is not None:
            self._then_compute(blocks.load(self.arrive, asked, admitted, **admits))

    def _asked(self) -> list[gr.components.Component]:
        parts = self.parts
        return [parts.task, parts.session, parts.brush, *parts.start.inputs, parts.engine.kind, *parts.settings]

    def _then_compute(self, admission: Any) -> None:
        parts = self.parts
        admission.then(
            self.shows.watch,
            [parts.ticket, parts.session],
            [parts.player, parts.stop, parts.command, parts.engine.said],
            trigger_mode="multiple",
            preprocess=False,
            show_progress_on=parts.player,
            **COMPUTES,
        )

    # -------------------------------------------------------------------------------------------- moves of a hand
    def arrive(self, *asked: Any) -> Updates:
        """The page has been opened: its first example is shown."""
        given = Asked.of(asked)
        first = of_task(self.examples, str(given.task))
        return self._example(first[0][0], given) if first and given.session.recipe is None else self._nothing(given)

    def pick(self, event: gr.EventData, *asked: Any) -> Updates:
        """An example was clicked."""
        given = Asked.of(asked)
        index = getattr(event, "index", None)
        known = isinstance(index, int) and 0 <= index < len(self.examples)
        return self._example(index, given) if known and isinstance(index, int) else self._nothing(given)

    def bring(self, file: object, *asked: Any) -> Updates:
        """An image was uploaded."""
        given = Asked.of(asked)
        try:
            source = uploaded(file)
        except ImageError:
            source = None
        return self._admit(given, source, fresh=True)

    def again(self, *asked: Any) -> Updates:
        """The same picture with what is set now."""
        given = Asked.of(asked)
        return self._admit(given, given.session.source)

    def many(self, *asked: Any) -> Updates:
        """As `again`, with several samples unless several are set."""
        given = Asked.of(asked)
        if given.settings.get("samples") in (1, None):
            given.settings["samples"] = MANY
        updates = self._admit(given, given.session.source)
        if updates[self.parts.ticket] != REFUSED:
            updates[self.parts.settings[SETTINGS.index("samples")]] = given.settings["samples"]
        return updates

    def compare(self, difference: object, *asked: Any) -> Updates:
        """The same picture in two lanes that differ in one thing."""
        given = Asked.of(asked)
        given.difference = difference
        return self._admit(given, given.session.source)

    def both_engines(self, *asked: Any) -> Updates:
        """The same picture on both engines, side by side and timed."""
        return self.compare("engine", *asked)

    def choose_start(self, *asked: Any) -> Updates:
        """Another start: what belongs to it appears, and where nothing is missing it is refined at once."""
        given = Asked.of(asked)
        kind, start = given.start[0], self.parts.start
        seen = {
            start.own: gr.update(visible=kind == OWN),
            start.confidence: gr.update(visible=kind == OWN),
            start.error: gr.update(visible=kind == BROKEN),
            start.seed: gr.update(visible=kind == BROKEN),
        }
        waits = given.session.source is None or (kind == OWN and given.start[1] is None)
        return seen | (self._nothing(given) if waits else self._admit(given, given.session.source))

    def reset(self, *asked: Any) -> Updates:
        """The segmentor's proposal again, and nobody's hand in it."""
        given = Asked.of(asked)
        given.start = (SEGMENTOR, None, None, 0)
        given.brush = None
        cleared = self._start_cleared() | {self.parts.brush: None}
        if given.session.source is None:
            return cleared | self._nothing(given)
        return cleared | self._admit(given, given.session.source)

    def change_task(self, *asked: Any) -> Updates:
        """Another task: its examples, its settings; an upload is looked at anew."""
        given = Asked.of(asked)
        parts, model = self.parts, chosen_model(self.models, given.task)
        given.settings = {name: getattr(model.config.settings, name) for name in SETTINGS}
        given.start = (SEGMENTOR, None, None, 0)
        source = given.session.source
        given.session.ask(None)
        given.session.shown = None
        first = of_task(self.examples, str(given.task))
        opens = self.ready is not None and (source is None or source.example)
        said, errors = measured.hint(model), errors_of(model)
        steps, channels = sizes_of(model)
        updates = {
            parts.strip: strip(self.examples, str(given.task), opens),
            parts.hint: gr.update(value=said, visible=bool(said)),
            parts.difference: gr.update(choices=differences_of(model), value="seed"),
            **self._start_cleared(),
            **dict(zip(parts.settings, settings_of(model), strict=True)),
            parts.player: None,
            parts.command: "",
            parts.stop: gr.update(value=text("segment.stop"), interactive=False),
            parts.start.error: gr.update(choices=errors, value=errors[1][1], visible=False),
            parts.engine.panel: gr.update(visible=has_bits(model)),
            parts.engine.step: gr.update(value=1, maximum=steps),
            parts.engine.channel: gr.update(value=1, maximum=channels),
        }
        if source is not None and not source.example:
            return updates | self._admit(given, source)
        if opens and first:
            return updates | self._example(first[0][0], given)
        return updates | self._nothing(given)

    def clear(self, session: Session) -> Updates:
        """The upload was taken away."""
        session.ask(None)
        session.shown = None
        parts = self.parts
        return {
            parts.ticket: REFUSED,
            parts.player: None,
            parts.command: "",
            parts.stop: gr.update(value=text("segment.stop"), interactive=False),
        }

    def _example(self, index: int, given: Asked) -> Updates:
        """An example: at once where it is ready and the settings are the weights' own, else by a run."""
        example = self.examples[index]
        model = self.models.get(str(given.task))
        own = None if model is None else {name: getattr(model.config.settings, name) for name in SETTINGS}
        if own is not None:
            own["samples"] = min(own["samples"], MAX_SAMPLES)
        run = secrets.token_hex(8)
        usual = given.settings == own and given.engine == SAME_BITS[0]
        payload = self.ready.find(index, run) if self.ready is not None and usual else None
        if payload is None or self.ready is None or model is None or example.task != given.task:
            return self._admit(given, example.as_source, fresh=True)
        recipe = self.ready.recipe(index)
        given.session.ask(recipe)
        given.session.picture = payload.get("picture")
        given.session.shown = Shown(run, recipe, recipe.settings.steps)
        return (
            self._start_cleared()
            | self._engine_cleared(given.session)
            | {
                self.parts.ticket: REFUSED,
                self.parts.upload: None,
                self.parts.player: payload,
                self.parts.stop: gr.update(value=text("segment.stop"), interactive=False),
                self.parts.command: downloads.command(model, recipe),
            }
        )

    def _admit(self, given: Asked, source: Source | None, fresh: bool = False) -> Updates:
        """Check everything and number a run. fresh: another picture, to which no start of an earlier one belongs."""
        parts, session = self.parts, given.session
        kind, own, error, seed = (SEGMENTOR, None, None, 0) if fresh else given.start
        try:
            if source is None:
                raise ImageError(text("segment.nothing"))
            if kind == OWN and own is None:
                raise ImageError(text("start.no_mask"))
            model = chosen_model(self.models, given.task)
            mask = uploaded(own) if kind == OWN else None
            start = error if kind == BROKEN else kind
            strokes = None if fresh else given.strokes
            damage = seed if kind == BROKEN else 0
            recipe, note = checked_recipe(model, source, given.settings, start, damage, mask, strokes, given.engine)
            against = None if given.difference is None else second_lane(model, recipe, given.difference)
        except HiDiffError as refusal:
            gr.Warning(escape(str(refusal)), title=text("segment.warning"))
            return self._nothing(given)
        if note:
            gr.Info(escape(note))
        updates: Updates = {parts.ticket: session.ask(recipe, against)}
        if fresh:
            session.picture = None
            updates |= {**self._start_cleared(), **self._engine_cleared(session), parts.upload: slot(session)}
        return updates

    def _nothing(self, given: Asked) -> Updates:
        """Nothing to be computed; the upload's slot shows again what the screen is about."""
        return {self.parts.ticket: REFUSED, self.parts.upload: slot(given.session)}

    def _start_cleared(self) -> Updates:
        start = self.parts.start
        return {
            start.kind: SEGMENTOR,
            start.own: gr.update(value=None, visible=False),
            start.confidence: gr.update(visible=False),
            start.error: gr.update(visible=False),
            start.seed: gr.update(value=0, visible=False),
        }

    def _engine_cleared(self, session: Session) -> Updates:
        session.timed.clear()
        return {self.parts.engine.said: text("engine.nothing_timed"), self.parts.engine.inside: ""}
