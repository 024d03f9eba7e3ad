"""Picture kind: whether an image may be a colonoscopy image or a fundus photograph, by colour, field of view and size.

A rule for a question, not for a decision: what it cannot tell it leaves possible, so that the right picture is hardly
ever asked about. The constants stand between what was measured on the training images of Kvasir-SEG, CVC-ClinicDB
(1247 colonoscopy images), DRIVE and CHASE_DB1 (33 fundus photographs), as `appearance` measures; no other image chose
them. Smallest to largest:

                        colonoscopy      fundus           fundus, 4 to 12 % cut off on every side
    warm                0.760 .. 1       0.988 .. 1       as before
    dark corners        3 or 4           4                4
    roundness           0.758 .. 0.971   0.989 .. 0.997   0.79 .. 0.90
    unevenness          0.006 .. 0.129   0.003 .. 0.005   0.0004 .. 0.009
    glare               0 .. 0.165       0                0

On their validation images, as they are and at half the brightness, a quarter of the size, JPEG quality 25, and with
10 and 25 % cut off on every side: no right picture is doubted, 0 of 118 each time. As they are, 98 of 111 colonoscopy
images are doubted where a fundus photograph is wanted, 7 of 7 the other way round, and slices of brain and heart MRI,
59 of 59, by both. Endoscopes with a round field of view are not among them: glare on wet tissue keeps most of those
from being taken for a fundus photograph.

Below the pixels of LEAST nearly a tenth of the prior's Dice is lost. Validation images made smaller, longer side in
pixels: polyps (every third) .858 as they are, .826 at 128, .771 at 64, .637 at 32, .429 at 16; vessels .802 as they
are, .767 at 256, .735 at 192, .574 at 96.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from hidiff.imaging.field_of_view import field_of_view

COLONOSCOPY, FUNDUS = "colonoscopy image", "fundus photograph"  # as tasks call them
KINDS = frozenset({COLONOSCOPY, FUNDUS})

WARM = 0.65  # less of an image of the inside of a body is not red, orange or yellow
WARM_WITHOUT_SURROUND = 0.85  # the same of an image that fills its frame, as many photographs of other things do
GREY = 0.05  # a chroma below it is no colour: red-free fundus photographs
ROUND = 0.98  # of a disc, against the octagons and cut squares of endoscopes
UNEVEN = 0.015  # of a rim that is no circle's
GLARE = 0.002
DARK_CORNERS = 3
LEAST = {COLONOSCOPY: 64, FUNDUS: 192}  # pixels of the longer side

_SIDE = 192  # pixels of the thumbnail's longer side
_LIT = 0.15  # of the brightest, below which there is no colour to judge
_RIM = 12  # pixels of a rim, at least, through which a circle is laid


@dataclass(frozen=True)
class Appearance:
    """What is measured of an image.

    warm: share of the lit pixels that are red, orange or yellow. chroma: their median, 0 to 1. glare: share of them
    that are nearly white. dark_corners: how many of four. filled: share of the image within its field of view.
    roundness: intersection over union of the field of view and the disc of its width. unevenness: mean distance of its
    rim to the circle that fits it best, in radii; None where too little of a rim lies inside the image.
    """

    warm: float
    chroma: float
    glare: float
    dark_corners: int
    filled: float
    roundness: float
    unevenness: float | None


def picture_kinds(pixels: NDArray[np.uint8]) -> frozenset[str]:
    """The kinds of picture that an image, uint8 RGB (H,W,3), may be: one of KINDS, both where it cannot be told, or
    none where it looks like neither."""
    seen = appearance(pixels)
    surround = seen.dark_corners >= DARK_CORNERS
    disc = surround and seen.roundness >= ROUND
    if seen.warm < (WARM if surround else WARM_WITHOUT_SURROUND):
        return frozenset({FUNDUS}) if disc and seen.chroma < GREY else frozenset()
    if disc and seen.glare <= GLARE:
        return frozenset({FUNDUS})
    if surround and not disc and seen.unevenness is not None and seen.unevenness >= UNEVEN:
        return frozenset({COLONOSCOPY})
    return KINDS


@dataclass(frozen=True)
class PictureDoubt:
    """An image that does not look like what is wanted. found: one of KINDS, or "" for neither. small: (height, width)
    of one that has too few pixels and does not look like the other kind, else None."""

    wanted: str
    found: str = ""
    small: tuple[int, int] | None = None

    @property
    def sentence(self) -> str:
        """For people: what was noticed and what to do."""
        if self.small is not None:
            height, width = self.small
            size, least = f"{width} x {height} pixels", LEAST[self.wanted]
            return f"The image has {size}, too few for a {self.wanted}; take one that is {least} or more across."
        if not self.found:
            return f"The image looks neither like a {COLONOSCOPY} nor like a {FUNDUS}; check that it is the right one."
        return f"The image looks like a {self.found}, not like a {self.wanted}; check the image and the task."


def picture_doubt(pixels: NDArray[np.uint8], wanted: str) -> PictureDoubt | None:
    """The doubt whether an image, uint8 RGB (H,W,3), is of the wanted kind and large enough; None where it may be, or
    where that kind is none of KINDS."""
    if wanted not in KINDS:
        return None
    kinds = picture_kinds(pixels)
    found = "" if wanted in kinds else next(iter(kinds), "")
    height, width = pixels.shape[:2]
    if max(height, width) < LEAST[wanted] and not found:
        return PictureDoubt(wanted, small=(height, width))
    return None if wanted in kinds else PictureDoubt(wanted, found)


def appearance(pixels: NDArray[np.uint8]) -> Appearance:
    """Measure a thumbnail of an image, uint8 RGB (H,W,3)."""
    height, width = pixels.shape[:2]
    scale = min(1.0, _SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA)
    level = small.max(axis=2)
    lit = level > max(20.0, _LIT * float(np.percentile(level, 95)))
    field, _ = field_of_view(small)
    corner = max(1, round(0.06 * min(lit.shape)))
    ends = slice(None, corner), slice(-corner, None)
    corners = [lit[rows, columns].mean() for rows in ends for columns in ends]
    warm, chroma, glare = _colours(small[lit])
    return Appearance(
        warm,
        chroma,
        glare,
        sum(share < 0.3 for share in corners),
        float(field.mean()),
        _roundness(field),
        _unevenness(field),
    )


def _colours(lit: NDArray[np.uint8]) -> tuple[float, float, float]:
    """(n,3) RGB -> warm, chroma and glare of `Appearance`; zeros where n is 0."""
    if len(lit) == 0:
        return 0.0, 0.0, 0.0
    hue, chroma, _ = np.moveaxis(cv2.cvtColor(lit[None].astype(np.float32) / 255, cv2.COLOR_RGB2HSV)[0], -1, 0)
    warm = ((hue < 50) | (hue > 330)) & (chroma > 0.2)
    return float(warm.mean()), float(np.median(chroma)), float((lit.min(axis=1) > 200).mean())


def _disc(shape: tuple[int, ...], row: float, column: float, radius: float) -> NDArray[np.bool_]:
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    inside: NDArray[np.bool_] = (rows - row) ** 2 + (columns - column) ** 2 <= radius**2
    return inside


def _roundness(field: NDArray[np.bool_]) -> float:
    rows, columns = np.nonzero(field)
    top, bottom, left, right = rows.min(), rows.max(), columns.min(), columns.max()
    radius = max(bottom - top + 1, right - left + 1) / 2
    disc = _disc(field.shape, (top + bottom) / 2, (left + right) / 2, radius)
    return float((disc & field).sum() / (disc | field).sum())


def _unevenness(field: NDArray[np.bool_]) -> float | None:
    contours, _ = cv2.findContours(field.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    rim = max(contours, key=len)[:, 0].astype(np.float64)
    inside = np.all((rim > 1) & (rim < np.array(field.shape[::-1]) - 2), axis=1)
    rim = rim[inside]
    if len(rim) < _RIM:
        return None
    # |x - c|^2 = r^2 is linear in c and r^2 - |c|^2.
    terms = np.concatenate([2 * rim, np.ones((len(rim), 1))], axis=1)
    solved = np.linalg.lstsq(terms, (rim**2).sum(axis=1), rcond=None)[0]
    centre = solved[:2]
    radius = float(np.sqrt(max(solved[2] + (centre**2).sum(), 1e-9)))
    return float(np.abs(np.linalg.norm(rim - centre, axis=1) - radius).mean() / radius)
