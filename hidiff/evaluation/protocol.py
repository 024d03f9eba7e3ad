"""The evaluation protocol: what is evaluated, in words and numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hidiff.aliases import PARTS as PARTS_BEFORE
from hidiff.errors import SettingsError
from hidiff.priors.corruption import BENCHMARK

PARTS: dict[str, str] = {
    "chains": "a chain a mirror, on the prior averaged over mirrors",
    "baselines": "what the segmentor alone, one single step and a prior of 1/2 achieve",
    "corruptions": "priors broken on purpose",
    "user": "a rough ellipse and the box as prior; one scribble on the worst fifth",
    "seeds": "the same chain with other noise",
    "twin": "the real-valued twin",
}
"""Beside prior and refined mask, which every evaluation has."""

MASKS: dict[str, str] = {
    "prior": "segmentor, one look",
    "window": "segmentor, whole image and window",
    "mirrors": "segmentor, mirrors",
    "mirrors_window": "segmentor, mirrors, whole image and window",
    "refined": "refined, as configured",
    "one_chain": "refined, one chain, no mirrors",
    "single_step": "one single step",
    "half_prior": "refined from p = 1/2 (BerDiff's prior)",
    "chains": "refined, a chain a mirror",
    "chains_single_step": "one single step a mirror",
    "twin": "refined by the real-valued twin",
    "second_reader": "a second person",
}
"""Every mask that is scored, with the words for a table."""

COMPARISONS: tuple[tuple[str, str], ...] = (
    ("refined", "prior"),
    ("refined", "window"),
    ("refined", "mirrors_window"),
    ("refined", "one_chain"),
    ("one_chain", "prior"),
    ("one_chain", "window"),
    ("refined", "single_step"),
    ("refined", "half_prior"),
    ("refined", "twin"),
    ("chains", "prior"),
    ("chains", "mirrors"),
    ("chains", "mirrors_window"),
    ("chains", "chains_single_step"),
    ("chains", "refined"),
    ("mirrors", "prior"),
    ("mirrors_window", "prior"),
    ("mirrors_window", "window"),
    ("window", "prior"),
)
"""Pairs whose difference on the same images is reported."""


@dataclass(frozen=True)
class Protocol:
    """What to evaluate.

    samples, mirror, steps, aggregate, both_looks, corrects, seed: of the refined mask; None is the weights' default.
    corruptions: names of `BENCHMARK`, priors that are broken as well. parts: of `PARTS`; "part:N" takes only every
    Nth case for it. seeds: how many noises the part of that name tries.
    """

    samples: int | None = None
    mirror: bool | None = None
    steps: int | None = None
    aggregate: str | None = None
    both_looks: bool | None = None
    corrects: str | None = None
    seed: int = 0
    corruptions: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    seeds: int = 3

    def __post_init__(self) -> None:
        for part in self.parts:
            name, _, every = part.partition(":")
            if name not in PARTS or (":" in part and not (every.isdecimal() and int(every) > 0)):
                raise SettingsError(
                    f"The part {part!r} is not known; choose from {', '.join(PARTS)}, with :N for every Nth case."
                )
        if unknown := sorted(set(self.corruptions) - set(BENCHMARK)):
            raise SettingsError(f"The corruption {unknown[0]!r} is not known; choose from {', '.join(BENCHMARK)}.")
        if self.seeds < 1:
            raise SettingsError(f"seeds is {self.seeds}; choose a whole number from 1 on.")

    @property
    def options(self) -> dict[str, Any]:
        """Keywords of `HiDiff.refine` for the refined mask."""
        return {
            "samples": self.samples,
            "mirror": self.mirror,
            "steps": self.steps,
            "aggregate": self.aggregate,
            "both_looks": self.both_looks,
            "corrects": self.corrects,
            "seed": self.seed,
        }

    @property
    def single_options(self) -> dict[str, Any]:
        """Keywords of `HiDiff.refine` for one chain on a prior without mirrors, whoever's the prior is."""
        return {**self.options, "samples": 1, "mirror": False, "corrects": "every"}

    @property
    def single_step_options(self) -> dict[str, Any]:
        """Keywords of `HiDiff.refine` for one step of one chain on the prior of the refined mask, whoever's it is."""
        return {**self.options, "steps": 1, "samples": 1, "corrects": "every"}

    def chain_options(self, mirrors: int) -> dict[str, Any]:
        """Keywords of `HiDiff.refine` for a chain a mirror, of which the task has so many, whoever's the prior is."""
        return {**self.options, "samples": mirrors, "mirror": True, "corrects": "every"}

    @property
    def identity(self) -> dict[str, Any]:
        """What two evaluations must share for a case's figures to serve both."""
        return self.options | {"seeds": self.seeds}

    def wants(self, part: str, index: int) -> bool:
        """Whether the part is asked for on the case at this index."""
        if part == "corruptions" and self.corruptions and not self._every(part):
            return True
        every = self._every(part)
        return bool(every) and index % every == 0

    def _every(self, part: str) -> int:
        """Every how many cases; 0 where the part is not asked for."""
        for given in self.parts:
            name, _, every = given.partition(":")
            if name == part:
                return int(every or 1)
        return 0


def parse_parts(text: str) -> tuple[str, ...]:
    """ "chains,user:3" -> ("chains", "user:3"); "all" is every part but the twin, which needs weights of its own."""
    words: Iterable[str] = (word.strip() for word in text.split(","))
    out: list[str] = []
    for word in words:
        name, colon, every = word.partition(":")
        name = PARTS_BEFORE.get(name, name)
        names = [part for part in PARTS if part != "twin"] if name == "all" else [name]
        out += [one + colon + every for one in names]
    return tuple(out)
