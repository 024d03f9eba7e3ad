"""Connections: in which queue an event waits, what goes into it and what it may change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.context import Context

from hidiff.interface.refine_tab.controls import Parts
from hidiff.interface.refine_tab.updates import PageUpdates
from hidiff.interface.server.queue import FILES, MODEL

ONE_BY_ONE: dict[str, Any] = {"concurrency_id": MODEL, "concurrency_limit": 1, "api_visibility": "private"}
COMPUTES: dict[str, Any] = {**ONE_BY_ONE, "show_progress": "minimal"}
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


@dataclass(frozen=True)
class Connections:
    """Attaches events to `parts`. page: what follows once a run was admitted, and what a finished one is asked for."""

    parts: Parts
    page: PageUpdates

    def admit(self, trigger: Any, admission: Callable[..., Any], also: Sequence[Any] = ()) -> None:
        """What a trigger asks for is admitted, and computed. also: inputs that come before those of every event."""
        self._then_compute(trigger(admission, [*also, *self._inputs()], self._admitted(), **ADMITS))

    def clear(self, trigger: Any, clearing: Callable[..., Any]) -> None:
        """What a trigger takes away, with all that is shown of it."""
        parts = self.parts
        trigger(clearing, parts.session, self._results(), **ADMITS).then(None, parts.chosen, None, js=MARK, **AT_ONCE)

    def compare(self, trigger: Any, admission: Callable[..., Any], also: Sequence[Any] = ()) -> None:
        """Another reference is admitted, and what is on the screen compared with it."""
        parts = self.parts
        slots = [parts.reference.upload, parts.stop]
        self._then_compute(trigger(admission, [*also, parts.session], slots, **ADMITS), self.page.show_again)

    def under_way(self) -> None:
        """A run that waits or is computed: how to stop it, and how many are before it."""
        parts = self.parts
        parts.stop.click(self.page.stop, parts.session, self._stopped(), **AT_ONCE)
        look = self.page.look_at_line(Context.root_block, again=True)
        parts.clock.tick(look, parts.session, [parts.status, parts.clock], **AT_ONCE)

    def settings(self, noticing: Callable[..., Any]) -> None:
        """What is set and not refined by itself is told of, without a place in any queue."""
        parts, prior = self.parts, self.parts.prior
        said: list[Any] = [*parts.settings.values(), prior.kind, prior.error, prior.seed]
        changed = [widget.input for widget in said] + [prior.own.clear, parts.brush.release]
        gr.on(
            changed,
            noticing,
            self._inputs(),
            [parts.refine, parts.stale],
            preprocess=False,
            trigger_mode="always_last",
            **AT_ONCE,
        )

    def finished(self) -> None:
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

    def _then_compute(self, admission: Any, compute: Any = None) -> None:
        """compute: what follows the admission; by default the run that was admitted."""
        parts = self.parts
        with_answer = [*parts.take.code.values(), parts.take.link, parts.reference.table, *parts.take.files.values()]
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
        look = self.page.look_at_line(Context.root_block, again=False)
        admission.then(look, parts.session, [parts.status, parts.clock], trigger_mode="multiple", **AT_ONCE)

    def _inputs(self) -> list[gr.components.Component]:
        """What `EventInputs` holds, in its order."""
        parts = self.parts
        fixed = [parts.task, parts.session, parts.brush, *parts.prior.inputs, parts.engine.backend]
        return [*fixed, *parts.settings.values()]

    def _results(self) -> list[gr.components.Component]:
        parts = self.parts
        with_answer = [
            *parts.take.code.values(),
            parts.take.link,
            parts.reference.upload,
            parts.reference.table,
            *parts.take.files.values(),
        ]
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
