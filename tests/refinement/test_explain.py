"""The story of one bit: its numbers are those of the trace, and they follow from each other."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest
from small_model import disc, picture, small

from hidiff.diffusion.samplers import SAMPLERS
from hidiff.errors import SettingsError
from hidiff.refinement.explain import explain_bit, posteriors
from hidiff.refinement.trace import Trace

H, W = 60, 90


def traced(**settings: Any) -> Trace:
    soft = np.where(disc(H, W, 30, 50, 12), 0.8, 0.1).astype(np.float32)
    return small().refine(picture(H, W), soft, **({"steps": 4, "samples": 2, "seed": 21} | settings)).finish().trace()


@pytest.fixture(scope="module", params=sorted(SAMPLERS))
def trace(request: pytest.FixtureRequest) -> Trace:
    return traced(sampler=request.param)


def test_the_weighted_posteriors_make_the_mean_that_the_trace_has(trace: Trace) -> None:
    sampler = trace.meta["settings"]["sampler"]
    for row, column in ((30, 50), (18, 50), (40, 60), (32, 33)):
        story = explain_bit(trace, row, column, chain=1)
        assert [step.t for step in story.steps] == trace.t.tolist()
        for step in story.steps[:-1]:
            assert step.mean is not None and step.u is not None
            assert step.y_s == int(step.u < step.mean) and step.flip == (step.y_s != step.y_t)
            assert step.y0_hat == pytest.approx(abs(step.y_t - step.eps_hat), abs=1e-6)
            assert len(step.posteriors) == {"ancestral": 2, "plug_in": 1, "ddim": 0}[sampler]
            for one in step.posteriors:
                assert one.theta_post == pytest.approx(one.theta_2 / (one.theta_1 + one.theta_2))
            if step.posteriors:
                mean = sum(one.weight * one.theta_post for one in step.posteriors)
                assert mean == pytest.approx(step.mean, abs=2e-6)
        for before, after in zip(story.steps, story.steps[1:], strict=False):
            assert before.y_s == after.y_t and before.s == after.t
        last = story.steps[-1]
        assert (last.mean, last.u, last.s) == (None, None, 0)
        assert story.refined == last.y0_hat
        assert story.steps[0].y_t == int(story.u_start < story.p)


def test_the_theta_of_a_bit_are_the_paper_s() -> None:
    """Worked by hand: alpha = 0.5, alpha_bar_s = 0.8, p = 0.3, y_t = 1."""
    if_one, if_zero = posteriors("ancestral", 1, 0.9, 0.3, (0.4, 0.8))
    assert (if_one.weight, if_zero.weight) == pytest.approx((0.9, 0.1))
    assert if_one.theta_1 == pytest.approx(0.5 * 0.3 * (0.2 * 0.7))
    assert if_one.theta_2 == pytest.approx((0.5 + 0.5 * 0.3) * (0.8 + 0.2 * 0.3))
    assert if_zero.theta_2 == pytest.approx((0.5 + 0.5 * 0.3) * (0.2 * 0.3))


def test_the_words_have_the_numbers(trace: Trace) -> None:
    story = explain_bit(trace, 30, 50)
    sentences = story.sentences
    assert len(sentences) == len(story.steps) + 2
    for step, said in zip(story.steps, sentences[1:-1], strict=True):
        assert f"t = {step.t} to {step.s}" in said and f"becomes {step.y_s}" in said
        assert ("it flips" in said) is step.flip and ("it stays" in said) is not step.flip
        assert f"{step.eps_hat:.4f}" in said
        assert said.count("theta_1 = ") == len(step.posteriors)
        if step.u is not None and step.mean is not None:
            mean, u = (float(re.search(rf"{name} ([0-9.]+\d)", said)[1]) for name in (r"y_\d+ is", "and u ="))  # type: ignore[index]
            assert (u < mean) is bool(step.y_s)
    document = json.loads(json.dumps(story.document()))
    assert document["story"] == list(sentences) and document["flips"] == story.flips
    assert document["steps"][0]["posteriors"] == [vars(one) for one in story.steps[0].posteriors]


def test_every_pixel_is_the_cell_that_shows_it() -> None:
    """The grid of the working frame and that of the image, edge on edge, in a window."""
    trace = traced(focus=True)
    top, left, height, width = (int(value) for value in trace.window)
    first, last = explain_bit(trace, top, left), explain_bit(trace, top + height - 1, left + width - 1)
    content = trace.meta["content"]
    assert first.cell == (content[0], content[1])
    assert last.cell[0] <= content[0] + content[2] - 1 and last.cell[1] <= content[1] + content[3] - 1
    middle = explain_bit(trace, top + height // 2, left + width // 2)
    assert first.cell < middle.cell < last.cell
    assert middle.p == trace.p[0][middle.cell]


def test_a_scribble_holds_its_bit_and_the_story_says_so() -> None:
    scribbles = np.full((H, W), 128, np.uint8)
    scribbles[disc(H, W, 20, 40, 9)] = 255
    trace = traced(scribbles=scribbles)
    story = explain_bit(trace, 20, 40)
    assert story.p == 1 and story.flips == 0 and all(step.y_s == 1 for step in story.steps)
    assert "scribble holds" in story.sentences[0]
    assert all(one.weight == 0 or one.theta_post == 1 for step in story.steps for one in step.posteriors)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ((-1, 5, 0), "row is -1; choose a whole number from 0 to 59."),
        ((5, 90, 0), "column is 90; choose a whole number from 0 to 89."),
        ((30, 50, 2), "chain is 2; choose a whole number from 0 to 1."),
    ],
)
def test_what_is_not_there_is_refused_in_a_sentence(asked: tuple[int, int, int], said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        explain_bit(traced(), *asked)
    assert str(caught.value) == said


def test_a_pixel_outside_the_window_is_told_where_the_window_is() -> None:
    trace = traced(focus=True)
    assert list(trace.window) != [0, 0, H, W], "this test needs a window"
    with pytest.raises(SettingsError, match="outside the window of the chains") as caught:
        explain_bit(trace, 0, 0)
    assert str(int(trace.window[0])) in str(caught.value)
