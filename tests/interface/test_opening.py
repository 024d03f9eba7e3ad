"""The first ten seconds and the row of starts: what plays by itself, what halts it, and where an example begins."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bright_model import RedDenoiser, red_model, save_disc
from visitors import Watched, opened_by

from hidiff.imaging.files import write_png
from hidiff.interface import ExampleCache, build, launch_options
from hidiff.interface.examples import MANIFEST, read_examples
from hidiff.interface.texts import text
from hidiff.tasks import FUNDUS, POLYP

LAST = 12  # the answer of ten steps: the prior and the coin toss come before them
TEACHES = "Somebody drew a blob. Watch it go."
BROKEN = {"source": "false_blob", "seed": 1, "teaches": TEACHES}
ENTRIES: tuple[dict[str, object], ...] = (
    {"file": "one.png", "title": "One disc", "task": "polyp", "mask": "one.mask.png", "start": BROKEN},
    {"file": "two.png", "title": "Another disc", "task": "polyp"},
    {"file": "three.png", "title": "A large disc", "task": "fundus", "start": {"source": "speckle", "seed": 4}},
)


@dataclass
class Prepared:
    """A page whose examples are cached; denoiser: the polyp model's."""

    url: str
    denoiser: RedDenoiser


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    folder = tmp_path_factory.mktemp("examples")
    write_png(folder / "one.mask.png", save_disc(folder / "one.png"))
    save_disc(folder / "two.png", height=200, width=200, centre=(120, 70), radius=25)
    save_disc(folder / "three.png", height=400, width=400, centre=(200, 200), radius=190)
    (folder / MANIFEST).write_text(json.dumps(ENTRIES))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("gradio")))
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        patch.setenv("no_proxy", "127.0.0.1,localhost")
        models, examples = {"polyp": red_model(POLYP), "fundus": red_model(FUNDUS)}, read_examples(folder)
        cache = ExampleCache(models, examples, folder / "kept")
        cache.prepare()
        page = build(models, {}, examples, cache)
        _, url, _ = page.launch(server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, **launch_options())
        yield Prepared(url.rstrip("/"), models["polyp"].denoiser)
        page.close()


@pytest.fixture
def visit(browser: Any, prepared: Prepared) -> Iterator[Callable[..., Watched]]:
    """Opens the page; motion: whether the visitor wants any."""
    with ExitStack() as visitors:
        opened = contextmanager(opened_by)
        yield lambda motion=False, **size: visitors.enter_context(opened(browser, prepared.url, motion=motion, **size))
    prepared.denoiser.open()


def stands(visitor: Watched, at: int) -> bool:
    """Whether nothing moves any more, at this moment: for longer than any but the answer is held."""
    visitor.page.wait_for_timeout(1600)
    return visitor.at() == at and visitor.page.get_attribute(".player", "data-playing") is None


def command(visitor: Watched) -> str:
    visitor.open("take")
    return str(visitor.page.input_value("#command textarea"))


WATCH = """
(seconds) => new Promise((done) => {
  const [root, number] = [".player", ".figure .now"].map((part) => document.querySelector(part));
  const seen = [];
  const until = performance.now() + 1000 * seconds;
  const look = () => {
    seen.push([Number(root.dataset.at), number.textContent]);
    if (performance.now() < until) requestAnimationFrame(look); else done(seen);
  };
  look();
})
"""

JUMPS = """
() => new Promise((done) => {
  const unasked = (list) => list.getEntries().filter((jump) => !jump.hadRecentInput);
  const total = (list) => unasked(list).reduce((sum, jump) => sum + jump.value, 0);
  new PerformanceObserver((list) => done(total(list))).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(0), 2000);
})
"""


# ------------------------------------------------------------------------------------------------- what plays by itself
@pytest.mark.parametrize(("width", "height"), [(390, 844), (1440, 900)])
def test_what_stands_on_the_page_does_not_jump_while_it_opens(
    visit: Callable[..., Watched], width: int, height: int
) -> None:
    """Cumulative layout shift: web.dev calls up to 0.1 good; on a phone it was 0.37 before room was kept."""
    visitor = visit(motion=True, width=width, height=height)
    visitor.page.wait_for_selector('.player[data-playing][data-at="5"]')
    assert visitor.page.evaluate(JUMPS) < 0.1


