"""A simulated user: rough masks and scribbles at the heart of an error, from the reference.

The training gives such priors to the refiner; the evaluation measures what the hand achieves.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from hidiff.priors.scribbles import SCRIBBLE_FREE, SCRIBBLE_OFF, SCRIBBLE_ON

Mask = NDArray[np.bool_]


def rough_ellipse(reference: Mask, rng: np.random.Generator) -> Mask:
    """An upright ellipse about the object, (H,W): centre and half-axes as a quick hand would set them."""
    rows, columns = np.nonzero(reference)
    out = np.zeros(reference.shape, np.uint8)
    if rows.size:
        wander = 0.016 * max(reference.shape)
        centre = (
            int(columns.mean() + rng.uniform(-wander, wander)),
            int(rows.mean() + rng.uniform(-wander, wander)),
        )
        axes = (
            int(max(3, rng.uniform(1.3, 2.1) * columns.std())),
            int(max(3, rng.uniform(1.3, 2.1) * rows.std())),
        )
        cv2.ellipse(out, centre, axes, 0, 0, 360, 1, -1)
    return out > 0


def bounding_box(reference: Mask) -> Mask:
    """The object's bounding box, filled, (H,W)."""
    rows, columns = np.nonzero(reference)
    out = np.zeros(reference.shape, np.bool_)
    if rows.size:
        out[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] = True
    return out


def scribble_at_largest_error(
    mask: Mask, reference: Mask, rng: np.random.Generator, smallest: float = 3e-4
) -> NDArray[np.uint8]:
    """One disc, added or erased, at the heart of the largest connected error: scribbles (H,W) as in `scribbles`.

    `smallest`: errors below this share of the image are left alone (all free).
    """
    scribbles = np.full(mask.shape, SCRIBBLE_FREE, np.uint8)
    best = smallest * mask.size
    heart: Mask | None = None
    value = SCRIBBLE_ON
    for error, painted in ((reference & ~mask, SCRIBBLE_ON), (mask & ~reference, SCRIBBLE_OFF)):
        count, labels, stats, _ = cv2.connectedComponentsWithStats(error.astype(np.uint8))
        for label in range(1, count):
            if stats[label, cv2.CC_STAT_AREA] > best:
                best, heart, value = stats[label, cv2.CC_STAT_AREA], labels == label, painted
    if heart is not None:
        depth = cv2.distanceTransform(np.pad(heart, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
        row, column = np.unravel_index(int(depth.argmax()), depth.shape)
        disc = np.zeros(mask.shape, np.uint8)
        cv2.circle(disc, (int(column), int(row)), int(max(2, depth.max() * rng.uniform(0.7, 1.1))), 1, -1)
        scribbles[disc > 0] = value
    return scribbles


def edit(mask: Mask, scribbles: NDArray[np.uint8]) -> Mask:
    """The mask with the scribbles in it, (H,W)."""
    return (mask | (scribbles == SCRIBBLE_ON)) & (scribbles != SCRIBBLE_OFF)
