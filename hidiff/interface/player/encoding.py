"""Maps and bits -> short text for the player, and back.

A map of numbers in 0..1 travels in whole levels; where a level would move a number too far, or turn a comparison
round, the number itself is sent along. `web/math.js` reads what is written here.
"""

from __future__ import annotations

import base64
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

FINE, COARSE = 510, 254  # levels of a map; even, so that one half is a level of its own
MANY = 200_000  # pixels beyond which levels are coarse, so that a trace stays small
TOLERANCE = 1.5e-3  # how far a mean may be from the trace's
ODDS = 7  # log-odds; a prior is clipped to +-6.91

Coded = dict[str, Any]
Numbers = NDArray[np.floating[Any]]
Bits = NDArray[np.bool_]


def levels(values: Numbers, top: int, odds: bool = False) -> NDArray[np.uint16]:
    """values (h,w), 0..1 -> whole numbers 0..top; what is above, at or below one half stays so.

    odds: the levels are even steps of the log-odds within +-ODDS, and the first and the last are 0 and 1 exactly.
    """
    exact = np.clip(values.astype(np.float64), 0, 1)
    half = top // 2
    if odds:
        inner = np.clip(exact, 1e-9, 1 - 1e-9)
        nearest = np.clip(np.round(half * (1 + np.log(inner / (1 - inner)) / ODDS)), 1, top - 1)
        nearest = np.where(exact == 0, 0, np.where(exact == 1, top, nearest))
    else:
        nearest = np.round(exact * top)
    nearest = np.where(exact > 0.5, np.maximum(nearest, half + 1), nearest)
    nearest = np.where(exact < 0.5, np.minimum(nearest, half - 1), nearest)
    return np.where(exact == 0.5, half, nearest).astype(np.uint16)


def coded(values: Numbers, top: int | None = None, exact: Bits | None = None, odds: bool = False) -> Coded:
    """values (h,w), 0..1 -> JSON. top: levels, by default fine or coarse. odds: see `levels`.

    exact (h,w): where the float32 itself is sent, beside the level.
    """
    top = _top(values) if top is None else top
    whole = levels(values, top, odds).ravel()
    planes = whole.astype(np.uint8).tobytes()
    if top > 255:
        planes += (whole >> 8).astype(np.uint8).tobytes()
    out: Coded = {"top": top, "odds": ODDS if odds else 0, "data": packed(planes)}
    if exact is not None and exact.any():
        places = np.flatnonzero(exact)
        out["at"] = packed(places.astype("<u4").tobytes())
        out["exact"] = packed(values.ravel()[places].astype("<f4").tobytes())
    return out


def decoded(code: Coded, shape: tuple[int, int]) -> NDArray[np.float64]:
    """The inverse of `coded`, as the player does it."""
    planes = np.frombuffer(unpacked(code["data"]), np.uint8).reshape(-1, shape[0] * shape[1]).astype(np.uint16)
    values = _read(planes[0] + (256 * planes[1] if len(planes) > 1 else 0), code["top"], bool(code["odds"]))
    if "at" in code:
        places = np.frombuffer(unpacked(code["at"]), "<u4")
        values[places] = np.frombuffer(unpacked(code["exact"]), "<f4")
    return values.reshape(shape)


def rounded(values: Numbers, top: int | None = None, odds: bool = False) -> NDArray[np.float64]:
    """The values as the player reads them where nothing is sent exactly."""
    top = _top(values) if top is None else top
    return _read(levels(values, top, odds), top, odds)


def _top(values: Numbers) -> int:
    return FINE if values.size <= MANY else COARSE


def _read(whole: NDArray[np.uint16], top: int, odds: bool) -> NDArray[np.float64]:
    table = np.arange(top + 1, dtype=np.float64) / top
    if odds:
        table[1:-1] = 1 / (1 + np.exp(-ODDS * (2 * table[1:-1] - 1)))
    read: NDArray[np.float64] = table.astype(np.float32).astype(np.float64)[whole]
    return read


def bits(mask: Bits) -> str:
    """mask (h,w) -> its bits, eight a byte, the first in the highest place."""
    return packed(np.packbits(mask).tobytes())


def mask_of(code: str, shape: tuple[int, int]) -> Bits:
    """The inverse of `bits`."""
    flat = np.unpackbits(np.frombuffer(unpacked(code), np.uint8), count=shape[0] * shape[1])
    return flat.astype(bool).reshape(shape)


def packed(data: bytes) -> str:
    """zlib in base64."""
    return base64.b64encode(zlib.compress(data, 6)).decode("ascii")


def unpacked(code: str) -> bytes:
    """The inverse of `packed`."""
    return zlib.decompress(base64.b64decode(code))
