"""What a run leaves behind: nothing that computes, and what is kept is measured for what it is."""

from __future__ import annotations

import gc
import time
import tracemalloc
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
import torch
from bright_model import save_disc
from segment_runs import picture, saved
from small_model import TASK, build

from hidiff.imaging.files import write_png
from hidiff.interface.refine_tab.controls import lay_out
from hidiff.interface.refine_tab.events import _Events
from hidiff.interface.refine_tab.updates import PageUpdates
from hidiff.interface.runs import cache as cache_room
from hidiff.interface.runs import downloads, memory
from hidiff.interface.runs.cache import FinishedRun, KeptRun, RunCache
from hidiff.interface.runs.memory import give_back_memory, held_bytes
from hidiff.interface.runs.recipe import Source, checked_recipe, open_picture
from hidiff.interface.runs.run import run
from hidiff.interface.runs.session import DisplayedRun, Session
from hidiff.interface.texts import said_of, text
from hidiff.models.packed.engine import Condition
from hidiff.pipeline import HiDiff
from hidiff.priors import views
from hidiff.refinement.chain import Refinement

pytest_plugins = ["segment_runs"]


@dataclass
class Tab:
    """The tab's own functions for two tasks, and weak references to every view that was made."""

    events: _Events
    folder: Path
    made: list[weakref.ref[Any]] = field(default_factory=list)

    def admit(self, session: Session, task: str, name: str, **asked: object) -> None:
        model = self.events.models[task]
        chosen = {one: getattr(model.config.settings, one) for one in self.events.parts.settings} | asked
        file = {"path": str(self.folder / name), "orig_name": name}
        values = [task, session, None, "segmentor", None, None, 0, "packed", *chosen.values()]
        self.events.bring(file, *values)

    def refined(self, session: Session, task: str, name: str, **asked: object) -> None:
        self.admit(session, task, name, **asked)
        assert len(list(self.events.page.run(session))) > 3


@pytest.fixture
def tab(tmp_path: Path, model: HiDiff, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tab]:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    for number in range(3):
        save_disc(tmp_path / f"own-{number}.png", height=90 + 20 * number, width=110, centre=(40, 50), radius=20)
    models = {"polyp": model, "other": build(replace(TASK, name="other"))}
    with gr.Blocks():
        parts = lay_out(models, ())
    out = Tab(_Events(parts, models, (), None, PageUpdates(parts, models, RunCache(budget=1))), tmp_path)
    real = views.View.__init__

    def counted(view: views.View, *given: Any, **named: Any) -> None:
        real(view, *given, **named)
        if view.pieces:
            out.made.append(weakref.ref(view))

    monkeypatch.setattr(views.View, "__init__", counted)
    gc.collect()
    gc.disable()  # numpy's arrays do not count for it, so nothing may wait for it
    yield out
    gc.enable()


def test_a_run_that_was_given_up_before_it_began_says_so(tab: Tab) -> None:
    session = Session()
    tab.admit(session, "polyp", "own-0.png")
    assert session.stop()
    *_, last = tab.events.page.run(session)  # its message may come after what the stop itself says
    assert last[tab.events.parts.status]["text"] == said_of(text("status.given_up"))
    tab.admit(session, "polyp", "own-1.png")
    session.start_run(None)
    *_, last = tab.events.page.run(session)
    assert last[tab.events.parts.status]["text"] == ""


def living(*kinds: type) -> int:
    return sum(type(one) in kinds for one in gc.get_objects())


def test_nothing_that_computes_lives_after_any_number_of_runs(tab: Tab) -> None:
    session = Session()
    counts = []
    for number in range(6):
        task = ("polyp", "other")[number % 2]
        tab.refined(session, task, f"own-{number % 3}.png", samples=1 + number % 3, mirror=number % 2 == 0)
        assert living(Refinement, views._Piece, Condition) == 0
        counts.append(living(torch.Tensor))
    assert len(tab.made) >= 6 and [one() for one in tab.made if one() is not None] == []
    assert counts[-1] <= counts[1] + 2


@pytest.mark.parametrize("how", ["answered", "stopped", "left", "dropped"])
def test_a_view_dies_when_its_run_is_over(tab: Tab, how: str) -> None:
    session = Session()
    tab.admit(session, "polyp", "own-0.png")
    going = tab.events.page.run(session)
    for _ in range(3):
        next(going)
    assert any(one() is not None for one in tab.made)
    if how == "stopped":
        session.stop()
    if how == "left":
        with pytest.MonkeyPatch.context() as patch:  # it waits for the turn that the run has, until that is given back
            patch.setattr("hidiff.interface.runs.session.PATIENCE", 0.01)
            tab.admit(session, "polyp", "own-1.png")
    if how == "dropped":
        going.close()
    else:
        list(going)
    del going
    assert tab.made and all(one() is None for one in tab.made)
    assert session.turn.free


def test_two_lanes_are_released_too(tab: Tab) -> None:
    session = Session()
    tab.admit(session, "polyp", "own-0.png")
    list(tab.events.page.run(session))
    model = tab.events.models["polyp"]
    chosen = [getattr(model.config.settings, one) for one in tab.events.parts.settings]
    tab.events.compare("backend", "polyp", session, None, "segmentor", None, None, 0, "packed", *chosen)
    updates = list(tab.events.page.run(session))
    assert any("same" in str(update.get(tab.events.parts.engine.timing)) for update in updates)
    assert living(Refinement, views._Piece, Condition) == 0 and all(one() is None for one in tab.made)


