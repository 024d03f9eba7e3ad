"""Comparison of masks in RESULTS.md: the table of measures at several operating points, and paired differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hidiff.evaluation.intervals import with_interval
from hidiff.evaluation.measures import BEST_DICE, FAIR, LOSS, PRECISION, VAL_DICE, VAL_LOSS
from hidiff.evaluation.plots import Row, save_differences
from hidiff.evaluation.protocol import MASKS
from hidiff.evaluation.words import (
    bracketed,
    defined,
    fair_verdict,
    is_fair,
    judged,
    judged_pair,
    markdown_table,
    shown,
    verdict,
)

MAIN = ("refined - prior", "chains - prior", "chains - mirrors_window")

PREFACE = """
Dice at 0.5 also depends on where a probability is cut: a refinement that only moves all its probabilities up or down
can gain there and know nothing more of the image. Two measures that no such shift changes stand beside it:
best-threshold Dice, each mask cut at the one threshold that suits these cases best, and average precision, the area
under the precision-recall curve; the segmentor at the threshold and temperature chosen on val is the baseline to beat.
Between two masks "better" therefore means that the intervals of both measures lie above 0, "worse" that either lies
below. Where the measures are not kept (broken and given priors, scribbles, single choices, reports made before) the
words follow Dice at 0.5.
"""

BEFORE = "Made before best-threshold Dice and average precision were kept: the words here follow Dice at 0.5.\n"

_NAMES = {BEST_DICE: "best-threshold Dice", PRECISION: "average precision"}

Part = dict[str, Any]  # a summary of cases
Parts = dict[str, Part]  # by data set


def has_measures(parts: Parts) -> bool:
    """Whether a report's summaries hold the measures that no shift of the operating point changes."""
    return any(is_fair(found) for part in parts.values() for found in part["masks"].values())


def measures_table(part: Part) -> list[str]:
    """The masks of one data set at 0.5, at val's point and at their own best; no line where a report has no counts."""
    rows = []
    for name, found in part["masks"].items():
        if not is_fair(found):
            continue
        fewer = "" if found["cases"] == part["cases"] else f" ({found['cases']} cases)"
        best = found[BEST_DICE]
        rows.append(
            [
                MASKS[name] + fewer,
                f"{found['dice']['mean']:.4f}",
                _at_val(found, VAL_DICE),
                f"{bracketed(best, 4)} at {best['threshold']:.3f}",
                bracketed(found[PRECISION], 4),
                f"{found[LOSS]['mean']:.4f}",
                _at_val(found, VAL_LOSS),
            ]
        )
    head = (
        "mask",
        "Dice at 0.5",
        "Dice at the chosen threshold",
        "best-threshold Dice",
        "average precision",
        "log loss",
    )
    return [markdown_table((*head, "log loss at the chosen temperature"), rows), ""] if rows else []


def _at_val(found: Mapping[str, Any], name: str) -> str:
    return defined(found[name], 4) if name in found else "none"


def how_chosen(report: Mapping[str, Any]) -> str:
    """A line on where the chosen thresholds and temperatures come from."""
    note = report.get("chosen_on_val")
    if note is None:
        return "No threshold or temperature was chosen on val for this report.\n"
    if note["how"] == "report":
        return f"Threshold and temperature, each mask its own, were chosen on the {note['cases']} cases of val.\n"
    whose = "training cases, each by a segmentor that never saw it" if "out_of_fold" in report else "the cases of val"
    return (
        f"These are {whose}. Threshold and temperature are cross-validated, over groups in "
        f"{note['folds']} folds: every case is scored at those that suit the other folds' cases best.\n"
    )


def compared(figure: Path, title: str, parts: Parts) -> list[str]:
    """The paired differences as tables, and as a figure that is written to `figure`."""
    fair = has_measures(parts)
    measure = BEST_DICE if fair else "dice"
    pairs = list(dict.fromkeys(pair for part in parts.values() for pair in part["differences"]))
    panels: dict[str, list[Row]] = {}
    by_group = []
    for pair in pairs:
        for data_set, part in parts.items():
            found = part["differences"].get(pair, {})
            drawn = found.get(measure)
            values = (drawn["mean"], drawn["low"], drawn["high"]) if drawn else (np.nan,) * 3
            panels.setdefault(data_set, []).append((pair, *values))
            by_group += _over_groups(data_set, pair, found, FAIR if fair else ("dice",))
    words = "best-threshold Dice" if fair else "Dice"
    save_differences(figure, panels, f"{title}: on the same images", f"difference in {words}, 95 % interval")
    lines = ["#### On the same images\n", _fair_rows(pairs, parts) if fair else _rows_at_half(pairs, parts), ""]
    if by_group:
        lines += ["Over groups:\n", *by_group, ""]
    return [*lines, _others(parts, fair), ""]


