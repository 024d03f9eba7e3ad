"""Slots of uploads: what they show of an image, of a mask and of a reference, as every browser can show it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from hidiff.errors import ImageError
from hidiff.imaging.files import read_mask
from hidiff.interface.refine_tab.controls import Parts
from hidiff.interface.refine_tab.inputs import EventInputs
from hidiff.interface.runs.session import Session
from hidiff.interface.runs.uploads import preview


def image_shown(parts: Parts, session: Session) -> str | None:
    """What the image's slot shows: the upload on the screen, or nothing when that is an example."""
    source = session.source
    return None if source is None or source.example else _kept(parts, preview(source))


def mask_shown(parts: Parts, given: EventInputs) -> dict[Any, Any]:
    """The update of the slot of a visitor's mask: it shows the mask, or the one before where it is no picture."""
    session = given.session
    try:
        mask = given.own_mask()
    except ImageError:
        mask = None
    if mask is None or given.previewed:
        return {}
    shown = preview(mask, read_mask)
    if shown is None and session.recipe is not None and session.recipe.own is not None:
        mask = session.recipe.own
        shown = preview(mask, read_mask)
    if shown is not None and shown != mask.path:
        session.previews[shown.name] = mask
    return {parts.prior.own: gr.update(value=_kept(parts, shown))}


def reference_shown(session: Session) -> str | None:
    """What the slot of the reference shows: the visitor's own that the screen is about, or nothing."""
    own = None if session.source is None else session.source.own_reference
    return None if own is None or not own.path.is_file() else str(own.path)


def _kept(parts: Parts, path: Path | None) -> str | None:
    """A path that Gradio is to delete with its uploads."""
    if path is None:
        return None
    parts.upload.temp_files.add(str(path))
    return str(path)
