"""Downloads: the files of a refinement, named after what made it, and the command that makes them again."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hidiff.checkpoints.manifest import FileRecord
from hidiff.errors import HiDiffError
from hidiff.imaging.files import write_png
from hidiff.interface.runs.cache import FinishedRun
from hidiff.interface.runs.recipe import Recipe, Source
from hidiff.interface.runs.run import weights_note
from hidiff.interface.texts import text
from hidiff.pipeline import HiDiff, versions
from hidiff.priors.sources import SEGMENTOR
from hidiff.refinement.settings import Settings
from hidiff.tasks import DISCLAIMER
from hidiff.visuals.exports import EXPORTS, MASK, PROBABILITY, sixteen_bits, writers

LONGEST_STEM = 60
SETTINGS, SCRIBBLES = "settings", "scribbles"
_OWN_SUFFIXES = {SETTINGS: ".settings.json", SCRIBBLES: ".scribbles.png"}  # what the app alone can write


def kinds() -> tuple[str, ...]:
    """What the app has a button for, in their order."""
    return *(row.kind for row in EXPORTS.values() if row.offered), *_OWN_SUFFIXES


def stem(task: str, source: Source, settings: Settings | None = None) -> str:
    """A file name's beginning: task, picture, seed; letters, digits, dot, dash and underscore only."""
    title = source.title if source.example else Path(source.title).stem
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", title).strip("-")[:LONGEST_STEM] or "image"
    return f"{task}-{name}" if settings is None else f"{task}-{name}-seed{settings.seed}"


def save_mask(stem: str, probability: NDArray[np.float32], folder: Path) -> Path:
    """Write `<stem>.mask.png` from p (H,W) to a folder: 0 and 255, cut at one half. Returns its path."""
    path = folder / f"{stem}{EXPORTS[MASK].suffix}"
    write_png(path, probability > 0.5)
    return path


def save(kind: str, model: HiDiff, recipe: Recipe, finished: FinishedRun, folder: Path) -> Path:
    """Write one of `kinds()` for a refinement to a folder; the bytes are those of the command line. Returns its path.

    Raises HiDiffError, one sentence, for what this refinement does not have.
    """
    if kind not in kinds():
        raise HiDiffError(text("error.kind", kind=kind))
    name = stem(recipe.task, recipe.source, recipe.settings)
    if kind in _OWN_SUFFIXES:
        path = folder / f"{name}{_OWN_SUFFIXES[kind]}"
        path.write_bytes(_scribbles(recipe) if kind == SCRIBBLES else _settings(model, recipe, finished))
        return path
    row = EXPORTS[kind]
    if row.needs_step and not finished.refinement.steps:
        raise HiDiffError(text("error.no_step"))
    path = folder / f"{name}{row.suffix}"
    first = row.kind + row.labels(model.task)[0]
    writers(model, finished.picture.pixels, finished.refinement)[first](path)
    return path


def _scribbles(recipe: Recipe) -> bytes:
    if recipe.scribbles is None:
        raise HiDiffError(text("error.no_scribbles"))
    return recipe.scribbles


def _settings(model: HiDiff, recipe: Recipe, finished: FinishedRun) -> bytes:
    return (json.dumps(document(model, recipe, finished), indent=2) + "\n").encode()


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
        words += ["--prior", recipe.own.title, *["--invert-prior"] * recipe.own.inverted]
    elif recipe.prior_source != SEGMENTOR:
        words += ["--prior-source", recipe.prior_source, "--prior-seed", str(recipe.prior_seed)]
    if recipe.scribbles is not None:
        words += ["--scribbles", stem(recipe.task, recipe.source, recipe.settings) + _OWN_SUFFIXES[SCRIBBLES]]
    words += [*(row.flag for row in EXPORTS.values() if row.flag and row.offered), "--", _picture_path(recipe.source)]
    return shlex.join(words)


def document(model: HiDiff, recipe: Recipe, finished: FinishedRun) -> dict[str, Any]:
    """Settings, versions, digests: what one needs to make the same bytes again, and to see that they are the same."""
    refinement = finished.refinement
    steps = len(refinement.steps)
    probability = model.calibrated(refinement.probability(), "refined")
    maps: dict[str, NDArray[Any]] = {
        MASK: np.where(probability > 0.5, 255, 0).astype(np.uint8),
        PROBABILITY: sixteen_bits(probability),
    }
    height, width = finished.picture.size
    return {
        "format": 2,
        "task": recipe.task,
        "image": {"name": recipe.source.title, "width": width, "height": height, "sha256": _digest(recipe.source.path)},
        "prior_source": {"name": recipe.prior_source, "seed": recipe.prior_seed},
        "prior": None if recipe.own is None else _prior(recipe.own),
        "notes": [recipe.remarks.note] if recipe.remarks.note else [],
        "warnings": recipe.warnings,
        "scribbles": None if recipe.scribbles is None else {"sha256": hashlib.sha256(recipe.scribbles).hexdigest()},
        "settings": asdict(recipe.settings),
        "steps_done": steps,
        "window": [int(value) for value in refinement.window],
        "pixels_sha256": {kind: hashlib.sha256(array.tobytes()).hexdigest() for kind, array in maps.items()},
        "versions": versions(),
        "weights": {"note": weights_note(model), "sha256": weights_digests(model)},
        "command": command(model, recipe, steps),
        "terms": DISCLAIMER,
    }


def _prior(own: Source) -> dict[str, Any]:
    return {"name": own.title, "sha256": _digest(own.path), "inverted": own.inverted}


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
