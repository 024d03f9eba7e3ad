"""The panel of downloads: a button a file, each with its size where that counts, and code that makes the same again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr
from gradio.context import LocalContext

from hidiff.interface.refine_tab.link_panel import link_panel
from hidiff.interface.runs import downloads
from hidiff.interface.runs.recipe import Recipe
from hidiff.interface.runs.recipe_code import HERE
from hidiff.interface.texts import find_text, native, said_of, text
from hidiff.interface.title_card import address_of
from hidiff.visuals.exports import EXPORTS

_ABSENT_AT_FIRST = (downloads.SCRIBBLES, "difference")
_HINTS = """
const hints = JSON.parse(element.querySelector("[data-hints]").dataset.hints);
const put = () => {
  for (const [id, hint] of Object.entries(hints)) {
    const button = document.getElementById(id);
    if (button && button.title !== hidiffTexts.tell(hint)) button.title = hidiffTexts.tell(hint);
  }
};
put();
setTimeout(put, 500);
hidiffTexts.follow(put);
element.closest("#take-panel")?.addEventListener("pointerover", put);
element.closest("#take-panel")?.addEventListener("focusin", put);
"""  # a button of Gradio's takes no tooltip


@dataclass(frozen=True)
class DownloadsPanel:
    """files: a button for each of `downloads.kinds()`. file: what the browser is given. code: what makes the same
    again, for each of `downloads.WAYS`. link: to what is on the screen."""

    files: Mapping[str, gr.Button]
    file: gr.File
    code: Mapping[str, gr.Textbox]
    link: gr.HTML

    @property
    def command(self) -> gr.Textbox:
        """The command line."""
        return self.code["command"]

    def code_updates(self, code: Mapping[str, str]) -> dict[gr.components.Component, Any]:
        """What makes the answer again, by way, with the address at which the visitor has found the app.

        "" for a way that is not given.
        """
        here = _address_here()
        return {box: code.get(way, "").replace(HERE, here) for way, box in self.code.items()}


def downloads_panel() -> DownloadsPanel:
    """Render the panel."""
    with gr.Row(elem_classes="files"):
        files = {
            kind: gr.Button(
                native(_name(kind)), size="sm", min_width=0, interactive=kind not in _ABSENT_AT_FIRST, elem_id=kind
            )
            for kind in downloads.kinds()
        }
    hints = {kind: said_of(find_text(f"take.{kind}_hint") or EXPORTS[kind].help) for kind in files}
    gr.HTML(
        f'<span data-hints="{escape(json.dumps(hints))}"></span>',
        js_on_load=_HINTS,
        apply_default_css=False,
        visible="hidden",
        elem_id="take-hints",
    )
    return DownloadsPanel(files, gr.File(visible="hidden", elem_id="file"), _code(), link_panel())


def _address_here() -> str:
    """Under which address the visitor of the event that is being answered has found the app; `HERE` outside of any."""
    request = getattr(LocalContext.request.get(None), "request", None)
    found = "" if request is None else address_of(request.scope)
    return f"{found}/" if found else HERE


def _code() -> dict[str, gr.Textbox]:
    """A tab for each way to make the same again."""
    boxes = {}
    with gr.Tabs(elem_id="code"):
        for way in downloads.WAYS:
            name = f"take.{way}_tab"
            with gr.Tab(native(text(name)), id=name, render_children=True):
                box = gr.Textbox(
                    "",
                    label=native(text(f"take.{way}")),
                    info=native(text(f"take.{way}_info")),
                    lines=4,
                    max_lines=8,
                    buttons=["copy"],
                    interactive=False,
                    elem_id=way,
                )
            boxes[way] = box
    return boxes


def button_updates(
    files: Mapping[str, gr.Button], recipe: Recipe, steps: int, payload: Mapping[str, Any]
) -> dict[gr.Button, Any]:
    """The buttons for what is on the screen: what there is none of cannot be pressed, what is large says how large.

    payload: the player's value, from which the size of the working frame is known.
    """
    chain = payload.get("chain")
    shape = None if chain is None else (recipe.settings.samples, steps, 1, *chain["size"])
    updates = {}
    for kind, button in files.items():
        there = not downloads.lacking(kind, recipe, steps)
        size = downloads.expected_bytes(kind, shape) if there and shape is not None else None
        label = native(_name(kind)) + ("" if size is None else f", {size_in_words(size)}")
        updates[button] = gr.update(value=label, interactive=there)
    return updates


def size_in_words(size: int) -> str:
    """Bytes as megabytes, to one figure or to the whole."""
    return text("take.megabytes", number=f"{size / 1e6:.1f}" if size < 1e6 else f"{size / 1e6:.0f}")


def _name(kind: str) -> str:
    return find_text(f"take.{kind}") or kind.capitalize()
