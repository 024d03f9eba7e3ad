"""A small model of random weights and a folder of cases for the evaluation's tests."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from synthetic_folder import draw
from torch import Tensor, nn

from hidiff.checkpoints.config import HiDiffConfig
from hidiff.cli import evaluate
from hidiff.data.cases import Case, read_splits
from hidiff.models.denoiser import Denoiser, DenoiserConfig
from hidiff.models.segmentor import FEATURE_STRIDES, LiteConfig, LiteSegmentor, SegmentorOutput
from hidiff.pipeline import HiDiff
from hidiff.refinement.settings import Settings
from hidiff.tasks import POLYP

T = 4


def build(seed: int = 0, binary: bool = True) -> HiDiff:
    """Small networks whose prior varies over the image, in frames of 64 pixels."""
    segmentor_config = LiteConfig(width=8)
    denoiser_config = DenoiserConfig(feature_channels=8, channels=(8, 8, 8, 8, 8), blocks=1, T=T, binary=binary)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        segmentor, denoiser = LiteSegmentor(segmentor_config), Denoiser(denoiser_config)
    rng = np.random.default_rng(seed)
    image = np.array([150, 60, 40]) + rng.integers(0, 30, (64, 64, 3))
    image[20:40, 25:45] += np.array([40, 60, 60])
    seen = torch.from_numpy((image / 255).astype(np.float32)).permute(2, 0, 1)[None]
    with torch.no_grad():
        segmentor.head[1].weight.mul_(1200)  # type: ignore[union-attr, operator]
        level = segmentor.eval()(seen).logits.quantile(0.85)  # so that a part of an image is found, not all or nothing
        segmentor.head[1].bias.sub_(level)  # type: ignore[union-attr, operator]
    config = HiDiffConfig(replace(POLYP, side=64), segmentor_config, denoiser_config, Settings(steps=T))
    return HiDiff(config, segmentor, denoiser)


class ColourSegmentor(nn.Module):
    """Finds the discs by their green, blurred, so that it errs at their rims. `lean` is added to its logits."""

    def __init__(self, lean: float = 0.0) -> None:
        super().__init__()
        self.lean = lean

    def forward(self, image: Tensor) -> SegmentorOutput:
        soft = nn.functional.avg_pool2d(image, 7, 1, 3)
        maps = [nn.functional.avg_pool2d(image, stride).repeat(1, 3, 1, 1)[:, :8] for stride in FEATURE_STRIDES]
        return SegmentorOutput(40 * (soft[:, 1:2] - 0.4) + self.lean, (maps[0], maps[1], maps[2], maps[3]))


def seeing(lean: float = 0.0, seed: int = 0, binary: bool = True) -> HiDiff:
    """A model that finds the discs, and so looks closer; its denoiser's weights are random."""
    model = build(seed, binary)
    return HiDiff(model.config, ColourSegmentor(lean), model.denoiser)


def saved(folder: Path, seed: int = 0, binary: bool = True) -> Path:
    """The model's weights in `folder`, with an empty card. Returns it."""
    build(seed, binary).save_pretrained(folder)
    (folder / "card.json").write_text("{}\n")
    return folder


def val_cases(folder: Path, count: int, field_of_view: bool = False) -> list[Case]:
    """As many cases of discs, all in val."""
    return read_splits(draw(folder, train=0, val=count, test=0, field_of_view=field_of_view))


def command(*words: object) -> int:
    """`python -m hidiff evaluate --task polyp --backend simulation WORDS...` here: kernels take long to compile."""
    parser = argparse.ArgumentParser()
    evaluate.add_arguments(parser)
    return evaluate.run(
        parser.parse_args(["--task", "polyp", "--backend", "simulation", *(str(word) for word in words)])
    )
