"""What each choice of the refinement contributes, on finished weights: one choice changes, the rest stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from hidiff.data.cases import Case
from hidiff.errors import SettingsError
from hidiff.evaluation.evaluate import in_parallel, threads_for
from hidiff.evaluation.protocol import Protocol
from hidiff.evaluation.score import CaseResult, Subject
from hidiff.evaluation.store import Journal
from hidiff.evaluation.summary import ALL, difference, with_interval
from hidiff.metrics import bootstrap
from hidiff.pipeline import HiDiff
from hidiff.priors.views import FLIPS
from hidiff.refinement.settings import ANSWERS

Changes = dict[str, Any]

_FOUR = {"samples": len(FLIPS)}
AXES: dict[str, dict[str, Changes]] = {
    "mean": {"mixture": {"mean": "mixture"}, "plug-in": {"mean": "plug_in"}},
    "steps": {str(n): {"steps": n} for n in (10, 5, 2, 1)},
    "sampler": {"ancestral": {"sampler": "ancestral"}, "DDIM-like": {"sampler": "ddim"}},
    "samples": {str(n): {"samples": n} for n in (1, 4, 16)},
    "answer": {name: {"answer": name} for name in ANSWERS},
    "answer of four chains": {name: {"answer": name, **_FOUR} for name in ANSWERS},
    "flips": {"four chains, upright": {**_FOUR}, "four chains, a flip each": {**_FOUR, "flips": True}},
    "focus": {"whole image": {"focus": False}, "closer look": {"focus": True}},
}
"""The choices and their values; the first of each is what the others are measured against. All else is as the
weights have it, in one upright chain."""

PREFIX = "ablate "  # of a part's name in the journal


def axes_of(model: HiDiff, wanted: Sequence[str]) -> dict[str, dict[str, Changes]]:
    """The choices that are named (none: all) and that the model has. SettingsError for an unknown name."""
    if unknown := sorted(set(wanted) - set(AXES)):
        raise SettingsError(f"The choice {unknown[0]!r} is not known; choose from {', '.join(AXES)}.")
    out = {}
    for axis, values in AXES.items():
        fits = {name: c for name, c in values.items() if c.get("steps", 1) <= model.config.denoiser.T}
        if (not wanted or axis in wanted) and len(fits) > 1 and (axis != "focus" or model.card.focus):
            out[axis] = fits
    return out


def ablate_case(model: HiDiff, case: Case, axes: dict[str, dict[str, Changes]], seed: int = 0) -> CaseResult:
    """Dice of every variant. They share what they have in common: the model remembers."""
    subject = Subject(model, case, Protocol(seed=seed))
    prior, turned = subject.model.prior(subject.image), subject.model.prior(subject.image, True)

    def score(changes: Changes) -> float:
        start = turned if changes.get("flips") else prior
        return subject.dice(subject.refine(start, **changes).probability())

    parts = {
        PREFIX + axis: {"dice": {name: score(changes) for name, changes in values.items()}}
        for axis, values in axes.items()
    }
    diagonal = float(np.hypot(*subject.reference.shape))
    return CaseResult(case.dataset, case.name, case.group, float(subject.reference.mean()), diagonal, parts)


def ablate(
    model: HiDiff,
    cases: Sequence[Case],
    wanted: Sequence[str] = (),
    seed: int = 0,
    journal: Journal | None = None,
    workers: int | None = None,
) -> dict[str, Any]:
    """The report: for each choice and value Dice, and the paired difference from the choice's first value."""
    journal = journal or Journal()
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
        "settings": asdict(replace(model.config.settings, samples=1, flips=False, seed=seed)),
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
