"""What looks like a mistake is asked about on the page, in a real browser: odd masks and the wrong kind of picture."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from bright_model import red_disc, red_model, save_disc
from test_sources_page import own_mask, same
from visitors import Watched

from hidiff.imaging.files import write_png
from hidiff.interface.texts import text

MASK, PICTURE = "#mask-question", "#picture-question"


def retina(path: Path) -> Path:
    """A red disc on black, as a fundus photograph is."""
    field = cv2.circle(np.zeros((200, 200), np.uint8), (100, 100), 92, 1, -1)
    write_png(path, (np.uint8((190, 60, 40)) * field[..., None]).astype(np.uint8))
    return path


def bring_mask(visitor: Watched, path: Path) -> None:
    visitor.page.set_input_files("#own input[type=file]", path)


def command(visitor: Watched) -> str:
    visitor.open("take")
    return str(visitor.page.input_value("#command textarea"))


def answered(visitor: Watched, button: str) -> None:
    visitor.page.click(button)
    visitor.wait_begun()
    visitor.wait_done()


def test_an_inverted_mask_waits_for_an_answer_and_is_inverted_when_asked(opened: Watched, tmp_path: Path) -> None:
    opened.pick()
    opened.wait_done()
    mask = own_mask(tmp_path)
    write_png(tmp_path / "mine.png", ~mask)
    kept, run = opened.says(".note"), opened.seen
    opened.start_from("own")
    bring_mask(opened, tmp_path / "mine.png")
    opened.page.wait_for_selector(MASK)
    assert "mine.png covers 94 % of the image" in opened.page.text_content(MASK)
    opened.page.wait_for_timeout(1000)
    assert (opened.says(".note"), opened.page.get_attribute(".player", "data-run")) == (kept, run)  # nothing was run
    answered(opened, f"{MASK}-other")
    opened.page.wait_for_selector(MASK, state="hidden")
    picture = red_disc()[0]
    assert same(opened.take("mask", tmp_path), red_model().refine(picture, mask).finish().probability()[0])
    assert "mine.png was inverted." in opened.says(".note")
    assert "--prior mine.png --invert-prior" in command(opened)
    opened.refined()  # it stays answered
    assert "mine.png was inverted." in opened.says(".note")


@pytest.mark.parametrize("kind", ["empty", "photo"])
def test_an_odd_mask_is_used_when_it_is_meant(opened: Watched, tmp_path: Path, kind: str) -> None:
    opened.pick()
    opened.wait_done()
    photograph = np.random.default_rng(0).integers(0, 256, (240, 320, 3), np.uint8)
    write_png(tmp_path / f"{kind}.png", photograph if kind == "photo" else np.zeros((240, 320), bool))
    opened.start_from("own")
    bring_mask(opened, tmp_path / f"{kind}.png")
    opened.page.wait_for_selector(MASK)
    assert kind in opened.page.text_content(MASK)
    assert opened.page.is_hidden(f"{MASK}-other")  # inverting would not help
    answered(opened, f"{MASK}-yes")
    opened.page.wait_for_selector(MASK, state="hidden")
    assert f"--prior {kind}.png" in command(opened)


def test_another_file_answers_the_question_too(opened: Watched, tmp_path: Path) -> None:
    opened.pick()
    opened.wait_done()
    write_png(tmp_path / "empty.png", np.zeros((240, 320), bool))
    own_mask(tmp_path)
    opened.start_from("own")
    bring_mask(opened, tmp_path / "empty.png")
    opened.page.wait_for_selector(MASK)
    opened.page.click('#own button[aria-label="Clear"], #own button[aria-label="Remove Image"]')
    opened.page.wait_for_selector(MASK, state="hidden")
    bring_mask(opened, tmp_path / "mine.png")
    opened.wait_begun()
    opened.wait_done()
    assert opened.page.is_hidden(MASK)


def test_a_mask_of_other_proportions_is_refused_and_nothing_is_lost(opened: Watched, tmp_path: Path) -> None:
    opened.pick()
    opened.wait_done()
    kept = opened.says(".note"), opened.page.get_attribute(".player", "data-run")
    own_mask(tmp_path, (320, 240))
    opened.start_from("own")
    bring_mask(opened, tmp_path / "mine.png")
    said = opened.toast()
    assert "mine.png is 240 x 320 and the image 320 x 240" in said
    assert (opened.says(".note"), opened.page.get_attribute(".player", "data-run")) == kept
    assert opened.page.is_checked('#start input[value="own"]')


def test_a_mask_that_is_no_picture_leaves_the_one_before_in_its_slot(opened: Watched, tmp_path: Path) -> None:
    opened.pick()
    opened.wait_done()
    opened.start_from("own")
    (tmp_path / "bad.png").write_text("no picture")
    bring_mask(opened, tmp_path / "bad.png")
    assert "bad.png" in opened.toast()
    opened.page.wait_for_selector("#own img", state="detached")  # no broken picture in the slot
    own_mask(tmp_path)
    bring_mask(opened, tmp_path / "mine.png")
    opened.wait_begun()
    opened.wait_done()
    opened.page.click('#own button[aria-label="Clear"], #own button[aria-label="Remove Image"]')
    bring_mask(opened, tmp_path / "bad.png")
    opened.page.wait_for_function("document.querySelector('#own img')?.naturalWidth > 0")
    opened.refined()
    assert "--prior mine.png" in command(opened)


def test_tiff_files_are_shown_and_used(opened: Watched, tmp_path: Path) -> None:
    picture, _ = red_disc()
    cv2.imwrite(str(tmp_path / "scan.tif"), picture[..., ::-1])
    mask = own_mask(tmp_path)
    cv2.imwrite(str(tmp_path / "mine.tif"), mask.astype(np.uint8) * 255)
    opened.page.set_input_files("#upload input[type=file]", tmp_path / "scan.tif")
    opened.wait_done()
    opened.page.wait_for_function("document.querySelector('#upload img')?.naturalWidth === 320")
    opened.start_from("own")
    bring_mask(opened, tmp_path / "mine.tif")
    opened.wait_begun()
    opened.wait_done()
    opened.page.wait_for_function("document.querySelector('#own img')?.naturalWidth === 320")
    opened.refined()  # from the mask, not from its preview
    assert same(opened.take("mask", tmp_path), red_model().refine(picture, mask).finish().probability()[0])
    assert "--prior mine.tif" in command(opened)


def test_a_retina_under_polyps_is_asked_about_and_taken_to_the_vessels(opened: Watched, tmp_path: Path) -> None:
    opened.page.set_input_files("#upload input[type=file]", retina(tmp_path / "eye.png"))
    opened.wait_done()  # it never blocks
    opened.page.wait_for_selector(PICTURE)
    assert "This looks like a fundus photograph, and you are looking for polyps." in opened.page.text_content(PICTURE)
    assert opened.page.text_content(f"{PICTURE}-other").strip() == "Look for vessels instead"
    opened.page.click(f"{PICTURE}-other")
    opened.wait_begun()
    opened.wait_done()
    opened.page.wait_for_selector(PICTURE, state="hidden")
    assert opened.page.is_checked('#task input[value="fundus"]')
    assert "eye.png" in opened.says(".note")
    assert "--task fundus" in command(opened)


def test_keep_hides_the_question_for_good(opened: Watched, tmp_path: Path) -> None:
    write_png(tmp_path / "noise.png", np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8))
    opened.page.set_input_files("#upload input[type=file]", tmp_path / "noise.png")
    opened.wait_done()
    opened.page.wait_for_selector(PICTURE)
    assert text("picture.neither", sought="polyps") in opened.page.text_content(PICTURE)
    assert opened.page.is_hidden(f"{PICTURE}-other")
    opened.page.click(f"{PICTURE}-yes")
    opened.page.wait_for_selector(PICTURE, state="hidden")
    opened.refined()
    assert opened.page.is_hidden(PICTURE)
    opened.pick()  # an example is what it is
    opened.page.wait_for_function("document.querySelector('.note')?.textContent.includes('One disc')")
    opened.wait_done()
    assert opened.page.is_hidden(PICTURE)


def test_a_picture_of_too_few_pixels_is_refined_and_asked_about(opened: Watched, tmp_path: Path) -> None:
    picture, _ = red_disc()
    write_png(tmp_path / "tiny.png", cv2.resize(picture, (40, 30), interpolation=cv2.INTER_AREA))
    opened.page.set_input_files("#upload input[type=file]", tmp_path / "tiny.png")
    opened.wait_done()
    opened.page.wait_for_selector(PICTURE)
    words = text("picture.small", width=40, height=30, sought="polyps", least=64)
    assert words in opened.page.text_content(PICTURE)
    assert opened.page.is_hidden(f"{PICTURE}-other")
    assert "tiny.png" in opened.says(".note")
    opened.pick()
    opened.page.wait_for_selector(PICTURE, state="hidden")


def test_no_tile_is_marked_once_an_upload_is_shown(opened: Watched, tmp_path: Path) -> None:
    marked = '#examples [data-example][aria-pressed="true"]'
    opened.pick(1)
    opened.wait_done()
    assert opened.page.get_attribute(marked, "data-example") == "1"
    (tmp_path / "bad.png").write_text("no picture")
    opened.page.set_input_files("#upload input[type=file]", tmp_path / "bad.png")
    opened.toast()
    opened.page.wait_for_timeout(500)
    assert opened.page.get_attribute(marked, "data-example") == "1"  # it is still on the screen
    save_disc(tmp_path / "mine.png")
    opened.page.set_input_files("#upload input[type=file]", tmp_path / "mine.png")
    opened.page.wait_for_selector(marked, state="detached")
    opened.wait_begun()
    opened.wait_done()
    opened.page.click('#upload button[aria-label="Clear"], #upload button[aria-label="Remove Image"]')
    opened.page.wait_for_selector('.player[data-state="empty"]')
    assert opened.page.query_selector(marked) is None


def dropped(visitor: Watched, path: Path) -> None:
    """A file let go over the slot for pictures."""
    visitor.page.evaluate(
        """async ([bytes, name]) => {
          const given = new DataTransfer();
          given.items.add(new File([new Uint8Array(bytes)], name, { type: "image/png" }));
          const area = document.querySelector("#upload input[type=file]").closest("button, .upload-container, #upload");
          area.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: given }));
        }""",
        [list(path.read_bytes()), path.name],
    )


@pytest.mark.parametrize("goes_on", ["example", "chosen", "dropped"])
def test_a_refusal_does_not_stand_beside_the_next_picture(opened: Watched, tmp_path: Path, goes_on: str) -> None:
    (tmp_path / "bad.png").write_text("no picture")
    save_disc(tmp_path / "mine.png")
    opened.page.set_input_files("#upload input[type=file]", tmp_path / "bad.png")
    assert "bad.png" in opened.toast()
    if goes_on == "example":
        opened.pick()
    elif goes_on == "chosen":
        opened.page.set_input_files("#upload input[type=file]", tmp_path / "mine.png")
    else:
        dropped(opened, tmp_path / "mine.png")
    opened.page.wait_for_selector(".toast-body", state="detached", timeout=3000)  # by itself it would take ten seconds
    opened.page.wait_for_function("document.querySelector('.note')?.textContent.match(/One disc|mine.png/)")
    opened.wait_done()
    assert not opened.page.query_selector(".toast-body")


def test_the_same_example_again_has_no_strokes(opened: Watched) -> None:
    opened.pick()
    opened.wait_done()
    opened.page.click('[data-tool="add"]')
    box = opened.page.locator(".cell .shown").first.bounding_box()
    opened.page.mouse.move(box["x"] + 20, box["y"] + 20)
    opened.page.mouse.down()
    opened.page.mouse.move(box["x"] + 60, box["y"] + 40, steps=4)
    opened.page.mouse.up()
    opened.page.wait_for_selector("[data-do=clear]:not([disabled])")
    opened.page.wait_for_timeout(500)
    opened.pick()
    opened.wait_begun()
    opened.wait_done()
    opened.page.wait_for_selector("[data-do=clear][disabled]")
    assert "--scribbles" not in command(opened)


def test_a_long_strip_is_high_enough_to_be_seen(opened: Watched, tmp_path: Path) -> None:
    write_png(tmp_path / "strip.png", np.full((40, 4000, 3), (190, 90, 60), np.uint8))
    opened.page.set_input_files("#upload input[type=file]", tmp_path / "strip.png")
    opened.wait_done()
    stage = opened.page.locator(".stage").bounding_box()
    cell = opened.page.locator(".cell").first.bounding_box()
    corner = opened.page.locator(".corner").bounding_box()
    assert cell["height"] >= 80 and stage["height"] >= 80
    assert corner["y"] >= stage["y"] and corner["y"] + corner["height"] <= stage["y"] + stage["height"] + 1
    assert opened.page.evaluate("document.querySelector('.stage').scrollWidth") > stage["width"]
    assert opened.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
