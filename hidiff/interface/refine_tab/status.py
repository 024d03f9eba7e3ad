"""The status line and the notice of stale settings: a line each, which tells how far a run is, or what is old."""

from __future__ import annotations

import secrets
from pathlib import Path
from string import Template
from typing import Any

import gradio as gr

from hidiff.interface.said_html import element
from hidiff.interface.texts import said_of, text

_SCRIPT = (Path(__file__).resolve().parent / "status.js").read_text(encoding="utf-8")
_LINE = Template(
    '$heading<p class="told-line"><span class="beat" aria-hidden="true"></span><span role="status"></span></p>'
)


def status_line(elem_id: str, heading: str = "") -> gr.HTML:
    """One line that is read aloud when it changes; its value is what `told` gives.

    heading: of what follows the line, for those who do not see the page.
    """
    shown = element("h2", heading, 'class="unseen"') if heading else ""
    return gr.HTML(
        None,
        html_template=_LINE.substitute(heading=shown),
        js_on_load=_SCRIPT,
        apply_default_css=False,
        elem_id=elem_id,
    )


def told(sentence: str, busy: bool = False) -> dict[str, Any]:
    """The value of a line. busy: something is awaited. No two are the same, so each is shown over what a page wrote."""
    return {"text": said_of(sentence), "busy": busy, "mark": secrets.token_hex(4)}


def place_in_line(before: int) -> str:
    """How many visitors are before somebody, in words; one at least."""
    return text("status.before", count=before)