def test_the_page_opens_playing_from_wrong_to_right_and_begins_again(
    visit: Callable[..., Watched], prepared: Prepared
) -> None:
    calls = prepared.denoiser.calls
    visitor = visit(motion=True)
    visitor.page.wait_for_selector('.player[data-playing][data-auto="loop"]')
    assert visitor.says(".lead") == TEACHES
    visitor.page.wait_for_selector('.player[data-at="0"][data-playing]')
    assert visitor.page.get_attribute(".figure >> nth=0", "data-measure") == "dice"
    wrong = float(visitor.page.get_attribute(".figure >> nth=0", "data-value"))
    seen = visitor.page.evaluate(WATCH, 5)
    numbers = list(dict.fromkeys(float(number) for _, number in seen))
    after_toss = numbers[numbers.index(min(numbers)) :]
    assert wrong < 0.75 and after_toss == sorted(after_toss)
    assert after_toss[-1] > after_toss[0] + 0.05  # within five seconds
    moments = {at for at, _ in seen}
    assert len(moments) > 2 and len(numbers) > 2 * len(moments)  # it counts, it does not jump
    visitor.page.wait_for_selector(f'.player[data-at="{LAST}"][data-playing]')
    assert visitor.page.get_attribute(".figure >> nth=0", "data-verdict") == "better"
    visitor.page.wait_for_function("Number(document.querySelector('.figure .now').textContent) > 0.99")
    visitor.page.wait_for_selector('.player[data-at="0"][data-playing]')
    assert prepared.denoiser.calls == calls


@pytest.mark.parametrize("by", ["touch", "space", "button"])
def test_a_touch_space_and_the_button_halt_it(visit: Callable[..., Watched], by: str) -> None:
    visitor = visit(motion=True)
    visitor.page.wait_for_selector('.player[data-playing][data-auto="loop"]')
    if by == "touch":
        visitor.page.locator(".stage canvas.shown").first.click()
    elif by == "space":
        visitor.page.focus(".stage")
        visitor.page.keyboard.press("Space")
    else:
        visitor.page.click(".play")
    visitor.page.wait_for_selector(".player:not([data-playing])")
    assert visitor.page.get_attribute(".play", "aria-label") == text("player.play")
    assert stands(visitor, visitor.at())


def test_who_wants_no_motion_sees_the_answer_and_nothing_moves(visit: Callable[..., Watched]) -> None:
    visitor = visit()
    visitor.wait_done()
    assert stands(visitor, LAST)
    assert float(visitor.says(".figure .now")) > 0.99
    visitor.refined()
    assert stands(visitor, LAST)


def test_a_run_plays_once_and_its_last_frame_stays(visit: Callable[..., Watched]) -> None:
    visitor = visit(motion=True)
    visitor.wait_done()
    visitor.page.locator(".stage canvas.shown").first.click()
    visitor.page.click("#refine")
    visitor.wait_begun()
    visitor.page.wait_for_selector('.player[data-state="done"][data-at="0"][data-playing][data-auto="once"]')
    visitor.page.select_option("[data-set=pace]", "4")
    visitor.page.wait_for_selector(f'.player[data-at="{LAST}"]:not([data-playing])')
    assert stands(visitor, LAST)


def test_who_scrubs_while_it_computes_is_left_alone(visit: Callable[..., Watched], prepared: Prepared) -> None:
    visitor = visit(motion=True)
    visitor.wait_done()
    visitor.page.locator(".stage canvas.shown").first.click()
    prepared.denoiser.hold()
    visitor.page.click("#refine")
    visitor.wait_frames(1)
    prepared.denoiser.let()
    visitor.wait_frames(3)
    visitor.page.click('.film [data-at="1"]')
    prepared.denoiser.open()
    visitor.wait_done()
    assert visitor.page.get_attribute(".player", "data-frames") == str(LAST + 1)
    assert stands(visitor, 1)


# ----------------------------------------------------------------------------------------------------------- the starts
def start_of(visitor: Watched) -> tuple[str, str, str]:
    """What the controls say: the kind of start, the error and its seed where they are shown."""
    kind = str(visitor.page.locator("#start input:checked").get_attribute("value"))
    if visitor.page.is_hidden("#start-panel"):
        return kind, "", ""
    visitor.open("start")
    visitor.page.wait_for_selector("#error-seed input:visible")
    return kind, visitor.page.input_value("#error input"), visitor.page.input_value("#error-seed input")


BLOB, SPECKLE = text("prior.false_blob"), text("prior.speckle")


def test_an_example_begins_where_it_shows_most(visit: Callable[..., Watched], prepared: Prepared) -> None:
    visitor = visit()
    visitor.wait_done()
    calls = prepared.denoiser.calls
    assert start_of(visitor) == ("broken", BLOB, "1")
    assert "--prior-source false_blob --prior-seed 1" in command(visitor)
    assert visitor.says(".badge") == text("refine.on_purpose")
    visitor.pick(1)
    visitor.wait_begun()
    visitor.wait_done()
    assert start_of(visitor) == ("segmentor", "", "")
    assert "--prior" not in command(visitor) and visitor.says(".badge") == ""
    visitor.pick(0)
    visitor.wait_begun()
    visitor.wait_done()
    assert start_of(visitor) == ("broken", BLOB, "1")
    assert prepared.denoiser.calls == calls


