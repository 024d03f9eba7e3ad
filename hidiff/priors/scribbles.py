"""Scribbles: bits that a person paints into a prior, and that hold or are only a proposal.

What holds: at a painted pixel the prior is exactly 0 or 1, so that by the equations alone y_T, every mean and every y_t
there have the painted value. On solid objects a scribble also speaks for what lies beside it: whoever points at an
error paints its heart, not its outline.

What is proposed: at a painted pixel the prior is nearly sure, as the segmentor might have been, and the chain may take
it back.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from hidiff.errors import ImageError
from hidiff.imaging.files import MAX_PIXELS, read_image
from hidiff.imaging.headers import read_header

SCRIBBLE_ON, SCRIBBLE_OFF, SCRIBBLE_FREE = 255, 0, 128
EVIDENCE = 6.0  # logits by which a scribble moves the prior at its edge; this and the reach were chosen on val
REACH = 0.7  # of a scribble's half thickness: the standard deviation of the fall-off
PROPOSED = 0.9  # the probability of a bit that was painted and may be taken back; chosen on the examples
_FAR = 3  # standard deviations beyond which a scribble says nothing


def scribble_masks(scribbles: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """scribbles, uint8 of any shape -> (on, off): where a person painted 255 and where 0; 128 and all else is free."""
    return scribbles == SCRIBBLE_ON, scribbles == SCRIBBLE_OFF


def propagate_scribbles(p: NDArray[np.float32], scribbles: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The prior with what scribbles say of the pixels beside them: its logits moved by `EVIDENCE`, up or down, falling
    off like a Gaussian of `REACH` half thicknesses. p (K,H,W) off 0 and 1; scribbles (K,H,W) or (1,H,W).

    What is out of every scribble's reach keeps its number; the painted pixels themselves are for `impose_scribbles`.
    """
    evidence = np.zeros(scribbles.shape, np.float32)
    for sign, part in zip((1, -1), scribble_masks(scribbles), strict=True):
        for plane, mask in zip(evidence, part, strict=True):
            plane += sign * EVIDENCE * _nearness(mask)
    moved = 1 / (1 + np.exp(-(np.log(p / (1 - p)) + evidence)))
    return np.where(evidence == 0, p, moved).astype(np.float32)


def _nearness(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(H,W): 1 at the mask's edge and within, falling to 0 away from it; 0 everywhere for an empty mask."""
    if not mask.any():
        return np.zeros(mask.shape, np.float32)
    distances = (
        cv2.distanceTransform(plane.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        for plane in (np.pad(mask, 1), ~mask)
    )
    # Squared they are whole numbers. As they come, their last digit depends on where in memory they lie.
    thick, away = (np.rint(distance.astype(np.float64) ** 2) for distance in distances)
    away /= REACH**2 * thick.max()
    near: NDArray[np.float32] = np.where(away < _FAR**2, np.exp(-away / 2), 0).astype(np.float32)
    return near


def impose_scribbles(p: NDArray[np.float32], scribbles: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The prior with the painted bits in it: exactly 1 and 0 at the scribbles. Shapes broadcast."""
    on, off = scribble_masks(scribbles)
    return np.where(on, np.float32(1), np.where(off, np.float32(0), p)).astype(np.float32)


def propose_scribbles(p: NDArray[np.float32], scribbles: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The prior with the painted bits as a proposal: `PROPOSED` at least where they are on, 1 minus it at most where
    they are off. Shapes broadcast; twice is as once."""
    on, off = scribble_masks(scribbles)
    sure, doubtful = np.float32(PROPOSED), np.float32(1 - PROPOSED)
    proposed = np.where(on, np.maximum(p, sure), np.where(off, np.minimum(p, doubtful), p))
    return proposed.astype(np.float32)


def read_scribbles(source: Path, name: str | None = None) -> NDArray[np.uint8]:
    """A PNG of painted bits -> uint8 (H,W): white is 255 (on), black 0 (off), every other colour 128 (free).

    name: what to call the file in an error, instead of the path's own. Raises ImageError when it is no such file.
    Transparency is refused: it could mean black as well as free.
    """
    name = source.name if name is None else name
    picture = read_image(source, name)
    header = read_header(source.read_bytes(), MAX_PIXELS)
    if header.kind != "PNG":
        raise ImageError(f"{name} is a {header.kind} and scribbles must be exact; save them as a PNG.")
    if header.straight_alpha:
        raise ImageError(f"{name} has transparency; save the scribbles without it: 255 on, 0 off, 128 free.")
    scribbles = np.full(picture.shape[:2], SCRIBBLE_FREE, np.uint8)
    scribbles[(picture == 255).all(axis=2)] = SCRIBBLE_ON
    scribbles[(picture == 0).all(axis=2)] = SCRIBBLE_OFF
    return scribbles


def encode_scribbles(scribbles: NDArray[np.uint8]) -> bytes:
    """Scribbles (H,W) as a PNG of grey, as `segment --scribbles` reads it."""
    _, data = cv2.imencode(".png", np.ascontiguousarray(scribbles))
    return data.tobytes()


def decode_scribbles(png: bytes) -> NDArray[np.uint8]:
    """The inverse of `encode_scribbles`."""
    scribbles: Any = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    if scribbles is None:
        raise ImageError("The scribbles cannot be read any more; paint them again.")
    return np.asarray(scribbles, np.uint8)
