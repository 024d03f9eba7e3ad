"""The player in a real browser, on a stand of its own: scrubbing, views, the pixel, lanes, samples, zoom."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bright_model import red_disc
from player_stand import Standing, chain, marks_of, word
from typedefs import Schema

from hidiff.diffusion.samplers import SAMPLERS
from hidiff.interface import player
from hidiff.interface.languages import language_script
from hidiff.interface.player.brush import scribbles_from
from hidiff.interface.player.encoding import decoded, mask_of
from hidiff.interface.player.payload import side_by_side
from hidiff.interface.texts import texts_of
from hidiff.refinement.chain import Refinement

SCHEMA = Path(player.__file__).parent / "web" / "schema.js"
Opens = Callable[..., Standing]


@pytest.fixture(scope="module")
def run() -> tuple[list[dict[str, Any]], list[Any]]:
    picture, disc = red_disc()
    return chain(picture, reference=disc)


def test_frames_come_one_by_one_and_then_everything_scrubs(place: Opens, run: Any) -> None:
    values, _ = run
    on = place()
    for number, value in zip((1, *range(3, 13)), values[:-1], strict=True):  # the coin toss comes with the first step
        on.give(value)
        on.page.wait_for_selector(f'.player[data-frames="{number}"][data-state="live"]')
        assert on.at() == number - 1
    on.show(values[-1])
    assert on.says(".label") == "Answer"
    keyboard = on.page.keyboard
    on.page.focus(".track input")
    keyboard.press("ArrowLeft")
    assert on.says(".label") == "Step 10 of 10"
    assert on.page.get_attribute(".track input", "aria-valuetext") == "Step 10 of 10"
    for part in (".stage", '.film [data-at="10"]'):
        on.page.focus(part)
        keyboard.press("Home")
        assert on.at() == 0
        keyboard.press("ArrowRight")
        keyboard.press("ArrowRight")
        keyboard.press("ArrowLeft")
        assert on.at() == 1
        keyboard.press("End")
        assert on.at() == 12
    assert on.page.evaluate("document.activeElement.dataset.at") == "12"  # the filmstrip's focus goes along
    on.page.click('[data-move="-1"]')
    assert on.at() == 11
    on.page.click('.film [data-at="5"]')
    assert on.says(".facts [data-fact=time] dd") == "7 → 6"
    assert on.page.get_attribute(".sentence", "aria-live") == "polite"
    width = on.page.locator("[data-curve=flips] svg").bounding_box()["width"]
    on.page.click("[data-curve=flips] svg", position={"x": width * 2.5 / 13, "y": 10})
    assert on.at() == 2


def test_a_language_that_is_chosen_while_a_run_is_read_holds_for_all_of_it(place: Opens, run: Any) -> None:
    values, _ = run
    on = place()
    on.page.evaluate(f"() => {{ {language_script('de')} }}")
    for number, wait in enumerate(range(0, 60, 3)):
        on.page.evaluate("hidiffTexts.choose('en', false)")
        on.page.evaluate(
            """async ([value, wait]) => {
              give(value);
              await new Promise((then) => setTimeout(then, wait));
              await hidiffTexts.choose("de", false);
            }""",
            [{**values[-1], "run": f"{values[-1]['run']}-{number}"}, wait],
        )
        on.page.wait_for_selector(f'.player[data-state="done"][data-run$="-{number}"]')
        assert on.says(".label") == texts_of("de")["player.answer"], wait
        assert str(on.says(".sentence")).startswith("Die Antwort"), wait


def test_it_plays_at_a_chosen_speed_halts_and_loops(place: Opens, run: Any) -> None:
    on = place()
    on.show(run[0][-1], 10)
    on.page.select_option("[data-set=pace]", "4")
    on.page.focus(".stage")
    on.page.keyboard.press("Space")
    assert on.page.get_attribute(".play", "aria-label") == "Pause"
    on.page.wait_for_selector('.player[data-at="12"]:not([data-playing])')
    on.page.click("[data-do=loop]")
    on.page.click(".play")
    on.page.wait_for_selector('.player[data-at="12"][data-playing]')
    on.page.wait_for_selector('.player[data-at="1"][data-playing]')
    on.page.click(".play")
    at = on.at()
    on.page.wait_for_timeout(600)
    assert on.at() == at


def _of_first(refinement: Refinement, maps: Any) -> Any:
    """The first chain's part of maps (N,K,h,w), without the padding."""
    return refinement.frame.content_of(maps[0, 0])


