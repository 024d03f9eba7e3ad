"""What a hand painted stays: in every bit of the chain and in the answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from small_model import disc, picture, small

from hidiff.pipeline import HiDiff
from hidiff.refinement import chain as refinement_module
from hidiff.refinement.chain import Refinement

H, W = 90, 140
WAYS: list[dict[str, Any]] = [
    {},
    {"focus": False},
    {"mean": "plug_in", "steps": 10},
    {"sampler": "ddim", "steps": 10},
    {"flips": True, "samples": 5},
    {"answer": "votes"},
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
    strokes = np.full((H, W), 128, np.uint8)
    strokes[disc(H, W, 30, 52, 8)] = 255
    strokes[disc(H, W, 50, 78, 8)] = 0
    strokes[66, 60] = 255
    strokes[20, 40:95] = 0
    return strokes


def assert_held(refinement: Refinement, strokes: np.ndarray) -> None:
    """The strokes stand in the working prior, in every step, and at the original size."""
    on, off = (refinement.frame.map_in((strokes == value)[None]) for value in (255, 0))
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
    assert (answer[strokes == 255] == 1).all()
    assert (answer[strokes == 0] == 0).all()
    free = answer[strokes == 128]
    assert ((free > 0) & (free < 1)).mean() > 0


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_strokes_hold(model: HiDiff, image: np.ndarray, soft: np.ndarray, way: dict[str, Any]) -> None:
    strokes = painted()
    refinement = model.refine(image, soft, strokes=strokes, **{"samples": 2, **way})
    assert (refinement.window != (0, 0, H, W)) == way.get("focus", True)
    assert_held(refinement, strokes)


@pytest.mark.parametrize("u", [2.0**-24, 1 - 2.0**-24])
@pytest.mark.parametrize("way", WAYS[:4], ids=str)
def test_strokes_hold_against_the_most_extreme_noise(
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
    assert_held(model.refine(image, soft, strokes=painted(), **way), painted())


def test_a_mask_with_strokes_in_it(model: HiDiff, image: np.ndarray) -> None:
    assert_held(model.refine(image, disc(H, W, 45, 70, 16), strokes=painted(), confidence=0.95), painted())


def test_free_strokes_are_none(model: HiDiff, image: np.ndarray, soft: np.ndarray) -> None:
    free = np.full((H, W), 128, np.uint8)
    for focus in (False, True):
        with_, without = (model.refine(image, soft, strokes=s, focus=focus).finish() for s in (free, None))
        assert with_.window == without.window
        assert np.array_equal(with_.p, without.p)
        assert np.array_equal(with_.probability(), without.probability())
    other = np.full((H, W), 77, np.uint8)  # no stroke has this value
    assert np.array_equal(
        model.refine(image, soft, strokes=other).finish().probability(),
        model.refine(image, soft).finish().probability(),
    )


def test_a_stroke_leaves_the_prior_far_from_it(model: HiDiff, image: np.ndarray, soft: np.ndarray) -> None:
    with_, without = (model.refine(image, soft, strokes=s, focus=False) for s in (painted(), None))
    free = (with_.p > 0) & (with_.p < 1)
    assert 0.5 < free.mean() < 1
    far = free & (cv2.distanceTransform(free[0].astype(np.uint8), cv2.DIST_L2, 5)[None] > 12)
    assert far.mean() > 0.2
    assert np.array_equal(with_.p[far], without.p[far])
    assert np.array_equal(with_.prior_map, without.prior_map)
    first = [next(r) for r in (with_, without)]
    assert not np.array_equal(first[0].eps_hat[0][free], first[1].eps_hat[0][free])


def test_a_stroke_speaks_for_its_neighbours_where_objects_are_solid(
    model: HiDiff, image: np.ndarray, soft: np.ndarray
) -> None:
    strokes = np.full((H, W), 128, np.uint8)
    strokes[disc(H, W, 45, 70, 8)] = 0
    without = model.refine(image, soft, focus=False).p
    with_ = model.refine(image, soft, strokes=strokes, focus=False).p
    lower = (with_ > 0) & (with_ < without)
    assert lower.sum() > 20
    assert not (with_ > without).any()
    config = replace(model.config, task=replace(model.config.task, thin=True))
    thin = HiDiff(config, model.segmentor, model.denoiser)
    p = thin.refine(image, soft, strokes=strokes, focus=False).p
    assert np.array_equal(p[p > 0], without[p > 0])


def test_a_stroke_alone_opens_a_window(model: HiDiff, image: np.ndarray) -> None:
    empty = np.full((H, W), 0.02, np.float32)
    assert model.refine(image, empty).window == (0, 0, H, W)
    for value in (0, 255):
        strokes = np.full((H, W), 128, np.uint8)
        strokes[70:74, 20:24] = value
        top, left, height, width = model.refine(image, empty, strokes=strokes).window
        assert (height, width) != (H, W)
        assert top <= 70 and left <= 20 and top + height >= 74 and left + width >= 24


def test_where_two_strokes_meet_the_larger_share_wins(model: HiDiff, image: np.ndarray) -> None:
    # four original pixels to one of the canvas
    big = picture(256, 256)
    strokes = np.full((256, 256), 128, np.uint8)
    strokes[0:4, 0:3] = 255
    strokes[0:4, 3:4] = 0
    strokes[0:4, 4:5] = 255
    strokes[0:4, 5:8] = 0
    strokes[4:8, 0:1] = 255  # a quarter
    strokes[4:6, 4:5] = 255  # an eighth
    strokes[8:12, 0:1] = 0  # a quarter
    strokes[8:10, 4:5] = 0  # an eighth
    p = model.refine(big, np.full((256, 256), 0.4, np.float32), strokes=strokes, focus=False).p[0]
    assert p[0, 0] == 1
    assert p[0, 1] == 0
    assert p[1, 0] == 1
    assert 0 < p[1, 1] < 1
    assert p[2, 0] == 0
    assert 0 < p[2, 1] < 1
