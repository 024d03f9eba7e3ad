"""Mirrors, tiles and windows: how the networks look, and that the answer does not show it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from small_model import TASK, SidedDenoiser, build, disc, picture, pixel_model, small

from hidiff.pipeline import HiDiff
from hidiff.priors.views import MIRRORS, mirrored
from hidiff.refinement.chain import Refinement

LARGE = replace(TASK, side=160, focus=False)
TILED = replace(LARGE, tile=64, overlap=32)


@pytest.fixture(scope="module")
def model() -> HiDiff:
    return small()


def bits(refinement: Refinement) -> np.ndarray:
    """(N,S,K,h,w)."""
    return refinement.finish().trace().y_t


# --- mirrors -----------------------------------------------------------------------------------------------


def test_mirroring_twice_is_nothing() -> None:
    maps = torch.rand(2, 3, 4, 5, generator=torch.Generator().manual_seed(0))
    assert len(set(MIRRORS)) == 4
    seen = [mirrored(maps, mirror) for mirror in MIRRORS]
    for mirror, once in zip(MIRRORS, seen, strict=True):
        assert torch.equal(mirrored(once, mirror), maps)
    assert not any(torch.equal(a, b) for i, a in enumerate(seen) for b in seen[:i])


def test_the_prior_over_four_mirrors_is_mirrored_with_the_image(model: HiDiff) -> None:
    image = picture(48, 80)
    upright = model.prior(image, mirror=True).p
    for axes in ((0,), (1,), (0, 1)):
        other = model.prior(np.flip(image, axes), mirror=True).p
        assert np.allclose(np.flip(other, tuple(a + 1 for a in axes)), upright, rtol=0, atol=1e-5)
    single = model.prior(image).p
    assert np.abs(single - np.flip(model.prior(np.flip(image, 1)).p, 2)).max() > 1e-3


def test_the_prior_over_four_mirrors_is_the_mean_of_four_looks(model: HiDiff) -> None:
    image = picture(64, 64)
    looks = []
    for axes in ((), (1,), (0,), (0, 1)):
        looks.append(np.flip(model.prior(np.flip(image, axes)).p, tuple(a + 1 for a in axes)))
    assert np.allclose(model.prior(image, mirror=True).p, np.mean(looks, axis=0), rtol=0, atol=1e-5)


def test_a_task_of_two_mirrors_looks_left_and_right(model: HiDiff) -> None:
    two = HiDiff(replace(model.config, task=replace(model.config.task, mirrors=2)), model.segmentor, model.denoiser)
    image = picture(64, 64)
    looks = [model.prior(image).p, model.prior(image[:, ::-1].copy()).p[..., ::-1]]
    assert np.allclose(two.prior(image, mirror=True).p, np.mean(looks, axis=0), rtol=0, atol=1e-5)
    assert np.array_equal(two.prior(image).p, model.prior(image).p)
    assert two.refine(image, samples=4, mirror=True, focus=False).view.mirrors == MIRRORS[:2]


@pytest.mark.parametrize("focus", [False, True])
def test_a_network_that_commutes_with_mirrors_shows_none(focus: bool) -> None:
    model = pixel_model()
    image = picture(64, 64)
    soft = np.where(disc(64, 64, 20, 40, 8), 0.8, 0.1).astype(np.float32)
    plain = model.refine(image, soft, samples=4, mirror=False, focus=focus)
    over = model.refine(image, soft, samples=4, mirror=True, focus=focus)
    assert plain.view.mirrors == ((),) and over.view.mirrors == MIRRORS
    assert np.array_equal(plain.p, over.p)
    assert np.array_equal(bits(plain), bits(over))
    for a, b in zip(plain.steps, over.steps, strict=True):
        assert np.allclose(a.eps_hat, b.eps_hat, rtol=0, atol=1e-6)
    assert not np.allclose(plain.steps[0].eps_hat[0], plain.steps[0].eps_hat[0][..., ::-1], atol=1e-2)


def test_each_chain_looks_through_its_own_mirror() -> None:
    model = pixel_model(SidedDenoiser())
    step = next(model.refine(picture(64, 64), samples=6, mirror=True, focus=False))
    ramp = 1 / (1 + np.exp(-np.linspace(-2, 2, 64)))
    for n in range(6):
        mirrored = 3 in MIRRORS[n % 4]
        expected = np.broadcast_to(ramp[::-1] if mirrored else ramp, (1, 64, 64))
        assert np.allclose(step.eps_hat[n], expected, rtol=0, atol=1e-6)


def test_without_mirrors_every_chain_is_upright() -> None:
    step = next(pixel_model(SidedDenoiser()).refine(picture(64, 64), samples=3, mirror=False, focus=False))
    assert np.array_equal(step.eps_hat[0], step.eps_hat[1])
    assert (np.diff(step.eps_hat[2], axis=-1) > 0).all()


def test_mirrors_change_the_bits_of_a_network_that_does_not_commute(model: HiDiff) -> None:
    image = picture(64, 64)
    soft = np.full((64, 64), 0.4, np.float32)
    plain, over = (next(model.refine(image, soft, samples=4, mirror=f)) for f in (False, True))
    assert np.array_equal(plain.eps_hat[0], over.eps_hat[0])
    for n in (1, 2, 3):
        assert np.abs(plain.eps_hat[n] - over.eps_hat[n]).max() > 1e-2


def test_a_prior_with_mirrors_may_be_refined_without_and_the_other_way_round(model: HiDiff) -> None:
    image = picture(64, 64)
    for mirror in (False, True):
        prior = model.prior(image, mirror=not mirror)
        given, same = (model.refine(image, p, samples=4, mirror=mirror, focus=False) for p in (prior, prior.p))
        assert given.view.mirrors == (MIRRORS if mirror else ((),))
        assert np.array_equal(bits(given), bits(same))


# --- tiles -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tile", [64, 96])
def test_a_view_of_one_tile_is_the_whole(model: HiDiff, tile: int) -> None:
    one_tile = build(replace(TASK, tile=tile, overlap=32))
    image = picture(64, 50)
    assert np.array_equal(one_tile.prior(image).p, model.prior(image).p)
    first, second = (m.refine(image, samples=2) for m in (one_tile, model))
    assert np.array_equal(bits(first), bits(second))
    assert all(len(row) == 1 for row in first.view.pieces)


def test_tiles_of_a_network_without_neighbourhood_are_the_whole() -> None:
    image = picture(160, 160)
    whole, tiled = pixel_model(task=LARGE), pixel_model(task=TILED)
    assert np.allclose(tiled.prior(image).p, whole.prior(image).p, rtol=0, atol=1e-6)
    first = whole.refine(image, samples=4, mirror=True)
    second = tiled.refine(image, samples=4, mirror=True)
    assert [len(row) for row in first.view.pieces] == [1] * 4
    assert [len(row) for row in second.view.pieces] == [16] * 4
    a, b = bits(first), bits(second)
    assert np.allclose(first.steps[0].eps_hat, second.steps[0].eps_hat, rtol=0, atol=1e-5)
    assert (a != b).mean() < 1e-4  # blending weights sum to one but for a rounding error


def test_tiles_leave_no_seam() -> None:
    # every tile's eps_hat rises from 0.12 to 0.88: side by side they would jump by 0.76
    model = pixel_model(SidedDenoiser(), task=TILED)
    step = next(model.refine(picture(160, 160)))
    assert step.eps_hat.max() - step.eps_hat.min() > 0.5
    assert np.abs(np.diff(step.eps_hat, axis=-1)).max() < 0.08
    assert np.abs(np.diff(step.eps_hat, axis=-2)).max() < 1e-6


def test_tiles_of_real_networks_give_probabilities() -> None:
    model = build(TILED)
    refinement = model.refine(picture(150, 100), steps=2).finish()
    assert len(refinement.view.pieces[0]) == 16
    for step in refinement.steps:
        for values in (step.eps_hat, step.y0_hat):
            assert np.isfinite(values).all()
            assert values.min() >= 0 and values.max() <= 1
    assert np.isfinite(refinement.probability()).all()
    assert refinement.prior_map.min() >= 0 and refinement.prior_map.max() <= 1


# --- the closer look -------------------------------------------------------------------------------------


def test_the_window_lies_round_what_was_found(model: HiDiff) -> None:
    image = picture(120, 200)
    mask = disc(120, 200, 70, 150, 12)
    soft = np.where(mask, 0.8, 0.05).astype(np.float32)
    refinement = model.refine(image, soft)
    top, left, height, width = refinement.window
    assert height < 120 and width < 200
    inside = np.zeros((120, 200), bool)
    inside[top : top + height, left : left + width] = True
    assert inside[mask].all()
    before = refinement.probability()
    after = refinement.finish().probability()
    assert np.array_equal(after[0][~inside], soft[~inside])
    assert np.abs(after - soft)[0][inside].max() > 0.1
    assert np.abs(before - soft).max() < 0.8  # the prior comes back through the canvas, softened at its edge
    assert np.abs(before - soft)[0][~inside].max() == 0
    assert model.refine(image, mask).window == refinement.window


def test_the_closer_look_shows_the_windows_pixels() -> None:
    model = pixel_model()
    image = picture(200, 200)
    mask = disc(200, 200, 60, 140, 15)
    refinement = model.refine(image, mask)
    top, left, height, width = refinement.window
    shown = refinement.view.pieces[0][0].image[0].numpy()
    assert np.allclose(shown, refinement.frame.image_in(image), rtol=0, atol=0)
    cut = image[top : top + height, left : left + width].reshape(height, width, 3)
    assert shown.mean() == pytest.approx(cut.mean() / 255, abs=0.01)


def test_no_window_where_it_is_not_wanted_or_not_worth_it(model: HiDiff) -> None:
    image = picture(120, 200)
    whole = (0, 0, 120, 200)
    small_one, large_one = disc(120, 200, 70, 150, 12), disc(120, 200, 60, 100, 59)
    assert model.refine(image, small_one, focus=False).window == whole
    assert model.refine(image, large_one).window == whole
    assert model.refine(image, np.zeros((120, 200), bool)).window == whole
    assert build(replace(TASK, focus=False)).refine(image, small_one, focus=True).window == whole


def test_a_mask_that_is_trusted_little_opens_the_same_window(model: HiDiff) -> None:
    image = picture(120, 200)
    mask = disc(120, 200, 70, 150, 12)
    assert model.refine(image, mask, confidence=0.55).window == model.refine(image, mask, confidence=0.99).window