COUNT = """
(colours) => {
  const canvas = [...document.querySelectorAll(".cell:not([hidden]) canvas.shown")].at(-1);
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return colours.map((colour) => {
    let count = 0;
    for (let i = 0; i < data.length; i += 4) if (colour.every((value, c) => Math.abs(data[i + c] - value) < 3)) count++;
    return count / (canvas.width * canvas.height);
  });
}
"""
BLUE, ORANGE, WHITE, BLACK = [74, 168, 255], [255, 157, 46], [255, 255, 255], [0, 0, 0]


def test_every_view_shows_its_own_map(place: Opens) -> None:
    values, moments = chain(focus=False)
    refinement = moments[-1].refinement
    assert refinement is not None
    step = refinement.steps[3]
    part = partial(_of_first, refinement)
    on = place(width=1400, height=1200)  # pixels of the mask are seen as they are: no change is thickened
    on.show(values[-1], 5)
    on.page.uncheck("[data-layer=outline]")
    on.page.click("[data-base=flips]")
    shares = on.page.evaluate(COUNT, [BLUE, ORANGE])
    frame = values[-1]["frames"][5]
    assert shares == pytest.approx([frame["on"] / 49152, frame["off"] / 49152], rel=0.02)
    assert on.says("[data-count=on]") == f"{frame['on']:,}"
    on.page.click("[data-base=bits]")
    on.page.uncheck("[data-layer=flips]")
    assert on.page.evaluate(COUNT, [WHITE])[0] == pytest.approx(part(step.y_t).mean(), rel=0.02)
    assert on.page.is_visible(".grey-key")
    for base, maps in (("guess", step.y0_hat), ("mean", step.mean)):
        on.page.click(f'[data-base="{base}"]')
        level = round(255 * float(part(maps)[0, 0]))
        assert on.page.evaluate(
            "() => [...document.querySelectorAll('canvas.shown')[1].getContext('2d').getImageData(1, 1, 1, 1).data]"
        ) == pytest.approx([level, level, level, 255], abs=3)
    on.page.click('[data-base="doubt"]')
    assert on.page.is_visible(".heat-key")
    assert not on.page.is_visible(".flip-key >> nth=0")
    on.page.fill("[data-set=opacity]", "0")
    assert on.page.evaluate(COUNT, [[220, 60, 50]])[0] > 0.02  # nothing but the photograph is left


def test_the_view_moves_into_the_closer_look_and_out_again(place: Opens, run: Any) -> None:
    on = place(reduced_motion="reduce")
    on.show(run[0][-1], 0)
    assert on.page.is_hidden(".map >> nth=0")
    on.page.click('.film [data-at="1"]')
    assert on.page.is_hidden(".map >> nth=0")  # the coin toss
    on.page.click('.film [data-at="2"]')
    assert on.page.is_visible(".map >> nth=0")
    on.page.uncheck("[data-layer=closer]")
    assert on.page.is_hidden(".map >> nth=0")
    on.page.check("[data-layer=closer]")
    on.page.click('.film [data-at="12"]')
    assert on.page.is_hidden(".map >> nth=0")
    on.page.click("[data-do=in]")
    assert on.page.is_visible(".map >> nth=0")
    on.page.click("[data-do=fit]")
    assert on.page.is_hidden(".map >> nth=0")
    on.page.focus(".stage")
    on.page.hover(".cell >> nth=0")
    on.page.mouse.wheel(0, -400)
    on.page.wait_for_selector(".player[data-zoomed]")
    on.page.keyboard.press("0")
    on.page.wait_for_selector(".player:not([data-zoomed])")
    on.page.click("[data-do=large]")
    on.page.wait_for_selector(".player.large")
    on.page.click(".transport [data-do=large]")
    on.page.wait_for_selector(".player:not(.large)")


