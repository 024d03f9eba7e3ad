"""Summary statistics of cases: means with intervals, paired differences, thirds by size, calibration, and a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from hidiff.evaluation import calibration
from hidiff.evaluation.calibration import Counts
from hidiff.evaluation.intervals import difference, difference_of_defined, groups_of, of_defined, with_interval
from hidiff.evaluation.measures import (
    BEST_DICE,
    FAIR,
    LOSS,
    PRECISION,
    VAL_DICE,
    VAL_LOSS,
    Measures,
    along_chain,
    measure,
    of_mask,
    of_pair,
)
from hidiff.evaluation.operating_points import Chosen, counted
from hidiff.evaluation.protocol import COMPARISONS, MASKS
from hidiff.evaluation.score import CaseResult
from hidiff.metrics import bootstrap
from hidiff.refinement.temperature import Temperatures

ALL = "all"
THIRDS = ("smallest third", "middle third", "largest third")
_BY_SIZE = (("refined", "prior"), ("chains", "prior"), ("chains", "mirrors_window"))

Results = Sequence[CaseResult]


def summarise_all(results: Results, temperatures: Temperatures, measures: Measures | None = None) -> dict[str, Any]:
    """{"data_sets": a summary each, "all": one of all cases}."""
    names = sorted({r.dataset for r in results})
    parts = {name: summarise([r for r in results if r.dataset == name], temperatures, measures) for name in names}
    return {"data_sets": parts, ALL: parts[names[0]] if len(names) == 1 else summarise(results, temperatures, measures)}


def summarise(results: Results, temperatures: Temperatures, measures: Measures | None = None) -> dict[str, Any]:
    """Everything that the parts of these cases allow to say. measures: of all cases or more; by default worked out
    here, with nothing chosen on val."""
    measures = measure(counted(results), Chosen()) if measures is None else measures
    change = np.array([r.refined - r.prior for r in results])
    masks = [name for name in MASKS if any(name in r.scores for r in results)]
    worst = sorted(results, key=lambda r: r.refined)[:10]
    summary: dict[str, Any] = {
        "cases": len(results),
        "groups": len(set(groups_of(results))),
        "prior": asdict(bootstrap(np.array([r.prior for r in results]))),
        "refined": asdict(bootstrap(np.array([r.refined for r in results]))),
        "refined_minus_prior": asdict(bootstrap(change)),
        "share_better": float((change > 0).mean()),
        "share_worse": float((change < 0).mean()),
        "y0_hat_by_step": np.mean([r.parts["core"]["y0_hat"] for r in results], axis=0).tolist(),
        "worst": [r.name for r in worst],
        "worst_dice": [r.refined for r in worst],
        "masks": {name: _mask_summary([r for r in results if name in r.scores], name, measures) for name in masks},
        "differences": _differences(results, COMPARISONS, measures),
        "by_size": _by_size(results, measures),
        "by_t": _by_t(results),
        "calibration": _calibration(results, temperatures),
    }
    for name, found in (
        ("corruptions", _pairs(results, "corruptions", "broken", "broken")),
        ("user", _pairs(results, "user", "given", "given")),
        ("scribble", _scribble(results)),
        ("seeds", _seeds(results)),
    ):
        if found:
            summary[name] = found
    return summary


def _mask_summary(results: Results, name: str, measures: Measures) -> dict[str, Any]:
    scores = [r.scores[name] for r in results]
    out: dict[str, Any] = {"cases": len(results)}
    for metric in ("dice", "iou"):
        out[metric] = asdict(bootstrap(np.array([s[metric] for s in scores], dtype=np.float64)))
    for metric in ("sensitivity", "specificity", "hd95"):
        out[metric] = of_defined([s[metric] for s in scores])
    out["hd95_percent"] = of_defined(
        [None if s["hd95"] is None else 100 * s["hd95"] / r.diagonal for s, r in zip(scores, results, strict=True)]
    )
    empty = [(s["area"] == 0, r.area == 0) for s, r in zip(scores, results, strict=True)]
    out["hd95"]["empty_answer"] = sum(answer and not reference for answer, reference in empty)
    out["hd95"]["empty_reference"] = sum(reference and not answer for answer, reference in empty)
    out["hd95"]["both_empty"] = sum(answer and reference for answer, reference in empty)
    return {**out, **of_mask(results, name, measures)}


def _differences(results: Results, pairs: Sequence[tuple[str, str]], measures: Measures) -> dict[str, Any]:
    """ "a - b" -> Dice, IoU, HD95 and the measures of a minus those of b, on the cases that have both."""
    out = {}
    for a, b in pairs:
        both = [r for r in results if a in r.scores and b in r.scores]
        if not both:
            continue
        columns = {metric: _columns(both, a, b, metric) for metric in ("dice", "iou", "hd95")}
        found = {metric: difference_of_defined(*pair, groups_of(both)) for metric, pair in columns.items()}
        known = {metric: change for metric, change in found.items() if change is not None}
        out[f"{a} - {b}"] = {**known, **of_pair(both, a, b, measures)}
    return out


def _columns(results: Results, a: str, b: str, metric: str) -> tuple[list[float | None], list[float | None]]:
    return [r.scores[a][metric] for r in results], [r.scores[b][metric] for r in results]


def _by_size(results: Results, measures: Measures) -> dict[str, Any]:
    if len(results) < len(THIRDS):
        return {}
    order = sorted(results, key=lambda r: r.area)
    edges = np.linspace(0, len(order), len(THIRDS) + 1).round().astype(int)
    out = {}
    for third, first, last in zip(THIRDS, edges[:-1], edges[1:], strict=True):
        part = order[first:last]
        found = _differences(part, _BY_SIZE, measures)
        out[third] = {
            "cases": len(part),
            "area": [part[0].area, part[-1].area],
            **{name: float(np.mean([getattr(r, name) for r in part])) for name in ("prior", "refined")},
            "differences": {pair: changes["dice"] for pair, changes in found.items()},
            "measures": {pair: {name: c[name] for name in FAIR if name in c} for pair, c in found.items()},
        }
    return out


def _by_t(results: Results) -> dict[str, Any]:
    out = {}
    sources: dict[str, Callable[[CaseResult], dict[str, Any] | None]] = {
        "refined": lambda r: r.parts["core"],
        "chains": lambda r: r.parts["chains"]["chains_by_step"] if "chains" in r.parts else None,
    }
    for name, source in sources.items():
        known = [(found, r) for r in results if (found := source(r)) is not None]
        if not known:
            continue
        rise = np.array([found["y0_hat"][-1] - found["y0_hat"][0] for found, _ in known])
        out[name] = {
            "t": known[0][0]["t"],
            **{key: np.mean([found[key] for found, _ in known], axis=0).tolist() for key in ("y0_hat", "y_t")},
            "last_minus_first": difference(rise, groups_of([r for _, r in known])),
            **(along_chain(results) if name == "refined" else {}),
        }
    return out


def counts_of(results: Results, mask: str) -> Counts | None:
    """The calibration counts of a mask's probability, the mean over the cases that have it."""
    found = [part["counts"][mask] for r in results for part in r.parts.values() if mask in part.get("counts", {})]
    return Counts.mean(Counts.from_json(rows) for rows in found) if found else None


