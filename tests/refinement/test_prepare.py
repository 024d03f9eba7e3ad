"""The three stages before a chain, each by itself: the given prior, the view, the chain's prior."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from small_model import build, disc, picture, two_looks

from hidiff.diffusion.bernoulli import PRIOR_MARGIN
from hidiff.errors import ImageError
from hidiff.imaging.frames import Box, Frame, focus_window, square_frame
from hidiff.priors.scribbles import impose_scribbles, propagate_scribbles
from hidiff.priors.views import MIRRORS, UNMIRRORED, Mirror, Prior, View
from hidiff.refinement.kept import KeptOutcome
from hidiff.refinement.prepare import (
    GivenPrior,
    averages_looks,
    chain_prior,
    choose_view,
    mirrors_of,
    read_given_prior,
    read_given_scribbles,
)
from hidiff.refinement.settings import Settings
from hidiff.tasks import POLYP

H, W = 48, 64
WHOLE = square_frame((H, W), (0, 0, H, W), 64)
TASK = replace(POLYP, side=64)
OBJECT = disc(H, W, 20, 24, 8)
SOFT = np.where(OBJECT, 0.8, 0.1).astype(np.float32)


def view_of(frame: Frame = WHOLE, mirrors: tuple[Mirror, ...] = (UNMIRRORED,), p: float = 0.25) -> View:
    """A view without features: nothing here looks at them."""
    return View(frame, np.full((1, *frame.canvas), p, np.float32), mirrors, ())


def proposed(p: np.ndarray = SOFT, mirrors: tuple[Mirror, ...] = (UNMIRRORED,)) -> Prior:
    return Prior(p[None], replace(view_of(mirrors=mirrors), p=WHOLE.map_in(p[None])))


class Eye:
    """What makes views, and notes which ones it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[Box | None, tuple[Mirror, ...]]] = []

    def __call__(self, window: Box | None, mirrors: tuple[Mirror, ...]) -> View:
        self.asked.append((window, mirrors))
        return view_of(WHOLE if window is None else square_frame((H, W), window, 64), mirrors)


# ------------------------------------------------------------------------------------- 1. the given prior
def test_a_proposal_is_taken_as_it_is() -> None:
    prior = proposed()
    given = read_given_prior(prior, 0.9, 1, (H, W))
    assert given.p is prior.p and given.found is prior.p and given.proposed is prior


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("axes", [2, 3])
def test_a_float_map_is_a_probability(dtype: Any, axes: int) -> None:
    values = SOFT.astype(dtype).reshape((1,) * (axes - 2) + (H, W))
    for confidence in (0.6, 0.99):
        given = read_given_prior(values, confidence, 1, (H, W))
        assert given.p.shape == (1, H, W) and given.p.dtype == np.float32
        assert np.allclose(given.p, SOFT, atol=1e-3) and given.found is given.p and given.proposed is None


@pytest.mark.parametrize(
    "wild",
    [
        np.float32([[np.nan, 1], [0, 1]]),
        np.float32([[np.inf, 0], [0.5, 0]]),
        np.linspace(0, 100, 64).reshape(8, 8),  # percent
        np.linspace(0, 1000, 64).reshape(8, 8),
        np.linspace(-6, 6, 64).reshape(8, 8),  # logits
    ],
)
def test_numbers_that_are_no_probabilities_are_refused(wild: np.ndarray) -> None:
    with pytest.raises(ImageError, match=r"^The prior holds samples outside 0\.\.1 and 0\.\.255; scale them"):
        read_given_prior(wild, 0.9, 1, wild.shape)


def test_the_rounding_of_a_resampled_map_is_cut_off() -> None:
    given = read_given_prior(np.float32([[-0.004, 0.3], [0.5, 1.004]]), 0.9, 1, (2, 2))
    assert np.allclose(given.p, [[[0, 0.3], [0.5, 1]]])


@pytest.mark.parametrize(
    "mask", [OBJECT, OBJECT.astype(np.uint8), OBJECT * np.uint8(255), np.where(OBJECT, 128, 127), OBJECT.astype(int)]
)
def test_a_mask_is_trusted_to_the_degree_of_confidence_and_found_whole(mask: np.ndarray) -> None:
    given = read_given_prior(mask, 0.7, 1, (H, W))
    assert np.allclose(given.p[0], np.where(OBJECT, 0.7, 0.3)) and given.p.dtype == np.float32
    assert np.array_equal(given.found[0], OBJECT) and given.proposed is None


def test_what_is_given_is_not_written_to() -> None:
    for values in (SOFT.copy(), OBJECT.copy(), OBJECT * np.uint8(255)):
        before = values.copy()
        read_given_prior(values, 0.8, 1, (H, W))
        assert np.array_equal(values, before)


