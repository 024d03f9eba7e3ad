"""A cache of finished refinements, so that a click on a file or a sample need not compute them again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from hidiff.interface.runs.recipe import Picture, open_picture
from hidiff.interface.runs.run import RunEvent, run
from hidiff.interface.runs.session import DisplayedRun
from hidiff.pipeline import HiDiff
from hidiff.priors.views import Prior
from hidiff.refinement.chain import Refinement

BUDGET = 400_000_000  # bytes of all runs in the cache


@dataclass(frozen=True)
class FinishedRun:
    """One refinement with its picture and the prior that it set out from."""

    picture: Picture
    prior: Prior
    refinement: Refinement

    @property
    def size(self) -> int:
        """Bytes of its steps, which are nearly all of it."""
        arrays = (
            array
            for step in self.refinement.steps
            for array in (step.y_t, step.eps_hat, step.y0_hat, step.mean, step.u, step.y_prev)
        )
        return self.picture.pixels.nbytes + sum(0 if array is None else array.nbytes for array in arrays)


class RunCache:
    """The newest refinements within a budget of bytes, by the names of their runs, which nobody can guess."""

    def __init__(self, budget: int = BUDGET) -> None:
        self._budget = budget
        self._lock = threading.Lock()
        self._runs: OrderedDict[str, FinishedRun] = OrderedDict()

    def add(self, name: str, finished: FinishedRun) -> None:
        """Put a run there; the oldest give way. What alone exceeds the budget is not held."""
        with self._lock:
            self._runs[name] = finished
            while sum(one.size for one in self._runs.values()) > self._budget:
                self._runs.popitem(last=False)

    def find(self, displayed: DisplayedRun, model: HiDiff) -> FinishedRun:
        """The refinement that is on the screen, computed again, bit for bit, where it is not here any more.

        Raises ImageError when a file that it was made from is gone since.
        """
        with self._lock:
            finished = self._runs.get(displayed.run)
        if finished is None:
            finished = _computed_again(displayed, model)
            self.add(displayed.run, finished)
        return finished


def _computed_again(displayed: DisplayedRun, model: HiDiff) -> FinishedRun:
    picture = open_picture(model, displayed.recipe.source)
    events: list[RunEvent] = []
    for event in run(model, picture, [displayed.recipe], lambda: "stop" if len(events) > displayed.steps else "go"):
        events.append(event)
    refinement = events[-1].refinement
    assert refinement is not None
    return FinishedRun(picture, events[-1].prior, refinement)
