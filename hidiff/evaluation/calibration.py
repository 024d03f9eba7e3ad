"""Calibration: reliability, expected calibration error, and the one temperature that mends most of it.

Everything is worked out from `Counts`, a fine histogram of logits: it is small, it adds up over cases, and it
holds all that a temperature can change. A temperature T turns p into sigmoid(logit(p) / T) and so never moves
what lies above 0.5 (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hidiff.types import Mask

LIMIT = 10.0  # logits; what is surer than that (5e-5 from 0 or 1) counts as that sure
FINE = 200  # bins of the histogram, each a tenth of a logit wide
BINS = 15  # of a reliability table
COLDEST, HOTTEST = 0.05, 20.0


@dataclass(frozen=True)
class Counts:
    """weight, positive, both (FINE,): the share of pixels in each bin of logits, and of those of the object."""

    weight: NDArray[np.float64]
    positive: NDArray[np.float64]

    @classmethod
    def of(cls, p: NDArray[np.float32], reference: Mask, within: Mask | None = None) -> Counts:
        """Count one case: p and reference of one shape. Its pixels weigh 1 together, however large the image."""
        if within is not None:
            p, reference = p[within], reference[within]
        near = 1 / (1 + math.exp(LIMIT))
        safe = np.clip(p.astype(np.float64).ravel(), near, 1 - near)
        place = ((np.log(safe) - np.log1p(-safe) + LIMIT) * (FINE / (2 * LIMIT))).astype(np.int64).clip(0, FINE - 1)
        weight = np.bincount(place, minlength=FINE).astype(np.float64)
        positive = np.bincount(place, weights=reference.ravel().astype(np.float64), minlength=FINE)
        total = max(1.0, weight.sum())
        return cls(weight / total, positive / total)

    @classmethod
    def mean(cls, many: Iterable[Counts]) -> Counts:
        """The mean over cases."""
        parts = list(many)
        return cls(np.mean([c.weight for c in parts], axis=0), np.mean([c.positive for c in parts], axis=0))

    def to_json(self) -> list[list[float]]:
        """The bins that are not empty: [bin, weight, positive] each."""
        return [
            [int(i), float(f"{self.weight[i]:.9g}"), float(f"{self.positive[i]:.9g}")]
            for i in np.flatnonzero(self.weight)
        ]

    @classmethod
    def from_json(cls, rows: list[list[float]]) -> Counts:
        """The inverse of `to_json`, to nine digits."""
        out = cls(np.zeros(FINE), np.zeros(FINE))
        for place, weight, positive in rows:
            out.weight[int(place)], out.positive[int(place)] = weight, positive
        return out


def _logits() -> NDArray[np.float64]:
    """The middle of each bin."""
    return np.asarray((np.arange(FINE) + 0.5) * (2 * LIMIT / FINE) - LIMIT, dtype=np.float64)


def log_loss(counts: Counts, temperature: float = 1.0) -> float:
    """The mean of -log(probability of what is true), in nats a pixel, at this temperature."""
    z = _logits() / temperature
    missed = counts.weight - counts.positive
    return float(counts.positive @ np.logaddexp(0, -z) + missed @ np.logaddexp(0, z))


def fit_temperature(counts: Counts) -> float:
    """The temperature of least log loss, between COLDEST and HOTTEST.

    The loss is convex in 1 / T, so along log T it has one valley; a golden-section search finds it.
    """
    low, high = math.log(COLDEST), math.log(HOTTEST)
    golden = (math.sqrt(5) - 1) / 2
    for _ in range(60):
        left, right = high - golden * (high - low), low + golden * (high - low)
        if log_loss(counts, math.exp(left)) <= log_loss(counts, math.exp(right)):
            high = right
        else:
            low = left
    return math.exp((low + high) / 2)


def reliability(counts: Counts, temperature: float = 1.0, bins: int = BINS) -> list[dict[str, float]]:
    """A row for each bin of probability that is not empty: its limits, the share of pixels in it, their mean
    probability (`said`) and the share of them that belongs to the object (`true`)."""
    p = 1 / (1 + np.exp(-_logits() / temperature))
    place = np.minimum((p * bins).astype(np.int64), bins - 1)
    weight = np.bincount(place, counts.weight, bins)
    said, true = np.bincount(place, counts.weight * p, bins), np.bincount(place, counts.positive, bins)
    return [
        {
            "low": i / bins,
            "high": (i + 1) / bins,
            "share": float(weight[i]),
            "said": float(said[i] / weight[i]),
            "true": float(true[i] / weight[i]),
        }
        for i in range(bins)
        if weight[i]
    ]


def expected_error(table: list[dict[str, float]]) -> float:
    """ECE: |said - true| of a reliability table, weighted by the share of pixels."""
    return sum(row["share"] * abs(row["said"] - row["true"]) for row in table)


def describe(counts: Counts, temperature: float) -> dict[str, Any]:
    """Calibration before and after the temperature, as a report keeps it."""
    before, after = reliability(counts), reliability(counts, temperature)
    return {
        "temperature": temperature,
        "ece_before": expected_error(before),
        "ece_after": expected_error(after),
        "log_loss_before": log_loss(counts),
        "log_loss_after": log_loss(counts, temperature),
        "table": before,
        "table_after": after,
    }
