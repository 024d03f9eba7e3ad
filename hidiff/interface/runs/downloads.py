"""Downloads: the files of a refinement, named after what made it, and the command that makes them again."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Sequence
from dataclasses import asdict
from math import prod
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import numpy as np
from numpy.typing import NDArray

from hidiff.checkpoints.manifest import FileRecord
from hidiff.errors import HiDiffError
from hidiff.files import atomic
from hidiff.imaging.files import write_png
from hidiff.interface.runs.cache import FinishedRun
from hidiff.interface.runs.names import stem
from hidiff.interface.runs.recipe import Recipe
from hidiff.interface.runs.recipe_code import SCRIBBLES_SUFFIX, curl_code, local_path, python_code
from hidiff.interface.runs.run import weights_note
from hidiff.interface.texts import text
from hidiff.pipeline import HiDiff, versions
from hidiff.priors.sources import NOISE, SEGMENTOR
from hidiff.refinement.prepare import painted_prior
from hidiff.refinement.reference import scored
from hidiff.refinement.trace import saved_bytes
from hidiff.tasks import DISCLAIMER, Task
from hidiff.visuals.exports import EXPORTS, LIGHT_TRACE, MASK, PROBABILITY, TRACE, sixteen_bits, writers

SETTINGS, SCRIBBLES, ALL = "settings", "scribbles", "all"
_OWN_SUFFIXES = {SETTINGS: ".settings.json", SCRIBBLES: SCRIBBLES_SUFFIX, ALL: ".zip"}  # what the app alone can write
TRACE_BYTES = 18  # of a bit of a step, in a whole trace
MOST_TRACE = 200_000_000  # bytes of a whole trace, which has to be in memory twice
WAYS = ("command", "python", "curl")  # to make a refinement again
_LEFT_OUT = (TRACE, ALL)  # of the ZIP of everything: the light trace says the same in far fewer bytes
_EPOCH = (1980, 1, 1, 0, 0, 0)  # of a ZIP's entries, so that the same files are the same ZIP


def kinds() -> tuple[str, ...]:
    """What the app has a button for, in their order."""
    return *EXPORTS, *_OWN_SUFFIXES


def lacking(kind: str, recipe: Recipe, steps: int) -> str:
    """The sentence that says why a refinement with so many steps done has no such file; "" where it has one."""
    if kind not in kinds():
        return text("error.kind", kind=str(kind)[:40])
    if kind == SCRIBBLES and recipe.scribbles is None:
        return text("error.no_scribbles")
    row = EXPORTS.get(kind)
    if row is not None and row.needs_reference and recipe.source.compared is None:
        return text("error.no_reference")
    return text("error.no_step") if row is not None and row.needs_step and not steps else ""


def expected_bytes(kind: str, shape: tuple[int, ...]) -> int | None:
    """About how large the file of a kind will be, from the shape (N,S,K,h,w) of the steps; None where it is small."""
    return saved_bytes(shape, light=kind == LIGHT_TRACE) if kind in (LIGHT_TRACE, TRACE) else None


def save_mask(stem: str, probability: NDArray[np.float32], folder: Path) -> Path:
    """Write `<stem>.mask.png` from p (H,W) to a folder: 0 and 255, cut at one half. Returns its path."""
    path = folder / f"{stem}{EXPORTS[MASK].suffix}"
    write_png(path, probability > 0.5)
    return path


def save(kind: str, model: HiDiff, recipe: Recipe, finished: FinishedRun, folder: Path) -> Path:
    """Write one of `kinds()` for a refinement to a folder; the bytes are those of the command line. Returns its path.

    Raises HiDiffError, one sentence, for what this refinement does not have.
    """
    steps = len(finished.refinement.steps)
    lacks = lacking(kind, recipe, steps)
    if lacks:
        raise HiDiffError(lacks)
    if kind == TRACE and TRACE_BYTES * prod(_shape(finished)) > MOST_TRACE:
        raise HiDiffError(text("error.trace_size", limit=MOST_TRACE // 1_000_000))
    name = stem(model, recipe, steps)
    if kind == ALL:
        there = [one for one in kinds() if one not in _LEFT_OUT and not lacking(one, recipe, steps)]
        with TemporaryDirectory() as drafts:
            files = [save(one, model, recipe, finished, Path(drafts)) for one in there]
            return _zipped(files, folder / f"{name}{_OWN_SUFFIXES[ALL]}")
    if kind in _OWN_SUFFIXES:
        path = folder / f"{name}{_OWN_SUFFIXES[kind]}"
        path.write_bytes(_scribbles(recipe) if kind == SCRIBBLES else _settings(model, recipe, finished))
        return path
    row = EXPORTS[kind]
    path = folder / f"{name}{row.suffix}"
    first = row.kind + row.labels(model.task)[0]
    writers(model, finished.picture.pixels, finished.refinement, finished.picture.reference)[first](path)
    return path


def _shape(finished: FinishedRun) -> tuple[int, ...]:
    """(N,S,K,h,w) of a run's steps."""
    samples, *rest = finished.refinement.settings.samples, *finished.refinement.p.shape
    return (samples, len(finished.refinement.steps), *rest)


