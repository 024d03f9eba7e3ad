"""What a run may cost, when it ends by itself, and which work is short."""

from __future__ import annotations

import inspect
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from bright_model import red_disc, red_model, save_disc

from hidiff.errors import SettingsError
from hidiff.interface import build
from hidiff.interface.runs import recipe as recipes
from hidiff.interface.runs.compare import comparison_of
from hidiff.interface.runs.recipe import (
    MAX_WORK,
    SHORT_WORK,
    SLOW,
    Source,
    check_work,
    checked_recipe,
    cost_of,
    open_picture,
    samples_that_fit,
    work_beside,
    work_of,
)
from hidiff.interface.runs.run import limited, run
from hidiff.interface.runs.session import Session
from hidiff.interface.server.lanes import short_work
from hidiff.interface.texts import text
from hidiff.pipeline import HiDiff
from hidiff.tasks import FUNDUS


@pytest.fixture
def disc(tmp_path: Path) -> Source:
    save_disc(tmp_path / "disc.png")
    return Source(tmp_path / "disc.png", "disc.png")


@pytest.fixture
def eye(tmp_path: Path) -> Source:
    picture = np.zeros((900, 900, 3), np.uint8)
    cv2.circle(picture, (450, 450), FUNDUS.fov_diameter // 2, (60, 90, 180), -1)
    cv2.imwrite(str(tmp_path / "eye.png"), picture)
    return Source(tmp_path / "eye.png", "eye.png")


def test_work_is_canvas_times_samples_times_steps_times_engine(disc: Source) -> None:
    model = red_model()
    recipe, _ = checked_recipe(model, disc, {"samples": 3, "steps": 4})
    assert cost_of(model) == SLOW  # no packed kernels here
    assert recipe.work == work_of(model, open_picture(model, disc), recipe) == 256 * 256 * 3 * 4 * SLOW


def test_packed_kernels_cost_a_tenth_and_only_where_they_run(monkeypatch: pytest.MonkeyPatch) -> None:
    class Packed:
        packed = True

    monkeypatch.setattr(recipes, "PackedDenoiser", Packed)
    model: Any = SimpleNamespace(backend=Packed())
    assert (cost_of(model), cost_of(model, backend="simulation"), cost_of(model, network="real")) == (1, SLOW, SLOW)


def test_a_run_that_would_hold_the_server_for_minutes_is_refused_in_a_sentence(eye: Source) -> None:
    model = red_model(FUNDUS)
    with pytest.raises(SettingsError, match=r"eye\.png with these settings would take about \d+ seconds here, and 55"):
        checked_recipe(model, eye, {"samples": 2, "steps": 10})
    assert checked_recipe(model, eye, {"samples": 1, "steps": 5})[0].work <= MAX_WORK


def test_both_lanes_of_a_comparison_count(disc: Source) -> None:
    model = red_model()
    first, _ = checked_recipe(model, disc, {"samples": 2, "steps": 8})
    second = comparison_of(model, first, "steps").recipe
    assert second.settings.steps != first.settings.steps
    assert work_beside(model, first, second) == work_of(model, open_picture(model, disc), second)
    alone = comparison_of(model, first, "alone").recipe
    assert work_beside(model, first, alone) == 0
    check_work("disc.png", MAX_WORK)
    with pytest.raises(SettingsError, match="fewer samples, fewer steps or the packed engine"):
        check_work("disc.png", MAX_WORK + 1)


def test_a_run_ends_as_stop_does_when_its_time_is_over(disc: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("hidiff.interface.runs.run.time", SimpleNamespace(monotonic=lambda: now[0]))
    model = red_model()
    recipe, _ = checked_recipe(model, disc, {"steps": 6})
    seen = []
    for event in run(model, open_picture(model, disc), [recipe], limited(lambda: "go", 10.0)):
        seen.append(event)
        now[0] += 4.0
    assert [event.kind for event in seen] == ["prior", "step", "step", "answer"]
    assert seen[-1].stopped and seen[-1].refinement is not None
    assert seen[-1].refinement.probability().shape == (1, *red_disc()[0].shape[:2])
    assert limited(lambda: "leave", -1.0)() == "leave"


def test_an_api_call_says_that_its_time_was_over(disc: Source, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    monkeypatch.setattr("hidiff.interface.api.calls.limited", lambda verdict: limited(verdict, -1.0))
    page = build({"polyp": red_model()}, {}, ())
    endpoint = next(one.fn for one in page.fns.values() if one.api_name == "refine")
    given = {"image": {"path": str(disc.path), "orig_name": "disc.png"}, "task": "polyp", "steps": 5}
    *_, (mask, report) = endpoint(*[given.get(name) for name in inspect.signature(endpoint).parameters])
    assert Path(mask).is_file() and report["notes"] == [text("server.time_limit", seconds=recipes.TIME_LIMIT)]


def test_several_samples_are_as_many_as_fit(disc: Source, eye: Source) -> None:
    polyp, fundus = red_model(), red_model(FUNDUS)
    assert samples_that_fit(polyp, checked_recipe(polyp, disc, {"steps": 2})[0], 8) == 8
    recipe, _ = checked_recipe(fundus, eye, {"steps": 2})
    fit = samples_that_fit(fundus, recipe, 8)
    assert 1 < fit < 8 and checked_recipe(fundus, eye, {"steps": 2, "samples": fit})[0].settings.samples == fit
    with pytest.raises(SettingsError, match=rf"{fit} at most"):
        checked_recipe(fundus, eye, {"steps": 2, "samples": fit + 1})
    assert samples_that_fit(fundus, replace(recipe, work=0), 8) == 8  # nothing was opened


# ------------------------------------------------------------------------------------------------------ short work
def event_of(page: Any, name: str, data: list[Any], session: str = "s") -> Any:
    fn = next(one for one in page.fns.values() if one.api_name == name)
    return SimpleNamespace(fn=fn, data=SimpleNamespace(data=data), session_hash=session)


def test_a_small_call_is_short_and_a_large_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hidiff.interface.server.lanes.cost_of", lambda model: 1)
    models: dict[str, HiDiff] = {"polyp": red_model(), "fundus": red_model(FUNDUS)}
    page = build(models, {}, ())
    is_short = short_work(page, models)
    assert is_short(event_of(page, "refine", [None, "polyp", 10, 1]))
    assert is_short(event_of(page, "refine", [None, "polyp", None, None]))
    assert not is_short(event_of(page, "refine", [None, "polyp", 10, 16]))
    assert not is_short(event_of(page, "refine", [None, "fundus", 1, 1]))  # its canvas is not known yet
    for odd in ([], [None], [None, 5], [None, {"a": 1}, "x", []], [None, "nobody"]):
        is_short(event_of(page, "refine", odd))


def test_a_run_that_was_admitted_says_what_it_costs() -> None:
    models = {"polyp": red_model()}
    page = build(models, {}, ())
    fn = next(one for one in page.fns.values() if getattr(one.fn, "__name__", "") == "run")
    state = next(block for block in fn.inputs if block.stateful)
    session = Session()
    page.state_holder = SimpleNamespace(session_data={"s": SimpleNamespace(state_data={state._id: session})})
    event = SimpleNamespace(fn=fn, data=None, session_hash="s")
    is_short = short_work(page, models)
    assert not is_short(event)
    for work, short in ((SHORT_WORK, True), (SHORT_WORK + 1, False)):
        session.start_run(SimpleNamespace(work=work))  # type: ignore[arg-type]
        assert is_short(event) is short
    event.session_hash = "another"
    assert not is_short(event)
