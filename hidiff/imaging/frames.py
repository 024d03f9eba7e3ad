"""Original frame <-> working frame: pure geometry.

All resampling is aligned at pixel edges: the edges of the window fall on the edges of the content, so going
there and back shifts nothing. Every map is channels first, (K,H,W); pictures are (H,W,3).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

Box = tuple[int, int, int, int]  # top, left, height, width
Size = tuple[int, int]  # height, width

_BLOCK = 1_000_000  # pixels that are blended at once
GRID = 32  # the deepest stride of the networks: every canvas and tile is a multiple of it


@dataclass(frozen=True)
class Frame:
    """How a rectangle of original pixels lies in a network's canvas.

    original: size of the image. window: the rectangle of original pixels that is shown. content: where it
    lies in the canvas, whose remainder is padding. canvas: size of the network's input, multiples of 32.
    """

    original: Size
    window: Box
    content: Box
    canvas: Size

    def __post_init__(self) -> None:
        for box, size in ((self.window, self.original), (self.content, self.canvas)):
            top, left, height, width = box
            inside = top >= 0 and left >= 0 and top + height <= size[0] and left + width <= size[1]
            if height < 1 or width < 1 or not inside:
                raise ValueError(f"box {box} does not lie inside {size}")
        if self.canvas[0] % GRID or self.canvas[1] % GRID:
            raise ValueError(f"canvas {self.canvas} is not a multiple of {GRID}")

    def image_in(self, image: np.ndarray) -> np.ndarray:
        """uint8 RGB (H,W,3) of the original size -> float32 (3,h,w) of the canvas, 0..1, padding 0."""
        self._require(image.shape == (*self.original, 3) and image.dtype == np.uint8, image)
        shown = resized(image[_slices(self.window)], self.content[2:])  # (h,w,3)
        out = np.zeros((3, *self.canvas), np.float32)
        out[:, *_slices(self.content)] = shown.transpose(2, 0, 1) * np.float32(1 / 255)
        return out

    def map_in(self, values: np.ndarray) -> np.ndarray:
        """Numeric or bool (K,H,W) or (H,W) of the original size -> float32 of the canvas, padding 0."""
        self._require(values.ndim in (2, 3) and values.shape[-2:] == self.original, values)
        planes = values.reshape(-1, *self.original)
        out = np.zeros((len(planes), *self.canvas), np.float32)
        for plane, target in zip(planes, out, strict=True):
            shown = plane[_slices(self.window)].astype(np.float32)
            target[_slices(self.content)] = resized(shown, self.content[2:])
        return out.reshape(*values.shape[:-2], *self.canvas)

    def map_out(self, values: np.ndarray, background: np.ndarray | None = None) -> np.ndarray:
        """Float (K,h,w) or (h,w) of the canvas -> float32 of the original size, bilinear.

        Outside the window stands `background`, of the original size (None: zeros). Inside the window's edge,
        where that is not the image's own border, the map fades into the background over a seam of two canvas
        pixels, at least three original ones, so that no step shows.
        """
        self._require(values.ndim in (2, 3) and values.shape[-2:] == self.canvas, values)
        shape = (*values.shape[:-2], *self.original)
        if background is None:
            out = np.zeros(shape, np.float32)
        else:
            self._require(background.shape[-2:] == self.original and background.ndim <= len(shape), background)
            out = np.array(np.broadcast_to(background, shape), np.float32)
        _, _, height, width = self.window
        down, across = self._seam()
        planes = out.reshape(-1, *self.original)  # a view: `out` is contiguous
        for plane, target in zip(values.reshape(-1, *self.canvas), planes, strict=True):
            content = np.ascontiguousarray(plane[_slices(self.content)], np.float32)
            shown = cv2.resize(content, (width, height), interpolation=cv2.INTER_LINEAR)
            shown, place = shown.reshape(height, width), target[_slices(self.window)]
            rows = max(1, _BLOCK // width)
            for top in range(0, height, rows):  # at once it would take the map's own memory three times more
                part = slice(top, top + rows)
                place[part] += np.outer(down[part], across) * (shown[part] - place[part])
        return out

    def content_of(self, values: np.ndarray) -> np.ndarray:
        """The part of values (...,h,w) of the canvas that shows pixels: padding is never shown and never counted."""
        rows, columns = _slices(self.content)
        return values[..., rows, columns]

    def _seam(self) -> tuple[np.ndarray, np.ndarray]:
        """Weight of the window's map, 1 but near an inner edge: the product of one down and one across the window."""
        ramps = []
        for axis in (0, 1):
            start, length, whole = self.window[axis], self.window[axis + 2], self.original[axis]
            seam = max(3, round(2 * length / self.content[axis + 2]))
            rise = np.minimum((np.arange(length, dtype=np.float32) + 0.5) / seam, 1)
            ramp = np.ones(length, np.float32)
            if start > 0:
                ramp = np.minimum(ramp, rise)
            if start + length < whole:
                ramp = np.minimum(ramp, rise[::-1])
            ramps.append(ramp)
        return ramps[0], ramps[1]

    def _require(self, fits: bool, array: np.ndarray) -> None:
        if not fits:
            raise ValueError(
                f"{array.dtype} array of shape {array.shape} does not fit a frame of "
                f"{self.original} with canvas {self.canvas}"
            )


