"""Break it yourself: a stroke ends, and the answer follows; by mouse, by finger, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from bright_model import RedDenoiser, red_disc, red_model
from visitors import SLOW, Server, Watched, opened_by

from hidiff.interface.texts import text

BESIDE, WITHIN = ((0.75, 0.2), (0.8, 0.25)), ((0.38, 0.38), (0.42, 0.42))  # grey, and in the red disc
STAGE = ".stage canvas.shown"


def shown(visitor: Watched, index: int = 0) -> None:
    visitor.pick(index)
    visitor.page.wait_for_selector('.player[data-state="done"]')
    visitor.wait_done()
    visitor.page.focus(".player input[type=range]")
    visitor.page.keyboard.press("End")  # what plays by itself stands still
    visitor.page.wait_for_timeout(600)  # the view is the whole again


def take(visitor: Watched, tool: str) -> None:
    if visitor.page.get_attribute(".player", "data-tool") != tool:
        visitor.page.click(f"[data-tool={tool}]")


def stroke(visitor: Watched, points: tuple[tuple[float, float], ...], tool: str = "add") -> None:
    """By mouse, in shares of the stage."""
    take(visitor, tool)
    visitor.page.locator(STAGE).first.scroll_into_view_if_needed()
    box, mouse = visitor.page.locator(STAGE).first.bounding_box(), visitor.page.mouse
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    mouse.move(*places[0])
    mouse.down()
    for place in places[1:]:
        mouse.move(*place, steps=4)
    mouse.up()


def by_finger(visitor: Watched, points: tuple[tuple[float, float], ...]) -> None:
    """A true touch, as the browser's own input."""
    box = visitor.page.locator(STAGE).first.bounding_box()
    hand = visitor.page.context.new_cdp_session(visitor.page)
    places = [{"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]} for x, y in points]
    hand.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": places[:1]})
    for place in places[1:]:
        hand.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [place]})
    hand.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def answered(visitor: Watched) -> None:
    """Another run has come, and nothing more follows it."""
    visitor.wait_begun()
    visitor.wait_done()


def rests(visitor: Watched, denoiser: RedDenoiser) -> None:
    """No run follows."""
    run, calls = visitor.page.get_attribute(".player", "data-run"), denoiser.calls
    visitor.page.wait_for_timeout(1500)
    assert (visitor.page.get_attribute(".player", "data-run"), denoiser.calls) == (run, calls)


def settled(visitor: Watched, denoiser: RedDenoiser) -> None:
    """Nothing has been computed for a while."""
    calls = -1
    while calls != denoiser.calls:
        calls = denoiser.calls
        visitor.page.wait_for_timeout(1200)
    visitor.wait_done()


def command(visitor: Watched) -> str:
    visitor.open("take")
    return str(visitor.page.input_value("#command textarea"))


def place(visitor: Watched) -> Any:
    """Where the page is scrolled, what the stage shows, which tool is in hand."""
    return visitor.page.evaluate(
        """() => [scrollY, document.querySelector('.stage').getBoundingClientRect().top,
          document.querySelector('.player').dataset.tool]"""
    )


def test_a_stroke_is_answered_at_once_and_the_sentence_says_what_became_of_it(
    opened: Watched, denoiser: RedDenoiser
) -> None:
    shown(opened)
    take(opened, "add")
    opened.page.locator(STAGE).first.scroll_into_view_if_needed()
    before = place(opened)
    stroke(opened, BESIDE)
    answered(opened)
    opened.page.wait_for_function("document.querySelector('.player .lead').textContent.includes('out again')")
    assert "the network took all of them out again." in opened.says(".lead")
    assert place(opened) == before
    assert opened.page.is_enabled("[data-do=clear]")  # the stroke is still there
    stroke(opened, WITHIN, "erase")
    answered(opened)
    opened.page.wait_for_function("document.querySelector('.player .lead').textContent.includes('came back')")
    assert "all of them came back." in opened.says(".lead")
    assert "took all of them out again" in opened.says(".lead")
    opened.page.focus(".stage")
    opened.page.keyboard.press("Home")
    assert opened.says(".sentence").startswith("The prior with your strokes in it")
    area = opened.says('[data-fact="area"] dd')
    opened.page.keyboard.press("End")
    assert opened.says('[data-fact="prior_area"] dd') == area
    assert "--scribbles" in command(opened) and "--no-hold" in command(opened)
    rests(opened, denoiser)


