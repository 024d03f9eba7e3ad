"""What the lessons' formulas are to give, worked out once more in numpy, and random chains to ask it of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from hidiff.diffusion import bernoulli
from hidiff.diffusion.noise import uniform_field
from hidiff.diffusion.samplers import ReverseStep, reverse, reverse_mean

ALPHA_BAR = bernoulli.cosine_schedule(10)
SIZE = (12, 14)


@dataclass(frozen=True)
class OracleTrace:
    """A chain of `reverse` on a small grid. p, reference: (H,W)."""

    p: NDArray[np.float64]
    reference: NDArray[np.bool_]
    steps: list[ReverseStep]
    times: tuple[int, ...]
    seed: int

    @property
    def answer(self) -> NDArray[np.bool_]:
        return flat(self.steps[-1].y0_hat) > 0.5

    @property
    def signs(self) -> tuple[NDArray[np.int8], NDArray[np.int8]] | None:
        """(I,9) each: signs in, 0 where there is none, and weights; every fourth chain comes without."""
        if self.seed % 4 == 3:
            return None
        generator = np.random.default_rng(self.seed)
        signs = np.where(generator.random((8, 9)) < generator.uniform(0.2, 0.8), 1, -1).astype(np.int8)
        weights = np.where(generator.random((8, 9)) < 0.7, 1, -1).astype(np.int8)
        return signs * np.array([1] * 9 if self.seed % 2 else [0] * 3 + [1] * 6, np.int8), weights

    @property
    def sent(self) -> dict[str, Any]:
        """As JavaScript is given it."""
        steps = []
        for i, step in enumerate(self.steps):
            s = self.times[i + 1] if i + 1 < len(self.times) else 0
            after = self.answer if step.y_s is None else flat(step.y_s) > 0.5
            steps.append(
                {
                    "t": step.t,
                    "s": s,
                    "alpha_bar": float(ALPHA_BAR[step.t]),
                    "alpha_bar_s": float(ALPHA_BAR[s]),
                    "before": flat(step.y_t).astype(int).tolist(),
                    "after": after.astype(int).tolist(),
                    "eps": flat(step.eps_hat).tolist(),
                }
            )
        return {
            "p": self.p.ravel().tolist(),
            "size": list(SIZE),
            "seed": [self.seed, 0],
            "reference": self.reference.ravel().astype(int).tolist(),
            "answer": self.answer.astype(int).tolist(),
            "steps": steps,
            "neuron": self.signs
            and {
                "plus": (self.signs[0].ravel() > 0).astype(int).tolist(),
                "seen": (self.signs[0].ravel() != 0).astype(int).tolist(),
                "weights": (self.signs[1].ravel() > 0).astype(int).tolist(),
            },
        }


def flat(map_: torch.Tensor) -> NDArray[np.float64]:
    out: NDArray[np.float64] = map_.numpy().ravel().astype(np.float64)
    return out


def random_trace(number: int) -> OracleTrace:
    """A chain whose prior is a blurred, shifted reference and whose denoiser is right more often than not."""
    generator = np.random.default_rng(number)
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    centre, radius = generator.uniform(3, 9, 2), generator.uniform(1.5, 5)
    reference = np.hypot(rows - centre[0], columns - centre[1]) < radius
    off = generator.normal(0, 1.5, 2)
    far = radius - np.hypot(rows - centre[0] - off[0], columns - centre[1] - off[1])
    if number % 2:  # a false part far from the others
        far = np.where((rows < 3) & (columns > 10), 2.0, np.where((rows < 5) & (columns > 8), -3.0, far))
    # rounded to single precision, as the browser holds its maps
    p = np.float64(np.float32(np.clip(1 / (1 + np.exp(-generator.uniform(0.5, 3) * far)), 1e-3, 1 - 1e-3)))
    times = bernoulli.subsequence(10, int(generator.integers(1, 11)))
    target, wobble = torch.from_numpy(reference[None, None].astype(np.float64)), generator.uniform(0.1, 2)
    sharp = generator.uniform(2, 8)

    def denoise(y_t: torch.Tensor, t: int) -> torch.Tensor:
        logits = sharp * (2 * (y_t - target).abs() - 1) + torch.from_numpy(generator.normal(0, wobble, y_t.shape))
        return torch.sigmoid(logits).float().double()

    def noise(t: int) -> torch.Tensor:
        return torch.from_numpy(uniform_field(number, 0, t, (1, *SIZE)).astype(np.float64))[None]

    steps = list(reverse(denoise, torch.from_numpy(p)[None, None], ALPHA_BAR, times, noise))
    return OracleTrace(p, reference, steps, times, number)


def _forward(trace: OracleTrace, towards: NDArray[np.float64]) -> float:
    t = trace.times[0]
    u = uniform_field(trace.seed, 0, t, (1, *SIZE))[0].astype(np.float64)
    y_0, prior = torch.from_numpy(trace.reference.astype(np.float64)), torch.from_numpy(towards)
    mean = bernoulli.marginal_mean(y_0, prior, float(ALPHA_BAR[t])).numpy()
    return float(((u < mean) != trace.reference).sum())


def _mean(trace: OracleTrace, at: int, sampler: str) -> NDArray[np.float64]:
    step, s = trace.steps[at], trace.times[at + 1]
    p = torch.from_numpy(trace.p)[None, None]
    return flat(reverse_mean(step.y_t.double(), step.y0_hat, p, float(ALPHA_BAR[step.t]), float(ALPHA_BAR[s]), sampler))


def _expected(trace: OracleTrace, at: int, sampler: str) -> float:
    step = trace.steps[at]
    if at + 1 == len(trace.times):
        return float(((flat(step.y0_hat) > 0.5) != (flat(step.y_t) > 0.5)).sum())
    return float(np.abs(flat(step.y_t) - _mean(trace, at, sampler)).sum())


def _gap(trace: OracleTrace) -> dict[str, float | None]:
    """At the step and the pixel where the exact mean and the published one differ most; None where no coin falls."""
    names = ("mean_exact", "mean_plug_in", "mean_ddim", "mean_guess", "gap_p", "gap_doubt", "gap_bit", "gap_time")
    sums = ("doubted_at_gap", "expected_flips", "expected_flips_plug_in")
    if len(trace.times) == 1:
        return dict.fromkeys((*names, *sums))
    means = [
        {rule: _mean(trace, at, rule) for rule in ("ancestral", "plug_in", "ddim")}
        for at in range(len(trace.times) - 1)
    ]
    gaps = np.stack([np.abs(of["ancestral"] - of["plug_in"]) for of in means])
    at, place = (int(index) for index in np.unravel_index(int(gaps.argmax()), gaps.shape))
    step, of = trace.steps[at], means[at]
    maps = (of["ancestral"], of["plug_in"], of["ddim"], flat(step.y0_hat), trace.p.ravel(), flat(step.eps_hat))
    said = dict(
        zip(names, (*(float(map_[place]) for map_ in maps), float(flat(step.y_t)[place]), float(step.t)), strict=True)
    )
    expected = (_expected(trace, at, "ancestral"), _expected(trace, at, "plug_in"))
    return {**said, **dict(zip(sums, (float(flat(step.eps_hat).sum()), *expected), strict=True))}


def _signs(trace: OracleTrace) -> dict[str, float | None]:
    """Sums of products of signs: of the opened neuron, and of the first bits with the answer."""
    first, answer = (2.0 * bits - 1 for bits in (flat(trace.steps[0].y_t) > 0.5, trace.answer))
    said: dict[str, float | None] = {"bits_sum": float(first @ answer), "bits_agree": float((first == answer).sum())}
    if trace.signs is None:
        return {**said, "layer_sum": None, "layer_agree": None, "layer_seen": None}
    signs, weights = (values.astype(float) for values in trace.signs)
    layer = {"layer_sum": float((signs * weights).sum()), "layer_agree": float((signs == weights).sum())}
    return {**said, **layer, "layer_seen": float(np.abs(signs).sum())}


def _flips(trace: OracleTrace) -> NDArray[np.bool_]:
    steps = trace.sent["steps"]
    return np.stack([np.array(step["before"]) != np.array(step["after"]) for step in steps])


def _dice(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    both, all_ = int((one & other).sum()), int(one.sum() + other.sum())
    return 2 * both / all_ if all_ else 1.0


def _kept(trace: OracleTrace, of: NDArray[np.bool_]) -> float | None:
    return float(trace.answer[of.ravel()].mean()) if of.any() else None


def _guess(trace: OracleTrace, at: int) -> NDArray[np.bool_]:
    return flat(trace.steps[at].y0_hat).reshape(SIZE) > 0.5


def oracle(trace: OracleTrace) -> dict[str, float | list[float] | None]:
    """Formula -> its value, for every one that is a truth or stands in an explanation; None where there is none."""
    p, y_0, first = trace.p, trace.reference, trace.steps[0]
    y_t, eps = flat(first.y_t) > 0.5, flat(first.eps_hat)
    mask, flips = p > 0.5, _flips(trace)
    many = len(trace.times) > 2
    by_step: list[float] | None = [float(count) for count in flips.sum(1)] if many else None
    times = np.array(trace.times)
    left = np.array([float(ALPHA_BAR[t]) for t in times])
    votes = np.mean([flat(step.y0_hat) for step in trace.steps], axis=0).reshape(SIZE) > 0.5
    return {
        "tossed_across": float((y_t != mask.ravel()).sum()),
        "tossed_across_expected": float(np.minimum(p, 1 - p).sum()),
        "undecided_bits": float(((p > 0.05) & (p < 0.95)).sum()),
        "forgotten_to_prior": _forward(trace, p),
        "forgotten_to_coin": _forward(trace, np.full(SIZE, 0.5)),
        "reference_area": float(y_0.sum()),
        "half_forgotten_time": float(times[np.abs(left - 0.5).argmin()]) if many else None,
        "doubted_bits": float(eps.sum()),
        "doubted_above_half": float((eps > 0.5).sum()),
        "flipping_first": float(flips[0].sum()),
        "doubted_that_stay": float(((eps > 0.5) & ~flips[0]).sum()),
        "trusted_that_flip": float(((eps <= 0.5) & flips[0]).sum()),
        "wrong_bits": float((y_t != y_0.ravel()).sum()),
        "changed_in_all": float((mask.ravel() != trace.answer).sum()),
        **_gap(trace),
        **_signs(trace),
        "never_flipped": float((~flips.any(0)).mean()),
        "flips_in_all": float(flips.sum()) if many else None,
        "dice_prior": _dice(mask, y_0),
        "dice_first": _dice(_guess(trace, 0), y_0),
        "dice_last": _dice(_guess(trace, -1), y_0),
        "dice_mean": _dice(votes, y_0),
        "kept_of_prior": _kept(trace, mask),
        "kept_of_false": _kept(trace, mask & ~y_0),
        "flips_by_step": by_step,
        "flips_falling": by_step and sorted(by_step, reverse=True),
        "flips_constant": by_step and [float(np.mean(by_step))] * len(by_step),
        "flips_ddim": [_expected(trace, at, "ddim") for at in range(len(trace.times))] if many else None,
    }
