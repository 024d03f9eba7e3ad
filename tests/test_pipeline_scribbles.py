"""What a hand painted stays: in every bit of the chain and in the answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from small_model import disc, picture, small

from hidiff.pipeline import HiDiff
from hidiff.refinement import outcome as refinement_module
from hidiff.refinement.chain import Refinement

H, W = 90, 140
WAYS: list[dict[str, Any]] = [
    {},
    {"focus": False},
    {"sampler": "plug_in", "steps": 10},
    {"sampler": "ddim", "steps": 10},
    {"mirror": True, "samples": 5},
    {"aggregate": "mean"},
    {"steps": 1},
]


@pytest.fixture(scope="module")
def model() -> HiDiff:
    return small()


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    return picture(H, W)


@pytest.fixture(scope="module")
def soft() -> np.ndarray:
    return np.where(disc(H, W, 45, 70, 16), 0.9, 0.05).astype(np.float32)


def painted() -> np.ndarray:
    """One disc on, one off, one lone pixel on, one line off."""
    scribbles = np.full((H, W), 128, np.uint8)
    scribbles[disc(H, W, 30, 52, 8)] = 255
    scribbles[disc(H, W, 50, 78, 8)] = 0
    scribbles[66, 60] = 255
    scribbles[20, 40:95] = 0
    return scribbles


def assert_held(refinement: Refinement, scribbles: np.ndarray) -> None:
    """The scribbles stand in the working prior, in every step, and at the original size."""
    on, off = (refinement.frame.map_in((scribbles == value)[None]) for value in (255, 0))
    sure = (on > 0.99) | (off > 0.99)
    assert sure.sum() > 40
    assert (refinement.p[on > 0.99] == 1).all()
    assert (refinement.p[off > 0.99] == 0).all()
    held = (refinement.p == 0) | (refinement.p == 1)
    assert (held | ~sure).all()
    assert not held[(on == 0) & (off == 0)].any()
    truth = refinement.p == 1
    for step in refinement.finish().steps:
        for n in range(refinement.settings.samples):
            assert np.array_equal(step.y_t[n][held], truth[held])
            assert np.array_equal(step.y0_hat[n][held], refinement.p[held])
            assert (step.eps_hat[n][held] == 0).all()
            if step.y_prev is not None:
                assert np.array_equal(step.y_prev[n][held], truth[held])
    answer = refinement.probability()[0]
    assert (answer[scribbles == 255] == 1).all()
    assert (answer[scribbles == 0] == 0).all()
    free = answer[scribbles == 128]
    assert ((free > 0) & (free < 1)).mean() > 0


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_scribbles_hold(model: HiDiff, image: np.ndarray, soft: np.ndarray, way: dict[str, Any]) -> None:
    scribbles = painted()
    refinement = model.refine(image, soft, scribbles=scribbles, **{"samples": 2, **way})
    assert (refinement.window != (0, 0, H, W)) == way.get("focus", True)
    assert_held(refinement, scribbles)


@pytest.mark.parametrize("u", [2.0**-24, 1 - 2.0**-24])
@pytest.mark.parametrize("way", WAYS[:4], ids=str)
def test_scribbles_hold_against_the_most_extreme_noise(
    model: HiDiff,
    image: np.ndarray,
    soft: np.ndarray,
    way: dict[str, Any],
    u: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        refinement_module, "uniform_field", lambda seed, sample, t, shape: np.full(shape, u, np.float32)
    )
    assert_held(model.refine(image, soft, scribbles=painted(), **way), painted())


def test_a_mask_with_scribbles_in_it(model: HiDiff, image: np.ndarray) -> None:
    assert_held(model.refine(image, disc(H, W, 45, 70, 16), scribbles=painted(), confidence=0.95), painted())


def test_free_scribbles_are_none(model: HiDiff, image: np.ndarray, soft: np.ndarray) -> None:
    free = np.full((H, W), 128, np.uint8)
    for focus in (False, True):
        with_, without = (model.refine(image, soft, scribbles=s, focus=focus).finish() for s in (free, None))
        assert with_.window == without.window
        assert np.array_equal(with_.p, without.p)
        assert np.array_equal(with_.probability(), without.probability())
    other = np.full((H, W), 77, np.uint8)  # no scribble has this value
    assert np.array_equal(
        model.refine(image, soft, scribbles=other).finish().probability(),
        model.refine(image, soft).finish().probability(),
    )


def test_a_scribble_leaves_the_prior_far_from_it(model: HiDiff, image: np.ndarray, soft: np.ndarray) -> None:
    with_, without = (model.refine(image, soft, scribbles=s, focus=False) for s in (painted(), None))
    free = (with_.p > 0) & (with_.p < 1)
    assert 0.5 < free.mean() < 1
    far = free & (cv2.distanceTransform(free[0].astype(np.uint8), cv2.DIST_L2, 5)[None] > 12)
    assert far.mean() > 0.2
    assert np.array_equal(with_.p[far], without.p[far])
    assert np.array_equal(with_.prior_map, without.prior_map)
    first = [next(r) for r in (with_, without)]
    assert not np.array_equal(first[0].eps_hat[0][free], first[1].eps_hat[0][free])


def test_a_scribble_speaks_for_its_neighbours_where_objects_are_solid(
    model: HiDiff, image: np.ndarray, soft: np.ndarray
) -> None:
    scribbles = np.full((H, W), 128, np.uint8)
    scribbles[disc(H, W, 45, 70, 8)] = 0
    without = model.refine(image, soft, focus=False).p
    with_ = model.refine(image, soft, scribbles=scribbles, focus=False).p
    lower = (with_ > 0) & (with_ < without)
    assert lower.sum() > 20
    assert not (with_ > without).any()
    config = replace(model.config, task=replace(model.config.task, thin=True))
    thin = HiDiff(config, model.segmentor, model.denoiser)
    p = thin.refine(image, soft, scribbles=scribbles, focus=False).p
    assert np.array_equal(p[p > 0], without[p > 0])


def test_a_scribble_alone_opens_a_window(model: HiDiff, image: np.ndarray) -> None:
    empty = np.full((H, W), 0.02, np.float32)
    assert model.refine(image, empty).window == (0, 0, H, W)
    for value in (0, 255):
        scribbles = np.full((H, W), 128, np.uint8)
        scribbles[70:74, 20:24] = value
        top, left, height, width = model.refine(image, empty, scribbles=scribbles).window
        assert (height, width) != (H, W)
        assert top <= 70 and left <= 20 and top + height >= 74 and left + width >= 24


def test_where_two_scribbles_meet_the_larger_share_wins(model: HiDiff, image: np.ndarray) -> None:
    # four original pixels to one of the canvas
    big = picture(256, 256)
    scribbles = np.full((256, 256), 128, np.uint8)
    scribbles[0:4, 0:3] = 255
    scribbles[0:4, 3:4] = 0
    scribbles[0:4, 4:5] = 255
    scribbles[0:4, 5:8] = 0
    scribbles[4:8, 0:1] = 255  # a quarter
    scribbles[4:6, 4:5] = 255  # an eighth
    scribbles[8:12, 0:1] = 0  # a quarter
    scribbles[8:10, 4:5] = 0  # an eighth
    p = model.refine(big, np.full((256, 256), 0.4, np.float32), scribbles=scribbles, focus=False).p[0]
    assert p[0, 0] == 1
    assert p[0, 1] == 0
    assert p[1, 0] == 1
    assert 0 < p[1, 1] < 1
    assert p[2, 0] == 0
    assert 0 < p[2, 1] < 1