@pytest.mark.parametrize(
    ("prior", "classes", "words"),
    [
        (SOFT[:-1], 1, f"The size of the prior is {W} x {H - 1} and that of the image {W} x {H}; give both one size."),
        (SOFT, 2, f"The size of the prior is {W} x {H} and that"),
        (np.stack([SOFT, SOFT]), 1, f"is {W} x {H} in 2 classes and that"),
        (SOFT[None, None], 1, "The size of the prior"),
        (SOFT.ravel(), 1, "The size of the prior"),
    ],
)
def test_a_map_that_does_not_fit_is_refused(prior: np.ndarray, classes: int, words: str) -> None:
    with pytest.raises(ImageError) as refusal:
        read_given_prior(prior, 0.9, classes, (H, W))
    assert words in str(refusal.value) and str(refusal.value).endswith("give both one size.")


def test_a_proposal_of_another_image_is_refused() -> None:
    with pytest.raises(ImageError, match=f"prior is {W} x {H} and that of the image {W + 1} x {H}"):
        read_given_prior(proposed(), 0.9, 1, (H, W + 1))


def test_scribbles_are_bytes_of_the_image_s_size() -> None:
    scribbles = np.full((H, W), 128, np.uint8)
    assert read_given_scribbles(scribbles, 1, (H, W)).shape == (1, H, W)
    assert read_given_scribbles(np.stack([scribbles] * 3), 3, (H, W)).shape == (3, H, W)
    for wrong in (scribbles.astype(int), scribbles > 0, scribbles / 255):
        with pytest.raises(ImageError, match="not bytes"):
            read_given_scribbles(wrong, 1, (H, W))
    for size, classes in (((H, W + 1), 1), ((H, W), 2)):
        with pytest.raises(ImageError, match="The size of the scribbles"):
            read_given_scribbles(scribbles, classes, size)


# ------------------------------------------------------------------------------------------------ 2. the view
FOCUSED, UNFOCUSED = replace(TASK, focus=True), replace(TASK, focus=False)
GIVEN = GivenPrior(SOFT[None], SOFT[None])


def test_the_window_goes_round_what_was_found() -> None:
    eye = Eye()
    view = choose_view(GIVEN, None, Settings(), FOCUSED, eye)
    window = focus_window(SOFT)
    assert window is not None and eye.asked == [(window, (UNMIRRORED,))] and view.frame.window == window


def test_scribbles_draw_the_window_to_them() -> None:
    scribbles = np.full((1, H, W), 128, np.uint8)
    scribbles[0, 30:34, 40:44] = 0
    eye = Eye()
    choose_view(GIVEN, scribbles, Settings(), FOCUSED, eye)
    nothing = GivenPrior(np.zeros((1, H, W), np.float32), np.zeros((1, H, W), np.float32))
    choose_view(nothing, scribbles, Settings(), FOCUSED, eye)
    choose_view(nothing, None, Settings(), FOCUSED, eye)
    (both, _), (alone, _), (none, _) = eye.asked
    assert both == focus_window(SOFT, scribbles[0]) != focus_window(SOFT)
    assert alone is not None and none is None
    assert alone[0] <= 30 and alone[0] + alone[2] >= 34 and alone[1] <= 40 and alone[1] + alone[3] >= 44


@pytest.mark.parametrize(
    ("settings", "task"),
    [(Settings(focus=False), FOCUSED), (Settings(), UNFOCUSED), (Settings(focus=False), UNFOCUSED)],
)
def test_without_focus_the_whole_is_seen(settings: Settings, task: Any) -> None:
    eye = Eye()
    choose_view(GIVEN, None, settings, task, eye)
    assert eye.asked == [(None, (UNMIRRORED,))]


def test_what_the_segmentor_has_seen_whole_is_not_looked_at_again() -> None:
    prior, eye = proposed(), Eye()
    given = read_given_prior(prior, 0.9, 1, (H, W))
    assert choose_view(given, None, Settings(focus=False), FOCUSED, eye) is prior.view
    assert choose_view(given, None, Settings(samples=3), UNFOCUSED, eye) is prior.view
    assert eye.asked == []
    assert choose_view(given, None, Settings(), FOCUSED, eye) is not prior.view  # a window is another view
    assert len(eye.asked) == 1


