"""The laws of a Bernoulli chain by enumeration of its paths, built on the one-step law alone.

q(y_t | y_{t-1}, p) = B((1 - beta_t) y_{t-1} + beta_t p), and nothing else of the project, stands below: every
marginal and posterior is a sum over paths.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import numpy as np

T = 10
PRIORS = (0.001, 0.02, 0.2, 0.375, 0.5, 0.7, 0.9, 0.98, 0.999)
PAIRS = [(t, s) for t in range(1, T + 1) for s in range(t)]  # every jump from t down to s


def cosine_betas(steps: int = T, s: float = 0.008, most: float = 0.999) -> tuple[float, ...]:
    """beta_1..T of the squared cosine, each at most `most`."""
    level = [math.cos((t / steps + s) / (1 + s) * math.pi / 2) ** 2 for t in range(steps + 1)]
    return tuple(min(1 - after / before, most) for before, after in pairwise(level))


def survival(betas: Sequence[float]) -> list[float]:
    """alpha_bar_0..T: the chance that a bit was never redrawn."""
    return [math.prod(1 - beta for beta in betas[:t]) for t in range(len(betas) + 1)]


def transition(beta: float, p: float) -> np.ndarray:
    """The one-step law as a table [y before, y after]."""
    on = np.array([beta * p, (1 - beta) + beta * p])
    return np.stack([1 - on, on], axis=1)


def paths(y_0: int, p: float, betas: Sequence[float]) -> np.ndarray:
    """The probability of every path y_1, ..., y_t from y_0: an array with one axis of two for each time."""
    law: np.ndarray = transition(betas[0], p)[y_0]
    for beta in betas[1:]:
        law = law[..., None] * transition(beta, p)
    return law


@cache
def together(y_0: int, p: float, betas: tuple[float, ...], t: int, s: int) -> np.ndarray:
    """P(y_s, y_t | y_0) as a table [y_s, y_t], for 0 <= s < t <= len(betas)."""
    law = paths(y_0, p, betas[:t])
    if s == 0:
        table = np.zeros((2, 2))
        table[y_0] = law.sum(axis=tuple(range(t - 1)))
        return table
    return law.sum(axis=tuple(axis for axis in range(t) if axis not in (s - 1, t - 1)))


def marginal(y_0: int, p: float, betas: tuple[float, ...], t: int) -> float:
    """P(y_t = 1 | y_0)."""
    return float(together(y_0, p, betas, t, 0)[:, 1].sum())


def posterior(y_t: int, y_0: int, p: float, betas: tuple[float, ...], t: int, s: int) -> float:
    """P(y_s = 1 | y_t, y_0)."""
    column = together(y_0, p, betas, t, s)[:, y_t]
    return float(column[1] / column.sum())