def test_a_glide_ends_with_the_picture_it_was_made_for(place: Opens, run: Any) -> None:
    picture, _ = red_disc()
    other = chain(picture[:, ::-1], name="b")[0][-1]
    on = place()
    for then in (None, other):
        on.show(run[0][-1], 12)
        on.page.click("[data-do=in]")
        on.give(then)
        on.page.wait_for_selector(f'.player[data-state="{"done" if then else "empty"}"]')
        on.page.wait_for_timeout(700)  # a glide takes less than that, unless the machine is busy
    on.page.wait_for_selector(".player:not([data-zoomed])")
    assert on.page.is_hidden(".map >> nth=0")


def test_a_run_by_an_unknown_rule_is_not_shown(place: Opens, run: Any) -> None:
    value = run[0][-1]
    on = place()
    on.give({**value, "chain": {**value["chain"], "sampler": "euler"}})
    on.show({**value, "run": "b"})  # the next value is shown as ever
    assert len(on.errors) == 1 and f'"euler" is none of {", ".join(SAMPLERS)}' in on.errors[0]
    assert on.page.get_attribute(".player", "data-run") == "b"
    on.errors.clear()


def test_a_pixel_tells_its_story(place: Opens, run: Any) -> None:
    values, moments = run
    refinement = moments[-1].refinement
    on = place(reduced_motion="reduce")
    on.show(values[-1], 5)
    assert on.says(".why")  # one that flips was picked already
    box = on.page.locator(".cell").first.bounding_box()
    on.page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    row, column = (int(part.split()[-1]) for part in on.says(".where").split(","))
    assert (row, column) == pytest.approx((128, 128), abs=3)
    step = refinement.steps[3]
    for name, maps in (("p", refinement.p[None]), ("eps", step.eps_hat), ("y0", step.y0_hat), ("mean", step.mean)):
        shown = float(on.says(f".numbers [data-fact={name}] dd"))
        assert shown == pytest.approx(float(maps[0, 0, row, column]), abs=3e-3)
    assert float(on.says(".numbers [data-fact=u] dd")) == pytest.approx(float(step.u[0, 0, row, column]), abs=1e-3)
    assert on.says(".numbers [data-fact=out] dd") == str(int(step.y_prev[0, 0, row, column]))
    assert (word("below") in on.says(".why")) == bool(step.y_prev[0, 0, row, column]) or "not" in on.says(".why")
    on.page.mouse.down()
    on.page.mouse.up()
    assert word("held") in on.says(".where")
    on.page.mouse.move(box["x"] + 30, box["y"] + 30)
    assert f"row {row}, column {column}" in on.says(".where")
    on.page.focus(".stage")
    on.page.keyboard.press("Control+Shift+ArrowDown")
    on.page.keyboard.press("Shift+ArrowRight")
    assert f"row {row + 8}, column {column + 1}" in on.says(".where")
    on.page.keyboard.press("Escape")
    assert word("held") not in on.says(".where")
    on.page.keyboard.press("Home")
    assert "The prior gives" in on.says(".why") and "chain starts" not in on.says(".why")
    on.page.keyboard.press("ArrowRight")
    assert "chain starts" in on.says(".why")
    on.page.keyboard.press("End")
    assert "The answer" in on.says(".why")
    assert on.page.locator(".pixel rect.bit").count() == 10


