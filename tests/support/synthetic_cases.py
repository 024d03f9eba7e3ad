"""Packs of drawn cases, without files: a bright disc on grey, elsewhere in each case."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hidiff.data.cases import Case, Pack

_PLACES = ((0.3, 0.35), (0.6, 0.3), (0.35, 0.7), (0.65, 0.65))


def bright_pack(side: int) -> Pack:
    """Four cases on square canvases of `side` pixels."""
    rows, columns = np.indices((side, side))
    masks = np.stack([(rows - r * side) ** 2 + (columns - c * side) ** 2 <= (0.18 * side) ** 2 for r, c in _PLACES])
    rng = np.random.default_rng(0)
    images = np.where(masks[..., None], 200, 60) + rng.integers(0, 40, (*masks.shape, 3))
    cases = tuple(Case("made", str(i), Path(f"{i}.png"), Path(f"{i}m.png"), str(i), "train") for i in range(4))
    content = np.tile(np.array([0, 0, side, side]), (4, 1))
    return Pack(cases, images.astype(np.uint8), masks.astype(np.uint8) * 255, content)
