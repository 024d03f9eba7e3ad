"""Visitors who come at once: all are answered, in right bytes, and one more is not kept waiting."""

from __future__ import annotations

from pathlib import Path

import pytest
from bright_model import red_model, save_disc

from hidiff.cli.visitors import Crowd, expected_masks, met
from hidiff.interface import build, launch_options
from hidiff.interface.example_cache import ExampleCache
from hidiff.interface.examples import MANIFEST, read_examples


def test_six_visitors_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "gradio"))
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1,localhost")
    save_disc(tmp_path / "one.png")
    (tmp_path / MANIFEST).write_text('[{"file": "one.png", "title": "One", "task": "polyp", "synthetic": true}]')
    models, examples = {"polyp": red_model()}, read_examples(tmp_path)
    cache = ExampleCache(models, examples, tmp_path / "cache")
    cache.prepare()
    files = {"polyp": tmp_path / "one.png"}
    expected = expected_masks(models, files)
    page = build(models, {}, examples, cache)
    _, url, _ = page.launch(server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, **launch_options())
    looks = iter(range(10**6))
    try:
        seen = met(url.rstrip("/"), lambda: next(looks), files, expected, 6, settle=0)
    finally:
        page.close()
    assert seen.failed == [] and len(seen.seconds) == 6 and seen.wrong == 0
    assert seen.counts["visitors_answered"] == 6 and 0 < seen.times["visitors_p50"] <= seen.times["visitors_last"]
    assert seen.example and seen.prior and seen.peak <= seen.end


def test_wrong_bytes_and_failures_are_told() -> None:
    seen = Crowd(3, seconds=[1.0, 3.0], wrong=1, failed=["QueueError: full"])
    assert seen.counts == {"visitors": 3, "visitors_answered": 2, "visitors_wrong": 1, "one_more_answered": 0}
    assert seen.times == {
        "visitors_p50": 2.0,
        "visitors_last": 3.0,
        "ready_example_longest": 0.0,
        "prior_longest": 0.0,
    }
