"""`python -m hidiff train`: one command from a raw folder to a folder of weights.

Stages, each resumable: the segmentor; one segmentor a fold, which the refiner needs for priors that are honest;
the refiner; where the plan says so both in turns; a look at val; the card. The same command makes the splits.
"""

from __future__ import annotations

import argparse
import logging
import os
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from hidiff import __version__
from hidiff.checkpoints.manifest import CARD, CONFIG, MANIFEST, write_manifest
from hidiff.checkpoints.networks import DENOISER_FILE, REAL_FILE, SEGMENTOR_FILE
from hidiff.cli.evaluate import Protocol, evaluate, record_in_card, table
from hidiff.cli.make_splits import write_splits
from hidiff.cli.train_run import PRECISIONS, Opened, open_run, write_json
from hidiff.cli.train_samples import add_samples, cases_of, with_samples
from hidiff.data.cases import Case, DataError, check_files, mask_doubts, set_digest
from hidiff.data.leaks import leak_warnings
from hidiff.data.splits import NAME, PREFIX, SPLITS_FILE
from hidiff.errors import SettingsError
from hidiff.models.segmentor import SEGMENTORS
from hidiff.pipeline import HiDiff
from hidiff.tasks import TASKS, Task
from hidiff.training.autotune import best_device
from hidiff.training.averaging import average
from hidiff.training.collaborative import Collaboration
from hidiff.training.logit_shift import raise_logits
from hidiff.training.plans import PLANS, Plan, own_plan
from hidiff.training.shrinkage import parse_shares, shrink
from hidiff.training.stages import SegmentorStages, train
from hidiff.training.trainer import TrainingRun
from hidiff.training.validation import Validation
from hidiff.training.variants import VARIANTS, vary
from hidiff.training.warm_start import FOLD, PLAN_FILE, SEGMENTOR, WarmStart
from hidiff.types import PRIOR_KINDS

