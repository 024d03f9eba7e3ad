"""A cache of finished refinements, so that a click on a file or a sample need not compute them again.

What is kept is no live refinement: neither the segmentor's features nor anything that could go on, but the picture, the
prior and the steps' bits and numbers, packed, from which every file comes out the same to the last byte.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace

from hidiff.interface.runs.memory import held_bytes
from hidiff.interface.runs.recipe import Picture, open_picture
from hidiff.interface.runs.run import RunEvent, run
from hidiff.interface.runs.session import DisplayedRun
from hidiff.pipeline import HiDiff
from hidiff.priors.views import Prior, View
from hidiff.refinement.chain import Refinement
from hidiff.refinement.kept import KeptOutcome
from hidiff.refinement.outcome import Outcome

BUDGET = 120_000_000  # bytes of all runs in the cache; what gave way is computed again


@dataclass(frozen=True)
class FinishedRun:
    """One refinement with its picture and the prior that it set out from."""

    picture: Picture
    prior: Prior
    refinement: Outcome


@dataclass(frozen=True)
class KeptRun:
    """A finished run as the cache keeps it. size: bytes of everything in it."""

    picture: Picture
    prior: Prior  # its view without what the denoiser was shown
    outcome: KeptOutcome
    size: int

    @classmethod
    def of(cls, finished: FinishedRun) -> KeptRun:
        """Put a run away."""
        prior = replace(finished.prior, view=replace(finished.prior.view, pieces=()))
        outcome = KeptOutcome.of(finished.refinement)
        return cls(finished.picture, prior, outcome, held_bytes(finished.picture, prior, outcome))

    def opened(self) -> FinishedRun:
        """The run, bit for bit."""
        return FinishedRun(self.picture, self.prior, self.outcome.opened())


class RunCache:
    """The newest refinements within a budget of bytes, by the names of their runs, which nobody can guess."""

    def __init__(self, budget: int = BUDGET) -> None:
        self._budget = budget
        self._lock = threading.Lock()
        self._runs: OrderedDict[str, KeptRun] = OrderedDict()

    def add(self, name: str, finished: FinishedRun) -> None:
        """Put a run there; the oldest give way. What alone exceeds the budget is not held."""
        kept = KeptRun.of(finished)
        with self._lock:
            self._runs[name] = kept
            while sum(one.size for one in self._runs.values()) > self._budget:
                self._runs.popitem(last=False)

    def find(self, displayed: DisplayedRun, model: HiDiff) -> FinishedRun:
        """The refinement that is on the screen, computed again, bit for bit, where it is not here any more.

        Its picture is the displayed recipe's, which may have got another reference since. Raises ImageError when a file
        that it was made from is gone since.
        """
        with self._lock:
            kept = self._runs.get(displayed.run)
        if kept is not None:
            finished, source = kept.opened(), displayed.recipe.source
            return finished if kept.picture.source == source else replace(finished, picture=open_picture(model, source))
        finished = _computed_again(displayed, model)
        self.add(displayed.run, finished)
        return finished


def seen_again(displayed: DisplayedRun, model: HiDiff) -> View:
    """Where the chains of a refinement ran, with what the denoiser was shown: the networks look once more, and no step
    is taken. Raises ImageError when a file that it was made from is gone since."""
    *_, answer = run(model, open_picture(model, displayed.recipe.source), [displayed.recipe], lambda: "stop")
    assert isinstance(answer.refinement, Refinement)
    return answer.refinement.view


def _computed_again(displayed: DisplayedRun, model: HiDiff) -> FinishedRun:
    picture = open_picture(model, displayed.recipe.source)
    events: list[RunEvent] = []
    for event in run(model, picture, [displayed.recipe], lambda: "stop" if len(events) > displayed.steps else "go"):
        events.append(event)
    refinement = events[-1].refinement
    assert refinement is not None
    return FinishedRun(picture, events[-1].prior, refinement)
