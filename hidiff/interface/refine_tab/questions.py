"""Questions about what looks like a mistake: an odd mask, which waits for an answer, or a picture of another kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from hidiff.imaging.picture_kind import LEAST, PictureDoubt
from hidiff.interface.runs.recipe import Recipe
from hidiff.interface.runs.session import Session
from hidiff.interface.said_html import element
from hidiff.interface.task_words import kind_of, sought_of
from hidiff.interface.texts import find_text, native, recognised, text
from hidiff.pipeline import HiDiff


@dataclass(frozen=True)
class Question:
    """A notice with two buttons. yes: goes on with what is there. other: does what was probably meant."""

    panel: gr.Group
    words: gr.HTML
    yes: gr.Button
    other: gr.Button

    @property
    def outputs(self) -> list[Any]:
        """What asking or hiding it may change."""
        return [self.panel, self.words, self.other]

    def asked(self, sentence: str, other: str | None = None) -> dict[Any, Any]:
        """Updates that show it. other: what the second button says, None for no such button."""
        button = gr.update(visible=False) if other is None else gr.update(value=other, visible=True)
        words = element("p", sentence, 'role="status"')
        return {self.panel: gr.update(visible=True), self.words: words, self.other: button}

    def hidden(self) -> dict[Any, Any]:
        """Updates that take it away."""
        return {self.panel: gr.update(visible=False)}


def question(elem_id: str, yes: str, other: str) -> Question:
    """A hidden question, to be rendered where it is called. yes, other: keys of what the buttons say."""
    with gr.Group(visible=False, elem_id=elem_id, elem_classes="question") as panel:
        words = gr.HTML("", apply_default_css=False)
        with gr.Row():
            agreed = gr.Button(native(text(yes)), size="sm", min_width=0, elem_id=f"{elem_id}-yes")
            meant = gr.Button(native(text(other)), size="sm", min_width=0, elem_id=f"{elem_id}-other")
    return Question(panel, words, agreed, meant)


def about_mask(asking: Question, session: Session, recipe: Recipe) -> dict[Any, Any] | None:
    """Updates that ask about the recipe's own mask; None where nothing is odd or the visitor has answered."""
    doubt, own = recipe.remarks.mask, recipe.own
    if doubt is None or own is None or str(own.path) in session.masks:
        return None
    return asking.asked(
        recognised(doubt.sentence(own.title)), native(text("prior.invert")) if doubt.inverting_helps else None
    )


def about_picture(asking: Question, session: Session, models: Mapping[str, HiDiff]) -> dict[Any, Any]:
    """Updates that ask about the picture of the newest run, or take the question away."""
    recipe = session.recipe
    doubt = None if recipe is None else recipe.remarks.picture
    if recipe is None or doubt is None or (recipe.task, str(recipe.source.path)) in session.kept:
        return asking.hidden()
    sought = sought_of(models[recipe.task].task)
    if doubt.small is not None:
        height, width = doubt.small
        return asking.asked(text("picture.small", width=width, height=height, sought=sought, least=LEAST[doubt.wanted]))
    if not doubt.found:
        return asking.asked(text("picture.neither", sought=sought))
    other = task_of(models, doubt)
    button = None if other is None else native(find_text(f"task.{other}.switch") or text("picture.switch"))
    return asking.asked(text("picture.looks", found=kind_of(doubt.found), sought=sought), button)


def task_of(models: Mapping[str, HiDiff], doubt: PictureDoubt) -> str | None:
    """The task that such a picture belongs to, None where there is none here."""
    return next((name for name, model in models.items() if model.task.image_kind == doubt.found), None)
