"""Whatever is chosen while something else runs: the page ends on what was chosen last, and so does the server.

The property test plays Gradio and a browser by itself, without threads: two queues of events, a visitor's queue of
messages, and hands that act at any moment, in the midst of a computation too.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
from bright_model import HeldSegmentor, RedDenoiser, RedSegmentor, red_model, save_disc, save_two_discs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from player_stand import Standing, chain, stand
from visitors import Watched, opened_by

from hidiff.checkpoints.config import HiDiffConfig
from hidiff.imaging.files import read_image
from hidiff.interface import ExampleCache, build, launch_options
from hidiff.interface.examples import MANIFEST, read_examples
from hidiff.interface.player.encoding import bits
from hidiff.interface.player.payload import _digest
from hidiff.interface.refine_tab.controls import lay_out
from hidiff.interface.refine_tab.events import _Events
from hidiff.interface.refine_tab.updates import PageUpdates
from hidiff.interface.runs import downloads
from hidiff.interface.runs.cache import RunCache
from hidiff.interface.runs.recipe import open_picture
from hidiff.interface.runs.session import Session
from hidiff.interface.texts import text
from hidiff.models.denoiser import DenoiserConfig
from hidiff.models.segmentor import LiteConfig
from hidiff.pipeline import HiDiff
from hidiff.refinement.settings import Settings
from hidiff.tasks import FUNDUS, POLYP

STEPS = 2
Moment = Callable[[], None]


class Meddled(RedDenoiser):
    """A denoiser during whose work things happen."""

    moment: Moment = staticmethod(lambda: None)

    def forward(self, *given: Any) -> Any:
        self.moment()
        return super().forward(*given)


class MeddledSegmentor(RedSegmentor):
    moment: Moment = staticmethod(lambda: None)

    def forward(self, image: Any) -> Any:
        self.moment()
        return super().forward(image)


def tiny(task: Any) -> HiDiff:
    made = HiDiffConfig(replace(task, side=32, fov_diameter=32), LiteConfig(), DenoiserConfig(), Settings(steps=STEPS))
    return HiDiff(made, MeddledSegmentor(), Meddled())


@dataclass
class World:
    """The tab's own functions with everything they need, its examples prepared. pictures: sizes by digest."""

    events: _Events
    models: dict[str, HiDiff]
    upload: dict[str, Any]
    pictures: dict[str, tuple[int, int]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("examples")
    for name, row in (("one", 9), ("two", 15), ("three", 20)):
        save_disc(folder / f"{name}.png", height=32, width=32, centre=(row, 14), radius=6)
    entries = [("one", "polyp"), ("two", "polyp"), ("three", "fundus")]
    told = [{"file": f"{name}.png", "title": name, "task": task} for name, task in entries]
    (folder / MANIFEST).write_text(json.dumps(told))
    with pytest.MonkeyPatch.context() as patch:
        uploads = tmp_path_factory.mktemp("gradio")
        patch.setenv("GRADIO_TEMP_DIR", str(uploads))
        save_disc(uploads / "mine.png", height=32, width=40, centre=(12, 25), radius=5)
        models = {"polyp": tiny(POLYP), "fundus": tiny(FUNDUS)}
        examples = read_examples(folder)
        cache = ExampleCache(models, examples, folder / "kept")
        cache.prepare()
        with gr.Blocks():
            parts = lay_out(models, examples, opened=True)
        page = PageUpdates(parts, models, RunCache())
        files = [*(folder / f"{name}.png" for name, _ in entries), uploads / "mine.png"]
        pictures = {_digest(pixels): pixels.shape[:2] for pixels in map(read_image, files)}
        upload = {"path": str(uploads / "mine.png")}
        yield World(_Events(parts, models, examples, cache, page), models, upload, pictures)


@dataclass
class Browser:
    """What a visitor sees: the last value of every component, and of the player what its script lets through."""

    parts: Any
    seen: dict[str, Any] = field(default_factory=lambda: {"player": None, "command": "", "stop": {}})
    newest: tuple[str, int] = ("", 0)

    def receive(self, updates: dict[Any, Any]) -> None:
        player = updates.get(self.parts.player)
        if not (isinstance(player, dict) and player.get("__type__") == "update") and self.parts.player in updates:
            self._shown(player)
        if self.parts.command in updates:
            self.seen["command"] = updates[self.parts.command]
        self.seen["stop"] |= updates.get(self.parts.stop, {})

    def _shown(self, value: Any) -> None:
        """As `arrival.js` does."""
        if value and "over" in value:
            if self.seen["player"]:
                self.seen["player"] = {**self.seen["player"], "live": False}
            return
        visit, number = (value or {}).get("ticket", self.newest)
        if visit == self.newest[0] and number < self.newest[1]:
            return
        self.newest = (visit, number)
        self.seen["player"] = value if value and "frames" in value else None


class Play:
    """One visit. `draw` decides what happens next, wherever more than one thing can."""

    def __init__(self, world: World, actions: Sequence[str], draw: Callable[[int], int]) -> None:
        self.world, self.actions, self.draw = world, deque(actions), draw
        self.parts, self.session = world.events.parts, Session()
        self.browser = Browser(self.parts)
        self.task, self.seed = "polyp", 0
        self.admissions: deque[tuple[str, str, int]] = deque()  # the queue of files: name, task, seed as they were
        self.admitted: dict[Any, Any] | None = None  # an admission's updates, which are on their way to the messages
        self.runs = 0  # events that wait in the model's queue
        self.running: Iterator[dict[Any, Any]] | None = None
        self.update: dict[Any, Any] | None = None  # of the run, on its way to the messages
        self.messages: deque[tuple[dict[Any, Any], bool]] = deque()  # and whether a run follows
        self.inside = False  # a computation is going on
        self.given_up = False  # a run was stopped before anything of it was shown
        self.last: tuple[str, str, int] | None = None  # the last choice that was one, its task, its seed
        self.brush: dict[str, Any] | None = None  # what is painted, and on which picture
        for model in world.models.values():
            model.segmentor.moment = model.denoiser.moment = self.meanwhile

    # --- what can happen
    def can(self) -> list[Moment]:
        waits = bool(self.actions) and self.actions[0] == "stop" and not self.session.turn.free
        found: list[Moment] = [self.act] if self.actions and not waits else []
        if self.admitted is not None:
            found.append(self.send_admitted)
        elif self.admissions and self.session.turn.free:  # else it waits, as a thread would, for the turn
            found.append(self.admit)
        if self.messages:
            found.append(self.deliver)
        if not self.inside:
            if self.update is not None:
                found.append(self.send_update)
            elif self.running is not None or self.runs:
                found.append(self.compute)
        return found

    def meanwhile(self) -> None:
        """A moment in the midst of a computation."""
        for _ in range(self.draw(3)):
            possible = self.can()
            if not possible:
                return
            possible[self.draw(len(possible))]()

    def to_the_end(self) -> Browser:
        while possible := self.can():
            possible[self.draw(len(possible))]()
        return self.browser

    # --- hands
    def act(self) -> None:
        name = self.actions.popleft()
        if name == "stop":
            before = self.session.newest
            self.browser.receive(self.world.events.page.stop(self.session))
            self.given_up |= self.session.newest != before
            return
        if name == "task":
            self.task, self.seed = ("fundus" if self.task == "polyp" else "polyp"), 0
        if name == "computed":
            self.seed += 1
        if name == "stroke" and not self.paint():
            return
        self.admissions.append((name, self.task, self.seed))

    def paint(self) -> bool:
        """Some pixels on the picture that is on the screen, if there is one."""
        on_screen = self.browser.seen["player"]
        if on_screen is None:
            return False
        height, width = self.world.pictures[on_screen["picture"]]
        on = np.zeros((height, width), bool)
        on[self.draw(height), : 1 + self.draw(width)] = True
        planes = {"on": bits(on), "off": bits(np.zeros_like(on))}
        self.brush = {"picture": on_screen["picture"], "size": [height, width], **planes, "hold": self.draw(2) == 1}
        return True

    # --- the queue of files
    def admit(self) -> None:
        name, task, seed = self.admissions.popleft()
        events, model = self.world.events, self.world.models[task]
        chosen = {one: getattr(model.config.settings, one) for one in self.parts.settings} | {"seed": seed}
        if name == "ready":
            chosen["seed"] = 0
        values = [task, self.session, self.brush, "segmentor", None, None, 0, "packed", *chosen.values()]
        first = 0 if task == "polyp" else 2
        before = self.session.newest
        click = gr.EventData(None, {"index": first + (task == "polyp" and name == "ready")})
        made = {
            "ready": lambda: events.pick(click, *values),
            "computed": lambda: events.pick(click, *values),
            "upload": lambda: events.bring(self.world.upload, *values),
            "refine": lambda: events.again(*values),
            "stroke": lambda: events.answer_stroke(*values),
            "task": lambda: events.change_task(*values),
            "clear": lambda: events.clear(self.session),
        }[name]()
        self.admitted = made
        if self.session.newest != before:
            self.last = (name, task, chosen["seed"])

    def send_admitted(self) -> None:
        assert self.admitted is not None
        self.messages.append((self.admitted, True))
        self.admitted = None

    # --- the queue of the model
    def compute(self) -> None:
        """Ask the run that is on again, or the next; Gradio does when an update lies with the messages."""
        if self.running is None:
            self.runs -= 1
            self.running = self.world.events.page.run(self.session)
        self.inside = True
        self.update = next(self.running, None)
        self.inside = False
        if self.update is None:
            self.running = None

    def send_update(self) -> None:
        assert self.update is not None
        self.messages.append((self.update, False))
        self.update = None
        if not self.session.turn.free:  # nothing delays this in Gradio: the same task asks at once
            self.compute()

    # --- the browser
    def deliver(self) -> None:
        updates, then = self.messages.popleft()
        self.browser.receive(updates)
        self.runs += then


ACTIONS = ("ready", "computed", "upload", "refine", "stroke", "stop", "task", "clear")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=7), data=st.data())
def test_the_page_ends_on_the_last_choice(world: World, actions: list[str], data: st.DataObject) -> None:
    play = Play(world, actions, lambda most: data.draw(st.integers(0, most - 1)))
    seen, session = play.to_the_end().seen, play.session
    assert not seen["stop"].get("interactive", False)
    shown, displayed, recipe = seen["player"], session.displayed, session.recipe
    if play.last is None or play.last[0] == "clear":
        assert shown is None and displayed is None and recipe is None and seen["command"] == ""
        return
    if play.given_up:  # what was chosen last may have been taken back: then the screen is as it was before
        assert not session.busy and (shown is None or not shown["live"])
        assert displayed is None or (shown is not None and shown["run"] == displayed.run and displayed.recipe == recipe)
        return
    _, task, _ = play.last
    assert recipe is not None and displayed is not None and shown is not None
    assert displayed.recipe == recipe and recipe.task == task
    model = world.models[task]
    assert shown["run"] == displayed.run and not shown["live"]
    assert shown["picture"] == session.picture == _digest(open_picture(model, recipe.source).pixels)
    assert len(shown["frames"]) == displayed.steps + 2 + bool(displayed.steps)  # the coin toss comes with the first
    assert seen["command"] == downloads.command(model, recipe, displayed.steps)
    if play.last[0] in ("ready", "computed"):
        expected = {"polyp": ("one", "two"), "fundus": ("three", "three")}[task][play.last[0] == "ready"]
        assert recipe.source.title == expected and recipe.settings.seed == play.last[2]
    if play.last[0] == "upload":
        assert not recipe.source.example
    painted = play.brush is not None and play.brush["picture"] == session.picture
    if play.last[0] in ("ready", "computed", "upload", "task"):
        assert recipe.scribbles is None
    if play.last[0] == "stroke":
        assert painted and recipe.scribbles is not None
    if "stop" not in actions:
        assert displayed.steps == STEPS


