"""A plan of small networks and few iterations."""

from __future__ import annotations

from dataclasses import replace

from hidiff.models.denoiser import DenoiserConfig
from hidiff.models.segmentor import LiteConfig
from hidiff.refinement.settings import Settings
from hidiff.tasks import POLYP
from hidiff.training.batches import RefinerTraining
from hidiff.training.plans import Plan
from hidiff.training.segmentor import SegmentorTraining

TINY_TASK = replace(POLYP, side=64)
_SEGMENTOR = SegmentorTraining(iterations=6, batch_size=4, crop_size=64, imagenet=False, checkpoint_every=2)
TINY_PLAN = Plan(
    segmentor=LiteConfig(width=8),
    denoiser=DenoiserConfig(feature_channels=8, channels=(8, 8, 8, 8, 8), blocks=1, T=4),
    segmentor_training=_SEGMENTOR,
    fold_training=replace(_SEGMENTOR, iterations=2),
    refiner_training=RefinerTraining(iterations=6, batch_size=3, crop_size=64, checkpoint_every=2),
    folds=2,
    settings=Settings(steps=4),
)
