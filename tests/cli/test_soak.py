"""A page without a browser: its events are the page's own, in the page's own queue."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bright_model import red_model, save_disc

from hidiff.cli.soak import Visit, resident_of
from hidiff.interface import build, launch_options
from hidiff.interface.examples import MANIFEST, read_examples


def test_a_visit_refines_an_example_and_an_image_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "gradio"))
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1,localhost")
    save_disc(tmp_path / "one.png")
    (tmp_path / MANIFEST).write_text(json.dumps([{"file": "one.png", "title": "One", "task": "polyp"}]))
    model = red_model()
    page = build({"polyp": model}, {}, read_examples(tmp_path))
    _, url, _ = page.launch(server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, **launch_options())
    try:
        visit = Visit(url.rstrip("/"))
        visit.do("examples", "click", {"index": 0})
        assert model.denoiser.calls == 10
        visit.do("refine", "click")
        assert model.denoiser.calls == 20
        visit.set("upload", visit.upload(tmp_path / "one.png"))
        visit.do("upload", "upload")
        assert model.denoiser.calls == 30
        visit.ask("refine", visit.upload(tmp_path / "one.png"), "polyp")
        assert model.denoiser.calls == 40
    finally:
        page.close()


def test_memory_is_read_where_the_system_says_it() -> None:
    assert resident_of(0) == 0
