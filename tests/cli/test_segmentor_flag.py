"""`train --segmentor unet`: trains, goes on, is loaded, refines and is evaluated as the lite one is."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file
from small_model import picture
from training_runs import train

from hidiff.cli import evaluate
from hidiff.data.cases import DataError
from hidiff.errors import WeightsError
from hidiff.models.unet import UNet, UNetConfig
from hidiff.pipeline import HiDiff

UNET = ("--segmentor", "unet", "--folds", "0")


def test_a_unet_is_trained_loaded_and_evaluated(tiny_task: str, folder: Path, tmp_path: Path) -> None:
    assert train(folder, tmp_path / "out", "--run", str(tmp_path / "run"), *UNET) == 0
    plan = json.loads((tmp_path / "run" / "plan.json").read_text())["plan"]
    card = json.loads((tmp_path / "out" / "card.json").read_text())
    assert plan["segmentor"]["kind"] == card["plan"]["segmentor"]["kind"] == "unet"
    assert "--segmentor unet" in card["command"]
    assert json.loads((tmp_path / "out" / "config.json").read_text())["segmentor"]["kind"] == "unet"

    model = HiDiff.from_pretrained(tmp_path / "out")
    assert isinstance(model.segmentor, UNet) and model.config.segmentor == UNetConfig()
    assert sum(p.numel() for p in model.segmentor.parameters()) < 2_000_000
    image = picture(50, 70)
    refined = model.refine(image, seed=1).finish().probability()
    assert refined.shape == (1, 50, 70)
    assert np.array_equal(refined, model.refine(image, seed=1).finish().probability())
    model.save_pretrained(tmp_path / "again")
    assert np.array_equal(HiDiff.from_pretrained(tmp_path / "again").prior(image).p, model.prior(image).p)

    parser = argparse.ArgumentParser()
    evaluate.add_arguments(parser)
    words = ["--task", "polyp", "--data", str(folder), "--split", "test", "--weights", str(tmp_path / "out")]
    assert evaluate.run(parser.parse_args([*words, "--json", str(tmp_path / "report.json")])) == 0
    assert len(json.loads((tmp_path / "report.json").read_text())["cases"]) == 2


def test_the_segmentor_learns(tiny_task: str, folder: Path, tmp_path: Path) -> None:
    run = ("--run", str(tmp_path / "run"), *UNET)
    assert train(folder, tmp_path / "out", *run, "--only", "segmentor", "--segmentor-iterations", "40") == 0
    losses = [json.loads(line)["loss"] for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert losses[-1] < 0.85 * losses[0]


def test_a_run_goes_on_with_its_kind_and_with_no_other(tiny_task: str, folder: Path, tmp_path: Path) -> None:
    run = ("--run", str(tmp_path / "run"))
    assert train(folder, tmp_path / "whole", "--run", str(tmp_path / "first"), *UNET) == 0
    assert train(folder, tmp_path / "out", *run, *UNET, "--only", "segmentor") == 0
    assert train(folder, tmp_path / "out", *run, *UNET, "--resume") == 0
    for name in ("segmentor.safetensors", "denoiser.safetensors"):
        whole, resumed = load_file(tmp_path / "whole" / name), load_file(tmp_path / "out" / name)
        assert all(np.array_equal(value, resumed[key]) for key, value in whole.items())
    for other in ((), ("--segmentor", "lite")):
        with pytest.raises(DataError, match="with other settings"):
            train(folder, tmp_path / "out", *run, "--folds", "0", *other, "--resume")
    with pytest.raises(WeightsError, match="do not fit the plan"):
        train(
            folder, tmp_path / "x", "--run", str(tmp_path / "x"), "--folds", "0", "--init-from", str(tmp_path / "out")
        )


def test_an_unknown_kind_is_wrong_usage(tiny_task: str, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        train(folder, tmp_path / "out", "--segmentor", "transformer")
    assert ended.value.code == 2
