"""What the denoiser is told of a prior's maker: the segmentor, anybody, a hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_model import TASK, disc, picture, small

from hidiff.pipeline import HiDiff
from hidiff.priors.scribbles import SCRIBBLE_FREE, SCRIBBLE_ON
from hidiff.priors.sources import NOISE, prior_from_source
from hidiff.refinement.settings import CORRECTS

H, W = 90, 140


@pytest.fixture(scope="module")
def model() -> HiDiff:
    return small()


def scribbles() -> np.ndarray:
    painted = np.full((H, W), SCRIBBLE_FREE, np.uint8)
    painted[40:44, 60:70] = SCRIBBLE_ON
    return painted


def test_each_prior_has_its_kind(model: HiDiff) -> None:
    image = picture(H, W)
    proposed = model.prior(image)
    settings = model.settings(steps=2)
    mask, noise = disc(H, W, 40, 60, 15), prior_from_source(TASK, proposed, NOISE)
    broken = prior_from_source(TASK, proposed, "false_blob", 3)
    given = {
        "segmentor": [(None, None), (proposed, None)],
        "unknown": [
            (mask, None),
            (mask.astype(np.float32), None),
            (broken, None),
            (noise, None),
            (mask, scribbles()),
            (broken, scribbles()),
        ],
        "scribbles": [(None, scribbles()), (proposed, scribbles())],
    }
    for kind, priors in given.items():
        for prior, painted in priors:
            assert model.prepare(image, prior, settings, painted).kind == kind
    assert model.prepare(image, None, replace(settings, hold=False), scribbles()).kind == "unknown"


def test_a_refinement_and_its_trace_say_it(model: HiDiff) -> None:
    refinement = model.refine(picture(H, W), disc(H, W, 40, 60, 15), steps=1).finish()
    assert refinement.kind == "unknown" and refinement.trace().meta["kind"] == "unknown"
    assert model.refine(picture(H, W), steps=1).finish().outcome().kind == "segmentor"


def test_both_looks_are_averaged_in_the_window_and_only_of_the_segmentor_s_own_prior(model: HiDiff) -> None:
    image = picture(H, W)
    whole = disc(H, W, 40, 60, 15)
    proposed = model.prior(image)
    proposed = replace(proposed, p=np.where(whole, 0.8, 0.1).astype(np.float32)[None])
    one, both = (model.prepare(image, proposed, model.settings(both_looks=on)) for on in (False, True))
    assert one.view.frame != proposed.view.frame  # it does look closer
    assert np.allclose(both.p, np.clip((one.p + one.view.p) / 2, 1e-3, 1 - 1e-3), atol=1e-6)
    assert not np.allclose(both.p, one.p, atol=1e-3)
    same = [model.prepare(image, whole, model.settings(both_looks=on)).p for on in (False, True)]
    assert np.array_equal(*same)
    broken = replace(proposed, kind="unknown")
    assert np.array_equal(*(model.prepare(image, broken, model.settings(both_looks=on)).p for on in (False, True)))


def test_what_a_hand_proposed_meets_one_look(model: HiDiff) -> None:
    image, painted = picture(H, W), scribbles()
    one, both = (
        model.prepare(image, None, model.settings(both_looks=on, hold=False), painted).p for on in (False, True)
    )
    assert np.array_equal(one, both)


def test_scribbles_that_hold_meet_the_answer_that_they_point_at(model: HiDiff) -> None:
    image, painted = picture(H, W), scribbles()
    settings = model.settings(steps=2, seed=3)
    answer = model.refine(image, steps=2, seed=3).finish().probability()
    held = model.prepare(image, None, settings, painted)
    assert held.kind == "scribbles" and np.array_equal(held.prior_map, answer)
    again = model.prepare(image, model.answer_as_prior(image, model.prior(image), settings), settings, painted)
    assert np.array_equal(again.p, held.p) and again.kind == "scribbles"  # once, not again and again
    thin = HiDiff(replace(model.config, task=replace(TASK, thin=True)), model.segmentor, model.denoiser)
    assert np.array_equal(thin.prepare(image, None, settings, painted).prior_map, thin.prior(image).p)


def test_a_segmentor_s_prior_is_left_as_it_is_where_only_given_priors_are_corrected(model: HiDiff) -> None:
    image, mask = picture(H, W), disc(H, W, 40, 60, 15)
    ways = {corrects: model.refine(image, corrects=corrects, samples=2).finish() for corrects in CORRECTS}
    left = ways["given"]
    assert np.array_equal(left.probability(), left.prior_map) and np.array_equal(left.prior_map, model.prior(image).p)
    assert np.allclose(left.in_original(left.consensus()), left.prior_map, atol=2e-3)  # but for the margin
    assert all(np.allclose(step.y0_hat, left.p, atol=1e-6) for step in left.steps)
    assert left.steps[0].y_t.any() and (left.steps[0].y_t != left.steps[1].y_t).any()  # bits are tossed nevertheless
    assert not np.allclose(ways["every"].probability(), left.prior_map, atol=1e-3)
    for prior, painted in ((mask, None), (mask, scribbles())):
        one, other = (
            model.refine(image, prior, scribbles=painted, corrects=corrects).finish().probability()
            for corrects in CORRECTS
        )
        assert np.array_equal(one, other)


def test_nothing_is_asked_of_a_network_that_may_not_correct(model: HiDiff, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("asked")

    monkeypatch.setattr(type(model.backend), "conditioned", never)
    model.refine(picture(H, W), corrects="given").finish()
    with pytest.raises(AssertionError, match="asked"):
        model.refine(picture(H, W), corrects="every").finish()
