"""What a person gives: a whole mask that they trust to some degree, or painted strokes.

A mask becomes a probability by its `confidence` c: c inside, 1 - c outside. Strokes are bits that hold: at a
painted pixel the prior is exactly 0 or 1, so that by the equations alone y_T, every mean and every y_t there
have the painted value. On solid objects a stroke also speaks for what lies beside it: whoever points at an error
paints its heart, not its outline.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from hidiff.errors import SettingsError

STROKE_ON, STROKE_OFF, STROKE_FREE = 255, 0, 128
EVIDENCE = 6.0  # logits by which a stroke moves the prior at its edge; this and the reach were chosen on val
REACH = 0.7  # of a stroke's half thickness: the standard deviation of the fall-off
_FAR = 3  # standard deviations beyond which a stroke says nothing


def mask_to_prior(mask: NDArray[np.bool_], confidence: float) -> NDArray[np.float32]:
    """mask, any shape -> float32 of that shape: `confidence` where it is set, 1 - confidence elsewhere.

    Raises SettingsError unless 0.5 < confidence < 1.
    """
    if not 0.5 < confidence < 1:
        raise SettingsError(f"The confidence is {confidence:g}; choose a number between 0.5 and 1.")
    return np.where(mask, np.float32(confidence), np.float32(1 - confidence))


def painted(strokes: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """strokes, uint8 of any shape -> (on, off): where a person painted 255 and where 0; 128 and all else is free."""
    return strokes == STROKE_ON, strokes == STROKE_OFF


def speak_for_neighbours(p: NDArray[np.float32], strokes: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The prior with what strokes say of the pixels beside them: its logits moved by `EVIDENCE`, up or down, falling
    off like a Gaussian of `REACH` half thicknesses. p (K,H,W) off 0 and 1; strokes (K,H,W) or (1,H,W).

    What is out of every stroke's reach keeps its number; the painted pixels themselves are for `hold`.
    """
    evidence = np.zeros(strokes.shape, np.float32)
    for sign, part in zip((1, -1), painted(strokes), strict=True):
        for plane, mask in zip(evidence, part, strict=True):
            plane += sign * EVIDENCE * _nearness(mask)
    moved = 1 / (1 + np.exp(-(np.log(p / (1 - p)) + evidence)))
    return np.where(evidence == 0, p, moved).astype(np.float32)


def _nearness(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(H,W): 1 at the mask's edge and within, falling to 0 away from it; 0 everywhere for an empty mask."""
    if not mask.any():
        return np.zeros(mask.shape, np.float32)
    inside = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    away = distance / (REACH * float(inside.max()))
    near: NDArray[np.float32] = np.where(away < _FAR, np.exp(-(away**2) / 2), 0).astype(np.float32)
    return near


def hold(p: NDArray[np.float32], strokes: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The prior with the painted bits in it: exactly 1 and 0 at the strokes. Shapes broadcast."""
    on, off = painted(strokes)
    return np.where(on, np.float32(1), np.where(off, np.float32(0), p)).astype(np.float32)
