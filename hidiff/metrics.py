"""Segmentation metrics: Dice, IoU, boundary distance, and bootstrap intervals of their means.

Masks are bool arrays of any shape unless said otherwise.

`within`, where a function takes it, are the pixels that count; the others do not exist for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from hidiff.types import Mask


def dice(mask: Mask, reference: Mask, within: Mask | None = None) -> float:
    """2 |A and B| / (|A| + |B|), the F1 of the pixels; 1 where both are empty. `within`: pixels that count."""
    if within is not None:
        mask, reference = mask & within, reference & within
    total = int(mask.sum()) + int(reference.sum())
    return 1.0 if total == 0 else 2 * int((mask & reference).sum()) / total


def iou(mask: Mask, reference: Mask, within: Mask | None = None) -> float:
    """|A and B| / |A or B|; 1 where both are empty."""
    if within is not None:
        mask, reference = mask & within, reference & within
    union = int((mask | reference).sum())
    return 1.0 if union == 0 else int((mask & reference).sum()) / union


def sensitivity(mask: Mask, reference: Mask, within: Mask | None = None) -> float | None:
    """The share of the reference that the mask has found; None where the reference is empty."""
    return _share(mask, reference, within)


def specificity(mask: Mask, reference: Mask, within: Mask | None = None) -> float | None:
    """The share of the ground that the mask leaves alone; None where the reference leaves no ground."""
    return _share(~mask, ~reference, within)


def _share(mask: Mask, of: Mask, within: Mask | None) -> float | None:
    of = of if within is None else of & within
    total = int(of.sum())
    return int((mask & of).sum()) / total if total else None


def boundary(mask: Mask) -> Mask:
    """The pixels of the mask (H,W) with a neighbour, of four, that is not in it; outside the image nothing is."""
    framed = np.pad(mask, 1)
    inner = framed[:-2, 1:-1] & framed[2:, 1:-1] & framed[1:-1, :-2] & framed[1:-1, 2:]
    return mask & ~inner


def hd95(mask: Mask, reference: Mask, within: Mask | None = None) -> float | None:
    """The 95th percentile Hausdorff distance of two masks (H,W), in pixels; None where one of them is empty.

    From each boundary pixel of one mask to the nearest of the other: the larger of the two directions' 95th
    percentiles. An empty mask has no boundary and so no distance: how often that happens has to be said apart.
    """
    if within is not None:
        mask, reference = mask & within, reference & within
    either = mask | reference
    if not mask.any() or not reference.any():
        return None
    rows, columns = np.flatnonzero(either.any(axis=1)), np.flatnonzero(either.any(axis=0))
    shown = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]  # all that lies between them lies in here
    edges = boundary(mask[shown]), boundary(reference[shown])
    far = []
    for one, other in (edges, edges[::-1]):
        # A frame of one pixel: OpenCV needs a zero and something else, whatever the size.
        away = cv2.distanceTransform(np.pad(~other, 1, constant_values=True).astype(np.uint8), cv2.DIST_L2, 0)
        far.append(float(np.percentile(away[1:-1, 1:-1][one], 95)))
    return max(far)


def representative(masks: Mask) -> int:
    """The index of the mask of (N,...) with the largest mean Dice to the others, the first of equals.

    The sample that a minimum-Bayes-risk decision under Dice picks: always a mask that the model drew.
    """
    flat = masks.reshape(len(masks), -1).astype(np.float64)
    overlap = flat @ flat.T
    area = np.diag(overlap)
    total = area[:, None] + area[None]
    agreement = np.where(total > 0, 2 * overlap / np.where(total > 0, total, 1), 1.0)
    return int(agreement.mean(axis=1).argmax())


DRAWS = 4000  # of a bootstrap


@dataclass(frozen=True)
class Interval:
    """A mean and its bootstrap interval."""

    mean: float
    low: float
    high: float


def bootstrap(values: NDArray[np.float64], seed: int = 0, draws: int = DRAWS, level: float = 0.95) -> Interval:
    """The mean of values (N,) with a percentile bootstrap interval over the N cases."""
    return bootstrap_by_group(values, np.arange(len(values)), seed, draws, level)


def bootstrap_by_group(
    values: NDArray[np.float64],
    groups: NDArray[np.generic],
    seed: int = 0,
    draws: int = DRAWS,
    level: float = 0.95,
) -> Interval:
    """The mean of values (N,) with a percentile bootstrap interval over whole groups, (N,) of labels.

    Cases of one patient or one video are alike: drawing cases would take each for news, drawing groups does not.
    """
    values = np.asarray(values, dtype=np.float64)
    _, group = np.unique(groups, return_inverse=True)
    count = np.bincount(group).astype(np.float64)
    total = np.bincount(group, weights=values)
    chosen = np.random.default_rng(seed).integers(len(count), size=(draws, len(count)))
    means = total[chosen].sum(axis=1) / count[chosen].sum(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(values.mean()), float(low), float(high))
