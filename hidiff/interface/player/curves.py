"""Numbers and maps of a frame: points of the curves, and what a pixel's story is told from.

Nothing is computed by rules of its own: areas, entropy and flips are a `Step`'s, means are those of `bernoulli`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from hidiff.diffusion import bernoulli
from hidiff.diffusion.samplers import reverse_mean
from hidiff.imaging.frames import Frame
from hidiff.interface.player.counts import area_share, content_of
from hidiff.interface.player.encoding import MANY, TOLERANCE, Coded, coded, decoded, packed, rounded
from hidiff.metrics import dice
from hidiff.refinement.outcome import Outcome
from hidiff.refinement.trace import Step

Numbers = dict[str, float | None]
Bits = NDArray[np.bool_]
P_LEVELS, P_LEVELS_MANY = 8190, 2046  # of the log-odds: the posterior follows p's ratio to 0 and 1, not its distance


def cropped(refinement: Outcome, step: Step, chain: int, channel: int) -> Step:
    """The step of one chain and one class, (1,1,h,w), without the padding."""

    def part(values: NDArray[Any] | None) -> Any:
        if values is None:
            return None
        return content_of(refinement.frame, values[chain : chain + 1, channel : channel + 1])

    maps = {name: part(getattr(step, name)) for name in ("y_t", "eps_hat", "y0_hat", "mean", "u", "y_prev")}
    return Step(t=step.t, s=step.s, alpha_bar=step.alpha_bar, **maps)


def step_numbers(refinement: Outcome, step: Step, seen: Step, place: tuple[int, int], truth: Bits | None) -> Numbers:
    """The curves at one step. seen: the step `cropped`; place: chain and channel; truth: the reference (H,W)."""
    chain, channel = place
    return {
        "area": 100 * area_share(refinement.frame, seen.y_t[0, 0]),
        "guess_area": 100 * area_share(refinement.frame, seen.y0_hat[0, 0] > 0.5),
        "entropy": float(seen.entropy[0, 0]),
        "expected": float(seen.expected_flips[0, 0]),
        "alpha_bar": step.alpha_bar,
        "dice": _dice(refinement, step.y_t[chain].astype(np.float32), channel, truth),
        "guess_dice": _dice(refinement, step.y0_hat[chain], channel, truth),
    }


def answer_numbers(refinement: Outcome, channel: int, truth: Bits | None) -> Numbers:
    """The curves' last point: the consensus."""
    consensus = refinement.consensus()
    mask = content_of(refinement.frame, consensus[channel]) > 0.5
    score = _dice(refinement, consensus, channel, truth)
    share = 100 * area_share(refinement.frame, mask)
    return {"area": share, "guess_area": share, "dice": score, "guess_dice": score}


def _dice(refinement: Outcome, maps: NDArray[np.float32], channel: int, truth: Bits | None) -> float | None:
    """Dice of maps (K,h,w) > 1/2 against the reference, in the original frame, as a download would be judged."""
    if truth is None:
        return None
    return dice(refinement.in_original(maps)[channel] > 0.5, truth)


def prior_as_used(refinement: Outcome, chain: int, channel: int) -> tuple[Coded, NDArray[np.float64]]:
    """p of the chain without the padding, coded so that [u_start < p] is as it was, and as the player reads it."""
    p = content_of(refinement.frame, refinement.p[channel])
    u = content_of(refinement.frame, refinement.field(refinement.times[0])[chain, channel])
    levels = P_LEVELS if p.size <= MANY else P_LEVELS_MANY
    rough = rounded(p, levels, odds=True)
    code = coded(p, levels, exact=(u < rough) != (u < p), odds=True)
    return code, decoded(code, (p.shape[0], p.shape[1]))


def doubt(refinement: Outcome, seen: Step, p: NDArray[np.float64], alpha_bar_s: float, sampler: str) -> Coded:
    """eps_hat of a step `cropped`, coded so that what follows from it holds.

    p: as the player reads it. Where the mean that the player would work out is off by more
    than a tolerance, or falls on the other side of u, the trace's own eps_hat and mean are sent; likewise eps_hat
    where y0_hat would fall on the other side of one half.
    """
    eps, y = seen.eps_hat[0, 0], seen.y_t[0, 0]
    rough = rounded(eps)
    wrong = (np.abs(y - rough) > 0.5) != (seen.y0_hat[0, 0] > 0.5)
    if seen.mean is None or seen.u is None or seen.y_prev is None:
        return coded(eps, exact=wrong)
    mean, u, after = seen.mean[0, 0], seen.u[0, 0], seen.y_prev[0, 0]
    shown = shown_mean(y, rough, p, seen.alpha_bar, alpha_bar_s, sampler)
    wrong |= (np.abs(shown - mean) > TOLERANCE) | ((u < shown) != after)
    code = coded(eps, exact=wrong)
    if wrong.any():
        code["mean"] = packed(mean[wrong].astype("<f4").tobytes())
    return code


def shown_mean(
    y: Bits,
    eps: NDArray[np.float64],
    p: NDArray[np.float64],
    alpha_bar_t: float,
    alpha_bar_s: float,
    sampler: str,
) -> NDArray[np.float64]:
    """The mean of y_s that the player works out from what it was sent, in float64."""
    y_t, doubts, prior = (torch.from_numpy(np.asarray(values, dtype=np.float64)) for values in (y, eps, p))
    guess = bernoulli.estimate(y_t, doubts)
    shown = reverse_mean(y_t, guess, prior, alpha_bar_t, alpha_bar_s, sampler)
    out: NDArray[np.float64] = shown.numpy()
    return out


def prior_numbers(frame: Frame, mask: Bits, p: NDArray[np.float32], truth: Bits | None) -> Numbers:
    """The curves' first point. mask (h,w): of the frame's content; p (H,W): the prior in the original frame."""
    share = 100 * area_share(frame, mask)
    score = None if truth is None else dice(p > 0.5, truth)
    return {"area": share, "guess_area": share, "dice": score, "guess_dice": score}
