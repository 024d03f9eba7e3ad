"""The player: one component that holds every frame of a run and shows them without asking the server again.

`payload.py` makes its value, whose types stand in `web/schema.js`; the files of `web/` are the component itself, and
`main.js` puts them together. `brush` is its companion: what a hand paints in the player becomes that component's
value, and `brush.py` reads it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from hidiff.interface.said_html import filled_template
from hidiff.interface.texts import ENGLISH, text

_WEB = Path(__file__).resolve().parent / "web"
_SCRIPTS = (  # in this order; a file names only what stands before it. schema.js holds types alone and is not sent
    "math",
    "morphology",
    "dom",
    "hints",
    "state",
    "overlay",
    "contour",
    "canvas",
    "view",
    "divider",
    "spotlight",
    "film",
    "curves",
    "headline",
    "timeline",
    "pixel",
    "handles",
    "formula_lines",
    "formula",
    "brush",
    "ink",
    "samples",
    "hands",
    "keys",
    "presenter",
    "controls",
    "linked_view",
    "lesson_formulas",
    "questions",
    "layer_drawing",
    "forward_by_hand",
    "lesson_fields",
    "state_address",
    "lessons",
    "worksheet",
    "teacher",
    "arrival",
    "main",
)
_STYLES = ("player.css", "formula.css", "lessons.css", "teaching.css")
_COMMENT = re.compile(  # that has its lines to itself
    r"^[ \t]*(?:/\*\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*\n", re.MULTILINE | re.DOTALL
)


def player(
    elem_id: str, paintable: bool = False, opening: bool = False, lessons: Mapping[str, Any] | None = None
) -> gr.HTML:
    """An empty player, to be rendered where it is called. Its value is what `payload.PayloadBuilder` gives, or None.

    opening: whether something is on its way as soon as the page is there. paintable: whether it offers the brush; then
    the page needs a `brush` beside it. lessons: what `lesson_words` gives; None shows none. Event `select`: somebody
    clicked a sample; its data are `sample`, the chain's number, and `run`.
    """
    return gr.HTML(
        None,
        html_template=_markup(elem_id, paintable, opening, lessons),
        css_template=style(),
        js_on_load=script(),
        apply_default_css=False,
        elem_id=elem_id,
    )


def stand_alone(lessons: Mapping[str, Any]) -> str:
    """The HTML of a player with lessons on a page without Gradio, where something is on its way and nothing is
    painted; `script` and `style` belong to it."""
    return _markup("player", False, True, lessons)


def brush(elem_id: str, of: str) -> gr.HTML:
    """What is painted in the player whose elem_id is `of`: None or a value for `scribbles_from` of `brush.py`.

    Nothing of it is seen. Events, when a scribble was made or taken back: `input` where it is to be answered, else
    `release`. None from the server wipes the scribbles.
    """
    return gr.HTML(
        None,
        html_template=f'<span data-of="{escape(of)}"></span>',
        js_on_load=(_WEB / "brush_value.js").read_text(encoding="utf-8"),
        apply_default_css=False,
        elem_id=elem_id,
        visible="hidden",
    )


def style() -> str:
    """The player's rules, its lessons' after its own."""
    return "\n".join((_WEB / name).read_text(encoding="utf-8") for name in _STYLES)


def script() -> str:
    """The body of the function that Gradio calls when the player has been laid out; comments stay at home."""
    source = "\n".join((_WEB / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS)
    return _COMMENT.sub("", source)


def _markup(
    elem_id: str = "player",
    paintable: bool = False,
    opening: bool = False,
    lessons: Mapping[str, Any] | None = None,
) -> str:
    """The template with its texts in it. No placeholder is left for the client, so it never renders anew."""
    texts: dict[str, str] = {
        key.replace(".", "_"): text(key) for key in ENGLISH if key.startswith("player.") and _plain(key)
    }
    texts |= {
        "empty": text("player.opening" if opening else "player.empty"),
        "player_stage": text("player.stage", label=text("player.label"), keys=text("player.keys")),
    }
    others = {
        "id": escape(elem_id),
        "paintable": "data-paintable" if paintable else "",
        "lessons": "" if lessons is None else escape(json.dumps(lessons, ensure_ascii=False)),
    }
    return filled_template((_WEB / "player.html").read_text(encoding="utf-8"), texts, others)


def _plain(key: str) -> bool:
    return "{" not in ENGLISH[key]
