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
from hidiff.imaging.masks import binary_mask, marked_doubt
from hidiff.priors.sources import GivenMap, read_prior

Oddity = Literal["photograph", "empty", "nearly empty", "full", "nearly full", "most"]

COLOURS = 12
MIDDLE_GREYS = 0.3
FEW_GREYS = 3  # as many, and middle ones are a label's or one constant
MOST_SHARE = 0.6

_ODDITIES: dict[tuple[bool, bool], Oddity] = {
    (True, False): "empty",
    (True, True): "full",
    (False, False): "nearly empty",
    (False, True): "nearly full",
}
_SIDE = 256  # pixels of the longer side that are looked at


@dataclass(frozen=True)
class MaskDoubt:
    """What is odd about a mask. share: of the image that it covers, 0 to 1. said: what
    follows its name where it is empty, full or nearly so."""

    oddity: Oddity
    share: float
    said: str = ""

    @property
    def inverting_helps(self) -> bool:
        """Whether the mask would be usual if on and off changed places."""
        return self.oddity in ("most", "nearly full")

    def sentence(self, name: str) -> str:
        """For people: what is odd about the mask called `name`."""
        if self.oddity == "photograph":
            return f"{name} looks like a photograph, not like a mask: it has many colours or greys."
        if self.oddity != "most":
            return f"{name} {self.said}"
        return f"{name} covers {100 * self.share:.0f} % of the image; it may be inverted."


def mask_doubt(source: Path, name: str | None = None, inverted: bool = False) -> MaskDoubt | None:
    """What is odd about a mask or probability map, as `read_prior` reads it; None where nothing is. Raises
    ImageError."""
    mask = binary_mask(read_prior(source, name, inverted))
    share = float(mask.mean())
    if looks_like_photograph(read_image(source, name)):
        return MaskDoubt("photograph", share)
    if said := marked_doubt(mask, "").removeprefix(" "):
        return MaskDoubt(_ODDITIES[(share in (0, 1), share > 0.5)], share, said)
    return MaskDoubt("most", share) if share > MOST_SHARE else None


def share_on(given: GivenMap) -> float:
    """The share of a map (H,W) that is on: of a probability, what exceeds one half."""
    return float(binary_mask(given).mean())


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
