"""What a person gives: a whole mask that they trust to some degree, or painted strokes.

A mask becomes a probability by its `confidence` c: c inside, 1 - c outside. Strokes are bits that hold: at a
painted pixel the prior is exactly 0 or 1, so that by the equations alone y_T, every mean and every y_t there
have the painted value.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hidiff.errors import SettingsError

STROKE_ON, STROKE_OFF, STROKE_FREE = 255, 0, 128


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


def hold(p: NDArray[np.float32], strokes: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The prior with the painted bits in it: exactly 1 and 0 at the strokes. Shapes broadcast."""
    on, off = painted(strokes)
    return np.where(on, np.float32(1), np.where(off, np.float32(0), p)).astype(np.float32)
