"""The files that a refinement leaves: one list of kinds, for the command line and for the app's downloads alike.

A kind names what a file holds; its suffix follows the file's name. Where a task has several classes, mask, prior
and probability are a file for each class.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hidiff.imaging.files import write_png
from hidiff.tasks import TaskCard

if TYPE_CHECKING:
    from hidiff.pipeline import HiDiff
    from hidiff.refinement.chain import Refinement

MASK, PRIOR, PROBABILITY = "mask", "prior", "prob"
TRACE, ANIMATION, GIF, OVERLAY, SHEET = "trace", "animation", "gif", "overlay", "sheet"
SUFFIXES: Mapping[str, str] = {
    MASK: ".mask.png",
    PRIOR: ".prior.png",
    PROBABILITY: ".prob.png",
    TRACE: ".trace.npz",
    ANIMATION: ".webp",
    GIF: ".gif",
    OVERLAY: ".overlay.png",
    SHEET: ".sheet.png",
}
ALWAYS = (MASK, PRIOR, PROBABILITY)

Writer = Callable[[Path], None]


def suffixes(
    card: TaskCard,
    trace: bool = False,
    animate: bool = False,
    gif: bool = False,
    overlay: bool = False,
    sheet: bool = False,
) -> dict[str, str]:
    """kind of result -> its file's suffix, for the maps and for what else is asked for."""
    out = {kind + label: f"{label}{SUFFIXES[kind]}" for kind in ALWAYS for label in _labels(card)}
    asked = {TRACE: trace, ANIMATION: animate, GIF: gif, OVERLAY: overlay, SHEET: sheet}
    return out | {kind: SUFFIXES[kind] for kind, wanted in asked.items() if wanted}


def writers(model: HiDiff, image: NDArray[np.uint8], refinement: Refinement) -> dict[str, Writer]:
    """kind of result -> what writes it to a path, for the image (H,W,3) and its refinement so far.

    A writer raises OSError or ImageError when the file cannot be written; trace, animation, GIF and sheet need
    one step at least.
    """
    card = model.card
    p = model.calibrated(refinement.probability(), "refined")
    mask = p > 0.5

    def moving(path: Path) -> None:
        from hidiff.visuals import draw as pictures

        pictures.animation(refinement.trace(), image, path, colours=card.colours)

    def laid_over(path: Path) -> None:
        from hidiff.visuals import draw as pictures

        write_png(path, pictures.overlay(image, mask, card.colours))

    def sheet(path: Path) -> None:
        from hidiff.visuals import sheets as figures

        figures.sheet(image, refinement, path, colours=card.colours)

    drawn: dict[str, Writer] = {
        TRACE: lambda path: refinement.trace().save(path),
        ANIMATION: moving,
        GIF: moving,
        OVERLAY: laid_over,
        SHEET: sheet,
    }
    maps: dict[str, NDArray[Any]] = {MASK: mask, PRIOR: refinement.prior_map > 0.5, PROBABILITY: sixteen_bits(p)}
    for kind, planes in maps.items():
        for label, plane in zip(_labels(card), planes, strict=True):
            drawn[kind + label] = _png(plane)
    return drawn


def sixteen_bits(probability: NDArray[np.float32]) -> NDArray[np.uint16]:
    """0..1 -> 0..65535, so rounded that what exceeds 0.5 is exactly what exceeds 32767."""
    scaled = np.multiply(probability, 65535, dtype=np.float64)
    return np.ceil(np.clip(scaled - 0.5, 0, 65535)).astype(np.uint16)


def _png(plane: NDArray[Any]) -> Writer:
    return lambda path: write_png(path, plane)


def _labels(card: TaskCard) -> list[str]:
    """What tells the classes' files apart: nothing where there is only one."""
    return [""] if card.classes == 1 else [f".{name}" for name in card.class_names]
