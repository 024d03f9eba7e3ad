"""The simulated hand: rough masks about the object, scribbles at the heart of an error."""

from __future__ import annotations

import numpy as np
import pytest
from small_model import disc

from hidiff.metrics import dice
from hidiff.priors.scribbles import SCRIBBLE_FREE, SCRIBBLE_OFF, SCRIBBLE_ON
from hidiff.priors.simulated_user import bounding_box, edit, rough_ellipse, scribble_at_largest_error

H, W = 120, 160
NOTHING = np.zeros((H, W), bool)
SEEDS = range(25)


def ellipse() -> np.ndarray:
    rows, columns = np.indices((H, W))
    return ((rows - 70) / 20) ** 2 + ((columns - 60) / 35) ** 2 <= 1


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rough_ellipse_lies_about_the_object(seed: int) -> None:
    reference = ellipse()
    rough = rough_ellipse(reference, np.random.default_rng(seed))
    assert rough.dtype == bool
    assert rough.shape == (H, W)
    rows, columns = np.nonzero(rough)
    wander = 0.016 * W + 1
    assert abs(rows.mean() - 70) <= wander
    assert abs(columns.mean() - 60) <= wander
    # of a filled ellipse the standard deviation is half the half-axis: 1.3 to 2.1 times that
    for values, half_axis in ((rows, 20), (columns, 35)):
        assert 0.65 * half_axis - 1.5 <= (values.max() - values.min()) / 2 <= 1.05 * half_axis + 1.5
    assert 0.5 < dice(rough, reference) < 1


def test_a_rough_ellipse_depends_on_its_seed_alone() -> None:
    draws = [rough_ellipse(ellipse(), np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert np.array_equal(draws[0], draws[1])
    assert not np.array_equal(draws[0], draws[2])


def test_nothing_gives_nothing() -> None:
    assert not rough_ellipse(NOTHING, np.random.default_rng(0)).any()
    assert not bounding_box(NOTHING).any()
    assert bounding_box(NOTHING).shape == (H, W)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_lone_pixel_has_an_ellipse_too(seed: int) -> None:
    lone = NOTHING.copy()
    lone[50, 50] = True
    rows, columns = np.nonzero(rough_ellipse(lone, np.random.default_rng(seed)))
    assert rows.size > 9
    assert abs(rows.mean() - 50) < 4 and abs(columns.mean() - 50) < 4


def test_the_bounding_box() -> None:
    reference = NOTHING.copy()
    reference[10, 40] = reference[30, 5] = reference[22, 90] = True
    expected = NOTHING.copy()
    expected[10:31, 5:91] = True
    assert np.array_equal(bounding_box(reference), expected)
    edge = NOTHING.copy()
    edge[0, 0] = edge[-1, -1] = True
    assert bounding_box(edge).all()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("value", [SCRIBBLE_ON, SCRIBBLE_OFF])
def test_a_scribble_lies_at_the_heart_of_the_largest_error(value: int, seed: int) -> None:
    large, lesser = disc(H, W, 60, 110, 16), disc(H, W, 30, 30, 9)
    right = disc(H, W, 95, 40, 14)
    more, less = right | large, right | lesser
    mask, reference = (less, more) if value == SCRIBBLE_ON else (more, less)
    scribbles = scribble_at_largest_error(mask, reference, np.random.default_rng(seed))
    assert scribbles.dtype == np.uint8
    assert scribbles.shape == (H, W)
    assert set(np.unique(scribbles)) == {SCRIBBLE_FREE, value}
    rows, columns = np.nonzero(scribbles == value)
    assert abs(rows.mean() - 60) < 3 and abs(columns.mean() - 110) < 3
    radius = (rows.max() - rows.min()) / 2
    assert 0.6 * 16 <= radius <= 1.15 * 16 + 1
    assert large[rows, columns].mean() > 0.8


@pytest.mark.parametrize("seed", SEEDS)
def test_a_scribble_mends(seed: int) -> None:
    reference, mask = ellipse(), disc(H, W, 70, 40, 18)
    scribbles = scribble_at_largest_error(mask, reference, np.random.default_rng(seed))
    assert dice(edit(mask, scribbles), reference) > dice(mask, reference)


def test_the_heart_is_found_at_the_border_too() -> None:
    reference = NOTHING.copy()
    reference[:31, :31] = True  # a corner: its deepest point is 15 pixels from both inner edges, not the corner itself
    rows, columns = np.nonzero(scribble_at_largest_error(NOTHING, reference, np.random.default_rng(0)) == SCRIBBLE_ON)
    assert abs(rows.mean() - 15) < 2.5 and abs(columns.mean() - 15) < 2.5


def test_nothing_is_painted_where_nothing_is_wrong() -> None:
    free = np.full((H, W), SCRIBBLE_FREE, np.uint8)
    assert np.array_equal(scribble_at_largest_error(ellipse(), ellipse(), np.random.default_rng(0)), free)


def test_errors_below_the_smallest_share_are_left_alone() -> None:
    mask = NOTHING.copy()
    mask[50:53, 50:53] = True  # 9 of 19,200 pixels: 4.7e-4
    for smallest, painted in ((4e-4, True), (3e-4, True), (5e-4, False), (9 / (H * W), False)):
        scribbles = scribble_at_largest_error(mask, NOTHING, np.random.default_rng(0), smallest=smallest)
        assert (scribbles != SCRIBBLE_FREE).any() == painted
    assert (scribble_at_largest_error(mask, NOTHING, np.random.default_rng(0)) == SCRIBBLE_OFF).any()


def test_scribbles_depend_on_their_seed_alone_and_change_nothing() -> None:
    mask, reference = disc(H, W, 70, 40, 18), ellipse()
    copies = mask.copy(), reference.copy()
    draws = [scribble_at_largest_error(mask, reference, np.random.default_rng(seed)) for seed in (3, 3, 4, 5, 6)]
    assert np.array_equal(draws[0], draws[1])
    assert any(not np.array_equal(draws[0], other) for other in draws[2:])
    assert np.array_equal(mask, copies[0]) and np.array_equal(reference, copies[1])


def test_an_edit_puts_the_scribbles_into_the_mask() -> None:
    mask = np.array([True, True, True, False, False, False])
    scribbles = np.array([255, 0, 128, 255, 0, 128], np.uint8)
    assert edit(mask, scribbles).tolist() == [True, False, True, True, False, False]
    assert mask.tolist() == [True, True, True, False, False, False]
