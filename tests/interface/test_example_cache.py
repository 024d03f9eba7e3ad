"""The cache of the examples' payloads, and what the weights' card says: never older than the weights."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
import torch
from bright_model import red_model
from safetensors.torch import load_file, save_file
from segment_runs import disc, picture, saved

from hidiff.interface import example_cache as room
from hidiff.interface.example_cache import ExampleCache
from hidiff.interface.examples import MANIFEST, Example, read_examples
from hidiff.interface.model_card import hint, known_failures, reliability_table
from hidiff.interface.page import offered
from hidiff.interface.refine_tab.controls import lay_out
from hidiff.interface.refine_tab.events import _Events
from hidiff.interface.refine_tab.updates import PageUpdates
from hidiff.interface.runs.cache import RunCache
from hidiff.interface.runs.recipe import Start
from hidiff.interface.runs.session import Session
from hidiff.pipeline import HiDiff
from hidiff.priors.corruption import SOLID
from hidiff.tasks import FUNDUS

pytest_plugins = ["segment_runs"]


@pytest.fixture
def examples(tmp_path: Path) -> tuple[Example, ...]:
    folder = tmp_path / "examples"
    folder.mkdir()
    saved(folder / "one.png", picture(60, 80))
    saved(folder / "one.mask.png", disc(60, 80, 30, 40, 12))
    entry = {"file": "one.png", "title": "One", "task": "polyp", "mask": "one.mask.png"}
    (folder / MANIFEST).write_text(json.dumps([entry]))
    return read_examples(folder)


@pytest.fixture
def own_weights(weights: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(weights, tmp_path / "own"))


def counted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, int]]:
    """What is computed from now on: the example's title, the prior source, the seed of its error."""
    done: list[tuple[str, str, int]] = []
    real = room._computed

    def computed(model: HiDiff, example: Example, source: str, seed: int) -> Any:
        done.append((example.title, source, seed))
        return real(model, example, source, seed)

    monkeypatch.setattr(room, "_computed", computed)
    return done


