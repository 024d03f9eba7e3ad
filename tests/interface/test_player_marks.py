"""What lies on the photograph, in a real browser: thin masks, thick changes, before and after, a reference."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from bright_model import red_disc
from numpy.typing import NDArray
from player_stand import Standing, chain, stand

from hidiff.interface.player.encoding import bits, coded, mask_of

SLOW = 120_000  # milliseconds; the machine may be busy with something else
Opens = Callable[..., Standing]
Value = dict[str, Any]

BLUE, ORANGE = [74, 168, 255], [255, 157, 46]
RIGHT, MISSED, FALSE = [88, 196, 138], [213, 94, 154], [240, 228, 66]
COUNT = """
([colours, cell]) => {
  const canvas = document.querySelectorAll("canvas.shown")[cell];
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return colours.map((colour) => {
    let count = 0;
    for (let i = 0; i < data.length; i += 4) if (colour.every((value, c) => Math.abs(data[i + c] - value) < 4)) count++;
    return count;
  });
}
"""
PIXEL = """
([x, y]) => {
  const canvas = document.querySelector("canvas.shown");
  const at = [Math.floor(x * canvas.width), Math.floor(y * canvas.height)];
  return [...canvas.getContext("2d").getImageData(...at, 1, 1).data].slice(0, 3);
}
"""


@pytest.fixture(scope="module")
def value() -> Value:
    """A finished run over the whole picture, with a reference."""
    picture, disc = red_disc()
    return chain(picture, reference=disc, focus=False)[0][-1]


@pytest.fixture
def place(browser: Any) -> Iterator[Opens]:
    """Opens a stand; at the end nothing may have gone wrong."""
    standing: list[Standing] = []

    def opened(width: int = 1000, height: int = 900, theme: str = "light", **context: Any) -> Standing:
        page = browser.new_context(
            viewport={"width": width, "height": height}, reduced_motion="reduce", **context
        ).new_page()
        page.set_default_timeout(SLOW)
        standing.append(Standing(page))
        page.on("pageerror", lambda error: standing[-1].errors.append(str(error)))
        page.on("console", lambda said: standing[-1].errors.append(said.text) if said.type == "error" else None)
        page.set_content(stand(theme))
        return standing[-1]

    yield opened
    for one in standing:
        one.page.context.close()
        assert one.errors == []


GREENISH = """
() => {
  const canvas = document.querySelector("canvas.shown");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 0; i < data.length; i += 4) count += data[i + 1] > 25 + Math.max(data[i], data[i + 2]);
  return count;
}
"""


def show(on: Standing, value: Value, at: int) -> None:
    """Give a finished value and wait until this very run is shown, at a moment of the clock."""
    on.give(value)
    on.page.wait_for_selector(f'.player[data-state="done"][data-run="{value["run"]}"]')
    on.page.evaluate("(at) => document.querySelector(`.film [data-at='${at}']`).click()", at)


def count(on: Standing, *colours: list[int], cell: int = 0) -> list[int]:
    """How many pixels of a canvas have each of the colours."""
    counted: list[int] = on.page.evaluate(COUNT, [list(colours), cell])
    return counted


def size_of(value: Value) -> tuple[int, int]:
    height, width = value["frames"][-1]["size"]
    return height, width


def with_answer(value: Value, before: NDArray[np.bool_], after: NDArray[np.bool_], **rest: Any) -> Value:
    """The run with a prior and an answer of one's own."""
    prior, answer = value["frames"][0], value["frames"][-1]
    changed = {
        **answer,
        "before": bits(before),
        "after": bits(after),
        "on": int((after & ~before).sum()),
        "off": int((before & ~after).sum()),
        "guess": coded(after.astype(np.float32)),
    }
    first = {**prior, "before": bits(before), "after": bits(before), "guess": coded(before.astype(np.float32))}
    return {**value, "frames": [first, *value["frames"][1:-1], changed], **rest}


