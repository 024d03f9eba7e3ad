"""File names of downloads: they tell task, picture, prior source, settings and seed, and are safe on every disk.

What is the weights' own is not said. Two refinements of one picture that differ in what makes their bits differ in
their names too: where words cannot tell them apart, as with scribbles, six digits of a digest do.
"""

from __future__ import annotations

import hashlib
import unicodedata
from pathlib import Path

from hidiff.interface.runs.recipe import Recipe, Source, usual_settings
from hidiff.pipeline import HiDiff
from hidiff.priors.sources import NOISE, SEGMENTOR
from hidiff.refinement.settings import SETTINGS

LONGEST = 60  # bytes of a picture's name; of a mask's
_SPELT = str.maketrans({"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"})
_DIGITS = 6


def safe(title: str, longest: int = LONGEST) -> str:
    """A title as part of a file name: accents are dropped, letters of other scripts stay, all else becomes a dash.

    longest: bytes of it, in UTF-8.
    """
    plain = "".join(one for one in unicodedata.normalize("NFKD", title) if not unicodedata.combining(one))
    plain = unicodedata.normalize("NFC", plain.translate(_SPELT))
    dashed = "".join(one if one.isalnum() or one == "_" else "-" for one in plain)
    name = "-".join(part for part in dashed.split("-") if part)
    return name.encode()[:longest].decode(errors="ignore").strip("-")


def picture_stem(task: str, source: Source) -> str:
    """A file name's beginning for a picture: task and title."""
    return f"{task}-{_title(source) or 'image'}"


def stem(model: HiDiff, recipe: Recipe, done: int | None = None) -> str:
    """A file name's beginning for a refinement. done: its steps so far, None for all."""
    words = [picture_stem(recipe.task, recipe.source), *_prior(recipe), *_settings(model, recipe)]
    if recipe.scribbles is not None:
        words.append(f"scribbles-{hashlib.sha256(recipe.scribbles).hexdigest()[:_DIGITS]}")
    if recipe.network != "binary":
        words.append("twin")
    if recipe.alone:
        words.append("unrefined")
    elif done is not None and done < recipe.settings.steps:
        words.append(f"stopped{done}")
    return "-".join([*words, f"seed{recipe.settings.seed}"])


def _title(source: Source, longest: int = LONGEST) -> str:
    return safe(source.title if source.example else Path(source.title).stem, longest)


def _prior(recipe: Recipe) -> list[str]:
    if recipe.own is not None:
        return ["from", _title(recipe.own, LONGEST // 2) or "mask", _digest(recipe.own.path)]
    if recipe.prior_source == SEGMENTOR:
        return []
    return [recipe.prior_source if recipe.prior_source == NOISE else f"{recipe.prior_source}{recipe.prior_seed}"]


def _settings(model: HiDiff, recipe: Recipe) -> list[str]:
    """What differs from the weights' own; the confidence only where a mask was given, and then always."""
    usual, words = usual_settings(model), []
    for name, row in SETTINGS.items():
        value = getattr(recipe.settings, name)
        if name == "seed" or (name == "confidence" and recipe.own is None):
            continue
        if value == usual[name] and name != "confidence":
            continue
        if row.kind == "choice":
            words.append(str(value))
        elif row.kind == "switch":
            words.append(name if value else f"no-{name}")
        else:
            words.append(f"{name}{value:g}")
    return words


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:_DIGITS]
    except OSError:
        return "gone"
