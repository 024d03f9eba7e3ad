"""Dice, IoU, shares, boundary distance, the representative sample and the bootstrap: by hand and by brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hidiff.metrics import (
    Interval,
    bootstrap,
    bootstrap_by_group,
    boundary,
    dice,
    hd95,
    iou,
    representative,
    sensitivity,
    specificity,
)

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
@given(MASKS, MASKS, MASKS)
def test_within_is_the_same_as_cutting_the_pixels_out(
    mask: np.ndarray, reference: np.ndarray, within: np.ndarray
) -> None:
    for metric in (dice, iou, sensitivity, specificity):
        assert metric(mask, reference, within) == metric(mask[within], reference[within])


def test_sensitivity_and_specificity_by_hand() -> None:
    assert sensitivity(A, B) == pytest.approx(2 / 4)
    assert specificity(A, B) == pytest.approx(3 / 4)
    assert sensitivity(A, EMPTY) is None
    assert specificity(A, ~EMPTY) is None
    assert sensitivity(EMPTY, A) == 0
    assert specificity(EMPTY, EMPTY) == 1


def brute_boundary(mask: np.ndarray) -> list[tuple[int, int]]:
    height, width = mask.shape
    found = []
    for row, column in zip(*np.nonzero(mask), strict=True):
        near = [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
        if any(not (0 <= r < height and 0 <= c < width) or not mask[r, c] for r, c in near):
            found.append((int(row), int(column)))
    return found


def brute_hd95(mask: np.ndarray, reference: np.ndarray) -> float:
    one, other = (np.array(brute_boundary(m), float) for m in (mask, reference))
    apart = np.sqrt(((one[:, None] - other[None]) ** 2).sum(-1))
    return max(float(np.percentile(apart.min(axis=axis), 95)) for axis in (0, 1))


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**6), st.tuples(st.integers(1, 17), st.integers(1, 23)), st.floats(0.02, 0.95))
def test_hd95_by_brute_force(seed: int, size: tuple[int, int], density: float) -> None:
    rng = np.random.default_rng(seed)
    mask, reference = rng.random(size) < density, rng.random(size) < 0.3
    assert [tuple(place) for place in np.argwhere(boundary(mask))] == sorted(brute_boundary(mask))
    found = hd95(mask, reference)
    if mask.any() and reference.any():
        assert found == pytest.approx(brute_hd95(mask, reference), abs=1e-4)
        assert found == pytest.approx(
            hd95(reference, mask), abs=1e-4
        )  # a distance transform in threads may differ in its last digit
        assert hd95(mask, mask) == 0
    else:
        assert found is None


def test_hd95_of_objects_far_apart_and_at_the_border() -> None:
    mask, reference = np.zeros((40, 90), bool), np.zeros((40, 90), bool)
    mask[0:5, 0:5] = True
    reference[0:5, 80:85] = True
    assert hd95(mask, reference) == pytest.approx(brute_hd95(mask, reference))
    whole = np.ones((6, 7), bool)
    lone = np.zeros((6, 7), bool)
    lone[2, 3] = True
    assert hd95(whole, lone) == pytest.approx(brute_hd95(whole, lone))
    assert hd95(whole, whole) == 0


def test_hd95_of_an_empty_mask_is_not_a_number() -> None:
    assert hd95(A, EMPTY) is None
    assert hd95(EMPTY, A) is None
    assert hd95(EMPTY, EMPTY) is None
    assert hd95(A, A, EMPTY) is None


def test_hd95_within_leaves_the_rest_out() -> None:
    rng = np.random.default_rng(3)
    mask, reference = rng.random((20, 30)) < 0.3, rng.random((20, 30)) < 0.3
    within = np.zeros((20, 30), bool)
    within[4:15, 6:25] = True
    assert hd95(mask, reference, within) == pytest.approx(brute_hd95(mask & within, reference & within), abs=1e-4)


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


def test_groups_of_one_are_cases() -> None:
    values = np.random.default_rng(1).normal(size=30)
    assert bootstrap_by_group(values, np.arange(30)) == bootstrap(values)
    assert bootstrap_by_group(values, np.array([f"patient {i:02}" for i in range(30)])) == bootstrap(values)


def test_frames_of_one_video_are_no_news() -> None:
    by_video = np.random.default_rng(2).normal(size=12)
    frames = np.repeat(by_video, 10)
    videos = np.repeat(np.arange(12), 10)
    found, naive = bootstrap_by_group(frames, videos), bootstrap(frames)
    honest = bootstrap(by_video)
    assert (found.low, found.high) == pytest.approx((honest.low, honest.high))
    assert found.high - found.low > 2 * (naive.high - naive.low)


def test_a_large_group_weighs_by_its_cases() -> None:
    found = bootstrap_by_group(np.array([0.0, 0, 0, 1]), np.array([7, 7, 7, 9]))
    assert found == Interval(0.25, 0.0, 1.0)