# ---------------------------------------------------------------------------------------------------- what is kept
def finished_run(
    model: HiDiff, folder: Path, reference: bool = False, **asked: Any
) -> tuple[FinishedRun, DisplayedRun]:
    source = Source(saved(folder / "scan.png", picture(60, 80)), "scan.png")
    if reference:
        truth = np.zeros((60, 80), bool)
        truth[15:45, 20:60] = True
        write_png(folder / "truth.png", truth)
        source = replace(source, reference=folder / "truth.png")
    recipe, _ = checked_recipe(model, source, asked)
    opened = open_picture(model, source)
    last = list(run(model, opened, [recipe]))[-1]
    assert last.refinement is not None
    return FinishedRun(opened, last.prior, last.refinement), DisplayedRun("a", recipe, recipe.settings.steps)


@pytest.mark.parametrize(
    "asked",
    [{}, {"sampler": "ddim"}, {"sampler": "plug_in", "samples": 3, "mirror": True, "aggregate": "blend"}],
    ids=str,
)
def test_every_download_of_a_kept_run_has_the_same_bytes(
    model: HiDiff, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: dict[str, Any]
) -> None:
    live, displayed = finished_run(model, tmp_path, reference=True, **asked)
    kept = RunCache()
    kept.add("a", live)
    monkeypatch.setattr(cache_room, "_computed_again", None)
    again = kept.find(displayed, model)
    for kind in downloads.kinds():
        if kind == downloads.SCRIBBLES:
            continue
        (tmp_path / "one").mkdir(exist_ok=True), (tmp_path / "two").mkdir(exist_ok=True)
        one = downloads.save(kind, model, displayed.recipe, live, tmp_path / "one")
        two = downloads.save(kind, model, displayed.recipe, again, tmp_path / "two")
        assert one.read_bytes() == two.read_bytes(), kind


def test_what_is_kept_is_a_quarter_of_the_steps_and_counts_in_full(model: HiDiff, tmp_path: Path) -> None:
    live, _ = finished_run(model, tmp_path, samples=2)
    kept = KeptRun.of(live)
    assert kept.size == held_bytes(kept.picture, kept.prior, kept.outcome)
    steps = held_bytes(list(live.refinement.steps))
    assert held_bytes(kept.outcome.steps) < 0.28 * steps  # of three; the last has no mean
    assert held_bytes(live.refinement) > kept.size  # the live one has features and networks' state too


def test_bytes_that_are_held_are_those_that_were_allocated() -> None:
    """As tracemalloc and the tensors' own storages count them, wherever they hide."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    arrays = [np.ones((300, 400), np.float32), np.zeros(1_000_000, bool)]
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert abs(held_bytes(arrays) - grown) < 2000
    first, tensor = arrays[0], torch.ones(500, 500)
    whole = first.nbytes + tensor.untyped_storage().nbytes()

    def closure() -> object:
        return first, tensor

    def going() -> Iterator[object]:
        own = first, tensor
        yield own

    suspended = going()
    next(suspended)
    for one in (closure, suspended, {0: [first[::2], tensor[3:]]}, (tensor.numpy(), first.T, first)):
        assert held_bytes(one) == whole, one
    assert held_bytes(b"123", "45", [b"123"]) in (5, 8)
    assert held_bytes(torch.nn.Linear(9, 9), np.ndarray, None) == 0


def test_what_a_live_refinement_holds_is_found(model: HiDiff, tmp_path: Path) -> None:
    """Features of the view, and what the chain's own frame holds."""
    refinement = model.refine(picture(60, 80), samples=2)
    features = sum(
        f.untyped_storage().nbytes() for row in refinement.view.pieces for piece in row for f in piece.features
    )
    begun = held_bytes(refinement)
    assert begun > features > 0
    next(refinement)
    assert held_bytes(refinement) > begun + sum(a.nbytes for a in (refinement.steps[0].eps_hat,))


def test_a_run_that_was_put_away_can_be_looked_into(model: HiDiff, tmp_path: Path) -> None:
    live, displayed = finished_run(model, tmp_path)
    view = cache_room.seen_again(displayed, model)
    assert isinstance(live.refinement, Refinement)
    for one, other in zip(view.pieces[0], live.refinement.view.pieces[0], strict=True):
        assert torch.equal(one.image, other.image)
        assert all(torch.equal(a, b) for a, b in zip(one.features, other.features, strict=True))


# --------------------------------------------------------------------------------------------------- given back
@pytest.fixture
def given_back(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When memory was given back, from now on."""
    times: list[float] = []
    monkeypatch.setattr(memory, "_next", 0.0)
    monkeypatch.setattr(memory, "APART", 0.3)
    monkeypatch.setattr(memory, "_give_back", lambda: times.append(time.monotonic()))
    return times


def test_memory_is_given_back_at_once_and_what_comes_later_soon_after(given_back: list[float]) -> None:
    for _ in range(5):
        give_back_memory()
    assert len(given_back) == 1
    deadline = time.monotonic() + 20
    while len(given_back) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    first, second = given_back
    assert second - first > 0.25
    time.sleep(0.7)
    assert len(given_back) == 2
    give_back_memory()
    assert len(given_back) == 3


def test_circles_of_dead_objects_go_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Circle:
        def __init__(self) -> None:
            self.itself = self

    monkeypatch.setattr(memory, "_next", 0.0)
    gone = weakref.ref(Circle())
    assert gone() is not None
    give_back_memory()
    assert gone() is None


@pytest.mark.parametrize("error", [OSError, AttributeError, TypeError])
def test_a_system_without_it_is_left_alone(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    def missing(_: object) -> object:
        raise error("no such thing")

    monkeypatch.setattr(memory, "_next", 0.0)
    monkeypatch.setattr(memory.ctypes, "CDLL", missing)
    give_back_memory()
    assert not memory.keep_memory_low()