def _calibration(results: Results, temperatures: Temperatures) -> dict[str, Any]:
    out = {}
    for mask, temperature in (
        ("prior", temperatures.prior),
        ("refined", temperatures.refined),
        ("chains", temperatures.refined),
    ):
        counts = counts_of(results, mask)
        if counts is not None:
            fitted = calibration.describe(counts, calibration.fit_temperature(counts))
            out[mask] = {**calibration.describe(counts, temperature), "fitted": fitted}
    return out


def _pairs(results: Results, part: str, key: str, before: str) -> dict[str, Any]:
    """Dice of what was given and of what became of it, and the gain, for each kind."""
    known = [r for r in results if part in r.parts and r.parts[part][key]]
    out = {}
    for kind in known[0].parts[part][key] if known else ():
        first, after = np.array([r.parts[part][key][kind] for r in known]).T
        gain = difference(after - first, groups_of(known))
        out[kind] = {before: asdict(bootstrap(first)), "refined": asdict(bootstrap(after)), "gain": gain}
    return out


def _scribble(results: Results) -> dict[str, Any]:
    known = [r for r in results if r.parts.get("scribble", {}).get("scribble")]
    if not known:
        return {}
    before, edited, after = np.array([r.parts["scribble"]["scribble"] for r in known]).T
    return {
        "cases": len(known),
        "before": asdict(bootstrap(before)),
        "edited": asdict(bootstrap(edited)),
        "after": asdict(bootstrap(after)),
        "after_minus_before": difference(after - before, groups_of(known)),
        "after_minus_edited": difference(after - edited, groups_of(known)),
    }