def test_what_was_painted_is_recorded_and_the_library_gives_the_same(opened: Watched, tmp_path: Path) -> None:
    shown(opened)
    stroke(opened, WITHIN, "erase")
    answered(opened)
    scribbles = cv2.imread(str(opened.take("scribbles", tmp_path)), cv2.IMREAD_UNCHANGED)
    mask = cv2.imread(str(opened.take("mask", tmp_path)), cv2.IMREAD_UNCHANGED)
    assert set(np.unique(scribbles)) == {0, 128}
    assert (mask[scribbles == 0] == 255).all()
    alone = red_model().refine(red_disc()[0], scribbles=scribbles, hold=False).finish().probability()[0]
    assert np.array_equal(mask > 0, alone > 0.5)
    assert '"hold": false' in opened.take("settings", tmp_path).read_text()


def test_strokes_that_hold(opened: Watched, tmp_path: Path) -> None:
    shown(opened)
    opened.page.check("[value=holds]")
    stroke(opened, WITHIN, "erase")
    answered(opened)
    assert "painted pixels hold." in opened.says(".lead")
    assert "--hold" in command(opened)
    scribbles = cv2.imread(str(opened.take("scribbles", tmp_path)), cv2.IMREAD_UNCHANGED)
    mask = cv2.imread(str(opened.take("mask", tmp_path)), cv2.IMREAD_UNCHANGED)
    assert (mask[scribbles == 0] == 0).all()
    # the other meaning is answered as well, with the strokes that are there
    opened.page.check("[value=proposes]")
    answered(opened)
    assert "all of them came back" in opened.says(".lead")


def test_ten_fast_strokes_end_on_the_last(opened: Watched, denoiser: RedDenoiser, tmp_path: Path) -> None:
    shown(opened)
    settled(opened, denoiser)
    take(opened, "add")
    opened.page.locator(STAGE).first.scroll_into_view_if_needed()
    calls, box, mouse = denoiser.calls, opened.page.locator(STAGE).first.bounding_box(), opened.page.mouse
    denoiser.hold()
    for i in range(10):
        x, y = box["x"] + (0.1 + 0.08 * i) * box["width"], box["y"] + 0.8 * box["height"]
        mouse.move(x, y)
        mouse.down()
        mouse.move(x + 0.03 * box["width"], y + 0.05 * box["height"])
        mouse.up()
    opened.page.wait_for_timeout(1500)  # the last of them was admitted
    denoiser.open()
    settled(opened, denoiser)
    assert denoiser.calls - calls <= 2 * 10  # of a hundred steps
    painted = cv2.imread(str(opened.take("scribbles", tmp_path)), cv2.IMREAD_UNCHANGED) == 255
    assert painted[:, int(0.85 * 320) - 8 :].any() and painted[:, : int(0.14 * 320)].any()
    assert f"You painted {painted.sum():,} pixels on" in opened.says(".lead")


def test_slow_strokes_supersede_the_one_under_way(opened: Watched, denoiser: RedDenoiser, tmp_path: Path) -> None:
    """Strokes while an answer is computed: the page ends on all of them."""
    shown(opened)
    settled(opened, denoiser)
    denoiser.hold()
    stroke(opened, BESIDE)
    opened.wait_begun()
    for i in range(3):
        denoiser.let(1)
        stroke(opened, ((0.2 + 0.2 * i, 0.85), (0.25 + 0.2 * i, 0.9)))
        opened.page.wait_for_timeout(300)
    denoiser.open()
    settled(opened, denoiser)
    painted = cv2.imread(str(opened.take("scribbles", tmp_path)), cv2.IMREAD_UNCHANGED) == 255
    count, _ = cv2.connectedComponents(painted.astype(np.uint8))
    assert count - 1 == 4
    assert f"You painted {painted.sum():,} pixels on" in opened.says(".lead")


def test_frames_that_arrive_do_not_disturb_a_stroke_under_way(
    opened: Watched, denoiser: RedDenoiser, tmp_path: Path
) -> None:
    shown(opened)
    settled(opened, denoiser)
    denoiser.hold()
    stroke(opened, BESIDE)
    opened.wait_begun()
    box, mouse = opened.page.locator(STAGE).first.bounding_box(), opened.page.mouse
    before = place(opened)
    mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.85 * box["height"])
    mouse.down()
    for i in range(6):
        denoiser.let(1)
        opened.wait_frames(3 + i)  # the prior, the toss, and a step more each time
        mouse.move(box["x"] + (0.25 + 0.06 * i) * box["width"], box["y"] + 0.85 * box["height"], steps=3)
    assert place(opened) == before
    mouse.up()
    denoiser.open()
    settled(opened, denoiser)
    painted = cv2.imread(str(opened.take("scribbles", tmp_path)), cv2.IMREAD_UNCHANGED) == 255
    count, _, stats, _ = cv2.connectedComponentsWithStats(painted.astype(np.uint8))
    assert count - 1 == 2
    assert max(stats[1:, cv2.CC_STAT_WIDTH]) > 0.33 * 320  # one line from its beginning to its end


