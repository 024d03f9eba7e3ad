"""The evaluation as a command: kept as it goes, resumed, recorded beside the weights, drawn and told."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from evaluated_model import command, saved, seeing, val_cases
from synthetic_folder import draw, read_rows, write_splits

from hidiff.cli import pack as packing
from hidiff.data.cases import DataError
from hidiff.errors import SettingsError
from hidiff.evaluation import evaluate as runs
from hidiff.evaluation.calibration import Counts, fit_temperature
from hidiff.evaluation.evaluate import evaluate, in_parallel
from hidiff.evaluation.protocol import Protocol
from hidiff.evaluation.score import CaseResult
from hidiff.evaluation.sheets import REPOSITORY, check_outside
from hidiff.evaluation.summary import summarise
from hidiff.imaging.files import read_image, read_mask
from hidiff.pipeline import HiDiff
from hidiff.refinement.temperature import Temperatures


class StopError(Exception):
    """Stands for Ctrl-C."""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Six cases of val in two data sets."""
    folder = draw(tmp_path / "data", train=0, val=6, test=2)
    rows = read_rows(folder)
    write_splits(folder, [{**row, "dataset": "discs" if i % 2 else "plates"} for i, row in enumerate(rows)])
    return folder


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    return saved(tmp_path / "weights" / "polyp")


def counted(monkeypatch: pytest.MonkeyPatch, die_at: int = 10**9) -> list[str]:
    """The names of the cases that are worked out from now on; stops at one of them."""
    names: list[str] = []
    work = runs.evaluate_case

    def watched(model: Any, case: Any, *rest: Any) -> CaseResult:
        names.append(case.name)
        if len(names) == die_at:
            raise StopError
        return work(model, case, *rest)

    monkeypatch.setattr(runs, "evaluate_case", watched)
    return names


