"""A visitor's session: which run is the newest, and what is on the screen."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Literal

from hidiff.interface.runs.recipe import Recipe, Source

Verdict = Literal["go", "stop", "leave"]
Play = Literal["no", "once", "loop"]
Ticket = tuple[str, int]  # a visit and the number of one of its runs
PATIENCE = 5.0  # seconds to wait for a turn; what takes longer than that will not come back


@dataclass(frozen=True)
class Comparison:
    """The second lane's recipe, what to call both, and the name by which their difference is asked for."""

    recipe: Recipe
    titles: tuple[str, str]
    difference: str = ""


@dataclass(frozen=True)
class DisplayedRun:
    """What is on the screen: the run's name, what it was made from, how many steps of it have been done, its lanes, and
    the name of what the second differs in."""

    run: str
    recipe: Recipe
    steps: int
    lanes: int = 1
    against: str | None = None

    @property
    def whole(self) -> bool:
        """Whether it is all that its recipe gives: one lane, and no step left out."""
        return self.lanes == 1 and self.steps == self.recipe.settings.steps


class Turn:
    """A lock that a generator may hold while what it yielded is on its way, and that nobody waits for without end.

    `with turn.taken():` in a generator lasts until the generator is asked again, and Gradio asks again when the update
    lies in the visitor's queue of messages: so what is said in turn arrives in turn.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __deepcopy__(self, _: object) -> Turn:
        return Turn()

    @property
    def free(self) -> bool:
        """Whether nobody has it."""
        return not self._lock.locked()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Have it until the end of the block."""
        got = self._lock.acquire(timeout=PATIENCE)
        try:
            yield
        finally:
            if got:
                self._lock.release()


@dataclass
class Session:
    """One visitor. Runs carry numbers: a newer run supersedes the older ones, and `stop` ends the newest early.

    What a run finds out is told, and kept here, in its turn and only while it is the newest; a newer run is admitted in
    a turn too. So nothing of an older run follows what was chosen after it (see `Turn`).

    visit: tells sessions apart, since numbers begin again with each. waiting: the newest run where it was admitted and
    has not begun. recipe: what the newest run is about. comparison: the second lane, where two are compared. displayed:
    the last answer that arrived. picture: the digest by which the player knows the picture on the screen. step_times:
    seconds of a step on this picture, by backend. play: how the player shows the newest run by itself once it is whole.
    masks: odd masks that the visitor wants used, by path, and whether inverted. kept: tasks and paths of pictures that
    are right, as the visitor says. previews: what a mask's slot shows, by file name, and the mask itself.
    seen, done: the newest run of which something, or everything, is on the page. asked: what the page is set to, as far
    as it is known, and None where that cannot be refined. painted: a digest of what was painted when the newest run was
    admitted. given_up: the newest run where it was stopped before anything of it was there.
    """

    visit: str = field(default_factory=lambda: secrets.token_hex(8))
    turn: Turn = field(default_factory=Turn, repr=False, compare=False)
    newest: int = 0
    waiting: int | None = None
    stopped: int = 0
    recipe: Recipe | None = None
    comparison: Comparison | None = None
    displayed: DisplayedRun | None = None
    picture: str | None = None
    step_times: dict[str, float] = field(default_factory=dict)
    play: Play = "once"
    masks: dict[str, bool] = field(default_factory=dict)
    kept: set[tuple[str, str]] = field(default_factory=set)
    previews: dict[str, Source] = field(default_factory=dict)
    seen: int = 0
    done: int = 0
    asked: Recipe | None = None
    painted: str | None = None
    given_up: int | None = None

    @property
    def source(self) -> Source | None:
        """The picture that is on the screen or about to be."""
        return None if self.recipe is None else self.recipe.source

    def __deepcopy__(self, _: object) -> Session:
        """Another visitor's: Gradio copies the first session for each, and nothing of a session is to be shared."""
        return Session()

    def start_run(
        self,
        recipe: Recipe | None,
        comparison: Comparison | None = None,
        play: Play = "once",
        painted: str | None = None,
    ) -> int:
        """The number of a new run, which waits to begin, or of none; what runs now leaves within one step."""
        self.recipe, self.comparison, self.play, self.painted = recipe, comparison, play, painted
        self.asked = recipe
        self.newest += 1
        self.waiting = None if recipe is None else self.newest
        if recipe is None:
            self.seen = self.done = self.newest
        return self.newest

    def begin(self) -> int | None:
        """The number of the run that waits, which begins now and no second time; None where none does."""
        number, self.waiting = self.waiting, None
        return number

    def show(
        self, displayed: DisplayedRun, picture: str | None, play: Play = "once", painted: str | None = None
    ) -> None:
        """An answer that was there before anybody asked: a new run that has ended already."""
        self.start_run(displayed.recipe, play=play, painted=painted)
        self.waiting, self.displayed, self.picture = None, displayed, picture
        self.seen = self.done = self.newest

    @property
    def ticket(self) -> Ticket:
        """By which the player tells what is newer."""
        return self.visit, self.newest

    def stop(self) -> bool:
        """Let the newest run answer with what it has; one of which nothing is on the page yet is given up.

        Returns whether it was given up. Then the session is about what is on the screen again, where there is an
        answer, and about the picture that was chosen where there is none. To be called in turn.
        """
        if self.seen == self.newest:
            self.stopped = self.newest
            return False
        self.newest += 1
        self.waiting, self.comparison = None, None
        self.seen = self.done = self.given_up = self.newest
        if self.displayed is not None:
            self.recipe = self.displayed.recipe
            if self.asked is not None:
                self.asked = replace(self.asked, source=self.recipe.source)
        return True

    @property
    def busy(self) -> bool:
        """Whether something of the newest run is still to come."""
        return self.done < self.newest

    @property
    def unchanged(self) -> bool:
        """Whether a refinement of what the page is set to would give what is on the screen, bit by bit."""
        return self.displayed is not None and self.displayed.whole and self.asked == self.displayed.recipe

    @property
    def stale(self) -> bool:
        """Whether the picture on the screen, or the one under way, is of other settings than the page's."""
        return (self.busy or self.displayed is not None) and self.asked != self.recipe

    def verdict(self, run: int) -> Verdict:
        """What run number `run` should do before its next step."""
        if run < self.newest:
            return "leave"
        return "stop" if run <= self.stopped else "go"
