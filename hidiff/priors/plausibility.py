"""Plausibility of a given mask: what may be a mistake is asked about, and used all the same when it is meant.

A photograph is told from a mask by its colours and greys. Measured on the training images and masks of Kvasir-SEG,
CVC-ClinicDB, DRIVE, CHASE_DB1, LGG brain and ACDC heart, at 256 pixels, as `_variety` counts:

    colours that make up 90 %   photographs in colour 15 and more; masks as PNG or JPEG, blurred by 1.5 % of their side
                                or by 2 pixels (vessels), and proposals of the segmentors 1 to 10
    share of middle greys       slices of heart MRI 0.22 to 0.71, of brain MRI 0.01 to 0.64; those masks up to 0.28

So a dark slice of a brain passes, and a mask of thin vessels in pure red, saved as a JPEG of quality 50, may be asked
about. Of true masks, 9 of 1247 polyps cover more than MOST_SHARE of the image and none of the others do.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from hidiff.imaging.files import read_image
from hidiff.priors.sources import GivenMap, read_prior

Oddity = Literal["photograph", "empty", "full", "most"]

COLOURS = 12
MIDDLE_GREYS = 0.3
FEW_GREYS = 3  # as many, and middle ones are a label's or one constant
MOST_SHARE = 0.6

_SIDE = 256  # pixels of the longer side that are looked at


@dataclass(frozen=True)
class MaskDoubt:
    """What is odd about a mask. share: of the image that it covers, 0 to 1."""

    oddity: Oddity
    share: float

    @property
    def inverting_helps(self) -> bool:
        """Whether the mask would be usual if on and off changed places."""
        return self.oddity == "most"

    def sentence(self, name: str) -> str:
        """For people: what is odd about the mask called `name`."""
        if self.oddity == "photograph":
            return f"{name} looks like a photograph, not like a mask: it has many colours or greys."
        if self.oddity == "empty":
            return f"{name} is empty: no pixel of it is on."
        if self.oddity == "full":
            return f"{name} is on everywhere."
        return f"{name} covers {100 * self.share:.0f} % of the image; it may be inverted."


def mask_doubt(source: Path, name: str | None = None, inverted: bool = False) -> MaskDoubt | None:
    """What is odd about a mask or probability map, as `read_prior` reads it; None where nothing is. Raises
    ImageError."""
    given = read_prior(source, name, inverted)
    share = share_on(given)
    if looks_like_photograph(read_image(source, name)):
        return MaskDoubt("photograph", share)
    if share == 0:
        return MaskDoubt("empty", share)
    if share == 1:
        return MaskDoubt("full", share)
    return MaskDoubt("most", share) if share > MOST_SHARE else None


def share_on(given: GivenMap) -> float:
    """The share of a map (H,W) that is on: of a probability, what exceeds one half."""
    return float((given if given.dtype == np.bool_ else given > 0.5).mean())


def looks_like_photograph(pixels: NDArray[np.uint8]) -> bool:
    """Whether uint8 RGB (H,W,3) has the many colours or greys of a photograph, where a mask is expected."""
    colours, middle = _variety(pixels)
    return colours >= COLOURS or (middle > MIDDLE_GREYS and colours >= FEW_GREYS)


def _variety(pixels: NDArray[np.uint8]) -> tuple[int, float]:
    """How many colours, of sixteen levels a channel, make up 90 % of the pixels; the share that is neither dark nor
    bright."""
    height, width = pixels.shape[:2]
    scale = _SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if scale < 1:  # by the nearest pixel, which mixes no colours
        pixels = cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_NEAREST).astype(np.uint8)
    levels = pixels.astype(np.int64) // 16
    counts = np.bincount(levels.reshape(-1, 3) @ (256, 16, 1))
    shares = np.cumsum(np.sort(counts[counts > 0])[::-1]) / counts.sum()
    brightest = pixels.max(axis=2)
    middle = (brightest > 0.15 * 255) & (brightest < 0.85 * 255)
    return int(np.searchsorted(shares, 0.9)) + 1, float(middle.mean())
