"""The page in other languages: by its address, by the list in its header, and at the next visit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from visitors import Server, Watched, opened_by

from hidiff.interface.texts import languages, texts_of


@pytest.fixture
def visit_in(browser: Any, server: Server) -> Iterator[Callable[..., Watched]]:
    """Opens the page with an address's query; at the end nothing may have gone wrong."""
    with ExitStack() as visitors:
        yield lambda query, **more: visitors.enter_context(
            contextmanager(opened_by)(browser, server.url, query=query, **more)
        )


@pytest.mark.parametrize("code", [code for code in languages() if code != "en"])
def test_the_address_chooses_and_nothing_of_the_first_view_stays_english(
    visit_in: Callable[..., Watched], code: str
) -> None:
    page, words, english = visit_in(f"lang={code}").page, texts_of(code), texts_of("en")
    page.wait_for_selector(f'#refine:has-text("{words["refine.refine"]}")')
    assert page.evaluate("document.documentElement.lang") == code
    assert page.text_content("#header .tagline") == words["page.lead"]
    seen = page.inner_text(".gradio-container")
    for key in (
        "prior.kind",
        "refine.upload",
        "compare.title",
        "take.title",
        "refine.more",
        "player.empty",
        "page.terms",
    ):
        assert words[key] in seen, key
        assert words[key] == english[key] or english[key] not in seen, key


def test_the_page_that_is_open_changes_its_language_and_keeps_it_for_the_next_visit(
    visit_in: Callable[..., Watched],
) -> None:
    visit = visit_in("")
    page, german, english = visit.page, texts_of("de"), texts_of("en")
    visit.pick()
    visit.wait_done()
    assert visit.says(".film [data-at='1'] span") == english["player.js.toss"]
    expected = page.text_content('.facts [data-fact="area"] dd')
    page.check(".lessons .fast input")
    page.select_option("select.languages", "de")
    page.wait_for_selector(f'#refine:has-text("{german["refine.again"]}")')
    assert german["player.fact.area"] in visit.says(".facts")
    assert page.is_checked(".lessons .fast input") and not page.is_visible(".lessons li:not([data-short])")
    assert page.text_content('.facts [data-fact="area"] dd') != expected  # 4,70 %, not 4.70 %
    assert page.get_attribute(".player .play", "aria-label") == german["player.play"]
    tabs = page.locator(".gradio-container [role=tab]")
    page.wait_for_function("(said) => document.body.innerText.includes(said)", arg=german["about.tab"])
    assert {german["about.tab"], german["refine.tab"]} <= {said.strip() for said in tabs.all_inner_texts()}
    page.select_option("select.languages", "fr")
    page.wait_for_selector(f'[role=tab]:has-text("{texts_of("fr")["about.tab"]}")')
    assert english["player.js.line_guess"] not in page.inner_text(".player")
    page.select_option("select.languages", "de")
    page.wait_for_selector(f'[role=tab]:has-text("{german["about.tab"]}")')
    assert german["player.js.line_guess"] in page.inner_text(".player")
    page.click("#start label >> nth=-1")  # a mask of one's own, of which there is none
    page.reload()
    page.wait_for_selector(f'#refine:has-text("{german["refine.refine"]}")')
    assert page.text_content("#header .tagline") == german["page.lead"]
    cut_off = ("AbortError", "Connection errored out")  # by the reload: what the click had asked for
    visit.errors[:] = [said for said in visit.errors if not any(one in said for one in cut_off)]


def test_the_examples_of_another_task_are_in_the_visitors_language_too(visit_in: Callable[..., Watched]) -> None:
    visit, german = visit_in("lang=de"), texts_of("de")
    page = visit.page
    page.wait_for_selector(f'#examples .strip[aria-label="{german["refine.examples"]}"]')
    for task in ("fundus", "polyp", "fundus"):  # Gradio keeps the elements and changes what stands in them
        shown = page.get_attribute("#examples [data-example]", "data-example")
        page.check(f'#task input[value="{task}"]')
        page.wait_for_selector(f'#examples [data-example]:not([data-example="{shown}"])')
        page.wait_for_timeout(300)
        assert german["refine.yours"] in page.inner_text("#examples")
        assert page.get_attribute("#examples .strip", "aria-label") == german["refine.examples"]


def test_what_is_refused_is_said_in_the_visitors_language(visit_in: Callable[..., Watched]) -> None:
    visit, german = visit_in("lang=de"), texts_of("de")
    visit.page.wait_for_selector(f'#refine:has-text("{german["refine.refine"]}")')
    visit.page.click("#refine")
    visit.page.wait_for_selector(f'[data-testid=toast-body]:has-text("{german["refine.nothing"]}")')
    assert german["refine.warning"] in visit.toast()


@pytest.mark.parametrize("slot", ["upload", "reference"])
def test_a_file_that_is_no_picture_is_refused_at_once_and_nothing_seems_to_run(
    visit_in: Callable[..., Watched], slot: str
) -> None:
    visit, german = visit_in("lang=de"), texts_of("de")
    page = visit.page
    visit.pick()
    visit.wait_done()
    run = page.get_attribute(".player", "data-run")
    if slot == "reference":
        visit.open("reference")
    said = german["library.unknown"].format(name="notes.txt")
    page.set_input_files(f"#{slot} input[type=file]", {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no"})
    page.wait_for_selector(f'#status:has-text("{said}")')
    assert not page.query_selector("#status [data-busy]") and not page.query_selector("[data-testid=toast-body]")
    page.evaluate(
        """(slot) => {
          const given = new DataTransfer();
          given.items.add(new File(["no"], "dropped.csv", { type: "text/csv" }));
          const area = document.querySelector(`#${slot} .upload-container button, #${slot} button`);
          area.dispatchEvent(new DragEvent("dragenter", { bubbles: true, dataTransfer: given }));
          area.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: given }));
        }""",
        slot,
    )
    page.wait_for_selector('#status:has-text("dropped.csv")')
    assert not page.query_selector("#status [data-busy]") and not page.query_selector("[data-testid=toast-body]")
    assert page.get_attribute(".player", "data-run") == run
