"""The page round the player: how far a run is, stale settings, what is in view, keys, the shared link's card."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from bright_model import RedDenoiser, red_model
from visitors import Server, Watched

from hidiff.errors import SettingsError
from hidiff.interface.refine_tab.status import place_in_line
from hidiff.interface.runs.compare import comparison_of
from hidiff.interface.runs.recipe import Recipe, Source, checked_settings
from hidiff.interface.runs.session import DisplayedRun, Session
from hidiff.interface.server.queue import FairQueue, visitors_before
from hidiff.interface.texts import text
from hidiff.interface.title_card import CARD, CARD_PATH, TitleCard, tags, with_tags
from hidiff.refinement.settings import Settings

LOW = [(390, 664), (375, 667), (360, 640), (853, 480), (720, 450)]


def told(opened: Watched, line: str = "status") -> str:
    return str(opened.page.text_content(f"#{line} [role=status]")).strip()


def wait_told(opened: Watched, part: str, line: str = "status") -> None:
    opened.page.wait_for_function(
        "([line, part]) => document.querySelector(`#${line} [role=status]`).textContent.includes(part)",
        arg=[line, part],
    )


# ------------------------------------------------------------------------------------------------ how far a run is
def test_a_press_is_answered_at_once_and_every_step_is_told(opened: Watched, denoiser: RedDenoiser) -> None:
    denoiser.hold()
    opened.pick()
    assert told(opened) == text("status.asked")  # before the server can have answered
    opened.page.wait_for_selector("#stop:enabled")
    opened.wait_frames(1)
    wait_told(opened, text("status.prior", steps=10))
    for number in (1, 2):
        denoiser.let()
        wait_told(opened, text("status.step", step=number, steps=10))
    faded = "getComputedStyle(document.querySelector('.player .stage')).opacity"
    assert opened.page.evaluate(faded) == "1"
    assert not opened.page.is_visible("#player [data-testid=status-tracker]")
    denoiser.open()
    opened.wait_done()
    wait_told(opened, text("status.done", seed=0))
    assert not opened.page.is_enabled("#stop")


def test_a_press_on_what_is_chosen_already_starts_nothing_and_says_nothing(opened: Watched) -> None:
    opened.pick()
    opened.wait_done()
    run, said = opened.page.get_attribute(".player", "data-run"), told(opened)
    for group in ("#task", "#start"):
        opened.page.click(f"{group} label:has(input:checked)")
        opened.page.click(f"{group} input:checked")
        opened.page.wait_for_timeout(300)
        assert told(opened) == said and not opened.page.query_selector("#status [data-busy]")
    assert opened.page.get_attribute(".player", "data-run") == run
    opened.page.click("#start label:has(input:not(:checked)) >> nth=0")
    opened.page.wait_for_function("(run) => document.querySelector('.player').dataset.run !== run", arg=run)


def test_who_waits_is_told_of_those_before_and_can_stop(visit: Callable[..., Watched], denoiser: RedDenoiser) -> None:
    first, second = visit(), visit()
    denoiser.hold()
    first.pick(0)
    first.wait_frames(1)
    second.pick(1)
    wait_told(second, place_in_line(1))
    second.page.click("#stop")
    wait_told(second, text("status.given_up"))
    denoiser.open()
    first.wait_done()
    second.page.wait_for_timeout(1500)
    assert second.page.get_attribute(".player", "data-state") == "empty"
    assert not second.page.is_enabled("#stop")
    second.page.click("#refine")  # the picture that was chosen is still the one to refine
    second.wait_done()
    assert "Another disc" in second.says(".note")


class _Line(FairQueue):
    """A queue of Gradio's, as far as it is asked."""

    def __init__(self, active: list[str], waiting: list[str]) -> None:
        def events(names: list[str]) -> list[Any]:
            return [type("Event", (), {"session_hash": name, "concurrency_id": "model"})() for name in names]

        self.active_jobs = [events(active), None]
        self.event_queue_per_concurrency_id = {"model": type("Line", (), {"queue": events(waiting)})()}


