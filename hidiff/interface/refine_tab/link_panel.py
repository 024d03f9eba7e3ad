"""The link to what is on the screen: its address, to be copied, or why there is none."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from string import Template

import gradio as gr

from hidiff.interface.link import write_link
from hidiff.interface.runs.recipe import Recipe
from hidiff.interface.runs.session import DisplayedRun
from hidiff.interface.said_html import element
from hidiff.interface.texts import said_of, text
from hidiff.pipeline import HiDiff

_SCRIPT = (Path(__file__).resolve().parent / "link.js").read_text(encoding="utf-8")
_PANEL = Template(
    '<div class="link" hidden><label>$title<input type="text" readonly spellcheck="false"></label>$copy'
    '<p class="small" role="status"></p></div>'
)
_SPACE = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}", re.ASCII)


def link_panel() -> gr.HTML:
    """An empty panel, to be rendered where it is called; its value is what `link_to` gives, or None."""
    words = {
        "title": element("span", text("link.title")),
        "copy": element("button", text("link.copy"), 'type="button"'),
    }
    return gr.HTML(
        None,
        html_template=_PANEL.substitute(words),
        js_on_load=_SCRIPT,
        apply_default_css=False,
        elem_id="link",
    )


def link_to(displayed: DisplayedRun, model: HiDiff) -> str:
    """The panel's value, JSON, for what is on the screen. query: "" where that fits into no link; note: why not.

    outer: the address of the page that shows this one in a frame, on a Space; "" elsewhere, where the browser knows.
    """
    recipe, space = displayed.recipe, os.environ.get("SPACE_ID", "")
    outer = f"https://huggingface.co/spaces/{space}" if _SPACE.fullmatch(space) else ""
    query = write_link(recipe, displayed.against, model)
    return json.dumps({"query": query, "outer": outer, "note": "" if query else said_of(text(_reason(recipe)))})


def _reason(recipe: Recipe) -> str:
    if not recipe.source.example:
        return "link.upload"
    return "link.painted" if recipe.scribbles is not None else "link.own"