def test_an_evaluation_that_was_stopped_goes_on(
    data: Path, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("--data", data, "--weights", weights, "--workers", 1, "--parts", "baselines", "--json")
    with monkeypatch.context() as patch:
        counted(patch, die_at=4)
        with pytest.raises(StopError):
            command(*words, tmp_path / "cut.json")
    assert not (tmp_path / "cut.json").exists()
    store = tmp_path / "cut.jsonl"
    assert len(store.read_text().splitlines()) == 1 + 3
    with store.open("a") as stream:
        stream.write('{"dataset": "discs", "na')  # killed while it wrote
    with monkeypatch.context() as patch:
        names = counted(patch)
        assert command(*words, tmp_path / "cut.json") == 0
    assert names == ["3", "4", "5"]
    assert command(*words, tmp_path / "whole.json") == 0
    assert json.loads((tmp_path / "cut.json").read_text()) == json.loads((tmp_path / "whole.json").read_text())
    with monkeypatch.context() as patch:
        names = counted(patch)
        command("--data", data, "--weights", weights, "--parts", "baselines,seeds:3", "--json", tmp_path / "cut.json")
    assert sorted(names) == ["0", "3"]  # only what was not known
    report = json.loads((tmp_path / "cut.json").read_text())
    assert report["all"]["seeds"]["cases"] == 2
    assert report["all"]["masks"]["mirrors"]["cases"] == 6


def test_figures_of_other_settings_or_weights_are_not_mixed(data: Path, weights: Path, tmp_path: Path) -> None:
    words = ("--data", data, "--json", tmp_path / "report.json", "--every", 6, "--weights")
    command(*words, weights)
    with pytest.raises(DataError, match="figures of other weights or settings"):
        command(*words, weights, "--seed", 1)
    with pytest.raises(DataError, match="figures of other weights or settings"):
        command(*words, saved(tmp_path / "other", seed=1))


def test_a_damaged_store_is_refused(data: Path, weights: Path, tmp_path: Path) -> None:
    words = ("--data", data, "--json", tmp_path / "report.json", "--every", 3, "--weights", weights)
    command(*words)
    store = tmp_path / "report.jsonl"
    lines = store.read_text().splitlines()
    store.write_text("\n".join([lines[0], "}", *lines[1:]]) + "\n")
    with pytest.raises(DataError, match="is damaged at line 2"):
        command(*words)


def test_data_sets_are_chosen_by_name(data: Path, weights: Path, tmp_path: Path) -> None:
    command("--data", data, "--weights", weights, "--datasets", "plates", "--json", tmp_path / "report.json")
    report = json.loads((tmp_path / "report.json").read_text())
    assert list(report["data_sets"]) == ["plates"]
    assert [case["name"] for case in report["cases"]] == ["0", "2", "4"]
    with pytest.raises(DataError, match="has no data set 'cups'; choose from discs, plates"):
        command("--data", data, "--weights", weights, "--datasets", "cups")


@pytest.mark.parametrize("words", [(), ("--data", "somewhere")])
def test_task_and_data_are_asked_for(words: tuple[str, ...], tmp_path: Path) -> None:
    import argparse

    from hidiff.cli import evaluate as command_module

    parser = argparse.ArgumentParser()
    command_module.add_arguments(parser)
    with pytest.raises(SettingsError, match="--task"):
        command_module.run(parser.parse_args(list(words)))


def test_the_scribble_goes_to_the_worst_fifth(tmp_path: Path) -> None:
    cases = val_cases(tmp_path, 6)
    report = evaluate(seeing(), cases, Protocol(parts=("user",)))
    struck = [case["name"] for case in report["cases"] if "scribble" in case]
    order = sorted(report["cases"], key=lambda case: case["refined"])
    assert struck and set(struck) == {case["name"] for case in order[:2]}
    assert report["all"]["scribble"]["cases"] == 2


def test_the_summary_says_what_the_cases_say(tmp_path: Path) -> None:
    report = evaluate(seeing(), val_cases(tmp_path, 6), Protocol(parts=("chains", "baselines")))
    whole, cases = report["all"], report["cases"]
    assert report["data_sets"] == {"discs": whole}
    scores = [case["scores"] for case in cases]
    for pair, found in whole["differences"].items():
        a, b = pair.split(" - ")
        values = np.array([s[a]["dice"] - s[b]["dice"] for s in scores])
        assert found["dice"]["mean"] == pytest.approx(values.mean())
        assert found["dice"]["better"] == pytest.approx((values > 0).mean())
        assert found["dice"]["by_group"]["groups"] == 3  # two neighbours share a group
    areas = sorted(case["area"] for case in cases)
    thirds = whole["by_size"]
    assert [third["cases"] for third in thirds.values()] == [2, 2, 2]
    assert [edge for third in thirds.values() for edge in third["area"]] == areas
    assert whole["worst"] == [c["name"] for c in sorted(cases, key=lambda c: c["refined"])]
    rise = np.mean([c["by_step"][-1] - c["by_step"][0] for c in cases])
    assert whole["by_t"]["refined"]["last_minus_first"]["mean"] == pytest.approx(rise)


def result(name: str, hd95: float | None, mask_area: float, area: float) -> CaseResult:
    score = {"dice": 0.5, "iou": 0.3, "hd95": hd95, "sensitivity": None, "specificity": 1.0, "area": mask_area}
    core = {"scores": {"prior": score, "refined": score}, "counts": {}, "t": [1], "y0_hat": [0.5], "y_t": [0.5]}
    return CaseResult("d", name, name, area, 100.0, {"core": core})


def test_distances_that_do_not_exist_are_counted_not_scored() -> None:
    results = [
        result("a", 10.0, 0.1, 0.1),
        result("b", 20.0, 0.1, 0.1),
        result("c", None, 0, 0.1),
        result("d", None, 0.2, 0),
        result("e", None, 0, 0),
        result("f", None, 0, 0),
    ]
    found = summarise(results, Temperatures())["masks"]["refined"]
    assert found["hd95"]["mean"] == 15 and found["hd95"]["defined"] == 2
    assert found["hd95_percent"]["mean"] == pytest.approx(15)
    assert (found["hd95"]["empty_answer"], found["hd95"]["empty_reference"], found["hd95"]["both_empty"]) == (1, 1, 2)
    assert found["sensitivity"] == {"defined": 0}
    assert summarise(results[2:], Temperatures())["masks"]["refined"]["hd95"]["defined"] == 0


def test_temperatures_are_fitted_on_val_and_written_beside_the_weights(data: Path, weights: Path) -> None:
    before = HiDiff.from_pretrained(weights)
    image = read_image(data / "0.png")
    mask = before.refine(image).finish().probability() > 0.5
    command("--data", data, "--weights", weights, "--calibrate")
    after = HiDiff.from_pretrained(weights)
    counts = []
    for i in range(6):
        p = before.refine(read_image(data / f"{i}.png")).finish().probability()[0]
        counts.append(Counts.of(p, read_mask(data / f"{i}_mask.png") > 127))
    expected = fit_temperature(Counts.mean(counts))
    assert after.config.temperatures.refined == pytest.approx(expected, rel=1e-6)
    assert replace(after.config, temperatures=Temperatures()) == before.config
    refined = after.refine(image).finish().probability()
    np.testing.assert_array_equal(after.calibrated(refined, "refined") > 0.5, mask)
    kept = json.loads((weights / "card.json").read_text())["calibration"]
    assert kept["split"] == "val" and kept["cases"] == 6
    for kind in ("prior", "refined"):
        assert kept[kind]["temperature"] == getattr(after.config.temperatures, kind)
        assert kept[kind]["log_loss_after"] <= kept[kind]["log_loss_before"]
        assert {"ece_before", "ece_after", "table"} <= set(kept[kind])
    with pytest.raises(SettingsError, match="fitted on val, not on test"):
        command("--data", data, "--weights", weights, "--calibrate", "--split", "test")


def test_the_twin_beside_the_weights_is_scored_on_as_many_cases_as_asked(
    data: Path, weights: Path, tmp_path: Path
) -> None:
    parser = argparse.ArgumentParser()
    packing.add_arguments(parser)
    twin = saved(tmp_path / "twin", seed=3, binary=False)
    assert packing.run(parser.parse_args([str(weights), "--twin", str(twin)])) == 0
    command(
        "--data",
        data,
        "--weights",
        weights,
        "--parts",
        "twin:2",
        "--backend",
        "packed",
        "--json",
        tmp_path / "report.json",
    )
    cases = json.loads((tmp_path / "report.json").read_text())["cases"]
    assert ["twin" in case["scores"] for case in cases] == [True, False] * 3


def test_sheets_never_lie_in_the_project(data: Path, weights: Path, tmp_path: Path) -> None:
    for folder in (REPOSITORY, REPOSITORY / "runs" / "sheets", REPOSITORY / "weights" / ".." / "x"):
        with pytest.raises(SettingsError, match="choose a folder outside"):
            command("--data", data, "--weights", weights, "--sheets", folder)
    link = tmp_path / "link"
    link.symlink_to(REPOSITORY)
    with pytest.raises(SettingsError):
        check_outside(link / "sheets")
    command("--data", data, "--weights", weights, "--every", 2, "--sheets", tmp_path / "sheets")
    for name in ("worst.png", "random.png"):
        sheet = read_image(tmp_path / "sheets" / name)
        assert sheet.shape[0] > 3 * 192 and sheet.shape[1] > 5 * 256


def test_results_are_told_in_words_and_figures(data: Path, weights: Path, tmp_path: Path) -> None:
    out = tmp_path / "told"
    store = out / "results"
    with pytest.raises(DataError, match="holds no report"):
        command("--results", out)
    words = ("--data", data, "--weights", weights)
    command(*words, "--parts", "all:2", "--json", store / "polyp_val.json")
    words = (*words, "--every", 3)
    command(*words, "--ablate", "sampler,aggregate", "--json", store / "polyp_ablation.json")
    command(*words, "--label", "full", "--parts", "corruptions", "--json", store / "z.json")
    other = saved(tmp_path / "other", seed=1)
    command(*words, "--weights", other, "--label", "without luck", "--json", store / "b.json")
    command(*words, "--weights", other, "--label", "half", "--parts", "corruptions", "--json", store / "c.json")
    (store / "notes.md").write_text("## Seen\n\nAll of it.\n")
    assert command("--results", out) == 0
    text = (out / "RESULTS.md").read_text()
    report = json.loads((store / "polyp_val.json").read_text())
    for name, found in report["all"]["masks"].items():
        assert f"{found['dice']['mean']:.4f}" in text, name
    for word in ("without luck", "plug_in", "quarter_erased", "ellipse", "All of it.", "smallest third", "open"):
        assert word in text, word
    table = text[text.index("### Trained in other ways") :].splitlines()
    assert [line.split("|")[1].strip() for line in table if line.startswith("| ")][:4] == [
        "variant",
        "---",
        "full",
        "without luck",
    ]
    assert table[2].count('minus "full"') == 3
    base, plain, half = (line.split("|")[6:9] for line in table[4:7])
    assert [cell.strip() for cell in (*base, *plain[1:], half[1])] == [""] * 6
    assert all("[" in cell for cell in (plain[0], half[0], half[2]))
    figures = {line.split("](")[1].rstrip(")") for line in text.splitlines() if line.startswith("![")}
    assert len(figures) == 5
    for figure in figures:
        assert read_image(out / figure).size
    assert str(tmp_path) not in text
    first = {figure: (out / figure).read_bytes() for figure in figures}
    command("--results", out)
    assert {figure: (out / figure).read_bytes() for figure in figures} == first
    assert (out / "RESULTS.md").read_text() == text


def test_what_fails_ends_the_rest() -> None:
    done: list[int] = []

    def work(i: int) -> int:
        if i == 2:
            raise StopError
        done.append(i)
        return i

    kept: list[int] = []
    with pytest.raises(StopError):
        in_parallel(work, list(range(1000)), "count", 1, kept.append)
    assert kept == [0, 1]
    assert len(done) < 1000
    assert in_parallel(lambda i: i * i, [3, 1, 2], "square", 2) == [9, 1, 4]
