"""What is said over cases: each mask at its own threshold, and no word that a shift of the operating point can buy."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from measured_cases import STEPS, logits, result, shifted, sigmoid

from hidiff.cli.evaluate import write_report
from hidiff.evaluation.calibration import log_loss
from hidiff.evaluation.comparison import BEFORE, MAIN
from hidiff.evaluation.measures import FAIR, along_chain, by_case, measure, of_mask, of_pair
from hidiff.evaluation.operating_points import (
    Chosen,
    best_points,
    counted,
    cross_validated,
    key_of,
    points_to_json,
)
from hidiff.evaluation.protocol import Protocol
from hidiff.evaluation.report import write_results
from hidiff.evaluation.score import CaseResult
from hidiff.evaluation.summary import summarise, summarise_all, table
from hidiff.evaluation.thresholds import average_precision, dice_curve, edge_of, thresholds
from hidiff.evaluation.words import fair_verdict, judged_pair
from hidiff.refinement.settings import Settings
from hidiff.refinement.temperature import Temperatures

SHIFT = -0.4  # towards where Dice at 0.5 gains
TWO_SETS = [*shifted(10, SHIFT, "a"), *shifted(10, SHIFT, "b", first=10)]


def knowing(count: int, gain: float) -> list[CaseResult]:
    """Cases whose refined mask leans towards the reference by `gain` logits, on the whole."""
    out = []
    for seed in range(count):
        z, reference = logits(seed)
        lean = gain * np.random.default_rng(seed + 99).random(z.shape)
        moved = z + np.where(reference, lean, -lean)
        out.append(result(seed, {"prior": sigmoid(z), "refined": sigmoid(moved)}, reference))
    return out


def test_every_figure_is_that_of_the_counts() -> None:
    results = shifted(10, 0.6)
    counts = counted(results)
    chosen = cross_validated(results, counts)
    found = summarise(results, Temperatures(), measure(counts, chosen))["masks"]
    for mask in ("prior", "refined"):
        own = [counts[key_of(r)][mask] for r in results]
        points = [chosen.points[key_of(r)][mask] for r in results]
        mean = np.mean([dice_curve(c) for c in own], axis=0)
        assert found[mask]["best_threshold_dice"]["mean"] == pytest.approx(mean.max())
        assert mean[edge_of(found[mask]["best_threshold_dice"]["threshold"])] == mean.max()
        precision = [average_precision(c) for c in own]
        assert found[mask]["average_precision"]["mean"] == pytest.approx(np.mean(np.array(precision)))
        assert found[mask]["log_loss"]["mean"] == pytest.approx(np.mean([log_loss(c) for c in own]))
        at_val = [dice_curve(c)[edge_of(p.threshold)] for c, p in zip(own, points, strict=True)]
        assert found[mask]["dice_at_val_threshold"]["mean"] == pytest.approx(np.mean(at_val))
        assert found[mask]["best_threshold_dice"]["mean"] >= found[mask]["dice_at_val_threshold"]["mean"]
        tempered = [log_loss(c, p.temperature) for c, p in zip(own, points, strict=True)]
        assert found[mask]["log_loss_at_val_temperature"]["mean"] == pytest.approx(np.mean(tempered))


@pytest.mark.parametrize("c", [0.7, -2.5])
def test_a_shift_changes_dice_at_one_half_and_no_fair_word(c: float) -> None:
    found = summarise(shifted(12, c), Temperatures())["differences"]["refined - prior"]
    at_half = found["dice"]
    assert at_half["low"] > 0.004 or at_half["high"] < -0.004  # here the shift shows
    for name in FAIR:
        assert abs(found[name]["mean"]) < 2e-3
    assert found["best_threshold_dice"]["by_group"]["groups"] == 6


def test_a_shift_by_whole_bins_is_open_and_knowledge_is_better() -> None:
    same = summarise(shifted(12, 0.0), Temperatures())["differences"]["refined - prior"]
    assert fair_verdict(same) == "open"
    better = summarise(knowing(12, 1.0), Temperatures())["differences"]["refined - prior"]
    assert fair_verdict(better) == "better"
    worse = summarise(knowing(12, -1.0), Temperatures())["differences"]["refined - prior"]
    assert fair_verdict(worse) == "worse"
    assert fair_verdict(summarise(knowing(7, 1.0), Temperatures())["differences"]["refined - prior"]) == "too few cases"


def change(low: float, high: float, cases: int = 20) -> dict[str, Any]:
    return {"cases": cases, "mean": (low + high) / 2, "low": low, "high": high, "better": 0.5, "worse": 0.5}


UP, DOWN, EVEN = change(0.1, 0.3), change(-0.3, -0.1), change(-0.1, 0.1)


@pytest.mark.parametrize(
    ("best", "precision", "word"),
    [
        (UP, UP, "better"),
        (UP, EVEN, "open"),
        (EVEN, UP, "open"),
        (EVEN, EVEN, "open"),
        (UP, DOWN, "worse"),
        (DOWN, UP, "worse"),
        (DOWN, EVEN, "worse"),
        (change(0.1, 0.3, 7), UP, "too few cases"),
    ],
)
def test_the_word_asks_both_measures(best: dict[str, Any], precision: dict[str, Any], word: str) -> None:
    for at_half in (UP, DOWN, EVEN):
        pair = {"dice": at_half, "best_threshold_dice": best, "average_precision": precision}
        assert fair_verdict(pair) == word
        assert f", {word} (Dice at 0.5 {at_half['mean']:+.4f}" in judged_pair(pair)


def test_without_the_measures_the_word_follows_dice() -> None:
    assert [fair_verdict({"dice": one}) for one in (UP, DOWN, EVEN)] == ["better", "worse", "open"]
    assert judged_pair({"dice": UP}) == "+0.2000 [+0.1000, +0.3000], 50% / 50%, better"


def test_each_data_set_has_a_threshold_of_its_own_and_all_a_common_one() -> None:
    low, high = shifted(4, 0.0, "a"), shifted(4, 0.0, "b", first=4)
    moved = []
    for seed in range(4, 8):
        z, reference = logits(seed)
        moved.append(result(seed, {"prior": sigmoid(z + 2), "refined": sigmoid(z + 2)}, reference, "b", f"g{seed}"))
    found = summarise_all([*low, *moved], Temperatures())
    at = {name: part["masks"]["prior"]["best_threshold_dice"] for name, part in found["data_sets"].items()}
    assert at["b"]["threshold"] > at["a"]["threshold"]
    unmoved = summarise(high, Temperatures())["masks"]["prior"]["best_threshold_dice"]["mean"]
    assert at["b"]["mean"] == pytest.approx(unmoved, abs=1e-6)  # two whole logits are twenty bins
    whole = found["all"]["masks"]["prior"]["best_threshold_dice"]
    assert at["a"]["threshold"] < whole["threshold"] < at["b"]["threshold"]
    assert whole["mean"] < (at["a"]["mean"] + at["b"]["mean"]) / 2


def test_cases_without_counts_have_no_measures() -> None:
    results = shifted(9, 0.5)
    del results[3].parts["core"]["counts"]["refined"], results[3].parts["core"]["y0_hat_counts"]
    measures = measure(counted(results), Chosen())
    assert of_mask(results, "refined", measures) == {} == of_pair(results, "refined", "prior", measures)
    assert of_mask(results, "prior", measures)["average_precision"]["defined"] == 9
    assert along_chain(results) == {}
    assert [set(found) for found in by_case(results, measures)] == [{"prior", "refined"}] * 3 + [{"prior"}] + [
        {"prior", "refined"}
    ] * 5


def test_an_empty_reference_has_no_average_precision_and_is_counted() -> None:
    results = shifted(4, 0.5)
    z, reference = logits(50)
    empty = result(50, {"prior": sigmoid(z), "refined": sigmoid(z)}, np.zeros_like(reference))
    found = summarise([*results, empty], Temperatures())
    assert found["masks"]["prior"]["average_precision"]["defined"] == 4
    assert found["differences"]["refined - prior"]["average_precision"]["cases"] == 4
    assert found["differences"]["refined - prior"]["best_threshold_dice"]["cases"] == 5
    only = summarise([empty], Temperatures())
    assert "average_precision" not in only["masks"]["prior"]
    assert only["by_t"]["refined"]["average_precision"] == [None] * STEPS


def test_the_chain_is_measured_step_by_step() -> None:
    results = knowing(10, 1.0)
    found = summarise(results, Temperatures())["by_t"]["refined"]
    masks = summarise(results, Temperatures())["masks"]
    for place, mask in ((0, "prior"), (-1, "refined")):  # the guesses walk from one to the other
        for name in FAIR:
            assert found[name][place] == pytest.approx(masks[mask][name]["mean"], abs=1e-6)
        assert found["threshold"][place] == pytest.approx(masks[mask]["best_threshold_dice"]["threshold"])
    assert len(found["t"]) == len(found["threshold"]) == STEPS
    last = found["last_minus_first_measures"]
    assert last["average_precision"]["mean"] == pytest.approx(
        found["average_precision"][-1] - found["average_precision"][0], abs=1e-6
    )
    assert fair_verdict({"dice": found["last_minus_first"], **last}) == "better"


def test_a_case_s_own_figures_have_the_mean_of_the_summary() -> None:
    measures = measure(counted(TWO_SETS), Chosen())
    rows = by_case(TWO_SETS, measures)
    whole = summarise(TWO_SETS, Temperatures(), measures)["masks"]
    for mask in ("prior", "refined"):
        for name in (*FAIR, "log_loss"):
            assert np.mean([row[mask][name] for row in rows]) == pytest.approx(whole[mask][name]["mean"])


# -------------------------------------------------------------------------------------------------------- RESULTS.md
def report(results: list[CaseResult], cross_validate: bool = True, **more: Any) -> dict[str, Any]:
    counts = counted(results)
    chosen = cross_validated(results, counts) if cross_validate else Chosen()
    measures = measure(counts, chosen)
    return {
        **{"kind": "evaluation", "task": "polyp", "split": "val", "weights": "ab", "settings": asdict(Settings())},
        **{"every": 1, "label": None, "protocol": asdict(Protocol())},
        **more,
        "operating_points": points_to_json(best_points(list(counts.values()))),
        "chosen_on_val": chosen.note,
        **summarise_all(results, Temperatures(), measures),
        "cases": [
            {**r.to_json(), "measures": found} for r, found in zip(results, by_case(results, measures), strict=True)
        ],
    }


def told(folder: Path, **reports: dict[str, Any]) -> str:
    (folder / "results").mkdir(parents=True)
    for name, one in reports.items():
        write_report(folder / "results" / f"{name}.json", one)
    return write_results(folder).read_text()


def row(text: str, first: str, last: bool = False) -> list[str]:
    found = [line for line in text.splitlines() if line.startswith(f"| {first} |")]
    return [cell.strip() for cell in found[-1 if last else 0].strip("|").split("|")]


def test_results_hold_the_second_table_and_the_fair_words(tmp_path: Path) -> None:
    one = report(TWO_SETS)
    text = told(tmp_path, polyp_val=one)
    head = "| mask | Dice at 0.5 | Dice at the chosen threshold | best-threshold Dice | average precision | log loss | "
    assert text.count(head + "log loss at the chosen temperature |") == 3  # two sets, and all
    tables = text[text.index("**all**") :]
    cells = row(tables[tables.index(head) :], "segmentor, one look")
    found = one["all"]["masks"]["prior"]
    names = ("dice", "dice_at_val_threshold", "best_threshold_dice", "average_precision", "log_loss")
    for cell, name in zip(cells[1:], (*names, "log_loss_at_val_temperature"), strict=True):
        assert cell.startswith(f"{found[name]['mean']:.4f}"), name
    assert f"at {found['best_threshold_dice']['threshold']:.3f}" in cells[3]
    changes = one["all"]["differences"]["refined - prior"]
    cells = row(text, "all | refined, as configured minus segmentor, one look")
    assert cells[4] == fair_verdict(changes)
    assert f"{changes['dice']['mean']:+.4f}" in cells[5]
    assert changes["dice"]["low"] > 0 and "better" not in cells  # a shift buys no word
    assert "cross-validated, over groups in 5 folds" in text
    assert BEFORE not in text and "no such shift changes" in text
    assert text.count("best-threshold Dice |") >= 5
    steps = text[text.index("| set | chain | t |") :]
    assert f"{one['all']['by_t']['refined']['average_precision'][0]:.4f}" in steps
    assert MAIN[0] in text


def test_a_report_without_a_chosen_point_says_so(tmp_path: Path) -> None:
    text = told(tmp_path, polyp_test=report(TWO_SETS, cross_validate=False, split="test"))
    assert "No threshold or temperature was chosen on val for this report." in text
    cells = row(text[text.index("| mask | Dice at 0.5 |") :], "segmentor, one look")
    assert (cells[2], cells[6]) == ("none", "none")


def as_before(value: Any) -> Any:
    """A report as it was made before the measures were."""
    since = {*FAIR, "log_loss", "measures", "last_minus_first_measures", "threshold", "operating_points"}
    since |= {"dice_at_val_threshold", "log_loss_at_val_temperature", "chosen_on_val"}
    if isinstance(value, list):
        return [as_before(item) for item in value]
    return {k: as_before(v) for k, v in value.items() if k not in since} if isinstance(value, dict) else value


def test_reports_made_before_are_told_by_dice_and_say_so(tmp_path: Path) -> None:
    new = report(shifted(12, SHIFT))
    text = told(tmp_path / "alone", polyp_val=as_before(new))
    assert text.count(BEFORE) == 1
    assert "| Dice at the chosen threshold |" not in text
    assert row(text, "refined, as configured minus segmentor, one look")[1].endswith(", better")
    new = {**new, "label": "new"}
    text = told(tmp_path / "mixed", full={**as_before(new), "label": "full"}, new=new)
    assert text.count(BEFORE) == 1  # of the two, one lacks the measures


def test_variants_are_judged_by_the_fair_measures(tmp_path: Path) -> None:
    base, other = report(shifted(12, 0.0), label="full"), report(knowing(12, 1.0), label="shrewd")
    text = told(tmp_path, full=base, shrewd=other)
    cells = row(text, "shrewd")
    assert "best-threshold Dice +" in cells[5] and ", better (Dice at 0.5" in cells[5]
    assert BEFORE not in text


def test_the_terminal_has_the_figures_in_short(tmp_path: Path) -> None:
    one = report(TWO_SETS)
    lines = table(one).splitlines()
    masks = [line for line in lines if line.startswith("  segmentor, one look:")]
    assert len(masks) == 3
    found = one["all"]["masks"]["prior"]
    assert masks[-1] == (
        f"  segmentor, one look: {found['dice']['mean']:.4f}, "
        f"at the chosen threshold {found['dice_at_val_threshold']['mean']:.4f}, "
        f"best {found['best_threshold_dice']['mean']:.4f} at {found['best_threshold_dice']['threshold']:.3f}, "
        f"AP {found['average_precision']['mean']:.4f}, log loss {found['log_loss']['mean']:.4f}, "
        f"at the chosen temperature {found['log_loss_at_val_temperature']['mean']:.4f}"
    )
    assert any(line.startswith("  refined - prior: ") and ", AP " in line for line in lines)
    assert json.loads(json.dumps(one))["operating_points"].keys() == {"prior", "refined"}
    assert thresholds()[edge_of(one["operating_points"]["prior"]["threshold"])] < 0.9
