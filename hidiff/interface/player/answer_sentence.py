"""The sentence of an answer: how it came about, and what has changed since the prior that was shown first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hidiff.interface.player import curves
from hidiff.interface.texts import joined, text
from hidiff.refinement.outcome import Outcome

_ANSWERS = {"mean": "say.answer_mean", "blend": "say.answer_blend"}  # by aggregate


def answer_sentence(
    refinement: Outcome, channel: int, prior: NDArray[np.bool_], answer: NDArray[np.bool_], stopped: bool
) -> str:
    """prior, answer (H,W): masks in the original frame, so that their pixels are those of the files. Where a closer
    look was averaged into the prior, its share of the change stands beside the chain's."""
    settings = refinement.settings
    areas = [100 * float(curves.in_original(refinement, one, channel).mean()) for one in refinement.samples()]
    if not answer.any():
        key = "say.nothing"
    elif stopped:
        key = "say.stopped"
    elif not refinement.steps:
        key = "say.alone"
    elif len(areas) > 1:
        key = "say.answer_many"
    else:
        key = _ANSWERS.get(settings.aggregate, "say.answer")
    change = text("say.change", on=int((answer & ~prior).sum()), off=int((prior & ~answer).sum()))
    if refinement.averaged and refinement.steps:
        start = curves.in_original(refinement, refinement.p, channel)
        parts = {"looks": int((start != prior).sum()), "chain": int((answer != start).sum())}
        change = joined(change, text("say.looks", **parts))
    return text(
        key,
        change=change,
        samples=len(areas),
        low=min(areas),
        high=max(areas),
        done=len(refinement.steps),
        steps=settings.steps,
    )
