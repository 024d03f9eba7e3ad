"""The code beside every answer, run as it stands against the live app: the same mask, in Python and with curl.

The command line's own test is `test_downloads.py`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from api_server import serving
from bright_model import red_disc, red_model, save_disc
from visitors import Watched

from hidiff.imaging.files import write_png
from hidiff.interface.runs import downloads
from hidiff.interface.runs.recipe import Recipe, Source, checked_recipe, open_picture
from hidiff.interface.runs.recipe_code import HERE, arguments_of, files_of
from hidiff.interface.runs.run import run
from hidiff.interface.texts import text
from hidiff.pipeline import HiDiff
from hidiff.refinement.settings import SETTINGS

NAMES = ("it's a disc, 50 %; $HOME.png", "disc.png")  # a shell's, curl's and Python's own signs, and none


@pytest.fixture(scope="module")
def model() -> HiDiff:
    return red_model()


@pytest.fixture(scope="module")
def address(model: HiDiff, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving({"polyp": model}, tmp_path_factory) as url:
        yield url


def recipe_of(model: HiDiff, folder: Path, how: str) -> Recipe:
    """A recipe whose files lie in a folder under the names that the code has for them."""
    title = NAMES[how != "odd name"]
    save_disc(folder / title)
    source = Source(folder / title, title)
    truth = np.roll(red_disc()[1], 9, axis=1)
    given: dict[str, Any] = {"steps": 3, "seed": 11, "samples": 2}
    if how == "mask":
        write_png(folder / "mine.png", ~truth)
        own = Source(folder / "mine.png", "mine.png", inverted=True)
        return checked_recipe(model, source, given | {"confidence": 0.8}, own=own)[0]
    if how == "scribbles and a reference":
        write_png(folder / "truth.png", truth)
        source = replace(source, own_reference=Source(folder / "truth.png", "truth.png"))
        painted = np.full(truth.shape, 128, np.uint8)
        painted[20:40, 200:230] = 255
        recipe = checked_recipe(model, source, given, scribbles=lambda size: painted)[0]
        assert recipe.scribbles is not None
        (folder / files_of(model, recipe)["scribbles"]).write_bytes(recipe.scribbles)
        return recipe
    return checked_recipe(model, source, given | {"sampler": "ddim", "mirror": True}, "shift", 4)[0]


def started(way: str, code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    start = [sys.executable, "-c", code] if way == "python" else ["sh", "-euc", code]
    down = {"GRADIO_TEMP_DIR": str(folder / "down")}  # where gradio_client puts what it fetches
    local = dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost")
    environment = os.environ | local | down
    return subprocess.run(start, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("how", ["odd name", "mask", "scribbles and a reference"])
def test_the_code_gives_the_mask_that_is_on_the_screen(model: HiDiff, address: str, tmp_path: Path, how: str) -> None:
    if not shutil.which("curl"):
        pytest.skip("no curl on this machine")
    recipe = recipe_of(model, tmp_path, how)
    *_, last = run(model, open_picture(model, recipe.source), [recipe])
    assert last.refinement is not None
    expected = last.refinement.probability()[0] > 0.5
    ways = downloads.code(model, recipe)
    assert list(ways) == list(downloads.WAYS)
    for way in ("python", "curl"):
        done = started(way, ways[way].replace(HERE, address), tmp_path)
        assert done.returncode == 0, done.stderr
        assert "api_version" in done.stdout and ("scores" in done.stdout) is ("reference" in how)
        (mask,) = (tmp_path / "down").rglob("*.mask.png") if way == "python" else tmp_path.glob("*.mask.png")
        assert np.array_equal(cv2.imread(str(mask), cv2.IMREAD_UNCHANGED) > 0, expected), way


def test_every_setting_is_named_so_that_another_default_changes_nothing(model: HiDiff, tmp_path: Path) -> None:
    plain, own = arguments_of(recipe_of(model, tmp_path, "odd name")), arguments_of(recipe_of(model, tmp_path, "mask"))
    assert set(SETTINGS) - {"confidence"} <= set(plain) and set(SETTINGS) <= set(own)
    assert own["invert"] is True and plain["prior_source"] == "shift" and plain["prior_seed"] == 4


def test_there_is_no_code_for_a_run_that_was_stopped(model: HiDiff, tmp_path: Path) -> None:
    recipe = recipe_of(model, tmp_path, "mask")
    assert downloads.code(model, recipe, 1) == dict.fromkeys(downloads.WAYS, text("take.no_command"))


def test_the_page_shows_each_way_with_its_own_address(opened: Watched) -> None:
    opened.pick(0)
    opened.wait_done()
    opened.open("take")
    assert "-m hidiff segment" in opened.page.input_value("#command textarea")
    here = opened.page.evaluate("location.origin") + "/"
    for way in ("python", "curl"):
        tab = text(f"take.{way}_tab")
        opened.page.evaluate(
            """(name) => [...document.querySelectorAll("#code [role=tab]")]
              .find((one) => one.textContent.trim() === name).click()""",
            tab,
        )
        box = f"#{way} textarea"
        opened.page.wait_for_function(f"document.querySelector('{box}')?.value.includes('{here}')", timeout=20_000)
        assert here == HERE or HERE not in opened.page.input_value(box)