def _seeds(results: Results) -> dict[str, Any]:
    known = [r.parts["seeds"]["seeds"] for r in results if "seeds" in r.parts]
    if not known:
        return {}
    table = np.array(known)  # (N, seeds)
    means = table.mean(axis=0)
    return {
        "cases": len(known),
        "mean_by_seed": means.tolist(),
        "spread_of_the_mean": float(np.ptp(means)),
        "deviation_within_a_case": float(table.std(axis=1).mean()),
    }


# ------------------------------------------------------------------------------------------------------- words
def table(report: dict[str, Any]) -> str:
    """The report's summaries for a terminal."""
    lines = []
    for name, part in report["data_sets"].items():
        lines.append(
            f"{name} ({part['cases']}): prior {part['prior']['mean']:.4f}, refined {part['refined']['mean']:.4f}, "
            f"difference {with_interval(part['refined_minus_prior'])}, "
            f"better {part['share_better']:.0%}, worse {part['share_worse']:.0%}"
        )
        lines += _details(part)
    if len(report["data_sets"]) > 1:
        lines += ["all:", *_details(report[ALL])]
    return "\n".join(lines)


def _masks_and_pairs(part: dict[str, Any]) -> list[str]:
    """A line a mask and a line a pair: Dice at 0.5, then what no shift of the operating point changes."""
    lines = []
    for name, found in part["masks"].items():
        line = f"  {MASKS[name]}: {found['dice']['mean']:.4f}"
        if VAL_DICE in found:
            line += f", at the chosen threshold {found[VAL_DICE]['mean']:.4f}"
        if set(FAIR) <= found.keys():
            best = found[BEST_DICE]
            line += f", best {best['mean']:.4f} at {best['threshold']:.3f}, AP {found[PRECISION]['mean']:.4f}"
            line += f", log loss {found[LOSS]['mean']:.4f}"
        if VAL_LOSS in found:
            line += f", at the chosen temperature {found[VAL_LOSS]['mean']:.4f}"
        lines.append(line)
    for pair, values in part["differences"].items():
        line = f"  {pair}: {with_interval(values['dice'])}"
        for name, words in ((BEST_DICE, "best"), (PRECISION, "AP"), (LOSS, "log loss")):
            line += f", {words} {with_interval(values[name])}" if name in values else ""
        lines.append(line)
    return lines


def _details(part: dict[str, Any]) -> list[str]:
    lines = _masks_and_pairs(part)
    for title, key in (("broken by", "corruptions"), ("given", "user")):
        for kind, values in part.get(key, {}).items():
            first = values["broken" if key == "corruptions" else "given"]["mean"]
            lines.append(
                f"  {title} {kind}: {first:.4f} -> {values['refined']['mean']:.4f}, "
                f"gain {with_interval(values['gain'])}"
            )
    if "scribble" in part:
        hand = part["scribble"]
        lines.append(
            f"  one scribble ({hand['cases']}): {hand['before']['mean']:.4f}, edited {hand['edited']['mean']:.4f}, "
            f"after {hand['after']['mean']:.4f}"
        )
    if "seeds" in part:
        lines.append("  by seed: " + ", ".join(f"{mean:.4f}" for mean in part["seeds"]["mean_by_seed"]))
    for name, values in part["calibration"].items():
        lines.append(
            f"  ECE of {name}: {values['ece_before']:.4f}, at temperature {values['temperature']:.2f} "
            f"{values['ece_after']:.4f}"
        )
    return lines
