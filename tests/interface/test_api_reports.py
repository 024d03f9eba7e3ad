"""What the endpoints report: the fields that their schemas promise, a version in each, and the story of one bit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from api_server import serving
from bright_model import red_disc, red_model, save_disc
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from hidiff.interface.api import VERSION
from hidiff.interface.api.reports import FIELDS, OF_ENDPOINT, results, schema
from hidiff.interface.runs.recipe import usual_settings
from hidiff.pipeline import HiDiff
from hidiff.refinement.explain import explain_bit
from hidiff.refinement.settings import SETTINGS, Settings
from hidiff.tasks import POLYP

KINDS = {"integer": int, "number": (int, float), "string": str, "object": dict, "array": list}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with serving({"polyp": red_model()}, tmp_path_factory) as url:
        caller = Client(url, verbose=False, download_files=tmp_path_factory.mktemp("down"))
        yield caller
        caller.close()


@pytest.fixture(scope="module")
def disc(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("disc") / "disc.png"
    save_disc(path)
    return handle_file(str(path))


def fits(report: dict[str, Any], endpoint: str) -> None:
    """A report has what its schema says, and nothing else."""
    promised = schema(endpoint)
    assert promised["title"] == f"report of /{endpoint}"
    assert set(promised["required"]) <= set(report) <= set(promised["properties"])
    assert report["api_version"] == VERSION
    for name, value in report.items():
        kinds = [one["type"] for one in promised["properties"][name].get("anyOf", [promised["properties"][name]])]
        assert any(isinstance(value, KINDS[kind]) for kind in kinds), name
    json.dumps(report, allow_nan=False)


def test_every_report_is_what_its_schema_says(client: Client, disc: Any) -> None:
    fits(client.predict(disc, "polyp", api_name="/prior")[1], "prior")
    job = client.submit(disc, "polyp", steps=2, api_name="/refine")
    job.result(timeout=120)
    assert len(job.outputs()) == 3
    for _, report in job.outputs():
        fits(report, "refine")
    _, report = client.predict(disc, disc, "polyp", steps=2, reference=disc, api_name="/refine_prior")
    fits(report, "refine_prior")
    assert "scores" in report
    fits(client.predict(disc, "polyp", 120, 130, api_name="/explain_pixel"), "explain_pixel")
    fits(client.predict(api_name="/tasks"), "tasks")
    fits(client.predict("polyp", api_name="/results"), "results")


def test_the_schema_of_a_report_is_published(client: Client) -> None:
    listed = client.view_api(return_format="dict")["named_endpoints"]
    for name in OF_ENDPOINT:
        published = listed[f"/{name}"]["returns"][-1]["type"]
        assert published == schema(name)
        assert set(published["properties"]) <= set(FIELDS)


def test_the_story_of_a_bit_is_the_library_s(client: Client, disc: Any) -> None:
    asked = {"steps": 4, "samples": 2, "seed": 3}
    report = client.predict(disc, "polyp", 121, 133, 1, **asked, api_name="/explain_pixel")
    trace = red_model().refine(red_disc()[0], **asked).finish().trace()
    story = explain_bit(trace, 121, 133, 1)
    assert {name: report[name] for name in story.document()} == json.loads(json.dumps(story.document()))
    assert report["settings"]["seed"] == 3 and report["window"] == trace.window.tolist()
    assert len(report["story"]) == 6


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ((999, 5, 0), "row is 999; choose a whole number from 0 to 239"),
        ((5.5, 5, 0), "row is 5.5; choose a whole number"),
        ((120, 130, 4), "chain is 4; choose a whole number from 0 to 0"),
        ((1, 1, 0), "outside the window of the chains"),
    ],
)
def test_a_bit_that_is_not_there_is_refused(client: Client, disc: Any, asked: tuple[float, ...], said: str) -> None:
    with pytest.raises(AppError) as caught:
        client.predict(disc, "polyp", *asked, steps=1, api_name="/explain_pixel")
    assert said in str(caught.value)


def test_the_tasks_tell_what_may_be_set(client: Client) -> None:
    (task,) = client.predict(api_name="/tasks")["tasks"]
    assert task["name"] == "polyp" and "false_blob" in task["prior_sources"]
    assert set(task["settings"]) == set(task["ranges"]) == set(SETTINGS)
    assert task["ranges"]["samples"] == "1 to 16"


def test_the_results_are_those_of_the_card() -> None:
    model = HiDiff.from_pretrained("polyp")
    assert model.source is not None
    card = json.loads((model.source.path / "card.json").read_text())
    report = results(model)
    fits(report, "results")
    told = card["test"]["data_sets"]
    assert {one["name"]: one["cases"] for one in report["data_sets"]} == {n: s["cases"] for n, s in told.items()}
    for one in report["data_sets"]:
        assert one["change"]["mean"] == told[one["name"]]["refined_minus_prior"]["mean"]
    assert report["known_failures"] == card["known_failures"]


def test_a_task_that_is_not_there_is_named(client: Client, tmp_path: Path) -> None:
    with pytest.raises(AppError, match="liver"):
        client.predict("liver", api_name="/results")


def test_what_is_left_out_is_the_task_s_own(tmp_path_factory: pytest.TempPathFactory, disc: Any) -> None:
    """A client sends every default that it is told, so a default of the first task alone must not be told."""
    own = Settings(steps=3, both_looks=False, corrects="given")
    models = {"polyp": red_model(), "other": red_model(replace(POLYP, name="other"), settings=own)}
    with serving(models, tmp_path_factory) as url:
        caller = Client(url, verbose=False, download_files=tmp_path_factory.mktemp("down"))
        for name, model in models.items():
            _, report = caller.predict(disc, name, api_name="/refine")
            usual = usual_settings(model)
            assert {key: report["settings"][key] for key in SETTINGS} == {key: usual[key] for key in SETTINGS}
        caller.close()
