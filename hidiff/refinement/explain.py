"""The story of one bit: how the posterior of every reverse step made it what it is, from a trace, in words and numbers.

Paper, sections III-B and III-C: theta_1 and theta_2, the mean mu of y_s, the uniform number u, and the flip.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch

from hidiff.aliases import current_settings
from hidiff.diffusion import bernoulli
from hidiff.errors import SettingsError
from hidiff.refinement.trace import Trace

_NAMES = {"ancestral": "if y_0 is {y_0:g}", "plug_in": "with y0_hat in the place of y_0"}


@dataclass(frozen=True)
class Posterior:
    """theta_post = theta_2 / (theta_1 + theta_2), the chance that y_s is on, for one y_0, and its weight in the mean.

    y_0: 0 or 1, or y0_hat itself where the sampler puts it in. Where theta_1 and theta_2 are both zero, y_t cannot
    have come from that y_0, and theta_post is the chance without it.
    """

    y_0: float
    weight: float
    theta_1: float
    theta_2: float
    theta_post: float


@dataclass(frozen=True)
class BitStep:
    """One reverse step of one bit, from t to s.

    posteriors: two of the exact mean, one of the published, none of a mean without the prior. mean, u: None after the
    last step, whose answer is y0_hat. y_s: the bit that comes out; flip: whether it is another than y_t.
    """

    t: int
    s: int
    alpha_bar_t: float
    alpha_bar_s: float
    y_t: int
    eps_hat: float
    y0_hat: float
    posteriors: tuple[Posterior, ...]
    mean: float | None
    u: float | None
    y_s: int
    flip: bool


@dataclass(frozen=True)
class BitStory:
    """What happened to the bit at a pixel of the image. row, column: in the image. cell: its row and column in the
    working frame. p: the prior there. u_start: the number that tossed y_T. refined: the chain's own answer, 0 to 1."""

    row: int
    column: int
    cell: tuple[int, int]
    chain: int
    sampler: str
    p: float
    u_start: float
    steps: tuple[BitStep, ...]
    refined: float

    @property
    def flips(self) -> int:
        """How often the bit flipped."""
        return sum(step.flip for step in self.steps)

    @property
    def sentences(self) -> tuple[str, ...]:
        """The story, a sentence or more for the toss, for each step, and for the answer."""
        return (_toss(self), *(_told(self, step) for step in self.steps), _answer(self))

    def document(self) -> dict[str, Any]:
        """The story as JSON: the fields, `flips` and `story`, the sentences."""
        fields = asdict(self)
        return {**fields, "cell": list(self.cell), "flips": self.flips, "story": list(self.sentences)}


def explain_bit(trace: Trace, row: int, column: int, chain: int = 0, plane: int = 0) -> BitStory:
    """The story of the bit at a pixel of the image.

    row, column: of the image, from 0 at its top left. chain: from 0. plane: the class. Raises SettingsError where the
    trace has no such pixel or chain, and where the pixel lies outside the window in which the chains ran.
    """
    if not 0 <= chain < len(trace.u_start):
        raise SettingsError(f"chain is {chain}; choose a whole number from 0 to {len(trace.u_start) - 1}.")
    if not 0 <= plane < len(trace.p):
        raise SettingsError(f"plane is {plane}; choose a whole number from 0 to {len(trace.p) - 1}.")
    cell = _cell(trace, row, column)
    sampler = str(current_settings(trace.meta["settings"])["sampler"])
    at = (chain, slice(None), plane, *cell)
    p = float(trace.p[(plane, *cell)])
    final = len(trace.t) - 1
    steps = []
    for index, t in enumerate(trace.t):
        last = index == final
        y_t, y0_hat = int(trace.y_t[at][index]), float(trace.y0_hat[at][index])
        bars = float(trace.alpha_bar[index]), 1.0 if last else float(trace.alpha_bar[index + 1])
        y_s = int(y0_hat > 0.5) if last else int(trace.y_prev[at][index])
        steps.append(
            BitStep(
                t=int(t),
                s=0 if last else int(trace.t[index + 1]),
                alpha_bar_t=bars[0],
                alpha_bar_s=bars[1],
                y_t=y_t,
                eps_hat=float(trace.eps_hat[at][index]),
                y0_hat=y0_hat,
                posteriors=() if last else posteriors(sampler, y_t, y0_hat, p, bars),
                mean=None if last else float(trace.mean[at][index]),
                u=None if last else float(trace.u[at][index]),
                y_s=y_s,
                flip=y_s != y_t,
            )
        )
    u_start = float(trace.u_start[(chain, plane, *cell)])
    return BitStory(row, column, cell, chain, sampler, p, u_start, tuple(steps), steps[-1].y0_hat)