def _zipped(files: Sequence[Path], path: Path) -> Path:
    """Files -> one ZIP; they are compressed as they are, so nothing is compressed again."""
    with atomic(path) as draft, ZipFile(draft, "w", ZIP_STORED) as archive:
        for file in files:
            archive.writestr(ZipInfo(file.name, _EPOCH), file.read_bytes())
    return path


def _scribbles(recipe: Recipe) -> bytes:
    assert recipe.scribbles is not None
    return recipe.scribbles


def _settings(model: HiDiff, recipe: Recipe, finished: FinishedRun) -> bytes:
    return (json.dumps(document(model, recipe, finished), indent=2) + "\n").encode()


def code(model: HiDiff, recipe: Recipe, steps: int | None = None) -> dict[str, str]:
    """way -> what makes the refinement again: "command", "python", "curl"; or a sentence that says why there is none.

    steps: how many have been done, None for all of them.
    """
    line = command(model, recipe, steps)
    if line == text("take.no_command"):
        return dict.fromkeys(WAYS, line)
    return {"command": line, "python": python_code(model, recipe), "curl": curl_code(model, recipe)}


def command(model: HiDiff, recipe: Recipe, steps: int | None = None) -> str:
    """The command line that makes the same files from the same picture; or a sentence that says why there is none.

    steps: how many have been done, None for all of them.
    """
    if recipe.alone or (steps is not None and steps < recipe.settings.steps):
        return text("take.no_command")
    words = [".venv/bin/python", "-m", "hidiff", "segment", "--task", recipe.task, "--out", "results"]
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
        words += ["--scribbles", stem(model, recipe) + _OWN_SUFFIXES[SCRIBBLES]]
    reference = recipe.source.compared
    if reference is not None:
        words += ["--reference", local_path(reference)]
    flags = (row.flag for row in EXPORTS.values() if not lacking(row.kind, recipe, recipe.settings.steps))
    return shlex.join([*words, *filter(None, flags), "--", local_path(recipe.source)])


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
    areas = {"prior": int((refinement.prior_map > 0.5).sum()), "refined": int((probability > 0.5).sum())}
    return {
        "format": 3,
        "task": recipe.task,
        "image": {"name": recipe.source.title, "width": width, "height": height, "sha256": _digest(recipe.source.path)},
        "prior": _prior(recipe),
        "notes": [recipe.remarks.note] if recipe.remarks.note else [],
        "warnings": recipe.warnings,
        "scribbles": None if recipe.scribbles is None else {"sha256": hashlib.sha256(recipe.scribbles).hexdigest()},
        "settings": _settings_that_count(recipe),
        "network": recipe.network,
        "steps_done": steps,
        "window": [int(value) for value in refinement.window],
        "pixels_on": areas,
        "reference": _reference(model.task, recipe, finished),
        "pixels_sha256": {kind: hashlib.sha256(array.tobytes()).hexdigest() for kind, array in maps.items()},
        "seconds": [round(one, 4) for one in refinement.seconds],
        "versions": versions(),
        "weights": {"note": weights_note(model), "sha256": weights_digests(model)},
        "command": command(model, recipe, steps),
        "terms": DISCLAIMER,
    }


def _prior(recipe: Recipe) -> dict[str, Any]:
    """Where the chain started: one source, with what belongs to it alone."""
    if recipe.own is not None:
        own = {"name": recipe.own.title, "sha256": _digest(recipe.own.path), "inverted": recipe.own.inverted}
        return {"source": "own", **own}
    seeded = {} if recipe.prior_source in (SEGMENTOR, NOISE) else {"seed": recipe.prior_seed}
    return {"source": recipe.prior_source, **seeded}


def _settings_that_count(recipe: Recipe) -> dict[str, Any]:
    """The settings; without the confidence in a mask where none was given."""
    settings = asdict(recipe.settings)
    return settings if recipe.own is not None else {k: v for k, v in settings.items() if k != "confidence"}


def _reference(task: Task, recipe: Recipe, finished: FinishedRun) -> dict[str, Any] | None:
    """The reference and what refined mask and prior, as the page showed it, score against it."""
    reference, mask = recipe.source.compared, finished.picture.reference
    if reference is None or mask is None:
        return None
    held, shown = finished.refinement.scribbles, None
    if held is not None:
        shown = painted_prior(finished.prior, held, True, task.thin).p[0] > 0.5
    scores = scored(finished.refinement, mask, shown).document
    return {"name": reference.title, "sha256": _digest(reference.path), "scores": scores}


def weights_digests(model: HiDiff) -> dict[str, str]:
    """file name -> sha256 of the weights' files; empty for a model that was made in this process."""
    if model.source is None:
        return {}
    files = sorted(path for path in model.source.path.iterdir() if path.suffix in (".json", ".safetensors"))
    return {path.name: FileRecord.of(path).sha256 for path in files if path.name != "card.json"}


def _digest(path: Path) -> str | None:
    try:
        return FileRecord.of(path).sha256
    except OSError:
        return None
