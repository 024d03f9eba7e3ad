"""A tiny task that trains in seconds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from synthetic_folder import draw

from hidiff.denoiser import DenoiserConfig
from hidiff.segmentor import SegmentorConfig
from hidiff.settings import Settings
from hidiff.tasks import POLYP, TASKS
from hidiff.training.plans import PLANS, Plan
from hidiff.training.refiner_loop import RefinerTraining
from hidiff.training.segmentor_loop import SegmentorTraining


@pytest.fixture
def tiny_task(monkeypatch: pytest.MonkeyPatch) -> str:
    """The polyp task at 64 pixels with small networks and few iterations."""
    segmentor = SegmentorTraining(iterations=6, batch=4, view=64, imagenet=False, checkpoint_every=2)
    plan = Plan(
        segmentor=SegmentorConfig(width=8),
        denoiser=DenoiserConfig(feature_channels=8, channels=(8, 8, 8, 8, 8), blocks=1, T=4),
        segmentor_training=segmentor,
        fold_training=replace(segmentor, iterations=2),
        refiner_training=RefinerTraining(iterations=6, batch=3, view=64, checkpoint_every=2),
        folds=2,
        settings=Settings(steps=4),
    )
    monkeypatch.setitem(PLANS, "polyp", plan)
    monkeypatch.setitem(TASKS, "polyp", replace(POLYP, side=64))
    return "polyp"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder of discs."""
    return draw(tmp_path / "data")
