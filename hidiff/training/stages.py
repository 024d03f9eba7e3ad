"""The stages of a run, each resumable: the segmentor, one a fold, the refiner, both in turns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from hidiff.hybrid import HiDiff, HiDiffConfig
from hidiff.segmentor import LiteSegmentor
from hidiff.tasks import TaskCard
from hidiff.training.batches import Material
from hidiff.training.collaborative_loop import train_collaboratively
from hidiff.training.data import Case, DataError, Pack, folds, pack
from hidiff.training.journal import Observer, checkpoint_of
from hidiff.training.plans import Plan
from hidiff.training.refiner_loop import train_refiner
from hidiff.training.segmentor_loop import train_segmentor
from hidiff.training.starting import FOLD, REFINER, SEGMENTOR, Start

COLLABORATIVE = "collaborative"


def train(
    card: TaskCard,
    plan: Plan,
    cases: Sequence[Case],
    seed: int,
    folder: Path,
    start: Start | None = None,
    observer: Observer | None = None,
    device: torch.device | str = "cpu",
) -> HiDiff:
    """All stages on the cases of the training split; resumes what it finds in `folder`.

    start: states that stages go on from. Earlier weights hold none for a fold: they have seen the cases that its
    segmentor must not see.
    """
    if not cases:
        raise DataError("splits.csv names no case in the split train; add some.")
    coarse = _packed(cases, card, 1, folder)
    fold = folds(cases, max(1, plan.folds), seed)
    states = start.states if start else {}

    fine = _packed(cases, card, 2, folder) if card.focus and plan.refiner_training.focus else None

    def stage(name: str, chosen: NDArray[np.int64] | None = None) -> LiteSegmentor:
        training = plan.segmentor_training if name == SEGMENTOR else plan.fold_training
        if training.iterations == 0 and name not in states and not checkpoint_of(folder, name).is_file():
            raise DataError(f"There is no {name} to go on from; start from a run that trained one.")
        watching = observer if name == SEGMENTOR else None
        far = coarse if chosen is None else coarse.subset(chosen)
        near = fine if training.closer else None
        if near is not None and chosen is not None:
            near = near.subset(chosen)
        return train_segmentor(
            card, plan.segmentor, training, far, seed, name, folder, states.get(name), watching, device, near
        )

    segmentor = stage(SEGMENTOR)
    out_of_fold = [stage(f"{FOLD}{k}", _others(fold, k)) for k in range(plan.folds)]
    denoiser = train_refiner(
        card,
        plan.denoiser,
        plan.refiner_training,
        segmentor,
        out_of_fold,
        fold,
        coarse,
        fine,
        seed,
        REFINER,
        folder,
        states.get(REFINER),
        observer,
    )
    if plan.collaborative is not None:
        material = Material(card, segmentor, out_of_fold, fold, coarse, fine)
        segmentor, denoiser = train_collaboratively(
            material, denoiser, plan.refiner_training, plan.collaborative, seed, COLLABORATIVE, folder, observer
        )
    config = HiDiffConfig(card, plan.segmentor, plan.denoiser, plan.settings)
    return HiDiff(config, segmentor, denoiser, device=str(device))


def _others(fold: NDArray[np.int64], k: int) -> NDArray[np.int64]:
    """The cases on which fold k's segmentor trains: all but its own."""
    others: NDArray[np.int64] = np.flatnonzero(fold != k)
    if not len(others):
        raise DataError("There are too few groups for the folds; use --folds 0 or add groups.")
    return others


def _packed(cases: Sequence[Case], card: TaskCard, scale: int, folder: Path) -> Pack:
    with tqdm(total=len(cases), desc=f"decode x{scale}") as bar:
        return pack(cases, card, folder / "cache", scale, lambda done, _: bar.update(done - bar.n))
