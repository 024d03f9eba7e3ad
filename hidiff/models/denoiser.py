"""The denoiser's U-Net: image, y_t, prior, time and the segmentor's features in, logits of eps_hat out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hidiff.diffusion.bernoulli import PRIOR_MARGIN
from hidiff.models.binary import Block
from hidiff.models.cross_transformer import CrossTransformer
from hidiff.models.segmentor import FEATURE_STRIDES
from hidiff.types import PRIOR_KINDS, PriorKind


@dataclass(frozen=True)
class DenoiserConfig:
    """What it takes to build the denoiser.

    classes: K. T: the number of diffusion steps. kinds: 1, or the kinds of prior that the network is told apart; every
    time table has T rows for each. feature_channels: channels of each
    of the segmentor's maps. channels: of each level, from the finest to the coarsest. patch: the stem folds
    patch x patch pixels into channels, so that the finest level works at that stride while the mask stays on
    the full grid. blocks: on each level, on the way down and on the way up. binary: False builds the twin.
    A network of several kinds multiplies its correction by a gain for each t and kind, and begins by leaving the
    segmentor's prior as it is.
    cross_transformer, features: False leaves that part out (for ablations).
    prior_skip: y0_hat starts from the prior's own logits, so that the network learns what to change in them.
    """

    classes: int = 1
    T: int = 10
    feature_channels: int = 64
    channels: tuple[int, ...] = (48, 64, 96, 128, 160)
    patch: int = 2
    blocks: int = 2
    heads: int = 4
    binary: bool = True
    cross_transformer: bool = True
    features: bool = True
    prior_skip: bool = False
    kinds: int = 1

    @property
    def rows(self) -> int:
        """Of every time table."""
        return self.T * self.kinds

    def row(self, t: int, kind: PriorKind = PRIOR_KINDS[0]) -> int:
        """The row of the time tables, from 0, for t in 1..T and a kind of prior; a network of one kind has one for
        all."""
        return t - 1 + (PRIOR_KINDS.index(kind) * self.T if self.kinds > 1 else 0)


def _projection(channels_in: int, channels_out: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(channels_in, channels_out, 1, bias=False), nn.BatchNorm2d(channels_out))


def _first_gain(config: DenoiserConfig) -> Tensor:
    """(rows,K): what the head's logits are multiplied by. Of a segmentor's prior nothing is changed until training
    says otherwise: y0_hat is the prior itself."""
    gain = torch.ones(config.rows, config.classes)
    if config.prior_skip:
        gain[: config.T] = 0
    return gain


class BlockStack(nn.Module):
    """The blocks of one level, all at the same row of their time tables."""

    def __init__(self, channels: int, config: DenoiserConfig) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(Block(channels, config.rows, config.binary) for _ in range(config.blocks))

    def forward(self, h: Tensor, row: Tensor) -> Tensor:
        """h (B,C,H,W), row (B,) -> (B,C,H,W)."""
        for block in self.blocks:
            h = block(h, row)
        return h


class Denoiser(nn.Module):
    """BBDM (HiDiff, section III-D): real stem and head, binary blocks between them.

    The segmentor's features join at strides 4, 8 and 16 by addition, at stride 32 by the cross transformer.
    """

    def __init__(self, config: DenoiserConfig) -> None:
        super().__init__()
        self.config = config
        channels = config.channels
        self.strides = tuple(config.patch * 2**level for level in range(len(channels)))
        if not set(FEATURE_STRIDES) <= set(self.strides):
            raise ValueError(f"levels at strides {self.strides} do not reach all of {FEATURE_STRIDES}")
        self.stem = nn.Sequential(
            nn.Conv2d((3 + 2 * config.classes) * config.patch**2, channels[0], 3, padding=1, bias=False),
            nn.BatchNorm2d(channels[0]),
        )
        joined = [c for c, stride in zip(channels, self.strides, strict=True) if stride in FEATURE_STRIDES]
        self.conditions = nn.ModuleList(
            _projection(config.feature_channels, c) for c in (joined if config.features else [])
        )
        self.cross = CrossTransformer(channels[-1], config.heads) if config.cross_transformer else None
        self.down = nn.ModuleList(_projection(a, b) for a, b in pairwise(channels))
        self.up = nn.ModuleList(_projection(b, a) for a, b in pairwise(channels))
        self.encoder = nn.ModuleList(BlockStack(c, config) for c in channels)
        self.decoder = nn.ModuleList(BlockStack(c, config) for c in channels[:-1])
        self.head = nn.Conv2d(channels[0], config.classes * config.patch**2, 3, padding=1)
        self.trust = nn.Parameter(torch.ones(config.rows, config.classes)) if config.prior_skip else None
        self.gain = nn.Parameter(_first_gain(config)) if config.kinds > 1 else None

    def forward(
        self,
        image: Tensor,
        y_t: Tensor,
        p: Tensor,
        t: Tensor,
        features: Sequence[Tensor],
        kind: Tensor | None = None,
    ) -> Tensor:
        """image (B,3,H,W) in [0,1]; y_t (B,K,H,W) of 0 and 1; p (B,K,H,W); t (B,) in 1..T; features as the
        segmentor gives them, of batch B or 1; kind (B,), indices of PRIOR_KINDS, None for the first -> logits of
        eps_hat (B,K,H,W). H and W are multiples of 32."""
        config = self.config
        row = t - 1 if kind is None or config.kinds == 1 else t - 1 + kind * config.T
        x = torch.cat([(image - 0.45) * 3, y_t * 2 - 1, p * 2 - 1], 1)
        x = F.pixel_unshuffle(x, config.patch).contiguous(memory_format=torch.channels_last)
        h = self.stem(x)
        skips = []
        join = 0
        for level, (stride, blocks) in enumerate(zip(self.strides, self.encoder, strict=True)):
            if level:
                h = self.down[level - 1](F.avg_pool2d(h, 2))
            if stride in FEATURE_STRIDES and config.features:
                condition = self.conditions[join](features[join])
                join += 1
                h = h + condition
                if stride == FEATURE_STRIDES[-1] and self.cross is not None:
                    h = self.cross(h, condition.expand_as(h))
            h = blocks(h, row)
            skips.append(h)
        for level in reversed(range(len(self.decoder))):
            h = skips[level] + F.interpolate(self.up[level](h), scale_factor=2, mode="nearest")
            h = self.decoder[level](h, row)
        logits = F.pixel_shuffle(self.head(h), config.patch)
        if self.gain is not None:
            logits = logits * self.gain[row][:, :, None, None]
        if self.trust is None:
            return logits
        # eps = y_t XOR y_0: what speaks for y_0 = 1 speaks against eps where y_t = 1
        prior_logits = torch.logit(p.clamp(PRIOR_MARGIN, 1 - PRIOR_MARGIN))
        return logits + (1 - 2 * y_t) * self.trust[row][:, :, None, None] * prior_logits
