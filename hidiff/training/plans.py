"""A plan says everything about a task's training; the plans of the shipped weights stand here."""

from __future__ import annotations

from dataclasses import dataclass, field

from hidiff.denoiser import DenoiserConfig
from hidiff.segmentor import SegmentorConfig
from hidiff.settings import Settings
from hidiff.training.refiner_loop import RefinerTraining
from hidiff.training.segmentor_loop import SegmentorTraining


@dataclass(frozen=True)
class Plan:
    """segmentor_training is the full segmentor's, fold_training that of each of the `folds` out-of-fold ones.
    settings become the weights' defaults."""

    segmentor: SegmentorConfig = field(default_factory=SegmentorConfig)
    denoiser: DenoiserConfig = field(default_factory=DenoiserConfig)
    segmentor_training: SegmentorTraining = field(default_factory=SegmentorTraining)
    fold_training: SegmentorTraining = field(default_factory=SegmentorTraining)
    refiner_training: RefinerTraining = field(default_factory=RefinerTraining)
    folds: int = 2
    settings: Settings = field(default_factory=lambda: Settings(answer="votes"))


PLANS: dict[str, Plan] = {
    "polyp": Plan(
        denoiser=DenoiserConfig(prior_skip=True),
        segmentor_training=SegmentorTraining(iterations=620),
        fold_training=SegmentorTraining(iterations=300),
        refiner_training=RefinerTraining(iterations=900, batch=6),
    ),
    "fundus": Plan(
        segmentor=SegmentorConfig(finest_stride=2),
        denoiser=DenoiserConfig(prior_skip=True),
        segmentor_training=SegmentorTraining(iterations=1200, batch=8),
        refiner_training=RefinerTraining(iterations=480, batch=6, by_hand=0.15),
        folds=0,  # 33 images leave too few for honest thirds; every prior is corrupted instead
    ),
}
