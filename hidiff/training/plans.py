"""Training plans: everything about a task's training, stage by stage.

Those here suit a computer without a GPU; what the shipped weights took stands in their model cards.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import torch

from hidiff.aliases import current_plan
from hidiff.checkpoints.config import check_features
from hidiff.errors import SettingsError
from hidiff.models.denoiser import DenoiserConfig
from hidiff.models.lite_segmentor import LiteConfig
from hidiff.models.segmentor import (
    CANVAS_MULTIPLE,
    DEFAULT_SEGMENTOR,
    SEGMENTORS,
    SegmentorConfig,
    kind_of,
    segmentor_json,
)
from hidiff.refinement.settings import Settings
from hidiff.tasks import Task
from hidiff.training.batches import RefinerTraining
from hidiff.training.collaborative import Collaboration
from hidiff.training.segmentor import SegmentorTraining
from hidiff.types import PRIOR_KINDS


@dataclass(frozen=True)
class Plan:
    """segmentor_training is the full segmentor's, fold_training that of each of the `folds` out-of-fold ones.
    collaborative: settings of a last stage in which both networks train in turns, or None. settings become the
    weights' defaults."""

    segmentor: SegmentorConfig = field(default_factory=SEGMENTORS[DEFAULT_SEGMENTOR].config)
    denoiser: DenoiserConfig = field(default_factory=DenoiserConfig)
    segmentor_training: SegmentorTraining = field(default_factory=SegmentorTraining)
    fold_training: SegmentorTraining = field(default_factory=SegmentorTraining)
    refiner_training: RefinerTraining = field(default_factory=RefinerTraining)
    collaborative: Collaboration | None = None
    folds: int = 2
    settings: Settings = field(default_factory=lambda: Settings(aggregate="mean"))

    def __post_init__(self) -> None:
        """Raises WeightsError when the networks do not fit one another."""
        check_features(self.segmentor, self.denoiser)

    def with_segmentor(self, kind: str) -> Plan:
        """The plan with a segmentor of this kind as it comes, and a denoiser that takes its features; the same plan
        where it has that kind already. Raises SettingsError for a kind that is not known."""
        if kind not in SEGMENTORS:
            raise SettingsError(f"segmentor is {kind!r:.40}; choose one of {', '.join(SEGMENTORS)}.")
        if kind == kind_of(self.segmentor):
            return self
        segmentor = replace(SEGMENTORS[kind].config(), classes=self.segmentor.classes)
        denoiser = replace(self.denoiser, feature_channels=segmentor.feature_channels)
        return replace(self, segmentor=segmentor, denoiser=denoiser)

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
        made = {**asdict(self), "segmentor": segmentor_json(self.segmentor)}
        kept: dict[str, Any] = json.loads(json.dumps(made, default=str))
        return kept


def completed(kept: Mapping[str, Any]) -> dict[str, Any]:
    """A plan that an earlier version kept as JSON, with the defaults of the settings that came later. Raises
    SettingsError where its segmentor is of a kind that is not known."""

    def fill(known: Mapping[str, Any], default: Mapping[str, Any]) -> dict[str, Any]:
        out = {**default, **known}
        for key, value in known.items():
            if isinstance(value, Mapping) and isinstance(default.get(key), Mapping):
                out[key] = fill(value, default[key])
        return out

    known = current_plan(kept)
    kind = known.get("segmentor", {}).get("kind", DEFAULT_SEGMENTOR)
    return fill(known, Plan().with_segmentor(kind).to_json())


def own_plan(task: Task) -> Plan:
    """The plan of a task that has none: polyp's, or fundus' for thin objects, with views of a fitting size."""
    plan = PLANS["fundus" if task.thin else "polyp"]
    if task.working != "square":
        return plan
    view = max(CANVAS_MULTIPLE, task.side * 7 // 8 // CANVAS_MULTIPLE * CANVAS_MULTIPLE)
    return replace(
        plan,
        segmentor_training=replace(plan.segmentor_training, crop_size=view),
        fold_training=replace(plan.fold_training, crop_size=view),
        refiner_training=replace(plan.refiner_training, crop_size=view),
    )


_REFINER = RefinerTraining(
    iterations=1600,
    batch_size=6,
    full_chain_share=0.6,
    mixed_times=True,
    packed_rollouts=True,
    kind_shares=(0.55, 0.25, 0.2),
)
PLANS: dict[str, Plan] = {
    "polyp": Plan(
        denoiser=DenoiserConfig(prior_skip=True, kinds=len(PRIOR_KINDS)),
        segmentor_training=SegmentorTraining(iterations=900, focus_share=0.35),
        fold_training=SegmentorTraining(iterations=250, focus_share=0.35, alignment=1.0),
        refiner_training=replace(_REFINER, both_looks=True),
        settings=Settings(aggregate="mean", mirror=True, both_looks=True),
    ),
    "fundus": Plan(
        segmentor=LiteConfig(finest_stride=2),
        denoiser=DenoiserConfig(prior_skip=True, kinds=len(PRIOR_KINDS)),
        segmentor_training=SegmentorTraining(iterations=1800, batch_size=8, threshold=0.6),
        fold_training=SegmentorTraining(iterations=450, batch_size=8, threshold=0.6, alignment=1.0),
        refiner_training=_REFINER,
    ),
}
