"""Painting on the picture, then refining: from the hand in the browser to bits that hold in the answer."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
from bright_model import red_disc, red_model
from visitors import Watched


def paint(visitor: Watched, tool: str, *points: tuple[float, float]) -> None:
    """A scribble through points, in shares of the stage's width and height."""
    if visitor.page.get_attribute(".player", "data-tool") != tool:
        visitor.page.click(f"[data-tool={tool}]")
    visitor.page.locator(".stage").scroll_into_view_if_needed()
    box = visitor.page.locator(".stage canvas").first.bounding_box()
    mouse = visitor.page.mouse
    mouse.move(box["x"] + points[0][0] * box["width"], box["y"] + points[0][1] * box["height"])
    mouse.down()
    for x, y in points[1:]:
        mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=4)
    mouse.up()
    visitor.page.mouse.move(2, 2)
    visitor.page.wait_for_selector("[data-do=clear]:not([disabled])")


def test_what_is_painted_holds_in_the_answer_and_can_be_taken_home(opened: Watched, tmp_path: Path) -> None:
    opened.pick()
    opened.wait_done()
    opened.page.uncheck("#answer-strokes")
    opened.page.check("[value=holds]")
    paint(opened, "add", (0.15, 0.8), (0.3, 0.85))
    paint(opened, "erase", (0.45, 0.4), (0.5, 0.5))
    opened.refined()
    kept = opened.take("scribbles", tmp_path)
    scribbles = cv2.imread(str(kept), cv2.IMREAD_UNCHANGED)
    mask = cv2.imread(str(opened.take("mask", tmp_path)), cv2.IMREAD_UNCHANGED)
    assert scribbles.shape == mask.shape == (240, 320)
    assert set(np.unique(scribbles)) == {0, 128, 255}
    assert (mask[scribbles == 255] == 255).all()
    assert (mask[scribbles == 0] == 0).all()
    alone = red_model().refine(red_disc()[0], scribbles=scribbles).finish().probability()[0]
    assert np.array_equal(mask > 0, alone > 0.5)
    command = opened.page.input_value("#command textarea")
    assert re.fullmatch(r"polyp-One-disc-scribbles-[0-9a-f]{6}-seed0\.scribbles\.png", kept.name)
    assert f"--scribbles {kept.name}" in command
    # the scribbles are still there, so another seed meets them as well; clearing takes them away
    opened.page.click("[data-do=clear]")
    opened.page.wait_for_selector("[data-do=clear][disabled]")
    opened.refined()
    assert "--scribbles" not in opened.page.input_value("#command textarea")
    assert opened.page.is_disabled("#scribbles")  # there is no such file


def test_undo_leaves_nothing_and_another_picture_meets_no_scribble(opened: Watched) -> None:
    opened.pick()
    opened.wait_done()
    opened.open("take")
    opened.page.uncheck("#answer-strokes")
    paint(opened, "add", (0.15, 0.8), (0.3, 0.85))
    opened.page.click("[data-do=undo]")
    opened.page.wait_for_selector("[data-do=clear][disabled]")
    opened.refined()
    assert "--scribbles" not in opened.page.input_value("#command textarea")
    paint(opened, "add", (0.15, 0.8), (0.3, 0.85))
    opened.pick(1)
    opened.page.wait_for_function("document.querySelector('.note')?.textContent.includes('Another disc')")
    opened.wait_done()
    opened.refined()
    assert "--scribbles" not in opened.page.input_value("#command textarea")
