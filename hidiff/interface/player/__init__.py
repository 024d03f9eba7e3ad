"""The player: one component that holds every frame of a run and shows them without asking the server again.

`payload.py` makes its value; `player.html`, `player.css` and `player.js` are the component itself.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template

import gradio as gr

from hidiff.interface.texts import ENGLISH, text

_HERE = Path(__file__).resolve().parent


def player(elem_id: str) -> gr.HTML:
    """An empty player, to be rendered where it is called. Its value is what `payload.Reel` gives, or None."""
    return gr.HTML(
        None,
        html_template=_markup(),
        css_template=(_HERE / "player.css").read_text(encoding="utf-8"),
        js_on_load=(_HERE / "player.js").read_text(encoding="utf-8"),
        apply_default_css=False,
        elem_id=elem_id,
    )


def _markup() -> str:
    """The template with its texts in it. No placeholder is left for the client, so it never renders anew."""
    words = {key.replace(".", "_"): escape(text(key)) for key in ENGLISH if key.startswith("player.") and _plain(key)}
    return Template((_HERE / "player.html").read_text(encoding="utf-8")).substitute(words)


def _plain(key: str) -> bool:
    return "{" not in ENGLISH[key]
