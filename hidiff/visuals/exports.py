"""The files that a refinement leaves: one table, from which flags, buttons, names and writers come.

To add a file, add one `Export` to `EXPORTS`: `segment` has its flag and its output, the app its button. Where a task
has several classes, mask, prior and probability are a file for each class.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hidiff.imaging.files import write_png
from hidiff.tasks import Task
from hidiff.visuals.colours import OUTLINE, Colour

if TYPE_CHECKING:
    from hidiff.pipeline import HiDiff
    from hidiff.refinement.outcome import Outcome
    from hidiff.types import Mask

MASK, PRIOR, PROBABILITY = "mask", "prior", "prob"
OVERLAY, DIFFERENCE, ANIMATION, GIF, SHEET = "overlay", "difference", "animation", "gif", "sheet"
LIGHT_TRACE, TRACE = "light", "trace"

Writer = Callable[[Path], None]


@dataclass(frozen=True)
class Result:
    """What is written: a refinement so far of an image (H,W,3). reference (H,W): where there is one."""

    model: HiDiff
    image: NDArray[np.uint8]
    refinement: Outcome
    reference: Mask | None = None

    @cached_property
    def p(self) -> NDArray[np.float32]:
        """(K,H,W): the refined probability, as it is reported."""
        return self.model.calibrated(self.refinement.probability(), "refined")

    @property
    def colours(self) -> tuple[Colour, ...]:
        """One for each class; a class that is alone is drawn as on the page."""
        return self.model.task.colours if self.model.task.classes > 1 else (OUTLINE,)


@dataclass(frozen=True)
class Export:
    """One row of the table.

    kind: what the file holds. suffix: follows the file's name. write: to a path, of one class (0 where the file is
    about all of them); raises OSError or ImageError when it cannot. help: what it is, a clause. flag: of `segment`, ""
    for what is always written. needs_step: whether a refinement without a step has none. needs_reference: whether there
    is none without a reference mask. each_class: a file for each class.
    """

    kind: str
    suffix: str
    write: Callable[[Result, Path, int], None]
    help: str
    flag: str = ""
    needs_step: bool = False
    needs_reference: bool = False
    each_class: bool = False

    def labels(self, task: Task) -> tuple[str, ...]:
        """What tells the classes' files apart: nothing where there is only one."""
        one = not self.each_class or task.classes == 1
        return ("",) if one else tuple(f".{name}" for name in task.class_names)


def _mask(result: Result, path: Path, channel: int) -> None:
    write_png(path, result.p[channel] > 0.5)


def _prior(result: Result, path: Path, channel: int) -> None:
    write_png(path, result.refinement.prior_map[channel] > 0.5)


def _probability(result: Result, path: Path, channel: int) -> None:
    write_png(path, sixteen_bits(result.p[channel]))


def _overlay(result: Result, path: Path, _: int) -> None:
    from hidiff.visuals import draw

    write_png(path, draw.overlay(result.image, result.p > 0.5, result.colours))


def _difference(result: Result, path: Path, _: int) -> None:
    from hidiff.visuals import draw

    if result.reference is None:
        raise ValueError("a difference needs a reference")
    write_png(path, draw.draw_difference(result.image, result.p[0] > 0.5, result.reference))


def _animation(result: Result, path: Path, _: int) -> None:
    from hidiff.visuals import film

    film.animation(result.image, result.refinement, path, reference=result.reference, colours=result.colours)


def _sheet(result: Result, path: Path, _: int) -> None:
    from hidiff.visuals import sheets

    sheets.sheet(result.image, result.refinement, path, colours=result.colours)


def _trace(result: Result, path: Path, _: int) -> None:
    result.refinement.trace().save(path)


def _light_trace(result: Result, path: Path, _: int) -> None:
    result.refinement.trace().save(path, light=True)


EXPORTS: dict[str, Export] = {
    row.kind: row
    for row in (
        Export(MASK, ".mask.png", _mask, "the mask", each_class=True),
        Export(PRIOR, ".prior.png", _prior, "the mask before the refinement", each_class=True),
        Export(PROBABILITY, ".prob.png", _probability, "the refined probability in 16 bits", each_class=True),
        Export(OVERLAY, ".overlay.png", _overlay, "the mask on the image", "--overlay"),
        Export(
            DIFFERENCE,
            ".difference.png",
            _difference,
            "what is missed and what is false against --reference",
            "--difference",
            needs_reference=True,
        ),
        Export(ANIMATION, ".webp", _animation, "the refinement step by step", "--animate", needs_step=True),
        Export(GIF, ".gif", _animation, "the same as a GIF", "--gif", needs_step=True),
        Export(SHEET, ".sheet.png", _sheet, "every step or sample", "--sheet", needs_step=True),
        Export(
            LIGHT_TRACE,
            ".light.npz",
            _light_trace,
            "every bit of the refinement, its numbers rounded to 0.001",
            "--light-trace",
            needs_step=True,
        ),
        Export(TRACE, ".trace.npz", _trace, "every bit of the refinement and every number", "--trace", needs_step=True),
    )
}


def suffixes(task: Task, chosen: Collection[str] = ()) -> dict[str, str]:
    """kind of result -> its file's suffix, for what is always written and for the kinds that are `chosen`."""
    rows = [row for row in EXPORTS.values() if not row.flag or row.kind in chosen]
    return {row.kind + label: f"{label}{row.suffix}" for row in rows for label in row.labels(task)}


def writers(
    model: HiDiff, image: NDArray[np.uint8], refinement: Outcome, reference: Mask | None = None
) -> dict[str, Writer]:
    """kind of result -> what writes it to a path, for the image (H,W,3) and its refinement so far.

    reference (H,W): what rows that need one are drawn from, and the film counts Dice against; without it those raise
    ValueError.
    """
    result = Result(model, image, refinement, reference)
    return {
        row.kind + label: partial(_write, row, result, channel)
        for row in EXPORTS.values()
        for channel, label in enumerate(row.labels(model.task))
    }


def sixteen_bits(probability: NDArray[np.float32]) -> NDArray[np.uint16]:
    """0..1 -> 0..65535, so rounded that what exceeds 0.5 is exactly what exceeds 32767."""
    scaled = np.multiply(probability, 65535, dtype=np.float64)
    return np.ceil(np.clip(scaled - 0.5, 0, 65535)).astype(np.uint16)


def _write(row: Export, result: Result, channel: int, path: Path) -> None:
    row.write(result, path, channel)
