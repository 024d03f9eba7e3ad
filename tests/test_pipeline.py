"""The model as a caller meets it: the same bits again, every kind of prior, plain errors."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from small_model import TASK, build, disc, picture, pixel_model, small

from hidiff.diffusion.bernoulli import PRIOR_MARGIN, subsequence
from hidiff.diffusion.noise import uniform_field
from hidiff.errors import ImageError, SettingsError
from hidiff.pipeline import HiDiff
from hidiff.priors.sources import mask_to_prior
from hidiff.priors.views import Prior
from hidiff.refinement.chain import Refinement
from hidiff.refinement.trace import Step
from hidiff.tasks import FUNDUS

ARRAYS = ("p", "u_start", "y_t", "eps_hat", "y0_hat", "mean", "u", "y_prev", "refined", "window")
H, W = 70, 100


@pytest.fixture(scope="module")
def model() -> HiDiff:
    return small()


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    return picture(H, W)


@pytest.fixture(scope="module")
def soft(model: HiDiff, image: np.ndarray) -> np.ndarray:
    """A prior (H,W) that finds a disc."""
    return np.where(disc(H, W, 30, 50, 14), 0.8, 0.1).astype(np.float32)


def arrays(refinement: Refinement) -> dict[str, np.ndarray]:
    trace = refinement.finish().trace()
    return {name: getattr(trace, name) for name in ARRAYS}


def same(first: Refinement, second: Refinement) -> bool:
    """Whether two refinements agree in every number."""
    a, b = arrays(first), arrays(second)
    return all(np.array_equal(a[name], b[name]) for name in ARRAYS)


# --- the same bits again ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "way", [{}, {"sampler": "ddim"}, {"sampler": "plug_in", "mirror": True}, {"focus": False}], ids=str
)
def test_a_second_run_gives_the_same_bits(
    model: HiDiff, image: np.ndarray, soft: np.ndarray, way: dict[str, Any]
) -> None:
    first, second = (model.refine(image, soft, samples=2, seed=5, **way) for _ in range(2))
    assert same(first, second)


def test_a_model_built_again_gives_the_same_bits(model: HiDiff, image: np.ndarray) -> None:
    assert same(model.refine(image), build().refine(image))


@pytest.mark.parametrize("mirror", [False, True])
def test_a_sample_is_the_same_however_many_there_are(
    model: HiDiff, image: np.ndarray, soft: np.ndarray, mirror: bool
) -> None:
    most = arrays(model.refine(image, soft, samples=6, mirror=mirror))
    for samples in (1, 2, 5):
        fewer = arrays(model.refine(image, soft, samples=samples, mirror=mirror))
        assert np.array_equal(fewer["p"], most["p"])
        for name in ("u_start", "y_t", "eps_hat", "y0_hat", "mean", "u", "y_prev"):
            assert np.array_equal(fewer[name], most[name][:samples])


def test_samples_and_seeds_differ(model: HiDiff, image: np.ndarray, soft: np.ndarray) -> None:
    first = arrays(model.refine(image, soft, samples=2, seed=1))
    other = arrays(model.refine(image, soft, samples=2, seed=2))
    for a, b in ((first["y_t"][0], first["y_t"][1]), (first["y_t"], other["y_t"])):
        assert 0.02 < (a != b).mean() < 0.6


def test_the_number_of_threads_does_not_matter(model: HiDiff, image: np.ndarray, soft: np.ndarray) -> None:
    threads = torch.get_num_threads()
    found = []
    try:
        for count in (1, 2):
            torch.set_num_threads(count)
            found.append(arrays(model.refine(image, soft, steps=1)))
    finally:
        torch.set_num_threads(threads)
    one, two = found
    assert np.array_equal(one["y_t"], two["y_t"])
    assert np.allclose(one["eps_hat"], two["eps_hat"], rtol=0, atol=1e-5)


def test_refinements_under_way_do_not_disturb_each_other(model: HiDiff, image: np.ndarray, soft: np.ndarray) -> None:
    one, two = model.refine(image, soft, seed=1), model.refine(image, seed=2, sampler="ddim")
    for _ in range(3):
        next(one)
        next(two)
    assert same(one, model.refine(image, soft, seed=1))
    assert same(two, model.refine(image, seed=2, sampler="ddim"))


def test_two_threads_may_refine_with_one_model(model: HiDiff, image: np.ndarray, soft: np.ndarray) -> None:
    def work(seed: int) -> dict[str, np.ndarray]:
        return arrays(model.refine(image, soft, samples=2, seed=seed))

    with ThreadPoolExecutor(2) as pool:
        at_once = list(pool.map(work, (1, 2)))
    for seed, found in zip((1, 2), at_once, strict=True):
        alone = work(seed)
        assert all(np.array_equal(found[name], alone[name]) for name in ARRAYS)


def test_nothing_that_was_given_changes(model: HiDiff, image: np.ndarray, soft: np.ndarray) -> None:
    scribbles = np.full((H, W), 128, np.uint8)
    scribbles[:9, :9] = 255
    given = [image, soft, scribbles]
    copies = [array.copy() for array in given]
    random_state = torch.get_rng_state()
    weights = {k: v.clone() for k, v in model.denoiser.state_dict().items()}
    refinement = model.refine(image, soft, scribbles=scribbles, samples=2).finish()
    refinement.probability()
    assert all(np.array_equal(array, copy) for array, copy in zip(given, copies, strict=True))
    assert torch.equal(torch.get_rng_state(), random_state)
    assert all(torch.equal(value, weights[name]) for name, value in model.denoiser.state_dict().items())
    assert not model.denoiser.training and not model.segmentor.training
    assert not any(q.requires_grad for net in (model.denoiser, model.segmentor) for q in net.parameters())


# --- the refinement as an iterator -----------------------------------------------------------------------


def test_the_steps_come_one_by_one(model: HiDiff, image: np.ndarray, soft: np.ndarray) -> None:
    refinement = model.refine(image, soft, steps=4, samples=3, seed=11)
    assert refinement.times == subsequence(10, 4)
    assert refinement.steps == []
    with pytest.raises(ValueError, match="at least one step"):
        refinement.trace()
    for index, t in enumerate(refinement.times):
        step = next(refinement)
        assert isinstance(step, Step)
        assert step.t == t
        assert step.s == (0, *refinement.times[::-1])[len(refinement.times) - 1 - index]
        assert step.alpha_bar == float(model.alpha_bar[t])
        assert refinement.steps[-1] is step
        assert step.y_t.shape == (3, 1, 64, 64)
        assert (step.y_t.dtype, step.eps_hat.dtype, step.y0_hat.dtype) == (bool, np.float32, np.float32)
    assert (step.mean, step.u, step.y_prev) == (None, None, None)
    with pytest.raises(StopIteration):
        next(refinement)
    assert len(refinement.seconds) == 4
    assert refinement.finish() is refinement
    assert len(refinement.steps) == 4


def test_the_noise_stands_at_its_address(model: HiDiff, image: np.ndarray, soft: np.ndarray) -> None:
    refinement = model.refine(image, soft, steps=3, samples=2, seed=77).finish()
    for n in range(2):
        start = uniform_field(77, n, refinement.times[0], (1, 64, 64))
        assert np.array_equal(refinement.steps[0].y_t[n], start < refinement.p)
        for step in refinement.steps[:-1]:
            assert step.u is not None
            assert np.array_equal(step.u[n], uniform_field(77, n, step.s, (1, 64, 64)))


def test_the_answer_so_far(model: HiDiff, image: np.ndarray, soft: np.ndarray) -> None:
    last = model.refine(image, soft, samples=3, focus=False)
    votes = model.refine(image, soft, samples=3, focus=False, aggregate="mean")
    shared = model.refine(image, soft, samples=3, focus=False, aggregate="blend")
    assert np.allclose(last.consensus(), last.p, rtol=0, atol=1e-6)
    for count in (1, 2):
        steps = [next(last) for _ in range(2)][-1], [next(votes) for _ in range(2)][-1]
        assert np.array_equal(last.samples(), steps[0].y0_hat)
        mean = np.mean([step.y0_hat for step in votes.steps], axis=0)
        assert np.allclose(votes.samples(), mean, rtol=0, atol=1e-6)
        shared.steps[:] = votes.steps
        assert np.allclose(shared.samples(), (mean + votes.p) / 2, rtol=0, atol=1e-6)
        assert np.allclose(last.consensus(), steps[0].y0_hat.mean(axis=0), rtol=0, atol=1e-6)
        assert last.representative() in range(3)
        if count == 1:
            break
    probability = last.probability()
    assert probability.shape == (1, H, W)
    assert probability.dtype == np.float32
    assert 0 <= probability.min() < probability.max() <= 1
    assert np.allclose(probability, last.frame.map_out(last.consensus()), rtol=0, atol=1e-6)


# --- every kind of prior ---------------------------------------------------------------------------------


def test_a_prior_made_before_is_the_one_made_now(model: HiDiff, image: np.ndarray) -> None:
    prior = model.prior(image)
    assert isinstance(prior, Prior)
    assert prior.p.shape == (1, H, W)
    assert prior.p.dtype == np.float32
    assert 0 <= prior.p.min() < prior.p.max() <= 1
    assert same(model.refine(image, prior), model.refine(image))
    as_a_map, own = model.refine(image, prior.p, focus=False), model.refine(image, focus=False)
    assert np.abs(own.frame.content_of(as_a_map.p - own.p)).max() < 0.05


def test_the_segmentors_own_numbers_are_not_resampled_and_a_change_of_them_passes(
    model: HiDiff, image: np.ndarray
) -> None:
    prior = model.prior(image)
    own = np.clip(prior.view.p, PRIOR_MARGIN, 1 - PRIOR_MARGIN)
    assert np.array_equal(model.refine(image, prior, focus=False).p, own)
    changed = prior.p.copy()
    changed[:, : H // 2] = 0.01
    refinement = model.refine(image, replace(prior, p=changed), focus=False)
    seen, before = (refinement.frame.content_of(p) for p in (refinement.p, own))
    height = seen.shape[1]
    assert np.allclose(seen[:, height * 5 // 8 :], before[:, height * 5 // 8 :], rtol=0, atol=1e-6)
    assert seen[:, : height * 3 // 8].max() < 0.1


def test_a_float_prior_is_a_probability(model: HiDiff, image: np.ndarray, soft: np.ndarray) -> None:
    expected = model.refine(image, soft, focus=False)
    inside = np.clip(expected.frame.map_in(soft[None]), PRIOR_MARGIN, 1 - PRIOR_MARGIN)
    assert np.array_equal(expected.p, inside.astype(np.float32))
    assert np.array_equal(expected.prior_map, soft[None])
    for form in (soft[None], soft.astype(np.float64), np.asfortranarray(soft)):
        assert same(model.refine(image, form, focus=False), model.refine(image, soft, focus=False))
    for confidence in (0.6, 0.99):
        assert same(
            model.refine(image, soft, focus=False, confidence=confidence), model.refine(image, soft, focus=False)
        )


def test_numbers_that_are_no_probabilities_are_refused(model: HiDiff, image: np.ndarray, soft: np.ndarray) -> None:
    for wild in (np.nan, np.inf, -np.inf, 7):
        given = soft.copy()
        given[0, 0] = wild
        with pytest.raises(ImageError, match=r"The prior holds samples outside 0\.\.1"):
            model.refine(image, given)


@pytest.mark.parametrize("focus", [False, True])
def test_a_mask_in_any_integer_form_is_the_same_mask(model: HiDiff, image: np.ndarray, focus: bool) -> None:
    mask = disc(H, W, 30, 50, 14)
    grey = np.where(mask, 128, 127).astype(np.uint8)
    forms = [mask, mask[None], mask.astype(np.uint8), mask.astype(np.uint8) * 255, mask.astype(np.int64), grey]
    expected = model.refine(image, mask_to_prior(mask, 0.8), focus=False)
    found = [model.refine(image, form, confidence=0.8, focus=focus) for form in forms]
    for refinement in found:
        assert np.array_equal(refinement.prior_map, mask_to_prior(mask[None], 0.8))
        assert refinement.window == found[0].window
        assert np.array_equal(refinement.p, found[0].p)
    if not focus:
        assert same(found[0], expected)


@pytest.mark.parametrize("value", [0, 1, 255])
def test_an_even_mask_is_a_prior_too(model: HiDiff, image: np.ndarray, value: int) -> None:
    refinement = model.refine(image, np.full((H, W), value, np.uint8), confidence=0.75)
    assert np.allclose(refinement.prior_map, 0.75 if value else 0.25)
    assert refinement.window == (0, 0, H, W)
    assert np.isfinite(refinement.finish().probability()).all()


def test_confidence_sets_the_probability_of_a_mask(model: HiDiff, image: np.ndarray) -> None:
    mask = disc(H, W, 30, 50, 14)
    default = model.config.settings.confidence
    for confidence, expected in ((None, default), (0.6, 0.6), (0.99, 0.99)):
        p = model.refine(image, mask, confidence=confidence, focus=False).p
        assert p.max() == pytest.approx(expected)
    high, low = (arrays(model.refine(image, mask, confidence=c)) for c in (0.95, 0.6))
    assert not np.array_equal(high["eps_hat"], low["eps_hat"])


def test_no_prior_is_ignored(model: HiDiff, image: np.ndarray, soft: np.ndarray) -> None:
    given = [None, soft, 1 - soft, np.full((H, W), 0.3, np.float32), soft > 0.5, np.roll(soft, 9, axis=1)]
    found = [arrays(model.refine(image, prior, focus=False)) for prior in given]
    for i, first in enumerate(found):
        for second in found[:i]:
            for name in ("p", "y_t", "eps_hat", "refined"):
                assert not np.array_equal(first[name], second[name])


@pytest.mark.parametrize("p", [0.003, 0.1, 0.4, 0.98])
def test_the_network_sees_the_prior_and_not_only_its_bits(p: float) -> None:
    model, image = pixel_model(), picture(64, 64)
    first, second = (next(model.refine(image, np.full((64, 64), q, np.float32), focus=False)) for q in (p, p + 0.01))
    agree = first.y_t == second.y_t
    assert 0.97 < agree.mean() < 1
    assert (first.eps_hat[agree] != second.eps_hat[agree]).mean() > 0.9


def test_the_network_sees_no_prior_beyond_the_margin(model: HiDiff, image: np.ndarray) -> None:
    sure, kept = (next(model.refine(image, np.full((H, W), p, np.float32), focus=False)) for p in (1e-9, PRIOR_MARGIN))
    assert np.array_equal(sure.y_t, kept.y_t)
    assert np.array_equal(sure.eps_hat, kept.eps_hat)


# --- other cards -----------------------------------------------------------------------------------------


def test_three_classes(image: np.ndarray) -> None:
    task = replace(TASK, classes=3, class_names=("a", "b", "c"), colours=((1, 2, 3), (4, 5, 6), (7, 8, 9)))
    model = build(task)
    scribbles = np.full((3, H, W), 128, np.uint8)
    scribbles[1, 20:40, 20:40] = 255
    refinement = model.refine(image, samples=2, scribbles=scribbles).finish()
    assert refinement.probability().shape == (3, H, W)
    assert refinement.steps[0].y_t.shape == (2, 3, 64, 64)
    assert (refinement.probability()[1, 20:40, 20:40] == 1).all()
    assert not (refinement.probability()[0, 20:40, 20:40] == 1).all()
    assert not np.array_equal(refinement.steps[0].y_t[:, 0], refinement.steps[0].y_t[:, 1])
    for wrong in (scribbles[:2], np.full((H, W), 128, np.uint8)):
        with pytest.raises(ImageError):
            model.refine(image, scribbles=wrong)


def test_a_fundus_photograph_keeps_its_shape() -> None:
    task = replace(FUNDUS, fov_diameter=64)
    image = picture(90, 150)
    image[~disc(90, 150, 45, 75, 40)] = 0
    refinement = build(task).refine(image).finish()
    assert all(side % 32 == 0 for side in refinement.frame.canvas)
    assert refinement.window == (0, 0, 90, 150)
    assert refinement.frame.content[2:] == pytest.approx((90 * 64 / 80, 150 * 64 / 80), abs=4)
    assert refinement.probability().shape == (1, 90, 150)


@pytest.mark.parametrize("size", [(1, 1), (1, 200), (300, 2), (64, 64), (31, 33)])
def test_images_of_any_size(model: HiDiff, size: tuple[int, int]) -> None:
    refinement = model.refine(picture(*size), steps=2).finish()
    assert refinement.probability().shape == (1, *size)
    assert np.isfinite(refinement.probability()).all()


# --- errors ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        {"steps": 0},
        {"steps": 11},
        {"steps": 2.5},
        {"steps": True},
        {"steps": "3"},
        {"samples": 0},
        {"samples": 65},
        {"samples": -1},
        {"seed": -1},
        {"seed": 2**63},
        {"seed": 0.5},
        {"sampler": "euler"},
        {"mean": "median"},
        {"aggregate": "best"},
        {"confidence": 0.5},
        {"confidence": 1.0},
        {"confidence": 0.2},
        {"confidence": float("nan")},
    ],
    ids=str,
)
def test_a_setting_out_of_range_is_named(model: HiDiff, image: np.ndarray, settings: dict[str, Any]) -> None:
    (name,) = settings
    with pytest.raises(SettingsError, match=name) as caught:
        model.refine(image, **settings)
    assert "choose" in str(caught.value) and str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "settings", [{"steps": 1}, {"steps": 10}, {"samples": 64, "steps": 1}, {"seed": 2**63 - 1}], ids=str
)
def test_the_ends_of_the_ranges_are_allowed(settings: dict[str, Any]) -> None:
    refinement = pixel_model().refine(picture(32, 32), **settings)
    assert next(refinement).y_t.shape[0] == settings.get("samples", 1)


NO_IMAGES: list[Any] = [
    np.zeros((8, 8), np.uint8),
    np.zeros((8, 8, 4), np.uint8),
    np.zeros((8, 8, 1), np.uint8),
    np.zeros((3, 8, 8), np.uint8),
    np.zeros((8, 8, 3), np.float32),
    np.zeros((0, 8, 3), np.uint8),
    np.zeros((8, 0, 3), np.uint8),
    [[[0, 0, 0]]],
    None,
    "image.png",
]


@pytest.mark.parametrize("wrong", NO_IMAGES, ids=lambda v: f"{type(v).__name__} {getattr(v, 'shape', '')}")
def test_what_is_no_image_is_refused(model: HiDiff, wrong: Any) -> None:
    for call in (model.prior, model.refine):
        with pytest.raises(ImageError) as caught:
            call(wrong)
        assert str(caught.value).endswith(".")


def test_a_prior_or_scribbles_of_another_size_are_refused(model: HiDiff, image: np.ndarray) -> None:
    wrongs: list[Any] = [
        np.zeros((W, H), np.float32),
        np.zeros((2, H, W), bool),
        np.zeros((H, W, 1), np.uint8),
        np.zeros(5),
    ]
    for wrong in wrongs:
        with pytest.raises(ImageError):
            model.refine(image, wrong)
        with pytest.raises(ImageError):
            model.refine(image, scribbles=wrong)
    with pytest.raises(ImageError, match=f"prior .* 40 x 30 .* image {W} x {H}"):
        model.refine(image, np.zeros((30, 40), np.float32))
    other = model.prior(picture(30, 40))
    with pytest.raises(ImageError, match=f"prior .* 40 x 30 .* image {W} x {H}"):
        model.refine(image, other)
