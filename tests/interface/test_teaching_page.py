"""For the class: the teacher's page, the worksheet with its key, the projector's view with a key that reveals."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from bright_model import red_disc
from player_stand import Standing, chain, stand

from hidiff.interface.lessons import lessons
from hidiff.interface.player.lesson_words import lesson_words
from hidiff.interface.texts import ENGLISH, texts_of

ROOT = Path(__file__).resolve().parents[2]
AXE = Path(os.environ.get("HIDIFF_AXE") or ROOT / ".cache" / "node_modules" / "axe-core" / "axe.min.js")
ADDRESS = "http://stand.test/"


@pytest.fixture(scope="module")
def payload() -> dict[str, Any]:
    """A run whose prior knows a disc that is not where the reference has it."""
    picture, disc = red_disc()
    return chain(picture, reference=disc, steps=5)[0][-1]


@pytest.fixture
def opened(browser: Any, payload: dict[str, Any]) -> Iterator[Callable[..., Standing]]:
    """Opens the stand with its lessons at an address with a query; what it asks of a network is counted."""
    contexts = []

    def stands(query: str = "", width: int = 1440, height: int = 900, theme: str = "light") -> Standing:
        context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
        contexts.append(context)
        on = Standing(context.new_page())
        page = on.page
        page.add_init_script("window.print = () => { top.prints = (top.prints ?? 0) + 1; }")  # no dialog of a printer
        page.on("pageerror", lambda error: on.errors.append(str(error)))
        page.on("console", lambda said: on.errors.append(said.text) if said.type == "error" else None)
        html = stand(theme, lessons=True)
        page.route(f"{ADDRESS}**", lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
        page.goto(f"{ADDRESS}?{query}")
        page.on("request", lambda sent: on.requests.append(sent.url) if sent.url.startswith("http") else None)
        on.show(payload)
        return on

    yield stands
    for context in contexts:
        context.close()


def small(page: Any, within: str) -> list[str]:
    """What is pressed and is less than 24 pixels tall or wide."""
    found: list[str] = page.evaluate(
        """(within) => [...document.querySelectorAll(within)].flatMap((host) => [...host.querySelectorAll(
          'button, summary, a, input[type=range], label:has(input)')]).filter((part) => part.getClientRects().length &&
          Math.min(part.offsetWidth, part.offsetHeight) < 24).map((part) => part.outerHTML.slice(0, 90))""",
        within,
    )
    return found


def serious(page: Any) -> list[str]:
    """What axe-core finds; nothing where it is not at hand."""
    if not AXE.is_file():
        return []
    page.add_script_tag(content=AXE.read_text(encoding="utf-8"))
    found = page.evaluate("async () => (await axe.run(document, { resultTypes: ['violations'] })).violations")
    return [
        f"{one['id']}: {[node['html'][:90] for node in one['nodes']][:4]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_the_teachers_page_has_a_link_an_answer_and_talk_for_every_lesson(
    opened: Callable[..., Standing], width: int, theme: str
) -> None:
    on = opened("teach=1", width=width, theme=theme)
    page = on.page
    page.wait_for_selector(".teach details")
    for lesson in lessons().values():
        page.click(f'[data-teach="{lesson.id}"] summary')
        sheet = page.locator(f'[data-teach="{lesson.id}"]')
        link = sheet.locator("input").input_value()
        assert re.fullmatch(rf"{re.escape(ADDRESS)}\?lesson={lesson.id[0]}&view=projector", link)
        said = sheet.inner_text()
        assert all(ENGLISH[key] in said for key in lesson.discuss) and len(lesson.discuss) == 2
        answers = sheet.locator("li.holds").count() + sheet.locator(".unfit").count()
        assert answers == len(lesson.questions), lesson.id
    whole = page.inner_text(".teach")
    assert "{" not in whole and "undefined" not in whole and "NaN" not in whole
    assert str(sum(lesson.minutes for lesson in lessons().values())) in whole and "12" in whole
    assert small(page, ".teach") == [] and serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert on.errors == [] and on.requests == []


def test_without_the_link_there_is_no_teachers_page(opened: Callable[..., Standing]) -> None:
    page = opened().page
    assert page.is_hidden(".teach") and not page.query_selector(".to-teach")


def test_the_top_of_the_page_leads_to_the_teachers_page(opened: Callable[..., Standing]) -> None:
    page = opened("teach=1", width=390, height=844).page
    page.wait_for_selector(".teach details")
    page.evaluate("window.scrollTo(0, 0)")
    assert page.locator(".to-teach").bounding_box()["y"] < 100
    page.click(".to-teach")
    page.wait_for_function("Math.abs(document.querySelector('.teach').getBoundingClientRect().top) < 2")


def test_the_teachers_page_follows_the_language_and_keeps_what_is_unfolded(opened: Callable[..., Standing]) -> None:
    on, german = opened("teach=1"), dict(texts_of("de"))
    page = on.page
    page.wait_for_selector(".teach details")
    name = list(lessons())[1]
    page.click(f'[data-teach="{name}"] summary')
    page.evaluate("(words) => { hidiffTexts.add('de', words); return hidiffTexts.choose('de', false); }", german)
    page.wait_for_selector(f'.teach h3:has-text("{german["teach.heading"]}")')
    said = page.inner_text(".teach")
    assert german["teach.print"] in said and ENGLISH["teach.print"] not in said
    assert german["teach.heading"] in page.inner_text(".to-teach")
    unfolded = page.evaluate("[...document.querySelectorAll('.teach details[open]')].map((one) => one.dataset.teach)")
    assert unfolded == [name] and on.errors == []


def test_the_worksheet_asks_and_its_key_answers_with_seed_and_settings(opened: Callable[..., Standing]) -> None:
    on = opened("teach=1")
    page = on.page
    page.wait_for_selector(".teach details")
    at = on.at()
    page.click(f'.teach button:has-text("{ENGLISH["teach.print"]}")')
    sheet = page.frame_locator("iframe.hidiff-worksheet")
    page.wait_for_function("window.prints === 1")
    questions, answers = sheet.locator(".question").count(), sheet.locator(".key li").count()
    assert questions == answers > 8
    blank = sheet.locator("body").evaluate(
        "(body) => { const copy = body.cloneNode(true); copy.querySelector('.key').remove(); return copy.textContent; }"
    )
    key = str(sheet.locator(".key").text_content())
    words = max(re.split(r"\{\w+\}", ENGLISH["lesson.coin.because"]), key=len)
    assert words in key and words not in blank  # no answer beside a question
    assert not re.search("null|undefined|NaN", key + blank)
    assert "seed 3" in key and "5 steps" in key and ADDRESS in key
    breaks = sheet.locator(".key").evaluate("(part) => getComputedStyle(part).breakBefore")
    assert breaks == "page" and sheet.locator("img").evaluate("(image) => image.naturalWidth") > 100
    assert on.at() == at and on.errors == []


def test_the_projector_reveals_by_a_key_of_its_own(opened: Callable[..., Standing]) -> None:
    on = opened("view=projector&lesson=1", 1280, 720, "dark")
    page, press = on.page, on.page.keyboard.press
    page.wait_for_selector(".player.large.projector .lesson form")
    assert page.evaluate("getComputedStyle(document.querySelector('.player')).backgroundColor") == "rgb(255, 255, 255)"
    at = on.at()
    page.evaluate("document.activeElement.blur()")
    for key in ("PageDown", "ArrowRight", "End", " "):
        press(key)
    assert on.at() == at and page.query_selector(".lesson .answer") is None and page.is_hidden(".curves")
    page.focus(".lesson [name=sure] >> nth=0")
    press("r")  # where a radio has the focus, too
    page.wait_for_selector(".lesson .answer p")
    assert ENGLISH["lesson.js.revealed"] in page.inner_text(".lesson .answer")
    assert page.is_visible(".curves")
    sizes = page.evaluate(
        "() => [...document.querySelectorAll('.lesson *, .stage span')].filter((part) => part.getClientRects().length"
        " && [...part.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()))"
        ".map((part) => parseFloat(getComputedStyle(part).fontSize))"
    )
    assert min(sizes) >= 24
    assert page.locator(".cell >> nth=0").bounding_box()["height"] > 0.25 * 720
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    press("n")
    page.wait_for_selector(f'.lesson h3:has-text("{ENGLISH["lesson.forgetting.title"]}")')
    press("PageDown")
    assert on.errors == [] and on.requests == []


def test_a_mistake_is_told_of_with_the_link_of_the_state(
    opened: Callable[..., Standing], monkeypatch: pytest.MonkeyPatch
) -> None:
    on = opened("lesson=5")
    page = on.page
    page.wait_for_selector(".lesson form")
    if page.get_attribute(".player", "data-asking") == "number":
        page.locator(".lesson input[type=range]").first.press("ArrowRight")
    else:
        page.check('.lesson [name=answer][value="0"]')
    page.check(".lesson [name=sure][value=rather]")
    page.click(".lesson button[type=submit]")
    assert small(page, ".lesson") == [] and serious(page) == []
    page.click(f'.lesson button:has-text("{ENGLISH["lesson.js.report"]}")')
    told = page.input_value(".lesson .report textarea")
    assert "lesson=5" in told and ENGLISH["lesson.motion.title"] in told and f"at={on.at()}" in told
    assert on.errors == [] and on.requests == []
    monkeypatch.setenv("SPACE_ID", "someone/hidiff-studio")
    assert lesson_words((), {})["report"] == "https://huggingface.co/spaces/someone/hidiff-studio/discussions/new"
    monkeypatch.setenv("SPACE_ID", "not a space")
    assert lesson_words((), {})["report"] == ""


def test_the_citation_is_the_papers_and_of_this_version(monkeypatch: pytest.MonkeyPatch) -> None:
    from hidiff import __version__
    from hidiff.interface.about_tab import _citation

    said = _citation()
    assert "2407.03548" in said and __version__ in said and "<button" in said and "$" not in said
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"version: {__version__}\n" in citation and "2407.03548" in citation
