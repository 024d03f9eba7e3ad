"""Finished refinements, kept for a while so that a click on a file or a sample need not compute them again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from hidiff.interface.runs.recipe import moments
from hidiff.interface.runs.run import Moment, Picture, Shown, open_picture
from hidiff.pipeline import HiDiff, Prior
from hidiff.refinement.chain import Refinement

BUDGET = 400_000_000  # bytes of all that is kept


@dataclass(frozen=True)
class Kept:
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


class Shelf:
    """The newest refinements within a budget of bytes, by the names of their runs, which nobody can guess."""

    def __init__(self, budget: int = BUDGET) -> None:
        self._budget = budget
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    def keep(self, run: str, kept: Kept) -> None:
        """Put one there; the oldest give way. What alone exceeds the budget is not kept."""
        with self._lock:
            self._kept[run] = kept
            while sum(one.size for one in self._kept.values()) > self._budget:
                self._kept.popitem(last=False)

    def find(self, shown: Shown, model: HiDiff) -> Kept:
        """The refinement that is on the screen, computed again, bit for bit, where it is not here any more.

        Raises ImageError when a file that it was made from is gone since.
        """
        with self._lock:
            kept = self._kept.get(shown.run)
        if kept is None:
            kept = _again(shown, model)
            self.keep(shown.run, kept)
        return kept


def _again(shown: Shown, model: HiDiff) -> Kept:
    picture = open_picture(model, shown.recipe.source)
    seen: list[Moment] = []
    for moment in moments(model, picture, shown.recipe, lambda: "stop" if len(seen) > shown.steps else "go"):
        seen.append(moment)
    refinement = seen[-1].refinement
    assert refinement is not None
    return Kept(picture, seen[-1].prior, refinement)
