"""Widgets: any setting's from its row, for the page and for the API alike; and a slot for a picture or a mask."""

from __future__ import annotations

from typing import Any

import gradio as gr

from hidiff.interface.runs.recipe import capped, usual_settings
from hidiff.interface.runs.uploads import local_only
from hidiff.interface.texts import choice_name, find_text, native, text
from hidiff.pipeline import HiDiff
from hidiff.refinement.settings import Setting

STEP = 0.01  # of a share's slider
LEAST_SHARE = 0.05  # how far such a slider begins above the row's low end


def setting_widget(row: Setting, model: HiDiff, api: bool = False, visible: bool = True) -> gr.components.Component:
    """The widget of a setting at the weights' own value, within the app's caps.

    Its label and the line below it are the texts `segment.NAME` and `segment.NAME_info`; a row without texts shows its
    name and its help. api: the parameter of an endpoint, whose label is its name and which takes the whole range.
    """
    row, value = capped(row, model), usual_settings(model)[row.name]
    label = find_text(f"refine.{row.name}")
    info = find_text(f"refine.{row.name}_info") if label else row.help
    looks: dict[str, Any] = {
        "label": native(label) or row.name.replace("_", " ").capitalize(),
        "info": native(info) or None,
    }
    if api:
        looks = {"label": row.name}
    looks |= {"elem_id": None if api else row.name, "visible": visible}
    if row.kind == "choice":
        choices = [(native(choice_name(row.name, choice)), choice) for choice in row.choices or ()]
        return gr.Radio([name for _, name in choices] if api else choices, value=value, **looks)
    if row.kind == "switch":
        return gr.Checkbox(value, **looks)
    if row.kind == "share" and api:
        return gr.Number(None, minimum=row.low, maximum=row.high, **looks)
    if row.kind == "share":
        return gr.Slider(row.low + LEAST_SHARE, row.high - STEP, value, step=STEP, **looks)
    if row.endless:
        return gr.Number(value, precision=0, **looks)
    return gr.Slider(row.low, row.high, value, step=1, **looks)


def setting_update(row: Setting, model: HiDiff) -> dict[str, Any]:
    """What changes of a widget on the page when the model does: the new weights' own value, and their range."""
    row, value = capped(row, model), usual_settings(model)[row.name]
    bounded = row.kind == "whole" and not row.endless
    update: dict[str, Any] = gr.update(value=value, maximum=row.high) if bounded else gr.update(value=value)
    return update


def upload_slot(elem_id: str, label: str, hint: str, visible: bool = True) -> gr.Image:
    """A slot for a picture or a mask, from a file or the clipboard; it takes no address. label, hint: keys of texts."""
    upload = gr.Image(
        type="filepath",
        image_mode=None,
        sources=["upload", "clipboard"],
        label=native(text(label)),
        placeholder=native(text(hint)),
        height=150,
        buttons=[],
        visible=visible,
        elem_id=elem_id,
    )
    local_only(upload)
    return upload
