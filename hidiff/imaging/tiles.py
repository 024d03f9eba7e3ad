"""Tiles: a large canvas cut into overlapping squares whose weights add up to one."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from hidiff.imaging.frames import GRID, Size, _slices


@dataclass(frozen=True)
class Tile:
    """A rectangle of a canvas and its share in the blended map; the shares of all tiles sum to one."""

    top: int
    left: int
    height: int
    width: int
    rows: np.ndarray = field(repr=False, compare=False)  # (height,) float32
    columns: np.ndarray = field(repr=False, compare=False)  # (width,) float32

    @property
    def weight(self) -> np.ndarray:
        """float32 (height,width), raised cosines towards the neighbouring tiles."""
        return np.outer(self.rows, self.columns)

    @property
    def place(self) -> tuple[slice, slice]:
        """Rows and columns of the canvas that the tile covers."""
        return _slices((self.top, self.left, self.height, self.width))


def tiles(canvas: Size, size: int, overlap: int) -> list[Tile]:
    """Cover a canvas with squares of `size`, less where it is smaller, that share `overlap` pixels or more.

    All three are multiples of 32, with overlap < size; so are the tiles' places and sizes.
    """
    if any(value % GRID or value < GRID for value in (*canvas, size)) or overlap % GRID:
        raise ValueError(f"canvas {canvas}, tile {size} and overlap {overlap} must be multiples of {GRID}")
    if not 0 <= overlap < size:
        raise ValueError(f"the overlap {overlap} must be smaller than the tile {size}")
    down, across = (_shares(length, size, overlap) for length in canvas)
    return [Tile(top, left, len(rows), len(columns), rows, columns) for top, rows in down for left, columns in across]


def _shares(length: int, size: int, overlap: int) -> list[tuple[int, np.ndarray]]:
    """Starts of the tiles along one axis and their weights (size,), which sum to one at every place."""
    if length <= size:
        return [(0, np.ones(length, np.float32))]
    count = -(-(length - overlap) // (size - overlap))
    starts = [GRID * (index * (length - size) // (GRID * (count - 1))) for index in range(count)]
    total = np.zeros(length)
    ramps = []
    for index, start in enumerate(starts):
        ramp = np.ones(size)
        if index > 0:
            ramp *= _rise(starts[index - 1] + size - start, size)
        if index < count - 1:
            ramp *= _rise(start + size - starts[index + 1], size)[::-1]
        ramps.append(ramp)
        total[start : start + size] += ramp
    return [
        (start, (ramp / total[start : start + size]).astype(np.float32))
        for start, ramp in zip(starts, ramps, strict=True)
    ]


def _rise(overlap: int, size: int) -> np.ndarray:
    """Raised cosine from 0 to 1 over the first `overlap` of `size` places."""
    if not overlap:
        return np.ones(size)
    return np.sin(np.pi / 2 * np.minimum((np.arange(size) + 0.5) / overlap, 1)) ** 2
