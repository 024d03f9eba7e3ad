"""`python -m hidiff train`: one command from a raw folder to a folder of weights.

Stages, each resumable: the segmentor; one segmentor a fold, which the refiner needs for priors that are honest;
the refiner; a look at val; the card.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from hidiff import __version__
from hidiff.denoiser import Denoiser
from hidiff.hybrid import HiDiff, HiDiffConfig
from hidiff.manifest import CARD, MANIFEST, write_manifest
from hidiff.segmentor import LiteSegmentor
from hidiff.tasks import TASKS, TaskCard
from hidiff.training.data import Case, DataError, Pack, folds, pack, read_splits
from hidiff.training.evaluate import Protocol, evaluate, record_in_card, table
from hidiff.training.loop import faster_precision
from hidiff.training.plans import PLANS, Plan
from hidiff.training.refiner_loop import train_refiner
from hidiff.training.segmentor_loop import train_segmentor

PLAN_FILE = "plan.json"
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
WEIGHTS_LICENCE = (
    "The code is Apache-2.0. These weights were learned from data whose terms allow research and education only; "
    "the weights carry the same terms. Never for diagnosis."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m hidiff train`."""
    parser.add_argument("--task", required=True, choices=sorted(PLANS))
    parser.add_argument("--data", required=True, type=Path, help="a folder with splits.csv")
    parser.add_argument("--out", required=True, type=Path, help="where the weights go")
    parser.add_argument("--run", type=Path, help="checkpoints, log and cache (default: runs/<task>)")
    parser.add_argument("--resume", action="store_true", help="go on with the run in that folder")
    parser.add_argument("--start", type=Path, help="weights of this task to go on from, instead of ImageNet's")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--precision", choices=("auto", *PRECISIONS), default="auto")
    parser.add_argument("--segmentor-iterations", type=int, help="instead of the plan's")
    parser.add_argument("--fold-iterations", type=int, help="instead of the plan's")
    parser.add_argument("--refiner-iterations", type=int, help="instead of the plan's")
    parser.add_argument("--folds", type=int, help="instead of the plan's; 0 trains on corrupted priors alone")


def plan_of(args: argparse.Namespace) -> Plan:
    """The task's plan with what the command line changes."""
    plan = PLANS[args.task]
    segmentor, fold, refiner = plan.segmentor_training, plan.fold_training, plan.refiner_training
    if args.segmentor_iterations is not None:
        segmentor = replace(segmentor, iterations=args.segmentor_iterations)
    if args.fold_iterations is not None:
        fold = replace(fold, iterations=args.fold_iterations)
    if args.refiner_iterations is not None:
        refiner = replace(refiner, iterations=args.refiner_iterations)
    return replace(
        plan,
        segmentor_training=segmentor,
        fold_training=fold,
        refiner_training=refiner,
        folds=plan.folds if args.folds is None else args.folds,
    )


def run(args: argparse.Namespace) -> int:
    """Train, evaluate on val, write weights and card."""
    card = TASKS[args.task]
    cases = read_splits(args.data)
    folder: Path = args.run or Path("runs") / args.task
    precision, commits = _open_run(folder, args, plan_of(args))
    plan = with_precision(plan_of(args), precision)
    earlier = HiDiff.from_pretrained(args.start) if args.start else None
    began = time.monotonic()
    model = train(card, plan, [c for c in cases if c.split == "train"], args.seed, folder, earlier)
    minutes = (time.monotonic() - began) / 60
    model.save_pretrained(args.out)
    val = [c for c in cases if c.split == "val"]
    report = evaluate(model, val, Protocol(), "val") if val else None
    _write_json(args.out / CARD, describe(args, plan, cases, commits, minutes))
    if report:
        sys.stdout.write(table(report) + "\n")
        record_in_card(args.out, "val", 1, report)
    elif (args.out.parent / MANIFEST).is_file():
        write_manifest(args.out.parent)
    return 0


def _open_run(folder: Path, args: argparse.Namespace, plan: Plan) -> tuple[torch.dtype, list[str]]:
    """Make the run folder, or check that a resumed run is the same one.

    Returns the precision to train in and the code's commits, one for each session of the run that had another.
    """
    settings_of_training = {k: v for k, v in asdict(plan).items() if k != "settings"}
    wanted = {"seed": args.seed, "plan": json.loads(json.dumps(settings_of_training, default=str))}
    file = folder / PLAN_FILE
    if file.is_file():
        before = json.loads(file.read_text())
        if not args.resume:
            raise DataError(f"{folder} holds an earlier run; add --resume to go on, or choose another --run.")
        if {k: before[k] for k in wanted} != wanted:
            raise DataError(f"{folder} holds a run with other settings; repeat its options, or choose another --run.")
        commits = list(dict.fromkeys([*before["commits"], _commit()]))
        _write_json(file, {**before, "commits": commits})
        return PRECISIONS[before["precision"]], commits
    precision = args.precision
    if precision == "auto":
        probe = LiteSegmentor(plan.segmentor)
        view = plan.segmentor_training.view
        precision = str(faster_precision(probe, torch.rand(4, 3, view, view))).removeprefix("torch.")
    folder.mkdir(parents=True, exist_ok=True)
    _write_json(file, {**wanted, "precision": precision, "commits": [_commit()]})
    return PRECISIONS[precision], [_commit()]