@pytest.mark.parametrize(
    ("active", "waiting", "before"),
    [
        ([], [], 0),
        (["a"], [], 1),
        (["me"], ["a"], 0),
        (["a"], ["a", "b", "me", "c"], 2),
        (["a"], ["b", "b"], 2),
    ],
)
def test_visitors_are_counted_once_and_only_those_before(active: list[str], waiting: list[str], before: int) -> None:
    page: Any = type("Page", (), {"_queue": _Line(active, waiting)})()
    assert visitors_before(page, "me") == before


def test_a_run_of_which_nothing_is_shown_is_given_up(red: Recipe) -> None:
    session = Session()
    shown = DisplayedRun("run", red, red.settings.steps)
    session.show(shown, "digest")
    number = session.start_run(Recipe("polyp", Source(red.source.path, "other"), Settings(seed=4)))
    assert session.busy and session.stop() and not session.busy
    assert session.verdict(number) == "leave" and session.begin() is None
    assert session.recipe == red and session.displayed == shown
    number = session.start_run(red)
    session.begin()
    session.seen = session.newest
    assert not session.stop() and session.verdict(number) == "stop"


@pytest.fixture
def red(tmp_path: Any) -> Recipe:
    return Recipe("polyp", Source(tmp_path / "red.png", "red"), Settings())


# --------------------------------------------------------------------------------------------------- stale settings
def test_a_changed_setting_is_marked_until_it_is_put_back(opened: Watched) -> None:
    opened.pick()
    opened.wait_done()
    opened.page.wait_for_function("document.querySelector('#refine').textContent.includes('noise')")
    assert told(opened, "stale") == ""
    run = opened.page.get_attribute(".player", "data-run")
    opened.open("more")
    for number, stale, label in (("4", text("refine.stale"), "refine.refine"), ("10", "", "refine.again")):
        opened.page.fill("#steps input[type=number]", number)
        opened.page.press("#steps input[type=number]", "Tab")
        opened.page.wait_for_function(
            "label => document.querySelector('#refine').textContent.trim() === label", arg=text(label)
        )
        assert told(opened, "stale") == stale
    assert opened.page.get_attribute(".player", "data-run") == run  # nothing was started


def test_again_takes_the_next_seed_and_says_so(opened: Watched) -> None:
    opened.pick()
    opened.wait_done()
    wait_told(opened, text("status.done", seed=0))
    opened.refined()
    assert "seed 1" in opened.says(".note")
    wait_told(opened, text("status.done", seed=1))
    opened.open("more")
    opened.page.wait_for_function("document.querySelector('#seed input').value === '1'")
    assert told(opened, "stale") == ""


def test_settings_that_a_task_takes_back_are_told_of(opened: Watched) -> None:
    opened.set_seed(3)
    opened.page.click("label:has-text('Vessels')")
    assert text("refine.settings_lost") in opened.toast()


# ---------------------------------------------------------------------------------------------------------- in view
@pytest.mark.parametrize("size", LOW)
def test_the_page_opens_at_its_top(visit: Callable[..., Watched], size: tuple[int, int]) -> None:
    opened = visit(*size)
    opened.page.wait_for_timeout(800)
    assert opened.page.evaluate("scrollY") == 0


@pytest.mark.parametrize("opened", [(390, 664, "light")], indirect=True)
def test_what_a_press_changes_comes_into_view_or_is_pointed_at(opened: Watched) -> None:
    opened.pick()
    opened.wait_done()
    opened.open("compare")
    opened.page.locator("#compare").scroll_into_view_if_needed()
    assert opened.page.evaluate("document.querySelector('.view').getBoundingClientRect().bottom") < 300
    opened.page.click("#compare")
    opened.page.wait_for_function(
        "(() => { const box = document.querySelector('.view').getBoundingClientRect();"
        " const whole = box.top >= -1 && box.bottom <= innerHeight + 1;"
        " return whole || box.height > innerHeight && Math.abs(box.top) < 80 })()"
    )
    opened.page.wait_for_selector('.player[data-state="done"][data-lanes="2"]')
    opened.page.click(".player .unfold")
    opened.page.locator(".player .cell").first.scroll_into_view_if_needed()
    opened.page.click(".player .cell", position={"x": 60, "y": 60})  # beside the divider
    opened.page.click("#pointer")
    opened.page.wait_for_function(
        "document.querySelector('.player .pixel').getBoundingClientRect().top < innerHeight - 40"
    )


