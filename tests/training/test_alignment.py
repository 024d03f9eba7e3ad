"""The folds' segmentors learn the features of the segmentor of all cases: the denoiser is shown one language."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small_model import SEGMENTOR, TASK, disc, picture
from tiny_plan import TINY_PLAN

from hidiff.data.cases import Case, DataError, Pack
from hidiff.models.segmentor import TrainableSegmentor, build_segmentor
from hidiff.training.segmentor import (
    Samples,
    SegmentorBatch,
    SegmentorTraining,
    Teacher,
    alignment_loss,
    train_segmentor,
)
from hidiff.training.stages import SegmentorStages
from hidiff.training.trainer import TrainingRun

FAR = replace(TASK, focus=False)
SETTINGS = SegmentorTraining(
    iterations=60, batch_size=4, crop_size=64, imagenet=False, checkpoint_every=60, ema_decay=0.5, alignment=1.0
)


def pack(count: int = 4, side: int = 64) -> Pack:
    images = np.stack([picture(side, side, seed=i) for i in range(count)])
    masks = np.stack([disc(side, side, 30, 34, 12) for _ in range(count)]).astype(np.uint8) * 255
    cases = tuple(Case("made", str(i), Path(f"{i}.png"), Path(f"{i}m.png"), str(i), "train") for i in range(count))
    return Pack(cases, images, masks, np.tile(np.array([0, 0, side, side]), (count, 1)))


def teacher(folder: Path) -> TrainableSegmentor:
    run = TrainingRun(FAR, 7, folder)
    return train_segmentor(run, "segmentor", SEGMENTOR, SETTINGS, Samples(FAR, pack())).freeze()


def test_the_loss_is_the_share_of_the_features_that_is_missed() -> None:
    known = [torch.randn(2, 4, 8, 8), torch.randn(2, 4, 4, 4) * 30]
    assert alignment_loss(known, known).item() == 0
    assert alignment_loss([0 * known[0], 0 * known[1]], known).item() == pytest.approx(1, rel=1e-5)
    assert alignment_loss([0 * known[0], known[1]], known).item() == pytest.approx(0.5, rel=1e-5)
    assert alignment_loss([known[0], 1.5 * known[1]], known).item() == pytest.approx(0.125, rel=1e-5)


def test_a_student_comes_nearer_to_the_features_of_its_teacher(tmp_path: Path) -> None:
    known, drawn = teacher(tmp_path), torch.Generator().manual_seed(2)
    images, plain, _ = Samples(FAR, pack()).draw(replace(SETTINGS, batch_size=16), drawn)
    before = {name: value.clone() for name, value in known.state_dict().items()}
    distance = {}
    for weight in (0.0, 1.0):
        run = TrainingRun(FAR, 0, tmp_path / str(weight))
        settings = replace(SETTINGS, alignment=weight)
        student = train_segmentor(
            run, "fold0", SEGMENTOR, settings, Samples(run.task, pack()), None, Teacher(known, True)
        )
        with torch.no_grad():
            distance[weight] = alignment_loss(student(images).features, known(plain).features).item()
    assert distance[1.0] < 0.7 * distance[0.0], distance
    assert all(torch.equal(value, before[name]) for name, value in known.state_dict().items())


@pytest.mark.parametrize("sees_plain", [True, False])
def test_a_teacher_is_shown_the_image_as_it_was_taken_or_as_the_student_sees_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sees_plain: bool
) -> None:
    drawn: list[SegmentorBatch] = []
    shown: list[torch.Tensor] = []

    class Drawing(Samples):
        def draw(self, *given: Any) -> SegmentorBatch:
            drawn.append(super().draw(*given))
            return drawn[-1]

    known = build_segmentor(SEGMENTOR).freeze()
    known.register_forward_pre_hook(lambda _, given: shown.append(given[0]))
    settings = replace(SETTINGS, iterations=2, augmentation="cameras")
    taught_by = Teacher(known, sees_plain)
    train_segmentor(TrainingRun(FAR, 0, tmp_path), "fold0", SEGMENTOR, settings, Drawing(FAR, pack()), None, taught_by)
    assert len(shown) == 2
    for batch, image in zip(drawn, shown, strict=True):
        assert not torch.equal(batch.plain, batch.images)
        assert torch.equal(image, batch.plain if sees_plain else batch.images)


def test_a_fold_waits_for_the_segmentor_whose_features_it_learns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = replace(TINY_PLAN, fold_training=replace(TINY_PLAN.fold_training, alignment=1.0))
    data = pack()
    stages = SegmentorStages(TrainingRun(FAR, 0, tmp_path), plan, data, None, np.array([0, 1, 0, 1]), {})
    with pytest.raises(DataError, match="train it first"):
        stages.trained("fold0")
    full = stages.trained("segmentor")
    taught = []

    def aligned(features: tuple[torch.Tensor, ...], known: tuple[torch.Tensor, ...]) -> torch.Tensor:
        taught.append(known)
        return alignment_loss(features, known)

    monkeypatch.setattr("hidiff.training.segmentor.alignment_loss", aligned)
    stages.trained("fold0")
    assert len(taught) == plan.fold_training.iterations
    assert not any(map.requires_grad for map in taught[0])
    assert all(
        torch.equal(a, b)
        for a, b in zip(full.state_dict().values(), stages.trained("segmentor").state_dict().values(), strict=True)
    )
