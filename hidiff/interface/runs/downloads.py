"""Files to take away. They lie in folders of Gradio's cache that nobody can guess, and are deleted with it."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import shlex
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from gradio.utils import get_upload_folder
from numpy.typing import NDArray

from hidiff.checkpoints.manifest import FileRecord
from hidiff.errors import HiDiffError
from hidiff.imaging.files import write_png
from hidiff.interface.runs.cache import Kept
from hidiff.interface.runs.run import Recipe, Source, weights_note
from hidiff.interface.texts import text
from hidiff.pipeline import HiDiff, versions
from hidiff.priors.sources import SEGMENTOR
from hidiff.refinement.settings import Settings
from hidiff.tasks import DISCLAIMER
from hidiff.visuals.exports import (
    ANIMATION,
    GIF,
    MASK,
    OVERLAY,
    PROBABILITY,
    SHEET,
    SUFFIXES,
    TRACE,
    sixteen_bits,
    writers,
)

LONGEST_STEM = 60
SETTINGS, STROKES = "settings", "strokes"
KINDS = (MASK, PROBABILITY, OVERLAY, ANIMATION, GIF, SHEET, TRACE, SETTINGS, STROKES)
NEEDS_A_STEP = (ANIMATION, GIF, SHEET, TRACE)
_OPTIONS = {ANIMATION: "--animate", GIF: "--gif", OVERLAY: "--overlay", SHEET: "--sheet", TRACE: "--trace"}
_OWN_SUFFIXES = {SETTINGS: ".settings.json", STROKES: ".strokes.png"}


def stem(task: str, source: Source, settings: Settings | None = None) -> str:
    """A file name's beginning: task, picture, seed; letters, digits, dot, dash and underscore only."""
    title = source.title if source.example else Path(source.title).stem
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", title).strip("-")[:LONGEST_STEM] or "image"
    return f"{task}-{name}" if settings is None else f"{task}-{name}-seed{settings.seed}"


def save_mask(stem: str, probability: NDArray[np.float32]) -> str:
    """Write `<stem>.mask.png` from p (H,W): 0 and 255, cut at one half. Returns its path."""
    path = _new_folder() / f"{stem}{SUFFIXES[MASK]}"
    write_png(path, probability > 0.5)
    return str(path)


def save(kind: str, model: HiDiff, recipe: Recipe, kept: Kept) -> str:
    """Write one of KINDS for a refinement; the bytes are those of the command line. Returns the file's path.

    Raises HiDiffError, one sentence, for what this refinement does not have.
    """
    if kind not in KINDS:
        raise HiDiffError(text("error.kind", kind=kind))
    if kind == STROKES and recipe.strokes is None:
        raise HiDiffError(text("error.no_strokes"))
    if kind in NEEDS_A_STEP and not kept.refinement.steps:
        raise HiDiffError(text("error.no_step"))
    name = stem(recipe.task, recipe.source, recipe.settings)
    path = _new_folder() / f"{name}{_OWN_SUFFIXES.get(kind) or SUFFIXES[kind]}"
    if kind == STROKES:
        path.write_bytes(recipe.strokes or b"")
    elif kind == SETTINGS:
        path.write_text(json.dumps(document(model, recipe, kept), indent=2) + "\n", encoding="utf-8")
    else:
        drawn = writers(model, kept.picture.pixels, kept.refinement)
        drawn[kind if kind in drawn else f"{kind}.{model.card.class_names[0]}"](path)
    return str(path)


def command(model: HiDiff, recipe: Recipe, steps: int | None = None) -> str:
    """The command line that makes the same files from the same picture; or a sentence that says why there is none.

    steps: how many have been done, None for all of them.
    """
    if recipe.alone or (steps is not None and steps < recipe.settings.steps):
        return text("take.no_command")
    words = ["python", "-m", "hidiff", "segment", "--task", recipe.task, "--out", "results"]
    if model.source is not None and model.source.source == "folder":
        words += ["--weights", "WEIGHTS"]
    for name, value in asdict(recipe.settings).items():
        option = name.replace("_", "-")
        if isinstance(value, bool):
            words.append(f"--{option}" if value else f"--no-{option}")
        else:
            words += [f"--{option}", str(value)]
    if recipe.own is not None:
        words += ["--prior", recipe.own.title]
    elif recipe.start != SEGMENTOR:
        words += ["--start", recipe.start, "--start-seed", str(recipe.start_seed)]
    if recipe.strokes is not None:
        words += ["--strokes", stem(recipe.task, recipe.source, recipe.settings) + _OWN_SUFFIXES[STROKES]]
    words += [*_OPTIONS.values(), "--", _picture_path(recipe.source)]
    return shlex.join(words)


def document(model: HiDiff, recipe: Recipe, kept: Kept) -> dict[str, Any]:
    """Settings, versions, digests: what one needs to make the same bytes again, and to see that they are the same."""
    refinement = kept.refinement
    steps = len(refinement.steps)
    probability = model.calibrated(refinement.probability(), "refined")
    maps: dict[str, NDArray[Any]] = {
        MASK: np.where(probability > 0.5, 255, 0).astype(np.uint8),
        PROBABILITY: sixteen_bits(probability),
    }
    height, width = kept.picture.size
    return {
        "format": 1,
        "task": recipe.task,
        "image": {"name": recipe.source.title, "width": width, "height": height, "sha256": _digest(recipe.source.path)},
        "start": {"kind": recipe.start, "seed": recipe.start_seed},
        "prior": None if recipe.own is None else {"name": recipe.own.title, "sha256": _digest(recipe.own.path)},
        "strokes": None if recipe.strokes is None else {"sha256": hashlib.sha256(recipe.strokes).hexdigest()},
        "settings": asdict(recipe.settings),
        "steps_done": steps,
        "window": [int(value) for value in refinement.window],
        "pixels_sha256": {kind: hashlib.sha256(array.tobytes()).hexdigest() for kind, array in maps.items()},
        "versions": versions(),
        "weights": {"note": weights_note(model), "sha256": weights_digests(model)},
        "command": command(model, recipe, steps),
        "terms": DISCLAIMER,
    }


def weights_digests(model: HiDiff) -> dict[str, str]:
    """file name -> sha256 of the weights' files; empty for a model that was made in this process."""
    if model.source is None:
        return {}
    files = sorted(path for path in model.source.path.iterdir() if path.suffix in (".json", ".safetensors"))
    return {path.name: FileRecord.of(path).sha256 for path in files if path.name != "card.json"}


def _picture_path(source: Source) -> str:
    """What to call the picture on the visitor's own computer."""
    return f"examples/{source.path.name}" if source.example else source.title


def _digest(path: Path) -> str | None:
    try:
        return FileRecord.of(path).sha256
    except OSError:
        return None


def _new_folder() -> Path:
    folder = Path(get_upload_folder()) / secrets.token_hex(20)
    folder.mkdir(parents=True, mode=0o700)
    return folder
