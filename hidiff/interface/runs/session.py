"""A visitor's session: which run is the newest, and what is on the screen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from hidiff.interface.runs.recipe import Recipe, Source

Verdict = Literal["go", "stop", "leave"]


@dataclass(frozen=True)
class Comparison:
    """The second lane's recipe, and what to call the first and the second."""

    recipe: Recipe
    titles: tuple[str, str]


@dataclass(frozen=True)
class DisplayedRun:
    """What is on the screen: the run's name, what it was made from, and how many steps of it have been done."""

    run: str
    recipe: Recipe
    steps: int


@dataclass
class Session:
    """One visitor. Runs carry numbers: a newer run supersedes the older ones, and `stop` ends the newest early.

    recipe: what the newest run is about. comparison: the second lane, where two are compared. displayed: the last
    answer that arrived. picture: the digest by which the player knows the picture on the screen. step_times: seconds of
    a step on this picture, by backend.
    """

    newest: int = 0
    stopped: int = 0
    recipe: Recipe | None = None
    comparison: Comparison | None = None
    displayed: DisplayedRun | None = None
    picture: str | None = None
    step_times: dict[str, float] = field(default_factory=dict)

    @property
    def source(self) -> Source | None:
        """The picture that is on the screen or about to be."""
        return None if self.recipe is None else self.recipe.source

    def start_run(self, recipe: Recipe | None, comparison: Comparison | None = None) -> int:
        """The number of a new run, or of none; what runs now leaves within one step."""
        self.recipe, self.comparison = recipe, comparison
        self.newest += 1
        return self.newest

    def stop(self) -> None:
        """Let the newest run answer with what it has."""
        self.stopped = self.newest

    def verdict(self, run: int) -> Verdict:
        """What run number `run` should do before its next step."""
        if run < self.newest:
            return "leave"
        return "stop" if run <= self.stopped else "go"