@pytest.mark.parametrize(
    ("seen", "settings", "again"),
    [
        ((UNMIRRORED,), Settings(samples=4, mirror=True), True),
        (MIRRORS, Settings(samples=4), True),
        (MIRRORS, Settings(samples=2, mirror=True), False),
        (MIRRORS, Settings(samples=4, mirror=True), False),
        (MIRRORS, Settings(samples=9, mirror=True), False),
        (MIRRORS, Settings(samples=1, mirror=True), False),
        ((UNMIRRORED,), Settings(samples=1, mirror=True), True),
    ],
)
def test_a_proposal_seen_in_other_mirrors_is_looked_at_again(
    seen: tuple[Mirror, ...], settings: Settings, again: bool
) -> None:
    prior, eye = proposed(mirrors=seen), Eye()
    view = choose_view(read_given_prior(prior, 0.9, 1, (H, W)), None, settings, UNFOCUSED, eye)
    assert (view is not prior.view) == again
    assert eye.asked == ([(None, mirrors_of(UNFOCUSED, settings.mirror))] if again else [])
    assert view.mirrors == mirrors_of(UNFOCUSED, settings.mirror)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_a_task_says_how_many_mirrors_there_are(count: int) -> None:
    task, eye = replace(UNFOCUSED, mirrors=count), Eye()
    assert mirrors_of(task, True) == MIRRORS[:count] and mirrors_of(task, False) == (UNMIRRORED,)
    given = read_given_prior(proposed(mirrors=MIRRORS), 0.9, 1, (H, W))
    view = choose_view(given, None, Settings(samples=8, mirror=True), task, eye)
    assert view.mirrors == MIRRORS[:count]
    assert len(eye.asked) == (count < 4)


@pytest.mark.parametrize(("samples", "count"), [(1, 1), (2, 2), (4, 4), (5, 4), (64, 4)])
def test_the_segmentors_prior_is_of_all_mirrors_and_another_needs_those_of_the_chains(samples: int, count: int) -> None:
    settings = Settings(samples=samples, mirror=True)
    own, given = proposed(mirrors=MIRRORS), read_given_prior(SOFT, 0.9, 1, (H, W))
    dot = np.full((1, H, W), 128, np.uint8)
    dot[:, 30, 30] = 255
    assert mirrors_of(FOCUSED, True) == MIRRORS and mirrors_of(FOCUSED, False) == (UNMIRRORED,)
    for prior, scribbles, mirrors in (
        (read_given_prior(own, 0.9, 1, (H, W)), None, MIRRORS),
        (given, None, MIRRORS[:count]),
        (read_given_prior(own, 0.9, 1, (H, W)), dot, MIRRORS[:count]),
    ):
        eye = Eye()
        assert choose_view(prior, scribbles, settings, FOCUSED, eye).mirrors == mirrors
        assert len(eye.asked) == 1


# --------------------------------------------------------------------------------------- 3. the chain's prior
def test_a_given_prior_is_brought_into_the_canvas_and_off_0_and_1() -> None:
    hard = np.where(OBJECT, 1, 0).astype(np.float32)[None]
    for frame in (WHOLE, square_frame((H, W), (8, 8, 32, 32), 64)):
        p = chain_prior(GivenPrior(hard, hard), view_of(frame), None, thin=False)
        assert p.dtype == np.float32 and p.shape == (1, *frame.canvas)
        assert np.array_equal(p, np.clip(frame.map_in(hard), PRIOR_MARGIN, 1 - PRIOR_MARGIN).astype(np.float32))
        assert p.min() > 0 and p.max() < 1


def test_a_proposal_in_its_own_frame_keeps_the_segmentor_s_numbers() -> None:
    own = np.random.default_rng(0).random((1, *WHOLE.canvas), np.float32)
    view = replace(view_of(), p=own)
    prior = Prior(WHOLE.map_out(own), view)
    given = read_given_prior(prior, 0.9, 1, (H, W))
    p = chain_prior(given, view, None, thin=False)
    assert np.allclose(p, np.clip(own, PRIOR_MARGIN, 1 - PRIOR_MARGIN), rtol=0, atol=1e-6)
    assert not np.allclose(WHOLE.map_in(prior.p), p, atol=1e-2)  # resampled twice it is another map
    changed = replace(given, p=np.where(OBJECT, np.float32(0.9), given.p))
    heart = WHOLE.map_in(disc(H, W, 20, 24, 4)[None].astype(np.float32)) == 1
    moved = chain_prior(changed, view, None, thin=False)
    expected = own + WHOLE.map_in(changed.p - WHOLE.map_out(own))
    assert np.allclose(moved, np.clip(expected, PRIOR_MARGIN, 1 - PRIOR_MARGIN), rtol=0, atol=1e-6)
    assert np.abs(moved - p)[heart].mean() > 0.1