def test_undo_redo_and_clear_are_answered(opened: Watched, denoiser: RedDenoiser) -> None:
    shown(opened)
    stroke(opened, BESIDE)
    answered(opened)
    for doing, painted in (("undo", False), ("redo", True), ("clear", False)):
        opened.page.click(f"[data-do={doing}]")
        answered(opened)
        assert ("--scribbles" in command(opened)) is painted
        assert ("painted" in opened.says(".lead")) is painted


def test_where_the_switch_is_off_nothing_runs_and_refine_still_hears_the_strokes(
    opened: Watched, denoiser: RedDenoiser
) -> None:
    shown(opened)
    opened.page.uncheck("#answer-strokes")
    settled(opened, denoiser)
    stroke(opened, BESIDE)
    rests(opened, denoiser)
    opened.page.click("[data-do=undo]")
    opened.page.click("[data-do=redo]")
    rests(opened, denoiser)
    opened.refined()
    assert "out again" in opened.says(".lead")
    opened.page.check("#answer-strokes")  # the strokes that are there are answered
    answered(opened)


def test_a_stroke_is_called_stale_only_where_it_is_not_answered(opened: Watched, denoiser: RedDenoiser) -> None:
    shown(opened)
    opened.page.evaluate(
        """() => {
          const stale = document.querySelector('#stale');
          window.marks = [];
          const note = () => window.marks.push(stale.querySelector('[role=status]')?.textContent.trim() ?? '');
          new MutationObserver(note).observe(stale, { childList: true, subtree: true, characterData: true });
        }"""
    )
    for points, tool in ((BESIDE, "add"), (WITHIN, "erase")):
        stroke(opened, points, tool)
        answered(opened)
    marks = opened.page.evaluate("window.marks")
    assert marks and set(marks) == {""}
    opened.page.uncheck("#answer-strokes")
    settled(opened, denoiser)
    stroke(opened, ((0.2, 0.85), (0.25, 0.9)), "add")
    opened.page.wait_for_function(
        "sentence => document.querySelector('#stale [role=status]').textContent.trim() === sentence",
        arg=text("refine.stale"),
    )
    opened.refined()
    assert str(opened.page.text_content("#stale [role=status]")).strip() == ""


def test_the_switch_follows_the_task_until_a_hand_has_set_it(opened: Watched) -> None:
    shown(opened)
    assert opened.page.is_checked("#answer-strokes")
    opened.page.locator("#task label").nth(1).click()
    opened.page.wait_for_selector('[data-example="2"]')
    shown(opened, 2)
    assert opened.page.is_visible("#answer-strokes") and not opened.page.is_checked("#answer-strokes")
    assert opened.page.is_visible(f".tools >> text={text('player.answering_slow')}")
    opened.page.check("#answer-strokes")
    assert opened.page.is_hidden(f".tools >> text={text('player.answering_slow')}")
    shown(opened, 2)
    assert opened.page.is_checked("#answer-strokes")


def test_another_picture_wipes_the_strokes_and_starts_nothing(opened: Watched, denoiser: RedDenoiser) -> None:
    shown(opened)
    stroke(opened, BESIDE)
    answered(opened)
    opened.pick(1)
    opened.page.wait_for_function("document.querySelector('.note')?.textContent.includes('Another disc')")
    opened.wait_done()
    rests(opened, denoiser)
    assert "--scribbles" not in command(opened)


@pytest.fixture
def phone(browser: Any, server: Server) -> Iterator[Watched]:
    def touching(**options: Any) -> Any:
        return browser.new_context(**options, has_touch=True, is_mobile=True)

    class Touching:
        new_context = staticmethod(touching)

    visit: Callable[..., Any] = contextmanager(opened_by)
    with visit(Touching(), server.url, 390, 844) as visitor:
        yield visitor


def test_on_a_phone_a_finger_paints_and_reads_the_answer_without_scrolling(
    phone: Watched, denoiser: RedDenoiser
) -> None:
    shown(phone)
    phone.page.locator("[data-tool=add]").scroll_into_view_if_needed()
    phone.page.tap("[data-tool=add]")
    phone.page.locator(".player .headline").evaluate("(part) => part.scrollIntoView({ block: 'start' })")
    before = place(phone)
    by_finger(phone, ((0.7, 0.2), (0.75, 0.22), (0.8, 0.25)))
    answered(phone)
    phone.page.wait_for_function(
        "document.querySelector('.player .lead').textContent.includes('out again')", timeout=SLOW
    )
    assert place(phone) == before
    for part in (".player .stage", ".player .lead"):
        box = phone.page.locator(part).first.bounding_box()
        assert box["y"] >= -1 and box["y"] + box["height"] <= 844
    assert text("player.answering") in phone.says(".tools")
