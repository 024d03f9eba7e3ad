"""What the brush sends -> scribbles of the image's own size, and whether they hold.

Nothing of it is trusted: anybody may call the server.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from hidiff.errors import ImageError
from hidiff.interface.player.payload import LONGEST
from hidiff.interface.texts import text
from hidiff.priors.scribbles import SCRIBBLE_FREE, SCRIBBLE_OFF, SCRIBBLE_ON

MOST = 256 * 1024  # letters of one plane of bits; 1024 x 1024 of them, whatever they are, need fewer


def scribbles_from(value: object, size: tuple[int, int]) -> NDArray[np.uint8] | None:
    """The brush's value -> uint8 (H,W): 255 on, 0 off, 128 free; None where nothing is painted.

    size: height and width of the image. The scribbles were painted on a copy of at most LONGEST pixels; every pixel
    of the image takes the value of the one it lies in. Raises ImageError for whatever is not such a value.
    """
    if value is None or value == "":
        return None
    if not isinstance(value, Mapping):
        raise ImageError(text("player.error.scribbles"))
    shape = _checked_size(value.get("size"), copy_size(size))
    on, off = (_plane(value.get(name), shape) for name in ("on", "off"))
    if (on & off).any():
        raise ImageError(text("player.error.scribbles"))
    painted = np.where(on, SCRIBBLE_ON, np.where(off, SCRIBBLE_OFF, SCRIBBLE_FREE)).astype(np.uint8)
    if (painted == SCRIBBLE_FREE).all():
        return None
    height, width = size
    rows = (2 * np.arange(height) + 1) * painted.shape[0] // (2 * height)
    columns = (2 * np.arange(width) + 1) * painted.shape[1] // (2 * width)
    return np.ascontiguousarray(painted[rows[:, None], columns])


def holds_from(value: Mapping[str, object]) -> bool:
    """Whether what the brush sent is to hold. Raises ImageError for whatever says neither yes nor no."""
    hold = value.get("hold")
    if not isinstance(hold, bool):
        raise ImageError(text("player.error.scribbles"))
    return hold


def copy_size(size: tuple[int, int]) -> tuple[int, int]:
    """Height and width of the copy that the player shows of an image of this size."""
    scale = min(1.0, LONGEST / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _checked_size(sent: object, size: tuple[int, int]) -> tuple[int, int]:
    """`size`, if the scribbles have it: two whole numbers, none of them longer than a copy can be."""
    if not isinstance(sent, list | tuple) or len(sent) != 2:
        raise ImageError(text("player.error.scribbles"))
    if not all(type(side) is int and 0 < side <= LONGEST for side in sent):
        raise ImageError(text("player.error.scribbles"))
    if tuple(sent) != size:
        height, width = sent
        raise ImageError(text("player.error.scribbles_size", width=width, height=height, across=size[1], down=size[0]))
    return size


def _plane(code: object, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Bits as `encoding.bits` makes them, of exactly this shape; no more is unpacked than they can take."""
    if not isinstance(code, str) or len(code) > MOST:
        raise ImageError(text("player.error.scribbles"))
    count = shape[0] * shape[1]
    length = (count + 7) // 8
    reader = zlib.decompressobj()
    try:
        data = reader.decompress(base64.b64decode(code, validate=True), length + 1)
    except (ValueError, zlib.error) as error:
        raise ImageError(text("player.error.scribbles")) from error
    if len(data) != length or not reader.eof or reader.unused_data:
        raise ImageError(text("player.error.scribbles"))
    return np.unpackbits(np.frombuffer(data, np.uint8), count=count).astype(bool).reshape(shape)
