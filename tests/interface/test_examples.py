"""The examples folder: its manifest is true, and its synthetic pictures are what their seeds render."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np
import pytest

from hidiff.priors.sources import check_prior_source
from hidiff.tasks import TASKS

FOLDER = Path(__file__).resolve().parents[2] / "examples"
ENTRIES: list[dict[str, Any]] = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
RENDERED = [entry for entry in ENTRIES if entry["synthetic"]]
WITH_MASK = [entry for entry in ENTRIES if entry["mask"]]
KEYS = {"file", "title", "task", "source", "licence", "synthetic", "mask", "note", "start", "render"}


def _name(entry: dict[str, Any]) -> str:
    return str(entry["file"])


def _image(file: str) -> np.ndarray:
    pixels = cv2.imread(str(FOLDER / file), cv2.IMREAD_COLOR)
    assert pixels is not None, file
    return pixels[..., ::-1]


def _mask(file: str) -> np.ndarray:
    pixels = cv2.imread(str(FOLDER / file), cv2.IMREAD_UNCHANGED)
    assert pixels is not None, file
    return pixels


@pytest.fixture(scope="module")
def scripts() -> Iterator[dict[str, ModuleType]]:
    """The two render scripts, imported as a run from their own folder would import them."""
    sys.path.insert(0, str(FOLDER))
    names = ("render_colon", "render_retina")
    yield {f"{name}.py": importlib.import_module(name) for name in names}
    sys.path.remove(str(FOLDER))
    for name in (*names, "colon_shape"):
        sys.modules.pop(name, None)


def test_every_task_has_two_examples_and_every_file_an_entry() -> None:
    tasks = [entry["task"] for entry in ENTRIES]
    assert min(tasks.count("polyp"), tasks.count("fundus")) >= 2
    listed = {entry["file"] for entry in ENTRIES} | {entry["mask"] for entry in WITH_MASK}
    pictures = {path.name for path in FOLDER.iterdir() if path.suffix in {".jpg", ".png"}}
    assert pictures == listed
    assert len({entry["file"] for entry in ENTRIES}) == len(ENTRIES)


@pytest.mark.parametrize("entry", ENTRIES, ids=_name)
def test_entry_is_complete_and_says_what_is_synthetic(entry: dict[str, Any]) -> None:
    assert set(entry) == KEYS
    assert entry["task"] in {"polyp", "fundus"}
    assert all(entry[key].strip() for key in ("title", "source", "licence", "note"))
    assert ("synthetic" in entry["title"].lower()) is entry["synthetic"]
    assert (entry["render"] is not None) is entry["synthetic"]
    assert (FOLDER / entry["file"]).stat().st_size < 300_000
    assert min(_image(entry["file"]).shape[:2]) >= 256


@pytest.mark.parametrize("entry", ENTRIES, ids=_name)
def test_each_start_is_one_that_the_task_offers_and_is_said_in_a_sentence(entry: dict[str, Any]) -> None:
    start = entry["start"]
    assert set(start) == {"source", "seed", "teaches"}
    check_prior_source(TASKS[entry["task"]], start["source"], start["seed"])
    assert start["teaches"].endswith(".") and "watch" in start["teaches"] and len(start["teaches"]) < 160


def test_starts_differ_and_one_is_left_where_the_refinement_loses() -> None:
    starts = {entry["file"]: entry["start"]["source"] for entry in ENTRIES}
    assert len(set(starts.values())) >= 5
    losing = [entry for entry in ENTRIES if "refinement loses" in entry["note"]]
    assert [entry["start"]["source"] for entry in losing] == ["segmentor"]


@pytest.mark.parametrize("entry", WITH_MASK, ids=_name)
def test_mask_is_binary_not_empty_and_of_its_images_size(entry: dict[str, Any]) -> None:
    mask = _mask(entry["mask"])
    assert mask.shape == _image(entry["file"]).shape[:2]
    assert set(np.unique(mask)) == {0, 255}
    assert 0.005 < (mask > 0).mean() < 0.5


@pytest.mark.parametrize("entry", RENDERED, ids=_name)
def test_seed_renders_the_committed_picture(entry: dict[str, Any], scripts: dict[str, ModuleType]) -> None:
    render = entry["render"]
    script = scripts[render["script"]]
    if render["script"] == "render_colon.py":
        image, mask = script.colon_scene(render["seed"], (render["height"], render["width"]))
    else:
        image, mask, field = script.retina_scene(render["seed"], render["size"])
        assert not (mask & ~field).any()
    committed = _mask(entry["mask"]) > 0
    # Processors round exp, sin and atan2 differently in the last bit, which may move a pixel on the outline.
    assert (mask != committed).mean() < 1e-3
    difference = np.abs(image.astype(float) - _image(entry["file"]))
    assert difference.mean() < 2.5
    assert np.percentile(difference, 99) < 20


@pytest.mark.parametrize("script", ["render_colon.py", "render_retina.py"])
def test_same_seed_same_scene_other_seed_another(script: str, scripts: dict[str, ModuleType]) -> None:
    module = scripts[script]
    scene = module.colon_scene if script == "render_colon.py" else module.retina_scene
    first, again, other = scene(5, 96), scene(5, 96), scene(6, 96)
    for a, b, c in zip(first, again, other, strict=True):
        assert np.array_equal(a, b)
        assert a.shape == c.shape and a.dtype == c.dtype
    assert not np.array_equal(first[0], other[0])
    assert not np.array_equal(first[1], other[1])


@pytest.mark.parametrize("kind", ["sessile", "pedunculated", "flat"])
def test_each_kind_of_polyp_can_be_asked_for(kind: str, scripts: dict[str, ModuleType]) -> None:
    image, mask = scripts["render_colon.py"].colon_scene(9, (96, 120), kind)
    assert image.shape == (96, 120, 3) and image.dtype == np.uint8
    assert mask.shape == (96, 120) and mask.dtype == bool and mask.any()
    assert image[mask].mean() > image[~mask].mean()  # lit, where the frame outside the lens is black


def test_script_writes_its_scene_and_mask(tmp_path: Path) -> None:
    command = [sys.executable, str(FOLDER / "render_colon.py"), "--seed", "5", "--count", "2", "--out", str(tmp_path)]
    subprocess.run([*command, "--height", "96", "--width", "96"], check=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "colon_0005.jpg",
        "colon_0005.mask.png",
        "colon_0006.jpg",
        "colon_0006.mask.png",
    ]
