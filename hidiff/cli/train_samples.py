"""Options of `train` that say what is learned from: which data sets, and what becomes of their samples."""

from __future__ import annotations

import argparse
from dataclasses import replace

from hidiff.data.augment import AUGMENTATIONS
from hidiff.data.cases import Case, DataError, read_splits
from hidiff.errors import SettingsError
from hidiff.training.plans import Plan


def add_samples(parser: argparse.ArgumentParser) -> None:
    """The options that say what a run learns on."""
    parser.add_argument("--datasets", metavar="NAMES", help="only these data sets of the folder, separated by commas")
    parser.add_argument(
        "--augmentation", choices=AUGMENTATIONS, help="how images are recoloured, instead of the plan's"
    )
    parser.add_argument(
        "--batched-priors",
        action=argparse.BooleanOptionalAction,
        help="make the wrong priors of a whole batch at once, on its device; not on a CPU, where it takes longer",
    )
    parser.add_argument(
        "--thickness-jitter",
        type=float,
        metavar="PIXELS",
        help="of thin lines in the reference, on either side: 0 to 1",
    )
    parser.add_argument(
        "--style-mixing", type=float, metavar="SHARE", help="of the refiner's samples with another's style of features"
    )
    parser.add_argument("--image-dropout", type=float, metavar="SHARE", help="of the refiner's samples without image")
    parser.add_argument("--feature-dropout", type=float, metavar="SHARE", help="the same without features")


def cases_of(args: argparse.Namespace) -> tuple[list[Case], list[str] | None]:
    """The cases of the data sets that the command line names, and these names in order; None for all. Raises DataError
    for a name that is not known."""
    cases = read_splits(args.data)
    if args.datasets is None:
        return cases, None
    known = {case.dataset for case in cases}
    wanted = sorted({name.strip() for name in args.datasets.split(",")})
    if unknown := [name for name in wanted if name not in known]:
        raise DataError(f"{args.data} has no data set {unknown[0]!r}; choose from {', '.join(sorted(known))}.")
    return [case for case in cases if case.dataset in wanted], wanted


def with_samples(plan: Plan, args: argparse.Namespace) -> Plan:
    """The plan with what the command line says of the samples. Raises SettingsError."""
    both = {name: getattr(args, name) for name in ("augmentation", "thickness_jitter")}
    own = {name: getattr(args, name) for name in ("batched_priors", "style_mixing", "image_dropout", "feature_dropout")}
    for name, value in (both | own).items():
        if isinstance(value, float) and not 0 <= value <= 1:
            raise SettingsError(f"--{name.replace('_', '-')} is {value}; choose a number from 0 to 1.")
    both, own = ({name: value for name, value in part.items() if value is not None} for part in (both, own))
    return replace(
        plan,
        segmentor_training=replace(plan.segmentor_training, **both),
        fold_training=replace(plan.fold_training, **both),
        refiner_training=replace(plan.refiner_training, **both, **own),
    )