def test_in_another_frame_a_proposal_is_a_map_like_any_other() -> None:
    frame = square_frame((H, W), (8, 8, 32, 32), 64)
    given = read_given_prior(proposed(), 0.9, 1, (H, W))
    p = chain_prior(given, view_of(frame), None, thin=False)
    assert np.array_equal(p, chain_prior(GIVEN, view_of(frame), None, thin=False))


def test_both_looks_are_averaged_where_there_are_two_and_no_hand_drew() -> None:
    near, painted = view_of(square_frame((H, W), (8, 8, 32, 32), 64)), np.full((1, H, W), 128, np.uint8)
    own = read_given_prior(proposed(), 0.9, 1, (H, W))
    assert averages_looks(own, near, None, True)
    assert not averages_looks(own, near, None, False)
    assert not averages_looks(own, near, painted, True)
    assert not averages_looks(own, proposed().view, None, True)  # the same look
    assert not averages_looks(GIVEN, near, None, True)  # not the segmentor's

    mean = chain_prior(own, near, None, thin=False, averaged=True)
    assert np.allclose(mean, (chain_prior(own, near, None, thin=False) + 0.25) / 2, rtol=0, atol=1e-3)


def test_an_outcome_says_whether_looks_were_averaged_also_when_it_is_put_away() -> None:
    for refinement, averaged in zip(two_looks()[1:], (True, False), strict=True):
        kept = KeptOutcome.of(refinement.outcome()).opened()
        assert [o.averaged for o in (refinement, refinement.outcome(), kept)] == [averaged] * 3
        assert np.array_equal(kept.proposed(), refinement.proposed())
        assert np.array_equal(refinement.proposed(), refinement.frame.map_in(refinement.prior_map))
        assert np.array_equal(refinement.proposed(), refinement.p) != averaged


@pytest.mark.parametrize("thin", [False, True])
def test_scribbles_are_exact_and_speak_for_their_surroundings_on_solid_objects_alone(thin: bool) -> None:
    scribbles = np.full((1, H, W), 128, np.uint8)
    scribbles[0, 4:12, 40:56], scribbles[0, 16:24, 20:28] = 255, 0
    free = chain_prior(GIVEN, view_of(), None, thin)
    p = chain_prior(GIVEN, view_of(), scribbles, thin)
    held = np.full((1, *WHOLE.canvas), 128, np.uint8)
    on, off = (WHOLE.map_in((scribbles == value).astype(np.float32)) for value in (255, 0))
    held[on >= 0.25], held[(off >= 0.25) & (off > on)] = 255, 0
    assert np.array_equal(p, impose_scribbles(free if thin else propagate_scribbles(free, held), held))
    assert (p == 1).sum() == (held == 255).sum() > 0 and (p == 0).sum() == (held == 0).sum() > 0
    beside = (held == 128) & (p != free)
    assert beside.any() != thin


# ------------------------------------------------------------------------------------------------ all of them
@pytest.mark.parametrize("kind", ["segmentor", "proposal", "soft", "mask"])
@pytest.mark.parametrize("focus", [False, True])
def test_prepare_is_the_stages_one_after_another(kind: str, focus: bool) -> None:
    model, size = build(), (64, 64)
    image = picture(*size)
    soft = np.where(disc(64, 64, 30, 30, 10), 0.8, 0.1).astype(np.float32)
    prior = {"segmentor": None, "proposal": model.prior(image, True), "soft": soft, "mask": soft > 0.5}[kind]
    settings = Settings(steps=2, samples=2, mirror=True, focus=focus)
    scribbles = np.full(size, 128, np.uint8)
    scribbles[30:36, 30:36] = 0
    prepared = model.prepare(image, prior, settings, scribbles)
    first = model.prior(image, True) if prior is None else prior
    meets = model.answer_as_prior(image, first, settings) if model.points_at_answer(first) else first
    given = read_given_prior(meets, settings.confidence, 1, size)
    assert np.array_equal(prepared.prior_map, given.p)
    assert np.array_equal(prepared.p, chain_prior(given, prepared.view, scribbles[None], model.task.thin))
    assert prepared.view.mirrors[:2] == MIRRORS[:2]
    assert prepared.scribbles is not None and np.array_equal(prepared.scribbles[0], scribbles)
    first = model.refine_prepared(prepared, settings).finish()
    whole = model.refine(image, prior, scribbles=scribbles, steps=2, samples=2, mirror=True, focus=focus).finish()
    assert np.array_equal(first.trace().y_t, whole.trace().y_t)
    assert np.array_equal(first.probability(), whole.probability())
    assert first.window == whole.window
