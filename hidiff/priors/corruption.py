"""Prior corruption: a described, seeded family of errors.

Each function takes p (H,W) float32 in [0,1], one class's probability map, and a `numpy.random.Generator`, and
returns a new map of the same shape. Lengths are shares of the longer side, so the same error means the same at
every resolution. The refiner learns on them, the evaluation measures how far they are mended, and a visitor
breaks a prior with them.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.float32]
Corruption = Callable[[Map, np.random.Generator], Map]

OBJECT_THRESHOLD = 0.5


def calibrate(p: Map, rng: np.random.Generator) -> Map:
    """Too sure, too timid, or leaning to one side: the logits scaled by 0.4 to 2 and moved by up to 1.5."""
    safe = np.clip(p, 1e-3, 1 - 1e-3)
    logits = np.log(safe / (1 - safe)) * rng.uniform(0.4, 2) + rng.uniform(-1.5, 1.5)
    return (1 / (1 + np.exp(-logits))).astype(np.float32)


def shift(p: Map, rng: np.random.Generator, distance: float | None = None) -> Map:
    """Moved in a random direction by `distance` (2 to 8 % unless given); what leaves the frame is lost."""
    length = (rng.uniform(0.02, 0.08) if distance is None else distance) * max(p.shape)
    angle = rng.uniform(0, 2 * np.pi)
    move = np.array([[1, 0, length * np.cos(angle)], [0, 1, length * np.sin(angle)]], np.float32)
    return cv2.warpAffine(p, move, (p.shape[1], p.shape[0])).astype(np.float32)


def _disc(p: Map, radius: float) -> np.ndarray:
    size = 2 * max(1, round(radius * max(p.shape))) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))


def erode(p: Map, rng: np.random.Generator) -> Map:
    """Shrunk by 0.5 to 2.5 %."""
    return cv2.erode(p, _disc(p, rng.uniform(0.005, 0.025))).astype(np.float32)


def dilate(p: Map, rng: np.random.Generator) -> Map:
    """Grown by 0.5 to 2.5 %."""
    return cv2.dilate(p, _disc(p, rng.uniform(0.005, 0.025))).astype(np.float32)


def blur(p: Map, rng: np.random.Generator) -> Map:
    """Out of focus: a Gaussian of 1 to 4 %."""
    return cv2.GaussianBlur(p, (0, 0), rng.uniform(0.01, 0.04) * max(p.shape)).astype(np.float32)


def erase(p: Map, rng: np.random.Generator, share: float | None = None) -> Map:
    """A part of the object, `share` of its area (15 to 50 % unless given), cut off by a line: nearly nothing is
    left of the probability there. An empty map stays as it is."""
    rows, columns = np.nonzero(p > OBJECT_THRESHOLD)
    if not rows.size:
        return p.copy()
    part = rng.uniform(0.15, 0.5) if share is None else share
    angle = rng.uniform(0, 2 * np.pi)
    along = np.cos(angle) * columns + np.sin(angle) * rows
    edge = np.quantile(along, 1 - part)
    all_rows, all_columns = np.indices(p.shape)
    beyond = np.cos(angle) * all_columns + np.sin(angle) * all_rows > edge
    return np.where(beyond, p * np.float32(0.02), p).astype(np.float32)


def false_blob(p: Map, rng: np.random.Generator) -> Map:
    """An ellipse of 3 to 15 % half-axes, nearly sure, where there is no object."""
    side = max(p.shape)
    for _ in range(20):
        axes = (int(rng.uniform(0.03, 0.15) * side) + 1, int(rng.uniform(0.03, 0.15) * side) + 1)
        centre = (int(rng.integers(p.shape[1])), int(rng.integers(p.shape[0])))
        blob = np.zeros(p.shape, np.uint8)
        cv2.ellipse(blob, centre, axes, float(rng.uniform(0, 180)), 0, 360, 1, -1)
        if not (p[blob > 0] > OBJECT_THRESHOLD).any():
            break
    return np.maximum(p, blob * np.float32(rng.uniform(0.8, 0.98)))


def _mask(p: Map) -> NDArray[np.uint8]:
    return (p > OBJECT_THRESHOLD).astype(np.uint8)


def cut_segments(p: Map, rng: np.random.Generator) -> Map:
    """Vessels cut: 5 to 25 gaps, discs of 0.6 to 2 % on the object."""
    rows, columns = np.nonzero(_mask(p))
    out = p.copy()
    if not rows.size:
        return out
    gaps = np.zeros(p.shape, np.uint8)
    for i in rng.integers(rows.size, size=int(rng.integers(5, 26))):
        radius = max(1, round(rng.uniform(0.006, 0.02) * max(p.shape)))
        cv2.circle(gaps, (int(columns[i]), int(rows[i])), radius, 1, -1)
    out[gaps > 0] *= np.float32(rng.uniform(0, 0.3))
    return out


def drop_thin(p: Map, rng: np.random.Generator) -> Map:
    """Thin branches lost: what an opening by a small disc would remove falls to 5 to 35 %."""
    kernel = _disc(p, rng.uniform(0.003, 0.006))
    thick = cv2.dilate(cv2.morphologyEx(_mask(p), cv2.MORPH_OPEN, kernel), kernel)
    return np.where(thick > 0, p, p * np.float32(rng.uniform(0.05, 0.35))).astype(np.float32)


def speckle(p: Map, rng: np.random.Generator) -> Map:
    """Small false specks: 20 to 120 short strokes of a pixel or two, half sure to sure."""
    out = p.copy()
    side = max(p.shape)
    for _ in range(int(rng.integers(20, 121))):
        centre = (int(rng.integers(p.shape[1])), int(rng.integers(p.shape[0])))
        axes = (
            max(1, round(rng.uniform(0.003, 0.02) * side)),
            max(1, round(rng.uniform(0.001, 0.004) * side)),
        )
        speck = np.zeros(p.shape, np.uint8)
        cv2.ellipse(speck, centre, axes, float(rng.uniform(0, 180)), 0, 360, 1, -1)
        out[speck > 0] = np.maximum(out[speck > 0], np.float32(rng.uniform(0.5, 1)))
    return out


def thicken(p: Map, rng: np.random.Generator) -> Map:
    """Vessels a pixel or two too wide."""
    return cv2.dilate(p, _disc(p, rng.uniform(0.002, 0.005))).astype(np.float32)


def soften(p: Map, rng: np.random.Generator) -> Map:
    """Vessels out of focus: a Gaussian of 0.2 to 0.6 %, for `blur` would leave nothing of them."""
    return cv2.GaussianBlur(p, (0, 0), rng.uniform(0.002, 0.006) * max(p.shape)).astype(np.float32)


def quarter_erased(p: Map, rng: np.random.Generator) -> Map:
    """A quarter of the object's area cut off by a line."""
    return erase(p, rng, share=0.25)


