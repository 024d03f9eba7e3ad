"""The sentence of an answer with scribbles: how many painted pixels hold, or were taken back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hidiff.interface.texts import joined, text
from hidiff.priors.scribbles import scribble_masks

Mask = NDArray[np.bool_]


def stroke_sentence(scribbles: NDArray[np.uint8], proposed: Mask, answer: Mask, hold: bool) -> str:
    """What became of scribbles (H,W) in an answer, pixel by pixel of the image; "" where nothing is painted.

    proposed: the prior as a mask (H,W), as it was before the scribbles. What they left as it was is not counted where
    they may be taken back: nobody can take back what has not been changed.
    """
    on, off = scribble_masks(scribbles)
    painted = on | off
    if not painted.any():
        return ""
    if hold:
        return _of_held(int(painted.sum()), int(((answer != proposed) & ~painted).sum()))
    added, erased = on & ~proposed, off & proposed
    told = [
        _of_proposed(kind, int(part.sum()), int(back.sum()))
        for kind, part, back in (("added", added, added & ~answer), ("erased", erased, erased & answer))
        if part.any()
    ]
    return joined(*told) if told else text("stroke.nothing")


def _of_held(painted: int, others: int) -> str:
    beside = text("stroke.others", others=others) if others else text("stroke.others_none")
    return joined(text("stroke.holds", painted=painted), beside)


def _of_proposed(kind: str, painted: int, back: int) -> str:
    """kind: added or erased; back: how many of the painted pixels are as they were."""
    share = "all" if back == painted else "some" if back else "none"
    return text(f"stroke.{kind}_{share}", painted=painted, back=back)
