"""Array types, `Image` (uint8), `Mask` (bool) and `Map` (float32), each of the shape that its user states; prior kinds.

H, W are rows and columns of an image, h, w those of the working frame, K the classes, N samples, S steps.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""RGB samples 0..255, (H,W,3); a grey picture is (H,W)."""

Mask = NDArray[np.bool_]
"""Bits, True where the structure is: (K,H,W), or (H,W) for one class; a chain's are (N,K,h,w)."""

Map = NDArray[np.float32]
"""Real values a pixel, mostly probabilities 0..1, in the shapes of a mask."""

PriorKind = Literal["segmentor", "unknown", "scribbles"]
PRIOR_KINDS: tuple[PriorKind, ...] = get_args(PriorKind)
"""Whose prior it is, in the order of the denoiser's rows: the segmentor's, anybody's, one with scribbles that hold."""
