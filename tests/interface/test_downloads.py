"""What the app gives to take home: exact files, named after what made them, and made again by the command it shows."""

from __future__ import annotations

import hashlib
import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from segment_runs import disc, levels, picture, saved

from hidiff.__main__ import main
from hidiff.errors import HiDiffError
from hidiff.interface.runs import cache as cache_room
from hidiff.interface.runs import downloads
from hidiff.interface.runs.cache import FinishedRun, KeptRun, RunCache
from hidiff.interface.runs.downloads import SCRIBBLES, SETTINGS, kinds
from hidiff.interface.runs.recipe import Recipe, Source, checked_recipe, open_picture
from hidiff.interface.runs.run import run
from hidiff.interface.runs.session import DisplayedRun
from hidiff.interface.runs.uploads import new_folder
from hidiff.interface.texts import text
from hidiff.pipeline import HiDiff
from hidiff.priors.scribbles import decode_scribbles
from hidiff.refinement.trace import Trace
from hidiff.visuals.exports import EXPORTS, GIF, TRACE

pytest_plugins = ["segment_runs"]

SCRIBBLES_PAINTED = np.full((60, 80), 128, np.uint8)
SCRIBBLES_PAINTED[10:20, 10:30], SCRIBBLES_PAINTED[40:50, 10:30] = 255, 0


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "gradio"))


def finished_run(model: HiDiff, recipe: Recipe) -> FinishedRun:
    opened = open_picture(model, recipe.source)
    last = list(run(model, opened, [recipe]))[-1]
    assert last.refinement is not None
    return FinishedRun(opened, last.prior, last.refinement)


def recipe_of(model: HiDiff, folder: Path, how: str) -> Recipe:
    source = Source(saved(folder / "scan 7.png", picture(60, 80)), "scan 7.png")
    given: dict[str, Any] = {"steps": 3, "seed": 11, "sampler": "ddim", "confidence": 0.8}
    if how == "mask":
        own = saved(folder / "mine.png", disc(60, 80, 20, 50, 9))
        return checked_recipe(model, source, given, own=Source(own, "mine.png"))[0]
    if how == "probability of another size":
        soft = cv2.GaussianBlur(disc(30, 40, 10, 25, 6), (0, 0), 2)
        return checked_recipe(model, source, given, own=Source(saved(folder / "soft.png", soft), "soft.png"))[0]
    if how == "scribbles and mirrors":
        given |= {"mirror": True, "samples": 2, "aggregate": "mean", "focus": False, "sampler": "plug_in"}
        return checked_recipe(model, source, given, scribbles=lambda size: SCRIBBLES_PAINTED)[0]
    return checked_recipe(model, source, given, how, 3)[0]


