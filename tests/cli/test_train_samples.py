"""What `train` learns on: data sets by name, recolouring, what is dropped, and how priors are made."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file
from synthetic_folder import draw, read_rows, write_splits
from training_runs import train

from hidiff.data.cases import DataError
from hidiff.errors import SettingsError

OPTIONS = (
    "--augmentation", "cameras", "--batched-priors", "--thickness-jitter", "0.5",
    "--image-dropout", "0.25", "--feature-dropout", "0.5", "--style-mixing", "0.75",
)  # fmt: skip


@pytest.fixture
def two_sets(tmp_path: Path) -> Path:
    """Discs of two data sets, in turn by group."""
    folder = draw(tmp_path / "data", train=12, val=4)
    rows = read_rows(folder)
    write_splits(folder, [row | {"dataset": "plates" if i % 4 > 1 else "discs"} for i, row in enumerate(rows)])
    return folder


def test_the_options_are_kept_and_a_run_that_was_cut_goes_on_as_it_would_have(
    tiny_task: str, folder: Path, tmp_path: Path
) -> None:
    for name, stages in (("whole", ()), ("apart", ("segmentor", "fold1", "fold0"))):
        words = ("--run", str(tmp_path / f"run_{name}"), "--resume", *OPTIONS)
        for stage in stages:
            train(folder, tmp_path / name, *words, "--only", stage)
        assert train(folder, tmp_path / name, *words) == 0
    for file in ("segmentor.safetensors", "denoiser.safetensors"):
        whole, apart = (load_file(tmp_path / name / file) for name in ("whole", "apart"))
        for key, value in whole.items():
            np.testing.assert_array_equal(value, apart[key], err_msg=key)
    plan = json.loads((tmp_path / "run_whole" / "plan.json").read_text())["plan"]
    for part in ("segmentor_training", "fold_training", "refiner_training"):
        assert plan[part]["augmentation"] == "cameras" and plan[part]["thickness_jitter"] == 0.5
    refiner = plan["refiner_training"]
    assert refiner["batched_priors"] and refiner["style_mixing"] == 0.75
    assert (refiner["image_dropout"], refiner["feature_dropout"]) == (0.25, 0.5)
    with pytest.raises(DataError, match="with other settings"):
        train(folder, tmp_path / "whole", "--run", str(tmp_path / "run_whole"), "--resume")


@pytest.mark.parametrize("option", ["--thickness-jitter", "--style-mixing", "--image-dropout", "--feature-dropout"])
@pytest.mark.parametrize("value", ["-0.1", "1.5", "nan"])
def test_a_share_that_is_none_is_refused(tiny_task: str, folder: Path, tmp_path: Path, option: str, value: str) -> None:
    with pytest.raises(SettingsError, match="choose a number from 0 to 1"):
        train(folder, tmp_path / "out", "--run", str(tmp_path / "run"), option, value)
    assert not (tmp_path / "run").exists()


def test_a_data_set_is_held_apart_and_the_records_say_so(tiny_task: str, two_sets: Path, tmp_path: Path) -> None:
    run = ("--run", str(tmp_path / "run"))
    train(two_sets, tmp_path / "out", *run, "--datasets", "discs")
    assert json.loads((tmp_path / "run" / "plan.json").read_text())["datasets"] == ["discs"]
    card = json.loads((tmp_path / "out" / "card.json").read_text())
    assert card["datasets"] == ["discs"] and list(card["data"]) == ["discs"]
    assert card["data"]["discs"]["train"] == 6 and "--datasets discs" in card["command"]
    assert list(card["val"]["data_sets"]) == ["discs"]

    plain = tmp_path / "plain"
    rows = [row for row in read_rows(two_sets) if row["dataset"] == "discs"]
    for row in rows:
        for column in ("image", "mask"):
            plain.mkdir(exist_ok=True)
            (plain / row[column]).write_bytes((two_sets / row[column]).read_bytes())
    write_splits(plain, rows)
    train(plain, tmp_path / "alone", "--run", str(tmp_path / "run_alone"))
    for file in ("segmentor.safetensors", "denoiser.safetensors"):
        held, alone = (load_file(tmp_path / name / file) for name in ("out", "alone"))
        for key, value in held.items():
            np.testing.assert_array_equal(value, alone[key], err_msg=key)

    with pytest.raises(DataError, match="on other data or splits"):
        train(two_sets, tmp_path / "out", *run, "--resume")
    with pytest.raises(DataError, match="has no data set 'cups'; choose from discs, plates"):
        train(two_sets, tmp_path / "out", *run, "--datasets", "discs,cups")


def test_what_has_seen_a_set_that_is_held_apart_does_not_go_on(tiny_task: str, two_sets: Path, tmp_path: Path) -> None:
    short = ("--segmentor-iterations", "2", "--fold-iterations", "2", "--refiner-iterations", "2")
    train(two_sets, tmp_path / "out", "--run", str(tmp_path / "run"), *short)
    other = ("--run", str(tmp_path / "other"), "--datasets", "plates")
    with pytest.raises(SettingsError, match="have learned from discs, which --datasets leaves out"):
        train(two_sets, tmp_path / "second", *other, "--init-from", str(tmp_path / "out"))
    with pytest.raises(SettingsError, match="learned from all data sets; give the same --datasets"):
        train(two_sets, tmp_path / "second", *other, "--init-from", str(tmp_path / "run"))
    assert not (tmp_path / "other").exists()
    assert train(two_sets, tmp_path / "first", *other, *short) == 0
    going_on = ("--run", str(tmp_path / "third"), *short)
    with pytest.raises(SettingsError, match="learned from plates; give the same --datasets"):
        train(two_sets, tmp_path / "second", *going_on, "--init-from", str(tmp_path / "other"))
    assert train(two_sets, tmp_path / "second", *going_on, *other[2:], "--init-from", str(tmp_path / "first")) == 0