_log = logging.getLogger(__name__)
WEIGHTS_LICENCE = (
    "The code is Apache-2.0. These weights were learned from data whose terms allow research and education only; "
    "the weights carry the same terms. Never for diagnosis."
)
OWN_LICENCE = "The code is Apache-2.0. These weights carry the terms of the data behind them. Never for diagnosis."
_EPILOG = """\
The folder of the run holds plan.json, log.jsonl, curves.png, sheets/ (a few val cases now and then), checkpoints/
and a cache of decoded images. A run that was stopped, at whatever moment, goes on with --resume and gives the
weights that it would have given. A task of your own needs --task-file, a JSON file with name, title, object_name and
image_kind, and where they differ from the usual: working ("square" or "field_of_view"), side, focus, thin.
For research and teaching only, never for diagnosis.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m hidiff train`."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument("--task", metavar="NAME", help=f"{', '.join(sorted(TASKS))}, or the name in --task-file")
    parser.add_argument("--task-file", type=Path, metavar="FILE", help="what a task of your own is about, JSON")
    parser.add_argument("--data", type=Path, metavar="DIR", help="a folder with splits.csv")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where the weights go")
    parser.add_argument("--run", type=Path, metavar="DIR", help="checkpoints, log, sheets (default: runs/<task>)")
    parser.add_argument("--overwrite", action="store_true", help="replace the weights that --out holds already")
    parser.add_argument("--resume", action="store_true", help="go on with the run in that folder")
    parser.add_argument(
        "--init-from",
        type=Path,
        metavar="DIR",
        help="weights, or the folder of a run, to go on from, instead of ImageNet's",
    )
    parser.add_argument(
        "--segmentor",
        choices=SEGMENTORS,
        help="instead of the plan's: " + "; ".join(f"{name}, {kind.title}" for name, kind in SEGMENTORS.items()),
    )
    parser.add_argument("--scratch", action="store_true", help="begin with random weights, without ImageNet's")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--precision", choices=("auto", *PRECISIONS), default="auto")
    parser.add_argument(
        "--compile", choices=("auto", "on", "off"), default="auto", help="auto: where it is measured to pay"
    )
    add_samples(parser)
    parser.add_argument("--validate-every", type=int, default=100, metavar="N", help="iterations between validations")
    _add_stages(parser)
    parser.add_argument("--folds", type=int, metavar="N", help="0 trains on corrupted priors alone")
    parser.add_argument(
        "--refiner-batch-size", type=int, metavar="N", help="samples an iteration, instead of the plan's"
    )
    parser.add_argument(
        "--refiner-lr", type=float, metavar="LR", help="the refiner's peak learning rate, instead of the plan's"
    )
    parser.add_argument(
        "--checkpoint-every", type=int, metavar="N", help="iterations between checkpoints, instead of the plan's"
    )
    parser.add_argument(
        "--only",
        metavar="STAGE",
        help="train this segmentor and stop: segmentor, fold0, ...; several can learn side by side in one run's folder",
    )
    parser.add_argument("--variant", choices=sorted(VARIANTS), help="leave one part out, for an ablation")
    parser.add_argument("--common", type=Path, metavar="RUN", help="the run that every --variant goes on from")
    _add_written_only(parser)
    parser.add_argument("--make-splits", type=Path, metavar="DIR", help=f"write {SPLITS_FILE} there, and nothing else")
    parser.add_argument(
        "--group-by",
        default=PREFIX,
        metavar="WORD",
        help=f"what belongs together: {PREFIX} (of the names), {NAME} (nothing), or a column of cases.csv",
    )


def _add_stages(parser: argparse.ArgumentParser) -> None:
    """The options that say how long each stage trains, and what joins two of them."""
    parser.add_argument("--segmentor-iterations", type=int, metavar="N", help="instead of the plan's")
    parser.add_argument(
        "--alignment",
        type=float,
        metavar="W",
        help="of the features of --init-from in the segmentor's loss, so that its refiner still knows them",
    )
    parser.add_argument("--fold-iterations", type=int, metavar="N", help="instead of the plan's")
    parser.add_argument("--refiner-iterations", type=int, metavar="N", help="instead of the plan's")
    parser.add_argument("--collaborative-iterations", type=int, metavar="N", help="both in turns; 0 leaves it out")
    parser.add_argument("--weight", type=float, metavar="W", help="of the refiner's loss in the segmentor's, in turns")


def _add_written_only(parser: argparse.ArgumentParser) -> None:
    """The options that write weights which follow from others."""
    parser.add_argument(
        "--average", type=Path, nargs="+", metavar="DIR", help="only write the mean of these weights to --out"
    )
    parser.add_argument(
        "--shrink",
        nargs="+",
        metavar="KIND=SHARE",
        help="only write the weights of --init-from to --out, told the kinds of prior apart and correcting these kinds "
        f"({', '.join(PRIOR_KINDS)}) by a share",
    )
    parser.add_argument(
        "--raise-logits",
        type=float,
        metavar="LOGITS",
        help="only write the weights of --init-from to --out, with this added to the segmentor's logits",
    )


def task_of(args: argparse.Namespace) -> Task:
    """The task that the command line names. Raises SettingsError when there is none."""
    if args.task_file is None:
        if args.task not in TASKS:
            raise SettingsError(f"task is {args.task!r}; choose {', '.join(sorted(TASKS))}, or give --task-file FILE.")
        return TASKS[args.task]
    task = Task.from_file(args.task_file)
    if args.task not in (None, task.name):
        raise SettingsError(f"task is {args.task!r} and the file's name {task.name!r}; give both one name.")
    return task


def plan_of(args: argparse.Namespace, task: Task) -> Plan:
    """The task's plan with what the command line changes."""
    plan = PLANS[task.name] if args.task_file is None and task.name in PLANS else own_plan(task)
    plan = with_samples(plan if args.segmentor is None else plan.with_segmentor(args.segmentor), args)
    segmentor, fold, refiner = plan.segmentor_training, plan.fold_training, plan.refiner_training
    if args.segmentor_iterations is not None:
        segmentor = replace(segmentor, iterations=args.segmentor_iterations)
    if args.alignment is not None:
        segmentor = replace(segmentor, alignment=args.alignment)
    if args.fold_iterations is not None:
        fold = replace(fold, iterations=args.fold_iterations)
    if args.refiner_iterations is not None:
        refiner = replace(refiner, iterations=args.refiner_iterations)
    if args.refiner_batch_size is not None:
        refiner = replace(refiner, batch_size=args.refiner_batch_size)
    if args.refiner_lr is not None:
        refiner = replace(refiner, lr=args.refiner_lr)
    if args.scratch:
        segmentor, fold = replace(segmentor, imagenet=False), replace(fold, imagenet=False)
    turns = plan.collaborative
    if args.collaborative_iterations is not None:
        count = args.collaborative_iterations
        turns = replace(turns or Collaboration(), iterations=count) if count else None
    if args.weight is not None:
        turns = replace(turns or Collaboration(), weight=args.weight)
    if args.checkpoint_every is not None:
        every = args.checkpoint_every
        segmentor, fold = replace(segmentor, checkpoint_every=every), replace(fold, checkpoint_every=every)
        refiner = replace(refiner, checkpoint_every=every)
        turns = replace(turns, checkpoint_every=every) if turns else None
    plan = replace(
        plan,
        segmentor_training=segmentor,
        fold_training=fold,
        refiner_training=refiner,
        collaborative=turns,
        folds=plan.folds if args.folds is None else args.folds,
    )
    return vary(plan, args.variant) if args.variant else plan


