"""`python -m hidiff evaluate`: prior and refined mask on the same images, at the images' own resolution.

Every figure is a mean over cases beside the paired difference and its bootstrap interval, also when the news is
bad. Pixels count within the field of view where the data name one.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from hidiff.corruption import BENCHMARK, Corruption
from hidiff.frames import square_frame
from hidiff.hybrid import HiDiff
from hidiff.images import read_image, read_mask
from hidiff.manifest import CARD, MANIFEST, write_manifest
from hidiff.metrics import bootstrap, dice
from hidiff.training.data import MASK_THRESHOLD, SPLITS, Case, DataError, read_splits

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

CORRUPTION_SIDE = 256  # priors are broken at this size, so that an error is as coarse for a large image as for a small


@dataclass(frozen=True)
class Protocol:
    """What to evaluate: chains a case, whether each looks at a turned-over copy, which broken priors as well."""

    samples: int = 1
    flips: bool = False
    steps: int | None = None
    answer: str | None = None
    seed: int = 0
    corruptions: tuple[str, ...] = ()


@dataclass(frozen=True)
class CaseResult:
    """Dice of one case: the prior, the refined mask, the mean y0_hat after each step, and, for each corruption,
    the broken prior and what became of it."""

    dataset: str
    name: str
    area: float
    prior: float
    refined: float
    by_step: tuple[float, ...]
    broken: dict[str, tuple[float, float]]


def evaluate_case(model: HiDiff, case: Case, protocol: Protocol) -> CaseResult:
    """Score one case at its own resolution."""
    image = read_image(case.image)
    reference = read_mask(case.mask) > MASK_THRESHOLD
    within = read_mask(case.fov) > MASK_THRESHOLD if case.fov else None

    def score(probability: NDArray[np.float32]) -> float:
        return dice(probability[0] > 0.5, reference, within)

    prior = model.prior(image, protocol.flips)
    options: dict[str, Any] = {
        "samples": protocol.samples,
        "flips": protocol.flips,
        "steps": protocol.steps,
        "answer": protocol.answer,
        "seed": protocol.seed,
    }
    refinement = model.refine(image, prior, **options).finish()
    by_step = [score(refinement.in_original(step.y0_hat.mean(axis=0))) for step in refinement.steps]
    broken = {}
    for name in protocol.corruptions:
        worse = break_prior(prior.p, BENCHMARK[name], f"{case.dataset}/{case.name}/{name}/{protocol.seed}")
        mended = model.refine(image, worse, **options).finish().probability()
        broken[name] = (score(worse), score(mended))
    plain = prior if not protocol.flips else model.prior(image)
    return CaseResult(
        case.dataset,
        case.name,
        float(reference.mean()),
        score(plain.p),
        score(refinement.probability()),
        tuple(by_step),
        broken,
    )


def break_prior(p: NDArray[np.float32], corruption: Corruption, address: str) -> NDArray[np.float32]:
    """p (K,H,W) broken by the corruption, seeded by a string; worked at `CORRUPTION_SIDE` and brought back."""
    seed = np.frombuffer(address.encode(), np.uint8).astype(np.uint32)
    rng = np.random.default_rng(seed)
    frame = square_frame((p.shape[1], p.shape[2]), side=CORRUPTION_SIDE)
    small = frame.map_in(p)
    top, left, height, width = frame.content
    inner = np.ascontiguousarray(small[0, top : top + height, left : left + width])
    worse = corruption(inner, rng)
    return cv2.resize(worse, (p.shape[2], p.shape[1]), interpolation=cv2.INTER_LINEAR).astype(np.float32)[None]


def in_parallel(
    work: Callable[[_Item], _Result], items: Sequence[_Item], title: str, workers: int | None = None
) -> list[_Result]:
    """work(item) for every item, in order: one single-threaded worker a core beats one worker on all cores."""
    workers = workers or os.cpu_count() or 1
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(workers) as pool:
            results: Iterable[_Result] = pool.map(work, items)
            return list(tqdm(results, total=len(items), desc=title, disable=not sys.stderr.isatty()))
    finally:
        torch.set_num_threads(threads)


def summarise(results: Sequence[CaseResult]) -> dict[str, Any]:
    """Means, paired differences with intervals, shares, Dice by step and for each corruption."""
    prior = np.array([r.prior for r in results])
    refined = np.array([r.refined for r in results])
    change = refined - prior
    summary: dict[str, Any] = {
        "cases": len(results),
        "prior": asdict(bootstrap(prior)),
        "refined": asdict(bootstrap(refined)),
        "refined_minus_prior": asdict(bootstrap(change)),
        "share_better": float((change > 0).mean()),
        "share_worse": float((change < 0).mean()),
        "y0_hat_by_step": np.mean([r.by_step for r in results], axis=0).tolist(),
        "worst": [r.name for r in sorted(results, key=lambda r: r.refined)[:10]],
    }
    for name in results[0].broken:
        before, after = np.array([r.broken[name] for r in results]).T
        summary.setdefault("corruptions", {})[name] = {
            "broken": asdict(bootstrap(before)),
            "refined": asdict(bootstrap(after)),
            "gain": asdict(bootstrap(after - before)),
        }
    return summary


def evaluate(model: HiDiff, cases: Sequence[Case], protocol: Protocol, title: str = "evaluate") -> dict[str, Any]:
    """The report: the protocol, one summary a data set, and every case's figures."""
    results = in_parallel(lambda case: evaluate_case(model, case, protocol), cases, title)
    return {
        "protocol": asdict(protocol),
        "data_sets": {name: summarise(part) for name, part in _by_data_set(results)},
        "cases": [asdict(r) for r in results],
    }