def test_an_example_is_computed_once_and_kept(
    model: HiDiff, examples: tuple[Example, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = counted(monkeypatch)
    ready = ExampleCache({"polyp": model}, examples, tmp_path / "kept")
    assert ready.find(0, "a") is None
    ready.prepare()
    payload = ready.find(0, "a")
    assert payload is not None and payload["run"] == "a" and not payload["live"]
    assert len(payload["frames"]) == 1 + 1 + 3 + 1
    assert ready.recipe(0).settings == model.config.settings
    again = ExampleCache({"polyp": model}, examples, tmp_path / "kept")
    again.prepare()
    assert again.find(0, "a") == payload
    assert done == [("One", "segmentor", 0), ("One", "noise", 0)]
    noise = again.find(0, "b", "noise")
    assert noise is not None and noise["run"] == "b" and noise["frames"] != payload["frames"]
    assert again.recipe(0, "noise").prior_source == "noise"
    assert again.find(0, "a", "noise", 1) is None and again.find(0, "a", "shift") is None


def test_what_other_code_computed_is_computed_again(
    model: HiDiff, examples: tuple[Example, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = counted(monkeypatch)
    ExampleCache({"polyp": model}, examples, tmp_path / "kept").prepare()
    changed = shutil.copytree(room._PACKAGE, tmp_path / "hidiff", ignore=shutil.ignore_patterns("__pycache__"))
    with (changed / "refinement" / "chain.py").open("a") as file:
        file.write("# another chain\n")
    monkeypatch.setattr(room, "_PACKAGE", changed)
    room._code_digest.cache_clear()
    ExampleCache({"polyp": model}, examples, tmp_path / "kept").prepare()
    room._code_digest.cache_clear()
    assert done == 2 * [("One", "segmentor", 0), ("One", "noise", 0)]


def test_own_starts_come_first_and_one_that_the_task_does_not_know_is_left_out(
    model: HiDiff,
    examples: tuple[Example, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken = replace(examples[0], title="Broken", start=Start("false_blob", 5))
    strange = replace(examples[0], title="Strange", start=Start("cut_segments", 1))
    done = counted(monkeypatch)
    ready = ExampleCache({"polyp": model}, (examples[0], broken, strange), tmp_path / "kept")
    ready.prepare()
    others = [("One", "noise", 0), ("Broken", "segmentor", 0), ("Strange", "segmentor", 0)]
    last = [("Broken", "noise", 0), ("Strange", "noise", 0)]
    own = [("One", "segmentor", 0), ("Broken", "false_blob", 5), ("Strange", "cut_segments", 1)]
    assert done == [*own, *others, *last]
    assert ready.find(1, "a", "false_blob", 5) is not None and ready.find(2, "a", "segmentor") is not None
    assert ready.find(2, "a", "cut_segments", 1) is None
    assert "Strange cannot be prepared from cut_segments: prior source is 'cut_segments'" in caplog.text
    caplog.clear()
    assert offered({"polyp": model}, (examples[0], broken, strange)) == (examples[0], broken)
    assert "Strange was left out" in caplog.text


def test_other_weights_another_picture_or_a_broken_file_mean_another_computation(
    own_weights: Path, examples: tuple[Example, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = counted(monkeypatch)

    def prepare() -> None:
        ExampleCache({"polyp": HiDiff.from_pretrained(own_weights)}, examples, tmp_path / "kept").prepare()

    prepare()
    file = own_weights / "denoiser.safetensors"
    state = load_file(file)
    name = next(key for key in state if state[key].dtype == torch.float32)
    save_file(state | {name: state[name] * 1.01}, file)
    prepare()
    assert len(done) == 2 * 2  # from the proposal and from noise
    saved(examples[0].path, picture(60, 80, seed=1))
    prepare()
    assert len(done) == 3 * 2
    prepare()
    assert len(done) == 3 * 2
    for kept in (tmp_path / "kept").iterdir():
        kept.write_bytes(gzip.compress(b"[]")[:-3])
    prepare()
    assert len(done) == 4 * 2


DAMAGED = (b"no gzip", gzip.compress(b"[" * 100_000), gzip.compress(b'{"frames": [1]}')[:-9])


def told(payload: Any) -> list[tuple[str, str]]:
    """What the frames say; how long each took is in them too, and differs."""
    return [(frame["label"], frame["sentence"]) for frame in payload["frames"]]


def kept_words(folder: Path) -> dict[Path, list[tuple[str, str]]]:
    return {file: told(json.loads(gzip.decompress(file.read_bytes()))) for file in folder.iterdir()}


def test_a_damaged_file_is_worked_out_again_and_replaced(
    model: HiDiff, examples: tuple[Example, ...], tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    ExampleCache({"polyp": model}, examples, kept).prepare()
    whole = kept_words(kept)
    for content in DAMAGED:
        for file in whole:
            file.write_bytes(content)
        again = ExampleCache({"polyp": model}, examples, kept)
        again.prepare()
        found = again.find(0, "a")
        assert found is not None and told(found) in whole.values()
        assert kept_words(kept) == whole, content


def test_two_apps_on_one_cold_cache_both_have_every_example(
    model: HiDiff, examples: tuple[Example, ...], tmp_path: Path
) -> None:
    apps = [ExampleCache({"polyp": model}, examples, tmp_path / "kept") for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(ExampleCache.prepare, apps))
    first, second = (app.find(0, "a") for app in apps)
    assert first is not None and second is not None and told(first) == told(second)
    assert told(first) in kept_words(tmp_path / "kept").values() and len([*(tmp_path / "kept").iterdir()]) == 2


def test_a_clock_that_was_set_back_costs_nothing(
    model: HiDiff, examples: tuple[Example, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, now = tmp_path / "kept", time.time()
    ExampleCache({"polyp": model}, examples, kept).prepare()
    done, files = counted(monkeypatch), {*kept.iterdir()}
    monkeypatch.setattr(room.time, "time", lambda: now - 20 * 365 * 24 * 3600)
    again = ExampleCache({"polyp": model}, examples, kept)
    again.prepare()
    assert done == [] and {*kept.iterdir()} == files and again.find(0, "a") is not None


def test_what_a_kill_in_the_middle_of_a_write_left_goes_a_day_later(
    model: HiDiff, examples: tuple[Example, ...], tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    ExampleCache({"polyp": model}, examples, kept).prepare()
    whole = {*kept.iterdir()}
    draft = kept / f".{next(iter(whole)).name[:40]}.{'0' * 32}.partial"
    draft.write_bytes(b"half")
    ExampleCache({"polyp": model}, examples, kept).prepare()
    assert draft.exists()  # another app may be writing it
    os.utime(draft, (0, 0))
    ExampleCache({"polyp": model}, examples, kept).prepare()
    assert {*kept.iterdir()} == whole


def test_what_nobody_has_read_for_a_month_goes_and_nothing_else(
    model: HiDiff, examples: tuple[Example, ...], tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    ExampleCache({"polyp": model}, examples, kept).prepare()
    own = {*kept.iterdir()}
    old, young, other = (kept / f"{letter * room.DIGEST}.json.gz" for letter in "abx")
    notes = kept / "notes.json.gz"
    for file in (old, young, other, notes):
        file.write_bytes(b"")
    for file in (*own, old, other, notes):
        os.utime(file, (0, 0))
    ExampleCache({"polyp": model}, examples, kept).prepare()
    assert {*kept.iterdir()} == {*own, young, other, notes}
    assert all(file.stat().st_mtime > 0 for file in own)


def test_a_folder_that_cannot_be_written_is_no_error(
    model: HiDiff, examples: tuple[Example, ...], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    ready = ExampleCache({"polyp": model}, examples, tmp_path / "file")
    ready.prepare()
    assert ready.find(0, "a") is not None


def test_another_task_whose_example_stands_at_once_keeps_what_belongs_to_it(
    model: HiDiff, examples: tuple[Example, ...], tmp_path: Path
) -> None:
    """Its example clears the choice of a prior; the errors and the settings of the task must not be lost by that."""
    others = (replace(examples[0], task="fundus"), *examples)
    models = {"fundus": red_model(FUNDUS), "polyp": model}
    cache = ExampleCache(models, others, tmp_path / "kept")
    cache.prepare()
    with gr.Blocks():
        parts = lay_out(models, others, opened=True)
        events = _Events(parts, models, others, cache, PageUpdates(parts, models, RunCache()))
        usual = [getattr(model.config.settings, name) for name in parts.settings]
        updates = events.change_task("polyp", Session(), None, "segmentor", None, None, 0, "packed", *usual)
    assert updates[parts.player]["frames"]
    error = updates[parts.prior.error]
    assert [name for _, name in error["choices"]] == list(SOLID) and error["value"] in SOLID and not error["visible"]
    assert updates[parts.prior.confidence]["value"] == model.config.settings.confidence
    assert not updates[parts.prior.confidence]["visible"]
    assert updates[parts.settings["steps"]]["value"] == 3


@pytest.mark.parametrize(
    ("start", "why"),
    [
        (["false_blob"], "list"),
        ("false_blob", "str"),
        ({"source": "false_blob", "seed": -1}, "prior seed is -1"),
        ({"source": "false_blob", "seed": "3"}, "prior seed is '3'"),
        ({"source": "false_blob", "seed": "three"}, "prior seed is 'three'"),
        ({"source": "false_blob", "seed": 2.5}, "prior seed is 2.5"),
        ({"source": "false_blob", "seed": True}, "prior seed is True"),
        ({"source": "false_blob", "seed": None}, "prior seed is None"),
    ],
)
def test_a_start_that_is_none_leaves_its_example_out(
    examples: tuple[Example, ...], start: object, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    folder = examples[0].path.parent
    entry = {"file": "one.png", "title": "One", "task": "polyp"}
    whole = {"source": "false_blob", "seed": 5, "teaches": "A blob goes."}
    entries = [entry | {"start": start}, entry | {"title": "Two", "start": whole}, entry | {"title": "Three"}]
    (folder / MANIFEST).write_text(json.dumps(entries))
    read = read_examples(folder)
    assert [example.title for example in read] == ["Two", "Three"]
    assert [example.start for example in read] == [Start("false_blob", 5, "A blob goes."), Start()]
    assert read[0].as_source.start == read[0].start
    assert "An example was left out" in caplog.text and why in caplog.text


def rows(*values: tuple[float, float, float, float]) -> list[dict[str, float]]:
    return [dict(zip(("low", "high", "share", "true"), row, strict=True)) for row in values]


TABLE = rows((0, 0.1, 0.8, 0.01), (0.4, 0.5, 0.02, 0.4), (0.5, 0.6, 0.02, 0.6), (0.9, 1, 0.1, 0.95))


@pytest.mark.parametrize(
    "told",
    [TABLE, {"table": TABLE}, {"chains": {"table": TABLE}}, {"refined": {"table": TABLE}, "prior": {"table": []}}],
)
def test_the_hint_says_what_the_card_measured(own_weights: Path, told: object) -> None:
    (own_weights / "card.json").write_text(json.dumps({"calibration": told}))
    said = hint(HiDiff.from_pretrained(own_weights))
    assert "95 %" in said and "50 %" in said


@pytest.mark.parametrize(
    "card", ["{}", "[]", "{", '{"calibration": {}}', '{"calibration": {"chains": {"table": [{"low": "x"}]}}}']
)
def test_a_card_without_figures_says_nothing(own_weights: Path, card: str) -> None:
    (own_weights / "card.json").write_text(card)
    model = HiDiff.from_pretrained(own_weights)
    assert hint(model) == "" and reliability_table(model) == []


def test_the_card_names_what_the_weights_do_badly(own_weights: Path) -> None:
    (own_weights / "card.json").write_text(json.dumps({"known_failures": ["They see no flat ones.", 7]}))
    assert known_failures(HiDiff.from_pretrained(own_weights)) == ["They see no flat ones."]
    (own_weights / "card.json").write_text(json.dumps({"known_failures": "none"}))
    assert known_failures(HiDiff.from_pretrained(own_weights)) == []


def test_no_card_says_nothing(own_weights: Path) -> None:
    assert hint(HiDiff.from_pretrained(own_weights)) == ""
    assert known_failures(HiDiff.from_pretrained(own_weights)) == []