@pytest.mark.parametrize(
    "how", ["segmentor", "noise", "erase", "shift", "mask", "probability of another size", "scribbles and mirrors"]
)
def test_the_command_that_is_shown_makes_the_bytes_of_the_downloads(
    weights: Path, model: HiDiff, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    recipe = recipe_of(model, tmp_path, how)
    finished = finished_run(model, recipe)
    there = [kind for kind in kinds() if kind != SCRIBBLES or recipe.scribbles is not None]
    files = {kind: downloads.save(kind, model, recipe, finished, new_folder()) for kind in there}
    words = shlex.split(downloads.command(model, recipe))
    assert words[:4] == ["python", "-m", "hidiff", "segment"]
    if recipe.scribbles is not None:
        (tmp_path / files[SCRIBBLES].name).write_bytes(files[SCRIBBLES].read_bytes())
    monkeypatch.chdir(tmp_path)
    assert main([str(weights) if word == "WEIGHTS" else word for word in words[3:]]) == 0
    made = 0
    for kind, row in EXPORTS.items():
        if kind not in files:
            continue
        theirs = tmp_path / "results" / f"scan 7{row.suffix}"
        if kind == TRACE:  # it also keeps how many seconds each step took
            ours, again = Trace.load(files[kind]), Trace.load(theirs)
            for name in ("p", "t", "u_start", "y_t", "eps_hat", "y0_hat", "mean", "u", "y_prev", "refined", "window"):
                np.testing.assert_array_equal(getattr(ours, name), getattr(again, name))
        else:
            assert files[kind].read_bytes() == theirs.read_bytes(), kind
        made += 1
    assert made == 7


def test_each_file_is_what_its_name_says(model: HiDiff, tmp_path: Path) -> None:
    recipe = recipe_of(model, tmp_path, "scribbles and mirrors")
    finished = finished_run(model, recipe)
    files = {kind: downloads.save(kind, model, recipe, finished, new_folder()) for kind in kinds()}
    assert {path.name.split(".", 1)[0] for path in files.values()} == {"polyp-scan-7-seed11"}
    assert len({path.parent for path in files.values()}) == len(kinds())
    probability = finished.refinement.probability()[0]
    np.testing.assert_array_equal(levels(files["mask"]) > 0, probability > 0.5)
    assert levels(files["prob"]).dtype == np.uint16
    np.testing.assert_array_equal(levels(files["prob"]) > 32767, probability > 0.5)
    assert levels(files["overlay"]).shape == (60, 80, 3)
    for kind in ("animation", GIF):
        with Image.open(files[kind]) as moving:
            assert moving.n_frames == 1 + 3 + 1
    assert min(levels(files["sheet"]).shape[:2]) > 200
    np.testing.assert_array_equal(decode_scribbles(files[SCRIBBLES].read_bytes()), SCRIBBLES_PAINTED)
    np.testing.assert_array_equal(levels(files[SCRIBBLES]), SCRIBBLES_PAINTED)


def test_the_settings_say_from_what_everything_was_made(weights: Path, model: HiDiff, tmp_path: Path) -> None:
    recipe = recipe_of(model, tmp_path, "mask")
    finished = finished_run(model, recipe)
    told = json.loads(downloads.save(SETTINGS, model, recipe, finished, new_folder()).read_text())

    def digest(path: Path) -> str:
        return hashlib.sha256(path.read_bytes()).hexdigest()

    assert told["image"] == {
        "name": "scan 7.png", "width": 80, "height": 60, "sha256": digest(tmp_path / "scan 7.png"),
    }  # fmt: skip
    assert told["prior"] == {"name": "mine.png", "sha256": digest(tmp_path / "mine.png"), "inverted": False}
    assert told["weights"]["sha256"] == {path.name: digest(path) for path in weights.iterdir()}
    assert {"config.json", "denoiser.safetensors", "segmentor.safetensors"} <= set(told["weights"]["sha256"])
    assert told["settings"]["confidence"] == 0.8 and told["settings"]["seed"] == 11
    mask = np.where(finished.refinement.probability() > 0.5, 255, 0).astype(np.uint8)
    assert told["pixels_sha256"]["mask"] == hashlib.sha256(mask.tobytes()).hexdigest()
    assert told["steps_done"] == 3
    assert str(tmp_path) not in json.dumps(told) and str(weights) not in json.dumps(told)
    assert {"torch", "numpy", "opencv"} <= set(told["versions"])


def test_a_stopped_run_has_its_files_and_no_command(model: HiDiff, tmp_path: Path) -> None:
    recipe = recipe_of(model, tmp_path, "segmentor")
    shown = DisplayedRun("run", recipe, 2)
    finished = RunCache().find(shown, model)
    assert len(finished.refinement.steps) == 2
    assert downloads.command(model, recipe, 2) == text("take.no_command")
    with Image.open(downloads.save("animation", model, recipe, finished, new_folder())) as moving:
        assert moving.n_frames == 1 + 2 + 1


def test_what_there_is_none_of_is_said(model: HiDiff, tmp_path: Path) -> None:
    recipe = recipe_of(model, tmp_path, "segmentor")
    finished = finished_run(model, replace(recipe, alone=True))
    for kind in (SCRIBBLES, "animation", "trace", "sheet", "recording"):
        with pytest.raises(HiDiffError):
            downloads.save(kind, model, recipe, finished, new_folder())
    assert downloads.save("mask", model, recipe, finished, new_folder()).is_file()


def test_the_cache_holds_the_newest_within_its_budget_and_computes_the_others_again(
    model: HiDiff, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = recipe_of(model, tmp_path, "segmentor")
    first = finished_run(model, recipe)
    computed: list[str] = []
    real = cache_room._computed_again

    def counted(displayed: DisplayedRun, model: HiDiff) -> FinishedRun:
        computed.append(displayed.run)
        return real(displayed, model)

    monkeypatch.setattr(cache_room, "_computed_again", counted)
    runs = RunCache(budget=2 * KeptRun.of(first).size)
    for name in "abc":
        runs.add(name, replace(first))
    same = runs.find(DisplayedRun("c", recipe, 3), model)
    again = runs.find(DisplayedRun("a", recipe, 3), model)
    assert computed == ["a"]
    for one in (same, again):
        np.testing.assert_array_equal(one.refinement.probability(), first.refinement.probability())
    small = RunCache(budget=1)
    small.add("a", first)
    small.find(DisplayedRun("a", recipe, 3), model)
    assert computed == ["a", "a"]