def test_curves_and_film_follow_the_clock(place: Opens, run: Any) -> None:
    frames = run[0][-1]["frames"]
    on = place()
    on.show(run[0][-1], 6)
    numbers = frames[6]["numbers"]
    assert on.page.locator("[data-curve=dice] b").all_inner_texts() == [
        f"{numbers['dice']:.3f}",
        f"{numbers['guess_dice']:.3f}",
    ]
    assert on.says("[data-curve=entropy] b") == f"{numbers['entropy']:.3f}"
    assert on.page.locator("[data-curve=dice] .prior").count() == 1
    assert on.page.locator(".film button").count() == 13
    assert on.page.locator(".film button[aria-current]").get_attribute("data-at") == "6"
    without = chain(steps=2, name="b")[0][-1]
    on.give(without)
    on.page.wait_for_selector('.player[data-frames="5"]')
    assert on.page.is_hidden("[data-curve=dice]")


def test_two_lanes_run_on_one_clock(place: Opens) -> None:
    first = chain(steps=10, title="ten steps", name="a")[0]
    second = chain(steps=3, title="three steps", name="b", sampler="ddim")[0]
    on = place(reduced_motion="reduce")
    on.give(side_by_side(first[0], second[0]))
    on.page.wait_for_selector('.player[data-frames="1"]')
    on.give(side_by_side(first[3], second[2]))
    on.page.wait_for_selector('.player[data-frames="5"]')
    on.show(side_by_side(first[-1], second[-1]), 3)
    labels = on.page.locator(".cell .label").all_inner_texts()
    assert labels == ["Step 2 of 10", "Step 1 of 3"]  # t = 9: the second lane stays at its t = 10
    assert on.page.locator(".cell .title").all_inner_texts() == ["ten steps", "three steps"]
    on.page.focus(".stage")
    on.page.keyboard.press("End")
    assert on.page.locator(".cell .label").all_inner_texts() == ["Answer", "Answer"]
    on.page.click("[data-base=difference]")
    shape = tuple(first[-1]["frames"][-1]["size"])
    masks = [decoded(value[-1]["frames"][-1]["guess"], shape) > 0.5 for value in (first, second)]
    only = [int((masks[i] & ~masks[1 - i]).sum()) for i in (0, 1)]
    assert [on.says(f"[data-count=only-{i}]") for i in (0, 1)] == [f"{count:,}" for count in only]
    assert "only in ten steps" in on.says('[data-only="0"]')
    on.show(chain(steps=2, name="c")[0][-1])
    on.page.wait_for_selector('.player[data-lanes="1"]')
    assert on.page.locator(".cell:visible").count() == 2  # the photograph and the bits
    on.page.click("[data-base=image]")
    assert on.page.locator(".cell:visible").count() == 1
    assert on.page.is_hidden("[data-base=difference]")


def test_a_click_on_a_sample_asks_the_page_for_it(place: Opens) -> None:
    values, _ = chain(samples=5, steps=3)
    on = place()
    on.show(values[-1])
    assert on.page.locator("[data-sample]").count() == 5
    on.page.click('[data-sample="3"]')
    assert on.page.evaluate("events") == [["select", {"sample": 3, "run": "a"}]]
    on.page.click('.film [data-at="3"]')
    on.show(chain(samples=5, steps=3, which=3, name="a.3")[0][-1])
    on.page.wait_for_selector('[data-sample="3"][aria-current]')
    assert on.at() == 3  # the place on the clock is kept
    assert on.says(".facts [data-fact=chain] dd") == "4 of 5"
    on.page.click("[data-map=disagreement]")
    assert on.at() == 5
    assert on.page.get_attribute("[data-map=disagreement]", "aria-pressed") == "true"


INK = """
() => {
  const canvas = document.querySelector("canvas.ink");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const out = [];
  for (let i = 0; i < data.length; i += 4) out.push(data[i + 3] === 0 ? 128 : data[i + 3] === 120 ? 255 : 0);
  return { width: canvas.width, height: canvas.height, marks: out };
}
"""