@pytest.mark.nightly
@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=9), data=st.data())
def test_the_page_ends_on_the_last_choice_of_many(world: World, actions: list[str], data: st.DataObject) -> None:
    test_the_page_ends_on_the_last_choice.hypothesis.inner_test(world, actions, data)


# ------------------------------------------------------------------------------------------------- the player's part
_SHOWN = """() => {
  const player = document.querySelector(".player"), shown = (window.shown = []);
  const said = ({ run, state }) => (state === "empty" ? state : `${run} ${state}`);
  const watcher = new MutationObserver(() => shown.push(said(player.dataset)));
  watcher.observe(player, { attributeFilter: ["data-run", "data-state"] });
}"""


def test_the_player_drops_what_is_older_and_keeps_visits_apart(browser: Any) -> None:
    page = browser.new_page()
    page.set_content(stand())
    page.evaluate(_SHOWN)
    standing = Standing(page)
    old, new = chain(name="old", steps=2)[0], chain(name="new", steps=2)[0]
    standing.give({**old[0], "ticket": ["a", 1]})
    standing.give({**new[-1], "ticket": ["a", 2]})
    standing.give({**old[1], "ticket": ["a", 1]})
    standing.give({"ticket": ["a", 3]})
    standing.give({**new[-1], "ticket": ["a", 2]})
    standing.give({**old[-1], "ticket": ["b", 1]})  # the server has begun anew, and its numbers with it
    standing.give(None)
    expected = ["old live", "new done", "empty", "old done", "empty"]
    page.wait_for_function("(count) => window.shown.length >= count", arg=len(expected))
    assert page.evaluate("window.shown") == expected
    page.close()


