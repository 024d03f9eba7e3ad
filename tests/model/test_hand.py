"""A mask that is trusted to a degree, and strokes that hold."""

from __future__ import annotations

import numpy as np
import pytest

from hidiff.errors import SettingsError
from hidiff.hand import STROKE_FREE, STROKE_OFF, STROKE_ON, hold, mask_to_prior, painted


def test_a_mask_becomes_a_probability() -> None:
    mask = np.array([[[True, False, True]]])
    p = mask_to_prior(mask, 0.8)
    assert p.dtype == np.float32
    assert p.shape == mask.shape
    assert p.flatten().tolist() == pytest.approx([0.8, 0.2, 0.8])
    assert mask_to_prior(~mask, 0.8) == pytest.approx(1 - p)


@pytest.mark.parametrize("confidence", [0.5, 1.0, 0.0, -1.0, 2.0, float("nan")])
def test_a_confidence_out_of_range_is_refused(confidence: float) -> None:
    with pytest.raises(SettingsError, match=r"onfidence.*between 0.5 and 1\.$"):
        mask_to_prior(np.zeros((2, 2), bool), confidence)


def test_strokes_have_three_values() -> None:
    strokes = np.arange(256, dtype=np.uint8)
    on, off = painted(strokes)
    assert np.flatnonzero(on).tolist() == [STROKE_ON] == [255]
    assert np.flatnonzero(off).tolist() == [STROKE_OFF] == [0]
    assert STROKE_FREE == 128


def test_strokes_hold_exactly() -> None:
    p = np.linspace(0.1, 0.9, 5, dtype=np.float32)
    strokes = np.array([255, 0, 128, 255, 77], np.uint8)
    held = hold(p, strokes)
    assert held.dtype == np.float32
    assert held.tolist() == [1.0, 0.0, p[2], 1.0, p[4]]
    assert np.array_equal(p, np.linspace(0.1, 0.9, 5, dtype=np.float32))
    assert not np.shares_memory(held, p)


def test_strokes_of_one_plane_hold_in_every_class() -> None:
    p = np.full((3, 2, 2), 0.4, np.float32)
    strokes = np.array([[[255, 128], [0, 128]]], np.uint8)
    held = hold(p, strokes)
    assert held.shape == (3, 2, 2)
    assert (held[:, 0, 0] == 1).all() and (held[:, 1, 0] == 0).all()
    assert np.array_equal(held[:, :, 1], p[:, :, 1])