def seen(on: Standing) -> np.ndarray:
    """The scribbles as they are drawn, at one canvas pixel a pixel of the picture."""
    ink = on.page.evaluate(INK)
    assert (ink["height"], ink["width"]) == (240, 320)
    return np.uint8(ink["marks"]).reshape(240, 320)


def handed(on: Standing, times: int) -> Any:
    """What the brush handed out the last of so many times."""
    on.page.wait_for_function("(times) => painted.length >= times", arg=times)
    assert on.page.evaluate("painted.length") == times
    return on.page.evaluate("painted.at(-1)")


def test_the_brushs_round_trip_is_lossless_also_after_undo(place: Opens, run: Any) -> None:
    on = place(width=352)  # the stage is then as wide as the picture
    on.show(run[0][-1], 12)
    on.still()
    box = on.page.locator(".cell").first.bounding_box()
    mouse = on.page.mouse

    def scribble(tool: str, *points: tuple[float, float]) -> None:
        if on.page.get_attribute(".player", "data-tool") != tool:
            on.page.click(f"[data-tool={tool}]")
        on.page.locator(".stage").scroll_into_view_if_needed()
        place = on.page.locator(".cell").first.bounding_box()
        mouse.move(place["x"] + points[0][0], place["y"] + points[0][1])
        mouse.down()
        for x, y in points[1:]:
            mouse.move(place["x"] + x, place["y"] + y)
        mouse.up()
        mouse.move(5, 5)

    assert box["width"] == pytest.approx(320)
    scribble("add", (60, 60), (200.4, 90.7), (220, 160))
    first = marks_of(handed(on, 1))
    assert set(np.unique(first)) == {128, 255}
    assert np.array_equal(first, seen(on))
    on.page.fill("[data-set=size]", "40")
    scribble("erase", (150, 30), (160, 200))
    second = handed(on, 2)
    assert (second["run"], second["size"]) == ("a", [240, 320])
    assert Schema(SCHEMA.read_text(encoding="utf-8")).faults(second, "Painted") == []
    assert set(np.unique(marks_of(second))) == {0, 128, 255}
    assert np.array_equal(marks_of(second), seen(on))
    assert np.array_equal(scribbles_from(second, (240, 320)), marks_of(second))
    on.page.click("[data-do=undo]")
    assert np.array_equal(marks_of(handed(on, 3)), first)
    on.page.click("[data-do=redo]")
    assert np.array_equal(marks_of(handed(on, 4)), marks_of(second))
    on.page.click("[data-do=clear]")
    assert handed(on, 5) is None
    on.page.click("[data-do=undo]")
    assert np.array_equal(marks_of(handed(on, 6)), marks_of(second))
    on.page.click('.film [data-at="5"]')
    assert np.array_equal(seen(on)[:20], marks_of(second)[:20]) or (seen(on) != 128).any()  # shown in every frame
    on.show({**run[0][-1], "run": "b"})  # the same picture again: the scribbles stay
    assert (on.page.evaluate("painted.length"), on.page.is_enabled("[data-do=clear]")) == (6, True)
    on.show(chain(red_disc(radius=20)[0], steps=1, name="c")[0][-1])
    assert handed(on, 7) is None  # another picture


def test_the_brush_can_be_used_by_keyboard(place: Opens, run: Any) -> None:
    on = place()
    on.show(run[0][-1], 4)
    on.page.focus("[data-tool=add]")
    on.page.keyboard.press("Enter")
    on.page.focus(".stage")
    on.page.keyboard.press("Enter")
    value = handed(on, 1)
    row, column = (int(part.split()[-1]) for part in on.says(".where").split("·")[0].split(","))
    top, left, height, width = run[0][-1]["chain"]["box"]
    marks = marks_of(value)
    assert marks[int(top + (row + 0.5) * height / 256), int(left + (column + 0.5) * width / 256)] == 255
    on.page.keyboard.press("Control+z")
    assert handed(on, 2) is None
    on.page.evaluate("document.dispatchEvent(new CustomEvent('hidiff-unpaint', {detail: {player: 'player'}}))")
    assert on.page.is_disabled("[data-do=clear]")


