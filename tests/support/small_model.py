"""HiDiff in small: real networks with few channels and random weights, and networks that see pixel by pixel."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn

from hidiff.checkpoints.config import HiDiffConfig
from hidiff.models.denoiser import Denoiser, DenoiserConfig
from hidiff.models.segmentor import FEATURE_STRIDES, LiteConfig, LiteSegmentor, SegmentorOutput
from hidiff.pipeline import HiDiff
from hidiff.refinement.chain import Refinement
from hidiff.refinement.settings import Settings
from hidiff.tasks import POLYP, Task

WIDTH = 8
TASK = replace(POLYP, side=64)
SEGMENTOR = LiteConfig(width=WIDTH)
DENOISER = DenoiserConfig(feature_channels=WIDTH, channels=(8, 8, 8, 8, 16), blocks=1)


def config(task: Task = TASK, settings: Settings | None = None) -> HiDiffConfig:
    """The small model's config, with K from the task."""
    return HiDiffConfig(
        task,
        replace(SEGMENTOR, classes=task.classes),
        replace(DENOISER, classes=task.classes),
        settings or Settings(steps=3),
    )


def spread_norms(network: nn.Module, generator: torch.Generator) -> None:
    """BatchNorms as after a training: statistics and scales that are not 0 and 1."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None and module.running_var is not None
            module.running_mean.normal_(0, 0.1, generator=generator)
            module.running_var.uniform_(0.5, 1.5, generator=generator)


def build(task: Task = TASK, seed: int = 0, settings: Settings | None = None) -> HiDiff:
    """A model of random weights whose prior varies over the image."""
    made = config(task, settings)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        segmentor, denoiser = LiteSegmentor(made.segmentor), Denoiser(made.denoiser)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        spread_norms(denoiser, generator)
        for name, table in denoiser.named_parameters():
            if name.endswith(".table"):
                table.normal_(0, 0.3, generator=generator)
        last = segmentor.head[1]
        assert isinstance(last, nn.Conv2d)
        last.weight.mul_(40)
    return HiDiff(made, segmentor, denoiser)


@lru_cache(maxsize=4)
def small(task: Task = TASK) -> HiDiff:
    """One shared model: both networks are frozen, so no test can change it."""
    return build(task)


def picture(height: int = 64, width: int = 64, seed: int = 0) -> np.ndarray:
    """An RGB image (H,W,3) uint8 of soft noise with a bright disc."""
    rng = np.random.default_rng(seed)
    rows, columns = np.indices((height, width))
    disc = (rows - 0.45 * height) ** 2 + (columns - 0.55 * width) ** 2 < (0.2 * min(height, width)) ** 2
    base = rng.integers(20, 120, (height, width, 3))
    return (base + disc[..., None] * np.array([120, 60, 20])).astype(np.uint8)


def disc(height: int, width: int, row: float, column: float, radius: float) -> np.ndarray:
    """A filled disc (H,W) bool; centre and radius in pixels."""
    rows, columns = np.indices((height, width))
    return (rows - row) ** 2 + (columns - column) ** 2 <= radius**2


class PixelSegmentor(nn.Module):
    """Each pixel's logit is its own red; features are area means: it commutes with every mirror."""

    def forward(self, image: Tensor) -> SegmentorOutput:
        logits = (image[:, :1] - 0.4) * 8
        maps = [nn.functional.avg_pool2d(image, stride).repeat(1, 3, 1, 1)[:, :WIDTH] for stride in FEATURE_STRIDES]
        return SegmentorOutput(logits, (maps[0], maps[1], maps[2], maps[3]))


class PixelDenoiser(nn.Module):
    """Logits of eps_hat from image, bit, prior, time and finest features, pixel by pixel: it commutes with mirrors."""

    def forward(
        self,
        image: Tensor,
        y_t: Tensor,
        p: Tensor,
        t: Tensor,
        features: tuple[Tensor, ...],
        kind: Tensor | None = None,
    ) -> Tensor:
        near = nn.functional.interpolate(features[0][:, :1], scale_factor=FEATURE_STRIDES[0], mode="nearest")
        return 3 * image[:, :1] + 2 * (p - y_t).abs() - 2 + near - 0.1 * t.view(-1, 1, 1, 1)


class SidedDenoiser(nn.Module):
    """Logits that grow from the left of what it sees to the right, whatever that is."""

    def forward(
        self,
        image: Tensor,
        y_t: Tensor,
        p: Tensor,
        t: Tensor,
        features: tuple[Tensor, ...],
        kind: Tensor | None = None,
    ) -> Tensor:
        return torch.linspace(-2, 2, y_t.shape[-1]).expand_as(y_t)


def two_looks() -> tuple[np.ndarray, Refinement, Refinement]:
    """A large image with a small bright disc, and its refinement by a model that sees pixel by pixel: from the mean of
    both looks, and from the first look alone."""
    image = np.full((300, 420, 3), 60, np.uint8)
    image[disc(300, 420, 140, 200, 28)] = (180, 80, 70)
    image[disc(300, 420, 140, 232, 6)] = (108, 80, 70)  # seen by the closer look alone
    model = pixel_model()
    one, other = (model.refine(image, steps=2, focus=True, both_looks=both).finish() for both in (True, False))
    return image, one, other


def pixel_model(denoiser: nn.Module | None = None, task: Task = TASK) -> HiDiff:
    """A model that sees pixel by pixel."""
    return HiDiff(config(task), PixelSegmentor(), denoiser or PixelDenoiser())
