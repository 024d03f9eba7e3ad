"""The settings of a refinement: one table, from which checks, options, widgets and descriptions come.

To add a setting, add one `Setting` to `SETTINGS`, the field of the same name to `Settings` and its type to
`SettingsGiven`; a test holds the three together. The command line's options, the app's widgets, the API's parameters
and their descriptions follow from the table.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

from hidiff.diffusion.samplers import SAMPLERS
from hidiff.errors import SettingsError
from hidiff.types import PriorKind

AGGREGATES: Mapping[str, str] = {
    "last": "the last y0_hat",
    "mean": "the mean of every step's y0_hat",
    "blend": "that mean and the prior, half and half",
}
CORRECTS: Mapping[str, str] = {
    "every": "every prior",
    "given": "every prior but the segmentor's own, which the chains leave as it is",
}
MAX_SAMPLES = 64
SEED_LIMIT = 2**63


@dataclass(frozen=True)
class Setting:
    """One row of the table.

    kind: "whole" (a number from `low` to `high`), "share" (a number between them, the ends left out), "choice" (a name
    of `choices`, which is read when it is needed, so that a sampler added later counts) or "switch" (true or false).
    help: what it does, a clause without a full stop.
    """

    name: str
    kind: Literal["whole", "share", "choice", "switch"]
    help: str
    low: float = 0
    high: float = 0
    choices: Mapping[str, object] | None = None

    @property
    def endless(self) -> bool:
        """Whether its numbers have no end that anybody would meet, as a seed's."""
        return self.kind == "whole" and self.high >= SEED_LIMIT - 1

    @property
    def range(self) -> str:
        """What may be given, in words; "" for a switch."""
        if self.kind == "choice":
            return _listed(tuple(self.choices or ()))
        if self.kind == "whole":
            return f"a whole number from {self.low:g}" if self.endless else f"{self.low:g} to {self.high:g}"
        return f"between {self.low:g} and {self.high:g}" if self.kind == "share" else ""

    def checked(self, value: Any) -> Any:
        """The value as it is kept: numpy's integers become plain ones. Raises SettingsError outside the range."""
        if self.kind == "whole":
            return _whole(self.name, value, int(self.low), int(self.high))
        if self.kind == "choice" and not (isinstance(value, str) and value in (self.choices or ())):
            raise SettingsError(f"{self.name} is {value!r:.40}; choose one of {', '.join(self.choices or ())}.")
        if self.kind == "share" and not (isinstance(value, int | float) and self.low < value < self.high):
            number = f"{value:g}" if isinstance(value, float) else f"{value!r:.40}"
            raise SettingsError(f"{self.name} is {number}; choose a number between {self.low:g} and {self.high:g}.")
        return value


SETTINGS: dict[str, Setting] = {
    row.name: row
    for row in (
        Setting("steps", "whole", "reverse steps; fewer are faster", 1, 1000),
        Setting("samples", "whole", "chains, whose answers are averaged", 1, MAX_SAMPLES),
        Setting("seed", "whole", "of the noise; the same seed gives the same bits", 0, SEED_LIMIT - 1),
        Setting("sampler", "choice", "how the mean of a step comes from the guess", choices=SAMPLERS),
        Setting("focus", "switch", "refine in a window round what the prior found, where the task does so"),
        Setting(
            "mirror",
            "switch",
            "the segmentor's prior is the mean over the task's mirror images, two or four; each chain sees one",
        ),
        Setting("aggregate", "choice", "which guesses of the steps make the refined mask", choices=AGGREGATES),
        Setting(
            "confidence", "share", "how far a given mask is trusted: its probability inside, 1 minus it outside", 0.5, 1
        ),
        Setting("hold", "switch", "scribbles hold in every step; off, they only change the prior"),
        Setting("both_looks", "switch", "the segmentor's prior is the mean of its two looks, where chains look closer"),
        Setting("corrects", "choice", "which priors the network may correct", choices=CORRECTS),
    )
}


class SettingsGiven(TypedDict, total=False):
    """Settings by name, as keywords; None leaves the weights' default."""

    steps: int | None
    samples: int | None
    seed: int | None
    sampler: str | None
    focus: bool | None
    mirror: bool | None
    aggregate: str | None
    confidence: float | None
    hold: bool | None
    both_looks: bool | None
    corrects: str | None


@dataclass(frozen=True)
class Settings:
    """How to refine; `SETTINGS` says what each field means. Raises SettingsError when a value is outside its range."""

    steps: int = 10
    samples: int = 1
    seed: int = 0
    sampler: str = "ancestral"
    focus: bool = True
    mirror: bool = False
    aggregate: str = "last"
    confidence: float = 0.9
    hold: bool = True
    both_looks: bool = False
    corrects: str = "every"

    def __post_init__(self) -> None:
        for name, row in SETTINGS.items():
            object.__setattr__(self, name, row.checked(getattr(self, name)))

    def leaves(self, kind: PriorKind) -> bool:
        """Whether the chains leave a prior of this kind as it is: y0_hat is the prior in every step."""
        return self.corrects == "given" and kind == "segmentor"

    def within(self, T: int) -> Settings:
        """These settings, if the chain of T steps has as many as they ask for; else SettingsError."""
        _whole("steps", self.steps, 1, T)
        return self


def _in_line(value: object) -> str:
    """A value in a sentence: short, and in one line."""
    return (" ".join(str(value).split()) or repr(value))[:40]


def _whole(name: str, value: Any, low: int, high: int) -> int:
    """value as a plain int: numpy's integers count as whole numbers, booleans and floats do not."""
    try:
        number = low - 1 if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = low - 1
    if not low <= number <= high:
        raise SettingsError(f"{name} is {_in_line(value)}; choose a whole number from {low} to {high}.")
    return number


def _listed(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else "".join(names)
