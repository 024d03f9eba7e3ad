"""Painting: tints, contours, captions and blank sheets, of which every picture is made.

A picture is uint8 RGB (H,W,3). Masks are bool (H,W), or (K,H,W) with a class each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from hidiff.types import Mask
from hidiff.visuals.colours import DARK, LIGHT, Colour

Picture = NDArray[np.uint8]
Caption = Sequence[tuple[str, Colour | None]]  # words, each with the colour that it explains

STRIP = 26  # pixels, height of a caption
_LETTERS, _LEAST_LETTERS = 14, 7  # pixels


def class_planes(mask: Mask, colour: Colour | Sequence[Colour], image: Picture) -> Iterator[tuple[Mask, Colour]]:
    """Each class's plane (H,W) with its colour."""
    planes = mask.reshape(-1, *mask.shape[-2:])
    colours: Any = [colour] if isinstance(colour[0], int) else colour
    if planes.shape[1:] != image.shape[:2] or len(colours) < len(planes):
        raise ValueError(f"masks {mask.shape} in {len(colours)} colours do not fit an image {image.shape}")
    yield from zip(planes.astype(bool), colours, strict=False)


def contours_of(plane: Mask) -> Sequence[Any]:
    """Every border of a plane (H,W), as OpenCV gives them."""
    contours, _ = cv2.findContours(plane.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    return contours


def line_of(plane: Mask) -> int:
    """The width of an outline in pixels, in proportion to the picture."""
    return max(1, round(max(plane.shape) / 500))


def is_thin(plane: Mask, contours: Sequence[Any]) -> bool:
    """Whether the objects are on the mean hardly wider than their outlines on both sides would be."""
    return int(plane.sum()) < (line_of(plane) + 2) * sum(len(contour) for contour in contours)


def filling(plane: Mask, opacity: float) -> float:
    """How strongly to fill a plane: thin objects, which get no outline, twice as strongly."""
    return min(1.0, 2 * opacity) if is_thin(plane, contours_of(plane)) else opacity


def tint(picture: Picture, share: NDArray[Any], colour: Colour, opacity: float) -> None:
    """Blend a colour into the picture, in place, where `share` (H,W), bool or 0..1, is not 0."""
    touched = share > 0
    weight = (share[touched] * np.float32(opacity))[:, None].astype(np.float32)
    under = picture[touched].astype(np.float32)
    picture[touched] = (under + weight * (np.array(colour, np.float32) - under) + 0.5).astype(np.uint8)


def blank(height: int, width: int) -> Picture:
    """A dark picture."""
    return np.full((height, width, 3), DARK, np.uint8)


def place(out: Picture, picture: Picture, top: int, left: int) -> None:
    """Put a picture into a larger one."""
    out[top : top + picture.shape[0], left : left + picture.shape[1]] = picture


def strip(
    width: int,
    caption: Caption,
    height: int = STRIP,
    letters: int = _LETTERS,
    side: Literal["left", "middle", "right"] = "middle",
) -> Picture:
    """A caption (height,width,3): light on dark, each explained colour as a square before its words.

    letters: their size in pixels, smaller where they would not fit. side: where in the strip they stand.
    """
    canvas = Image.new("RGB", (width, height), DARK)
    draw = ImageDraw.Draw(canvas)
    for size in range(letters, _LEAST_LETTERS - 1, -1):
        font = ImageFont.load_default(size)
        square, gap = 0.8 * size, 0.36 * size
        lengths = [font.getlength(words) + (square + gap if colour else 0) for words, colour in caption]
        if sum(lengths) <= width - 8:
            break
    room = width - sum(lengths)
    x = max(4.0, {"left": 4.0, "middle": room / 2, "right": room - 4}[side])
    for (words, colour), length in zip(caption, lengths, strict=True):
        start = x
        if colour:
            top = (height - square) / 2
            draw.rectangle((start, top, start + square, top + square), fill=colour, outline=LIGHT)
            start += square + gap
        draw.text((start, height / 2), words, font=font, fill=LIGHT, anchor="lm")
        x += length
    return np.asarray(canvas)
