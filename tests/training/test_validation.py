"""Looks at val during a training: the figures are those of the masks, and the training does not notice."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from synthetic_folder import draw
from tiny_plan import TINY_PLAN, TINY_TASK

from hidiff.checkpoints.config import HiDiffConfig
from hidiff.data.cases import read_splits
from hidiff.imaging.files import read_image, read_mask
from hidiff.metrics import dice
from hidiff.models.denoiser import Denoiser
from hidiff.models.segmentor import LiteSegmentor
from hidiff.pipeline import HiDiff
from hidiff.training.curves import draw_curves, read_log
from hidiff.training.validation import Validation


def test_a_look_scores_the_masks_and_leaves_the_training_alone(tmp_path: Path) -> None:
    cases = [c for c in read_splits(draw(tmp_path / "data", val=6, field_of_view=True)) if c.split == "val"]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        segmentor, denoiser = LiteSegmentor(TINY_PLAN.segmentor), Denoiser(TINY_PLAN.denoiser)
    validation = Validation(TINY_TASK, TINY_PLAN, cases, tmp_path / "run", 10, count=2)
    before = torch.get_rng_state()
    prior_alone = validation.validate("segmentor", 10, (segmentor.state_dict(), None))
    both = validation.validate("refiner", 20, (segmentor.state_dict(), denoiser.state_dict()))
    assert torch.equal(torch.get_rng_state(), before)
    assert segmentor.training and denoiser.training and all(p.requires_grad for p in denoiser.parameters())

    model = HiDiff(
        HiDiffConfig(TINY_TASK, TINY_PLAN.segmentor, TINY_PLAN.denoiser, TINY_PLAN.settings), segmentor, denoiser
    )
    scores: list[tuple[float, float]] = []
    for case in (cases[0], cases[-1]):
        assert case.fov is not None
        image, reference, within = read_image(case.image), read_mask(case.mask) > 127, read_mask(case.fov) > 127
        prior = model.prior(image)
        refined = model.refine(image, prior, steps=4).finish().probability()
        scores.append((dice(prior.p[0] > 0.5, reference, within), dice(refined[0] > 0.5, reference, within)))
    means = np.mean(scores, axis=0)
    assert prior_alone == pytest.approx({"val_prior": means[0]})
    assert both == pytest.approx({"val_prior": means[0], "val_refined": means[1]})
    assert sorted(p.name for p in (tmp_path / "run" / "sheets").iterdir()) == [
        "refiner-000020.png",
        "segmentor-000010.png",
    ]


def test_looks_are_due_every_so_often_and_at_the_end() -> None:
    validation = Validation(TINY_TASK, TINY_PLAN, [], Path("nowhere"), 10)
    assert not any(validation.due(done, 25) for done in range(1, 26))  # there is nothing to look at
    validation._cases = [None]  # type: ignore[list-item]
    assert [done for done in range(1, 26) if validation.due(done, 25)] == [10, 20, 25]
    validation._every = 0
    assert not any(validation.due(done, 25) for done in range(1, 26))


def test_curves_are_drawn_from_whatever_the_log_holds(tmp_path: Path) -> None:
    log, picture = tmp_path / "log.jsonl", tmp_path / "curves.png"
    draw_curves(log, picture)
    assert not picture.exists() and read_log(log) == {}
    records = [
        {"stage": "segmentor", "iteration": 2, "loss": 1.0},
        {"stage": "segmentor", "iteration": 4, "loss": 0.5, "val_prior": 0.7},
        {"stage": "refiner", "iteration": 2, "loss": 1.5, "val_prior": 0.7, "val_refined": 0.6},
    ]
    log.write_text("".join(json.dumps(r) + "\n" for r in records) + '{"stage": "refi')
    assert list(read_log(log)) == ["segmentor", "refiner"] and read_log(log)["segmentor"] == records[:2]
    draw_curves(log, picture)
    one = read_image(picture)
    assert one.std() > 5
    log.write_text("".join(json.dumps(r) + "\n" for r in records[:2]))
    draw_curves(log, picture)
    assert read_image(picture).shape[1] < one.shape[1]  # a panel a stage
    assert sorted(p.name for p in tmp_path.iterdir()) == ["curves.png", "log.jsonl"]
