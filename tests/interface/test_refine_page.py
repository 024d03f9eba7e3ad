"""The tab that segments, in a real browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from bright_model import RedDenoiser, red_disc, red_model, save_disc
from visitors import Server, Watched

from hidiff.interface.runs.downloads import kinds
from hidiff.interface.texts import text
from hidiff.tasks import DISCLAIMER

PHONE = (390, 844, "dark")


def test_the_prior_is_shown_at_once_and_then_one_step_after_another(opened: Watched, denoiser: RedDenoiser) -> None:
    denoiser.hold()
    opened.pick()
    opened.wait_frames(1)
    assert opened.says(".label") == "Prior"
    assert "more likely than not" in opened.says(".sentence")
    for number in range(1, 5):
        denoiser.let()
        opened.wait_frames(2 + number)  # and the coin toss
        assert opened.says(".label") == f"Step {number} of 10"
        assert opened.says("[data-fact=time] dd") == f"{11 - number} → {10 - number}"
    denoiser.open()
    opened.wait_done()
    assert opened.page.get_attribute(".player", "data-frames") == "13"
    assert opened.says(".label") == "Answer"
    assert opened.says(".badge") == text("refine.synthetic")


def test_scrubbing_by_keyboard_asks_the_server_nothing(opened: Watched) -> None:
    opened.pick()
    opened.wait_done()
    opened.page.wait_for_timeout(1500)  # what belongs to the run itself has been sent by then
    sent = len(opened.requests)
    opened.page.focus(".track input")
    labels, sentences = [], []
    for _ in range(12):
        opened.page.keyboard.press("ArrowLeft")
        labels.append(opened.says(".label"))
        sentences.append(opened.says(".sentence"))
    assert labels == [*(f"Step {n} of 10" for n in range(10, 0, -1)), "Coin toss", "Prior"]
    assert len(set(sentences)) > 5
    assert opened.page.get_attribute(".track input", "aria-valuetext") == "Prior"
    opened.page.focus(".stage")
    opened.page.keyboard.press("ArrowRight")
    assert opened.at() == 1
    opened.page.keyboard.press("End")
    assert opened.at() == 12
    opened.page.keyboard.press("Home")
    opened.page.keyboard.press("Space")
    opened.page.wait_for_selector('.player[data-at="12"]:not([data-playing])')  # it plays to the end and halts
    for base in ("bits", "guess", "image"):
        opened.page.click(f'[data-base="{base}"]')
    for layer in ("outline", "flips", "closer"):
        opened.page.uncheck(f'[data-layer="{layer}"]')
    assert opened.requests[sent:] == []


def test_the_files_have_the_size_of_the_image_and_the_bits_of_the_library(opened: Watched, tmp_path: Path) -> None:
    opened.set_seed(7)
    opened.pick()
    opened.wait_done()
    picture, disc = red_disc()
    alone = red_model().refine(picture, seed=7).finish().probability()[0]
    files = {kind: opened.take(kind, tmp_path) for kind in ("mask", "prob", "overlay", "animation", "settings")}
    assert files["mask"].name == "polyp-One-disc-seed7.mask.png"
    assert files["prob"].name == "polyp-One-disc-seed7.prob.png"
    mask = cv2.imread(str(files["mask"]), cv2.IMREAD_UNCHANGED)
    assert mask.shape == disc.shape
    assert np.array_equal(mask, np.where(alone > 0.5, 255, 0))
    overlap = 2 * ((mask > 0) & disc).sum() / ((mask > 0).sum() + disc.sum())
    assert overlap > 0.97
    probability = cv2.imread(str(files["prob"]), cv2.IMREAD_UNCHANGED)
    assert probability.dtype == np.uint16
    assert np.abs(probability / 65535 - alone).max() < 1e-5
    assert cv2.imread(str(files["overlay"])).shape == picture.shape
    assert files["animation"].read_bytes()[8:12] == b"WEBP"
    told = json.loads(files["settings"].read_text())
    assert told["settings"]["seed"] == 7
    assert opened.page.input_value("#command textarea") == told["command"]


def test_a_file_before_any_answer_is_refused_in_one_sentence(opened: Watched) -> None:
    opened.open("take")
    opened.page.click("#mask")
    assert text("take.nothing") in opened.toast()


def test_every_download_has_an_id_of_its_own(opened: Watched) -> None:
    opened.open("take")
    assert {kind: opened.page.locator(f"[id='{kind}']").count() for kind in kinds()} == dict.fromkeys(kinds(), 1)


def test_a_bad_upload_changes_nothing(opened: Watched, tmp_path: Path) -> None:
    opened.set_seed(5)
    opened.pick()
    opened.wait_done()
    kept = opened.says(".note"), opened.says(".sentence")
    bad = tmp_path / "text.png"
    bad.write_text("this is no picture")
    opened.page.set_input_files("#upload input[type=file]", bad)
    toast = opened.page.wait_for_selector(".toast-body")
    assert "text.png" in toast.text_content()
    assert "Traceback" not in toast.text_content()
    assert (opened.says(".note"), opened.says(".sentence")) == kept
    assert opened.page.get_attribute(".player", "data-frames") == "13"
    assert opened.page.input_value("#seed input") == "5"
    opened.page.click("#refine")  # the earlier picture is still the one that is refined
    opened.wait_begun()
    opened.wait_done()
    assert opened.says(".note") == kept[0].replace("seed 5", "seed 6")  # with new noise, since nothing else was asked


def test_a_bad_upload_does_not_cut_off_the_run_before(opened: Watched, denoiser: RedDenoiser, tmp_path: Path) -> None:
    denoiser.hold()
    opened.pick()
    opened.wait_frames(1)
    (tmp_path / "text.png").write_text("this is no picture")
    opened.page.set_input_files("#upload input[type=file]", tmp_path / "text.png")
    opened.page.wait_for_selector(".toast-body")
    denoiser.open()
    opened.wait_done()
    assert opened.page.get_attribute(".player", "data-frames") == "13"
    assert opened.says(".label") == "Answer"


def test_visitors_do_not_meet(visit: Callable[..., Watched], denoiser: RedDenoiser) -> None:
    denoiser.hold()
    first = visit()
    first.pick(0)
    first.wait_frames(1)
    denoiser.let()
    first.wait_frames(3)
    second = visit()
    second.pick(1)
    second.page.wait_for_timeout(1000)
    denoiser.open()
    for visitor, title in ((first, "One disc"), (second, "Another disc")):
        visitor.wait_done()
        assert visitor.page.get_attribute(".player", "data-frames") == "13"
        assert title in visitor.says(".note")


def test_every_file_will_be_deleted(opened: Watched, server: Server, tmp_path: Path) -> None:
    earlier = set(server.cache.rglob("*"))  # other visitors', of other tests
    save_disc(tmp_path / "mine.png", radius=41)  # nobody else's: what has the same content is the same file
    opened.page.set_input_files("#upload input[type=file]", tmp_path / "mine.png")
    opened.wait_done()
    opened.take("mask", tmp_path)
    opened.take("trace", tmp_path)
    files = {str(path) for path in set(server.cache.rglob("*")) - earlier if path.is_file()}
    assert {Path(path).name for path in files} >= {
        "mine.png",
        "polyp-mine-seed0.mask.png",
        "polyp-mine-seed0.trace.npz",
    }
    assert files <= set().union(*server.blocks.temp_file_sets)


def test_a_bad_setting_is_refused_in_one_sentence(opened: Watched) -> None:
    opened.pick()
    opened.wait_done()
    kept = opened.says(".note")
    opened.open("more")
    opened.page.fill("#seed input", "-3")
    opened.page.click("#refine")
    toast = opened.page.wait_for_selector(".toast-body")
    assert "seed is -3" in toast.text_content()
    assert opened.says(".note") == kept
    opened.page.fill("#seed input", "4")
    opened.page.click("#refine")
    opened.page.wait_for_function("document.querySelector('.note')?.textContent.includes('seed 4')")
    opened.wait_done()


def test_stop_keeps_what_has_arrived(opened: Watched, denoiser: RedDenoiser, tmp_path: Path) -> None:
    denoiser.hold()
    denoiser.calls = 0
    opened.pick()
    for number in (1, 3, 4):
        opened.wait_frames(number)
        denoiser.let()
    opened.wait_frames(5)
    with opened.page.expect_response(lambda response: "/run/" in response.url or "/predict" in response.url):
        opened.page.click("#stop")
    denoiser.let()
    opened.wait_done()
    denoiser.let(20)
    opened.page.wait_for_timeout(500)
    assert denoiser.calls == 4  # the step under way was the last
    assert opened.page.get_attribute(".player", "data-frames") == "7"
    assert opened.says(".label") == "Stopped"
    assert "Stopped after 4 of 10 steps" in opened.says(".sentence")
    mask = opened.take("mask", tmp_path)
    assert cv2.imread(str(mask), cv2.IMREAD_UNCHANGED).shape == (240, 320)
    assert opened.page.input_value("#command textarea") == text("take.no_command")
    assert not opened.page.is_enabled("#stop")


def test_a_second_run_supersedes_the_first(opened: Watched, denoiser: RedDenoiser) -> None:
    denoiser.hold()
    denoiser.calls = 0
    opened.pick(0)
    opened.wait_frames(1)
    denoiser.let()
    opened.wait_frames(3)
    opened.pick(1)
    opened.page.wait_for_timeout(1500)
    denoiser.open()
    opened.page.wait_for_function("document.querySelector('.note')?.textContent.includes('Another disc')")
    opened.wait_done()
    assert opened.page.get_attribute(".player", "data-frames") == "13"
    assert opened.says(".badge") == ""
    assert denoiser.calls == 12  # two of the first run, ten of the second


def test_an_upload_is_refined_and_its_name_is_only_text(opened: Watched, tmp_path: Path) -> None:
    name = "<img src=x onerror=alert(1)>.png"
    save_disc(tmp_path / name, height=150, width=210, centre=(70, 90), radius=30)
    opened.page.set_input_files("#upload input[type=file]", tmp_path / name)
    opened.wait_done()
    assert "210 x 150 pixels" in opened.says(".note")
    assert "img src" in opened.says(".note")
    assert opened.page.query_selector(".player img") is None
    opened.page.click('#upload button[aria-label="Clear"], #upload button[aria-label="Remove Image"]')
    opened.page.wait_for_selector('.player[data-state="empty"]')
    opened.open("take")
    assert opened.page.input_value("#command textarea") == ""


def test_another_task_offers_its_own_examples(opened: Watched) -> None:
    opened.pick()
    opened.wait_done()
    opened.page.click("label:has-text('Vessels')")
    opened.page.wait_for_selector('[data-example="2"]')
    assert opened.page.query_selector('[data-example="0"]') is None
    opened.page.wait_for_selector('.player[data-state="empty"]')
    opened.pick(2)
    opened.wait_done()
    assert "A large disc" in opened.says(".note")
    assert opened.page.is_hidden(".for-closer")


def test_refine_before_any_image_says_what_to_do(opened: Watched) -> None:
    opened.page.click("#refine")
    assert text("refine.nothing") in opened.page.wait_for_selector(".toast-body").text_content()


def test_the_terms_are_said_once_where_they_are_read(opened: Watched) -> None:
    assert opened.page.inner_text("body").count(DISCLAIMER) == 1


@pytest.mark.parametrize("opened", [PHONE, (390, 844, "light"), (1440, 900, "dark")], indirect=True)
def test_nothing_is_cut_off_and_nothing_scrolls_sideways(opened: Watched) -> None:
    opened.pick()
    opened.wait_done()
    opened.start_from("broken")
    opened.wait_begun()
    opened.wait_done()
    for panel in ("start", "compare", "many", "take", "more"):
        opened.open(panel)
    for tab in (text("refine.tab"), text("about.tab")):
        opened.page.click(f'button[role="tab"]:has-text("{tab}")')
        wide = opened.page.evaluate("[document.documentElement.scrollWidth, document.body.scrollWidth, innerWidth]")
        assert max(wide[:2]) <= wide[2]
        cut = opened.page.evaluate(
            """() => [...document.querySelectorAll(".player *, .studio *, .about *, #header *")]
                .filter((part) => part.getClientRects().length && part.getBoundingClientRect().right > innerWidth + 1)
                .filter((part) => !part.closest(".lessons li")) // one swipes their row, which is not cut off itself
                .map((part) => part.outerHTML.slice(0, 80))"""
        )
        assert cut == []
