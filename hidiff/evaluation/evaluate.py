"""The evaluation loop: which cases still lack which parts, worked out side by side."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from typing import Any, TypeVar

import torch
from tqdm import tqdm

from hidiff.data.cases import Case
from hidiff.evaluation.measures import by_case, measure
from hidiff.evaluation.operating_points import (
    VAL,
    Chosen,
    ValPoints,
    best_points,
    counted,
    cross_validated,
    points_to_json,
)
from hidiff.evaluation.protocol import PARTS, Protocol
from hidiff.evaluation.score import CORE, CaseResult, evaluate_case, scribble
from hidiff.evaluation.store import CaseStore
from hidiff.evaluation.summary import summarise_all
from hidiff.pipeline import HiDiff

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

ModelOf = Callable[[Case], HiDiff]
"""The model of a case, where not all have the same."""

SCRIBBLE = "scribble"  # worked out last: it needs to know which cases are the worst
WORST = 0.2  # the share of cases that gets a scribble


def in_parallel(
    work: Callable[[_Item], _Result],
    items: Sequence[_Item],
    title: str,
    workers: int | None = None,
    keep: Callable[[_Result], object] | None = None,
    threads: int = 1,
) -> list[_Result]:
    """work(item) for every item, in order: one single-threaded worker a core beats one worker on all cores.

    keep: called in this thread with each result as its turn comes. What ends this early ends the rest as well.
    threads: of each worker.
    """
    workers = workers or os.cpu_count() or 1
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    results = []
    pool = ThreadPoolExecutor(workers)
    try:
        futures = [pool.submit(work, item) for item in items]
        for future in tqdm(futures, desc=title, disable=not sys.stderr.isatty()):
            results.append(future.result())
            if keep:
                keep(results[-1])
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(before)
    return results


def threads_for(model: HiDiff) -> int:
    """How many threads a worker should have: with packed kernels, which take turns, each turn takes all of them."""
    return torch.get_num_threads() if getattr(model.denoiser, "packed", False) else 1


def evaluate(
    model: HiDiff | ModelOf,
    cases: Sequence[Case],
    protocol: Protocol,
    title: str = "evaluate",
    journal: CaseStore | None = None,
    twin: HiDiff | None = None,
    workers: int | None = None,
    operating_points: ValPoints | None = None,
) -> dict[str, Any]:
    """The report: the protocol, one summary a data set and one of all, and every case's figures.

    model: of all cases, or of each one that never saw it. journal: where results are kept and found again. twin: the
    model for the part of that name. operating_points: what was chosen on val; without them cases of val, and those with
    a model each, are cross-validated, and others have no figures at a chosen point.
    """
    journal = journal or CaseStore()
    model_of = (lambda _: model) if isinstance(model, HiDiff) else model
    any_model = model_of(cases[0])
    wanted = {
        index: [CORE, *(part for part in PARTS if protocol.wants(part, index) and (twin or part != "twin"))]
        for index in range(len(cases))
    }
    missing = {
        index: tuple(part for part in parts if part not in journal.parts_of(cases[index]))
        for index, parts in wanted.items()
    }
    in_parallel(
        lambda index: evaluate_case(model_of(cases[index]), cases[index], protocol, missing[index], twin),
        [index for index, parts in missing.items() if parts],
        title,
        workers,
        journal.add,
        threads_for(any_model),
    )
    if any("user" in parts for parts in wanted.values()):
        for index in _scribbles(model_of, cases, protocol, journal, workers):
            wanted[index].append(SCRIBBLE)
    results = [_chosen(journal.result(case), wanted[index]) for index, case in enumerate(cases)]
    counts = counted(results)
    chosen = Chosen()
    if operating_points is not None:
        chosen = operating_points.for_all(results)
    elif not isinstance(model, HiDiff) or all(case.split == VAL for case in cases):
        chosen = cross_validated(results, counts)
    measures = measure(counts, chosen)
    return {
        "protocol": asdict(protocol),
        "operating_points": points_to_json(best_points(list(counts.values()))),
        "chosen_on_val": chosen.note,
        **summarise_all(results, any_model.config.temperatures, measures),
        "cases": [
            {**result.to_json(), "measures": found}
            for result, found in zip(results, by_case(results, measures), strict=True)
        ],
    }


def _scribbles(
    model_of: ModelOf, cases: Sequence[Case], protocol: Protocol, journal: CaseStore, workers: int | None
) -> list[int]:
    """A scribble for each of the worst by the first answer; returns which these are."""
    order = sorted(range(len(cases)), key=lambda index: journal.result(cases[index]).refined)
    worst = order[: math.ceil(WORST * len(order))]

    def work(case: Case) -> CaseResult:
        return replace(journal.result(case), parts={SCRIBBLE: scribble(model_of(case), case, protocol)})

    missing = [cases[index] for index in worst if SCRIBBLE not in journal.parts_of(cases[index])]
    in_parallel(work, missing, SCRIBBLE, workers, journal.add, threads_for(model_of(cases[0])))
    return worst


def _chosen(result: CaseResult, parts: Sequence[str]) -> CaseResult:
    """Without what the journal knows from other evaluations."""
    return replace(result, parts={name: part for name, part in result.parts.items() if name in parts})
