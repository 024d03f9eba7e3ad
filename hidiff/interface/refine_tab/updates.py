"""What the screen shows after a move of a hand was admitted: the run's values, its files, its samples, its bits."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from hidiff.errors import HiDiffError
from hidiff.interface.player.scenes import sample_scene, scenes
from hidiff.interface.refine_tab.controls import Parts
from hidiff.interface.refine_tab.engine_panel import inside_of, same_bits, step_time, timed
from hidiff.interface.runs import downloads
from hidiff.interface.runs.cache import Kept, Shelf
from hidiff.interface.runs.run import Session, Shown, chosen_model, open_picture
from hidiff.interface.texts import text
from hidiff.pipeline import HiDiff
from hidiff.refinement.chain import Refinement

Updates = dict[Any, Any]


@dataclass(frozen=True)
class Showing:
    """Answers events of `parts`; `shelf` keeps finished refinements for all visitors."""

    parts: Parts
    models: Mapping[str, HiDiff]
    shelf: Shelf

    def watch(self, ticket: object, session: Session) -> Iterator[Updates]:
        """The run of a ticket, if it is still wanted: the player's values, and how far it is."""
        parts, number = self.parts, int(str(ticket))
        yield {parts.player: gr.skip()}  # a generator that yields nothing would empty its outputs
        recipe = session.recipe
        if recipe is None or session.verdict(number) == "leave":
            return
        try:
            model = chosen_model(self.models, recipe.task)
            picture = open_picture(model, recipe.source)
            run, answers = secrets.token_hex(8), 0
            against, done_by = session.against, dict[int, Refinement]()
            lanes = 1 if against is None else 2
            for scene in scenes(run, picture, model, recipe, against, lambda: session.verdict(number)):
                moment = scene.moment
                updates: Updates = {parts.player: scene.payload}
                session.picture = scene.payload.get("picture")
                answers += moment.kind == "answer"
                if moment.kind == "prior":
                    session.shown = None
                    updates[parts.stop] = gr.update(value=text("segment.stop"), interactive=True)
                    updates[parts.command] = ""
                elif moment.kind == "step" and moment.refinement is not None and scene.lane == 0:
                    said = text("segment.stop_at", step=len(moment.refinement.steps), steps=recipe.settings.steps)
                    updates[parts.stop] = gr.update(value=said)
                elif moment.kind == "answer" and moment.refinement is not None and scene.lane == 0:
                    done = len(moment.refinement.steps)
                    self.shelf.keep(run, Kept(picture, moment.prior, moment.refinement))
                    session.shown = Shown(run, recipe, done)
                    updates[parts.command] = downloads.command(model, recipe, done)
                if moment.kind == "answer" and moment.refinement is not None and moment.refinement.steps:
                    done_by[scene.lane] = moment.refinement
                    session.timed[moment.refinement.engine] = step_time(moment.refinement)
                if answers == lanes and done_by:
                    said = timed(session.timed, next(iter(done_by.values())).engine, recipe.engine)
                    same = "" if against is None else same_bits(recipe, against, done_by)
                    updates[parts.engine.said] = f"{said}\n\n{same}"
                if answers == lanes:
                    updates[parts.stop] = gr.update(value=text("segment.stop"), interactive=False)
                yield updates
            yield {parts.player: gr.skip()}  # what comes last is sent again as a whole
        except HiDiffError as error:  # admitted, but its file is gone since
            gr.Warning(escape(str(error)), title=text("segment.warning"))

    def maker(self, kind: str) -> Callable[[Session], str | None]:
        def make(session: Session) -> str | None:
            """Write the file of this kind for what is on the screen."""
            shown = session.shown
            try:
                if shown is None:
                    raise HiDiffError(text("take.nothing"))
                model = chosen_model(self.models, shown.recipe.task)
                path = downloads.save(kind, model, shown.recipe, self.shelf.find(shown, model))
            except HiDiffError as error:
                gr.Warning(escape(str(error)), title=text("take.warning"))
                return None
            self.parts.file.temp_files.add(path)  # else Gradio would never delete the file
            return path

        return make

    def look_inside(self, session: Session, step: object, channel: object) -> Any:
        """One convolution of the refinement on the screen, bit by bit."""
        shown = session.shown
        try:
            if shown is None:
                raise HiDiffError(text("engine.nothing_inside"))
            model = chosen_model(self.models, shown.recipe.task)
            kept = self.shelf.find(shown, model)
            return inside_of(model, kept.refinement, int(str(step)) - 1, int(str(channel)) - 1)
        except HiDiffError as error:
            refusal = str(error)
        except (IndexError, ValueError):
            refusal = text("engine.not_inside", step=step, channel=channel)
        gr.Warning(escape(refusal), title=text("engine.warning"))
        return gr.skip()

    def open_sample(self, event: gr.EventData, session: Session) -> Any:
        """One of several samples was clicked: its own steps."""
        chain, shown = getattr(event, "sample", None), session.shown
        if shown is None or not isinstance(chain, int):
            return gr.skip()
        try:
            model = chosen_model(self.models, shown.recipe.task)
            kept = self.shelf.find(shown, model)
            return sample_scene(f"{shown.run}-{secrets.token_hex(4)}", model, shown.recipe, kept, chain)
        except (HiDiffError, IndexError) as error:
            gr.Warning(escape(str(error)), title=text("segment.warning"))
            return gr.skip()