def square_frame(original: Size, window: Box | None = None, side: int = 256) -> Frame:
    """Frame that shows `window` (None: the whole image) in a square of `side`, aspect kept, centred."""
    top, left, height, width = window if window is not None else (0, 0, *original)
    scale = side / max(height, width)
    content = (_scaled(height, scale), _scaled(width, scale))
    return _centred(original, (top, left, height, width), content, (side, side))


def scaled_frame(original: Size, scale: float) -> Frame:
    """Frame of the whole image at `scale`, centred in the smallest canvas of multiples of 32."""
    content = (_scaled(original[0], scale), _scaled(original[1], scale))
    canvas = (-(-content[0] // GRID) * GRID, -(-content[1] // GRID) * GRID)
    return _centred(original, (0, 0, *original), content, canvas)


def focus_window(
    p: np.ndarray,
    scribbles: np.ndarray | None = None,
    *,
    threshold: float = 0.3,
    margin: float = 1.7,
    least: float = 0.35,
    most: float = 0.9,
) -> Box | None:
    """Where a closer look is worth it: a square round what the prior found, clipped to the image.

    p: prior (H,W) in original pixels, 0..1. scribbles: uint8 (H,W) of the same size, 255 on, 0 off, 128 free;
    the painted pixels count as found, so a scribble where the prior found nothing opens a window there.
    The side is `margin` times the box of p > threshold and of the scribbles, at least `least` of the image's
    longer side. None when nothing was found or when the side would exceed `most` of the longer side.
    """
    found = p > threshold
    if scribbles is not None:
        if scribbles.shape != p.shape:
            raise ValueError(f"scribbles {scribbles.shape} do not fit the prior {p.shape}")
        found = found | (scribbles != 128)
    rows, columns = np.flatnonzero(found.any(axis=1)), np.flatnonzero(found.any(axis=0))
    if not len(rows):
        return None
    spans = [(int(line[0]), int(line[-1]) + 1) for line in (rows, columns)]
    longer = max(p.shape)
    side = max(margin * max(last - first for first, last in spans), least * longer)
    if side > most * longer:
        return None
    box = []
    for (first, last), length in zip(spans, p.shape, strict=True):
        middle = (first + last) / 2
        start = max(0, math.floor(middle - side / 2))
        box.append((start, min(length, math.ceil(middle + side / 2)) - start))
    return box[0][0], box[1][0], box[0][1], box[1][1]


def resized(array: np.ndarray, size: Size) -> np.ndarray:
    """Resample (H,W) or (H,W,3) to `size`: area mean along axes that shrink, bilinear along those that grow.

    OpenCV averages areas only when both axes shrink, hence one axis at a time where they differ.
    """
    array = np.ascontiguousarray(array)
    shrinks = [new < old for new, old in zip(size, array.shape, strict=False)]
    steps = [size] if shrinks[0] == shrinks[1] else [(size[0], array.shape[1]), size]
    for height, width in steps:
        if (height, width) == array.shape[:2]:
            continue
        less = height < array.shape[0] or width < array.shape[1]
        method = cv2.INTER_AREA if less else cv2.INTER_LINEAR
        array = cv2.resize(array, (width, height), interpolation=method).reshape(height, width, *array.shape[2:])
    return array


def _scaled(length: int, scale: float) -> int:
    return max(1, round(length * scale))


def _centred(original: Size, window: Box, content: Size, canvas: Size) -> Frame:
    top, left = (canvas[0] - content[0]) // 2, (canvas[1] - content[1]) // 2
    return Frame(original, window, (top, left, *content), canvas)


def _slices(box: Box) -> tuple[slice, slice]:
    top, left, height, width = box
    return slice(top, top + height), slice(left, left + width)
