"""The page as it opens: the first example stands there, and no run was needed for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bright_model import red_model, save_two_discs
from visitors import Watched, opened_by

from hidiff.interface import ExampleCache, build, launch_options
from hidiff.interface.examples import read_examples


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Any]]:
    folder = tmp_path_factory.mktemp("examples")
    save_two_discs(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("gradio")))
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        patch.setenv("no_proxy", "127.0.0.1,localhost")
        model, examples = red_model(), read_examples(folder)
        ready = ExampleCache({"polyp": model}, examples, folder / "kept")
        ready.prepare()
        page = build({"polyp": model}, {}, examples, ready)
        _, url, _ = page.launch(server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, **launch_options())
        yield url.rstrip("/"), model.denoiser
        page.close()


@pytest.fixture
def arrived(browser: Any, prepared: tuple[str, Any]) -> Iterator[Watched]:
    yield from opened_by(browser, prepared[0])


def test_the_first_picture_needs_no_click_and_no_step(
    arrived: Watched, prepared: tuple[str, Any], tmp_path: Path
) -> None:
    calls = prepared[1].calls
    arrived.wait_done()
    assert "One disc" in arrived.says(".note")
    assert arrived.page.get_attribute('[data-example="0"]', "aria-pressed") == "true"
    arrived.pick(1)
    arrived.page.wait_for_function("document.querySelector('.note')?.textContent.includes('Another disc')")
    arrived.wait_done()
    assert prepared[1].calls == calls
    assert arrived.take("mask", tmp_path).name == "polyp-Another-disc-seed0.mask.png"
    assert prepared[1].calls == calls + 10  # computed again for the file, once
    arrived.take("prob", tmp_path)
    assert prepared[1].calls == calls + 10


def test_other_settings_are_computed(arrived: Watched, prepared: tuple[str, Any]) -> None:
    arrived.wait_done()
    calls = prepared[1].calls
    arrived.open("more")
    arrived.page.fill("#seed input", "3")
    arrived.pick(1)
    arrived.page.wait_for_function("document.querySelector('.note')?.textContent.includes('seed 3')")
    arrived.wait_done()
    assert prepared[1].calls == calls + 10
