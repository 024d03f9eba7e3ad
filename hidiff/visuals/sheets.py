"""Sheets to print: matplotlib figures whose maps darken evenly, so that they can be read in black and white."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from hidiff.files import atomic
from hidiff.imaging.files import write_png
from hidiff.refinement.ensemble import spread
from hidiff.visuals.colours import OUTLINE, Colour
from hidiff.visuals.draw import contact_sheet, draw_answer, draw_prior, draw_step, overlay
from hidiff.visuals.paint import Picture

if TYPE_CHECKING:
    from hidiff.refinement.outcome import Outcome

TILE = 320  # pixels, the longer side of a picture on a sheet
COLUMNS = 4
DPI = 110
MAPS = "Greys"  # white is 0, black is 1: evenly darker, and nothing but grey


def sheet(image: Picture, refinement: Outcome, path: str | Path, *, colours: Sequence[Colour] = (OUTLINE,)) -> None:
    """Write a PNG: of one chain the prior, every step and the answer; of several their maps and all samples.

    image: (H,W,3) uint8. At least one step must have run. Raises OSError or ImageError when it cannot be written.
    """
    if refinement.settings.samples == 1:
        steps = [draw_step(image, refinement, i, colours=colours, side=TILE) for i in range(len(refinement.steps))]
        prior = draw_prior(image, refinement, colours=colours, side=TILE)
        answer = draw_answer(image, refinement, colours=colours, side=TILE)
        write_png(path, contact_sheet([prior, *steps, answer], COLUMNS))
    else:
        samples_sheet(image, refinement, path, colours=colours)


def sample_masks(refinement: Outcome, channel: int = 0) -> list[NDArray[np.bool_]]:
    """Each chain's own answer so far as a mask (H,W) in the original frame."""
    return [refinement.in_original(sample)[channel] > 0.5 for sample in refinement.samples()]


def sample_tile(image: Picture, mask: NDArray[np.bool_], colour: Colour = OUTLINE, side: int = TILE) -> Picture:
    """The image (H,W,3) with one mask (H,W) over it, `side` pixels at most."""
    small = _small(image, side)
    shown = _small(mask.astype(np.float32), side) > 0.5
    return overlay(small, shown, colour)


def samples_sheet(
    image: Picture, refinement: Outcome, path: str | Path, *, colours: Sequence[Colour] = (OUTLINE,)
) -> None:
    """Write a PNG: mean and disagreement of the chains with their scales, then every chain's answer with its area."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    masks = sample_masks(refinement)
    told = spread(masks)
    rows = 1 + -(-len(masks) // COLUMNS)
    height, width = image.shape[:2]
    tall = 2.6 * height / width
    figure = Figure(figsize=(COLUMNS * 2.6, rows * (tall + 0.45)), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(rows, COLUMNS)
    half = COLUMNS // 2
    _map(figure, grid[0, :half], told.share, 1, "share of the samples that are on")
    _map(figure, grid[0, half:], told.disagreement, 0.5, "share against the majority")
    for index, mask in enumerate(masks):
        axes = figure.add_subplot(grid[1 + index // COLUMNS, index % COLUMNS])
        axes.imshow(sample_tile(image, mask, colours[0]))
        axes.set_title(f"sample {index + 1}: {100 * told.areas[index]:.2f} % on", fontsize=9)
        axes.set_axis_off()
    with atomic(path) as draft:
        figure.savefig(draft, format="png")


def _map(figure: Any, place: Any, values: NDArray[np.float32], most: float, title: str) -> None:
    axes = figure.add_subplot(place)
    drawn = axes.imshow(_small(values, TILE), cmap=MAPS, vmin=0, vmax=most, interpolation="nearest")
    axes.set_title(title, fontsize=9)
    axes.set_xticks([])
    axes.set_yticks([])
    figure.colorbar(drawn, ax=axes, fraction=0.05)


def _small(picture: NDArray[Any], side: int) -> NDArray[Any]:
    scale = side / max(picture.shape[:2])
    if scale >= 1:
        return picture
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), picture.dtype)