def posteriors(
    sampler: str, y_t: int, y0_hat: float, p: float, alpha_bars: tuple[float, float]
) -> tuple[Posterior, ...]:
    """The posteriors whose weighted sum is the sampler's mean; none where it needs none. alpha_bars: at t and at s."""
    given = {"ancestral": ((1.0, y0_hat), (0.0, 1 - y0_hat)), "plug_in": ((y0_hat, 1.0),)}.get(sampler, ())
    alpha = alpha_bars[0] / alpha_bars[1]
    told = []
    for y_0, weight in given:
        values = [torch.tensor(value, dtype=torch.float64) for value in (y_t, y_0, p)]
        theta_1, theta_2 = bernoulli.theta(values[0], values[1], values[2], alpha, alpha_bars[1])
        post = bernoulli.posterior(values[0], values[1], values[2], alpha, alpha_bars[1])
        told.append(Posterior(y_0, weight, float(theta_1), float(theta_2), float(post)))
    return tuple(told)


def _cell(trace: Trace, row: int, column: int) -> tuple[int, int]:
    """The cell of the working frame whose area holds the middle of a pixel."""
    original, content = trace.meta["original"], trace.meta["content"]
    window = [int(value) for value in trace.window]
    for name, at, length in (("row", row, original[0]), ("column", column, original[1])):
        if not 0 <= at < length:
            raise SettingsError(f"{name} is {at}; choose a whole number from 0 to {length - 1}.")
    place = []
    for axis, at in enumerate((row, column)):
        inside = at - window[axis]
        if not 0 <= inside < window[axis + 2]:
            raise SettingsError(_outside(row, column, window))
        place.append(content[axis] + int((inside + 0.5) * content[axis + 2] / window[axis + 2]))
    return place[0], place[1]


def _outside(row: int, column: int, window: Sequence[int]) -> str:
    top, left, height, width = window
    return (
        f"The pixel at row {row}, column {column} lies outside the window of the chains, where the prior stays; "
        f"choose a row from {top} to {top + height - 1} and a column from {left} to {left + width - 1}."
    )


def _toss(story: BitStory) -> str:
    on = story.u_start < story.p
    where = f"Row {story.row}, column {story.column}: the prior p is {story.p:.3f}."
    if story.p in (0, 1):
        where += " A painted scribble holds this bit in every step."
    relation = "below" if on else "not below"
    return (
        f"{where} The first bit is tossed: u = {story.u_start:.4f} is {relation} p, so y_{story.steps[0].t} is {on:d}."
    )


def _told(story: BitStory, step: BitStep) -> str:
    guess = (
        f"From t = {step.t} to {step.s}: the bit is {step.y_t}, and the network takes it for wrong with chance "
        f"eps_hat = {step.eps_hat:.4f}, so y0_hat = |{step.y_t} - {step.eps_hat:.4f}| = {step.y0_hat:.4f}."
    )
    flips = "it flips" if step.flip else "it stays"
    if step.mean is None or step.u is None:
        above = "above" if step.y_s else "not above"
        return f"{guess} That is the answer, {above} one half: the bit becomes {step.y_s}, and {flips}."
    parts = [
        f"{_NAMES[story.sampler].format(y_0=one.y_0)}, theta_1 = {one.theta_1:.4g} and theta_2 = {one.theta_2:.4g} "
        f"make {one.theta_post:.4f}"
        for one in step.posteriors
    ]
    thetas = f" {'; '.join(parts).capitalize()}." if parts else " This sampler's mean has no theta."
    relation = "below" if step.u < step.mean else "not below"
    return (
        f"{guess}{thetas} The mean mu of y_{step.s} is {_digits(step.mean, step.u)}, and u = "
        f"{_digits(step.u, step.mean)} is {relation} it: the bit becomes {step.y_s}, and {flips}."
    )


def _answer(story: BitStory) -> str:
    times = {0: "never", 1: "once", 2: "twice"}.get(story.flips, f"{story.flips} times")
    last = story.steps[-1]
    return f"It flipped {times}; the chain's own answer here is {story.refined:.4f}, {'on' if last.y_s else 'off'}."


def _digits(value: float, other: float) -> str:
    """Digits enough that the two can be told apart."""
    count = next((n for n in range(4, 10) if f"{value:.{n}f}" != f"{other:.{n}f}"), 10)
    return f"{value:.{count}f}"
