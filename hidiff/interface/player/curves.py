"""Numbers and maps of a frame: points of the curves, and what a pixel's story is told from.

Nothing is computed by rules of its own: entropy and flips are a `Step`'s, means are those of `bernoulli`. Areas and
Dice are counted in the image's own pixels, as in the files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from hidiff.diffusion import bernoulli
from hidiff.diffusion.samplers import reverse_mean
from hidiff.interface.player.encoding import MANY, TOLERANCE, Coded, coded, decoded, packed, rounded
from hidiff.metrics import dice
from hidiff.refinement.outcome import Outcome
from hidiff.refinement.trace import Step

Numbers = dict[str, float | int | None]
Bits = NDArray[np.bool_]
P_LEVELS, P_LEVELS_MANY = 8190, 2046  # of the log-odds: the posterior follows p's ratio to 0 and 1, not its distance


def cropped(refinement: Outcome, step: Step, chain: int, channel: int) -> Step:
    """The step of one chain and one class, (1,1,h,w), without the padding."""

    def part(values: NDArray[Any] | None) -> Any:
        if values is None:
            return None
        return refinement.frame.content_of(values[chain : chain + 1, channel : channel + 1])

    maps = {name: part(getattr(step, name)) for name in ("y_t", "eps_hat", "y0_hat", "mean", "u", "y_prev")}
    return Step(t=step.t, s=step.s, alpha_bar=step.alpha_bar, **maps)


@dataclass(frozen=True)
class Judge:
    """Numbers of masks (H,W) in the original frame, where a download would be judged.

    prior: the mask that the chain sets out from; truth: the reference, if there is one.
    """

    prior: Bits
    truth: Bits | None = None

    def mask(self, mask: Bits, guess: Bits | None = None) -> Numbers:
        """A mask, and the guess where that is another: area in percent of the image, Dice, pixels unlike the prior."""
        guess = mask if guess is None else guess
        return {
            "area": 100 * float(mask.mean()),
            "guess_area": 100 * float(guess.mean()),
            "dice": None if self.truth is None else dice(mask, self.truth),
            "guess_dice": None if self.truth is None else dice(guess, self.truth),
            "changed": int((mask != self.prior).sum()),
        }

    def step(self, refinement: Outcome, step: Step, seen: Step, place: tuple[int, int]) -> Numbers:
        """One step: its bits y_t and its guess. seen: the step `cropped`; place: chain and channel."""
        chain, channel = place
        bits = in_original(refinement, step.y_t[chain], channel)
        return {
            **self.mask(bits, in_original(refinement, step.y0_hat[chain], channel)),
            "entropy": float(seen.entropy[0, 0]),
            "expected": float(seen.expected_flips[0, 0]),
            "alpha_bar": step.alpha_bar,
        }


def in_original(refinement: Outcome, maps: NDArray[Any], channel: int) -> Bits:
    """One class of maps (K,h,w) of the working frame, cut at one half -> (H,W)."""
    mask: Bits = refinement.in_original(maps.astype(np.float32))[channel] > 0.5
    return mask


def prior_as_used(refinement: Outcome, chain: int, channel: int) -> tuple[Coded, NDArray[np.float64]]:
    """p of the chain without the padding, coded so that [u_start < p] is as it was, and as the player reads it."""
    p = refinement.frame.content_of(refinement.p[channel])
    u = refinement.frame.content_of(refinement.field(refinement.times[0])[chain, channel])
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
