"""What the interface says without Gradio: events, payloads, examples, texts."""

from __future__ import annotations

import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from bright_model import red_disc, red_model, save_disc

import hidiff.interface as interface
from hidiff.errors import HiDiffError, ImageError, SettingsError
from hidiff.interface.examples import MANIFEST, read_examples, strip
from hidiff.interface.player import _markup
from hidiff.interface.player.payload import Payload, PayloadBuilder
from hidiff.interface.runs import downloads, uploads
from hidiff.interface.runs.names import picture_stem
from hidiff.interface.runs.recipe import (
    MAX_CHAINED,
    MAX_SAMPLES,
    Picture,
    Recipe,
    Source,
    checked_recipe,
    checked_settings,
    open_picture,
)
from hidiff.interface.runs.run import RunEvent, chosen_model, run
from hidiff.interface.runs.session import Session
from hidiff.interface.texts import in_english, text
from hidiff.tasks import FUNDUS

PACKAGE = Path(interface.__file__).parent
HERE = Source(Path("disc.png"), "disc.png")


def run_of(picture: np.ndarray, **given: object) -> tuple[list[Payload], list[RunEvent]]:
    model = red_model()
    settings = checked_settings(model, {"seed": 3, **given})
    shown = Picture(HERE, picture)
    builder = PayloadBuilder("a", shown, model.task, settings)
    events = list(run(model, shown, [Recipe("polyp", HERE, settings)]))
    return [builder.add(event) for event in events], events


def test_a_run_is_the_prior_then_every_step_then_the_answer() -> None:
    values, events = run_of(red_disc()[0], steps=4)
    assert [event.kind for event in events] == ["prior", "step", "step", "step", "step", "answer"]
    assert [len(value["frames"]) for value in values] == [1, 3, 4, 5, 6, 7]  # the coin toss comes with the first step
    assert [value["live"] for value in values] == [True] * 5 + [False]
    assert [in_english(frame["label"]) for frame in values[-1]["frames"]] == [
        "Prior",
        "Coin toss",
        *(f"Step {n} of 4" for n in range(1, 5)),
        "Answer",
    ]
    assert all(value["total"] == 7 for value in values)
    assert values[0]["closer"] is None
    json.dumps(values[-1])


def test_the_run_gives_the_bits_that_the_library_gives() -> None:
    picture = red_disc()[0]
    _, events = run_of(picture, steps=5, samples=3)
    alone = red_model().refine(picture, steps=5, samples=3, seed=3).finish()
    assert np.array_equal(events[-1].refinement.probability(), alone.probability())


def test_the_closer_look_is_told_with_its_place() -> None:
    picture, disc = red_disc()
    values, events = run_of(picture)
    top, left, height, width = values[-1]["closer"]["box"]
    rows, columns = np.nonzero(disc)
    assert top <= rows.min()
    assert left <= columns.min()
    assert top + height > rows.max()
    assert left + width > columns.max()
    assert height * width < 240 * 320
    assert [frame["box"] for frame in values[-1]["frames"][1:]] == [[top, left, height, width]] * 12
    assert values[-1]["frames"][0]["box"] == [0, 0, 240, 320]
    assert tuple(events[-1].refinement.window) == (top, left, height, width)


def test_earlier_values_stay_as_they_were() -> None:
    values, _ = run_of(red_disc()[0], steps=2)
    assert values[0]["frames"] == values[-1]["frames"][:1]
    assert len(values[0]["frames"]) == 1


def test_stop_answers_with_what_there_is_and_leave_ends_at_once() -> None:
    model, picture = red_model(), Picture(HERE, red_disc()[0])
    recipe = Recipe("polyp", HERE, checked_settings(model, {}))
    session = Session()
    ticket = session.start_run(recipe)
    events = []
    for event in run(model, picture, [recipe], lambda: session.verdict(ticket)):
        events.append(event)
        session.seen = ticket
        if len(events) == 4:
            assert not session.stop()
    assert [event.kind for event in events] == ["prior", "step", "step", "step", "answer"]
    assert events[-1].stopped
    assert model.denoiser.calls == 3
    builder = PayloadBuilder("a", picture, model.task, recipe.settings)
    for event in events:
        value = builder.add(event)
    assert value["total"] == 6
    assert "Stopped after 3 of 10 steps" in in_english(value["frames"][-1]["sentence"])

    later = session.start_run(None)
    assert session.verdict(later) == "go"
    assert session.verdict(ticket) == "leave"
    assert list(run(model, picture, [recipe], lambda: session.verdict(ticket))) == []


def test_stop_before_anything_is_on_the_page_gives_the_run_up() -> None:
    model, picture = red_model(), Picture(HERE, red_disc()[0])
    recipe = Recipe("polyp", HERE, checked_settings(model, {}))
    session = Session()
    ticket = session.start_run(recipe)
    assert session.busy
    assert session.stop()
    assert session.verdict(ticket) == "leave"
    assert not session.busy and session.begin() is None
    assert list(run(model, picture, [recipe], lambda: session.verdict(ticket))) == []
    assert model.denoiser.calls == 0


@pytest.mark.parametrize(
    ("aggregate", "key"), [("last", "say.answer"), ("mean", "say.answer_mean"), ("blend", "say.answer_blend")]
)
def test_the_answer_says_what_it_is_made_of(aggregate: str, key: str) -> None:
    values, _ = run_of(red_disc()[0], steps=3, aggregate=aggregate)
    sentence = values[-1]["frames"][-1]["sentence"]
    assert in_english(sentence).startswith(text(key, steps=3, change=""))