def run(args: argparse.Namespace) -> int:
    """Make splits; or train, evaluate on val, write weights and card."""
    if args.make_splits is not None:
        return write_splits(args.make_splits, args.group_by, args.seed)
    if args.average is not None or args.shrink is not None or args.raise_logits is not None:
        return _written_only(args)
    _check(args)
    task = task_of(args)
    cases, datasets = cases_of(args)
    plan = plan_of(args, task)
    check_files(cases)
    stages = [SEGMENTOR, *(f"{FOLD}{k}" for k in range(plan.folds))]
    if args.only not in (None, *stages):
        raise SettingsError(f"--only is {args.only!r}; choose {', '.join(stages)}.")
    start = WarmStart.of_run(args.common) if args.variant else WarmStart.of(args.init_from) if args.init_from else None
    if start:
        plan = _with_kept_denoiser(plan, start)
        start.check_folds(plan.folds, args.seed)
        start.check_datasets(datasets)
    folder: Path = args.run or Path("runs") / task.name
    device = best_device() if args.device == "auto" else torch.device(args.device)
    _check_out(args, folder)
    begun = {"start": dict(start.origin) if start else None, "variant": args.variant}
    begun |= {"datasets": datasets, "data": set_digest(cases)}
    opened = open_run(folder, args, task, plan, begun, device)
    for sentence in (*mask_doubts(cases), *leak_warnings(cases)):
        _log.warning("%s", sentence)
    plan = plan.on_machine(opened.segmentor, opened.refiner, opened.compiled)
    watch = Validation(task, plan, [c for c in cases if c.split == "val"], folder, args.validate_every, device)
    trained_in = TrainingRun(task, args.seed, folder, watch, device)
    began = time.monotonic()
    learned_on = [c for c in cases if c.split == "train"]
    if args.only is not None:
        SegmentorStages.of(trained_in, plan, learned_on, start).trained(args.only)
        return 0
    model = train(trained_in, plan, learned_on, start)
    minutes = (time.monotonic() - began) / 60
    model.save_pretrained(args.out)
    write_json(args.out / CARD, describe(args, task, plan, cases, opened, start, minutes))
    val = [c for c in cases if c.split == "val"]
    if val:
        model = HiDiff.from_pretrained(args.out, device=str(device))  # as a user will load it, nothing compiled
        report = evaluate(model, val, Protocol(), "val")
        sys.stdout.write(table(report) + "\n")
        record_in_card(args.out, "val", 1, report)
    elif (args.out.parent / MANIFEST).is_file():
        write_manifest(args.out.parent)
    return 0


def _with_kept_denoiser(plan: Plan, start: WarmStart) -> Plan:
    """A denoiser that goes on from weights without training is theirs, whatever the plan would make, and so are the
    settings that were chosen for it."""
    if start.config is None or plan.refiner_training.iterations or plan.collaborative is not None:
        return plan
    return replace(plan, denoiser=start.config.denoiser, settings=start.config.settings)


def _written_only(args: argparse.Namespace) -> int:
    """Write weights that follow from others, without training."""
    if args.out is None:
        raise SettingsError("--out is missing; give a folder.")
    if not args.overwrite:
        check_no_weights(args.out)
    if args.average is not None:
        average(args.average, args.out)
    elif args.init_from is None:
        raise SettingsError("--init-from is missing; give the folder of the weights to go on from.")
    elif args.raise_logits is not None:
        raise_logits(args.init_from, args.raise_logits, args.out)
    else:
        shrink(args.init_from, parse_shares(args.shrink), args.out)
    return 0