def test_other_starts_are_there_at_once_and_say_how_they_are_made(
    visit: Callable[..., Watched], prepared: Prepared
) -> None:
    visitor = visit()
    visitor.wait_done()
    calls = prepared.denoiser.calls
    for kind, said in (
        ("noise", "--prior-source noise --prior-seed 0"),
        ("segmentor", ""),
        ("broken", "--prior-source false_blob --prior-seed 1"),
    ):
        visitor.start_from(kind)
        visitor.wait_begun()
        visitor.wait_done()
        told = command(visitor)
        assert said in told and ("--prior" in told) == bool(said), kind
        assert start_of(visitor)[0] == kind
        assert prepared.denoiser.calls == calls, kind
    visitor.refined()  # what is refined is what the page says
    assert "--prior-source false_blob --prior-seed 1" in command(visitor)
    assert prepared.denoiser.calls == calls + 10


def test_an_upload_begins_with_the_segmentor(visit: Callable[..., Watched], tmp_path: Path) -> None:
    visitor = visit()
    visitor.wait_done()
    assert start_of(visitor)[0] == "broken"
    save_disc(tmp_path / "mine.png", radius=40)
    visitor.page.set_input_files("#upload input[type=file]", tmp_path / "mine.png")
    visitor.wait_begun()
    visitor.wait_done()
    assert start_of(visitor) == ("segmentor", "", "")
    assert "mine.png" in command(visitor) and "--prior" not in command(visitor)


def test_another_task_opens_with_the_start_of_its_example(visit: Callable[..., Watched]) -> None:
    visitor = visit(motion=True)
    visitor.wait_done()
    visitor.page.click(f'#task label:has-text("{FUNDUS.title}")')
    visitor.wait_begun()
    visitor.page.wait_for_selector('.player[data-state="done"][data-auto="loop"]')
    assert "A large disc" in visitor.says(".note")
    assert start_of(visitor) == ("broken", SPECKLE, "4")
    assert "--prior-source speckle --prior-seed 4" in command(visitor)
    visitor.page.click(f'#task label:has-text("{POLYP.title}")')
    visitor.page.wait_for_function("document.querySelector('.note')?.textContent.includes('One disc')")
    assert start_of(visitor) == ("broken", BLOB, "1")


# ------------------------------------------------------------------------------------------------------------- by link
def test_a_link_leads_to_the_same_bits_step_layer_and_pixel(visit: Callable[..., Watched]) -> None:
    first = visit(query="task=polyp&example=two&start=noise&seed=5&steps=4&against=seed&hide=more,nonsense")
    first.wait_done()
    assert "Another disc" in first.says(".note")
    assert first.page.get_attribute(".player", "data-lanes") == "2"
    assert first.page.is_hidden("#more-panel") and first.page.is_visible("#take-panel")
    assert first.page.is_checked('#start label:has-text("Noise") input')
    first.page.click("[data-base=doubt]")
    first.page.focus(".stage")
    first.page.keyboard.press("Home")
    first.page.keyboard.press("ArrowRight")
    first.page.keyboard.press("ArrowRight")
    first.page.locator(".stage canvas.shown").first.click(position={"x": 60, "y": 60})
    made = command(first)
    first.page.hover("#link input")
    address = first.page.input_value("#link input")
    query = address.partition("?")[2]
    for part in ("task=polyp", "example=two", "start=noise", "seed=5", "steps=4", "against=seed", "at=2", "base=doubt"):
        assert part in query.split("&")
    place = first.page.get_attribute(".player", "data-pixel")
    assert place and f"pixel={place.replace(',', '%2C')}" in query.split("&")
    second = visit(query=query)
    second.page.wait_for_selector(f'.player[data-at="2"][data-base="doubt"][data-pixel="{place}"]')
    assert second.says(".pixel .why") == first.says(".pixel .why")
    assert second.says(".sentence") == first.says(".sentence")
    assert second.page.is_hidden("#more-panel")
    assert command(second) == made
    second.page.click("#link button")
    second.page.wait_for_function("document.querySelector('#link [role=status]').textContent !== ''")


def test_what_a_link_says_wrongly_is_told_and_the_rest_is_shown(visit: Callable[..., Watched]) -> None:
    visitor = visit(query="example=three&task=fundus&steps=many&at=99999&base=errors&pixel=7,999,1")
    assert text("link.refused", name="steps") in visitor.toast()
    visitor.wait_done()
    assert "A large disc" in visitor.says(".note")
    assert visitor.page.get_attribute(".player", "data-base") == "bits"
    assert visitor.page.get_attribute(".player", "data-pixel") is None
    visitor.open("more")
    assert visitor.page.input_value("#steps input >> nth=0") == "10"
