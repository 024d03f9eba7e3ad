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
from hidiff.visuals.colours import OUTLINE

if TYPE_CHECKING:
    from hidiff.pipeline import HiDiff
    from hidiff.refinement.outcome import Outcome

MASK, PRIOR, PROBABILITY = "mask", "prior", "prob"
OVERLAY, ANIMATION, GIF, SHEET, TRACE = "overlay", "animation", "gif", "sheet", "trace"

Writer = Callable[[Path], None]


@dataclass(frozen=True)
class Result:
    """What is written: a refinement so far of an image (H,W,3). reference: bool (H,W), where one is known."""

    model: HiDiff
    image: NDArray[np.uint8]
    refinement: Outcome
    reference: NDArray[np.bool_] | None = None

    @cached_property
    def p(self) -> NDArray[np.float32]:
        """(K,H,W): the refined probability, as it is reported."""
        return self.model.calibrated(self.refinement.probability(), "refined")

    @property
    def colours(self) -> tuple[tuple[int, int, int], ...]:
        """One for each class; of a single one the outline's own, as on the page."""
        task = self.model.task
        return (OUTLINE,) if task.classes == 1 else task.colours


@dataclass(frozen=True)
class Export:
    """One row of the table.

    kind: what the file holds. suffix: follows the file's name. write: to a path, of one class (0 where the file is
    about all of them); raises OSError or ImageError when it cannot. help: what it is, a clause. flag: of `segment`, ""
    for what is always written. needs_step: whether a refinement without a step has none. each_class: a file for each
    class. offered: whether the app has a button for it.
    """

    kind: str
    suffix: str
    write: Callable[[Result, Path, int], None]
    help: str
    flag: str = ""
    needs_step: bool = False
    each_class: bool = False
    offered: bool = True

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


def _animation(result: Result, path: Path, _: int) -> None:
    from hidiff.visuals import film

    film.animation(result.image, result.refinement, path, reference=result.reference, colours=result.colours)


def _sheet(result: Result, path: Path, _: int) -> None:
    from hidiff.visuals import sheets

    sheets.sheet(result.image, result.refinement, path, colours=result.colours)


def _trace(result: Result, path: Path, _: int) -> None:
    result.refinement.trace().save(path)


EXPORTS: dict[str, Export] = {
    row.kind: row
    for row in (
        Export(MASK, ".mask.png", _mask, "the mask", each_class=True),
        Export(PRIOR, ".prior.png", _prior, "the mask before the refinement", each_class=True, offered=False),
        Export(PROBABILITY, ".prob.png", _probability, "the refined probability in 16 bits", each_class=True),
        Export(OVERLAY, ".overlay.png", _overlay, "the mask on the image", "--overlay"),
        Export(ANIMATION, ".webp", _animation, "the refinement step by step", "--animate", needs_step=True),
        Export(GIF, ".gif", _animation, "the same as a GIF", "--gif", needs_step=True),
        Export(SHEET, ".sheet.png", _sheet, "every step or sample", "--sheet", needs_step=True),
        Export(TRACE, ".trace.npz", _trace, "every bit of the refinement", "--trace", needs_step=True),
    )
}


def suffixes(task: Task, chosen: Collection[str] = ()) -> dict[str, str]:
    """kind of result -> its file's suffix, for what is always written and for the kinds that are `chosen`."""
    rows = [row for row in EXPORTS.values() if not row.flag or row.kind in chosen]
    return {row.kind + label: f"{label}{row.suffix}" for row in rows for label in row.labels(task)}


def writers(
    model: HiDiff, image: NDArray[np.uint8], refinement: Outcome, reference: NDArray[np.bool_] | None = None
) -> dict[str, Writer]:
    """kind of result -> what writes it to a path, for the image (H,W,3) and its refinement so far.

    reference: bool (H,W), where one is known; the film counts Dice against it.
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
