"""Summary statistics of cases: means with intervals, paired differences, thirds by size, calibration, and a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hidiff.evaluation import calibration
from hidiff.evaluation.calibration import Counts
from hidiff.evaluation.protocol import COMPARISONS, MASKS
from hidiff.evaluation.score import CaseResult
from hidiff.metrics import bootstrap, bootstrap_by_group
from hidiff.refinement.temperature import Temperatures

ALL = "all"
THIRDS = ("smallest third", "middle third", "largest third")
_BY_SIZE = (("refined", "prior"), ("chains", "prior"), ("chains", "mirrors_window"))

Results = Sequence[CaseResult]


def summarise_all(results: Results, temperatures: Temperatures) -> dict[str, Any]:
    """{"data_sets": a summary each, "all": one of all cases}."""
    names = sorted({r.dataset for r in results})
    parts = {name: summarise([r for r in results if r.dataset == name], temperatures) for name in names}
    return {"data_sets": parts, ALL: parts[names[0]] if len(names) == 1 else summarise(results, temperatures)}


def summarise(results: Results, temperatures: Temperatures) -> dict[str, Any]:
    """Everything that the parts of these cases allow to say."""
    change = np.array([r.refined - r.prior for r in results])
    masks = [name for name in MASKS if any(name in r.scores for r in results)]
    worst = sorted(results, key=lambda r: r.refined)[:10]
    summary: dict[str, Any] = {
        "cases": len(results),
        "groups": len(set(_groups(results))),
        "prior": asdict(bootstrap(np.array([r.prior for r in results]))),
        "refined": asdict(bootstrap(np.array([r.refined for r in results]))),
        "refined_minus_prior": asdict(bootstrap(change)),
        "share_better": float((change > 0).mean()),
        "share_worse": float((change < 0).mean()),
        "y0_hat_by_step": np.mean([r.parts["core"]["y0_hat"] for r in results], axis=0).tolist(),
        "worst": [r.name for r in worst],
        "worst_dice": [r.refined for r in worst],
        "masks": {name: _mask_summary([r for r in results if name in r.scores], name) for name in masks},
        "differences": _differences(results, COMPARISONS),
        "by_size": _by_size(results),
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


def _groups(results: Results) -> list[str]:
    return [f"{r.dataset}/{r.group}" for r in results]


def _mask_summary(results: Results, name: str) -> dict[str, Any]:
    scores = [r.scores[name] for r in results]
    out: dict[str, Any] = {"cases": len(results)}
    for metric in ("dice", "iou"):
        out[metric] = asdict(bootstrap(np.array([s[metric] for s in scores], dtype=np.float64)))
    for metric in ("sensitivity", "specificity", "hd95"):
        out[metric] = _of_defined([s[metric] for s in scores])
    out["hd95_percent"] = _of_defined(
        [None if s["hd95"] is None else 100 * s["hd95"] / r.diagonal for s, r in zip(scores, results, strict=True)]
    )
    empty = [(s["area"] == 0, r.area == 0) for s, r in zip(scores, results, strict=True)]
    out["hd95"]["empty_answer"] = sum(answer and not reference for answer, reference in empty)
    out["hd95"]["empty_reference"] = sum(reference and not answer for answer, reference in empty)
    out["hd95"]["both_empty"] = sum(answer and reference for answer, reference in empty)
    return out


def _of_defined(values: Sequence[float | None]) -> dict[str, Any]:
    """The interval over the cases in which there is such a figure, and how many those are."""
    known = np.array([v for v in values if v is not None], dtype=np.float64)
    return {**(asdict(bootstrap(known)) if known.size else {}), "defined": int(known.size)}


def difference(values: NDArray[np.float64], groups: Sequence[str]) -> dict[str, Any]:
    """A paired difference (N,): interval, shares better and worse; over whole groups where these hold several cases."""
    out: dict[str, Any] = {
        "cases": len(values),
        **asdict(bootstrap(values)),
        "better": float((values > 0).mean()),
        "worse": float((values < 0).mean()),
    }
    if 1 < len(set(groups)) < len(groups):
        interval = bootstrap_by_group(values, np.array(groups))
        out["by_group"] = {"groups": len(set(groups)), "low": interval.low, "high": interval.high}
    return out


def _differences(results: Results, pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """ "a - b" -> Dice, IoU and HD95 of a minus those of b, on the cases that have both."""
    out = {}
    for a, b in pairs:
        both = [r for r in results if a in r.scores and b in r.scores]
        if not both:
            continue
        out[f"{a} - {b}"] = {
            metric: found
            for metric in ("dice", "iou", "hd95")
            if (found := _difference(both, a, b, metric)) is not None
        }
    return out


def _difference(results: Results, a: str, b: str, metric: str) -> dict[str, Any] | None:
    rows = [(r.scores[a][metric], r.scores[b][metric], r) for r in results]
    known = [(x - y, r) for x, y, r in rows if x is not None and y is not None]
    if not known:
        return None
    return difference(np.array([d for d, _ in known]), _groups([r for _, r in known]))


def _by_size(results: Results) -> dict[str, Any]:
    if len(results) < len(THIRDS):
        return {}
    order = sorted(results, key=lambda r: r.area)
    edges = np.linspace(0, len(order), len(THIRDS) + 1).round().astype(int)
    out = {}
    for third, first, last in zip(THIRDS, edges[:-1], edges[1:], strict=True):
        part = order[first:last]
        out[third] = {
            "cases": len(part),
            "area": [part[0].area, part[-1].area],
            **{name: float(np.mean([getattr(r, name) for r in part])) for name in ("prior", "refined")},
            "differences": {name: found["dice"] for name, found in _differences(part, _BY_SIZE).items()},
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
            "last_minus_first": difference(rise, _groups([r for _, r in known])),
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
        gain = difference(after - first, _groups(known))
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
        "after_minus_before": difference(after - before, _groups(known)),
        "after_minus_edited": difference(after - edited, _groups(known)),
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
def with_interval(values: dict[str, Any], digits: int = 4) -> str:
    """A paired difference as "+0.0123 [+0.0010, +0.0230]"."""
    return f"{values['mean']:+.{digits}f} [{values['low']:+.{digits}f}, {values['high']:+.{digits}f}]"


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


def _details(part: dict[str, Any]) -> list[str]:
    lines = []
    if len(part["masks"]) > 2:
        for name, values in part["masks"].items():
            lines.append(f"  {MASKS[name]}: {values['dice']['mean']:.4f}")
        for name, values in part["differences"].items():
            lines.append(f"  {name}: {with_interval(values['dice'])}")
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
