"""A mask that is trusted to a degree, and scribbles that hold."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from hidiff.errors import SettingsError
from hidiff.priors.scribbles import (
    EVIDENCE,
    SCRIBBLE_FREE,
    SCRIBBLE_OFF,
    SCRIBBLE_ON,
    impose_scribbles,
    propagate_scribbles,
    scribble_masks,
)
from hidiff.priors.sources import mask_to_prior


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


def test_scribbles_have_three_values() -> None:
    scribbles = np.arange(256, dtype=np.uint8)
    on, off = scribble_masks(scribbles)
    assert np.flatnonzero(on).tolist() == [SCRIBBLE_ON] == [255]
    assert np.flatnonzero(off).tolist() == [SCRIBBLE_OFF] == [0]
    assert SCRIBBLE_FREE == 128


def test_scribbles_hold_exactly() -> None:
    p = np.linspace(0.1, 0.9, 5, dtype=np.float32)
    scribbles = np.array([255, 0, 128, 255, 77], np.uint8)
    held = impose_scribbles(p, scribbles)
    assert held.dtype == np.float32
    assert held.tolist() == [1.0, 0.0, p[2], 1.0, p[4]]
    assert np.array_equal(p, np.linspace(0.1, 0.9, 5, dtype=np.float32))
    assert not np.shares_memory(held, p)


def test_scribbles_of_one_plane_hold_in_every_class() -> None:
    p = np.full((3, 2, 2), 0.4, np.float32)
    scribbles = np.array([[[255, 128], [0, 128]]], np.uint8)
    held = impose_scribbles(p, scribbles)
    assert held.shape == (3, 2, 2)
    assert (held[:, 0, 0] == 1).all() and (held[:, 1, 0] == 0).all()
    assert np.array_equal(held[:, :, 1], p[:, :, 1])


def bar(value: int, thickness: int) -> np.ndarray:
    """A scribble across the middle of 41 rows."""
    scribbles = np.full((1, 41, 60), SCRIBBLE_FREE, np.uint8)
    scribbles[:, 20 - thickness // 2 : 21 + thickness // 2] = value
    return scribbles


def logit(p: np.ndarray) -> np.ndarray:
    return np.log(p / (1 - p))


@pytest.mark.parametrize(("value", "sign"), [(SCRIBBLE_ON, 1), (SCRIBBLE_OFF, -1)])
def test_a_scribble_moves_the_logits_beside_it_less_and_less(value: int, sign: int) -> None:
    p = np.full((1, 41, 60), 0.3, np.float32)
    moved = sign * (logit(propagate_scribbles(p, bar(value, 9))) - logit(p))[0, :, 30]
    assert moved[20] == pytest.approx(EVIDENCE, abs=1e-3)
    outside = moved[25:]
    assert 0.5 * EVIDENCE < outside[0] < EVIDENCE
    assert (np.diff(outside) <= 1e-6).all()
    assert (outside[12:] == 0).all()


def test_a_thick_scribble_reaches_farther() -> None:
    p = np.full((1, 41, 60), 0.3, np.float32)
    reached = [(propagate_scribbles(p, bar(SCRIBBLE_ON, thickness)) != p).sum() for thickness in (1, 5, 9)]
    assert reached[0] < reached[1] < reached[2]


def test_free_scribbles_say_nothing_and_two_that_disagree_are_level_between() -> None:
    p = np.linspace(0.1, 0.9, 41 * 60, dtype=np.float32).reshape(1, 41, 60)
    assert np.array_equal(propagate_scribbles(p, np.full(p.shape, SCRIBBLE_FREE, np.uint8)), p)
    p = np.full((2, 41, 60), 0.3, np.float32)
    scribbles = np.full((1, 41, 60), SCRIBBLE_FREE, np.uint8)
    scribbles[:, 14:19], scribbles[:, 22:27] = SCRIBBLE_ON, SCRIBBLE_OFF
    both = propagate_scribbles(p, scribbles)
    assert both.shape == p.shape
    assert both[:, 20] == pytest.approx(p[:, 20], abs=1e-5)
    assert both[0, 12, 30] > 0.3 > both[0, 28, 30]


def test_the_reach_of_a_scribble_has_the_same_bits_wherever_it_lies_in_memory() -> None:
    scribbles = np.full((1, 64, 64), 128, np.uint8)
    cv2.circle(scribbles[0], (40, 33), 4, 255, -1)
    scribbles[0, 29:37, 12:20] = 0
    p, kept, seen = np.full((1, 64, 64), 0.3, np.float32), [], set()
    for i in range(60):
        kept.append(np.zeros(97 + 13 * i, np.uint8))
        seen.add(propagate_scribbles(p, scribbles).tobytes())
    assert len(seen) == 1
