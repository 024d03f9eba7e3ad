"""Whether two samples of a figure come from one law: the largest distance of their distribution functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.float32]

FIGURES: Mapping[str, Callable[[Map, Map], float]] = {
    "share of flipped pixels": lambda p, q: float(((p > 0.5) != (q > 0.5)).mean()),
    "change of area": lambda p, q: float((q > 0.5).sum()) - float((p > 0.5).sum()),
    "Dice": lambda p, q: 2 * float(((p > 0.5) & (q > 0.5)).sum()) / max(1.0, float((p > 0.5).sum() + (q > 0.5).sum())),
    "mean change": lambda p, q: float((q - p).mean()),
    "mean distance": lambda p, q: float(np.abs(q - p).mean()),
    "largest change": lambda p, q: float(np.abs(q - p).max()),
}
"""Of a prior p and what was made of it, q, both (H,W)."""


def distance(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Kolmogorov's and Smirnov's, 0..1, of two samples (n,), (m,)."""
    places = np.concatenate([first, second])
    shares = [np.searchsorted(np.sort(sample), places, side="right") / len(sample) for sample in (first, second)]
    return float(np.abs(shares[0] - shares[1]).max())


def distances(priors: Sequence[Map], first: Sequence[Map], second: Sequence[Map]) -> dict[str, float]:
    """The distance of two samples of what was made of these priors, one by one, figure by figure."""

    def values(figure: Callable[[Map, Map], float], made: Sequence[Map]) -> NDArray[np.float64]:
        return np.array([round(figure(p, q), 5) for p, q in zip(priors, made, strict=True)])

    return {name: distance(*(values(figure, made) for made in (first, second))) for name, figure in FIGURES.items()}


def bound(count: int) -> float:
    """What two samples of one law, `count` each, stay below in 999 of 1000 cases."""
    return float(1.95 * np.sqrt(2 / count))