def _write_json(file: Path, data: dict[str, Any]) -> None:
    file.write_text(json.dumps(data, indent=2) + "\n")


def with_precision(plan: Plan, precision: torch.dtype) -> Plan:
    """The plan with every stage in this precision."""
    return replace(
        plan,
        segmentor_training=replace(plan.segmentor_training, precision=precision),
        fold_training=replace(plan.fold_training, precision=precision),
        refiner_training=replace(plan.refiner_training, precision=precision),
    )


def train(
    card: TaskCard, plan: Plan, cases: Sequence[Case], seed: int, folder: Path, earlier: HiDiff | None = None
) -> HiDiff:
    """All stages on the cases of the training split; resumes what it finds in `folder`.

    earlier: weights that the full segmentor and the denoiser go on from. A fold's segmentor never does: the
    earlier one has seen the cases that it must not see.
    """
    if not cases:
        raise DataError("splits.csv names no case in the split train; add some.")
    coarse = _packed(cases, card, 1, folder)
    fold = folds(cases, max(1, plan.folds), seed)

    def stage(name: str, data: Pack) -> LiteSegmentor:
        training = plan.segmentor_training if name == "segmentor" else plan.fold_training
        start = earlier.segmentor.state_dict() if earlier and name == "segmentor" else None
        return train_segmentor(card, plan.segmentor, training, data, seed, name, folder, start)

    segmentor = stage("segmentor", coarse)
    out_of_fold = [stage(f"fold{k}", coarse.subset(_others(fold, k))) for k in range(plan.folds)]
    fine = _packed(cases, card, 2, folder) if card.focus else None
    denoiser: Denoiser = train_refiner(
        card,
        plan.denoiser,
        plan.refiner_training,
        segmentor,
        out_of_fold,
        fold,
        coarse,
        fine,
        seed,
        "refiner",
        folder,
        earlier.denoiser.state_dict() if earlier else None,
    )
    return HiDiff(HiDiffConfig(card, plan.segmentor, plan.denoiser, plan.settings), segmentor, denoiser)


def _others(fold: NDArray[np.int64], k: int) -> NDArray[np.int64]:
    """The cases on which fold k's segmentor trains: all but its own."""
    others: NDArray[np.int64] = np.flatnonzero(fold != k)
    if not len(others):
        raise DataError("There are too few groups for the folds; use --folds 0 or add groups.")
    return others


def _packed(cases: Sequence[Case], card: TaskCard, scale: int, folder: Path) -> Pack:
    with tqdm(total=len(cases), desc=f"decode x{scale}") as bar:
        return pack(cases, card, folder / "cache", scale, lambda done, _: bar.update(done - bar.n))


def describe(
    args: argparse.Namespace,
    plan: Plan,
    cases: Sequence[Case],
    commits: Sequence[str],
    minutes: float,
) -> dict[str, Any]:
    """The card: what made these weights."""
    splits: dict[str, dict[str, int]] = {}
    for case in cases:
        counts = splits.setdefault(case.dataset, {"train": 0, "val": 0, "test": 0})
        counts[case.split] += 1
    command = ["python", "-m", "hidiff", "train", "--task", args.task, "--data", "DIR", "--out", "DIR"]
    command += ["--seed", str(args.seed)]
    return {
        "task": args.task,
        "command": " ".join(command),
        "plan": json.loads(json.dumps(asdict(plan), default=str)),
        "data": splits,
        "seed": args.seed,
        "commits": list(commits),
        "versions": {"hidiff": __version__, "torch": torch.__version__, "python": platform.python_version()},
        "machine": f"{platform.machine()}, {torch.get_num_threads()} CPU threads",
        "minutes_of_the_last_session": round(minutes, 1),
        "licence": WEIGHTS_LICENCE,
    }


def _commit() -> str:
    """The commit of the code, "-dirty" when the package's files differ from it, "unknown" outside a repository."""
    here = Path(__file__).resolve().parent.parent

    def git(*words: str) -> str:
        return subprocess.run(["git", "-C", here, *words], capture_output=True, text=True, check=True).stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("-dirty" if git("status", "--porcelain", ".") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
