"""A task of one's own, from a folder of pictures to masks, by the commands of the README, shortened."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hidiff.__main__ import main
from hidiff.errors import SettingsError
from hidiff.imaging.files import read_image, read_mask
from hidiff.tasks import POLYP, Task, TaskError
from hidiff.training.plans import own_plan

ROOT = Path(__file__).resolve().parents[2]
FIELDS = {
    "name": "scenes",
    "title": "Polyp in a drawn colon",
    "object_name": "polyp",
    "image_kind": "drawn scene",
    "side": 64,
    "focus": True,
}


def written(folder: Path, **changes: Any) -> Path:
    file = folder / "task.json"
    file.write_text(json.dumps({k: v for k, v in {**FIELDS, **changes}.items() if v is not None}))
    return file


def test_a_task_file_says_only_what_differs(tmp_path: Path) -> None:
    task = Task.from_file(written(tmp_path))
    assert (task.name, task.side, task.focus, task.thin, task.working) == ("scenes", 64, True, False, "square")
    assert task.class_names == ("polyp",) and task.colours == POLYP.colours
    assert Task.from_json(json.loads(json.dumps(task.to_json()))) == task


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": None}, "lacks 'title'"),
        ({"object_name": 3}, "lacks 'object_name'"),
        ({"name": "../up"}, "a folder's name too"),
        ({"name": "Big"}, "a folder's name too"),
        ({"sides": 64}, "no field 'sides'"),
        ({"side": 100}, "a multiple of 32"),
        ({"side": "64"}, "whole numbers"),
        ({"classes": 2}, "one class"),
        ({"class_names": ["a", "b"]}, "one class"),
        ({"colours": [[0, 0, 300]]}, "from 0 to 255"),
        ({"colours": 7}, "does not fit"),
        ({"working": "round"}, "choose square or field_of_view"),
        ({"working": "field_of_view"}, "fov_diameter is 0"),
        ({"mirrors": 3}, "mirrors is 3, so choose 1, 2 or 4"),
        ({"mirrors": True}, "mirrors is True"),
        ({"mirrors": [2]}, "mirrors is"),
        ({"focus": "yes"}, "true or false"),
        ({"tile": 100}, "a tile is"),
    ],
)
def test_a_task_file_that_does_not_fit_is_refused_in_one_sentence(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(TaskError, match=words) as refusal:
        Task.from_file(written(tmp_path, **changes))
    assert str(refusal.value).endswith(".") and "\n" not in str(refusal.value)


def test_a_file_that_is_no_task_is_refused(tmp_path: Path) -> None:
    for text in ("", "[]", "{"):
        (tmp_path / "task.json").write_text(text)
        with pytest.raises(TaskError, match=r"task\.json"):
            Task.from_file(tmp_path / "task.json")
    with pytest.raises(TaskError, match="cannot be read"):
        Task.from_file(tmp_path / "none.json")


@pytest.mark.parametrize("side", [64, 96, 128, 256, 320])
def test_the_views_of_an_own_task_fit_its_frame_and_the_networks(side: int) -> None:
    task = Task("own", "t", "o", "k", 1, ("o",), ((0, 0, 0),), "square", side=side)
    plan = own_plan(task)
    for training in (plan.segmentor_training, plan.fold_training, plan.refiner_training):
        assert training.crop_size % 32 == 0 and side / 2 <= training.crop_size <= side
    assert own_plan(POLYP).refiner_training.crop_size == 224


def test_the_task_file_on_the_page_about_training_is_one(tmp_path: Path) -> None:
    (text,) = re.findall(r"```json\n(.*?)```", (ROOT / "hidiff/training/README.md").read_text(), re.S)
    (tmp_path / "task.json").write_text(text)
    assert Task.from_file(tmp_path / "task.json").name == "scenes"


def test_wrong_usage_is_said_before_anything_is_done(tmp_path: Path) -> None:
    def said(*words: str) -> int:
        return main(["train", *words])

    task = str(written(tmp_path))
    places = ("--data", str(tmp_path), "--out", str(tmp_path / "out"))
    assert said(*places) == said("--task", "polyp") == said("--task", "toast", *places) == 2
    assert said("--task", "polyp", "--task-file", task, *places) == 2
    assert said("--task", "polyp", "--folds", "-1", *places) == said("--task", "polyp", "--weight", "-1", *places) == 2
    assert said("--task-file", str(tmp_path / "none.json"), *places) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["task.json"]


def test_from_pictures_to_masks_as_the_readme_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pictures, weights = tmp_path / "pictures", tmp_path / "weights" / "scenes"
    render = [sys.executable, ROOT / "examples" / "render_colon.py", "--seed", "100", "--count", "8"]
    subprocess.run([*render, "--height", "64", "--width", "80", "--out", pictures], check=True)
    task = written(tmp_path)
    assert main(["train", "--make-splits", str(pictures), "--group-by", "name"]) == 0
    words = ["train", "--task", "scenes", "--task-file", str(task), "--data", str(pictures), "--out", str(weights)]
    words += ["--run", str(tmp_path / "run"), "--precision", "float32", "--scratch", "--validate-every", "2"]
    words += ["--segmentor-iterations", "3", "--fold-iterations", "1", "--refiner-iterations", "2"]
    assert main(words) == 0
    for name in ("plan.json", "log.jsonl", "curves.png", "checkpoints/refiner.safetensors"):
        assert (tmp_path / "run" / name).is_file(), name
    sheets = sorted((tmp_path / "run" / "sheets").glob("*.png"))
    assert [p.stem for p in sheets] == ["refiner-000002", "segmentor-000002", "segmentor-000003"]
    assert read_image(sheets[0]).shape[2] == 3
    records = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    looks = [r for r in records if "val_prior" in r]
    assert [r["stage"] for r in looks] == ["segmentor", "segmentor", "refiner"]
    assert all(0 <= r["val_prior"] <= 1 for r in looks) and 0 <= looks[-1]["val_refined"] <= 1
    made_by = json.loads((weights / "card.json").read_text())
    assert made_by["task"] == "scenes" and made_by["licence"].startswith("The code is Apache-2.0. These weights carry")
    capsys.readouterr()
    picture = pictures / "colon_0100.jpg"
    words = ["segment", "--task", "scenes", "--weights", str(weights), "--out", str(tmp_path / "masks")]
    assert main([*words, str(picture)]) == 0
    assert json.loads(capsys.readouterr().out)["ok"]
    assert read_mask(tmp_path / "masks" / "colon_0100.mask.png").shape == (64, 80)


def test_a_task_file_and_another_name_do_not_go_together(tmp_path: Path) -> None:
    from argparse import ArgumentParser

    from hidiff.cli import train as command

    parser = ArgumentParser()
    command.add_arguments(parser)
    with pytest.raises(SettingsError, match="give both one name"):
        command.task_of(parser.parse_args(["--task", "toast", "--task-file", str(written(tmp_path))]))
