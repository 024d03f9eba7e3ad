"""How good is a mask? Pure numpy; masks are bool arrays of any shape unless said otherwise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


def dice(mask: Mask, reference: Mask, within: Mask | None = None) -> float:
    """2 |A and B| / (|A| + |B|), the F1 of the pixels; 1 where both are empty. `within`: pixels that count."""
    if within is not None:
        mask, reference = mask & within, reference & within
    total = int(mask.sum()) + int(reference.sum())
    return 1.0 if total == 0 else 2 * int((mask & reference).sum()) / total


def iou(mask: Mask, reference: Mask) -> float:
    """|A and B| / |A or B|; 1 where both are empty."""
    union = int((mask | reference).sum())
    return 1.0 if union == 0 else int((mask & reference).sum()) / union


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


@dataclass(frozen=True)
class Interval:
    """A mean and its bootstrap interval."""

    mean: float
    low: float
    high: float


def bootstrap(values: NDArray[np.float64], seed: int = 0, draws: int = 4000, level: float = 0.95) -> Interval:
    """The mean of values (N,) with a percentile bootstrap interval over the N cases."""
    values = np.asarray(values, dtype=np.float64)
    chosen = np.random.default_rng(seed).integers(len(values), size=(draws, len(values)))
    means = values[chosen].mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(values.mean()), float(low), float(high))
