"""What a hand proposed changes the prior and nothing else: the chain may take it back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from small_model import disc, picture, small

from hidiff.pipeline import HiDiff
from hidiff.priors.scribbles import PROPOSED, propose_scribbles
from hidiff.priors.views import Prior
from hidiff.refinement.outcome import Outcome

H, W = 90, 140
WAYS: list[dict[str, Any]] = [
    {},
    {"focus": False},
    {"sampler": "plug_in", "steps": 10},
    {"mirror": True, "samples": 5},
    {"aggregate": "mean"},
]


@pytest.fixture(scope="module")
def model() -> HiDiff:
    return small()


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    return picture(H, W)


@pytest.fixture(scope="module")
def soft() -> np.ndarray:
    return np.where(disc(H, W, 45, 70, 16), 0.95, 0.04).astype(np.float32)


def painted() -> np.ndarray:
    """A disc on within the window round the object, one off within the object."""
    scribbles = np.full((H, W), 128, np.uint8)
    scribbles[disc(H, W, 45, 92, 5)] = 255
    scribbles[disc(H, W, 45, 66, 5)] = 0
    return scribbles


def same(one: Outcome, other: Outcome) -> None:
    assert one.window == other.window
    assert np.array_equal(one.p, other.p) and np.array_equal(one.prior_map, other.prior_map)
    assert len(one.steps) == len(other.steps) > 0
    for step, twin in zip(one.steps, other.steps, strict=True):
        assert np.array_equal(step.y_t, twin.y_t) and np.array_equal(step.eps_hat, twin.eps_hat)
    assert np.array_equal(one.probability(), other.probability())


def edited(p: np.ndarray) -> np.ndarray:
    """By hand, pixel by pixel."""
    out = p.copy()
    for row in range(H):
        for column in range(W):
            mark = painted()[row, column]
            if mark == 255:
                out[row, column] = max(out[row, column], np.float32(PROPOSED))
            elif mark == 0:
                out[row, column] = min(out[row, column], np.float32(1 - PROPOSED))
    return out


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_it_is_as_if_the_edited_map_had_been_given(
    model: HiDiff, image: np.ndarray, soft: np.ndarray, way: dict[str, Any]
) -> None:
    """The object and what is painted in it open one window, so the two are the same bits."""
    proposed = model.refine(image, soft, scribbles=painted(), hold=False, **way).finish()
    given = model.refine(image, edited(soft), **way).finish()
    if "focus" not in way:
        assert proposed.window != (0, 0, H, W)
    same(proposed, given)
    assert proposed.scribbles is None


def test_a_proposal_of_the_segmentor_is_edited_as_a_map_is(model: HiDiff, image: np.ndarray) -> None:
    prior = model.prior(image)
    changed = Prior(propose_scribbles(prior.p, painted()[None]), prior.view)
    ways: tuple[dict[str, Any], ...] = ({"focus": False}, {"samples": 2})
    for way in ways:
        proposed = model.refine(image, prior, scribbles=painted(), hold=False, **way).finish()
        fresh = model.refine(image, scribbles=painted(), hold=False, **way).finish()
        same(proposed, fresh)
        assert np.array_equal(proposed.prior_map, changed.p)
        if way.get("focus") is False:
            same(proposed, model.refine(image, changed, **way).finish())


def test_no_bit_is_clamped(model: HiDiff, image: np.ndarray, soft: np.ndarray) -> None:
    refinement = model.refine(image, soft, scribbles=painted(), hold=False, samples=4, steps=10).finish()
    assert ((refinement.p > 0) & (refinement.p < 1)).all()
    on, off = (refinement.frame.map_in((painted() == value)[None]) > 0.99 for value in (255, 0))
    assert refinement.p[on].min() == pytest.approx(PROPOSED, abs=0.02)
    assert refinement.p[off].max() == pytest.approx(1 - PROPOSED, abs=0.02)
    for step in refinement.steps:
        assert (step.eps_hat[:, on | off] > 0).any()
    bits = np.stack([step.y_t for step in refinement.steps])
    assert not bits[:, :, on].all() and bits[:, :, off].any()
    answer = refinement.probability()[0]
    assert ((answer[painted() != 128] > 0) & (answer[painted() != 128] < 1)).all()


def test_the_window_goes_round_what_was_painted(model: HiDiff, image: np.ndarray) -> None:
    empty = np.full((H, W), 0.02, np.float32)
    for value in (0, 255):
        scribbles = np.full((H, W), 128, np.uint8)
        scribbles[70:74, 20:24] = value
        held, proposed = (model.refine(image, empty, scribbles=scribbles, hold=hold).window for hold in (True, False))
        assert held == proposed != (0, 0, H, W)


def test_on_thin_objects_too_and_a_mask_of_ones_own(model: HiDiff, image: np.ndarray, soft: np.ndarray) -> None:
    thin = HiDiff(replace(model.config, task=replace(model.config.task, thin=True)), model.segmentor, model.denoiser)
    same(thin.refine(image, soft, scribbles=painted(), hold=False).finish(), thin.refine(image, edited(soft)).finish())
    mask = disc(H, W, 45, 70, 16)
    proposed = model.refine(image, mask, scribbles=painted(), hold=False, confidence=0.8).finish()
    same(proposed, model.refine(image, edited(np.where(mask, 0.8, 0.2).astype(np.float32))).finish())


def test_nothing_painted_is_nothing_and_held_is_as_ever(model: HiDiff, image: np.ndarray, soft: np.ndarray) -> None:
    free = np.full((H, W), 128, np.uint8)
    same(model.refine(image, soft, scribbles=free, hold=False).finish(), model.refine(image, soft, hold=True).finish())
    same(
        model.refine(image, soft, scribbles=painted()).finish(),
        model.refine(image, soft, scribbles=painted(), hold=True).finish(),
    )


def test_what_is_surer_than_a_proposal_stays_so() -> None:
    p = np.float32([[0.99, 0.5, 0.01, 0.3]])
    on = propose_scribbles(p, np.full((1, 4), 255, np.uint8))
    off = propose_scribbles(p, np.full((1, 4), 0, np.uint8))
    assert np.allclose(on, [[0.99, PROPOSED, PROPOSED, PROPOSED]])
    assert np.allclose(off, [[1 - PROPOSED, 1 - PROPOSED, 0.01, 1 - PROPOSED]])
    assert np.array_equal(propose_scribbles(on, np.full((1, 4), 255, np.uint8)), on)
