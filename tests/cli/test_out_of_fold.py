"""Out-of-fold evaluation: no case is scored with a segmentor that has learned from it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest
from safetensors.torch import load_file
from synthetic_folder import draw
from training_runs import train

from hidiff.cli import evaluate
from hidiff.data.cases import DataError, folds, read_splits
from hidiff.errors import SettingsError
from hidiff.evaluation.calibration import Counts, log_loss
from hidiff.evaluation.comparison import how_chosen
from hidiff.imaging.files import read_image, read_mask
from hidiff.models.segmentor import build_segmentor
from hidiff.pipeline import HiDiff


def run(folder: Path, *words: str) -> int:
    parser = argparse.ArgumentParser()
    evaluate.add_arguments(parser)
    return evaluate.run(parser.parse_args(["--task", "polyp", "--data", str(folder), *words]))


def test_each_case_is_seen_by_the_segmentor_that_its_fold_was_kept_from(
    tiny_task: str, folder: Path, tmp_path: Path
) -> None:
    train(folder, tmp_path / "out", "--run", str(tmp_path / "run"), "--seed", "3")
    report_file = tmp_path / "report.json"
    words = ("--weights", str(tmp_path / "out"), "--split", "train", "--out-of-fold", str(tmp_path / "run"))
    assert run(folder, *words, "--json", str(report_file)) == 0
    report = json.loads(report_file.read_text())
    cases = [case for case in read_splits(folder) if case.split == "train"]
    fold = folds(cases, 2, 3)
    assert set(fold) == {0, 1} and len(report["cases"]) == len(cases)
    assert list(report["out_of_fold"]) == ["fold0", "fold1"]
    assert report["chosen_on_val"]["how"] == "cross-validation"
    said = how_chosen(report)
    assert said.startswith("These are training cases, each by a segmentor that never saw it.")
    assert f"cross-validated, over groups in {report['chosen_on_val']['folds']} folds" in said
    within = {key: value for key, value in report.items() if key != "out_of_fold"}
    assert how_chosen(within).startswith("These are the cases of val.")
    assert all(case["measures"]["prior"]["dice_at_val_threshold"] is not None for case in report["cases"])
    model = HiDiff.from_pretrained(tmp_path / "out")
    for case, k in zip(cases, fold, strict=True):
        segmentor = build_segmentor(model.config.segmentor)
        state = load_file(tmp_path / "run" / "checkpoints" / f"fold{k}.safetensors")
        averages = {name.removeprefix("average/"): v for name, v in state.items() if name.startswith("average/")}
        segmentor.load_state_dict(averages)
        own = HiDiff(model.config, segmentor, model.denoiser)
        image, truth = read_image(case.image), read_mask(case.mask) > 127
        found = next(row for row in report["cases"] if row["name"] == case.name)["measures"]["prior"]["log_loss"]
        assert found == pytest.approx(log_loss(Counts.of(own.prior(image).p[0], truth)), rel=1e-5)
        assert found != pytest.approx(log_loss(Counts.of(model.prior(image).p[0], truth)), rel=1e-5)


def test_what_cannot_be_out_of_fold_is_refused(tiny_task: str, folder: Path, tmp_path: Path) -> None:
    train(folder, tmp_path / "out", "--run", str(tmp_path / "run"))
    train(folder, tmp_path / "plain", "--run", str(tmp_path / "without"), "--folds", "0")
    weights = ("--weights", str(tmp_path / "out"))
    held = ("--out-of-fold", str(tmp_path / "run"))
    with pytest.raises(SettingsError, match="use --split train"):
        run(folder, *weights, *held, "--split", "val")
    with pytest.raises(SettingsError, match="leave --out-of-fold out"):
        run(folder, *weights, *held, "--split", "train", "--model-card")
    with pytest.raises(SettingsError, match="holds no segmentors of folds"):
        run(folder, *weights, "--split", "train", "--out-of-fold", str(tmp_path / "without"))
    other = draw(tmp_path / "other", train=10)
    with pytest.raises(DataError, match="learned from other data"):
        run(other, *weights, *held, "--split", "train")
