"""Temperature scaling (Guo et al., ICML 2017): reported probabilities that mean what they say."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Temperatures:
    """What the weights' reported probabilities are divided by, in logits; 1 leaves them as they are."""

    prior: float = 1.0
    refined: float = 1.0

    def __post_init__(self) -> None:
        for name, value in (("prior", self.prior), ("refined", self.refined)):
            if not (isinstance(value, int | float) and math.isfinite(value) and value > 0):
                raise ValueError(f"the temperature {name} is {value!r:.40}, which is not above 0")


def temper(p: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """p, any shape, 0..1 -> sigmoid(logit(p) / temperature), float32: above 0.5 lies exactly what lay there before."""
    if temperature == 1:
        return p
    with np.errstate(divide="ignore"):
        wide = p.astype(np.float64)
        out = (1 / (1 + np.exp(-(np.log(wide) - np.log1p(-wide)) / temperature))).astype(np.float32)
    half = np.float32(0.5)
    return np.where(p > half, np.maximum(out, np.nextafter(half, np.float32(1))), np.minimum(out, half))
