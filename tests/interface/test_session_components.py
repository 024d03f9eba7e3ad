"""A visitor's components are each kept once, and any number of presses leaves nothing behind."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import pytest
from bright_model import red_model, save_disc
from gradio.blocks import Block

from hidiff.cli.soak import Visit
from hidiff.interface import build, launch_options
from hidiff.interface.examples import MANIFEST, read_examples
from hidiff.tasks import FUNDUS, POLYP

TASKS = ("fundus", "polyp")


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, gr.Blocks]]:
    save_disc(tmp_path / "one.png")
    save_disc(tmp_path / "two.png", height=100, width=100, centre=(50, 50), radius=40)
    (tmp_path / MANIFEST).write_text(
        '[{"file": "two.png", "title": "Two", "task": "fundus"}, {"file": "one.png", "title": "One", "task": "polyp"}]'
    )
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "gradio"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    blocks = build({"polyp": red_model(POLYP), "fundus": red_model(FUNDUS)}, {}, read_examples(tmp_path))
    _, url, _ = blocks.launch(server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, **launch_options())
    yield url.rstrip("/"), blocks
    blocks.close()


def pressed(visit: Visit) -> None:
    """Both tasks: another task, an example, a refinement, a setting."""
    for index, task in enumerate(TASKS):
        visit.set("task", task)
        visit.do("task", "input")
        visit.do("examples", "click", {"index": index})
        visit.set("steps", 2)
        visit.do("steps", "input")
        visit.do("refine", "click")


def alive() -> tuple[int, int]:
    """Components of Gradio's, and all objects that Python's collector knows of."""
    gc.collect()
    objects = gc.get_objects()
    return sum(isinstance(one, Block) for one in objects), len(objects)


def test_any_number_of_presses_leaves_nothing_behind(page: tuple[str, gr.Blocks]) -> None:
    url, blocks = page
    visit = Visit(url)
    for _ in range(2):
        pressed(visit)
    components, objects = alive()
    for _ in range(3):
        pressed(visit)
    after, objects_after = alive()
    assert after == components
    assert objects_after - objects < 3 * 500  # it was three thousand a round
    held = [blocks.state_holder[name] for name in blocks.state_holder.session_data]  # type: ignore[attr-defined]
    assert held
    for state in held:
        assert set(state.blocks_config.blocks) == set(blocks.blocks)
        assert all(one._id == place for place, one in state.blocks_config.blocks.items())
