"""A plan says everything about a task's training. Those here suit a computer without a GPU; what the shipped weights
took stands in their cards."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import torch

from hidiff.models.denoiser import DenoiserConfig
from hidiff.models.segmentor import CANVAS_MULTIPLE, SegmentorConfig
from hidiff.refinement.settings import Settings
from hidiff.tasks import TaskCard
from hidiff.training.collaborative import Collaboration
from hidiff.training.refiner import RefinerTraining
from hidiff.training.segmentor import SegmentorTraining


@dataclass(frozen=True)
class Plan:
    """segmentor_training is the full segmentor's, fold_training that of each of the `folds` out-of-fold ones.
    collaborative: settings of a last stage in which both networks train in turns, or None. settings become the
    weights' defaults."""

    segmentor: SegmentorConfig = field(default_factory=SegmentorConfig)
    denoiser: DenoiserConfig = field(default_factory=DenoiserConfig)
    segmentor_training: SegmentorTraining = field(default_factory=SegmentorTraining)
    fold_training: SegmentorTraining = field(default_factory=SegmentorTraining)
    refiner_training: RefinerTraining = field(default_factory=RefinerTraining)
    collaborative: Collaboration | None = None
    folds: int = 2
    settings: Settings = field(default_factory=lambda: Settings(answer="votes"))

    def on_machine(self, segmentor: torch.dtype, refiner: torch.dtype, compiled: bool = False) -> Plan:
        """The plan with the segmentors' stages and the refiner's in these precisions, the denoiser compiled or not."""
        return replace(
            self,
            segmentor_training=replace(self.segmentor_training, precision=segmentor),
            fold_training=replace(self.fold_training, precision=segmentor),
            refiner_training=replace(self.refiner_training, precision=refiner, compiled=compiled),
        )

    def to_json(self) -> dict[str, Any]:
        """What a run or a card keeps of it."""
        kept: dict[str, Any] = json.loads(json.dumps(asdict(self), default=str))
        return kept


def completed(kept: Mapping[str, Any]) -> dict[str, Any]:
    """A plan that an earlier version kept as JSON, with the defaults of the settings that came later."""

    def fill(known: Mapping[str, Any], default: Mapping[str, Any]) -> dict[str, Any]:
        out = {**default, **known}
        for key, value in known.items():
            if isinstance(value, Mapping) and isinstance(default.get(key), Mapping):
                out[key] = fill(value, default[key])
        return out

    return fill(kept, Plan().to_json())


def own_plan(card: TaskCard) -> Plan:
    """The plan of a task that has none: polyp's, or fundus' for thin objects, with views of a fitting size."""
    plan = PLANS["fundus" if card.thin else "polyp"]
    if card.working != "square":
        return plan
    view = max(CANVAS_MULTIPLE, card.side * 7 // 8 // CANVAS_MULTIPLE * CANVAS_MULTIPLE)
    return replace(
        plan,
        segmentor_training=replace(plan.segmentor_training, view=view),
        fold_training=replace(plan.fold_training, view=view),
        refiner_training=replace(plan.refiner_training, view=view),
    )


PLANS: dict[str, Plan] = {
    "polyp": Plan(
        denoiser=DenoiserConfig(prior_skip=True),
        segmentor_training=SegmentorTraining(iterations=900, closer=0.35),
        fold_training=SegmentorTraining(iterations=250, closer=0.35),
        refiner_training=RefinerTraining(iterations=1600, batch=6, every_step=0.6, by_hand=0.4),
    ),
    "fundus": Plan(
        segmentor=SegmentorConfig(finest_stride=2),
        denoiser=DenoiserConfig(prior_skip=True),
        segmentor_training=SegmentorTraining(iterations=1800, batch=8, cut=0.6),
        fold_training=SegmentorTraining(iterations=450, batch=8, cut=0.6),
        refiner_training=RefinerTraining(iterations=1600, batch=6, by_hand=0.15, every_step=0.6),
    ),
}
