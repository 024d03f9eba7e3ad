"""Sets of pixels in the player, worked out in a real browser, against numpy and OpenCV."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from hidiff.interface import player
from hidiff.interface.player.encoding import bits

WEB = Path(player.__file__).parent / "web"
SCRIPT = "\n".join((WEB / f"{name}.js").read_text() for name in ("math", "morphology"))
Ask = Any
Maps = NDArray[np.uint8]


@pytest.fixture(scope="module")
def ask(browser: Any) -> Iterator[Ask]:
    """Evaluates the body of an async function that knows the player's pure functions."""
    page = browser.new_page()
    yield lambda body, given=None: page.evaluate(f"async (given) => {{ {SCRIPT}\n{body} }}", given)
    page.close()


def marks_like(shape: tuple[int, int], share: float, seed: int = 0) -> Maps:
    """Random changes: 0 none, 1 on, 2 off."""
    generator = np.random.default_rng(seed)
    changed = generator.random(shape) < share
    return np.where(changed, generator.integers(1, 3, shape), 0).astype(np.uint8)


def flat(values: Any) -> list[int]:
    return [int(value) for value in np.ravel(values)]


def test_changes_are_told_by_their_kind(ask: Ask) -> None:
    told = ask("return [...changesOf(given[0], given[1])];", [[0, 0, 1, 1], [0, 1, 0, 1]])
    assert told == [0, 1, 2, 0]


@pytest.mark.parametrize(
    ("count", "wide", "side"),
    [
        (0, 0.5, 1),
        (100, 3, 1),
        (100, 2, 1),  # exact from two pixels of the page on
        (100, 1.9, 2),
        (100, 1, 3),
        (100, 0.558, 5),
        (3000, 0.558, 5),
        (20_000, 0.558, 3),  # more of them grow less
        (500_000, 0.558, 1),  # half of the map: nothing grows
    ],
)
def test_a_change_grows_to_two_and_a_half_pixels_of_the_page(ask: Ask, count: int, wide: float, side: int) -> None:
    told = ask("return growthFor(given[0], 1e6, given[1]);", [count, wide])
    assert told == side
    assert told == 1 or count * told**2 <= 250_000


@pytest.mark.parametrize("side", [1, 2, 3, 4, 5])
def test_growing_is_dilation_by_a_square(ask: Ask, side: int) -> None:
    marks = marks_like((37, 53), 0.01)
    told = ask("return [...thickened(Uint8Array.from(given[0]), 53, given[1])];", [flat(marks), side])
    grown = np.uint8(told).reshape(marks.shape)
    reach = (side - 1) // 2
    kernel, anchor = np.ones((side, side), np.uint8), (side - 1 - reach, side - 1 - reach)
    assert np.array_equal(grown > 0, cv2.dilate(np.uint8(marks > 0), kernel, anchor=anchor) > 0)
    assert np.array_equal(grown[marks > 0], marks[marks > 0])
    for kind in (1, 2):
        near = cv2.dilate(np.uint8(marks == kind), kernel, anchor=anchor) > 0
        assert not (grown == kind)[~near].any()


def test_the_rarer_change_is_seen_where_two_would_grow_into_one_place(ask: Ask) -> None:
    marks = np.zeros((9, 9), np.uint8)
    marks[3:6, 2] = 1
    marks[4, 5] = 2
    for swap in (False, True):
        given = np.where(marks > 0, 3 - marks, 0) if swap else marks
        told = np.uint8(ask("return [...thickened(Uint8Array.from(given), 9, 5)];", flat(given))).reshape(9, 9)
        assert told[4, 4] == (1 if swap else 2)
        assert told[4, 2] == given[4, 2]


def test_the_densest_window_holds_the_cluster_and_stays_inside(ask: Ask) -> None:
    for top, left in [(10, 20), (0, 0), (180, 280), (100, 0)]:
        marks = marks_like((200, 300), 0.0005, seed=top)
        marks[top : top + 20, left : left + 20] = 1
        window = ask("return densestWindow(Uint8Array.from(given), 300, 24);", flat(marks))
        x, y, width, height = (window[key] for key in ("x", "y", "width", "height"))
        assert 0 <= x <= 300 - width
        assert 0 <= y <= 200 - height
        assert width / height == pytest.approx(1.5, rel=0.05)
        assert width <= 75  # a fourth of the map is more than so small a cluster needs
        assert (marks[y : y + height, x : x + width] > 0).sum() >= 300


