"""Ablation of a refinement's choices on finished weights: one choice changes, the rest stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from hidiff.data.cases import Case
from hidiff.diffusion.samplers import SAMPLERS
from hidiff.errors import SettingsError
from hidiff.evaluation.evaluate import in_parallel, threads_for
from hidiff.evaluation.intervals import difference, with_interval
from hidiff.evaluation.protocol import Protocol
from hidiff.evaluation.score import CaseResult, Subject
from hidiff.evaluation.store import CaseStore
from hidiff.evaluation.summary import ALL
from hidiff.metrics import bootstrap
from hidiff.pipeline import HiDiff
from hidiff.priors.views import MIRRORS
from hidiff.refinement.settings import AGGREGATES

Changes = dict[str, Any]

_FOUR = {"samples": len(MIRRORS)}
AXES = ("sampler", "steps", "samples", "aggregate", "aggregate of four chains", "mirror", "focus")
"""The choices. The first value of each is what the others are measured against; all else is as the weights have it, in
one unmirrored chain."""


def values_of(axis: str) -> dict[str, Changes]:
    """The values of one of `AXES` by name, read from the tables of samplers and aggregates as they are now."""
    table: dict[str, Callable[[], dict[str, Changes]]] = {
        "sampler": lambda: {name: {"sampler": name} for name in SAMPLERS},
        "steps": lambda: {str(n): {"steps": n} for n in (10, 5, 2, 1)},
        "samples": lambda: {str(n): {"samples": n} for n in (1, 4, 16)},
        "aggregate": lambda: {name: {"aggregate": name} for name in AGGREGATES},
        "aggregate of four chains": lambda: {name: {"aggregate": name, **_FOUR} for name in AGGREGATES},
        "mirror": lambda: {
            "four chains, unmirrored": {**_FOUR},
            "four chains, a mirror each": {**_FOUR, "mirror": True},
        },
        "focus": lambda: {"whole image": {"focus": False}, "closer look": {"focus": True}},
    }
    return table[axis]()


PREFIX = "ablate "  # of a part's name in the store


def axes_of(model: HiDiff, wanted: Sequence[str]) -> dict[str, dict[str, Changes]]:
    """The choices that are named (none: all) and that the model has. SettingsError for an unknown name."""
    if unknown := sorted(set(wanted) - set(AXES)):
        raise SettingsError(f"The choice {unknown[0]!r} is not known; choose from {', '.join(AXES)}.")
    out = {}
    for axis in AXES:
        fits = {name: c for name, c in values_of(axis).items() if c.get("steps", 1) <= model.config.denoiser.T}
        if (not wanted or axis in wanted) and len(fits) > 1 and (axis != "focus" or model.task.focus):
            out[axis] = fits
    return out


def ablate_case(model: HiDiff, case: Case, axes: dict[str, dict[str, Changes]], seed: int = 0) -> CaseResult:
    """Dice of every variant. They share what they have in common: the model remembers."""
    subject = Subject(model, case, Protocol(seed=seed))
    prior, turned = subject.model.prior(subject.image), subject.model.prior(subject.image, True)

    def score(changes: Changes) -> float:
        start = turned if changes.get("mirror") else prior
        return subject.dice(subject.refine(start, **changes).probability())

    parts = {
        PREFIX + axis: {"dice": {name: score(changes) for name, changes in values.items()}}
        for axis, values in axes.items()
    }
    diagonal = float(np.hypot(*subject.reference.shape))
    return CaseResult(
        case.dataset, case.name, case.group, float(subject.reference.mean()), diagonal, parts, case.digest
    )


def ablate(
    model: HiDiff,
    cases: Sequence[Case],
    wanted: Sequence[str] = (),
    seed: int = 0,
    journal: CaseStore | None = None,
    workers: int | None = None,
) -> dict[str, Any]:
    """The report: for each choice and value Dice, and the paired difference from the choice's first value."""
    journal = journal or CaseStore()
    axes = axes_of(model, wanted)

    def missing(case: Case) -> dict[str, dict[str, Changes]]:
        return {axis: values for axis, values in axes.items() if PREFIX + axis not in journal.parts_of(case)}

    in_parallel(
        lambda case: ablate_case(model, case, missing(case), seed),
        [case for case in cases if missing(case)],
        "ablate",
        workers,
        journal.add,
        threads_for(model),
    )
    results = [journal.result(case) for case in cases]
    sets = sorted({r.dataset for r in results})
    return {
        "settings": asdict(replace(model.config.settings, samples=1, mirror=False, seed=seed)),
        "data_sets": {name: _summary([r for r in results if r.dataset == name], axes) for name in sets},
        ALL: _summary(results, axes),
        "cases": [
            {
                "dataset": r.dataset,
                "name": r.name,
                "dice": {axis: r.parts[PREFIX + axis]["dice"] for axis in axes},
            }
            for r in results
        ],
    }


def _summary(results: Sequence[CaseResult], axes: dict[str, dict[str, Changes]]) -> dict[str, Any]:
    out: dict[str, Any] = {"cases": len(results), "choices": {}}
    groups = [f"{r.dataset}/{r.group}" for r in results]
    for axis, values in axes.items():
        first, *_ = values
        scores = {name: np.array([r.parts[PREFIX + axis]["dice"][name] for r in results]) for name in values}
        out["choices"][axis] = {
            name: {
                "dice": asdict(bootstrap(found)),
                "minus_first": None if name == first else difference(found - scores[first], groups),
            }
            for name, found in scores.items()
        }
    return out


def ablation_table(report: dict[str, Any]) -> str:
    """The report for a terminal, all data sets together."""
    lines = [f"{report[ALL]['cases']} cases, differences from the first value of each choice"]
    for axis, values in report[ALL]["choices"].items():
        for name, found in values.items():
            change = "" if found["minus_first"] is None else "  " + with_interval(found["minus_first"])
            lines.append(f"  {axis}: {name}  {found['dice']['mean']:.4f}{change}")
    return "\n".join(lines)
