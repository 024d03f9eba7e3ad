"""Starting from another mask, and many answers, in a real browser."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from bright_model import red_disc, red_model
from visitors import Watched

from hidiff.imaging.files import write_png
from hidiff.priors.sources import prior_from_source


def own_mask(folder: Path, shape: tuple[int, int] = (240, 320)) -> np.ndarray:
    mask = np.zeros(shape, bool)
    mask[shape[0] // 4 : shape[0] // 2, shape[1] // 4 : shape[1] // 2] = True
    write_png(folder / "mine.png", mask)
    return mask


def same(path: Path, probability: np.ndarray) -> bool:
    return bool(np.array_equal(cv2.imread(str(path), cv2.IMREAD_UNCHANGED) > 0, probability > 0.5))


def test_noise_and_a_broken_proposal_are_refined_at_once_and_reset_gives_the_segmentors(
    opened: Watched, tmp_path: Path
) -> None:
    opened.pick()
    opened.wait_done()
    opened.start_from("noise")
    opened.wait_begun()
    opened.wait_done()
    picture, model = red_disc()[0], red_model()
    noise = prior_from_source(model.task, model.prior(picture), "noise")
    assert same(opened.take("mask", tmp_path), model.refine(picture, noise).finish().probability()[0])
    assert "--prior-source noise" in opened.page.input_value("#command textarea")
    opened.start_from("broken")
    opened.wait_begun()
    opened.wait_done()
    shifted = prior_from_source(model.task, model.prior(picture), "shift")
    assert same(opened.take("mask", tmp_path), model.refine(picture, shifted).finish().probability()[0])
    opened.open("start")
    opened.page.click("#reset")
    opened.wait_begun()
    opened.wait_done()
    assert same(opened.take("mask", tmp_path), model.refine(picture).finish().probability()[0])
    assert opened.page.is_checked('#start input[value="segmentor"]')


def test_a_mask_of_any_tool_is_refined_and_trusted_as_far_as_is_said(opened: Watched, tmp_path: Path) -> None:
    opened.pick()
    opened.wait_done()
    mask = own_mask(tmp_path)
    opened.start_from("own")
    opened.page.fill('#confidence input[type="number"]', "0.7")
    opened.page.press('#confidence input[type="number"]', "Tab")
    opened.page.set_input_files("#own input[type=file]", tmp_path / "mine.png")
    opened.wait_begun()
    opened.wait_done()
    picture = red_disc()[0]
    alone = red_model().refine(picture, mask, confidence=0.7).finish().probability()[0]
    assert same(opened.take("mask", tmp_path), alone)
    assert "--prior mine.png" in opened.page.input_value("#command textarea")
    opened.pick(1)  # another picture: the mask belonged to the first
    opened.page.wait_for_function("document.querySelector('.note')?.textContent.includes('Another disc')")
    opened.wait_done()
    assert opened.page.is_checked('#start input[value="segmentor"]')
    assert "--prior" not in opened.page.input_value("#command textarea")


def test_a_mask_of_another_size_is_resampled_and_said_so(opened: Watched, tmp_path: Path) -> None:
    opened.pick()
    opened.wait_done()
    mask = own_mask(tmp_path, (24, 32))
    opened.start_from("own")
    opened.page.set_input_files("#own input[type=file]", tmp_path / "mine.png")
    assert "32 x 24 and was resampled to the image's 320 x 240" in opened.toast()
    opened.wait_begun()
    opened.wait_done()
    large = np.kron(mask, np.ones((10, 10), bool))
    assert same(opened.take("mask", tmp_path), red_model().refine(red_disc()[0], large).finish().probability()[0])


def test_a_bad_mask_leaves_the_result_and_the_settings(opened: Watched, tmp_path: Path) -> None:
    opened.pick()
    opened.wait_done()
    kept = opened.says(".sentence")
    opened.start_from("own")
    (tmp_path / "bad.png").write_text("no picture")
    opened.page.set_input_files("#own input[type=file]", tmp_path / "bad.png")
    assert "bad.png" in opened.toast()
    assert opened.says(".sentence") == kept
    assert opened.page.is_checked('#start input[value="own"]')
    assert opened.page.get_attribute(".player", "data-state") == "done"


def test_many_answers_are_drawn_and_counted(opened: Watched, tmp_path: Path) -> None:
    opened.pick()
    opened.wait_done()
    opened.open("many")
    opened.page.click("#many")
    opened.wait_begun()
    opened.wait_done()
    assert opened.page.input_value('#samples input[type="number"]') == "8"
    assert "mean of 8 chains" in opened.says(".sentence")
    picture = red_disc()[0]
    alone = red_model().refine(picture, samples=8).finish().probability()[0]
    assert same(opened.take("mask", tmp_path), alone)
    sheet = cv2.imread(str(opened.take("sheet", tmp_path)))
    assert sheet.shape[0] > 300 and sheet.shape[1] > 800


def test_an_example_of_the_task_before_takes_its_own_task_along(opened: Watched) -> None:
    """A click on the strip of that task, which reached the server after the choice of another."""
    opened.pick()
    opened.wait_done()
    opened.page.click("#task label >> nth=1")
    opened.page.wait_for_selector("[data-example='2']")
    opened.page.evaluate(
        """() => {
          const old = document.createElement("button");
          old.dataset.example = "1";
          document.querySelector("[data-example]").after(old);
          old.click();
        }"""
    )
    opened.page.wait_for_function(
        "document.querySelector('.player').dataset.state === 'done' && "
        "document.querySelector('.note').textContent.includes('Another disc')"
    )
    assert opened.page.locator("#task input:checked").get_attribute("value") == "polyp"
    opened.page.wait_for_selector("[data-example='1'][aria-pressed=true]")
