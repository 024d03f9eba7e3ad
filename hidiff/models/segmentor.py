"""The segmentor: an image in, logits and four feature maps out.

Anything that satisfies `Segmentor` can propose the prior of HiDiff. Ours is an EfficientNet-Lite0 encoder
(Tan and Le, ICML 2019, in the "Lite" form without squeeze-excitation and with ReLU6) and a light top-down
decoder in the manner of feature pyramids (Lin et al., CVPR 2017).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

FEATURE_STRIDES = (4, 8, 16, 32)
CANVAS_MULTIPLE = 32  # the deepest stride: every canvas side is a multiple of it

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
class SegmentorConfig:
    """What it takes to build the segmentor.

    classes: K, the number of mask channels.
    width: channels of each decoder map, and so of each feature map handed to the denoiser.
    finest_stride: 4, or 2 where the objects are a pixel or two wide (vessels).
    """

    classes: int = 1
    width: int = 64
    finest_stride: int = 4


class SegmentorOutput(NamedTuple):
    """logits (B,K,H,W); features: four maps (B,C,H/s,W/s) at the strides s of `FEATURE_STRIDES`."""

    logits: Tensor
    features: tuple[Tensor, Tensor, Tensor, Tensor]


class Segmentor(Protocol):
    """What HiDiff asks of a segmentor."""

    def __call__(self, image: Tensor) -> SegmentorOutput:
        """image (B,3,H,W) in [0,1], H and W multiples of `CANVAS_MULTIPLE`."""
        ...


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3)


class Pointwise(nn.Conv2d):
    """A 1x1 convolution that, outside training, sums in float64.

    A float32 sum that several threads share is rounded by how they share it. The difference, a millionth, is enough
    to turn a sign in the denoiser, and one sign to turn bits of the mask; so it is kept from arising here.
    """

    def __init__(self, channels_in: int, channels_out: int, bias: bool = True) -> None:
        super().__init__(channels_in, channels_out, 1, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        """x (B,I,H,W) -> (B,O,H,W)."""
        if self.training:
            return super().forward(x)
        bias = None if self.bias is None else self.bias.double()
        out = F.linear(x.permute(0, 2, 3, 1).double(), self.weight.flatten(1).double(), bias)  # (B,H,W,O)
        return out.to(x.dtype).permute(0, 3, 1, 2)


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


class LiteSegmentor(nn.Module):
    """EfficientNet-Lite0 and a top-down decoder; satisfies `Segmentor`."""

    mean: Tensor
    std: Tensor

    def __init__(self, config: SegmentorConfig) -> None:
        super().__init__()
        if config.finest_stride not in (2, 4):
            raise ValueError(f"finest_stride is 2 or 4, not {config.finest_stride}")
        self.config = config
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
        height, width = image.shape[-2:]
        if height % CANVAS_MULTIPLE or width % CANVAS_MULTIPLE:
            up = [-(-side // CANVAS_MULTIPLE) * CANVAS_MULTIPLE for side in (height, width)]
            raise ValueError(f"a canvas of {height} x {width} does not fit; pad it to {up[0]} x {up[1]}")
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
