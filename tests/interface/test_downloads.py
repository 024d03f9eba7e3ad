"""What the app gives to take home: exact files, named after what made them, and made again by the command it shows."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

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
from hidiff.interface.runs.names import picture_stem, stem
from hidiff.interface.runs.recipe import Recipe, Source, checked_recipe, open_picture
from hidiff.interface.runs.run import run
from hidiff.interface.runs.session import DisplayedRun
from hidiff.interface.runs.uploads import new_folder
from hidiff.interface.texts import text
from hidiff.pipeline import HiDiff
from hidiff.priors.scribbles import decode_scribbles
from hidiff.refinement.prepare import painted_prior
from hidiff.refinement.reference import scored
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
    if how == "reference":
        truth = Source(saved(folder / "truth.png", disc(60, 80, 30, 40, 15)), "truth.png")
        return checked_recipe(model, replace(source, own_reference=truth), {"seed": 11})[0]
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
    "how",
    [
        "segmentor",
        "noise",
        "erase",
        "shift",
        "mask",
        "probability of another size",
        "scribbles and mirrors",
        "reference",
    ],
)
def test_the_command_that_is_shown_makes_the_same_as_the_downloads(
    weights: Path, model: HiDiff, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    recipe = recipe_of(model, tmp_path, how)
    finished = finished_run(model, recipe)
    there = [kind for kind in kinds() if not downloads.lacking(kind, recipe, 3)]
    files = {kind: downloads.save(kind, model, recipe, finished, new_folder()) for kind in there}
    words = shlex.split(downloads.command(model, recipe))
    assert words[:4] == [".venv/bin/python", "-m", "hidiff", "segment"]
    if recipe.scribbles is not None:
        (tmp_path / files[SCRIBBLES].name).write_bytes(files[SCRIBBLES].read_bytes())
    monkeypatch.chdir(tmp_path)
    assert main([str(weights) if word == "WEIGHTS" else word for word in words[3:]]) == 0
    for kind, row in EXPORTS.items():
        if kind in files:
            made = tmp_path / "results" / f"scan 7{row.suffix}"
            if row.suffix.endswith(".png"):  # the command marks its pictures as its own, in a text beside the pixels
                np.testing.assert_array_equal(levels(made), levels(files[kind]), err_msg=kind)
            else:
                assert files[kind].read_bytes() == made.read_bytes(), kind
    assert len(set(EXPORTS) & set(files)) == (10 if how == "reference" else 9)


def test_each_file_is_what_its_name_says(model: HiDiff, tmp_path: Path) -> None:
    recipe = recipe_of(model, tmp_path, "scribbles and mirrors")
    finished = finished_run(model, recipe)
    there = [kind for kind in kinds() if not downloads.lacking(kind, recipe, 3)]
    files = {kind: downloads.save(kind, model, recipe, finished, new_folder()) for kind in there}
    (name,) = {path.name.split(".", 1)[0] for path in files.values()}
    assert re.fullmatch(r"polyp-scan-7-samples2-plug_in-no-focus-mirror-mean-scribbles-[0-9a-f]{6}-seed11", name), name
    assert len({path.parent for path in files.values()}) == len(there) == len(kinds()) - 1
    np.testing.assert_array_equal(levels(files["prior"]) > 0, finished.refinement.prior_map[0] > 0.5)
    probability = finished.refinement.probability()[0]
    np.testing.assert_array_equal(levels(files["mask"]) > 0, probability > 0.5)
    assert levels(files["prob"]).dtype == np.uint16
    np.testing.assert_array_equal(levels(files["prob"]) > 32767, probability > 0.5)
    assert levels(files["overlay"]).shape == (60, 80, 3)
    for kind in ("animation", GIF):
        with Image.open(files[kind]) as moving:
            assert moving.n_frames == 2 + 3 + 1
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
    own = {"source": "own", "name": "mine.png", "sha256": digest(tmp_path / "mine.png"), "inverted": False}
    assert told["prior"] == own
    assert told["reference"] is None
    assert told["pixels_on"] == {
        "prior": int((finished.refinement.prior_map > 0.5).sum()),
        "refined": int((finished.refinement.probability() > 0.5).sum()),
    }
    assert len(told["seconds"]) == 3 and min(told["seconds"]) >= 0
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
        assert moving.n_frames == 2 + 2 + 1
    whole, light = (
        Trace.load(downloads.save(kind, model, recipe, finished, new_folder())) for kind in ("trace", "light")
    )
    assert np.array_equal(light.y_t, whole.y_t) and np.array_equal(light.refined, whole.refined)
    assert whole.y_prev[:, 1].any() and not light.y_prev[:, 1].any() and not light.u[:, 1].any()
    assert downloads.save(downloads.ALL, model, recipe, finished, new_folder()).is_file()


def test_what_there_is_none_of_is_said(model: HiDiff, tmp_path: Path) -> None:
    recipe = recipe_of(model, tmp_path, "segmentor")
    finished = finished_run(model, replace(recipe, alone=True))
    for kind in (SCRIBBLES, "animation", "trace", "light", "sheet", "difference", "recording"):
        with pytest.raises(HiDiffError):
            downloads.save(kind, model, recipe, finished, new_folder())
    assert downloads.save("mask", model, recipe, finished, new_folder()).is_file()


def told_of(model: HiDiff, recipe: Recipe) -> dict[str, Any]:
    saved_as = downloads.save(SETTINGS, model, recipe, finished_run(model, recipe), new_folder())
    told: dict[str, Any] = json.loads(saved_as.read_text())
    return told


def test_the_settings_name_one_source_of_the_prior_and_what_belongs_to_it(model: HiDiff, tmp_path: Path) -> None:
    assert told_of(model, recipe_of(model, tmp_path, "segmentor"))["prior"] == {"source": "segmentor"}
    assert told_of(model, recipe_of(model, tmp_path, "noise"))["prior"] == {"source": "noise"}
    broken = told_of(model, recipe_of(model, tmp_path, "erase"))
    assert broken["prior"] == {"source": "erase", "seed": 3}
    assert "confidence" not in broken["settings"]  # it is of a given mask


def test_the_settings_hold_the_reference_and_its_scores(model: HiDiff, tmp_path: Path) -> None:
    recipe = recipe_of(model, tmp_path, "reference")
    finished = finished_run(model, recipe)
    told = json.loads(downloads.save(SETTINGS, model, recipe, finished, new_folder()).read_text())["reference"]
    assert told["name"] == "truth.png"
    assert told["sha256"] == hashlib.sha256((tmp_path / "truth.png").read_bytes()).hexdigest()
    assert told["scores"] == scored(finished.refinement, disc(60, 80, 30, 40, 15) > 0).document


def test_the_settings_count_a_stroke_that_holds_to_the_prior(model: HiDiff, tmp_path: Path) -> None:
    recipe = recipe_of(model, tmp_path, "scribbles and mirrors")
    truth = Source(saved(tmp_path / "truth.png", disc(60, 80, 30, 40, 15)), "truth.png")
    recipe = replace(recipe, source=replace(recipe.source, own_reference=truth))
    finished = finished_run(model, recipe)
    assert finished.refinement.scribbles is not None
    told = json.loads(downloads.save(SETTINGS, model, recipe, finished, new_folder()).read_text())["reference"]
    shown = painted_prior(finished.prior, finished.refinement.scribbles, True, model.task.thin).p[0] > 0.5
    bare = scored(finished.refinement, disc(60, 80, 30, 40, 15) > 0, finished.prior.p[0] > 0.5).document
    assert told["scores"] == scored(finished.refinement, disc(60, 80, 30, 40, 15) > 0, shown).document
    assert told["scores"]["prior"] != bare["prior"]


def test_one_zip_holds_every_file_but_the_full_trace(model: HiDiff, tmp_path: Path) -> None:
    for how in ("reference", "scribbles and mirrors", "segmentor"):
        recipe = recipe_of(model, tmp_path, how)
        finished = finished_run(model, recipe)
        path = downloads.save("all", model, recipe, finished, new_folder())
        there = [kind for kind in kinds() if kind not in ("all", TRACE) and not downloads.lacking(kind, recipe, 3)]
        files = [downloads.save(kind, model, recipe, finished, new_folder()) for kind in there]
        with ZipFile(path) as archive:
            assert archive.testzip() is None
            assert archive.namelist() == [file.name for file in files]
            for file in files:
                assert archive.read(file.name) == file.read_bytes(), file.name
        again = downloads.save("all", model, recipe, finished, new_folder())
        assert again.read_bytes() == path.read_bytes() and path.suffix == ".zip"
        assert ("difference" in there, SCRIBBLES in there) == (how == "reference", how.startswith("scribbles"))


def test_a_stopped_run_with_no_step_has_a_zip_of_what_there_is(model: HiDiff, tmp_path: Path) -> None:
    recipe = recipe_of(model, tmp_path, "segmentor")
    finished = finished_run(model, replace(recipe, alone=True))
    with ZipFile(downloads.save("all", model, recipe, finished, new_folder())) as archive:
        assert {name.split(".", 1)[1] for name in archive.namelist()} == {
            "mask.png", "prior.png", "prob.png", "overlay.png", "settings.json",
        }  # fmt: skip


def test_another_reference_of_a_kept_run_is_that_of_the_recipe(
    model: HiDiff, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = recipe_of(model, tmp_path, "segmentor")
    runs = RunCache()
    runs.add("a", finished_run(model, recipe))
    monkeypatch.setattr(cache_room, "_computed_again", lambda *_: pytest.fail("computed again"))
    compared = recipe_of(model, tmp_path, "reference")
    found = runs.find(DisplayedRun("a", replace(recipe, source=compared.source), 3), model)
    np.testing.assert_array_equal(found.picture.reference, disc(60, 80, 30, 40, 15) > 0)
    assert runs.find(DisplayedRun("a", recipe, 3), model).picture.reference is None


def names_of(model: HiDiff, folder: Path, title: str = "scan.png") -> Iterator[tuple[str, Recipe]]:
    """A recipe for each thing that makes other bits."""
    source = Source(saved(folder / "scan.png", picture(60, 80)), title)
    one, other = (Source(saved(folder / f"{n}.png", disc(60, 80, 20, 50, 9 + n)), "mask of mine.png") for n in (1, 2))

    def of(given: dict[str, Any] | None = None, **more: Any) -> Recipe:
        return checked_recipe(model, source, given or {}, **more)[0]

    yield "", of()
    yield "seed", of({"seed": 1})
    for setting in ({"steps": 2}, {"samples": 2}, {"sampler": "ddim"}, {"aggregate": "mean"}, {"aggregate": "blend"}):
        yield str(setting), of(setting)
    yield "focus", of({"focus": False})
    yield "mirror", of({"mirror": True})
    for name, seed in (("noise", 0), ("erase", 0), ("erase", 1), ("shift", 0)):
        yield f"{name} {seed}", of(prior_source=name, prior_seed=seed)
    yield "one", of(own=one)
    yield "other", of(own=other)
    yield "confidence", of({"confidence": 0.7}, own=one)
    for bit in (0, 255):
        painted = np.full((60, 80), 128, np.uint8)
        painted[5:9, 5:9] = bit
        yield f"painted {bit}", of(scribbles=lambda _, painted=painted: painted)
    yield "alone", replace(of(), alone=True)


def test_two_refinements_of_a_picture_that_differ_differ_in_their_names(model: HiDiff, tmp_path: Path) -> None:
    for title in ("scan.png", "x" * 300 + ".png"):
        names = {what: stem(model, recipe) for what, recipe in names_of(model, tmp_path, title)}
        names["stopped"] = stem(model, next(names_of(model, tmp_path, title))[1], 1)
        assert len(set(names.values())) == len(names), names
        for name in names.values():
            assert len(f"{name}.difference.png".encode()) < 200
            assert re.fullmatch(r"[\w.-]+", name) and name.startswith("polyp-")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("my eye (left) ünïcode.jpg", "my-eye-left-unicode"),
        ("Größe_é.png", "Grosse_e"),
        ("眼底 写真.png", "眼底-写真"),
        ("../../a b<c>.png", "a-b-c"),
        ("a\u202egnp.exe.png", "a-gnp-exe"),
        ("---.png", "image"),
        ("é" * 200 + ".png", "e" * 60),
        ("眼" * 200 + ".png", "眼" * 20),
    ],
)
def test_names_of_pictures_are_readable_and_safe(title: str, name: str) -> None:
    assert picture_stem("polyp", Source(Path("x"), title)) == f"polyp-{name}"


def test_the_size_of_a_trace_is_said_and_of_small_files_is_not() -> None:
    shape = (1, 10, 1, 256, 256)
    full, light = downloads.expected_bytes(TRACE, shape), downloads.expected_bytes("light", shape)
    assert full is not None and light is not None and 8e6 < full < 11e6 and 10 * light < full
    assert downloads.expected_bytes("mask", shape) is None


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
