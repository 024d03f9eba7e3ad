"""The ensemble of N samples: where they agree, and how far they lie apart. Pure numpy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hidiff.metrics import dice
from hidiff.types import Mask


@dataclass(frozen=True)
class Spread:
    """N masks (H,W) of one class. share (H,W) float32: the part of them that is on, 0..1.

    areas (N,): shares of the image that each has on. dices (N,): against a reference, or empty without one.
    """

    share: NDArray[np.float32]
    areas: tuple[float, ...]
    dices: tuple[float, ...]

    @property
    def disagreement(self) -> NDArray[np.float32]:
        """(H,W), 0..0.5: the part of the samples that stands against the majority, pixel by pixel."""
        return np.minimum(self.share, 1 - self.share)


def spread(masks: Iterable[Mask], reference: Mask | None = None) -> Spread:
    """Take masks (H,W) one after another, so that all of them never lie in memory; at least one."""
    votes: NDArray[np.uint16] | None = None
    areas, dices = [], []
    for mask in masks:
        if votes is None:
            votes = np.zeros(mask.shape, np.uint16)
        votes += mask
        areas.append(float(mask.mean()))
        if reference is not None:
            dices.append(dice(mask, reference))
    if votes is None:
        raise ValueError("no masks, no spread")
    return Spread((votes / np.float32(len(areas))).astype(np.float32), tuple(areas), tuple(dices))