def test_the_densest_window_is_best_of_all_windows_of_its_size(ask: Ask) -> None:
    marks = marks_like((60, 90), 0.02, seed=5)
    marks[40:44, 60:66] = 2
    window = ask(
        "const marks = Uint8Array.from(given); const sums = summedAreas(marks, 90);"
        "return { window: densestWindow(marks, 90, 18), sum: sums.at(-1) };",
        flat(marks),
    )
    assert window["sum"] == np.count_nonzero(marks)
    width, height = window["window"]["width"], window["window"]["height"]
    counts = cv2.boxFilter(np.float64(marks > 0), -1, (width, height), normalize=False, borderType=cv2.BORDER_CONSTANT)
    x, y = window["window"]["x"], window["window"]["y"]
    held = np.count_nonzero(marks[y : y + height, x : x + width])
    assert held >= 0.8 * counts.max()  # it has been moved to the middle of what it holds


@pytest.mark.parametrize("shape", [(1, 1), (5, 5), (3, 40), (40, 3)])
def test_a_small_map_has_a_window_too(ask: Ask, shape: tuple[int, int]) -> None:
    marks = np.zeros(shape, np.uint8)
    body = "return densestWindow(Uint8Array.from(given[0]), given[1], 48);"
    assert ask(body, [flat(marks), shape[1]]) is None
    marks[-1, -1] = 2
    window = ask(body, [flat(marks), shape[1]])
    assert (window["x"] + window["width"], window["y"] + window["height"]) == (shape[1], shape[0])


def thinned(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Zhang and Suen's thinning, written down from the paper for whole maps."""
    image = np.pad(mask, 1)
    while True:
        before = image.copy()
        for first in (True, False):
            around = [
                np.roll(image, (-dy, -dx), (0, 1))
                for dy, dx in [(-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1)]
            ]
            count = sum(np.int64(part) for part in around)
            rises = sum(np.int64(~around[i] & around[(i + 1) % 8]) for i in range(8))
            up, _, right, _, down, _, left, _ = around
            kept = right & down & (up | left) if first else up & left & (right | down)
            image = image & ~((count >= 2) & (count <= 6) & (rises == 1) & ~kept)
        if np.array_equal(before, image):
            return image[1:-1, 1:-1]


def vessels(side: int, seed: int = 0) -> NDArray[np.bool_]:
    """Branching lines of several widths."""
    generator = np.random.default_rng(seed)
    mask = np.zeros((side, side), np.uint8)
    for _ in range(side // 12):
        points = np.cumsum(generator.normal(0, side / 14, (8, 2)), axis=0) + generator.random(2) * side
        cv2.polylines(mask, [np.int32(points)], False, 1, int(generator.integers(1, max(2, side // 90))))
    return mask > 0


THIN = "return [...centreLine(await bitsOf(given[0], given[1] * given[2]), given[2])];"


@pytest.mark.parametrize("seed", range(4))
def test_the_centre_line_is_zhang_and_suens(ask: Ask, seed: int) -> None:
    mask = vessels(160, seed)
    mask[:9, :30] = True  # at the map's edge too
    line = np.bool_(ask(THIN, [bits(mask), *mask.shape])).reshape(mask.shape)
    assert np.array_equal(line, thinned(mask))
    assert not (line & ~mask).any()
    parts = [cv2.connectedComponents(np.uint8(one), connectivity=8)[0] for one in (mask, line)]
    assert parts[0] == parts[1]


def test_a_thousand_by_a_thousand_is_quick_enough(ask: Ask) -> None:
    mask = vessels(1000)
    took = ask(
        """
        const mask = await bitsOf(given, 1e6);
        const times = [() => centreLine(mask, 1000), () => densestWindow(mask, 1000, 48)].map((work) => {
          const took = [0, 1, 2, 3, 4].map(() => {
            const began = performance.now();
            work();
            return performance.now() - began;
          });
          return Math.min(...took);
        });
        return times;
        """,
        bits(mask),
    )
    assert max(took) < 500  # tens of milliseconds on an idle machine


def test_a_map_is_read_on_another_grid(ask: Ask) -> None:
    values = np.arange(12).reshape(3, 4)
    body = "return [...resampled(given[0], given[1], given[2], 99)];"
    whole = {"box": [0, 0, 3, 4], "height": 3, "width": 4}
    assert ask(body, [flat(values), whole, whole]) == flat(values)
    part = {"box": [1, 1, 2, 2], "height": 4, "width": 4}
    assert ask(body, [flat(values), whole, part]) == flat(values[1:3, 1:3].repeat(2, 0).repeat(2, 1))
    beyond = {"box": [-1, -1, 3, 3], "height": 3, "width": 3}
    assert ask(body, [flat(values), whole, beyond]) == [99, 99, 99, 99, 0, 1, 99, 4, 5]


def test_errors_are_told_by_their_kind(ask: Ask) -> None:
    assert ask("return [...errorsOf(given[0], given[1])];", [[0, 1, 0, 1], [0, 1, 1, 0]]) == [0, 1, 2, 3]
