"""What can be added by one entry: a sampler, an export, a language, a lesson, a task, another player."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from bright_model import red_model, save_disc
from gradio_client import Client, handle_file
from segment_runs import Segment, saved

from hidiff.__main__ import main
from hidiff.diffusion.samplers import SAMPLERS, Rule
from hidiff.interface import build, launch_options, lessons, texts
from hidiff.interface.examples import MANIFEST, read_examples
from hidiff.interface.page import offered
from hidiff.interface.player import player
from hidiff.interface.player.lanes import LanesBuilder
from hidiff.interface.player.lesson_words import lesson_words
from hidiff.interface.refine_tab.controls import WITH_BRUSH
from hidiff.interface.runs.cache import FinishedRun
from hidiff.interface.runs.compare import comparison_of
from hidiff.interface.runs.downloads import save
from hidiff.interface.runs.recipe import MAX_SAMPLES, Recipe, Source, capped, checked_recipe, open_picture
from hidiff.interface.runs.run import run
from hidiff.interface.widgets import setting_widget
from hidiff.pipeline import HiDiff
from hidiff.refinement.settings import SETTINGS, Setting
from hidiff.tasks import POLYP, Task
from hidiff.visuals import exports

pytest_plugins = ["segment_runs"]


@pytest.fixture(autouse=True)
def gradio_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "gradio"))
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1,localhost")


def components(page: gr.Blocks) -> dict[str, Any]:
    """elem_id -> the props of every component that has one."""
    listed = page.get_config_file()["components"]
    return {one["props"]["elem_id"]: one["props"] for one in listed if one["props"].get("elem_id")}


def endpoints(page: gr.Blocks) -> dict[str, dict[str, Any]]:
    """endpoint -> its parameters by name."""
    found = page.get_api_info()["named_endpoints"]
    return {name: {one["parameter_name"]: one for one in told["parameters"]} for name, told in found.items()}


def public(page: gr.Blocks) -> dict[str, Any]:
    """endpoint -> its function."""
    return {str(one.api_name): one.fn for one in page.fns.values() if one.api_visibility == "public"}


# ------------------------------------------------------------------------------------------------------- a sampler
@pytest.fixture
def sampler(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(SAMPLERS, "light", Rule("as fast as light", SAMPLERS["ddim"].mean, needs_prior=False))
    return "light"


def test_a_sampler_is_on_the_page_in_the_api_and_in_a_lane(sampler: str, tmp_path: Path) -> None:
    model = red_model()
    page = build({"polyp": model}, {}, ())
    assert ("as fast as light", sampler) in components(page)["sampler"]["choices"]
    for name in ("/refine", "/refine_prior"):
        assert sampler in endpoints(page)[name]["sampler"]["type"]["enum"]
    assert f" or {sampler}" in public(page)["refine"].__doc__
    save_disc(tmp_path / "disc.png")
    recipe, _ = checked_recipe(model, Source(tmp_path / "disc.png", "disc.png"), {"steps": 3})
    comparison = comparison_of(model, recipe, "sampler")
    assert comparison.recipe.settings.sampler == sampler
    assert comparison.titles[1] == "as fast as light"
    events = list(run(model, open_picture(model, recipe.source), [comparison.recipe]))
    assert [event.kind for event in events] == ["prior", "step", "step", "step", "answer"]


def test_a_sampler_can_be_asked_for_by_a_program(sampler: str, tmp_path: Path) -> None:
    save_disc(tmp_path / "disc.png")
    with served(build({"polyp": red_model()}, {}, ()), tmp_path) as client:
        given = {"steps": 2, "sampler": sampler, "api_name": "/refine"}
        _, report = client.predict(handle_file(str(tmp_path / "disc.png")), "polyp", **given)
    assert report["settings"]["sampler"] == sampler


class served:  # noqa: N801 (used as `with served(page, ...) as client`)
    """A page on a port of its own, and a program that calls it."""

    def __init__(self, page: gr.Blocks, folder: Path) -> None:
        self._page = page
        self._folder = folder

    def __enter__(self) -> Client:
        _, url, _ = self._page.launch(server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, **launch_options())
        kept = {"download_files": self._folder / "down", "httpx_kwargs": {"timeout": 120}}
        self._client = Client(url, verbose=False, **kept)
        return self._client

    def __exit__(self, *_: object) -> None:
        self._client.close()
        self._page.close()


# ------------------------------------------------------------------------------------------------------- a setting
@pytest.mark.parametrize(
    "row",
    [
        Setting("loops", "whole", "how often", 2, 7),
        Setting("trust", "share", "how far", 0.1, 0.9),
        Setting("metal", "choice", "which", choices={"iron": "dull", "gold": "bright"}),
        Setting("loud", "switch", "whether"),
    ],
    ids=lambda row: row.kind,
)
def test_a_setting_has_a_widget_of_its_kind_with_its_help_and_a_parameter(row: Setting) -> None:
    @dataclass
    class WithIt:
        loops: int = 3
        trust: float = 0.5
        metal: str = "gold"
        loud: bool = True

    model: Any = red_model()
    known = {name: getattr(model.config.settings, name) for name in SETTINGS}
    model.config = replace(model.config, settings=type("Settings", (WithIt,), known)())
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SETTINGS, row.name, row)
        widget, parameter = setting_widget(row, model), setting_widget(row, model, api=True)
        page = build({"polyp": model}, {}, ())
    assert components(page)[row.name]["info"] == row.help
    for name in ("refine", "refine_prior"):
        assert row.name in endpoints(page)[f"/{name}"]
        assert f"{row.name}: {row.help} ({row.range or 'true or false'})." in public(page)[name].__doc__
    assert (widget.label, widget.info, widget.elem_id) == (row.name.capitalize(), row.help, row.name)
    assert parameter.label == row.name
    expected = {"whole": gr.Slider, "share": gr.Slider, "choice": gr.Radio, "switch": gr.Checkbox}[row.kind]
    assert isinstance(widget, expected)
    assert widget.value == getattr(WithIt, row.name)
    if row.kind == "whole":
        assert (widget.minimum, widget.maximum) == (2, 7)


def test_every_setting_has_a_widget_and_a_parameter() -> None:
    page = build({"polyp": red_model()}, {}, ())
    assert set(SETTINGS) - set(WITH_BRUSH) <= set(components(page))
    assert set(SETTINGS) <= set(endpoints(page)["/refine_prior"])
    assert set(SETTINGS) - {"confidence"} <= set(endpoints(page)["/refine"])


def test_the_ranges_that_are_described_are_the_components_own() -> None:
    model = red_model()
    page = build({"polyp": model}, {}, ())
    bounded = set()
    for one in page.fns.values():
        if one.api_visibility != "public":
            continue
        lines = {line.strip().split(":")[0]: line for line in str(one.fn.__doc__).splitlines() if ":" in line}
        for name, component in zip(one.fn.__signature__.parameters, one.inputs, strict=True):  # type: ignore[union-attr]
            low, high = getattr(component, "minimum", None), getattr(component, "maximum", None)
            if low is None:
                continue
            bounded.add(name)
            said = f"({low:g} to {high:g})" if name != "confidence" else f"(between {low:g} and {high:g})"
            assert said in lines[name], lines[name]
            row = capped(SETTINGS[name], model)
            assert (low, high) == (row.low, row.high)
    assert bounded == {name for name, row in SETTINGS.items() if row.kind in ("whole", "share")} - {"seed"}
    on_page = components(page)
    assert (on_page["samples"]["maximum"], on_page["steps"]["maximum"]) == (MAX_SAMPLES, model.config.denoiser.T)


# -------------------------------------------------------------------------------------------------------- an export
@pytest.fixture
def export(monkeypatch: pytest.MonkeyPatch) -> str:
    def write(result: exports.Result, path: Path, _: int) -> None:
        path.write_text(str(int((result.p > 0.5).sum())))

    row = exports.Export("area", ".area.txt", write, "how much is on", "--area", needs_step=True)
    monkeypatch.setitem(exports.EXPORTS, "area", row)
    return "area"


def test_an_export_is_a_flag_an_output_and_a_button(
    export: str, segment: Segment, model: HiDiff, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = saved(tmp_path / "a.png")
    (record,) = segment("--area", "--overlay", image).records
    assert set(record["outputs"]) == {"mask", "prior", "prob", "overlay", "area"}
    assert int(Path(record["outputs"]["area"]).read_text()) == record["refined_area"]
    assert "area" not in segment("--out", tmp_path / "other", image).records[0]["outputs"]
    assert main(["segment", "--help"]) == 0
    assert "--area" in (told := capsys.readouterr().out) and "NAME.area.txt, how much is on" in told
    assert components(build({"polyp": model}, {}, ()))["area"]["value"] == "Area"
    recipe, _ = checked_recipe(model, Source(image, "a.png"), {})
    finished = finished_run(model, recipe)
    path = save(export, model, recipe, finished, tmp_path)
    assert path.name == "polyp-a-seed0.area.txt"
    assert path.read_text() == Path(record["outputs"]["area"]).read_text()


def finished_run(model: HiDiff, recipe: Recipe) -> FinishedRun:
    picture = open_picture(model, recipe.source)
    last = list(run(model, picture, [recipe]))[-1]
    assert last.refinement is not None
    return FinishedRun(picture, last.prior, last.refinement)


# ------------------------------------------------------------------------------------- a language, a lesson, a task
def test_a_language_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = texts.languages()
    assert shipped["en"] == "English"
    lines = ('CODE = "nl"', 'TITLE = "Nederlands"', 'TEXTS = {"refine.refine": "Verfijnen"}')
    (tmp_path / "socket_dutch.py").write_text("\n".join(lines))
    monkeypatch.setattr(texts, "__path__", [*texts.__path__, str(tmp_path)])
    monkeypatch.setattr(texts, "modules", texts.modules.__wrapped__)  # found once in a process
    assert texts.languages() == {**shipped, "nl": "Nederlands"}
    found = texts.texts_of("nl")
    assert found["refine.refine"] == "Verfijnen"
    assert found["refine.stop"] == texts.ENGLISH["refine.stop"]
    assert set(found) == set(texts.ENGLISH)
    with pytest.raises(KeyError):
        texts.texts_of("latin")


def test_a_lesson_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = lessons.lessons()
    lines = [
        "from hidiff.interface.lessons import Lesson, Question",
        'ASKED = Question("number", ask="coin.ask", truth="tossed_across", misconceptions={"no_bit": "coin.none"},',
        '    because="coin.because")',
        'LESSON = Lesson(id="1-a-coin", title="coin.title", idea="coin.idea", questions=(ASKED,), text="coin.text",',
        '    minutes=2, setup={"steps": 1, "prior_source": "noise"})',
    ]
    (tmp_path / "socket_coin.py").write_text("\n".join(lines))
    monkeypatch.setattr(lessons, "__path__", [*lessons.__path__, str(tmp_path)])
    assert lessons.lessons().keys() == {*shipped, "1-a-coin"}
    assert lesson_words((), {})["lessons"][2]["questions"][0]["truth"] == "tossed_across"
    assert [lesson["id"] for lesson in lesson_words((), {})["lessons"]] == sorted({*shipped, "1-a-coin"})
    (tmp_path / "socket_same.py").write_text("\n".join(lines))
    with pytest.raises(ValueError, match="1-a-coin"):
        lessons.lessons()


@pytest.fixture
def task() -> Task:
    return replace(POLYP, name="nucleus", title="Nuclei", object_name="nucleus", image_kind="micrograph")


def test_a_task_of_its_own_is_offered_everywhere_and_others_nowhere(task: Task, tmp_path: Path) -> None:
    save_disc(tmp_path / "one.png")
    entries = [{"file": "one.png", "title": name, "task": name} for name in ("nucleus", "polyp")]
    (tmp_path / MANIFEST).write_text(json.dumps(entries))
    models = {"nucleus": red_model(task)}
    assert [example.task for example in offered(models, read_examples(tmp_path))] == ["nucleus"]
    page = build(models, {}, read_examples(tmp_path))
    assert components(page)["task"]["choices"] == [("Nuclei", "nucleus")]
    assert 'data-example="0"' in components(page)["examples"]["value"]
    assert 'data-example="1"' not in components(page)["examples"]["value"]
    assert endpoints(page)["/prior"]["task"]["type"]["enum"] == ["nucleus"]
    parameters = endpoints(page)
    for name, function in public(page).items():
        assert ('"nucleus" (nucleus in a micrograph)' in function.__doc__) == ("task" in parameters[f"/{name}"])
        assert "polyp" not in function.__doc__ and "fundus" not in function.__doc__


def test_the_interface_names_no_task() -> None:
    folder = Path(texts.__file__).parents[1]
    for path in folder.rglob("*"):
        if path.suffix in {".py", ".js", ".html", ".css"}:
            told = path.read_text(encoding="utf-8").lower()
            if path.parent.name == "texts":  # other languages than English have to be told a task's words
                told = re.sub(r'"(task|example|kind)\.[^"]+": *\(?\s*("[^"]*"\s*)+', "", told)
            assert "polyp" not in told and "fundus" not in told, path


# -------------------------------------------------------------------------------------------------- another player
def test_a_second_player_on_another_tab_plays_the_same_run(tmp_path: Path) -> None:
    save_disc(tmp_path / "disc.png")
    model = red_model()
    recipe, _ = checked_recipe(model, Source(tmp_path / "disc.png", "disc.png"), {"steps": 3})
    picture = open_picture(model, recipe.source)

    def play() -> Iterator[dict[str, Any] | None]:
        builder = LanesBuilder("other", model, picture, [recipe])
        for event in run(model, picture, [recipe]):
            yield builder.add(event)

    with build({"polyp": model}, {}, ()) as page, gr.Tab("Another"):
        gr.Button("Play").click(play, None, player("other"), api_name="play")
    with served(page, tmp_path) as client:
        job = client.submit(api_name="/play")
        job.result(timeout=120)
        payloads = [json.loads(value) if isinstance(value, str) else value for value in job.outputs()]
    alone = [json.loads(json.dumps(payload)) for payload in play()]
    assert [len(payload["frames"]) for payload in payloads] == [1, 3, 4, 5, 6]
    for payload in (*payloads, *alone):
        for frame in payload["frames"]:
            frame.pop("facts")  # they say how long it took
    assert payloads == alone
