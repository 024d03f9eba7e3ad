"""The Dice curve and average precision from counts, against the pixels themselves; a shift moves neither."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from hidiff.evaluation.calibration import FINE, LIMIT, Counts, log_loss
from hidiff.evaluation.thresholds import HALF, average_precision, best_edge, dice_curve, edge_of, thresholds
from hidiff.metrics import dice


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def logits(seed: int, size: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """z (size,size) within the limits, and a reference that follows it with an offset and a lot of chance."""
    rng = np.random.default_rng(seed)
    z = rng.normal(-1, 2, (size, size)).clip(-7, 7)
    return z, rng.random(z.shape) < sigmoid(1.5 * z - 1)


def case(seed: int, size: int = 60) -> tuple[np.ndarray, np.ndarray]:
    z, reference = logits(seed, size)
    return sigmoid(z).astype(np.float32), reference


def pixel_precision(p: np.ndarray, reference: np.ndarray) -> float:
    """Average precision of the pixels one by one: the mean over the object's of the precision down to each (with its
    equals)."""
    flat, true = p.ravel(), reference.ravel()
    return float(np.mean([true[flat >= value].mean() for value in flat[true]]))


def binned(p: np.ndarray) -> np.ndarray:
    """Each probability at the lower edge of its bin."""
    z = np.log(p.astype(np.float64)) - np.log1p(-p.astype(np.float64))
    return thresholds()[np.floor((z + LIMIT) * FINE / (2 * LIMIT)).astype(int).clip(0, FINE - 1)]


@pytest.mark.parametrize("seed", range(4))
def test_the_curve_is_dice_of_every_mask(seed: int) -> None:
    p, reference = case(seed)
    curve = dice_curve(Counts.of(p, reference))
    z = np.log(p.astype(np.float64)) - np.log1p(-p.astype(np.float64))
    direct = [dice(z >= edge, reference) for edge in np.arange(FINE) * (2 * LIMIT / FINE) - LIMIT]
    np.testing.assert_allclose(curve, direct, atol=1e-12)
    assert curve[HALF] == pytest.approx(dice(p > 0.5, reference))
    assert thresholds()[HALF] == 0.5


@pytest.mark.parametrize("seed", range(4))
def test_average_precision_is_that_of_the_pixels(seed: int) -> None:
    p, reference = case(seed, 120)
    assert average_precision(Counts.of(p, reference)) == pytest.approx(pixel_precision(p, reference), abs=2e-3)


@pytest.mark.parametrize("seed", range(2))
def test_average_precision_is_that_of_the_bins_in_any_order(seed: int) -> None:
    """The sum of (R_n - R_{n-1}) P_n, pixel by pixel, those of one bin in an order of chance, often."""
    p, reference = case(seed)
    rng = np.random.default_rng(seed)
    areas = []
    for _ in range(50):
        order = np.lexsort((rng.random(p.size), -binned(p).ravel()))
        true = reference.ravel()[order]
        recall = np.cumsum(true) / true.sum()
        precision = np.cumsum(true) / np.arange(1, true.size + 1)
        areas.append(np.diff(recall, prepend=0) @ precision)
    assert average_precision(Counts.of(p, reference)) == pytest.approx(np.mean(areas), abs=1e-3)


def test_a_temperature_alone_hardly_shows() -> None:
    """Taking all of a bin for equals, the flattest of these would be 0.02 behind."""
    z, reference = logits(0, 200)
    found = [average_precision(Counts.of(sigmoid(z * k).astype(np.float32), reference)) for k in (1.4, 1, 0.5, 0.25)]
    assert found == pytest.approx([found[0]] * 4, abs=4e-3)
    assert found[:3] == pytest.approx([found[0]] * 3, abs=1e-3)


def test_both_are_known_by_hand() -> None:
    p = np.array([[0.9, 0.7, 0.4, 0.1]], np.float32)
    reference = np.array([[True, False, True, False]])
    counts = Counts.of(p, reference)
    along = 1 - math.log(3 / 2)  # the mean of (1 + x) / (2 + x), x from 0 to 1
    assert average_precision(counts) == pytest.approx(1 / 2 * 1 + 1 / 2 * along)
    curve = dice_curve(counts)
    found = [curve[edge_of(t)] for t in (0.95, 0.8, 0.5, 0.2, 0.05)]
    assert found == pytest.approx([0, 2 / 3, 1 / 2, 4 / 5, 2 / 3])
    assert best_edge(curve) == HALF - 5  # of the thresholds between 0.1 and 0.4 the one nearest to 0.5


def test_only_pixels_that_count_are_asked() -> None:
    p, reference = case(5)
    within = np.zeros(p.shape, bool)
    within[:, 10:40] = True
    inside, alone = Counts.of(p, reference, within), Counts.of(p[:, 10:40], reference[:, 10:40])
    np.testing.assert_array_equal(dice_curve(inside), dice_curve(alone))
    assert average_precision(inside) == average_precision(alone)


def test_empty_and_full_references() -> None:
    p = np.array([[0.2, 0.6]], np.float32)
    nothing = Counts.of(p, np.zeros((1, 2), bool))
    assert average_precision(nothing) is None
    assert dice_curve(nothing)[[0, HALF, FINE - 1]].tolist() == [0, 0, 1]  # as `dice` has it: two empty masks agree
    everything = Counts.of(p, np.ones((1, 2), bool))
    assert average_precision(everything) == pytest.approx(1)
    assert dice_curve(everything)[0] == 1
    sure = Counts.of(np.array([[0, 1]], np.float32), np.array([[False, True]]))
    assert average_precision(sure) == pytest.approx(1)
    assert dice_curve(sure)[1:].tolist() == [1] * (FINE - 1)
    assert best_edge(dice_curve(sure)) == HALF


@pytest.mark.parametrize("c", [-3.0, -1.0, 0.5, 2.0, 0.123, -0.456])
def test_a_shift_of_the_operating_point_fakes_nothing_but_dice_at_one_half(c: float) -> None:
    masks = [logits(seed, 120) for seed in range(3)]
    plain = [Counts.of(sigmoid(z).astype(np.float32), reference) for z, reference in masks]
    moved = [Counts.of(sigmoid(z + c).astype(np.float32), reference) for z, reference in masks]
    before, after = (np.mean([dice_curve(one) for one in many], axis=0) for many in (plain, moved))
    assert abs(after[HALF] - before[HALF]) > 0.004
    assert after.max() == pytest.approx(before.max(), abs=2e-3)
    places = np.log(thresholds()[[best_edge(before), best_edge(after)]])
    places -= np.log1p(-thresholds()[[best_edge(before), best_edge(after)]])
    assert places[1] - places[0] == pytest.approx(c, abs=0.3)  # the threshold moves along, the Dice there stays
    for one, other in zip(plain, moved, strict=True):
        assert average_precision(other) == pytest.approx(average_precision(one), abs=2e-3)
    assert abs(log_loss(Counts.mean(moved)) - log_loss(Counts.mean(plain))) > 1e-3


def test_knowing_more_is_seen() -> None:
    rng = np.random.default_rng(0)
    z, reference = logits(1)
    better = (z + np.where(reference, 1, -1) * rng.random(z.shape)).clip(-9, 9)
    plain, more = (Counts.of(sigmoid(one).astype(np.float32), reference) for one in (z, better))
    assert dice_curve(more).max() > dice_curve(plain).max() + 0.01
    assert (average_precision(more) or 0) > (average_precision(plain) or 0) + 0.01


def test_what_the_store_keeps_gives_the_same() -> None:
    counts = Counts.of(*case(8))
    again = Counts.from_json(json.loads(json.dumps(counts.to_json())))
    np.testing.assert_allclose(dice_curve(again), dice_curve(counts), rtol=1e-7)
    assert average_precision(again) == pytest.approx(average_precision(counts), rel=1e-7)
    assert best_edge(dice_curve(again)) == best_edge(dice_curve(counts))


def test_a_threshold_finds_its_edge_again() -> None:
    for edge, value in enumerate(thresholds()):
        assert edge_of(float(f"{value:.7g}")) == edge  # as a report rounds it
    assert edge_of(1e-9) == 0 and edge_of(1 - 1e-9) == FINE - 1
    for wrong in (0, 1, -0.1, float("nan")):
        with pytest.raises(ValueError, match="not between 0 and 1"):
            edge_of(wrong)
