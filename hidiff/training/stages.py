"""The stages of a run, each resumable: the segmentor, one a fold, the refiner, both in turns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from hidiff.data.cases import Case, DataError, Pack, folds, pack
from hidiff.models.segmentor import LiteSegmentor
from hidiff.pipeline import HiDiff, HiDiffConfig
from hidiff.tasks import TaskCard
from hidiff.training.batches import Material
from hidiff.training.collaborative import train_collaboratively
from hidiff.training.plans import Plan
from hidiff.training.refiner import train_refiner
from hidiff.training.segmentor import train_segmentor
from hidiff.training.trainer import Observer, checkpoint_of
from hidiff.training.warm_start import FOLD, REFINER, SEGMENTOR, Start, State

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
    proposers = Proposers.of(card, plan, cases, seed, folder, start, observer, device)
    coarse, fine, fold = proposers.coarse, proposers.fine, proposers.fold
    segmentor = proposers.trained(SEGMENTOR)
    out_of_fold = [proposers.trained(f"{FOLD}{k}") for k in range(plan.folds)]
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
        proposers.states.get(REFINER),
        observer,
    )
    if plan.collaborative is not None:
        material = Material(card, segmentor, out_of_fold, fold, coarse, fine)
        segmentor, denoiser = train_collaboratively(
            material, denoiser, plan.refiner_training, plan.collaborative, seed, COLLABORATIVE, folder, observer
        )
    config = HiDiffConfig(card, plan.segmentor, plan.denoiser, plan.settings)
    return HiDiff(config, segmentor, denoiser, device=str(device))


@dataclass(frozen=True)
class Proposers:
    """What the segmentors of a run are trained on, and how. None needs another, so they can learn side by side."""

    card: TaskCard
    plan: Plan
    coarse: Pack
    fine: Pack | None
    fold: NDArray[np.int64]
    seed: int
    folder: Path
    states: Mapping[str, State]
    observer: Observer | None
    device: torch.device | str

    @classmethod
    def of(
        cls,
        card: TaskCard,
        plan: Plan,
        cases: Sequence[Case],
        seed: int,
        folder: Path,
        start: Start | None,
        observer: Observer | None,
        device: torch.device | str,
    ) -> Proposers:
        """Decode the cases of the training split. Raises DataError when there are none."""
        if not cases:
            raise DataError("splits.csv names no case in the split train; add some.")
        coarse = _packed(cases, card, 1, folder)
        fine = _packed(cases, card, 2, folder) if card.focus and plan.refiner_training.focus else None
        fold = folds(cases, max(1, plan.folds), seed)
        return cls(card, plan, coarse, fine, fold, seed, folder, start.states if start else {}, observer, device)

    def trained(self, name: str) -> LiteSegmentor:
        """The segmentor of all cases ("segmentor") or that of a fold ("fold0", ...); resumes what it finds in `folder`.

        Raises DataError where it has no iterations and there is none to go on from.
        """
        full = name == SEGMENTOR
        training = self.plan.segmentor_training if full else self.plan.fold_training
        if training.iterations == 0 and name not in self.states and not checkpoint_of(self.folder, name).is_file():
            raise DataError(f"There is no {name} to go on from; start from a run that trained one.")
        far, near = self.coarse, self.fine if training.closer else None
        if not full:
            others = _others(self.fold, int(name.removeprefix(FOLD)))
            far = far.subset(others)
            near = near.subset(others) if near is not None else None
        return train_segmentor(
            self.card,
            self.plan.segmentor,
            training,
            far,
            self.seed,
            name,
            self.folder,
            self.states.get(name),
            self.observer if full else None,
            self.device,
            near,
        )


def _others(fold: NDArray[np.int64], k: int) -> NDArray[np.int64]:
    """The cases on which fold k's segmentor trains: all but its own."""
    others: NDArray[np.int64] = np.flatnonzero(fold != k)
    if not len(others):
        raise DataError("There are too few groups for the folds; use --folds 0 or add groups.")
    return others


def _packed(cases: Sequence[Case], card: TaskCard, scale: int, folder: Path) -> Pack:
    with tqdm(total=len(cases), desc=f"decode x{scale}") as bar:
        return pack(cases, card, folder / "cache", scale, lambda done, _: bar.update(done - bar.n))
