"""Thresholds and temperatures are chosen on val: by its report, or there on the other folds alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from evaluated_model import command, saved
from measured_cases import logits, result, shifted, sigmoid
from synthetic_folder import draw

from hidiff.data.cases import DataError
from hidiff.errors import SettingsError
from hidiff.evaluation.calibration import Counts, fit_temperature, log_loss
from hidiff.evaluation.operating_points import (
    OperatingPoint,
    best_points,
    counted,
    cross_validated,
    folds_of,
    key_of,
    points_to_json,
    read_points,
)
from hidiff.evaluation.score import CaseResult
from hidiff.evaluation.thresholds import HALF, dice_curve, edge_of, thresholds
from hidiff.metrics import dice


def test_the_best_point_is_that_of_all_cases_together() -> None:
    pairs = [logits(seed) for seed in range(4)]
    found = OperatingPoint.best([Counts.of(sigmoid(z), reference) for z, reference in pairs])
    direct = [np.mean([dice(sigmoid(z) >= t, reference) for z, reference in pairs]) for t in thresholds()[40:160]]
    assert found.threshold == pytest.approx(thresholds()[40 + int(np.argmax(direct))])
    counts = Counts.mean([Counts.of(sigmoid(z), reference) for z, reference in pairs])
    assert found.temperature == fit_temperature(counts)


def test_points_are_probabilities_and_temperatures() -> None:
    for threshold, temperature in ((0.0, 1.0), (1.0, 1.0), (0.5, 0.0), (float("nan"), 1.0), (0.5, float("nan"))):
        with pytest.raises(ValueError, match=r"threshold is|temperature is"):
            OperatingPoint(threshold, temperature)
    for long in ((10**500, 1.0), (0.5, -(10**500))):
        with pytest.raises(ValueError, match=r"threshold is|temperature is") as caught:
            OperatingPoint(*long)
        assert len(str(caught.value)) < 100


def test_folds_hold_whole_groups() -> None:
    groups = [f"g{i // 3}" for i in range(30)]
    folds = folds_of(groups)
    assert set(folds) == set(range(5))
    assert len({(g, f) for g, f in zip(groups, folds, strict=True)}) == len(set(groups))
    assert sorted(folds.count(fold) for fold in range(5)) == [6] * 5
    assert folds_of(["a", "b", "a", "c"]) == [0, 1, 0, 2]  # one group a fold where there are fewer than five
    assert folds_of(["a", "a"]) == [0, 0]


def test_no_case_of_val_chooses_its_own_point() -> None:
    results = shifted(14, 0.7)
    counts = counted(results)
    chosen = cross_validated(results, counts)
    assert chosen.note is not None and chosen.note["folds"] == 5
    folds = dict(zip(map(key_of, results), folds_of([f"{r.dataset}/{r.group}" for r in results]), strict=True))
    for one in results:
        others = [counts[key_of(r)] for r in results if folds[key_of(r)] != folds[key_of(one)]]
        assert chosen.points[key_of(one)] == best_points(others)
    z, reference = logits(99)
    odd = result(0, {"prior": sigmoid(z - 3), "refined": sigmoid(z + 3)}, reference, "d", "g0")
    again = [odd, *results[1:]]
    after = cross_validated(again, counted(again))
    assert after.points["d", "0"] == chosen.points["d", "0"] == chosen.points["d", "1"]  # they share a group
    assert after.points["d", "5"] != chosen.points["d", "5"]


def test_one_group_chooses_nothing() -> None:
    results = [replace(r, group="one") for r in shifted(4, 0.5)]
    chosen = cross_validated(results, counted(results))
    assert chosen.note is None and not chosen.points


def test_a_mask_that_only_some_cases_have_is_chosen_on_those() -> None:
    results = shifted(6, 0.5)
    del results[0].parts["core"]["counts"]["refined"]
    points = best_points(list(counted(results).values()))
    assert points["refined"] == OperatingPoint.best([c["refined"] for c in counted(results[1:]).values()])


# -------------------------------------------------------------------------------------------------------- reports
def written(file: Path, **changes: Any) -> Path:
    points = points_to_json({"prior": OperatingPoint(0.4, 1.5)})
    report = {"kind": "evaluation", "task": "polyp", "split": "val", "weights": "ab", "operating_points": points}
    file.write_text(json.dumps({**report, "all": {"cases": 7}, **changes}))
    return file


def test_a_report_of_val_names_the_points(tmp_path: Path) -> None:
    found = read_points(written(tmp_path / "r.json"), "polyp")
    assert found.points == {"prior": OperatingPoint(0.4, 1.5)} and found.cases == 7
    found.check_weights("ab")
    with pytest.raises(SettingsError, match="made with other weights"):
        found.check_weights("cd")
    results = shifted(3, 0.5)
    chosen = found.for_all(results)
    assert all(chosen.points[key_of(r)] == found.points for r in results)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"split": "test"}, SettingsError, "chosen on val, not on test"),
        ({"split": "train"}, SettingsError, "chosen on val, not on train"),
        ({"task": "fundus"}, SettingsError, "of the task fundus"),
        ({"kind": "ablation"}, DataError, "no report of an evaluation"),
        ({"operating_points": None}, DataError, "names no operating points"),
        ({"operating_points": {"prior": {"threshold": 2, "temperature": 1}}}, DataError, "names no operating points"),
        ({"operating_points": {"prior": {"warmth": 2}}}, DataError, "names no operating points"),
    ],
)
def test_other_reports_are_refused(changes: dict[str, Any], error: type[Exception], words: str, tmp_path: Path) -> None:
    with pytest.raises(error, match=words):
        read_points(written(tmp_path / "r.json", **changes), "polyp")


def test_what_is_no_report_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_points(tmp_path / "none.json", "polyp")
    (tmp_path / "words.json").write_text("not JSON")
    with pytest.raises(DataError, match="is no report"):
        read_points(tmp_path / "words.json", "polyp")
    (tmp_path / "list.json").write_text("[1]")
    with pytest.raises(DataError, match="no report of an evaluation"):
        read_points(tmp_path / "list.json", "polyp")
    before = tmp_path / "before.json"
    written(before)
    report = json.loads(before.read_text())
    del report["operating_points"]
    before.write_text(json.dumps(report))
    with pytest.raises(DataError, match="names no operating points"):
        read_points(before, "polyp")


# --------------------------------------------------------------------------------------------------- the command
def of_store(file: Path) -> list[CaseResult]:
    return [CaseResult(**json.loads(line)) for line in file.read_text().splitlines()[1:]]


def test_val_is_cross_validated_and_test_takes_vals_points(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = draw(tmp_path / "data", train=0, val=8, test=3)
    words = ("--data", data, "--weights", saved(tmp_path / "weights"))
    val, test = tmp_path / "val.json", tmp_path / "test.json"
    command(*words, "--json", val)
    first = json.loads(val.read_text())
    counts = counted(of_store(val.with_suffix(".jsonl")))
    points = best_points(list(counts.values()))
    for mask, kept in first["operating_points"].items():
        assert kept["threshold"] == pytest.approx(points[mask].threshold, rel=1e-6)
        assert kept["temperature"] == pytest.approx(points[mask].temperature, rel=1e-6)
    assert first["chosen_on_val"]["how"] == "cross-validation"
    assert first["chosen_on_val"]["folds"] == len(first["chosen_on_val"]["by_fold"]) == 4  # groups of two
    assert "dice_at_val_threshold" in first["all"]["masks"]["prior"]
    assert "at the chosen threshold" in capsys.readouterr().out

    command(*words, "--split", "test", "--json", test)
    alone = json.loads(test.read_text())
    assert alone["chosen_on_val"] is None and "dice_at_val_threshold" not in alone["all"]["masks"]["prior"]
    with pytest.raises(SettingsError, match="chosen on val, not on test"):
        command(*words, "--operating-points", test)
    with pytest.raises(SettingsError, match="made with other weights"):
        command("--data", data, "--weights", saved(tmp_path / "other", seed=1), "--operating-points", val)

    command(*words, "--split", "test", "--json", test, "--operating-points", val)
    second = json.loads(test.read_text())
    assert second["chosen_on_val"]["how"] == "report" and second["chosen_on_val"]["cases"] == 8
    assert second["chosen_on_val"]["operating_points"] == first["operating_points"]
    counts = counted(of_store(test.with_suffix(".jsonl")))
    for mask, kept in first["operating_points"].items():
        edge = edge_of(kept["threshold"])
        found = second["all"]["masks"][mask]
        direct = [dice_curve(c[mask])[edge] for c in counts.values()]
        assert found["dice_at_val_threshold"]["mean"] == pytest.approx(np.mean(direct), abs=1e-6)
        direct = [log_loss(c[mask], kept["temperature"]) for c in counts.values()]
        assert found["log_loss_at_val_temperature"]["mean"] == pytest.approx(np.mean(direct), abs=1e-6)
        direct = [dice_curve(c[mask])[HALF] for c in counts.values()]
        assert found["dice"]["mean"] == pytest.approx(np.mean(direct), abs=1e-6)
    assert {"dice_at_val_threshold", "average_precision"} <= second["all"]["differences"]["refined - prior"].keys()
