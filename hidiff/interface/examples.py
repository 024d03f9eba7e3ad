"""The examples that come with the project: their manifest, and the strip of thumbnails that offers them."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import cv2

from hidiff.errors import ImageError
from hidiff.files import project_folder
from hidiff.imaging.files import read_image
from hidiff.interface.runs.recipe import PROPOSED, Source, Start
from hidiff.interface.said_html import element, says
from hidiff.interface.texts import text, text_or
from hidiff.priors.sources import SEGMENTOR, check_prior_seed

FOLDER = project_folder("examples")
MANIFEST = "manifest.json"
PICK = (Path(__file__).resolve().parent / "examples.js").read_text(encoding="utf-8")
THUMBNAIL = 144  # pixels, the shorter side

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Example:
    """One entry of the manifest; thumbnail: a JPEG."""

    path: Path
    title: str
    task: str
    source: str
    licence: str
    synthetic: bool
    note: str
    thumbnail: bytes
    reference: Path | None = None
    start: Start = PROPOSED

    @property
    def as_source(self) -> Source:
        """The example as something to segment."""
        return Source(self.path, self.title, True, self.synthetic, self.reference, self.start)


def read_examples(folder: Path = FOLDER) -> tuple[Example, ...]:
    """The examples of a folder's manifest. What is missing or broken is left out and logged, never an error."""
    try:
        entries = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        _log.info("No examples: %s", error)
        return ()
    if isinstance(entries, dict):
        entries = entries.get("examples", [])
    examples = []
    for entry in entries if isinstance(entries, list) else []:
        try:
            examples.append(_example(folder, entry))
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            _log.warning("An example was left out: %s", error)
    return tuple(examples)


def _example(folder: Path, entry: dict[str, Any]) -> Example:
    path = _within(folder, entry["file"])
    mask = entry.get("mask")
    return Example(
        path,
        str(entry["title"]),
        str(entry["task"]),
        str(entry.get("source") or ""),
        str(entry.get("licence") or ""),
        bool(entry.get("synthetic", False)),
        str(entry.get("note") or ""),
        _thumbnail(path),
        _within(folder, mask) if mask else None,
        _start(entry.get("start")),
    )


def _start(entry: dict[str, Any] | None) -> Start:
    """Whether the task has such a source is known where there is a model. Raises SettingsError for a bad seed."""
    if entry is None:
        return PROPOSED
    seed = entry.get("seed", 0)
    check_prior_seed(seed)
    return Start(str(entry.get("source") or SEGMENTOR), seed, str(entry.get("teaches") or ""))


def _within(folder: Path, name: str) -> Path:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ImageError(f"{name} lies outside the examples' folder.")
    return path


def _thumbnail(path: Path) -> bytes:
    pixels = read_image(path)
    scale = THUMBNAIL / min(pixels.shape[:2])
    if scale < 1:
        pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    _, encoded = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
    return encoded.tobytes()


def of_task(examples: Sequence[Example], task: str) -> list[tuple[int, Example]]:
    """The examples of one task with their places in the whole list."""
    return [(index, example) for index, example in enumerate(examples) if example.task == task]


def strip(examples: Sequence[Example], task: str, opened: bool = False, own: bool = True) -> str:
    """HTML: a button for each example of the task; `data-example` is its place in the whole list.

    opened: the first of them is the one on the screen. own: whether a visitor's own image is offered too.
    """
    found = of_task(examples, task)
    if not found:
        return element("p", text("refine.no_examples"), 'class="hint"')
    buttons = "".join(_button(index, example, opened and index == found[0][0]) for index, example in found)
    buttons += _own_button() if own else ""
    label = text("refine.examples")
    return f'<div class="strip" role="group" aria-label="{escape(label)}"{says(aria_label=label)}>{buttons}</div>'


def _own_button() -> str:
    """Opens the upload's file chooser, wherever on the page that is."""
    return (
        '<button type="button" data-own><span class="thumbnail plus" aria-hidden="true">+</span>'
        f"{element('span', text('refine.yours'))}</button>"
    )


def unmarked_title(example: Example) -> str:
    """What an example is called, in the visitor's language; that it is synthetic is said beside it."""
    title = example.title.removesuffix(text("about.synthetic")) if example.synthetic else example.title
    return text_or(f"example.{example.path.stem}.title", title)


def _button(index: int, example: Example, chosen: bool) -> str:
    mark = element("span", text("refine.synthetic"), 'class="synthetic"') if example.synthetic else ""
    picture = base64.b64encode(example.thumbnail).decode("ascii")
    name = unmarked_title(example)
    about = text("about.example_short", source=example.source.rstrip("."), licence=example.licence.rstrip("."))
    return (
        f'<button type="button" data-example="{index}" data-name="{escape(example.path.stem)}"'
        f' aria-pressed="{str(chosen).lower()}" title="{escape(about)}"'
        f"{says(title=about)}>"
        f'<span class="thumbnail"><img src="data:image/jpeg;base64,{picture}" alt="">{mark}</span>'
        f"{element('span', name)}</button>"
    )
