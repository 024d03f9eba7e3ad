"""The socket for tasks: whatever lies in the weights folder is a task, for the app, the command line and the API."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from small_model import TASK, build, picture

from hidiff import HiDiff
from hidiff.__main__ import main
from hidiff.checkpoints.hub import EMBEDDED, available_tasks, find_weights
from hidiff.checkpoints.manifest import write_manifest
from hidiff.imaging.files import write_png
from hidiff.interface import build as build_page
from hidiff.tasks import TASKS

ROOT = Path(__file__).resolve().parents[1]
CELLS = replace(TASK, name="cells", title="Cells in a micrograph", object_name="cell", image_kind="micrograph")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of weights with a task that nobody's code names."""
    build(CELLS).save_pretrained(tmp_path / "weights" / "cells")
    monkeypatch.setenv("HIDIFF_WEIGHTS", str(tmp_path / "weights"))
    return tmp_path / "weights"


def test_a_folder_of_weights_is_a_task_for_everybody(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert available_tasks() == ("cells",)
    model = HiDiff.from_pretrained("cells")
    assert model.task == CELLS
    assert "HIDIFF_WEIGHTS" in model.source.note  # type: ignore[union-attr]

    assert main(["segment", "--help"]) == 0
    assert "cells" in capsys.readouterr().out
    write_png(tmp_path / "one.png", picture())
    assert main(["segment", "--task", "cells", "--out", str(tmp_path / "out"), str(tmp_path / "one.png")]) == 0
    assert json.loads(capsys.readouterr().out)["ok"]

    page = build_page({"cells": model})
    shown = json.dumps(page.get_config_file(), default=str)
    assert CELLS.title in shown and TASKS["polyp"].title not in shown
    refine = page.get_api_info()["named_endpoints"]["/refine"]
    (task,) = [one for one in refine["parameters"] if one["parameter_name"] == "task"]
    assert task["type"]["enum"] == ["cells"]
    assert "cell" in refine["description"] + json.dumps(refine["parameters"])


def test_the_app_loads_what_lies_there(folder: Path) -> None:
    code = "import app; models, missing = app.load(); print(list(models), missing)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.split() == ["['cells']", "{}"], done.stderr


def test_a_task_beside_the_embedded_ones_is_found_before_it_is_listed(tmp_path: Path) -> None:
    build(replace(TASK, name="polyp")).save_pretrained(tmp_path / "polyp")
    write_manifest(tmp_path)
    build(CELLS).save_pretrained(tmp_path / "cells")
    (tmp_path / "results").mkdir()
    assert available_tasks(tmp_path) == ("polyp", "cells")
    assert find_weights("cells", embedded=tmp_path).source == "folder"
    assert find_weights("polyp", embedded=tmp_path).source == "embedded"


def test_an_unknown_task_is_told_what_there_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["segment", "--task", "toast", "--out", "out", "x.png"]) == 2
    assert "choose cells" in capsys.readouterr().err


def test_the_presets_come_first_and_in_their_order() -> None:
    shipped = available_tasks(EMBEDDED)
    presets = [name for name in TASKS if name in shipped]
    assert presets and list(shipped[: len(presets)]) == presets
