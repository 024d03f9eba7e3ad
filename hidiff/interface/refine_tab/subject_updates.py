"""Subject updates: what the page shows of the task and the picture that it is about, and where it is about none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import gradio as gr

from hidiff.interface import model_card
from hidiff.interface.examples import Example
from hidiff.interface.refine_tab.controls import Parts, differences_of, errors_of, settings_of
from hidiff.interface.refine_tab.engine_panel import sizes_of, timed_html
from hidiff.interface.refine_tab.questions import about_picture
from hidiff.interface.refine_tab.reference_panel import table_of
from hidiff.interface.refine_tab.slots import image_shown
from hidiff.interface.refine_tab.status import told
from hidiff.interface.refine_tab.updates import PageUpdates, Updates
from hidiff.interface.runs.compare import has_bits
from hidiff.interface.runs.session import Session
from hidiff.interface.texts import text
from hidiff.pipeline import HiDiff


@dataclass(frozen=True)
class SubjectUpdates:
    """Updates of `parts`. examples: in the places by which the strip knows them."""

    parts: Parts
    models: Mapping[str, HiDiff]
    examples: Sequence[Example]
    page: PageUpdates

    def of_task(self, model: HiDiff, session: Session) -> Updates:
        """What belongs to a task on the page."""
        parts = self.parts
        hint, errors, (steps, channels) = model_card.hint(model), errors_of(model), sizes_of(model)
        return {
            parts.hint: gr.update(value=hint, visible=bool(hint)),
            parts.difference: gr.update(choices=differences_of(model), value="seed"),
            **self.parts.prior.set_to(),
            **settings_of(parts, model),
            **self.nothing_shown(session),
            parts.prior.error: gr.update(choices=errors, value=errors[1][1], visible=False),
            parts.engine.panel: gr.update(visible=has_bits(model)),
            parts.engine.step: gr.update(value=1, maximum=steps),
            parts.engine.channel: gr.update(value=1, maximum=channels),
        }

    def nothing_new(self, session: Session) -> Updates:
        """Nothing to be computed; the upload's slot and the lines show again what the screen is about."""
        return {
            self.parts.upload: image_shown(self.parts, session),
            self.parts.chosen: self._chosen(session),
            self.parts.status: told(text("status.asked") if session.busy else "", busy=session.busy),
            **self.page.offer(session),
        }

    def nothing_shown(self, session: Session) -> Updates:
        """An empty player, and nothing to stop or to call."""
        parts, empty = self.parts, {"ticket": list(session.ticket)}
        shown: Updates = {
            parts.player: empty,
            **parts.take.code_updates({}),
            parts.take.link: None,
            parts.reference.upload: None,
            parts.reference.table: table_of({}),
            parts.stop: self.page.stop_button(can=False),
            parts.status: told(""),
        }
        return {**shown, **self.page.offer(session), **self.about(session)}

    def about(self, session: Session) -> Updates:
        """What the page says of the newest run: which example it is of, and what is asked about its picture."""
        asked = about_picture(self.parts.question, session, self.models)
        return {**asked, **self.parts.prior.question.hidden(), self.parts.chosen: self._chosen(session)}

    def engine_cleared(self) -> Updates:
        """Nothing timed and nothing looked into, as befits another picture."""
        return {self.parts.engine.timing: timed_html(text("engine.nothing_timed")), self.parts.engine.inside: ""}

    def _chosen(self, session: Session) -> int:
        """The place of the example that the screen is about, -1 for none."""
        source = session.source
        if source is None or not source.example:
            return -1
        return next((place for place, example in enumerate(self.examples) if example.path == source.path), -1)
