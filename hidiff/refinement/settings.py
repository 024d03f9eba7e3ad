"""The settings of a refinement, checked once, here: sliders, command lines and API callers all pass through."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any, Literal

from hidiff.diffusion.bernoulli import MEANS, SAMPLERS, Mean, Sampler
from hidiff.errors import SettingsError

Answer = Literal["last", "votes", "shared"]
ANSWERS: tuple[Answer, ...] = ("last", "votes", "shared")
MAX_SAMPLES = 64
SEED_LIMIT = 2**63


@dataclass(frozen=True)
class Settings:
    """How to refine.

    steps: reverse steps, 1..T. samples: N chains. seed: of the noise field. sampler, mean: see `bernoulli`.
    answer: "last" takes the mean of the chains' last y0_hat, "votes" the mean over all of their steps, "shared"
    the mean of these votes and the prior.
    focus: look closer, in a window round what the prior found, where the task's card allows it.
    flips: each chain looks at a turned-over copy of its own, and the segmentor's prior is averaged over them.
    confidence: how a given mask becomes a probability, c inside and 1 - c outside.

    Raises SettingsError when a value is outside its range.
    """

    steps: int = 10
    samples: int = 1
    seed: int = 0
    sampler: Sampler = "ancestral"
    mean: Mean = "mixture"
    answer: Answer = "last"
    focus: bool = True
    flips: bool = False
    confidence: float = 0.9

    def __post_init__(self) -> None:
        for name, low, high in (("steps", 1, 1000), ("samples", 1, MAX_SAMPLES), ("seed", 0, SEED_LIMIT - 1)):
            object.__setattr__(self, name, _whole(name, getattr(self, name), low, high))
        _one_of("sampler", self.sampler, SAMPLERS)
        _one_of("mean", self.mean, MEANS)
        _one_of("answer", self.answer, ANSWERS)
        if not 0.5 < self.confidence < 1:
            raise SettingsError(f"confidence is {self.confidence:g}; choose a number between 0.5 and 1.")

    def within(self, T: int) -> Settings:
        """These settings, if the chain of T steps has as many as they ask for; else SettingsError."""
        _whole("steps", self.steps, 1, T)
        return self


def _whole(name: str, value: Any, low: int, high: int) -> int:
    """value as a plain int: numpy's integers count as whole numbers, booleans and floats do not."""
    try:
        number = low - 1 if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = low - 1
    if not low <= number <= high:
        raise SettingsError(f"{name} is {value}; choose a whole number from {low} to {high}.")
    return number


def _one_of(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise SettingsError(f"{name} is {value!r}; choose one of {', '.join(choices)}.")