def test_a_thin_guess_is_an_area_and_no_outline(place: Opens, value: Value) -> None:
    on = place()
    mask = np.zeros(size_of(value), bool)
    mask[:, : mask.shape[1] // 2] = True
    show(on, with_answer(value, mask, mask, thin=True), 0)
    grey, lit = on.page.evaluate(PIXEL, [0.75, 0.1]), on.page.evaluate(PIXEL, [0.25, 0.1])
    assert lit == pytest.approx([one + (255 - one) * 150 / 255 for one in grey], abs=6)
    on.page.uncheck("[data-layer=outline]")
    assert on.page.evaluate(PIXEL, [0.25, 0.1]) == pytest.approx(grey, abs=6)
    on.page.check("[data-layer=outline]")
    show(on, with_answer(value, mask, mask, run="b", thin=False), 0)
    assert on.page.evaluate(PIXEL, [0.25, 0.1]) == pytest.approx(grey, abs=6)


def test_changes_are_thick_from_afar_and_exact_from_near(place: Opens, value: Value) -> None:
    before = np.zeros(size_of(value), bool)
    after = before.copy()
    after[20:180:40, 30:230:40] = True
    flips = int(after.sum())
    given = with_answer(value, before, after)
    far = place(width=390, height=844)
    show(far, given, 12)
    far.page.focus("[data-set=split]")
    far.page.keyboard.press("Home")  # nothing but the answer
    wide = far.page.evaluate("document.querySelector('canvas.shown').width") / before.shape[1]
    assert wide < 2
    assert count(far, BLUE)[0] >= flips * 2 * 2 > flips * wide**2
    near = place(width=1400, height=1200)
    show(near, given, 12)
    near.page.click("[data-base=image]")
    near.page.focus("[data-set=split]")
    near.page.keyboard.press("Home")
    wide = near.page.evaluate("document.querySelector('canvas.shown').width") / before.shape[1]
    assert wide > 2
    assert count(near, BLUE)[0] == pytest.approx(flips * wide**2, rel=0.25)


def test_most_changed_leads_there_and_back(place: Opens, value: Value) -> None:
    before = np.zeros(size_of(value), bool)
    after = before.copy()
    after[120:140, 190:210] = True
    before[10, 10] = True
    on = place()
    on.give({**value, "frames": value["frames"][:1], "live": True})
    on.page.wait_for_selector('.player[data-frames="1"]')
    assert on.page.is_disabled("[data-do=most]")
    show(on, with_answer(value, before, after, run="b"), 0)  # the prior's frame: what the answer will have changed
    whole = count(on, BLUE, cell=1)
    on.page.click("[data-do=most]")
    assert on.page.get_attribute("[data-do=most]", "aria-pressed") == "true"
    assert on.page.get_attribute(".player", "data-zoomed") == ""
    on.page.click('.film [data-at="12"]')
    assert count(on, BLUE, cell=1)[0] > 4 * max(1, whole[0])
    on.page.click("[data-do=most]")
    assert on.page.get_attribute("[data-do=most]", "aria-pressed") == "false"
    assert on.page.query_selector(".player[data-zoomed]") is None
    on.page.click("[data-do=most]")
    on.page.click("[data-do=in]")  # another view than where it led
    assert on.page.get_attribute("[data-do=most]", "aria-pressed") == "false"


def halves(value: Value) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """A mask of the upper half, and one of the lower."""
    upper = np.zeros(size_of(value), bool)
    upper[: upper.shape[0] // 2] = True
    return upper, ~upper


def filled(on: Standing, x: float, y: float) -> bool:
    """Whether a place away from the disc shows a mask; the veil under flips is a quarter of black."""
    return sum(on.page.evaluate(PIXEL, [x, y])) > 450


def test_the_divider_shows_prior_and_answer_by_keys_and_mouse(place: Opens, value: Value) -> None:
    on = place()
    show(on, with_answer(value, *halves(value), thin=True), 5)
    on.page.uncheck("[data-layer=flips]")
    assert on.page.locator(".divider:visible").count() == 0
    on.page.click('.film [data-at="12"]')
    assert on.page.locator(".divider:visible").count() == 1
    handle = on.page.locator("[data-set=split] >> nth=0")
    assert handle.input_value() == "50" and "Before | after" in handle.get_attribute("aria-label")
    assert (on.says(".before"), on.says(".label")) == ("Prior", "Answer")
    corners = [(x, y) for x in (0.05, 0.95) for y in (0.05, 0.95)]
    assert [filled(on, *corner) for corner in corners] == [True, False, False, True]
    handle.focus()
    on.page.keyboard.press("Home")
    assert [filled(on, *corner) for corner in corners] == [False, True, False, True]
    on.page.keyboard.press("End")
    assert [filled(on, *corner) for corner in corners] == [True, False, True, False]
    on.page.keyboard.press("ArrowLeft")
    assert handle.input_value() == "99" and on.at() == 12
    box = on.page.locator(".cell >> nth=0").bounding_box()
    middle = box["y"] + box["height"] / 2
    on.page.mouse.move(box["x"] + 0.99 * box["width"], middle)
    on.page.mouse.down()
    on.page.mouse.move(box["x"] + 0.3 * box["width"], middle, steps=4)
    on.page.mouse.up()
    assert float(handle.input_value()) == pytest.approx(30, abs=3)
    show(on, with_answer(value, *halves(value), thin=True, run="b"), 12)
    assert handle.input_value() == "50"


def test_a_finger_moves_the_divider(place: Opens, value: Value) -> None:
    on = place(width=390, height=844, has_touch=True)
    show(on, with_answer(value, *halves(value)), 12)
    box = on.page.locator(".cell >> nth=0").bounding_box()
    middle = box["y"] + box["height"] / 2
    hand = on.page.context.new_cdp_session(on.page)
    for kind, share in [("touchStart", 0.5), ("touchMove", 0.6), ("touchMove", 0.8), ("touchEnd", None)]:
        points = [] if share is None else [{"x": box["x"] + share * box["width"], "y": middle, "id": 1}]
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert float(on.page.input_value("[data-set=split] >> nth=0")) == pytest.approx(80, abs=4)


def test_no_divider_where_nothing_changed_or_no_mask_is_shown(place: Opens, value: Value) -> None:
    upper, lower = halves(value)
    on = place()
    show(on, with_answer(value, upper, upper), 12)
    assert on.page.locator(".divider:visible").count() == 0
    show(on, with_answer(value, upper, lower, run="b"), 12)
    assert on.page.locator(".divider:visible").count() == 1
    on.page.uncheck("[data-layer=outline]")
    assert on.page.locator(".divider:visible").count() == 0


@pytest.mark.parametrize("thin", [False, True])
def test_the_reference_is_a_dashed_line_of_its_own(place: Opens, value: Value, thin: bool) -> None:
    bar = np.zeros(value["reference"]["size"], bool)
    bar[40:200, 100:109] = True
    on = place()
    show(on, {**value, "thin": thin, "reference": {**value["reference"], "bits": bits(bar)}}, 0)
    assert on.page.evaluate(GREENISH) == 0
    on.page.check("[data-layer=reference]")
    long = on.page.evaluate("document.querySelector('canvas.shown').width") / bar.shape[1] * 160
    dashed = on.page.evaluate(GREENISH)
    assert 0.3 * long < dashed < (2 * long if thin else 6 * long)  # one line along the middle, or one along each side
    show(on, {**value, "run": "b", "reference": None}, 0)
    assert on.page.is_hidden("[data-layer=reference]") and on.page.is_hidden("[data-base=errors]")


def test_errors_are_counted_and_coloured(place: Opens, value: Value) -> None:
    height, width = value["reference"]["size"]
    disc = mask_of(value["reference"]["bits"], (height, width))
    shape = size_of(value)
    guess = np.zeros(shape, bool)
    guess[:, : shape[1] // 2] = True  # half of the disc, and much else
    on = place()
    show(on, with_answer(value, guess, guess), 12)
    on.page.click("[data-base=errors]")
    left = np.arange(width) < width // 2
    expected = {"right": (disc & left).sum(), "missed": (disc & ~left).sum(), "false": (~disc & left).sum()}
    for name, number in expected.items():
        assert float(on.says(f"[data-count={name}]").replace(",", "")) == pytest.approx(int(number), rel=0.05, abs=20)
        assert on.page.is_visible(f".error-key .{name}")
    shown = count(on, RIGHT, MISSED, FALSE, cell=1)
    scale = on.page.evaluate("document.querySelectorAll('canvas.shown')[1].width") / width
    assert shown == pytest.approx([int(expected[name]) * scale**2 for name in ("right", "missed", "false")], rel=0.1)
    show(on, {**value, "run": "b", "reference": None}, 12)
    assert on.page.get_attribute("button[data-base=bits]", "aria-pressed") == "true"


THUMBNAILS = """
() => [...document.querySelectorAll(".film canvas")].map((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let lit = 0;
  for (let i = 0; i < data.length; i += 4) lit += data[i] > 128;
  return [canvas.width, canvas.height, lit / canvas.width / canvas.height];
})
"""


def test_thumbnails_have_one_scale_and_go_with_their_picture(place: Opens) -> None:
    picture, _ = red_disc()
    values = chain(picture)[0]
    assert values[-1]["chain"]["box"] != values[-1]["frames"][0]["box"]
    on = place()
    for number, part in enumerate(values, 1):
        on.give(part)
        on.page.wait_for_selector(f'.player[data-frames="{number if number == 1 else number + 1}"]')
    thumbnails = on.page.evaluate(THUMBNAILS)
    assert len({(width, height) for width, height, _ in thumbnails}) == 1
    assert thumbnails[0][2] == pytest.approx(thumbnails[-1][2], rel=0.2)  # the same disc, as large
    on.give(chain(picture[:, ::-1], name="b")[0][0])
    on.page.wait_for_selector('.player[data-frames="1"]')
    assert on.page.locator(".film canvas").count() == 1


def test_curves_have_steps_below_and_a_span_that_does_not_exaggerate(place: Opens, value: Value) -> None:
    on = place()
    show(on, value, 12)
    for curve in ("area", "dice", "entropy"):
        labels = on.page.locator(f"[data-curve={curve}] .axis span").all_inner_texts()
        assert (labels[0], labels[5], labels[-1]) == ("prior", "4", "answer")
        least, most = (float(on.says(f"[data-curve={curve}] .{end}")) for end in ("least", "most"))
        assert most - least >= {"area": 1, "dice": 0.19, "entropy": 0.1}[curve] - 1e-6
    assert on.says("[data-curve=alpha_bar] b") == "1.000"
    assert float(on.says("[data-curve=entropy] b")) >= 0
    assert on.page.locator("[data-curve=flips] .series:visible").count() == 0  # no flips at the answer, and no dash
    assert on.page.locator(".strip .axis span").all_inner_texts() == [str(step) for step in range(1, 11)]
    assert on.page.locator(".strip small").all_inner_texts() == ["1", "0"]
