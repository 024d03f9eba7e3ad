"""The lessons in a real browser, on the project's own first example: by mouse and by keyboard, wide and on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from visitors import Watched, opened_by

from hidiff import HiDiff
from hidiff.interface import ExampleCache, build, launch_options
from hidiff.interface.examples import read_examples
from hidiff.interface.lessons import Question, lessons
from hidiff.interface.texts import text, texts_of

HIDDEN_WHILE_ASKING = (".lead", ".figure >> nth=0", ".curves", ".pixel", ".film", ".track", ".layers")
IDS = tuple(lessons())


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("gradio")))
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        patch.setenv("no_proxy", "127.0.0.1,localhost")
        models = {"polyp": HiDiff.from_pretrained("polyp", wait=False)}
        examples = tuple(one for one in read_examples() if one.task == "polyp")[:1]
        cache = ExampleCache(models, examples, tmp_path_factory.mktemp("kept"))
        cache.prepare()
        page = build(models, {}, examples, cache)
        _, url, _ = page.launch(server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, **launch_options())
        yield url.rstrip("/")
        page.close()


@pytest.fixture
def visit(browser: Any, taught: str) -> Iterator[Callable[..., Watched]]:
    with ExitStack() as visitors:
        opened = contextmanager(opened_by)
        yield lambda **how: visitors.enter_context(opened(browser, taught, **how))


def arrived(visitor: Watched) -> None:
    visitor.page.wait_for_selector('.player[data-state="done"]')
    visitor.page.wait_for_selector(".invite button.main")


def sure(visitor: Watched, which: str = "rather") -> None:
    visitor.page.check(f'.lesson [name=sure][value="{which}"]')


def tap(visitor: Watched, across: float, down: float) -> None:
    stage = visitor.page.locator(".stage canvas.shown").first
    box = stage.bounding_box()
    stage.click(position={"x": across * box["width"], "y": down * box["height"]})


def guess(visitor: Watched) -> None:
    """Any answer to the question that is asked, whatever its kind."""
    page = visitor.page
    kind = page.get_attribute(".player", "data-asking")
    if kind == "number":
        page.locator(".lesson input[type=range]").first.fill("400")
    elif kind == "place":
        tap(visitor, 0.45, 0.3)
    else:
        page.check('.lesson [name=answer][value="0"]')
    sure(visitor)
    page.click(".lesson button[type=submit]")
    page.wait_for_selector(".lesson .answer p")


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_what_was_guessed_about_happens_before_ones_eyes(
    visit: Callable[..., Watched], width: int, height: int
) -> None:
    visitor = visit(motion=True, width=width, height=height)
    arrived(visitor)
    visitor.page.click(".invite button.main")
    visitor.page.wait_for_selector(".lesson form")
    visitor.page.press(".stage", "ArrowRight")
    assert visitor.at() == 0 and visitor.page.get_attribute(".player", "data-playing") is None  # no step gives it away
    guess(visitor)
    visitor.page.wait_for_selector(".player[data-playing]:not([data-at='0'])")
    visitor.page.wait_for_function(
        """() => {
          const { top, bottom } = document.querySelector(".stage").getBoundingClientRect();
          return top >= 0 && bottom <= innerHeight;
        }"""
    )
    visitor.page.wait_for_selector('.player[data-at="12"]:not([data-playing])')


def idea_of(question: Question) -> str:
    """The idea of the lesson that a question belongs to, which asks it again in a later one."""
    (home,) = [one for one in lessons().values() if question.ask.split(".")[1] == one.title.split(".")[1]]
    return home.idea


@pytest.mark.parametrize(("width", "height", "theme"), [(1440, 900, "light"), (390, 844, "dark")])
def test_every_lesson_asks_before_it_shows_and_nothing_is_sent(
    visit: Callable[..., Watched], width: int, height: int, theme: str
) -> None:
    visitor = visit(width=width, height=height, theme=theme)
    page = visitor.page
    arrived(visitor)
    page.click(".invite button.main")
    page.wait_for_selector(".lesson form")
    sent = len(visitor.requests)
    for number, name in enumerate(IDS):
        if number:
            page.click(f'li[data-lesson="{name}"] button')
            page.wait_for_selector(f'.lesson h3:has-text("{text(lessons()[name].title)}")')
        asked = []
        for question in lessons()[name].questions:
            page.wait_for_selector(".lesson form")
            for part in HIDDEN_WHILE_ASKING:
                assert page.is_hidden(f".player {part}"), (name, part)
            assert page.is_disabled(".lesson button[type=submit]") and not page.query_selector(".lesson .answer")
            assert page.is_visible(".lesson .missing")  # it says what it waits for
            asked.append(page.text_content(".lesson legend >> nth=0"))
            guess(visitor)
            assert page.is_visible(".player .figure >> nth=0")
            assert text(idea_of(question)) in str(page.text_content(".lesson .answer"))
            onward = page.query_selector(f'.lesson button:has-text("{text("lesson.js.next")}")')
            if onward is None:
                break
            onward.click()
        assert len(set(asked)) == len(asked)
        assert page.get_attribute(f'li[data-lesson="{name}"]', "data-done") is not None
    assert len(visitor.requests) == sent
    small = page.evaluate(
        """() => [...document.querySelectorAll('.lesson button, .lesson summary, .lessons button, .lessons label')]
          .filter((part) => part.offsetParent && Math.min(part.offsetWidth, part.offsetHeight) < 24)
          .map((part) => part.textContent)"""
    )
    assert small == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    row = page.locator(".lessons ol").bounding_box()
    if width < 500:  # one row to swipe: what one chooses, below it, stays near
        assert row["height"] < 130


def test_right_and_wrong_are_told_apart_and_the_idea_behind_is_named(visit: Callable[..., Watched]) -> None:
    visitor = visit()
    page = visitor.page
    arrived(visitor)
    page.click('li[data-lesson="1-coin"] button')
    page.wait_for_selector(".lesson form")
    page.locator(".lesson input[type=range]").first.fill("1000")  # every pixel
    sure(visitor, "certain")
    page.click(".lesson button[type=submit]")
    page.wait_for_selector(".lesson .answer p")
    assert text("lesson.js.other") in str(page.text_content(".lesson .verdict"))
    assert text("lesson.js.confident") in str(page.text_content(".lesson .answer"))
    told = str(page.text_content(".lesson .answer p >> nth=1"))
    landed = int(told.split(" ", 1)[0].replace(",", ""))
    page.click(f'.lesson button:has-text("{text("lesson.js.again")}")')
    page.wait_for_selector(".lesson form")
    page.evaluate(
        """(landed) => {
          const slider = document.querySelector(".lesson input[type=range]");
          const told = document.querySelector(".lesson output");
          for (let place = 0; place <= 1000; place++) {
            slider.value = String(place);
            slider.dispatchEvent(new Event("input", { bubbles: true }));
            if (Number(told.textContent.replaceAll(",", "")) >= landed) return;
          }
        }""",
        landed,
    )
    sure(visitor, "guess")
    page.click(".lesson button[type=submit]")
    page.wait_for_selector(".lesson .answer p")
    assert text("lesson.js.right") in str(page.text_content(".lesson .verdict"))


@pytest.mark.parametrize("name", ["3-doubt", "1-coin", "5-motion"])
def test_another_language_keeps_what_was_guessed_and_what_was_answered(
    visit: Callable[..., Watched], name: str
) -> None:
    visitor = visit()
    page, german = visitor.page, texts_of("de")
    arrived(visitor)
    page.click(f'li[data-lesson="{name}"] button')
    page.wait_for_selector(".lesson form")
    if page.get_attribute(".player", "data-asking") == "place":
        tap(visitor, 0.45, 0.3)
    elif page.get_attribute(".player", "data-asking") == "number":
        page.locator(".lesson input[type=range]").first.fill("400")
    else:
        page.check('.lesson [name=answer][value="1"]')
    sure(visitor)
    chosen = "() => [...document.querySelectorAll('.lesson input')].map((one) => [one.value, one.checked])"
    before, place = page.evaluate(chosen), page.get_attribute(".player", "data-pixel")
    page.select_option("select.languages", "de")
    page.wait_for_selector(f'.lesson button:has-text("{german["lesson.js.show"]}")')
    assert page.evaluate(chosen) == before and page.get_attribute(".player", "data-pixel") == place
    assert page.is_enabled(".lesson button[type=submit]") and page.is_hidden(".lesson .missing")
    page.click(".lesson button[type=submit]")
    page.wait_for_selector(".lesson .answer p")
    right, at = page.locator(".lesson .verdict.right").count(), visitor.at()
    page.focus("select.languages")
    page.select_option("select.languages", "en")
    page.wait_for_selector(f'.lesson .verdict:has-text("{text("lesson.js.right" if right else "lesson.js.other")}")')
    assert page.evaluate(chosen) == before and visitor.at() == at
    assert page.query_selector(".lesson button[type=submit]") is None
    assert page.evaluate("document.activeElement.classList.contains('languages')")


def test_another_language_does_not_stop_what_is_shown(visit: Callable[..., Watched]) -> None:
    visitor = visit(motion=True)
    page, german = visitor.page, texts_of("de")
    arrived(visitor)
    page.click(".invite button.main")
    page.wait_for_selector(".lesson form")
    page.select_option("select.languages", "de")  # its texts are at hand when they are wanted next
    page.wait_for_selector(f'.lesson button:has-text("{german["lesson.js.show"]}")')
    page.select_option("select.languages", "en")
    page.wait_for_selector(f'.lesson button:has-text("{text("lesson.js.show")}")')
    guess(visitor)
    page.wait_for_selector(".player[data-playing]:not([data-at='0'])")
    page.select_option("select.languages", "de")
    page.wait_for_selector(f'.lesson summary:has-text("{german["lesson.js.why"]}")')
    assert page.get_attribute(".player", "data-playing") is not None and visitor.at() > 0
    page.wait_for_selector('.player[data-at="12"]:not([data-playing])')


def test_the_first_lesson_by_keyboard_and_by_link(visit: Callable[..., Watched]) -> None:
    visitor = visit(query="lesson=0")
    page = visitor.page
    page.wait_for_selector(".lesson form")
    page.focus(".stage")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowUp")
    page.wait_for_selector(".lesson button[type=submit]:enabled")
    page.focus('.lesson [name=sure][value="guess"]')
    page.keyboard.press("Space")
    page.focus(".lesson button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".lesson .answer p")
    page.focus(".lesson header button")
    page.keyboard.press("Enter")
    assert page.query_selector(".lesson") is None
    page.reload()  # what was done is kept in the browser alone
    page.wait_for_selector('.player[data-state="done"]')
    page.wait_for_selector('li[data-lesson="0-survives"][data-done]')


def test_a_lesson_that_is_closed_gives_back_the_map_that_was_shown(visit: Callable[..., Watched]) -> None:
    visitor = visit()
    arrived(visitor)
    page = visitor.page
    shown = page.get_attribute(".player", "data-base")
    for number in range(page.locator(".lessons [data-lesson] button").count()):
        page.locator(".lessons [data-lesson] button").nth(number).click()
        page.wait_for_selector(".lesson")
        page.locator(".lesson header button").click()
        page.wait_for_selector(".lesson", state="detached")
        assert page.get_attribute(".player", "data-base") == shown, number
    page.locator(".lessons [data-lesson] button").first.click()
    page.wait_for_selector(".lesson")
    guess(visitor)
    page.click('.bases [data-base="doubt"]')  # a visitor's own choice stays
    page.locator(".lesson header button").click()
    assert page.get_attribute(".player", "data-base") == "doubt"
