"""Two lanes on one clock: what differs, what does not, and how both are computed."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from bright_model import red_disc, red_model, save_disc
from visitors import Watched

from hidiff.errors import SettingsError
from hidiff.interface.player.scenes import Scene, sample_scene, scenes
from hidiff.interface.runs.cache import Kept
from hidiff.interface.runs.compare import DIFFERENCES, abreast, differences, second_lane
from hidiff.interface.runs.recipe import checked_recipe
from hidiff.interface.runs.run import Recipe, Source, open_picture
from hidiff.interface.texts import text
from hidiff.pipeline import HiDiff
from hidiff.tasks import FUNDUS, POLYP


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    save_disc(tmp_path / "disc.png")
    return checked_recipe(red_model(), Source(tmp_path / "disc.png", "disc.png"), {"steps": 3, "seed": 5})[0]


def lanes_of(model: HiDiff, recipe: Recipe, difference: str) -> list[Scene]:
    against = second_lane(model, recipe, difference)
    return list(scenes("run", open_picture(model, recipe.source), model, recipe, against))


def test_what_lanes_can_differ_in_follows_from_the_task() -> None:
    assert set(DIFFERENCES) - set(differences(red_model(POLYP))) == {"engine", "twin"}  # its denoiser has no bits
    assert set(DIFFERENCES) - set(differences(red_model(FUNDUS))) == {"focus", "engine", "twin"}


@pytest.mark.parametrize("difference", [name for name in DIFFERENCES if name != "twin"])
def test_lanes_differ_in_one_thing_and_have_names_of_their_own(recipe: Recipe, difference: str) -> None:
    against = second_lane(red_model(), recipe, difference)
    first, second = asdict(recipe.settings), asdict(against.recipe.settings)
    changed = {name for name in first if first[name] != second[name]}
    expected = {"noise": set(), "broken": set(), "hand": set(), "engine": set(), "alone": {"flips"}}.get(
        difference, {difference}
    )
    assert changed == expected
    assert against.recipe.source == recipe.source
    if difference != "hand":  # here there was no hand in it
        assert len(set(against.titles)) == 2


def test_a_lane_that_has_it_already_is_compared_with_the_usual(recipe: Recipe) -> None:
    model = red_model()
    for difference in ("sampler", "mean", "noise", "broken", "focus", "answer"):
        there = second_lane(model, recipe, difference).recipe
        assert second_lane(model, there, difference).recipe == recipe


def test_an_unknown_difference_is_refused(recipe: Recipe) -> None:
    for difference in ("weather", None, 3, "twin"):  # these weights have no twin
        with pytest.raises(SettingsError):
            second_lane(red_model(), recipe, difference)


def test_moments_come_in_turn_and_the_longer_lane_ends_alone() -> None:
    first, second = iter("abcd"), iter("xy")
    assert "".join(one for _, one in abreast(first, second)) == "axbycd"  # type: ignore[arg-type]


def test_lanes_are_computed_in_turn_and_meet_the_same_noise(recipe: Recipe) -> None:
    model = red_model()
    seen = lanes_of(model, recipe, "noise")
    assert [(scene.lane, scene.moment.kind) for scene in seen[1:5]] == [(0, "step"), (1, "step")] * 2
    steps = {0: [], 1: []}
    for scene in seen:
        if scene.moment.kind == "step":
            steps[scene.lane].append(scene.moment.step)
    # the first is refined in a window and the second, which found nothing, in the whole image: one canvas, one field
    for one, other in zip(steps[0][:-1], steps[1][:-1], strict=True):
        np.testing.assert_array_equal(one.u, other.u)
    assert not seen[-1].payload["live"]
    assert len(seen[-1].payload["frames"]) == len(seen[-1].payload["second"]["frames"]) == 5


def test_the_segmentor_alone_answers_at_once(recipe: Recipe) -> None:
    model = red_model()
    seen = lanes_of(model, recipe, "alone")
    answer = next(scene.moment for scene in seen if scene.lane == 1 and scene.moment.kind == "answer")
    assert answer.refinement is not None and not answer.refinement.steps and not answer.stopped
    expected = model.prior(red_disc()[0], flips=True).p
    np.testing.assert_array_equal(answer.refinement.prior_map, expected)
    same = (answer.refinement.probability() > 0.5) == (expected > 0.5)
    assert same.mean() > 0.995  # but for pixels of the outline, which the canvas has resampled
    assert model.denoiser.calls == 3


def test_a_sample_is_shown_with_its_own_bits(recipe: Recipe) -> None:
    model = red_model()
    many, _ = checked_recipe(model, recipe.source, {"steps": 3, "samples": 3})
    picture = open_picture(model, many.source)
    last = list(scenes("run", picture, model, many))[-1].moment
    kept = Kept(picture, last.prior, last.refinement)
    shown = [sample_scene(f"run-{chain}", model, many, kept, chain) for chain in range(3)]
    assert len({str(payload["frames"][1]) for payload in shown}) == 3
    assert {payload["picture"] for payload in shown} == {shown[0]["picture"]}
    for chain in (-1, 3):
        with pytest.raises(IndexError):
            sample_scene("run", model, many, kept, chain)


def test_two_lanes_stand_side_by_side_in_the_browser(opened: Watched) -> None:
    opened.pick()
    opened.wait_done()
    opened.open("compare")
    opened.page.click("#difference input")
    opened.page.click(f'[role="option"]:has-text("{text("difference.noise")}")')
    opened.page.click("#compare")
    opened.wait_begun()
    opened.wait_done()
    assert opened.page.locator(".stage canvas:visible").count() >= 2
    shown = opened.page.inner_text("#player")
    assert text("start.segmentor") in shown and text("start.noise") in shown
    opened.refined()
    assert text("start.noise") not in opened.page.inner_text("#player")