def test_nothing_found_is_said_and_downloadable() -> None:
    grey = np.full((64, 80, 3), 60, np.uint8)
    values, events = run_of(grey, steps=2)
    assert values[-1]["frames"][0]["sentence"]["say"] == "say.nothing"
    assert values[-1]["frames"][-1]["sentence"]["say"] == "say.nothing"
    assert not (events[-1].refinement.probability() > 0.5).any()


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        ({"steps": 0}, "steps"),
        ({"steps": 11}, "steps"),
        ({"steps": 2.5}, "steps"),
        ({"steps": "many"}, "steps"),
        ({"samples": MAX_SAMPLES + 1}, "samples"),
        ({"seed": -1}, "seed"),
        ({"sampler": "other"}, "sampler"),
        ({"mean": "other"}, "mean"),
        ({"confidence": 1.0}, "confidence"),
        ({"confidence": "high"}, "confidence"),
    ],
)
def test_settings_are_checked_on_the_server(asked: dict[str, object], word: str) -> None:
    with pytest.raises(SettingsError, match=word):
        checked_settings(red_model(), asked)


def test_settings_take_what_json_gives() -> None:
    settings = checked_settings(red_model(), {"steps": 4.0, "samples": 2, "seed": None, "focus": False})
    assert (settings.steps, settings.samples, settings.seed, settings.focus) == (4, 2, 0, False)


def test_a_task_that_is_not_there_is_named() -> None:
    with pytest.raises(HiDiffError, match=r"fundus.*polyp"):
        chosen_model({"polyp": red_model()}, "fundus")


def test_an_image_whose_canvas_would_be_too_large_is_refused(tmp_path: Path) -> None:
    """A small disc in a large black photograph would be enlarged to the training diameter, and all round it too."""
    picture = np.zeros((1600, 1600, 3), np.uint8)
    cv2.circle(picture, (800, 800), 60, (180, 90, 40), -1)
    path = tmp_path / "tiny.png"
    cv2.imwrite(str(path), picture)
    with pytest.raises(ImageError, match=r"tiny\.png.*crop"):
        open_picture(red_model(FUNDUS), Source(path, "tiny.png"))


def test_so_many_samples_of_so_large_a_canvas_are_refused(tmp_path: Path) -> None:
    picture = np.zeros((1000, 1000, 3), np.uint8)
    cv2.circle(picture, (500, 500), FUNDUS.fov_diameter // 2, (180, 90, 40), -1)
    path = tmp_path / "wide.png"
    cv2.imwrite(str(path), picture)
    model, source = red_model(FUNDUS), Source(path, "wide.png")
    height, width = model.task.frame(open_picture(model, source).pixels).canvas
    most = MAX_CHAINED // (height * width)
    assert 1 < most < MAX_SAMPLES
    assert checked_recipe(model, source, {"samples": most, "steps": 1})[0].settings.samples == most
    with pytest.raises(SettingsError, match=rf"wide\.png.*{most} at most"):
        checked_recipe(model, source, {"samples": most + 1, "steps": 1})


def test_downloads_are_exact_and_carry_their_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    p = np.float32([[0, 0.25, 0.5, 0.75, 1]])
    stem = picture_stem("polyp", Source(Path("x"), "../../a b<c>.png"))
    assert stem == "polyp-a-b-c"
    mask, other = (downloads.save_mask(stem, p, uploads.new_folder()) for _ in range(2))
    assert mask.name == f"{stem}.mask.png"
    assert mask.is_relative_to(tmp_path)
    assert mask.parent != other.parent
    assert cv2.imread(str(mask), cv2.IMREAD_UNCHANGED).tolist() == [[0, 0, 0, 255, 255]]


def test_examples_are_read_and_what_is_broken_is_left_out(tmp_path: Path) -> None:
    save_disc(tmp_path / "disc.png")
    (tmp_path / "text.png").write_text("no picture")
    save_disc(tmp_path.parent / "outside.png")
    entries = [
        {
            "file": "disc.png",
            "title": "A <b>disc</b>",
            "task": "polyp",
            "source": "drawn",
            "licence": "CC0",
            "synthetic": True,
        },
        {"file": "text.png", "title": "Text", "task": "polyp"},
        {"file": "gone.png", "title": "Gone", "task": "polyp"},
        {"file": "../outside.png", "title": "Outside", "task": "polyp"},
        {"title": "No file", "task": "polyp"},
        "nonsense",
    ]
    (tmp_path / MANIFEST).write_text(json.dumps(entries))
    examples = read_examples(tmp_path)
    assert [example.title for example in examples] == ["A <b>disc</b>"]
    html = strip(examples, "polyp")
    assert "A &lt;b&gt;disc" in html
    assert "<b>" not in html
    assert text("refine.synthetic") in html
    assert text("refine.no_examples") in strip(examples, "fundus")


def test_no_manifest_means_no_examples(tmp_path: Path) -> None:
    assert read_examples(tmp_path) == ()
    (tmp_path / MANIFEST).write_text("{")
    assert read_examples(tmp_path) == ()


def test_the_players_markup_leaves_nothing_to_evaluate() -> None:
    """Gradio runs a template through Handlebars and then as a JavaScript template string."""
    markup = _markup() + (PACKAGE / "player" / "web" / "player.css").read_text()
    assert not any(sign in markup for sign in ("${", "`", "{{", "\\"))


def test_runs_know_no_gradio_but_where_files_come_and_go() -> None:
    imports = re.compile(r"^\s*(import|from) gradio", re.M)
    importing = [path.name for path in (PACKAGE / "runs").glob("*.py") if imports.search(path.read_text())]
    assert importing == ["uploads.py"]


def test_no_file_of_the_interface_is_long() -> None:
    """Save for the texts: a language is one file."""
    files = [path for path in PACKAGE.rglob("*.py") if path.parent.name != "texts"]
    long = {path.name for path in files if len(path.read_text().splitlines()) > 400}
    assert long == set()