def _by_data_set(results: Sequence[CaseResult]) -> Iterator[tuple[str, list[CaseResult]]]:
    for name in sorted({r.dataset for r in results}):
        yield name, [r for r in results if r.dataset == name]


def table(report: dict[str, Any]) -> str:
    """The report's summaries for a terminal."""
    lines = []
    for name, part in report["data_sets"].items():
        change = part["refined_minus_prior"]
        lines.append(
            f"{name} ({part['cases']}): prior {part['prior']['mean']:.4f}, refined {part['refined']['mean']:.4f}, "
            f"difference {change['mean']:+.4f} [{change['low']:+.4f}, {change['high']:+.4f}], "
            f"better {part['share_better']:.0%}, worse {part['share_worse']:.0%}"
        )
        for corruption, values in part.get("corruptions", {}).items():
            gain = values["gain"]
            lines.append(
                f"  {corruption}: {values['broken']['mean']:.4f} -> {values['refined']['mean']:.4f}, "
                f"gain {gain['mean']:+.4f} [{gain['low']:+.4f}, {gain['high']:+.4f}]"
            )
    return "\n".join(lines)


def record_in_card(folder: Path, split: str, every: int, report: dict[str, Any]) -> None:
    """Write a report without its cases into `folder/card.json`, under the split's name, and renew the manifest."""
    file = folder / CARD
    card = json.loads(file.read_text())
    protocol = {**report["protocol"], "every": every}
    name = f"{split}_broken_priors" if protocol["corruptions"] else split
    card[name] = {"protocol": protocol, "data_sets": report["data_sets"]}
    file.write_text(json.dumps(card, indent=2) + "\n")
    if (folder.parent / MANIFEST).is_file():
        write_manifest(folder.parent)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m hidiff evaluate`."""
    parser.add_argument("--task", required=True, help="the task whose weights are evaluated")
    parser.add_argument("--data", required=True, type=Path, help="a folder with splits.csv")
    parser.add_argument("--split", choices=SPLITS, default="val")
    parser.add_argument("--json", type=Path, help="write the whole report here")
    parser.add_argument("--weights", type=Path, help="a folder of weights instead of the task's own")
    parser.add_argument("--samples", type=int, default=1)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--answer", choices=("last", "votes"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--flips", action="store_true", help="each chain looks at a turned-over copy of its own")
    parser.add_argument("--corruptions", action="store_true", help="also refine priors that are broken on purpose")
    parser.add_argument("--card", action="store_true", help="also write the summaries into the weights' card")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every Nth case of the split")


def run(args: argparse.Namespace) -> int:
    """Evaluate, print the table, write the report."""
    cases = [case for case in read_splits(args.data) if case.split == args.split][:: max(1, args.every)]
    if not cases:
        raise DataError(f"{args.data} has no cases in the split {args.split}; choose another split.")
    model = HiDiff.from_pretrained(args.weights or args.task)
    protocol = Protocol(
        samples=args.samples,
        flips=args.flips,
        steps=args.steps,
        answer=args.answer,
        seed=args.seed,
        corruptions=tuple(BENCHMARK) if args.corruptions else (),
    )
    report = evaluate(model, cases, protocol)
    sys.stdout.write(table(report) + "\n")
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        header = {"task": args.task, "split": args.split, "every": args.every}
        args.json.write_text(json.dumps({**header, **report}, indent=1) + "\n")
    if args.card and model.source:
        record_in_card(model.source.path, args.split, args.every, report)
    return 0
