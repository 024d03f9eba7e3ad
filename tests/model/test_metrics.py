"""Dice, IoU, the representative sample and the bootstrap, against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hidiff.metrics import Interval, bootstrap, dice, iou, representative

A = np.array([[1, 1, 1, 0], [0, 0, 0, 0]], bool)
B = np.array([[0, 1, 1, 1], [1, 0, 0, 0]], bool)
EMPTY = np.zeros((2, 4), bool)
MASKS = arrays(bool, (3, 5))


def test_dice_and_iou_by_hand() -> None:
    assert dice(A, B) == pytest.approx(4 / 7)
    assert iou(A, B) == pytest.approx(2 / 5)
    assert dice(A, A) == iou(A, A) == 1
    assert dice(A, ~A) == iou(A, ~A) == 0


def test_empty_masks() -> None:
    assert dice(EMPTY, EMPTY) == iou(EMPTY, EMPTY) == 1
    assert dice(A, EMPTY) == dice(EMPTY, A) == iou(A, EMPTY) == iou(EMPTY, A) == 0


def test_dice_within_counts_only_those_pixels() -> None:
    within = np.array([[1, 1, 0, 0], [1, 1, 1, 1]], bool)
    assert dice(A, B, within) == pytest.approx(2 * 1 / (2 + 2))
    assert dice(A, B, np.ones_like(A)) == dice(A, B)
    assert dice(A, B, EMPTY) == 1
    outside = A.copy()
    outside[0, 2:] ^= True
    assert dice(outside, B, within) == dice(A, B, within)


@settings(max_examples=60, deadline=None)
@given(MASKS, MASKS)
def test_dice_and_iou_belong_together(mask: np.ndarray, reference: np.ndarray) -> None:
    d, j = dice(mask, reference), iou(mask, reference)
    assert d == dice(reference, mask)
    assert j == iou(reference, mask)
    assert 0 <= j <= d <= 1
    assert d == pytest.approx(2 * j / (1 + j))
    assert (d == 1) == np.array_equal(mask, reference)


def test_the_representative_agrees_most() -> None:
    base = np.zeros((8, 8), bool)
    base[2:6, 2:6] = True
    bigger, elsewhere = base.copy(), np.roll(base, 4, axis=1)
    bigger[6, 2:6] = True
    assert representative(np.stack([elsewhere, base, bigger])) == 1
    assert representative(np.stack([bigger, elsewhere, base, base])) == 2
    assert representative(np.stack([base, base])) == 0
    assert representative(base[None]) == 0
    assert representative(np.zeros((3, 4, 4), bool)) == 0


def test_masks_may_have_any_shape() -> None:
    masks = np.random.default_rng(0).random((5, 2, 6, 7)) < 0.4
    assert representative(masks) == representative(masks.reshape(5, -1))


@settings(max_examples=40, deadline=None)
@given(arrays(bool, st.tuples(st.integers(1, 6), st.integers(1, 4), st.just(3))))
def test_the_representative_has_the_largest_mean_dice_to_the_others(masks: np.ndarray) -> None:
    count = len(masks)
    agreement = [sum(dice(a, b) for j, b in enumerate(masks) if j != i) for i, a in enumerate(masks)]
    chosen = representative(masks)
    assert 0 <= chosen < count
    assert agreement[chosen] == pytest.approx(max(agreement), abs=1e-9)


def test_the_bootstrap_of_equal_values_is_a_point() -> None:
    assert bootstrap(np.full(7, 0.25)) == Interval(0.25, 0.25, 0.25)


def test_the_bootstrap_of_a_coin() -> None:
    # the mean of n = 100 draws from 30 ones and 70 zeros: standard deviation sqrt(.21 / 100) = .0458
    values = np.repeat([1.0, 0.0], [30, 70])
    found = bootstrap(values)
    assert found.mean == pytest.approx(0.3)
    assert found.low == pytest.approx(0.3 - 1.96 * 0.0458, abs=0.012)
    assert found.high == pytest.approx(0.3 + 1.96 * 0.0458, abs=0.012)
    narrow = bootstrap(values, level=0.5)
    assert narrow.low == pytest.approx(0.3 - 0.674 * 0.0458, abs=0.012)
    assert narrow.high == pytest.approx(0.3 + 0.674 * 0.0458, abs=0.012)


def test_the_bootstrap_is_seeded_and_moves_with_the_values() -> None:
    values = np.random.default_rng(4).normal(size=25)
    assert bootstrap(values, seed=1) == bootstrap(values, seed=1)
    assert bootstrap(values, seed=1) != bootstrap(values, seed=2)
    plain, moved = bootstrap(values), bootstrap(values * 2 + 5)
    for name in ("mean", "low", "high"):
        assert getattr(moved, name) == pytest.approx(2 * getattr(plain, name) + 5)
    assert plain.low < plain.mean < plain.high
    assert values.min() <= plain.low and plain.high <= values.max()


def test_one_value_is_its_own_interval() -> None:
    assert bootstrap(np.array([0.5])) == Interval(0.5, 0.5, 0.5)
