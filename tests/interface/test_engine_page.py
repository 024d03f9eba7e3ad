"""The engine in the app: which one runs, both timed side by side, and one layer's bits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest
from bright_model import red_model, save_disc
from visitors import Watched, opened_by

from hidiff.errors import SettingsError
from hidiff.interface import build, launch_options
from hidiff.interface.examples import MANIFEST, read_examples
from hidiff.interface.player.encoding import mask_of
from hidiff.interface.player.neuron import coded_neuron
from hidiff.interface.refine_tab.engine_panel import inside_of, same_bits, step_time
from hidiff.interface.runs.compare import comparison_of
from hidiff.interface.runs.opened_neuron import flip_of_most_doubt, open_neuron
from hidiff.interface.runs.recipe import Source, checked_recipe, open_picture
from hidiff.interface.runs.run import run
from hidiff.interface.texts import text
from hidiff.models.packed.denoiser import PackedDenoiser
from hidiff.pipeline import HiDiff
from hidiff.refinement.chain import Refinement
from hidiff.tasks import FUNDUS

STEPS = 3


@pytest.fixture(scope="module")
def model() -> HiDiff:
    """The shipped polyp weights with a short chain."""
    shipped = HiDiff.from_pretrained("polyp")
    settings = replace(shipped.config.settings, steps=STEPS)
    return HiDiff(replace(shipped.config, settings=settings), shipped.segmentor, shipped.denoiser, shipped.source)


@pytest.fixture(scope="module")
def refinement(model: HiDiff, tmp_path_factory: pytest.TempPathFactory) -> Refinement:
    file = tmp_path_factory.mktemp("picture") / "disc.png"
    save_disc(file)
    return model.refine(open_picture(model, Source(file, "disc.png")).pixels).finish()


@pytest.fixture(scope="module")
def url(model: HiDiff, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("examples")
    save_disc(folder / "one.png")
    (folder / MANIFEST).write_text(
        '[{"file": "one.png", "title": "One disc", "task": "polyp", "synthetic": true},'
        ' {"file": "one.png", "title": "The same disc", "task": "fundus", "synthetic": true}]'
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("gradio")))
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        patch.setenv("no_proxy", "127.0.0.1,localhost")
        page: gr.Blocks = build({"polyp": model, "fundus": red_model(FUNDUS)}, {}, read_examples(folder))
        _, address, _ = page.launch(server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, **launch_options())
        yield address.rstrip("/")
        page.close()


@pytest.fixture
def opened(browser: object, url: str) -> Iterator[Watched]:
    yield from opened_by(browser, url)


def said(watched: Watched) -> str:
    return str(watched.page.inner_text("#engine-said"))


def test_both_engines_are_timed_and_their_bits_compared(opened: Watched) -> None:
    opened.pick()
    opened.wait_done()
    opened.open("engine")
    opened.page.wait_for_function("document.querySelector('#engine-said')?.innerText.includes('ms a step')")
    assert len(re.findall("ms a step", said(opened))) == 1
    opened.page.click("#both-engines")
    opened.page.wait_for_function("document.querySelector('#engine-said')?.innerText.includes('times as fast')")
    assert len(re.findall("ms a step", said(opened))) == 2
    assert re.search(r"All [\d,]{6,} bits of all steps are the same\.", said(opened))
    assert opened.page.locator(".player .title:visible").count() == 2


def test_the_float_simulation_can_be_chosen_and_is_what_runs(opened: Watched) -> None:
    opened.pick()
    opened.wait_done()
    opened.open("engine")
    opened.page.click('#engine label:has-text("float simulation")')
    opened.page.wait_for_function("document.querySelector('#engine-said')?.innerText.includes('float simulation')")
    opened.wait_done()


def test_a_layer_is_opened_and_other_numbers_open_another(opened: Watched) -> None:
    opened.open("engine")
    opened.page.click("#look-inside")
    assert text("engine.nothing_inside") in opened.toast()
    opened.pick()
    opened.wait_done()
    opened.page.click("#look-inside")
    opened.page.wait_for_selector("#inside svg")
    first = opened.page.inner_text("#inside")
    assert "Step 1 (t = 10)" in first
    opened.page.fill("#inside-step input[type=number]", str(STEPS))
    opened.page.press("#inside-step input[type=number]", "Tab")
    opened.page.click("#look-inside")
    opened.page.wait_for_function("document.querySelector('#inside')?.innerText.includes('Step 3 (t = 1)')")
    opened.page.fill("#inside-step input[type=number]", "9")
    opened.page.press("#inside-step input[type=number]", "Tab")
    opened.page.click("#look-inside")
    opened.page.wait_for_selector(f'.toast-body:has-text("{text("engine.not_inside", step=9, channel=1)}")')
    assert "Step 3" in opened.page.inner_text("#inside")


def test_weights_without_bits_have_no_such_panel(opened: Watched) -> None:
    assert opened.page.locator("#engine-panel").is_visible()
    opened.page.click(f'#task label:has-text("{FUNDUS.title}")')
    opened.page.wait_for_selector("#engine-panel", state="hidden")


def test_an_engine_that_is_not_there_is_refused(model: HiDiff, tmp_path: Path) -> None:
    save_disc(tmp_path / "disc.png")
    for backend in ("gpu", None, 3):
        with pytest.raises(SettingsError):
            checked_recipe(model, Source(tmp_path / "disc.png", "disc.png"), {}, backend=backend)
    with pytest.raises(SettingsError):
        model.runner(backend="gpu")  # type: ignore[arg-type]


def test_lanes_of_two_engines_have_the_same_bits_and_other_lanes_are_not_compared(
    model: HiDiff, tmp_path: Path
) -> None:
    save_disc(tmp_path / "disc.png")
    recipe, _ = checked_recipe(model, Source(tmp_path / "disc.png", "disc.png"), {})
    comparison = comparison_of(model, recipe, "backend")
    picture = open_picture(model, recipe.source)
    lanes = {}
    for lane, one in enumerate((recipe, comparison.recipe)):
        last = list(run(model, picture, [one]))[-1]
        assert last.refinement is not None
        lanes[lane] = last.refinement
    assert [lanes[0].runner.backend, lanes[1].runner.backend] == ["packed", "simulation"]
    pixels = lanes[0].steps[0].y_t.size
    assert same_bits(recipe, comparison, lanes) == text("engine.same", bits=f"{(STEPS + 1) * pixels:,}", differ="0")
    steps = list(lanes[1].steps)
    steps[1].y_t[0, 0, :2, :2] ^= True
    other = SimpleNamespace(steps=steps)
    differ = text("engine.differ", bits=f"{(STEPS + 1) * pixels:,}", differ="4")
    assert same_bits(recipe, comparison, {0: lanes[0], 1: other}) == differ
    assert same_bits(recipe, comparison_of(model, recipe, "seed"), lanes) == ""
    assert same_bits(recipe, comparison, {0: lanes[0]}) == ""


def test_a_steps_time_is_that_of_one_chain_without_the_first(model: HiDiff, refinement: Refinement) -> None:
    seconds, refinement.seconds = refinement.seconds, [9.0, 0.2, 0.4]
    assert step_time(refinement) == pytest.approx(0.3)
    refinement.seconds = [9.0]
    assert step_time(refinement) == 9.0
    refinement.seconds = seconds


def test_the_flip_of_most_doubt_is_a_flip(refinement: Refinement) -> None:
    for step in refinement.steps:
        row, column = flip_of_most_doubt(step, 0)
        after = step.y0_hat > 0.5 if step.y_prev is None else step.y_prev
        flips = step.y_t[0, 0] != after[0, 0]
        assert flips[row, column] or not flips.any()
        assert step.eps_hat[0, 0, row, column] == step.eps_hat[0, 0][flips if flips.any() else ...].max()


def test_what_is_not_there_cannot_be_opened(model: HiDiff, refinement: Refinement) -> None:
    assert isinstance(model.denoiser, PackedDenoiser)
    assert "<script" not in inside_of(model, refinement, refinement.view, 0, 0)
    for index, channel in ((STEPS, 0), (-1, 0), (0, 48), (0, -1)):
        with pytest.raises(IndexError):
            inside_of(model, refinement, refinement.view, index, channel)
    with pytest.raises(IndexError):
        inside_of(red_model(), refinement, refinement.view, 0, 0)


def test_the_neuron_that_travels_is_the_one_that_the_panel_opens(model: HiDiff, refinement: Refinement) -> None:
    coded = coded_neuron(model, refinement)
    assert coded is not None and coded_neuron(red_model(), refinement) is None
    opened = open_neuron(model, refinement, refinement.view, 0, 0)
    shape = (coded["channels"], 9)
    plus, seen, weights = (mask_of(coded[name], shape) for name in ("plus", "seen", "weights"))
    agree = int((seen & (plus == weights)).sum())
    assert 2 * agree - int(seen.sum()) == opened.neuron.total
    assert (coded["t"], coded["place"]) == (opened.t, list(opened.pixel))
