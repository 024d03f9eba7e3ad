"""What a segmentor learns on: whole images, and windows of them at twice the scale."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from hidiff.data.augment import object_windows
from hidiff.data.cases import Case, Pack
from hidiff.tasks import POLYP
from hidiff.training.segmentor import Samples, SegmentorTraining

SIDE = 64
SETTINGS = SegmentorTraining(batch_size=8, crop_size=32, focus_share=0.5)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def packed(scale: int, count: int = 3) -> Pack:
    """Bright images at one scale, darker ones at two, each with a square object."""
    side = SIDE * scale
    images = np.full((count, side, side, 3), 200 if scale == 1 else 60, np.uint8)
    masks = np.zeros((count, side, side), np.uint8)
    masks[:, side // 4 : side // 2, side // 4 : side // 2] = 255
    cases = tuple(Case("x", str(i), Path(), Path(), str(i), "train") for i in range(count))
    return Pack(cases, images, masks, np.tile(np.array([0, 0, side, side]), (count, 1)))


def test_windows_lie_round_the_object_and_now_and_then_anywhere() -> None:
    boxes = np.tile(np.array([100, 140, 200, 240]), (4000, 1))
    near = object_windows(boxes, 400, 0.0, generator())
    assert (near.centre - torch.tensor([0.3, 0.55])).abs().max() <= 0.15 * 0.33 + 1e-6
    assert near.side.min() >= 0.33 and near.side.max() <= 0.33 + 1e-6  # the box is small: the smallest window
    some = object_windows(boxes, 400, 0.25, generator())
    away = ((some.centre - torch.tensor([0.3, 0.55])).abs() > 0.0496).any(1).float().mean()
    assert 0.15 < away < 0.27
    assert some.side.max() < 1
    lost = object_windows(np.zeros((4000, 4), np.int64), 400, 0.0, generator())
    assert lost.centre.std(0).min() > 0.1  # no object: anywhere
    assert math.isclose(lost.centre.mean().item(), 0.5, abs_tol=0.02)


def test_a_share_of_the_samples_looks_closer_at_the_finer_pixels() -> None:
    data, fine = packed(1), packed(2)
    samples = Samples(POLYP, data, fine)
    closer = whole = 0
    areas = []
    for seed in range(40):
        images, _, masks = samples.draw(replace(SETTINGS, background_share=0.0, augmentation="none"), generator(seed))
        assert images.shape == (8, 3, 32, 32) and masks.shape == (8, 1, 32, 32)
        near = images.amax((1, 2, 3)) < 0.5
        closer, whole = closer + int(near.sum()), whole + int((~near).sum())
        areas.append((masks.mean((1, 2, 3))[near].mean() / masks.mean((1, 2, 3))[~near].mean()).item())
    assert 0.4 < closer / (closer + whole) < 0.6
    assert np.nanmean(areas) > 1.5  # the object is larger there


def test_without_a_finer_pack_every_sample_is_a_whole_view() -> None:
    first = Samples(POLYP, packed(1)).draw(SETTINGS, generator(3))
    again = Samples(POLYP, packed(1)).draw(replace(SETTINGS, focus_share=0.0), generator(3))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
