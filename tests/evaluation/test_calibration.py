"""Probabilities that mean what they say: counts, calibration error and temperature, against direct sums."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_model import build, config, picture

from hidiff.checkpoints.config import HiDiffConfig
from hidiff.errors import WeightsError
from hidiff.evaluation.calibration import Counts, describe, expected_error, fit_temperature, log_loss, reliability
from hidiff.pipeline import HiDiff
from hidiff.refinement.temperature import Temperatures, temper


def case(seed: int, temperature: float = 1.0, size: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """p (size,size) and a reference that follows sigmoid(logit(p) / temperature)."""
    rng = np.random.default_rng(seed)
    z = rng.normal(0, 3, (size, size))
    p = 1 / (1 + np.exp(-z))
    return p.astype(np.float32), rng.random(p.shape) < 1 / (1 + np.exp(-z / temperature))


def direct_error(p: np.ndarray, reference: np.ndarray, bins: int) -> float:
    place = np.minimum((p.astype(np.float64) * bins).astype(int), bins - 1)
    total = 0.0
    for b in range(bins):
        inside = place == b
        if inside.any():
            total += inside.mean() * abs(p[inside].mean(dtype=np.float64) - reference[inside].mean())
    return total


@pytest.mark.parametrize("bins", [5, 15])
@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_error_is_that_of_the_pixels(bins: int, temperature: float) -> None:
    p, reference = case(1, temperature)
    found = expected_error(reliability(Counts.of(p, reference), bins=bins))
    assert found == pytest.approx(direct_error(p, reference, bins), abs=2e-3)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_log_loss_is_that_of_the_pixels(temperature: float) -> None:
    p, reference = case(2)
    q = temper(p, temperature).astype(np.float64)
    direct = -np.log(np.where(reference, q, 1 - q)).mean()
    assert log_loss(Counts.of(p, reference), temperature) == pytest.approx(direct, rel=2e-3)


@pytest.mark.parametrize("temperature", [0.4, 1.0, 1.7, 4.0])
def test_the_temperature_that_made_the_reference_is_found(temperature: float) -> None:
    p, reference = case(3, temperature, size=400)
    counts = Counts.of(p, reference)
    found = fit_temperature(counts)
    assert found == pytest.approx(temperature, rel=0.04)
    losses = [log_loss(counts, found * factor) for factor in (1, 0.97, 1.03)]
    assert losses[0] == min(losses)
    said = describe(counts, found)
    assert said["ece_after"] < max(0.01, said["ece_before"])
    assert said["log_loss_after"] <= said["log_loss_before"]


def test_a_table_holds_every_pixel_once() -> None:
    p, reference = case(4)
    rows = reliability(Counts.of(p, reference))
    assert sum(row["share"] for row in rows) == pytest.approx(1)
    assert sum(row["share"] * row["true"] for row in rows) == pytest.approx(reference.mean())
    assert all(row["low"] <= row["said"] <= row["high"] for row in rows)


def test_only_pixels_that_count_are_counted_and_a_case_weighs_one() -> None:
    p, reference = case(5)
    within = np.zeros(p.shape, bool)
    within[:, :50] = True
    inside, alone = Counts.of(p, reference, within), Counts.of(p[:, :50], reference[:, :50])
    np.testing.assert_array_equal(inside.weight, alone.weight)
    np.testing.assert_array_equal(inside.positive, alone.positive)
    small, large = Counts.of(*case(6, size=20)), Counts.of(*case(7, size=300))
    np.testing.assert_allclose(Counts.mean([small, large]).weight, (small.weight + large.weight) / 2)
    assert Counts.mean([small, large]).weight.sum() == pytest.approx(1)


def test_certainty_has_a_finite_loss() -> None:
    p = np.array([[0, 1, 0, 1]], np.float32)
    counts = Counts.of(p, np.array([[False, True, True, False]]))
    assert math.isfinite(log_loss(counts))
    assert math.isfinite(fit_temperature(counts))


def test_counts_survive_json() -> None:
    counts = Counts.of(*case(8))
    again = Counts.from_json(json.loads(json.dumps(counts.to_json())))
    np.testing.assert_allclose(again.weight, counts.weight, rtol=1e-8)
    np.testing.assert_allclose(again.positive, counts.positive, rtol=1e-8)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.floats(0, 1, width=32) | st.sampled_from([0.5, 0.49999997, 0.50000006]), min_size=1, max_size=30),
    st.floats(0.05, 20),
)
def test_a_temperature_moves_nothing_over_one_half(values: list[float], temperature: float) -> None:
    p = np.array(values, np.float32)
    q = temper(p, temperature)
    assert q.dtype == np.float32
    assert np.array_equal(q > 0.5, p > 0.5)
    assert ((q >= 0) & (q <= 1)).all()
    assert (np.diff(q[np.argsort(p)]) >= 0).all()
    assert np.array_equal(temper(p, 1), p)


def test_what_a_hand_painted_stays_certain() -> None:
    p = np.array([0, 1], np.float32)
    np.testing.assert_array_equal(temper(p, 3.0), p)
    np.testing.assert_array_equal(temper(p, 0.3), p)


def test_a_temperature_by_hand() -> None:
    p = np.array([0.9], np.float32)  # logit(0.9) = log 9; halved, that of 3 : 1
    assert temper(p, 2.0)[0] == pytest.approx(0.75, abs=1e-6)


@pytest.mark.parametrize("value", [0, -1.0, math.nan, math.inf, "warm"])
def test_a_temperature_is_above_zero(value: object) -> None:
    with pytest.raises(ValueError, match="temperature"):
        Temperatures(prior=value)  # type: ignore[arg-type]


def test_the_config_keeps_the_temperatures_and_an_old_one_has_none(tmp_path: Path) -> None:
    data = config().to_json()
    assert data.pop("temperatures") == {"prior": 1.0, "refined": 1.0}
    assert HiDiffConfig.from_json(data).temperatures == Temperatures()
    warm = HiDiffConfig.from_json({**data, "temperatures": {"prior": 1.5, "refined": 0.8}})
    assert warm.temperatures == Temperatures(1.5, 0.8)
    assert HiDiffConfig.from_json(json.loads(json.dumps(warm.to_json()))) == warm
    for wrong in ({"prior": 0}, {"tepid": 1}, [2], {"refined": "hot"}):
        with pytest.raises(WeightsError):
            HiDiffConfig.from_json({**data, "temperatures": wrong})


def test_the_model_reports_calibrated_probabilities_and_the_same_mask() -> None:
    plain = build()
    warm = HiDiff(
        HiDiffConfig.from_json({**plain.config.to_json(), "temperatures": {"prior": 2.0, "refined": 3.0}}),
        plain.segmentor,
        plain.denoiser,
    )
    image = picture()
    p = warm.prior(image).p
    np.testing.assert_array_equal(p, plain.prior(image).p)
    np.testing.assert_array_equal(warm.calibrated(p, "prior"), temper(p, 2.0))
    refined = warm.refine(image).finish().probability()
    np.testing.assert_array_equal(refined, plain.refine(image).finish().probability())
    np.testing.assert_array_equal(warm.calibrated(refined, "refined"), temper(refined, 3.0))
    np.testing.assert_array_equal(plain.calibrated(refined, "refined"), refined)