def _over_groups(data_set: str, pair: str, changes: Mapping[str, Any], measures: Sequence[str]) -> list[str]:
    lines = []
    for name in measures:
        wide = changes.get(name, {}).get("by_group")
        if wide:
            of = f", {_NAMES[name]}" if name in _NAMES else ""
            lines.append(
                f"- {data_set}, {pair}{of}: [{wide['low']:+.4f}, {wide['high']:+.4f}] over {wide['groups']} groups"
            )
    return lines


def _rows_at_half(pairs: Sequence[str], parts: Parts) -> str:
    rows = []
    for pair in pairs:
        found = [part["differences"].get(pair, {}).get("dice") for part in parts.values()]
        rows.append([_words(pair), *(judged(change) if change else "" for change in found)])
    return markdown_table(("Dice", *parts), rows)


def _fair_rows(pairs: Sequence[str], parts: Parts) -> str:
    rows = []
    for data_set, part in parts.items():
        for pair in pairs:
            changes = part["differences"].get(pair)
            if changes is None:
                continue
            columns = (PRECISION, VAL_DICE, LOSS, VAL_LOSS)
            cells = [with_interval(changes[name]) if name in changes else "" for name in columns]
            best = shown(changes[BEST_DICE]) if BEST_DICE in changes else ""
            rows.append(
                [data_set, _words(pair), best, cells[0], fair_verdict(changes), shown(changes["dice"]), *cells[1:]]
            )
    head = ("set", "masks", "best-threshold Dice", "average precision", "word", "Dice at 0.5")
    rest = (
        "Dice at the chosen threshold",
        "log loss (less is better)",
        "log loss at the chosen temperature (less is better)",
    )
    return markdown_table((*head, *rest), rows)


def _others(parts: Parts, fair: bool) -> str:
    """IoU and distance, at 0.5: with words of their own only where no fair measure has the word."""
    rows = []
    for data_set, part in parts.items():
        for pair in MAIN:
            found = part["differences"].get(pair)
            if not found:
                continue
            iou, hd95 = with_interval(found["iou"]), with_interval(found["hd95"], 2) if "hd95" in found else ""
            if not fair:
                iou += f", {verdict(found['iou'])}"
                hd95 += f", {verdict(found['hd95'], True)}" if hd95 else ""
            rows.append([data_set, _words(pair), iou, hd95])
    at = " at 0.5" if fair else ""
    return markdown_table(("set", "masks", f"IoU{at}", f"HD95{at}, px (less is better)"), rows)


def _words(pair: str) -> str:
    a, b = pair.split(" - ")
    return f"{MASKS[a]} minus {MASKS[b]}"


def sizes(parts: Parts) -> list[str]:
    """The differences of `MAIN` in each third by the object's size."""
    rows = []
    for data_set, part in parts.items():
        for third, found in part["by_size"].items():
            low, high = (100 * value for value in found["area"])
            row = [data_set, third, str(found["cases"]), f"{low:.2f} to {high:.2f} %", f"{found['prior']:.4f}"]
            measures = found.get("measures", {})
            gains = [
                judged_pair({"dice": found["differences"][pair], **measures.get(pair, {})})
                if pair in found["differences"]
                else ""
                for pair in MAIN
            ]
            rows.append([*row, *gains])
    if not rows:
        return []
    head = ("set", "objects", "cases", "area", "prior", *MAIN)
    return ["#### By size of the object\n", markdown_table(head, rows), ""]


def along_chain(parts: Parts) -> list[str]:
    """A line a data set and kind of chain on its last step minus its first, and a table of the fair measures by t."""
    lines, rows = [], []
    for data_set, part in parts.items():
        for kind, found in part["by_t"].items():
            changes = {"dice": found["last_minus_first"], **found.get("last_minus_first_measures", {})}
            change = (
                judged_pair(changes)
                if is_fair(changes)
                else f"{with_interval(changes['dice'])}, {verdict(changes['dice'])}"
            )
            lines.append(f"- {data_set}, {MASKS[kind]}: y0_hat at the last t minus at the first {change}")
            if is_fair(found):
                columns = (found["t"], found["y0_hat"], found[BEST_DICE], found["threshold"], found[PRECISION])
                rows += [
                    [data_set, MASKS[kind], str(t), f"{dice:.4f}", f"{best:.4f} at {edge:.3f}", _number(precision)]
                    for t, dice, best, edge, precision in zip(*columns, strict=True)
                ]
    lines.append("")
    if rows:
        head = ("set", "chain", "t", "Dice of y0_hat at 0.5", "best-threshold Dice", "average precision")
        lines += [markdown_table(head, rows), ""]
    return lines


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.4f}"