def shifted_5_percent(p: Map, rng: np.random.Generator) -> Map:
    """Moved by 5 % in a random direction."""
    return shift(p, rng, distance=0.05)


SOLID: dict[str, Corruption] = {
    "calibrate": calibrate,
    "shift": shift,
    "erode": erode,
    "dilate": dilate,
    "erase": erase,
    "false_blob": false_blob,
    "blur": blur,
}
"""Errors of solid objects (polyps, organs)."""

THIN: dict[str, Corruption] = {
    "calibrate": calibrate,
    "cut_segments": cut_segments,
    "drop_thin": drop_thin,
    "speckle": speckle,
    "thicken": thicken,
    "erase": erase,
    "false_blob": false_blob,
    "blur": soften,
}
"""Errors of thin lines (vessels)."""

BENCHMARK: dict[str, Corruption] = {
    "quarter_erased": quarter_erased,
    "false_blob": false_blob,
    "shifted_5_percent": shifted_5_percent,
}
"""The three errors on which repair is measured."""


def description(error: Corruption) -> str:
    """What an error does, in its own words: the first sentence of its documentation, on one line."""
    words = " ".join((error.__doc__ or "").split())
    return words.split(". ")[0].rstrip(".")


def corrupt(p: Map, family: dict[str, Corruption], rng: np.random.Generator, keep: float = 0.15) -> Map:
    """p as it is with chance `keep`, else with one error of the family, and in a third of these with a second."""
    if rng.random() < keep:
        return p.copy()
    names = list(family)
    for name in rng.choice(names, size=1 + int(rng.random() < 1 / 3), replace=False):
        p = family[str(name)](p, rng)
    return p
