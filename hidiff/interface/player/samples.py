"""Several answers to one question: what the player shows of all chains at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hidiff.interface.player.curves import in_original
from hidiff.interface.player.encoding import bits, coded
from hidiff.metrics import dice
from hidiff.refinement.outcome import Outcome


def sample_gallery(refinement: Outcome, channel: int, truth: NDArray[np.bool_] | None) -> dict[str, Any]:
    """Each chain's mask, area in percent of the image and Dice; the share of chains that are on, pixel by pixel;
    how far they disagree (0 where all agree, 1 where half of them differ); the representative chain.

    truth: bool (H,W), the reference.
    """
    frame = refinement.frame
    answers = refinement.samples()  # (N,K,h,w)
    masks = frame.content_of(answers[:, channel]) > 0.5  # (N,h,w)
    share = masks.mean(axis=0, dtype=np.float64)
    whole = [in_original(refinement, answer, channel) for answer in answers]
    scores = None if truth is None else [dice(mask, truth) for mask in whole]
    return {
        "box": [int(value) for value in frame.window],
        "size": list(masks.shape[1:]),
        "masks": [bits(mask) for mask in masks],
        "areas": [100 * float(mask.mean()) for mask in whole],
        "dice": scores,
        "mean": coded(share),
        "disagreement": coded(4 * share * (1 - share)),
        "representative": refinement.representative(),
    }