def _check(args: argparse.Namespace) -> None:
    """Options that need one another. Raises SettingsError."""
    if args.task is None and args.task_file is None:
        raise SettingsError("Nothing says what to train; give --task or --task-file.")
    for option in ("data", "out"):
        if getattr(args, option) is None:
            raise SettingsError(f"--{option} is missing; give a folder.")
    if (args.variant is None) != (args.common is None):
        raise SettingsError("--variant and --common belong together; give both or neither.")
    if args.variant and args.init_from:
        raise SettingsError("A variant goes on from --common; leave --init-from out.")
    if args.device == "cuda" and not torch.cuda.is_available():
        raise SettingsError("device is 'cuda', which this computer does not offer; choose cpu.")
    for option in ("segmentor", "fold", "refiner", "collaborative"):
        count = getattr(args, f"{option}_iterations")
        if count is not None and count < 0:
            raise SettingsError(f"--{option}-iterations is {count}; choose 0 or more.")
    for option, count in (("refiner-batch-size", args.refiner_batch_size), ("checkpoint-every", args.checkpoint_every)):
        if count is not None and count < 1:
            raise SettingsError(f"--{option} is {count}; choose 1 or more.")
    if args.folds is not None and args.folds < 0:
        raise SettingsError(f"--folds is {args.folds}; choose 0 or more.")
    if args.refiner_lr is not None and not 0 < args.refiner_lr < 1:
        raise SettingsError(f"--refiner-lr is {args.refiner_lr}; choose a number between 0 and 1.")
    for option in ("weight", "alignment"):
        weight = getattr(args, option)
        if weight is not None and not 0 <= weight < float("inf"):
            raise SettingsError(f"--{option} is {weight}; choose 0 or more.")
    if args.alignment and args.init_from is None:
        raise SettingsError("--alignment keeps to the features of earlier weights; give --init-from too.")


def check_no_weights(out: Path) -> None:
    """Raise DataError where a folder holds a file of the name of one that goes with weights."""
    if any(os.path.lexists(out / name) for name in (CONFIG, CARD, SEGMENTOR_FILE, DENOISER_FILE, REAL_FILE)):
        raise DataError(f"{out} holds weights already; choose another --out, or give --overwrite.")


def _check_out(args: argparse.Namespace, folder: Path) -> None:
    """Raise DataError where the weights would take the place of others, which this run did not make."""
    if args.only is not None or args.resume or args.overwrite or (folder / PLAN_FILE).is_file():
        return
    check_no_weights(args.out)


def describe(
    args: argparse.Namespace,
    task: Task,
    plan: Plan,
    cases: Sequence[Case],
    opened: Opened,
    start: WarmStart | None,
    minutes: float,
) -> dict[str, Any]:
    """The card: what made these weights."""
    splits: dict[str, dict[str, int]] = {}
    for case in cases:
        counts = splits.setdefault(case.dataset, {"train": 0, "val": 0, "test": 0})
        counts[case.split] += 1
    command = ["python", "-m", "hidiff", "train", "--task", task.name, "--data", "DIR", "--out", "DIR"]
    command += ["--seed", str(args.seed)]
    command += ["--datasets", ",".join(splits)] if args.datasets else []
    for option, value in (("--task-file", args.task_file), ("--init-from", args.init_from), ("--common", args.common)):
        command += [option, "FILE" if option == "--task-file" else "DIR"] if value else []
    command += ["--segmentor", args.segmentor] if args.segmentor else []
    command += ["--variant", args.variant] if args.variant else []
    return {
        "task": task.name,
        "command": " ".join(command),
        "plan": plan.to_json(),
        "start": dict(start.origin) if start else None,
        "data": splits,
        "datasets": sorted(splits) if args.datasets else None,
        "seed": args.seed,
        "commits": opened.commits,
        "versions": {"hidiff": __version__, "torch": torch.__version__, "python": platform.python_version()},
        "machine": f"{platform.machine()}, {_device_words(args)}",
        "minutes_of_the_last_session": round(minutes, 1),
        "licence": OWN_LICENCE if args.task_file else WEIGHTS_LICENCE,
    }


def _device_words(args: argparse.Namespace) -> str:
    cuda = args.device == "cuda" or (args.device == "auto" and torch.cuda.is_available())
    return torch.cuda.get_device_name() if cuda else f"{torch.get_num_threads()} CPU threads"
