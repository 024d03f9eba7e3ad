"""Counts of a step: flips, area and bits of one chain, padding left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hidiff.imaging.frames import Frame
from hidiff.refinement.trace import Step

Map = NDArray[Any]


def content_of(frame: Frame, values: Map) -> Map:
    """The part of a map (...,h,w) of the canvas that shows pixels, see `Frame.content_of`."""
    return frame.content_of(values)


@dataclass(frozen=True)
class Counts:
    """One chain at one step, padding left out. area: share of the whole image, 0..1, that y_t has on."""

    bits: int
    on: int
    off: int
    expected: float
    area: float


def count(frame: Frame, step: Step, chain: int, channel: int = 0) -> Counts:
    """What a step does in one chain and one class."""
    y_t, after = step_bits(step)
    before, then = (content_of(frame, bits[chain, channel]) for bits in (y_t, after))
    return Counts(
        bits=before.size,
        on=int((then & ~before).sum()),
        off=int((before & ~then).sum()),
        expected=float(content_of(frame, step.eps_hat[chain, channel]).sum(dtype=np.float64)),
        area=area_share(frame, before),
    )


def step_bits(step: Step) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The bits (N,K,h,w) before and after a step; after the last one they are those of y0_hat > 0.5."""
    return step.y_t, step.after


def area_share(frame: Frame, content: NDArray[np.bool_]) -> float:
    """The share of the whole image, 0..1, that a mask of the frame's content covers."""
    window = frame.window[2] * frame.window[3]
    return float(content.mean()) * window / (frame.original[0] * frame.original[1])
