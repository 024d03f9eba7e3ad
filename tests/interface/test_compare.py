"""Two lanes on one clock: what differs, what does not, and how both are computed."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from bright_model import red_disc, red_model, save_disc
from visitors import Watched

from hidiff.diffusion.samplers import SAMPLERS
from hidiff.errors import SettingsError
from hidiff.interface.player.lanes import LanesBuilder, sample_payload
from hidiff.interface.player.payload import Payload
from hidiff.interface.runs.cache import FinishedRun
from hidiff.interface.runs.compare import DIFFERENCES, comparison_of, differences
from hidiff.interface.runs.recipe import Recipe, Source, checked_recipe, open_picture
from hidiff.interface.runs.run import RunEvent, run
from hidiff.interface.texts import text
from hidiff.pipeline import HiDiff
from hidiff.priors.scribbles import encode_scribbles
from hidiff.tasks import FUNDUS, POLYP


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    save_disc(tmp_path / "disc.png")
    return checked_recipe(red_model(), Source(tmp_path / "disc.png", "disc.png"), {"steps": 3, "seed": 5})[0]


def lanes_of(model: HiDiff, recipe: Recipe, difference: str) -> tuple[list[RunEvent], list[Payload | None]]:
    """The events and the payloads of two lanes."""
    comparison = comparison_of(model, recipe, difference)
    picture, recipes = open_picture(model, recipe.source), (recipe, comparison.recipe)
    builder = LanesBuilder("run", model, picture, recipes, comparison.titles)
    events = list(run(model, picture, recipes))
    return events, [builder.add(event) for event in events]


def test_what_lanes_can_differ_in_follows_from_the_task() -> None:
    assert set(DIFFERENCES) - set(differences(red_model(POLYP))) == {"backend", "twin"}  # its denoiser has no bits
    assert set(DIFFERENCES) - set(differences(red_model(FUNDUS))) == {"focus", "backend", "twin"}


@pytest.mark.parametrize("difference", [name for name in DIFFERENCES if name != "twin"])
def test_lanes_differ_in_one_thing_and_have_names_of_their_own(recipe: Recipe, difference: str) -> None:
    if difference == "user":  # a hand was in it, or there is nothing to leave out
        recipe = replace(recipe, scribbles=encode_scribbles(np.full((240, 320), 255, np.uint8)))
    comparison = comparison_of(red_model(), recipe, difference)
    first, second = asdict(recipe.settings), asdict(comparison.recipe.settings)
    changed = {name for name in first if first[name] != second[name]}
    expected = {"noise": set(), "broken": set(), "user": set(), "backend": set(), "alone": {"mirror"}}.get(
        difference, {difference}
    )
    assert changed == expected
    assert comparison.recipe.source == recipe.source
    assert comparison.recipe != recipe and len(set(comparison.titles)) == 2


def test_a_lane_that_has_it_already_is_compared_with_the_usual(recipe: Recipe) -> None:
    model = red_model()
    for difference in ("sampler", "noise", "broken", "focus", "aggregate", "backend"):
        there = comparison_of(model, recipe, difference).recipe
        assert comparison_of(model, there, difference).recipe == recipe


def test_an_unknown_difference_is_refused(recipe: Recipe) -> None:
    for difference in ("weather", None, 3, "twin"):  # these weights have no twin
        with pytest.raises(SettingsError):
            comparison_of(red_model(), recipe, difference)


def test_every_sampler_can_be_compared_with_the_usual_one(recipe: Recipe) -> None:
    model = red_model()
    for name in list(SAMPLERS)[1:]:
        first = replace(recipe, settings=replace(recipe.settings, sampler=name))
        assert comparison_of(model, first, "sampler").recipe == recipe


def test_events_come_in_turn_and_the_longer_lane_ends_alone(recipe: Recipe) -> None:
    events, payloads = lanes_of(red_model(), replace(recipe, settings=replace(recipe.settings, steps=6)), "steps")
    assert [event.lane for event in events] == [0, 1] * 6 + [0] * 2
    assert [event.kind for event in events] == ["prior"] * 2 + ["step"] * 8 + ["step", "answer", "step", "answer"]
    assert [payload is None for payload in payloads] == [True] + [False] * (len(events) - 1)


def test_both_lanes_stop_and_leave_at_once(recipe: Recipe) -> None:
    model, picture = red_model(), open_picture(red_model(), recipe.source)
    said = iter(["go"] * 8 + ["stop"] * 9)  # asked before every piece of work, and after it
    events = list(run(model, picture, (recipe, recipe), lambda: next(said)))
    assert [(event.kind, event.lane) for event in events[4:]] == [("answer", 0), ("answer", 1)]
    assert all(event.stopped and len(event.refinement.steps) == 1 for event in events[4:])
    said = iter(["go"] * 6 + ["leave"])
    assert [event.kind for event in run(model, picture, (recipe, recipe), lambda: next(said))] == [
        "prior",
        "prior",
        "step",
    ]
    said = iter(["go"] * 3 + ["leave"])  # what was computed meanwhile is not given
    assert [event.kind for event in run(model, picture, (recipe, recipe), lambda: next(said))] == ["prior"]


def test_lanes_are_computed_in_turn_and_meet_the_same_noise(recipe: Recipe) -> None:
    events, payloads = lanes_of(red_model(), recipe, "noise")
    assert [(event.lane, event.kind) for event in events[2:6]] == [(0, "step"), (1, "step")] * 2
    steps = {lane: [event.step for event in events if event.lane == lane and event.kind == "step"] for lane in (0, 1)}
    # the first is refined in a window and the second, which found nothing, in the whole image: one canvas, one field
    for one, other in zip(steps[0][:-1], steps[1][:-1], strict=True):
        np.testing.assert_array_equal(one.u, other.u)
    last = payloads[-1]
    assert last is not None and not last["live"]
    assert len(last["frames"]) == len(last["second"]["frames"]) == 6


def test_the_segmentor_alone_answers_at_once(recipe: Recipe) -> None:
    model = red_model()
    events, _ = lanes_of(model, recipe, "alone")
    answer = next(event for event in events if event.lane == 1 and event.kind == "answer")
    assert answer.refinement is not None and not answer.refinement.steps and not answer.stopped
    expected = model.prior(red_disc()[0], mirror=True).p
    np.testing.assert_array_equal(answer.refinement.prior_map, expected)
    same = (answer.refinement.probability() > 0.5) == (expected > 0.5)
    assert same.mean() > 0.995  # but for pixels of the outline, which the canvas has resampled
    assert model.denoiser.calls == 3


def test_a_sample_is_shown_with_its_own_bits(recipe: Recipe) -> None:
    model = red_model()
    many, _ = checked_recipe(model, recipe.source, {"steps": 3, "samples": 3})
    picture = open_picture(model, many.source)
    last = list(run(model, picture, [many]))[-1]
    finished = FinishedRun(picture, last.prior, last.refinement)
    shown = [sample_payload(f"run-{chain}", model, many, finished, chain) for chain in range(3)]
    assert len({str(payload["frames"][2]) for payload in shown}) == 3
    assert {payload["picture"] for payload in shown} == {shown[0]["picture"]}
    for chain in (-1, 3):
        with pytest.raises(IndexError):
            sample_payload("run", model, many, finished, chain)


def test_two_lanes_stand_side_by_side_in_the_browser(opened: Watched) -> None:
    opened.pick()
    opened.wait_done()
    opened.open("compare")
    opened.page.click("#compared input")
    opened.page.click(f'[role="option"]:has-text("{text("difference.noise")}")')
    opened.page.click("#compare")
    opened.wait_begun()
    opened.wait_done()
    assert opened.page.locator(".stage canvas:visible").count() >= 2
    shown = opened.page.inner_text("#player")
    assert text("prior.segmentor") in shown and text("prior.noise") in shown
    opened.refined()
    assert text("prior.noise") not in opened.page.inner_text("#player")
