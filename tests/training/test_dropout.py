"""Conditions in training: image and features dropped in shares, styles mixed, and a denoiser of masks alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from small_model import DENOISER, SEGMENTOR, TASK, disc, picture
from torch import Tensor

from hidiff.data.cases import Case, Pack
from hidiff.models.denoiser import Denoiser
from hidiff.models.segmentor import LiteSegmentor
from hidiff.training.batches import Batch, BatchSampler, RefinerTraining, cropped_batch
from hidiff.training.condition_augmentation import IMAGE_CENTRE, augment_conditions, mix_styles
from hidiff.training.refiner import train_refiner
from hidiff.training.trainer import TrainingRun

THIN = replace(TASK, thin=True, focus=False)
SETTINGS = RefinerTraining(iterations=3, batch_size=2, crop_size=64, checkpoint_every=1)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batch(count: int) -> Batch:
    features = (torch.ones(count, 8, 4, 4), torch.ones(count, 8, 2, 2))
    return Batch(torch.ones(count, 3, 8, 8), torch.zeros(count, 1, 8, 8), torch.full((count, 1, 8, 8), 0.3), features)


def segmentor(seed: int = 0) -> LiteSegmentor:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return LiteSegmentor(SEGMENTOR).eval().requires_grad_(False)


def pack() -> Pack:
    images = np.stack([picture(64, 64, seed=i) for i in range(4)])
    masks = np.stack([disc(64, 64, 30, 34, 12)] * 4).astype(np.uint8) * 255
    cases = tuple(Case("made", str(i), Path(f"{i}.png"), Path(f"{i}m.png"), str(i), "train") for i in range(4))
    return Pack(cases, images, masks, np.tile(np.array([0, 0, 64, 64]), (4, 1)))


def test_each_is_dropped_in_its_share_and_the_one_within_the_other() -> None:
    given = batch(2000)
    made = augment_conditions(given, replace(SETTINGS, image_dropout=0.3, feature_dropout=0.5), generator())
    blind = (made.image == IMAGE_CENTRE).flatten(1).all(1)
    bare = torch.stack([(f == 0).flatten(1).all(1) for f in made.features])
    assert abs(blind.float().mean() - 0.3) < 0.04 and abs(bare[0].float().mean() - 0.5) < 0.04
    assert torch.equal(bare[0], bare[1]) and (bare[0] | ~blind).all()
    assert (made.image[~blind] == 1).all() and (made.features[0][~bare[0]] == 1).all()
    assert made.p is given.p and made.y_0 is given.y_0
    assert (given.image == 1).all() and all((f == 1).all() for f in given.features)


def test_without_dropout_nothing_is_drawn() -> None:
    source, given = generator(), batch(2)
    before = source.get_state()
    assert augment_conditions(given, SETTINGS, source) is given
    assert torch.equal(source.get_state(), before)


def test_a_mixed_style_lies_between_two_samples_and_the_pattern_stays() -> None:
    source = generator(3)
    features = tuple(
        torch.randn(400, 5, side, side, generator=source) * torch.rand(400, 5, 1, 1, generator=source).add(0.2)
        + torch.randn(400, 5, 1, 1, generator=source)
        for side in (6, 3)
    )
    mixed = mix_styles(features, 0.5, generator(4))
    same = torch.stack([(a == b).flatten(1).all(1) for a, b in zip(features, mixed, strict=True)])
    assert torch.equal(same[0], same[1])
    assert abs(same[0].float().mean() - 0.5) < 0.12
    for given, made in zip(features, mixed, strict=True):
        mean, now = given.mean((2, 3)), made.mean((2, 3))
        assert now.min() >= mean.min() - 1e-4 and now.max() <= mean.max() + 1e-4
        assert (mean - now)[~same[0]].abs().max() > 0.5
        pattern = [(f - f.mean((2, 3), keepdim=True)) / f.std((2, 3), keepdim=True) for f in (given, made)]
        torch.testing.assert_close(*pattern, rtol=1e-3, atol=1e-3)


def test_a_mixed_style_is_some_other_samples_in_full_where_nothing_of_its_own_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("hidiff.training.condition_augmentation.MIXING", 1e-4)  # all or nothing
    features = (torch.randn(40, 3, 5, 5, generator=generator(1)) + 10 * torch.arange(40.0)[:, None, None, None],)
    (mixed,) = mix_styles(features, 1.0, generator(2))
    whose = (mixed.mean((1, 2, 3)) / 10).round().int()
    assert len(set(whose.tolist())) > 10 and (whose != torch.arange(40)).sum() > 10
    own, taken = features[0].std((2, 3), correction=0), mixed.std((2, 3), correction=0)
    torch.testing.assert_close(taken, own[whose], rtol=1e-2, atol=1e-2)


def trained(folder: Path, features: bool, image_dropout: float, start: dict[str, Tensor] | None) -> Denoiser:
    material = BatchSampler(THIN, segmentor(), [segmentor(1)], np.array([0, 0, 1, 1]), pack(), None)
    settings = replace(SETTINGS, image_dropout=image_dropout)
    config = replace(DENOISER, features=features)
    return train_refiner(TrainingRun(THIN, 7, folder), "refiner", config, settings, material, start)


@pytest.mark.parametrize("warm", [False, True])
def test_a_denoiser_of_masks_alone_takes_nothing_of_the_image(tmp_path: Path, warm: bool) -> None:
    start = Denoiser(replace(DENOISER, features=False)).state_dict() if warm else None
    network = trained(tmp_path / "alone", False, 1.0, start)
    y_t, p, t = (torch.rand(1, 1, 64, 64, generator=generator(1)) < 0.4).float(), torch.full((1, 1, 64, 64), 0.3), 2
    answers = [
        network(torch.rand(1, 3, 64, 64, generator=generator(seed)), y_t, p, torch.tensor([t]), ()) for seed in (1, 2)
    ]
    assert torch.equal(*answers)
    seeing = trained(tmp_path / "seeing", False, 0.5, start)
    answers = [
        seeing(torch.rand(1, 3, 64, 64, generator=generator(seed)), y_t, p, torch.tensor([t]), ()) for seed in (1, 2)
    ]
    assert not torch.equal(*answers)


def test_thin_lines_vary_in_the_reference_of_thin_tasks_alone() -> None:
    jittered = replace(SETTINGS, thickness_jitter=0.9, augmentation="none", batch_size=4)
    index = np.arange(4)
    for task, same in ((THIN, False), (replace(TASK, thin=False), True)):
        plain, wider = (
            cropped_batch(segmentor(), task, pack(), index, settings, generator())
            for settings in (replace(jittered, thickness_jitter=0.0), jittered)
        )
        assert torch.equal(plain.image, wider.image)
        assert torch.equal(plain.y_0, wider.y_0) == same
        changed = (plain.y_0 != wider.y_0).float().mean()
        assert changed < 0.1