def test_a_painted_pixel_says_so(place: Opens) -> None:
    scribbles = np.full((240, 320), 128, np.uint8)
    scribbles[90:110, 120:140] = 0
    values, _ = chain(scribbles=scribbles)
    on = place(reduced_motion="reduce")
    on.show(values[-1], 4)
    top, left, height, width = values[-1]["chain"]["box"]
    shape = tuple(values[-1]["chain"]["size"])
    assert (decoded(values[-1]["chain"]["p"], shape) == 0).any()
    assert not mask_of(values[-1]["frames"][4]["after"], shape)[decoded(values[-1]["chain"]["p"], shape) == 0].any()
    box = on.page.locator(".cell").first.bounding_box()
    scale = 240 / height  # the closer look fills the stage from top to bottom
    x = (130 - (left + width / 2)) * scale / 320 + 0.5
    on.page.mouse.move(box["x"] + x * box["width"], box["y"] + (100 - top) * scale / 240 * box["height"])
    assert "painted this bit off" in on.says(".why")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_is_cut_off_and_axe_finds_nothing_serious(place: Opens, run: Any, width: int, theme: str) -> None:
    picture, disc = red_disc()
    many = chain(picture, reference=disc, samples=3, steps=2, name="many", sampler="plug_in")[0][-1]
    both = side_by_side(run[0][-1], chain(steps=3, name="b", title="a rather long name of a lane", seed=1)[0][-1])
    axe = _axe()
    on = place(width=width, theme=theme)
    for value in (many, both):
        on.show(value, 2)
        on.unfold()
        on.still()
        assert on.page.evaluate("[document.documentElement.scrollWidth <= innerWidth, document.body.scrollWidth]")[0]
        cut = on.page.evaluate(
            """() => [...document.querySelectorAll(".player *")]
                .filter((part) => part.getClientRects().length && part.getBoundingClientRect().right > innerWidth + 1)
                .map((part) => part.outerHTML.slice(0, 80))"""
        )
        assert cut == []
        if axe:
            on.page.evaluate(axe)
            found = on.page.evaluate(
                """async () => (await axe.run("#host")).violations
                    .filter(({ impact }) => impact === "serious" || impact === "critical")
                    .map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 100))])"""
            )
            assert found == []
    top = {part: on.page.locator(part).first.bounding_box()["y"] for part in (".stage", ".transport", ".layers")}
    assert top[".stage"] < top[".transport"] < top[".layers"]
    if not axe:
        pytest.skip("axe-core is not here: npm install --prefix .cache axe-core, or set HIDIFF_AXE to its axe.min.js")


def _axe() -> str:
    kept = Path(__file__).parents[2] / ".cache" / "node_modules" / "axe-core" / "axe.min.js"
    path = Path(os.environ.get("HIDIFF_AXE") or kept)
    return path.read_text() if path.is_file() else ""


def test_two_fingers_zoom_and_a_tap_holds_a_pixel(place: Opens, run: Any) -> None:
    on = place(width=390, height=844, reduced_motion="reduce", has_touch=True)
    on.show(run[0][-1], 5)
    box = on.page.locator(".cell").first.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    on.page.touchscreen.tap(*middle)
    assert word("held") in on.says(".where")
    hand = on.page.context.new_cdp_session(on.page)

    def fingers(kind: str, apart: float) -> None:
        points = [{"x": middle[0] + side * apart, "y": middle[1], "id": i} for i, side in enumerate((-1, 1))]
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [] if kind == "touchEnd" else points})

    fingers("touchStart", 20)
    for apart in (25, 32, 40, 50, 60):
        fingers("touchMove", apart)
    fingers("touchEnd", 60)
    on.page.wait_for_selector(".player[data-free]")
    assert on.page.is_visible(".map >> nth=0")
