"""Precision-recall measures over every threshold: the Dice curve and average precision, from one case's counts.

A shift of the operating point, p -> sigmoid(logit(p) + c), changes Dice at 0.5 without knowing more of the image. It
moves the Dice curve sideways and leaves average precision alone, as both ask only for the order of the pixels. Counts
hold that order to the width of a bin, a tenth of a logit, and to `LIMIT` logits on either side. Pixels of one bin are
equals. To take the precision at a bin's end for all of them, as for true equals, would punish a mask whose logits lie
close together, so that a mere temperature would show; along the bin the curve is interpolated instead (Davis and
Goadrich, "The Relationship Between Precision-Recall and ROC Curves", ICML 2006).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hidiff.evaluation.calibration import FINE, LIMIT, Counts

HALF = FINE // 2  # the edge at probability 0.5
_EQUAL = 1e-9  # counts are kept to nine digits


def thresholds() -> NDArray[np.float64]:
    """(FINE,): the lower edge of each bin as a probability, rising; the one at `HALF` is 0.5."""
    return np.asarray(1 / (1 + np.exp(LIMIT - np.arange(FINE) * (2 * LIMIT / FINE))), dtype=np.float64)


def edge_of(threshold: float) -> int:
    """The edge nearest to a threshold, as its index. ValueError unless it lies between 0 and 1."""
    if not 0 < threshold < 1:
        raise ValueError(f"the threshold is {threshold!r:.40}, which is not between 0 and 1")
    z = math.log(threshold) - math.log1p(-threshold)
    return min(max(round((z + LIMIT) * FINE / (2 * LIMIT)), 0), FINE - 1)


def dice_curve(counts: Counts) -> NDArray[np.float64]:
    """(FINE,): Dice of the pixels at or above each edge of `thresholds`; 1 where they and the reference are empty."""
    said, found = np.cumsum(counts.weight[::-1])[::-1], np.cumsum(counts.positive[::-1])[::-1]
    total = said + found[0]  # above the lowest edge lies all of the object
    return np.where(total > 0, 2 * found / np.where(total > 0, total, 1), 1.0)


def average_precision(counts: Counts) -> float | None:
    """The sum of (R_n - R_{n-1}) P_n over the bins from the highest down, 0..1; None where the reference is empty.

    P_n is the mean precision along the bin, in which both the object's pixels and the others come evenly.
    """
    kept = np.flatnonzero(counts.weight)[::-1]
    weight, positive = counts.weight[kept], counts.positive[kept]
    if not positive.any():
        return None
    share = positive / weight
    said, found = np.cumsum(weight) - weight, np.cumsum(positive) - positive  # above the bin
    above = np.where(said > 0, said, 1)  # the highest bin has nothing above it: its precision is its share
    along = share + np.where(said > 0, (found - share * said) * np.log1p(weight / above) / weight, 0)
    return float(positive @ along / positive.sum())


def best_edge(curve: NDArray[np.float64]) -> int:
    """The edge where a Dice curve (FINE,), of one case or the mean of several, is highest; of equals the one nearest
    to 0.5."""
    equals = np.flatnonzero(curve >= curve.max() - _EQUAL)
    return int(equals[np.abs(equals - HALF).argmin()])
