"""The Bernoulli diffusion of HiDiff: schedule, forward process, posterior, means of a reverse step.

Chen et al., "HiDiff", IEEE TMI 2024 (arXiv 2407.03548), sections III-B and III-C. B(.; m) is the element-wise
Bernoulli law with mean m. Shapes: masks and probabilities are (B,K,H,W), or anything that broadcasts; y_0 and
y_t hold 0 and 1 as floats; p, the prior, lies in (0,1). BerDiff (arXiv 2304.04429) is the case p = 1/2.

`alpha_bar` is a tensor of T + 1 numbers with alpha_bar[0] = 1. A step from t down to s < t, not only to t - 1,
has alpha = alpha_bar[t] / alpha_bar[s] and beta = 1 - alpha: a sub-sequence of the steps is a chain of its own.
Nothing here draws a random number: a bit is [u < mean] for a uniform field u that the caller brings.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

PRIOR_MARGIN = 1e-3  # a prior is kept this far from 0 and 1: where it saturates, the posterior is 0/0


def cosine_schedule(T: int, s: float = 0.008, beta_max: float = 0.999) -> Tensor:
    """alpha_bar_0..T, (T+1,) float64: the squared cosine of Nichol and Dhariwal (ICML 2021, eq. 17).

    Every beta_t = 1 - f(t)/f(t-1) is held at `beta_max` at most, so alpha_bar_T stays above zero.
    Raises ValueError for T < 1.
    """
    if T < 1:
        raise ValueError(f"a chain has at least one step, not {T}")

    def f(t: int) -> float:
        return math.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2

    alpha_bar = [1.0]
    for t in range(1, T + 1):
        beta = min(1 - f(t) / f(t - 1), beta_max)
        alpha_bar.append(alpha_bar[-1] * (1 - beta))
    return torch.tensor(alpha_bar, dtype=torch.float64)


def subsequence(T: int, steps: int) -> tuple[int, ...]:
    """The times T = t_1 > t_2 > ... > t_steps = 1 of a shortened chain, evenly spread.

    One step alone is (T,). Raises ValueError unless 1 <= steps <= T.
    """
    if not 1 <= steps <= T:
        raise ValueError(f"a chain of T = {T} has 1 to {T} steps, not {steps}")
    if steps == 1:
        return (T,)
    return tuple(T - (i * (T - 1) + (steps - 1) // 2) // (steps - 1) for i in range(steps))


def step_mean(y_prev: Tensor, p: Tensor, alpha: Tensor | float) -> Tensor:
    """One forward step: the mean of q(y_t | y_{t-1}, p) = B(alpha_t y_{t-1} + (1 - alpha_t) p)."""
    return alpha * y_prev + (1 - alpha) * p


def marginal_mean(y_0: Tensor, p: Tensor, alpha_bar: Tensor | float) -> Tensor:
    """Many steps at once: the mean of q(y_t | y_0, p) = B(alpha_bar_t y_0 + (1 - alpha_bar_t) p)."""
    return alpha_bar * y_0 + (1 - alpha_bar) * p


class Theta(NamedTuple):
    """The two unnormalised probabilities of the posterior: of y_s = 0 and of y_s = 1."""

    theta_1: Tensor
    theta_2: Tensor


def theta(y_t: Tensor, y_0: Tensor, p: Tensor, alpha: Tensor | float, alpha_bar_s: Tensor | float) -> Theta:
    """Likelihood of y_t times probability of y_s given y_0, for y_s = 0 and y_s = 1.

    theta_1 = [alpha (1 - y_t) + (1 - alpha) |1 - y_t - p|] [alpha_bar_s (1 - y_0) + (1 - alpha_bar_s) (1 - p)]
    theta_2 = [alpha y_t       + (1 - alpha) |1 - y_t - p|] [alpha_bar_s y_0       + (1 - alpha_bar_s) p]

    where |1 - y_t - p| is p if y_t = 1 and 1 - p if y_t = 0: the chance that a redrawn bit equals y_t.
    """
    redrawn = (1 - y_t - p).abs()
    theta_1 = (alpha * (1 - y_t) + (1 - alpha) * redrawn) * (alpha_bar_s * (1 - y_0) + (1 - alpha_bar_s) * (1 - p))
    theta_2 = (alpha * y_t + (1 - alpha) * redrawn) * (alpha_bar_s * y_0 + (1 - alpha_bar_s) * p)
    return Theta(theta_1, theta_2)


def posterior(y_t: Tensor, y_0: Tensor, p: Tensor, alpha: Tensor | float, alpha_bar_s: Tensor | float) -> Tensor:
    """theta_post: the mean of q(y_s | y_t, y_0, p), exact Bayes for a hard y_0.

    Where y_t cannot have come from y_0 at all (p = 0 or 1 and a bit against it), the evidence is impossible and
    both terms vanish; the mean is then that of y_s given y_0 alone.
    """
    theta_1, theta_2 = theta(y_t, y_0, p, alpha, alpha_bar_s)
    total = theta_1 + theta_2
    possible = total > 0
    without_evidence = marginal_mean(y_0, p, alpha_bar_s)
    return torch.where(possible, theta_2 / torch.where(possible, total, 1.0), without_evidence)


def mixture_mean(y_t: Tensor, y0_hat: Tensor, p: Tensor, alpha: Tensor | float, alpha_bar_s: Tensor | float) -> Tensor:
    """The exact reverse marginal for a soft y0_hat: the posterior averaged over y_0 ~ B(y0_hat)."""
    one, zero = torch.ones_like(y_t), torch.zeros_like(y_t)
    if_one = posterior(y_t, one, p, alpha, alpha_bar_s)
    if_zero = posterior(y_t, zero, p, alpha, alpha_bar_s)
    return y0_hat * if_one + (1 - y0_hat) * if_zero


def plug_in_mean(y_t: Tensor, y0_hat: Tensor, p: Tensor, alpha: Tensor | float, alpha_bar_s: Tensor | float) -> Tensor:
    """The published way: the soft y0_hat put into theta_post in the place of y_0."""
    return posterior(y_t, y0_hat, p, alpha, alpha_bar_s)


def ddim_mean(y_t: Tensor, y0_hat: Tensor, alpha_bar_t: Tensor | float, alpha_bar_s: Tensor | float) -> Tensor:
    """The DDIM-like step with sigma = (1 - alpha_bar_s) / (1 - alpha_bar_t), for which the term in p vanishes:
    sigma y_t + (alpha_bar_s - sigma alpha_bar_t) y0_hat."""
    sigma = (1 - alpha_bar_s) / (1 - alpha_bar_t)
    return sigma * y_t + (alpha_bar_s - sigma * alpha_bar_t) * y0_hat


def estimate(y_t: Tensor, eps_hat: Tensor) -> Tensor:
    """y0_hat = |y_t - eps_hat|: the bits that the denoiser believes to be wrong are turned."""
    return (y_t - eps_hat).abs()


def draw(mean: Tensor, u: Tensor) -> Tensor:
    """A sample of B(mean) coupled to the uniform numbers u: [u < mean], as 0 and 1 of mean's dtype."""
    return (u < mean).to(mean.dtype)
