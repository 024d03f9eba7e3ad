"""Image header: what is known of an untrusted file before any pixel is decoded, and why one is refused."""

from __future__ import annotations

import struct
from dataclasses import dataclass

DAMAGED = "is damaged or cut off; save it again from its source and try once more"
UNUSUAL = "is a {} of an unusual kind ({}); save it as a plain 8-bit PNG and try again"

MAX_DECODED = 250_000_000  # bytes that decoding a picture may take: its samples, and what the decoder holds beside them

# Far above what cameras and editors write, low enough that a file made of tiny pieces costs no minutes.
MAX_PIECES = 200_000

# What reading past the end, or at an offset beyond all memory, raises.
OUT_OF_BOUNDS = (struct.error, IndexError, OverflowError)


class RefusedError(Exception):
    """Why a file is refused: the words that follow its name in the sentence for the user."""


@dataclass(frozen=True)
class Tiles:
    """A TIFF of one tile, whose place in the file is to be filled in. payload: its bytes. places: where in it the
    offset and the number of bytes of the tile stand, and struct's format of each. size: (height, width) of a tile.
    pieces: offset and number of bytes of each tile, row by row."""

    payload: bytes
    places: tuple[tuple[int, str], tuple[int, str]]
    size: tuple[int, int]
    pieces: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Header:
    """What is known of a file before decoding.

    kind: "PNG", "JPEG", "WebP", "BMP" or "TIFF". width, height: pixels as stored, before orientation.
    orientation: 1..8 as in EXIF. straight_alpha: a fourth decoded channel is opacity that the colours were
    not multiplied with. white_is_zero: decoded samples deeper than 8 bits count from white. clear_level: the grey
    that is transparent, as decoded. lossy: whether the format has blurred the samples. unended: the payload's end was
    missing and is made up; whether all pixels are there, only the decoder can say. pairs: decoded columns are grey and
    opacity in turns; differenced: and each holds what it differs by from its neighbour.
    decoded: bytes that decoding takes.
    payload: the bytes for the decoder: the file without the parts a decoder of pixels has no need of, and
    with a neutral orientation where the decoder would apply it by itself. tiles: how to decode a TIFF of tiles one by
    one, for a decoder that does not take their size.
    """

    kind: str
    width: int
    height: int
    orientation: int = 1
    straight_alpha: bool = False
    white_is_zero: bool = False
    payload: bytes = b""
    lossy: bool = False
    clear_level: int | None = None
    unended: bool = False
    pairs: bool = False
    differenced: bool = False
    tiles: Tiles | None = None
    decoded: int = 0


def check_size(width: int, height: int, max_pixels: int) -> None:
    """Raise RefusedError for a picture of no pixels or of too many."""
    if width < 1 or height < 1:
        raise RefusedError(DAMAGED)
    if width * height > max_pixels:
        limit = max_pixels / 1e6
        raise RefusedError(
            f"has {width} x {height} pixels, more than the {limit:g} megapixels that are allowed; "
            "make it smaller and try again"
        )


def check_decoded(size: int) -> int:
    """The bytes that decoding a picture takes, if they are not too many; else RefusedError."""
    if size > MAX_DECODED:
        raise RefusedError(
            f"would take {size / 1e6:.0f} MB to decode, more than the {MAX_DECODED / 1e6:g} MB that are allowed; "
            "save it with 8 bits a channel, or make it smaller, and try again"
        )
    return size
