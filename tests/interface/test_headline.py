"""The headline and the panes of one lane, on a stand: what the number says, what lies beside the photograph."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import lru_cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
from bright_model import red_disc, red_model, save_disc
from player_stand import Standing, chain

from hidiff.interface.player.lanes import badge_of, builder_of, lead_of
from hidiff.interface.player.payload import side_by_side
from hidiff.interface.runs.recipe import Picture, Recipe, Source, Start, checked_recipe
from hidiff.interface.runs.run import run
from hidiff.interface.texts import text, texts_of
from hidiff.metrics import dice

Opens = Callable[..., Standing]
LAST = 4  # the answer of two steps
PIXELS = "76,800"  # of 240 x 320


@lru_cache
def judged() -> dict[str, Any]:
    picture, disc = red_disc()
    return chain(picture, reference=disc, steps=2)[0][-1]


def scored(prior: float | None, answer: float | None, changed: int = 0) -> dict[str, Any]:
    """A finished value whose prior and answer have these Dice; None: there is no reference."""
    value = copy.deepcopy(judged())
    for frame in value["frames"]:
        frame["numbers"] |= {"dice": prior, "changed": 0}
    value["frames"][LAST]["numbers"] |= {"dice": answer, "changed": changed}
    return value


def german() -> dict[str, str]:
    return dict(texts_of("de"))


def record_numbers(on: Standing) -> None:
    """From now on the page keeps every number that the headline shows, in `seen`."""
    on.page.evaluate(
        """() => {
          window.seen = [];
          const number = document.querySelector(".figure .now");
          new MutationObserver(() => seen.push(number.textContent)).observe(number, { childList: true, subtree: true });
        }"""
    )


def figure(on: Standing, lane: int = 0) -> tuple[str, str, str]:
    """The number, its name, and what it says of the prior."""
    one = on.page.locator(".figure").nth(lane)
    return tuple(one.locator(part).inner_text() for part in (".now", ".name", ".since"))


@pytest.mark.parametrize(
    ("prior", "answer", "since", "by"),
    [
        (0.6, 0.9321, "better", "0.332"),
        (0.95, 0.9, "worse", "0.050"),
        (0.9, 0.9004, "level", ""),
        (0.9, 0.8996, "level", ""),
        (0.0, 0.0, "level", ""),
    ],
)
def test_the_answer_is_better_worse_or_as_good(place: Opens, prior: float, answer: float, since: str, by: str) -> None:
    on = place(reduced_motion="reduce")
    on.show(scored(prior, answer), LAST)
    said = text(f"player.js.since_{since}", **{"from": f"{prior:.3f}", "by": by})
    assert figure(on) == (f"{answer:.3f}", text("player.js.measure_dice"), said)
    assert on.page.get_attribute(".figure >> nth=0", "data-verdict") == since
    on.page.click('.film [data-at="0"]')
    assert figure(on) == (f"{prior:.3f}", text("player.js.measure_dice"), "")
    on.page.click('.film [data-at="2"]')
    assert figure(on)[2] == text("player.js.since", **{"from": f"{prior:.3f}"})  # no verdict before the end


def test_without_a_reference_pixels_are_counted(place: Opens) -> None:
    on = place(reduced_motion="reduce")
    on.show(scored(None, None, 1234), LAST)
    assert figure(on) == ("1,234", text("player.js.measure_changed"), f"of {PIXELS}")
    assert on.page.get_attribute(".figure >> nth=0", "data-verdict") == ""
    on.page.click('.film [data-at="0"]')
    assert figure(on) == ("0", text("player.js.measure_changed"), "")
    on.show({**scored(0.0, 0.5), "run": "b"}, 0)  # the same number of another kind
    assert figure(on)[0] == "0.000"
    on.show({**scored(None, None), "run": "c"}, 0)
    assert figure(on)[0] == "0"


def test_the_number_is_that_of_the_image_and_counts_while_it_plays(place: Opens) -> None:
    picture, disc = red_disc()
    values, events = chain(picture, reference=disc)
    on = place()
    on.show(values[-1], 0)
    assert events[-1].refinement is not None
    answer = dice(events[-1].refinement.probability()[0] > 0.5, disc)
    numbers = [f"{frame['numbers']['dice']:.3f}" for frame in values[-1]["frames"]]
    record_numbers(on)
    on.page.click(".play")
    on.page.wait_for_selector('.player[data-at="12"]:not([data-playing])')
    on.page.wait_for_function(
        "(goal) => document.querySelector('.figure .now').textContent === goal", arg=f"{answer:.3f}"
    )
    seen = set(on.page.evaluate("seen"))
    assert seen - set(numbers)  # it passes the numbers between


def test_where_the_film_begins_anew_the_number_jumps(place: Opens) -> None:
    on = place()
    on.show(scored(0.4, 0.9), LAST)
    on.page.click('[data-do="loop"]')
    record_numbers(on)
    on.page.click(".play")
    on.page.wait_for_function("seen.includes('0.900') && seen.at(-1) === '0.400'")
    seen = on.page.evaluate("seen")
    after = seen[len(seen) - seen[::-1].index("0.900") :]
    assert after[0] == "0.400"  # counting down it would show numbers of no mask


def test_a_number_that_stays_is_written_anew_in_another_language(place: Opens) -> None:
    on = place(reduced_motion="reduce")
    on.show(scored(0.6, 0.9321), LAST)
    assert figure(on)[0] == "0.932"
    on.page.evaluate("(words) => { hidiffTexts.add('de', words); return hidiffTexts.choose('de', false); }", german())
    assert figure(on)[0] == "0,932" and figure(on)[1] == german()["player.js.measure_dice"]


def test_two_lanes_have_a_number_each(place: Opens) -> None:
    first, second = scored(0.6, 0.9), scored(0.8, 0.7)
    first["title"], second["title"] = "one", "a rather long name of the other lane"
    on = place(reduced_motion="reduce")
    on.show(side_by_side(first, second), LAST)
    assert on.page.locator(".figure:visible").count() == 2
    dice_ = text("player.js.measure_dice")
    assert figure(on, 0) == ("0.900", f"one: {dice_}", "from 0.600: better by 0.300")
    assert figure(on, 1) == ("0.700", f"{second['title']}: {dice_}", "from 0.800: worse by 0.100")
    on.show({**scored(0.6, 0.9), "run": "alone"})
    assert on.page.locator(".figure:visible").count() == 1


@pytest.mark.parametrize("width", [390, 1000, 1440])
@pytest.mark.parametrize("paintable", [True, False])
def test_two_long_names_scroll_nothing_sideways_and_the_parts_do_not_overlap(
    place: Opens, width: int, paintable: bool
) -> None:
    name = "the segmentor's own guess, extraordinarily long"
    both = side_by_side({**scored(0.6, 0.9), "title": name}, {**scored(0.8, 0.7), "title": name})
    on = place(width=width, reduced_motion="reduce")
    on.page.evaluate("(shown) => (document.querySelector('.tools').hidden = !shown)", paintable)
    for value in (both, {**scored(0.6, 0.9), "run": "alone"}):
        on.show(value, 2)
        on.still()
        on.unfold()
        assert on.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        boxes = on.page.evaluate(
            """() => Object.fromEntries([...document.querySelectorAll(".desk > :not(.side), .side > *")]
                .filter((part) => part.getClientRects().length)
                .map((part) => [part.classList[0], part.getBoundingClientRect().toJSON()]))"""
        )
        names = list(boxes)
        for at, one in enumerate(names):
            for other in names[at + 1 :]:
                a, b = boxes[one], boxes[other]
                apart = [
                    a["right"] <= b["left"],
                    b["right"] <= a["left"],
                    a["bottom"] <= b["top"],
                    b["bottom"] <= a["top"],
                ]
                assert any(apart), (one, other)
        pixel = boxes["pixel"]
        beside = pixel["left"] > boxes["told"]["left"] + 100
        assert beside == (width >= 1000)
        column = [box for name, box in boxes.items() if name != "pixel" or not beside]
        column.sort(key=lambda box: box["top"])
        assert all(below["top"] - above["bottom"] <= 40 for above, below in pairwise(column))
        if beside:
            assert pixel["top"] - boxes["film"]["bottom"] <= 40
            assert boxes["curves"]["left"] == boxes["film"]["left"]  # below the words, beside the pixel
            assert boxes["curves"]["right"] <= pixel["left"]


def test_a_narrow_page_folds_the_lower_parts_until_it_is_asked(place: Opens) -> None:
    on = place(width=390, reduced_motion="reduce")
    on.show(scored(0.6, 0.9), 2)
    parts = [on.page.locator(part) for part in (".layers", ".facts >> nth=0", ".pixel", ".curves")]
    for unfolded in (False, True, False):
        assert on.page.get_attribute(".unfold", "aria-expanded") == str(unfolded).lower()
        assert [part.is_visible() for part in parts] == [unfolded] * 4
        on.page.click(".unfold")


@pytest.mark.parametrize("width", [390, 1000])
def test_the_badge_and_the_map_do_not_lie_on_each_other(place: Opens, width: int) -> None:
    both = side_by_side({**scored(0.6, 0.9), "run": "x"}, {**scored(0.6, 0.7), "run": "y"})
    on = place(width=width, reduced_motion="reduce")
    for value in (scored(0.6, 0.9), both):
        on.show({**value, "badge": "synthetic"}, 2)
        on.unfold()
        for base in ("bits", "image"):
            on.page.click(f"[data-base={base}]")
            badge = on.page.locator(".badge").bounding_box()
            maps = [one.bounding_box() for one in on.page.locator(".map:visible").all()]
            assert maps or width < 480  # a small stage may have none
            for box in maps:
                over = badge["x"] < box["x"] + box["width"] and box["x"] < badge["x"] + badge["width"]
                assert not over or badge["y"] >= box["y"] + box["height"] or box["y"] >= badge["y"] + badge["height"]


@pytest.mark.parametrize("width", [390, 1000])
@pytest.mark.parametrize("base", ["image", "bits"])
def test_nothing_that_stands_on_the_picture_covers_another(place: Opens, width: int, base: str) -> None:
    on = place(width=width, reduced_motion="reduce")
    on.show({**scored(0.6, 0.9), "badge": "synthetic · broken on purpose"})
    on.unfold()
    on.page.click(f"[data-base={base}]")
    on.page.click("[data-do=in]")
    for at in range(LAST + 1):
        on.page.evaluate("(at) => document.querySelector(`.film [data-at='${at}']`).click()", at)
        on.still()
        parts = on.page.locator(":is(.label, .before, .badge, .flipped, .map, .corner):visible").all()
        boxes = [(part.get_attribute("class"), part.bounding_box()) for part in parts]
        assert len(boxes) > 3
        for (one, a), (other, b) in combinations(boxes, 2):
            across = min(a["x"] + a["width"], b["x"] + b["width"]) - max(a["x"], b["x"])
            down = min(a["y"] + a["height"], b["y"] + b["height"]) - max(a["y"], b["y"])
            assert across <= 0 or down <= 0, (at, one, other)


# ---------------------------------------------------------------------------------------------------------- two panes
PANE = """
(index) => {
  const canvas = document.querySelectorAll("canvas.shown")[index];
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const seen = new Map();
  for (let i = 0; i < data.length; i += 4) {
    const colour = [data[i], data[i + 1], data[i + 2]].join();
    seen.set(colour, (seen.get(colour) ?? 0) + 1);
  }
  const [colour, count] = [...seen].sort((a, b) => b[1] - a[1])[0];
  return [colour.split(",").map(Number), count / (data.length / 4)];
}
"""


def from_noise() -> dict[str, Any]:
    """A run of the red disc that starts from noise, as the app builds it."""
    model, picture = red_model(), red_disc()[0]
    source = Source(Path(__file__), "disc.png")
    recipe = Recipe(model.task.name, source, model.settings(steps=2, focus=False), prior_source="noise")
    shown = Picture(source, picture)
    builder = builder_of("noise", shown, model, recipe)
    value: dict[str, Any] = {}
    for event in run(model, shown, [recipe]):
        value = builder.add(event)
    return value


def test_nobody_has_tossed_a_coin_yet_when_noise_is_the_prior(place: Opens) -> None:
    on = place(reduced_motion="reduce")
    on.show(from_noise(), 0)
    on.page.uncheck("[data-layer=outline]")
    assert on.page.locator(".cell:visible").count() == 2
    colour, share = on.page.evaluate(PANE, 1)
    assert share > 0.99 and colour == pytest.approx([128, 128, 128], abs=2)  # grey: one half, not black
    photograph, share = on.page.evaluate(PANE, 0)
    assert photograph == pytest.approx([40, 60, 70], abs=4)
    on.page.click('.film [data-at="1"]')
    colour, share = on.page.evaluate(PANE, 1)
    assert colour in ([0, 0, 0], [255, 255, 255]) and share == pytest.approx(0.5, abs=0.1)  # the coins have fallen
    assert on.says(".label") == text("player.toss")
    assert on.page.locator(".cell .label").nth(1).inner_text() == text("player.js.pane_bits")


def test_a_choice_of_what_is_shown_outlives_the_run_and_the_lanes(place: Opens) -> None:
    on = place(reduced_motion="reduce")
    on.show(scored(0.6, 0.9), 2)
    assert on.page.get_attribute(".player", "data-base") == "bits"
    both = side_by_side({**scored(0.6, 0.9), "run": "x"}, {**scored(0.6, 0.7), "run": "y"})
    on.show(both, 2)
    assert on.page.get_attribute(".player", "data-base") == "image"  # two lanes: the photograph in each
    on.show({**scored(0.6, 0.9), "run": "b"}, 2)
    assert on.page.get_attribute(".player", "data-base") == "bits"
    on.page.click("[data-base=guess]")
    on.show({**both, "run": "again"}, 2)
    assert on.page.get_attribute(".player", "data-base") == "guess"


# -------------------------------------------------------------------------------------------------------------- leads
def test_the_lead_says_what_is_started_from(tmp_path: Path) -> None:
    save_disc(tmp_path / "disc.png")
    model = red_model()
    taught = Source(tmp_path / "disc.png", "disc.png", True, True, start=Start("shift", 2, "It was shifted."))

    def told(source: str, seed: int = 0) -> tuple[str, str]:
        recipe, _ = checked_recipe(model, taught, {}, source, seed)
        return lead_of(model, recipe), badge_of(recipe)

    synthetic, broken = text("refine.synthetic"), text("refine.on_purpose")
    assert told("segmentor") == (text("lead.segmentor"), synthetic)
    assert told("noise") == (text("lead.noise", object=model.task.object_name), synthetic)
    assert told("shift", 2) == ("It was shifted.", f"{synthetic} · {broken}")
    assert told("shift", 3) == (text("lead.broken", error=text("prior.shift")), f"{synthetic} · {broken}")
