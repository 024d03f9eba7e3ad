"""What the brush sends -> strokes of the image's own size. Nothing of it is trusted: anybody may call the server."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from hidiff.errors import ImageError
from hidiff.interface.player.payload import LONGEST
from hidiff.interface.texts import text
from hidiff.priors.scribbles import STROKE_FREE, STROKE_OFF, STROKE_ON

PREFIX = "data:image/png;base64,"
MOST = 4 * 1024 * 1024  # letters of the PNG; three values of 1024 x 1024 pixels need far fewer
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def strokes_from(value: object, size: tuple[int, int]) -> NDArray[np.uint8] | None:
    """The brush's value -> uint8 (H,W): 255 on, 0 off, 128 free; None where nothing is painted.

    size: height and width of the image. The strokes were painted on a copy of at most LONGEST pixels; every pixel
    of the image takes the value of the one it lies in. Raises ImageError for whatever is not such a value.
    """
    if value is None or value == "":
        return None
    png = value.get("png") if isinstance(value, Mapping) else None
    if not isinstance(png, str) or not png.startswith(PREFIX) or len(png) > MOST:
        raise ImageError(text("player.error.strokes"))
    painted = _grey(png[len(PREFIX) :], copy_size(size))
    if (painted == STROKE_FREE).all():
        return None
    height, width = size
    rows = (2 * np.arange(height) + 1) * painted.shape[0] // (2 * height)
    columns = (2 * np.arange(width) + 1) * painted.shape[1] // (2 * width)
    return np.ascontiguousarray(painted[rows[:, None], columns])


def copy_size(size: tuple[int, int]) -> tuple[int, int]:
    """Height and width of the copy that the player shows of an image of this size."""
    scale = min(1.0, LONGEST / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _grey(base64_png: str, size: tuple[int, int]) -> NDArray[np.uint8]:
    """A grey PNG of 8 bits and exactly this size, with the three values only; its header is read before its pixels."""
    try:
        data = base64.b64decode(base64_png, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ImageError(text("player.error.strokes")) from error
    if data[:8] != _SIGNATURE or data[12:16] != b"IHDR" or data[24:29] != b"\x08\x00\x00\x00\x00":
        raise ImageError(text("player.error.strokes"))
    width, height = (int.from_bytes(data[start : start + 4], "big") for start in (16, 20))
    if (height, width) != size:
        raise ImageError(text("player.error.strokes_size", width=width, height=height, across=size[1], down=size[0]))
    try:
        pixels: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise ImageError(text("player.error.strokes")) from error
    if pixels is None or pixels.shape != size or pixels.dtype != np.uint8:
        raise ImageError(text("player.error.strokes"))
    if not np.isin(pixels, (STROKE_ON, STROKE_OFF, STROKE_FREE)).all():
        raise ImageError(text("player.error.strokes"))
    return pixels
