"""The stages of a run, each resumable: the segmentor, one a fold, the refiner, both in turns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from hidiff.checkpoints.config import HiDiffConfig
from hidiff.data.cases import Case, DataError, Pack, folds, pack
from hidiff.models.segmentor import TrainableSegmentor, build_segmentor
from hidiff.pipeline import HiDiff
from hidiff.tasks import Task
from hidiff.training.batches import BatchSampler
from hidiff.training.collaborative import train_collaboratively
from hidiff.training.optimization import finished_iterations
from hidiff.training.plans import Plan
from hidiff.training.refiner import train_refiner
from hidiff.training.segmentor import Samples, Teacher, train_segmentor
from hidiff.training.trainer import TrainingRun, checkpoint_of
from hidiff.training.warm_start import FOLD, REFINER, SEGMENTOR, State, WarmStart, load_matching

COLLABORATIVE = "collaborative"


def train(run: TrainingRun, plan: Plan, cases: Sequence[Case], start: WarmStart | None = None) -> HiDiff:
    """All stages on the cases of the training split; resumes what it finds in the run's folder.

    start: states that stages go on from. Earlier weights hold none for a fold: they have seen the cases that its
    segmentor must not see.
    """
    stages = SegmentorStages.of(run, plan, cases, start)
    segmentor = stages.trained(SEGMENTOR)
    out_of_fold = [stages.trained(f"{FOLD}{k}") for k in range(plan.folds)]
    material = BatchSampler(run.task, segmentor, out_of_fold, stages.fold, stages.coarse, stages.fine)
    training = plan.refiner_training
    denoiser = train_refiner(run, REFINER, plan.denoiser, training, material, stages.states.get(REFINER))
    if plan.collaborative is not None:
        segmentor, denoiser = train_collaboratively(
            run, COLLABORATIVE, material, denoiser, training, plan.collaborative
        )
    config = HiDiffConfig(run.task, plan.segmentor, plan.denoiser, plan.settings)
    return HiDiff(config, segmentor, denoiser, device=str(run.device))


@dataclass(frozen=True)
class SegmentorStages:
    """What the segmentors of a run are trained on, and how. Those of the folds need only that of all cases, so they can
    learn side by side."""

    run: TrainingRun
    plan: Plan
    coarse: Pack
    fine: Pack | None
    fold: NDArray[np.int64]
    states: Mapping[str, State]

    @classmethod
    def of(cls, run: TrainingRun, plan: Plan, cases: Sequence[Case], start: WarmStart | None = None) -> SegmentorStages:
        """Decode the cases of the training split. Raises DataError when there are none."""
        if not cases:
            raise DataError("splits.csv names no case in the split train; add some.")
        coarse = _packed(cases, run.task, 1, run.folder)
        fine = _packed(cases, run.task, 2, run.folder) if run.task.focus and plan.refiner_training.focus else None
        fold = folds(cases, max(1, plan.folds), run.seed)
        return cls(run, plan, coarse, fine, fold, start.states if start else {})

    def trained(self, name: str) -> TrainableSegmentor:
        """The segmentor of all cases ("segmentor") or that of a fold ("fold0", ...); resumes what it finds in the
        run's folder. A fold's learns the features of the finished segmentor of all cases, by the plan's `alignment`:
        else the denoiser, which in training reads the folds', would not know those that it is shown in use.

        That of all cases, where the plan gives it an `alignment`, keeps to the features of the earlier one that it goes
        on from: a denoiser that goes on unchanged still knows them.

        Raises DataError where it has no iterations and there is none to go on from, and where the segmentor of all
        cases is not finished.
        """
        full, run = name == SEGMENTOR, self.run
        training = self.plan.segmentor_training if full else self.plan.fold_training
        if training.iterations == 0 and name not in self.states and not checkpoint_of(run.folder, name).is_file():
            raise DataError(f"There is no {name} to go on from; start from a run that trained one.")
        far, near = self.coarse, self.fine if training.focus_share else None
        if not full:
            run = replace(run, observer=None)
            others = _others(self.fold, int(name.removeprefix(FOLD)))
            far = far.subset(others)
            near = near.subset(others) if near is not None else None
        samples = Samples(run.task, far, near)
        teacher = None
        if training.alignment:
            teacher = self._earlier() if full else Teacher(self._finished(), sees_plain=False)
        return train_segmentor(run, name, self.plan.segmentor, training, samples, self.states.get(name), teacher)

    def _earlier(self) -> Teacher | None:
        """The segmentor that the one of all cases goes on from; None where it begins anew."""
        if SEGMENTOR not in self.states:
            return None
        segmentor = build_segmentor(self.plan.segmentor)
        load_matching(segmentor, self.states[SEGMENTOR])
        return Teacher(segmentor.to(self.run.device).freeze(), sees_plain=True)

    def _finished(self) -> TrainableSegmentor:
        """The segmentor of all cases. Raises DataError where it is not finished."""
        wanted = self.plan.segmentor_training.iterations
        if finished_iterations(checkpoint_of(self.run.folder, SEGMENTOR)) < wanted:
            raise DataError(
                f"The segmentor is not finished, and those of the folds learn its features; train it first, "
                f"with --only {SEGMENTOR} or without --only."
            )
        return self.trained(SEGMENTOR).freeze()


def _others(fold: NDArray[np.int64], k: int) -> NDArray[np.int64]:
    """The cases on which fold k's segmentor trains: all but its own."""
    others: NDArray[np.int64] = np.flatnonzero(fold != k)
    if not len(others):
        raise DataError("There are too few groups for the folds; use --folds 0 or add groups.")
    return others


def _packed(cases: Sequence[Case], task: Task, scale: int, folder: Path) -> Pack:
    with tqdm(total=len(cases), desc=f"decode x{scale}") as bar:
        return pack(cases, task, folder / "cache", scale, lambda done, _: bar.update(done - bar.n))
