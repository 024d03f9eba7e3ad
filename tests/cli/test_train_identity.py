"""A run goes on with the data and the splits that it began with, wherever they lie; weights that are there stay."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest
from synthetic_folder import read_rows, write_splits
from training_runs import train

from hidiff.data.cases import DataError
from hidiff.errors import ImageError

NOTHING = ("--folds", "0", "--segmentor-iterations", "1", "--refiner-iterations", "1", "--validate-every", "0")


def mended_mask(folder: Path) -> None:
    file = folder / "1_mask.png"
    cv2.imwrite(str(file), 255 - cv2.imread(str(file), cv2.IMREAD_UNCHANGED))


def other_groups(folder: Path) -> None:
    write_splits(folder, [{**row, "group": f"{row['split']}{k}"} for k, row in enumerate(read_rows(folder))])


def other_splits(folder: Path) -> None:
    rows = read_rows(folder)
    write_splits(folder, [{**row, "split": row["split"].replace("val", "train")} for row in rows])


def fewer_cases(folder: Path) -> None:
    write_splits(folder, read_rows(folder)[1:])


def test_a_run_is_resumed_with_its_own_data_alone(tiny_task: str, folder: Path, tmp_path: Path) -> None:
    run = ("--run", str(tmp_path / "run"), *NOTHING)
    assert train(folder, tmp_path / "out", *run) == 0
    moved = folder.rename(tmp_path / "elsewhere")
    assert train(moved, tmp_path / "out", *run, "--resume") == 0
    changes: list[Callable[[Path], None]] = [other_groups, other_splits, fewer_cases, mended_mask]
    table = (moved / "splits.csv").read_bytes()
    for change in changes:
        change(moved)
        with pytest.raises(DataError, match="holds a run on other data or splits"):
            train(moved, tmp_path / "out", *run, "--resume")
        (moved / "splits.csv").write_bytes(table)
    file = tmp_path / "run" / "plan.json"
    plan = json.loads(file.read_text())
    del plan["data"]  # a run of an earlier version, which did not say
    file.write_text(json.dumps(plan))
    assert train(moved, tmp_path / "out", *run, "--resume") == 0


def test_weights_that_are_there_stay_unless_that_is_asked_for(tiny_task: str, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "config.json").write_text("mine")
    with pytest.raises(DataError, match=r"holds weights already; choose another --out, or give --overwrite"):
        train(folder, out, "--run", str(tmp_path / "run"), *NOTHING)
    assert (out / "config.json").read_text() == "mine" and not (tmp_path / "run").exists()
    assert train(folder, out, "--run", str(tmp_path / "run"), "--overwrite", *NOTHING) == 0
    assert (out / "config.json").read_text() != "mine"


def test_a_mask_of_another_size_is_said_before_a_run_is_made(tiny_task: str, folder: Path, tmp_path: Path) -> None:
    cv2.imwrite(str(folder / "11_mask.png"), cv2.imread(str(folder / "11_mask.png"))[:-1])
    with pytest.raises(ImageError, match=r"11_mask\.png is 64 x 47 and its image 64 x 48; give both one size"):
        train(folder, tmp_path / "out", "--run", str(tmp_path / "run"), *NOTHING)
    assert not (tmp_path / "run").exists()