# ------------------------------------------------------------------------------------------------- in a real browser
@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, HeldSegmentor]]:
    folder = tmp_path_factory.mktemp("examples")
    save_two_discs(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("gradio")))
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        patch.setenv("no_proxy", "127.0.0.1,localhost")
        segmentor, examples = HeldSegmentor(), read_examples(folder)
        model = red_model(segmentor=segmentor)
        ready = ExampleCache({"polyp": model}, examples, folder / "kept")
        ready.prepare()
        page = build({"polyp": model}, {}, examples, ready)
        _, url, _ = page.launch(server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, **launch_options())
        yield url.rstrip("/"), segmentor
        segmentor.open()
        page.close()


@pytest.fixture
def arrived(browser: Any, held: tuple[str, HeldSegmentor]) -> Iterator[Watched]:
    yield from opened_by(browser, held[0])


def test_a_prior_that_comes_after_another_example_was_chosen_stays_away(
    arrived: Watched, held: tuple[str, HeldSegmentor], tmp_path: Path
) -> None:
    """A run that leaves the settings as they are, then another example before the prior is there; every file is the
    other example's."""
    arrived.wait_done()
    assert "One disc" in arrived.says(".note")
    arrived.open("compare")
    segmentor = held[1]
    segmentor.hold()
    arrived.page.click("#compare")
    segmentor.reached.wait(60)
    arrived.page.wait_for_selector("#stop:enabled")
    arrived.pick(1)
    arrived.page.wait_for_function("document.querySelector('.note')?.textContent.includes('Another disc')")
    segmentor.open()
    arrived.page.wait_for_timeout(2500)
    assert "Another disc" in arrived.says(".note") and arrived.says(".label") == "Answer"
    assert arrived.page.get_attribute(".player", "data-state") == "done"
    assert not arrived.page.is_enabled("#stop")
    arrived.open("take")
    assert "two.png" in arrived.page.input_value("#command textarea")
    lacking = {kind for kind in downloads.kinds() if arrived.page.is_disabled(f"#{kind}")}
    assert lacking == {downloads.SCRIBBLES, "difference"}  # no strokes and no reference
    for kind in downloads.kinds():
        if kind not in lacking:
            assert arrived.take(kind, tmp_path).name.startswith("polyp-Another-disc-seed0."), kind


def test_stop_works_before_the_prior_is_there(arrived: Watched, held: tuple[str, HeldSegmentor]) -> None:
    arrived.wait_done()
    shown = arrived.page.get_attribute(".player", "data-run")
    segmentor = held[1]
    segmentor.hold()
    arrived.page.click("#refine")
    segmentor.reached.wait(60)
    arrived.page.wait_for_selector("#stop:enabled")
    with arrived.page.expect_response(lambda response: "/run/" in response.url or "/predict" in response.url):
        arrived.page.click("#stop")
    segmentor.open()
    arrived.page.wait_for_timeout(1500)
    assert arrived.page.get_attribute(".player", "data-run") == shown
    assert arrived.page.get_attribute(".player", "data-state") == "done" and not arrived.page.is_enabled("#stop")
    assert text("status.given_up") in str(arrived.page.text_content("#status"))
