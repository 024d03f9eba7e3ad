"""The plain U-Net (Ronneberger, Fischer and Brox, MICCAI 2015), with batch normalisation and without pre-training.

It shows how little a segmentor needs: a config and a `forward`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hidiff.models.segmentor_base import (
    FEATURE_STRIDES,
    ExactConv2d,
    Pointwise,
    SegmentorConfig,
    SegmentorOutput,
    TrainableSegmentor,
    check_canvas,
)

_GROWTH = (1, 2, 4, 6, 8, 10)  # channels of the levels at strides 1, 2, 4, 8, 16, 32, in widths
_EXACT_FROM = 4  # the stride from which a map may be so small that threads share its channels


@dataclass(frozen=True)
class UNetConfig(SegmentorConfig):
    """width: channels of the finest level. feature_channels: of each feature map handed to the denoiser."""

    width: int = 16
    feature_channels: int = 64


def _twice(channels_in: int, channels_out: int, stride: int) -> nn.Sequential:
    """Two 3x3 convolutions at this stride of the image, each normalised and rectified."""
    make = ExactConv2d if stride >= _EXACT_FROM else nn.Conv2d
    layers: list[nn.Module] = []
    for channels in (channels_in, channels_out):
        layers += [
            make(channels, channels_out, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels_out),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers)


class UNet(TrainableSegmentor):
    """Six levels down and up; the features are the decoder's maps at strides 4, 8, 16, 32, brought to one width."""

    def __init__(self, config: UNetConfig) -> None:
        super().__init__(config)
        channels = [config.width * growth for growth in _GROWTH]
        self.down = nn.ModuleList(_twice(a, b, 2**i) for i, (a, b) in enumerate(pairwise([3, *channels])))
        self.up = nn.ModuleList(_twice(a + b, a, 2**i) for i, (a, b) in enumerate(pairwise(channels)))
        self.features = nn.ModuleList(Pointwise(c, config.feature_channels) for c in channels[-len(FEATURE_STRIDES) :])
        self.head = Pointwise(channels[0], config.classes)

    def forward(self, image: Tensor) -> SegmentorOutput:
        """image (B,3,H,W) in [0,1] -> logits (B,K,H,W) and features at strides 4, 8, 16, 32."""
        check_canvas(image)
        x = (image - 0.5) * 4
        maps = []
        for level, block in enumerate(self.down):
            x = block(F.max_pool2d(x, 2) if level else x)
            maps.append(x)
        for level in reversed(range(len(self.up))):
            grown = F.interpolate(x, scale_factor=2, mode="nearest")
            x = maps[level] = self.up[level](torch.cat([maps[level], grown], 1))
        d4, d8, d16, d32 = (f(m) for f, m in zip(self.features, maps[-len(FEATURE_STRIDES) :], strict=True))
        return SegmentorOutput(self.head(x), (d4, d8, d16, d32))