# ---------------------------------------------------------------------------------------------------------- keys
def test_radios_are_one_group_that_arrows_walk(opened: Watched) -> None:
    opened.page.wait_for_function(
        "new Set([...document.querySelectorAll('#task input')].map((r) => r.name)).size === 1"
    )
    assert opened.page.get_attribute("#task", "role") == "radiogroup"
    assert opened.page.get_attribute("#task", "aria-label") == text("refine.task")
    opened.page.focus("#task input:checked")
    opened.page.keyboard.press("ArrowDown")
    opened.page.wait_for_selector('[data-example="2"]')  # the other task is there
    assert opened.page.evaluate("document.activeElement.value") == "fundus"
    ring = "getComputedStyle(document.activeElement.closest('label')).outlineStyle"
    assert opened.page.evaluate(ring) == "solid"


def test_a_dropdown_opens_again_after_escape(opened: Watched) -> None:
    opened.open("compare")
    box = opened.page.locator("#compared input")
    for _ in range(2):
        box.click()
        opened.page.wait_for_selector("#compared input[aria-expanded=true]")
        opened.page.keyboard.press("Escape")
        opened.page.wait_for_selector("#compared input[aria-expanded=false]")


# ------------------------------------------------------------------------------------------------- a server that goes
def test_a_lost_server_is_told_of_and_the_steps_stay(opened: Watched, denoiser: RedDenoiser) -> None:
    denoiser.hold()
    opened.pick()
    opened.wait_frames(1)
    for _ in range(2):
        denoiser.let()
    wait_told(opened, text("status.step", step=2, steps=10))
    opened.page.context.set_offline(True)
    wait_told(opened, text("status.lost"))
    assert opened.page.get_attribute(".player", "data-state") == "done"
    opened.page.focus(".stage")
    opened.page.keyboard.press("Home")
    assert opened.at() == 0
    opened.page.context.set_offline(False)
    opened.errors.clear()  # the browser's own words on a network that is gone


# ------------------------------------------------------------------------------------------------- card and texts
def test_gradios_tags_are_replaced() -> None:
    page = (
        b'<head><meta charset="utf-8" />\n<meta property="og:title" content="Gradio" />\n<meta\n name="twitter:image"\n'
    )
    page += b' content="https://raw.githubusercontent.com/x.jpg"\n/><title>t</title></head>'
    made = with_tags(page, tags("https://example.org/space")).decode()
    assert "Gradio" not in made and "githubusercontent" not in made
    assert f'property="og:image" content="https://example.org/space{CARD_PATH}"' in made
    assert made.count("og:title") == 1 and text("page.title") in made
    assert "<script" not in tags('"><script>').decode()


def test_the_page_shares_its_own_card_and_icon(opened: Watched, server: Server) -> None:
    html = opened.page.request.get(server.url).text()
    head = html[: html.index("gradio_config")]
    assert 'content="Gradio"' not in head and text("page.lead") in head
    assert f'content="{server.url}{CARD_PATH}"' in head
    card = opened.page.request.get(server.url + CARD_PATH)
    assert card.headers["content-type"] == "image/png" and card.body() == CARD.read_bytes()
    assert opened.page.request.get(f"{server.url}/favicon.ico").headers["content-type"] == "image/svg+xml"


def test_an_address_that_is_none_gets_no_tags() -> None:
    async def page(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
        await send({"type": "http.response.body", "body": b'<meta charset="utf-8">'})

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "scheme": "http", "headers": [(b"host", b'a"><b>')]}
    card: Any = TitleCard(page)
    with ThreadPoolExecutor(1) as elsewhere:  # the browser's driver has an event loop in this thread
        elsewhere.submit(lambda: asyncio.run(card(scope, None, send))).result()
    body = sent[1]["body"]
    assert b"og:image" not in body and b"<b>" not in body and b"og:title" in body
    assert dict(sent[0]["headers"])[b"content-length"] == str(len(body)).encode()


def test_nothing_of_ones_own_cannot_be_left_out(red: Recipe) -> None:
    with pytest.raises(SettingsError, match="to leave out"):
        comparison_of(red_model(), red, "user")


def test_the_range_that_a_refusal_names_is_the_apps() -> None:
    with pytest.raises(SettingsError, match=r"steps is 3\.7; choose a whole number from 1 to 10\."):
        checked_settings(red_model(), {"steps": 3.7})
