"""A reference of one's own in a real browser: the table, the files, and nothing lost on a wrong one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import cv2
import numpy as np
import pytest
from bright_model import red_disc, red_model
from visitors import Server, Watched

from hidiff.imaging.files import write_png
from hidiff.refinement.reference import ReferenceScores, scored
from hidiff.visuals.draw import STRIP


@pytest.fixture
def truth(tmp_path: Path) -> np.ndarray:
    moved = np.roll(red_disc()[1], 9, axis=1)
    write_png(tmp_path / "truth.png", moved)
    return moved


def bring(visitor: Watched, file: Path) -> None:
    visitor.open("reference")
    visitor.page.set_input_files("#reference input[type=file]", file)


def cells(visitor: Watched) -> dict[str, list[str]]:
    """The table's rows, read in one go: a new run takes the table away before it puts in its own."""
    return visitor.page.wait_for_function(
        """() => {
          const rows = [...document.querySelectorAll("#scores [data-score]")];
          const texts = (row) => [...row.querySelectorAll("td")].map((cell) => cell.textContent);
          return rows.length && Object.fromEntries(rows.map((row) => [row.dataset.score, texts(row)]));
        }"""
    ).json_value()


def wait_table(visitor: Watched, there: bool = True) -> None:
    visitor.page.wait_for_selector("#scores table", state="attached" if there else "detached")


def wait_dice(visitor: Watched, values: list[str]) -> None:
    visitor.page.wait_for_function(
        """(values) => [...document.querySelectorAll('#scores [data-score="dice"] td')]
          .map((cell) => cell.textContent).join() === values.join()""",
        arg=values,
    )


def expected(scores: ReferenceScores) -> list[str]:
    before, after = scores.prior, scores.refined
    return [f"{before.dice:.3f}", f"{after.dice:.3f}", f"{after.dice - before.dice:+.3f}"]


@pytest.fixture
def shown(opened: Watched, server: Server) -> Iterator[Watched]:
    opened.pick()
    opened.wait_done()
    yield opened


def test_a_reference_is_compared_with_what_is_on_the_screen_and_nothing_is_computed_again(
    shown: Watched, server: Server, truth: np.ndarray, tmp_path: Path
) -> None:
    shown.open("reference")
    assert shown.page.locator("#scores table").count() == 0
    shown.open("take")
    assert shown.page.is_disabled("#difference") and shown.page.is_disabled("#scribbles")
    calls = server.denoiser.calls
    bring(shown, tmp_path / "truth.png")
    wait_table(shown)
    assert server.denoiser.calls == calls
    scores = scored(red_model().refine(red_disc()[0]).finish(), truth)
    assert cells(shown)["dice"] == expected(scores)
    assert cells(shown)["missed"][1] == f"{scores.refined.missed:,}"
    shown.page.wait_for_selector("#difference:not([disabled])")
    picture = cv2.imread(str(shown.take("difference", tmp_path)))
    assert picture.shape == (240 + STRIP, 320, 3)
    told = json.loads(shown.take("settings", tmp_path).read_text())
    assert told["reference"]["name"] == "truth.png" and told["reference"]["scores"] == scores.document
    assert "--reference truth.png" in shown.page.input_value("#command textarea")
    with ZipFile(shown.take("all", tmp_path)) as archive:
        assert any(name.endswith(".difference.png") for name in archive.namelist())


def test_the_reference_stays_for_the_next_run_and_goes_with_the_picture(
    shown: Watched, truth: np.ndarray, tmp_path: Path
) -> None:
    bring(shown, tmp_path / "truth.png")
    wait_table(shown)
    shown.wait_done()
    shown.set_seed(5)
    shown.refined()
    wait_dice(shown, expected(scored(red_model().refine(red_disc()[0], seed=5).finish(), truth)))
    shown.pick(1)
    assert "truth.png belonged to the picture before" in shown.toast()
    shown.page.wait_for_function("document.querySelector('.note')?.textContent.includes('Another disc')")
    shown.wait_done()
    wait_table(shown, there=False)
    assert shown.page.locator("#reference img").count() == 0


def test_a_wrong_reference_is_refused_and_nothing_is_lost(shown: Watched, truth: np.ndarray, tmp_path: Path) -> None:
    bring(shown, tmp_path / "truth.png")
    wait_table(shown)
    shown.wait_done()
    kept = cells(shown), shown.says(".sentence")
    write_png(tmp_path / "other.png", red_disc(200, 200)[1])
    shown.page.click('#reference button[aria-label="Remove Image"]')
    wait_table(shown, there=False)
    shown.page.set_input_files("#reference input[type=file]", tmp_path / "other.png")
    assert "other.png is 200 x 200 and the image 320 x 240" in shown.toast()
    assert shown.says(".sentence") == kept[1]
    assert shown.page.get_attribute(".player", "data-state") == "done"
    wait_table(shown, there=False)
    shown.page.wait_for_selector("#reference input[type=file]", state="attached")
    shown.page.set_input_files("#reference input[type=file]", tmp_path / "truth.png")
    wait_table(shown)
    assert cells(shown) == kept[0]


def test_without_a_picture_a_reference_is_refused(opened: Watched, truth: np.ndarray, tmp_path: Path) -> None:
    bring(opened, tmp_path / "truth.png")
    assert "no image yet" in opened.toast()


def test_traces_say_how_large_they_are_and_every_button_what_it_is(shown: Watched, tmp_path: Path) -> None:
    shown.open("take")
    shown.page.wait_for_function("document.querySelector('#trace')?.textContent.includes('MB')")
    assert shown.page.text_content("#light").strip().startswith("Trace, ~")
    shown.page.hover("#mask")
    shown.page.wait_for_function("document.querySelector('#mask').title !== ''")
    titles = shown.page.eval_on_selector_all(".files button", "all => all.map(one => one.title)")
    assert len(titles) == 13 and all(len(title) > 20 for title in titles)
    assert shown.take("light", tmp_path).stat().st_size < shown.take("trace", tmp_path).stat().st_size
