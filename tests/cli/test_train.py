"""From a raw folder to weights and figures, by the commands that a user types."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file
from training_runs import train

from hidiff.cli import evaluate
from hidiff.data.cases import DataError
from hidiff.errors import SettingsError
from hidiff.imaging.files import read_image, read_mask
from hidiff.pipeline import HiDiff
from hidiff.training import trainer
from hidiff.training.optimization import save_checkpoint


class PowerCutError(Exception):
    """Stands for a power cut."""


def dying(after: int) -> Callable[..., None]:
    """A save_checkpoint that dies after this many checkpoints are on the disk."""
    written = 0

    def save(*args: object, **kwargs: object) -> None:
        nonlocal written
        if written == after:
            raise PowerCutError
        written += 1
        save_checkpoint(*args, **kwargs)  # type: ignore[arg-type]

    return save


@pytest.mark.parametrize("checkpoints", [1, 4, 6])
def test_a_run_that_was_killed_gives_the_weights_of_one_that_was_not(
    tiny_task: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, checkpoints: int
) -> None:
    assert train(folder, tmp_path / "whole", "--run", str(tmp_path / "run_whole")) == 0
    with monkeypatch.context() as patch:
        patch.setattr(trainer, "save_checkpoint", dying(checkpoints))
        with pytest.raises(PowerCutError):
            train(folder, tmp_path / "cut", "--run", str(tmp_path / "run_cut"))
    assert not (tmp_path / "cut").exists()
    assert train(folder, tmp_path / "cut", "--run", str(tmp_path / "run_cut"), "--resume") == 0
    for name in ("segmentor.safetensors", "denoiser.safetensors"):
        whole, cut = load_file(tmp_path / "whole" / name), load_file(tmp_path / "cut" / name)
        assert whole.keys() == cut.keys()
        for key, value in whole.items():
            np.testing.assert_array_equal(value, cut[key], err_msg=key)


def test_segmentors_that_learned_one_by_one_are_those_of_a_run(tiny_task: str, folder: Path, tmp_path: Path) -> None:
    assert train(folder, tmp_path / "whole", "--run", str(tmp_path / "run_whole")) == 0
    apart = ("--run", str(tmp_path / "run_apart"), "--resume")
    for stage in ("fold1", "segmentor", "fold0"):
        assert train(folder, tmp_path / "apart", *apart, "--only", stage) == 0
        assert not (tmp_path / "apart").exists()
    assert train(folder, tmp_path / "apart", *apart) == 0
    for name in ("segmentor.safetensors", "denoiser.safetensors"):
        whole, put_together = load_file(tmp_path / "whole" / name), load_file(tmp_path / "apart" / name)
        for key, value in whole.items():
            np.testing.assert_array_equal(value, put_together[key], err_msg=key)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--only", "fold2"), "choose segmentor, fold0, fold1"),
        (("--only", "refiner"), "choose segmentor, fold0, fold1"),
        (("--refiner-batch-size", "0"), "choose 1 or more"),
        (("--refiner-lr", "0"), "choose a number between 0 and 1"),
        (("--checkpoint-every", "0"), "choose 1 or more"),
    ],
)
def test_a_stage_or_a_count_that_does_not_exist_is_refused(
    tiny_task: str, folder: Path, tmp_path: Path, options: tuple[str, ...], words: str
) -> None:
    with pytest.raises(SettingsError, match=words):
        train(folder, tmp_path / "out", "--run", str(tmp_path / "run"), *options)
    assert not (tmp_path / "run").exists()


def test_batch_and_checkpoints_follow_the_command_line(tiny_task: str, folder: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    train(folder, tmp_path / "out", "--run", str(run), "--refiner-batch-size", "2", "--checkpoint-every", "3")
    plan = json.loads((run / "plan.json").read_text())["plan"]
    assert plan["refiner_training"]["batch_size"] == 2
    assert plan["segmentor_training"]["checkpoint_every"] == plan["fold_training"]["checkpoint_every"] == 3
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert [r["iteration"] for r in lines if r["stage"] == "refiner"] == [3, 6]


def test_training_changes_both_networks_and_writes_an_honest_card(tiny_task: str, folder: Path, tmp_path: Path) -> None:
    short = ("--segmentor-iterations", "2", "--refiner-iterations", "2")
    train(folder, tmp_path / "short", "--run", str(tmp_path / "a"), *short)
    train(folder, tmp_path / "long", "--run", str(tmp_path / "b"))
    for name in ("segmentor.safetensors", "denoiser.safetensors"):
        short_weights, long_weights = (load_file(tmp_path / kind / name) for kind in ("short", "long"))
        assert any((short_weights[k] != long_weights[k]).any() for k in short_weights)
    card = json.loads((tmp_path / "long" / "card.json").read_text())
    assert card["data"] == {"discs": {"train": 8, "val": 2, "test": 2}}
    assert card["seed"] == 0
    assert card["val"]["data_sets"]["discs"]["cases"] == 2
    lines = [json.loads(line) for line in (tmp_path / "b" / "log.jsonl").read_text().splitlines()]
    assert [r["iteration"] for r in lines if r["stage"] == "refiner"] == [2, 4, 6]


def test_an_earlier_run_is_not_overwritten_nor_resumed_with_other_settings(
    tiny_task: str, folder: Path, tmp_path: Path
) -> None:
    run = ("--run", str(tmp_path / "run"))
    train(folder, tmp_path / "out", *run)
    with pytest.raises(DataError, match="holds an earlier run; add --resume"):
        train(folder, tmp_path / "out", *run)
    with pytest.raises(DataError, match="with other settings"):
        train(folder, tmp_path / "out", *run, "--resume", "--seed", "1")


def test_a_run_that_an_earlier_version_began_goes_on(tiny_task: str, folder: Path, tmp_path: Path) -> None:
    run = ("--run", str(tmp_path / "run"), "--folds", "0")
    train(folder, tmp_path / "out", *run)
    file = tmp_path / "run" / "plan.json"
    plan = json.loads(file.read_text())
    for key in ("start", "variant", "task", "compiled"):
        del plan[key]
    plan["precision"] = "float32"
    del plan["plan"]["collaborative"]
    for key in ("corruption", "focus", "compiled"):
        del plan["plan"]["refiner_training"][key]
    file.write_text(json.dumps(plan))
    assert train(folder, tmp_path / "out", *run, "--resume") == 0
    plan = json.loads(file.read_text())
    assert plan["task"]["name"] == "polyp"
    plan["task"]["mirrors"] = 2  # what only a trained model asks for
    file.write_text(json.dumps(plan))
    assert train(folder, tmp_path / "out", *run, "--resume") == 0
    with pytest.raises(DataError, match="with other settings"):
        train(folder, tmp_path / "out", *run, "--resume", "--collaborative-iterations", "2")


def test_a_folder_without_splits_is_refused_before_anything_is_written(tiny_task: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"splits\.csv"):
        train(tmp_path, tmp_path / "out", "--run", str(tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_evaluate_reports_what_the_masks_say(tiny_task: str, folder: Path, tmp_path: Path) -> None:
    train(folder, tmp_path / "out", "--run", str(tmp_path / "run"))
    parser = argparse.ArgumentParser()
    evaluate.add_arguments(parser)
    report_file = tmp_path / "report.json"
    words = ["--task", "polyp", "--data", str(folder), "--split", "test", "--weights", str(tmp_path / "out")]
    assert evaluate.run(parser.parse_args([*words, "--json", str(report_file), "--corruptions", "--model-card"])) == 0
    card = json.loads((tmp_path / "out" / "card.json").read_text())
    assert card["test"]["data_sets"]["discs"]["cases"] == 2
    report = json.loads(report_file.read_text())
    model = HiDiff.from_pretrained(tmp_path / "out")
    for case in report["cases"]:
        image = read_image(folder / f"{case['name']}.png")
        reference = read_mask(folder / f"{case['name']}_mask.png") > 127
        refined = model.refine(image).finish().probability()[0] > 0.5
        total = refined.sum() + reference.sum()
        assert case["refined"] == pytest.approx(2 * (refined & reference).sum() / total)
        assert case["by_step"][-1] == pytest.approx(case["refined"])
    summary = report["data_sets"]["discs"]
    changes = [c["refined"] - c["prior"] for c in report["cases"]]
    assert summary["refined_minus_prior"]["mean"] == pytest.approx(np.mean(changes))
    assert set(summary["corruptions"]) == {"quarter_erased", "false_blob", "shifted_5_percent"}


def test_pixels_outside_the_field_of_view_do_not_count(tiny_task: str, tmp_path: Path) -> None:
    from synthetic_folder import draw

    from hidiff.data.cases import read_splits

    data = draw(tmp_path / "data", field_of_view=True)
    train(data, tmp_path / "out", "--run", str(tmp_path / "run"))
    model = HiDiff.from_pretrained(tmp_path / "out")
    case = next(c for c in read_splits(data) if c.split == "test")
    result = evaluate.evaluate_case(model, case, evaluate.Protocol())
    image, reference = read_image(case.image), read_mask(case.mask) > 127
    mask = model.prior(image).p[0] > 0.5
    left = np.s_[:, :32]
    total = mask[left].sum() + reference[left].sum()
    expected = 2 * (mask[left] & reference[left]).sum() / total if total else 1.0
    assert result.prior == pytest.approx(expected)
