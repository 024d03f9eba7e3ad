"""RESULTS.md: the committed reports as tables and figures, with a plain word on what helps and what does not.

`DIR/results/*.json` are reports of `evaluate --json`, `DIR/results/notes.md`, if there is one, is put at the end.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hidiff.aliases import current_report
from hidiff.data.cases import DataError
from hidiff.evaluation import comparison
from hidiff.evaluation.intervals import difference_of_defined
from hidiff.evaluation.measures import FAIR
from hidiff.evaluation.plots import Row, save_along_chain, save_differences, save_reliability
from hidiff.evaluation.protocol import MASKS
from hidiff.evaluation.summary import ALL
from hidiff.evaluation.words import ENOUGH, bracketed, defined, judged, judged_pair, markdown_table, verdict
from hidiff.files import write_text
from hidiff.tasks import DISCLAIMER

RESULTS, NOTES = "results", "notes.md"
BASE = "full"  # the label of what the other variants are compared with

_PREFACE = f"""# Results

Written by `python -m hidiff evaluate --results DIR` from the reports in `results/`. {DISCLAIMER}

Every mask is scored at its image's own resolution, within the field of view where the data name one. Brackets are
bootstrap 95 % intervals, over cases; where cases come from one video or patient, the wider interval over these groups
stands below the table. A difference is paired, both masks of the same image; after it stand the shares of cases that
are better and worse. Of one measure "better" means that the interval lies above 0, "worse" that it lies below;
everything else is said to be open, and of fewer than {ENOUGH} cases nothing is said. HD95, the larger of the two
directions' 95th percentile boundary distance, has no value where a mask is empty; those cases are counted apart, never
scored.
{comparison.PREFACE}"""

Report = dict[str, Any]


def write_results(folder: Path) -> Path:
    """Write `folder/RESULTS.md` and its figures from the reports; returns its path. DataError when there are none."""
    store = folder / RESULTS
    reports = [
        (file.stem, current_report(json.loads(file.read_text(encoding="utf-8"))))
        for file in sorted(store.glob("*.json"))
    ]
    if not reports:
        raise DataError(f"{store} holds no report; make one with evaluate --json {store}/NAME.json.")
    lines = [_PREFACE]
    for task in sorted({report["task"] for _, report in reports}):
        lines.append(f"## {task.capitalize()}\n")
        own = [(name, report) for name, report in reports if report["task"] == task]
        plain = [pair for pair in own if pair[1]["kind"] == "evaluation" and not pair[1].get("label")]
        for name, report in sorted(plain, key=lambda pair: (pair[1]["split"] != "test", pair[0])):
            lines += _evaluation(store, name, report)
        for name, report in own:
            if report["kind"] == "ablation":
                lines += _ablation(store, name, report)
        variants = [report for _, report in own if report["kind"] == "evaluation" and report.get("label")]
        for split in sorted({report["split"] for report in variants}):
            lines += _variants(store, task, split, [r for r in variants if r["split"] == split])
    notes = store / NOTES
    if notes.is_file():
        lines.append(notes.read_text(encoding="utf-8"))
    path = folder / "RESULTS.md"
    write_text(path, "\n".join(lines).rstrip() + "\n")
    return path


# ------------------------------------------------------------------------------------------------ one evaluation
def _evaluation(store: Path, name: str, report: Report) -> list[str]:
    parts = _parts(report)
    lines = [f"### {_title(name, report)}\n", _protocol(report), ""]
    for data_set, part in parts.items():
        lines += [f"**{data_set}**, {part['cases']} cases\n", _masks(part), "", *comparison.measures_table(part)]
    lines.append(comparison.how_chosen(report) if comparison.has_measures(parts) else comparison.BEFORE)
    lines += comparison.compared(store / f"{name}_differences.png", _title(name, report), parts)
    lines.append(_image(f"{name}_differences.png", "paired differences with intervals"))
    lines += comparison.sizes(parts)
    save_along_chain(store / f"{name}_by_t.png", parts, f"{_title(name, report)}: along the chain")
    lines += ["#### Along the chain\n", _image(f"{name}_by_t.png", "Dice of y_t and y0_hat at every t")]
    lines += comparison.along_chain(parts)
    lines += _given(parts)
    lines += _calibrated(store, name, report)
    lines += ["#### The ten worst\n"]
    for data_set, part in parts.items():
        if data_set != ALL or len(parts) == 1:
            pairs = zip(part["worst"], part["worst_dice"], strict=True)
            lines.append(f"- {data_set}: " + ", ".join(f"{case} ({score:.3f})" for case, score in pairs))
    return [*lines, ""]


def _parts(report: Report) -> dict[str, dict[str, Any]]:
    """The summaries by data set, and that of all where there are several."""
    sets: dict[str, dict[str, Any]] = report["data_sets"]
    return sets | ({ALL: report[ALL]} if len(sets) > 1 else {})


def _title(name: str, report: Report) -> str:
    every = "" if report["every"] == 1 else f", one case in {report['every']}"
    held = ", each case by a segmentor that never saw it" if report.get("out_of_fold") else ""
    return f"{report['task']}, {report['split']}{held} ({name}{every})"


def _protocol(report: Report) -> str:
    given = {name: value for name, value in report["protocol"].items() if value is not None}
    now = {**report["settings"], **given}
    chains = f"{now['samples']} chain" + ("s" if now["samples"] > 1 else "")
    each = "a mirror each, " if now["samples"] > 1 else ""
    mirrors = f", {each}the segmentor's prior averaged over mirrors" if now["mirror"] else ", no mirrors"
    looks = ", from the mean of both looks" if now.get("both_looks") else ""
    left = ", the segmentor's own prior left as it is" if now.get("corrects") == "given" else ""
    return (
        f"As configured: {chains}{mirrors}{looks}{left}, {now['steps']} steps, {now['sampler']}, "
        f'aggregate "{now["aggregate"]}", seed {now["seed"]}. Weights {report["weights"]}.'
    )


def _masks(part: dict[str, Any]) -> str:
    rows = []
    for name, found in part["masks"].items():
        fewer = "" if found["cases"] == part["cases"] else f" ({found['cases']} cases)"
        rows.append(
            [
                MASKS[name] + fewer,
                bracketed(found["dice"], 4),
                f"{found['iou']['mean']:.4f}",
                defined(found["hd95"], 1),
                defined(found["hd95_percent"], 2),
                _missing(found["hd95"]),
                defined(found["sensitivity"], 4),
                defined(found["specificity"], 4),
            ]
        )
    head = ("mask", "Dice", "IoU", "HD95, px", "% of diagonal", "without HD95", "sensitivity", "specificity")
    return markdown_table(head, rows)


def _missing(hd95: dict[str, Any]) -> str:
    counts = [(hd95["empty_answer"], "no answer"), (hd95["empty_reference"], "no object"), (hd95["both_empty"], "both")]
    return ", ".join(f"{count} {words}" for count, words in counts if count) or "0"


def _given(parts: dict[str, dict[str, Any]]) -> list[str]:
    lines: list[str] = []
    for title, key, before in (
        ("Priors broken on purpose", "corruptions", "broken"),
        ("Priors by a user", "user", "given"),
    ):
        rows = [
            [
                data_set,
                kind,
                str(f["gain"]["cases"]),
                bracketed(f[before], 4),
                bracketed(f["refined"], 4),
                judged(f["gain"]),
            ]
            for data_set, part in parts.items()
            for kind, f in part.get(key, {}).items()
        ]
        if rows:
            head: Sequence[str] = ("set", "prior", "cases", "its Dice", "refined", "gain")
            lines += [f"#### {title}\n", markdown_table(head, rows), ""]
    rows = [
        [
            data_set,
            str(f["cases"]),
            *(bracketed(f[key], 4) for key in ("before", "edited", "after")),
            *(judged(f[key]) for key in ("after_minus_before", "after_minus_edited")),
        ]
        for data_set, part in parts.items()
        if (f := part.get("scribble"))
    ]
    if rows:
        head = ("set", "cases", "before", "edited mask itself", "after", "after - before", "after - edited")
        lines += ["#### One scribble at the largest error, worst fifth\n", markdown_table(head, rows), ""]
    rows = [
        [
            data_set,
            str(f["cases"]),
            ", ".join(f"{mean:.4f}" for mean in f["mean_by_seed"]),
            f"{f['spread_of_the_mean']:.4f}",
            f"{f['deviation_within_a_case']:.4f}",
        ]
        for data_set, part in parts.items()
        if (f := part.get("seeds"))
    ]
    if rows:
        head = ("set", "cases", "mean Dice by seed", "spread of the mean", "deviation within a case")
        lines += ["#### Over seeds\n", markdown_table(head, rows), ""]
    return lines


def _calibrated(store: Path, name: str, report: Report) -> list[str]:
    found = report[ALL]["calibration"]
    save_reliability(store / f"{name}_calibration.png", found, f"{_title(name, report)}: calibration")
    rows = [
        [
            MASKS[kind],
            f"{f['temperature']:.3f}",
            f"{f['ece_before']:.4f}",
            f"{f['ece_after']:.4f}",
            f"{f['log_loss_before']:.4f}",
            f"{f['log_loss_after']:.4f}",
        ]
        for kind, f in found.items()
    ]
    head = ("probability", "temperature", "ECE before", "ECE after", "log loss before", "log loss after")
    figure = _image(f"{name}_calibration.png", "reliability before and after the temperature")
    return ["#### Calibration\n", "Of all pixels; each case weighs the same.\n", markdown_table(head, rows), "", figure]


# ----------------------------------------------------------------------------------------------------- ablations
def _ablation(store: Path, name: str, report: Report) -> list[str]:
    parts = _parts(report)
    settings = report["settings"]
    lines = [
        f"### One choice at a time: {_title(name, report)}\n",
        f"One upright chain of {settings['steps']} steps unless the choice says otherwise, aggregate "
        f'"{settings["aggregate"]}". Differences are from the first value of each choice. '
        f"Weights {report['weights']}.\n",
    ]
    rows, idle = [], []
    panel: list[Row] = []
    whole = report[ALL]["choices"]
    for axis, values in whole.items():
        for value, found in values.items():
            row = [axis, value, f"{found['dice']['mean']:.4f}"]
            for part in parts.values():
                change = part["choices"][axis][value]["minus_first"]
                row.append("" if change is None else judged(change))
            rows.append(row)
            change = found["minus_first"]
            if change is not None:
                panel.append((f"{axis}: {value}", change["mean"], change["low"], change["high"]))
                if change["low"] <= 0:
                    idle.append(f"{axis}: {value}, {verdict(change)}")
    lines += [markdown_table(("choice", "value", "Dice", *parts), rows), ""]
    if idle:
        lines += ["No gain over the first value: " + "; ".join(idle) + ".\n"]
    save_differences(store / f"{name}_choices.png", {ALL: panel}, f"{_title(name, report)}: one choice at a time")
    return [*lines, _image(f"{name}_choices.png", "each choice against its first value"), ""]


def _variants(store: Path, task: str, split: str, reports: Sequence[Report]) -> list[str]:
    """Weights that were trained in several ways, each against the one labelled `BASE`, or the first."""
    base = next((r for r in reports if r["label"] == BASE), reports[0])
    others = [r for r in reports if r is not base]
    rows: list[list[str]] = []
    panels: dict[str, list[Row]] = {}
    for report in (base, *others):
        whole = report[ALL]
        row = [report["label"], str(whole["cases"]), f"{whole['prior']['mean']:.4f}", f"{whole['refined']['mean']:.4f}"]
        row.append(judged_pair(whole["differences"]["refined - prior"]))
        for name, mask in _COMPARED.items():
            changes = {} if report is base else _paired(report, base, mask)
            row.append(judged_pair(changes) if changes else "")
            if report is not base:
                drawn = [changes["dice"][part] if changes else np.nan for part in ("mean", "low", "high")]
                panels.setdefault(name, []).append((report["label"], *drawn))
        rows.append(row)
    head = ["variant", "cases", "prior", "refined", "refined - prior"]
    head += [f'{name}, minus "{base["label"]}"' for name in _COMPARED]
    lines = [f"### Trained in other ways: {task}, {split}\n", markdown_table(head, rows), ""]
    if not all(comparison.has_measures(_parts(report)) for report in reports):
        lines.append(comparison.BEFORE)
    panels = {name: panel for name, panel in panels.items() if not all(np.isnan(mean) for _, mean, _, _ in panel)}
    if panels:
        figure = f"{task}_{split}_variants.png"
        save_differences(store / figure, panels, f'{task}, {split}: against "{base["label"]}"')
        lines += [_image(figure, "trained variants against the base")]
    return [*lines, ""]


_COMPARED = {"refined": "refined", "a chain a mirror": "chains", "broken priors, refined": None}  # masks, by column


def _value(case: Mapping[str, Any], mask: str | None, measure: str) -> float | None:
    """A case's Dice at 0.5 ("dice") or measure; of no mask, the Dice of its broken priors' refined masks."""
    if mask is None:
        broken = case.get("broken") if measure == "dice" else None
        return float(np.mean([after for _, after in broken.values()])) if broken else None
    kept = case["scores"] if measure == "dice" else case.get("measures", {})
    found = kept.get(mask, {}).get(measure)
    return None if found is None else float(found)


def _paired(report: Report, base: Report, mask: str | None) -> dict[str, dict[str, Any]]:
    """The differences in Dice at 0.5 and in each fair measure, on the cases of which both reports have it."""
    before = {(case["dataset"], case["name"]): case for case in base["cases"]}
    both = [(case, before[key]) for case in report["cases"] if (key := (case["dataset"], case["name"])) in before]
    groups = [f"{case['dataset']}/{case['group']}" for case, _ in both]
    out = {}
    for measure in ("dice", *FAIR):
        now = [_value(case, mask, measure) for case, _ in both]
        change = difference_of_defined(now, [_value(case, mask, measure) for _, case in both], groups)
        if change is not None:
            out[measure] = change
    return out


def _image(file: str, words: str) -> str:
    return f"![{words}]({RESULTS}/{file})\n"
