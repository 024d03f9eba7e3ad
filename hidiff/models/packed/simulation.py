"""The packed engine's arithmetic in plain PyTorch: what the kernels compute, in floats, wherever PyTorch runs.

A binary network is discontinuous: a millionth more or less turns a sign, and one sign turns bits of the mask some
steps later. So that two ways to compute it agree, each number that a sign depends on is rounded in the same way:
sums of real numbers in float64, and then to float32, where no order of summation shows any more; the sums of signs are
integers; and all else is single float32 operations in one fixed order, exp and erf included.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from hidiff.diffusion.bernoulli import PRIOR_MARGIN
from hidiff.models.backend import StepFunction
from hidiff.models.packed.network import EPSILON, PackedAttention, PackedBlock, PackedNetwork, Real
from hidiff.models.segmentor import FEATURE_STRIDES
from hidiff.types import PRIOR_KINDS, PriorKind


class Simulation:
    """The simulation backend: a packed network in floats."""

    def __init__(self, network: PackedNetwork) -> None:
        self.network = network
        self.config = network.config

    def conditioned(
        self, image: Tensor, p: Tensor, features: Sequence[Tensor], kind: PriorKind = PRIOR_KINDS[0]
    ) -> StepFunction:
        """See `DenoiserBackend`."""
        joined = [self._joined(level, features) for level in range(len(self.config.channels))]
        stem = self.shared_stem(image, p, features)
        clipped = p.double().clamp(PRIOR_MARGIN, 1 - PRIOR_MARGIN)
        prior_logits = (clipped / (1 - clipped)).log().float()

        def step(y_t: Tensor, t: int) -> Tensor:
            row = self.config.row(t, kind)
            return torch.cat([self._logits(y[None], row, stem, joined, prior_logits) for y in y_t])

        return step

    def shared_stem(self, image: Tensor, p: Tensor, features: Sequence[Tensor]) -> Tensor:
        """(1,C,h,w): what the first level's map has of the image, the prior and the features."""
        rest = F.pixel_unshuffle(torch.cat([(image - 0.45) * 3, p * 2 - 1], 1), self.config.patch)
        stem, condition = _real(self.network.stem_rest, rest, 3), self._joined(0, features)
        return stem if condition is None else stem + condition

    def first_map(self, y_t: Tensor, stem: Tensor) -> Tensor:
        """(1,C,h,w): what the first block is given for y_t (1,K,H,W)."""
        return _real(self.network.stem_bits, F.pixel_unshuffle(y_t * 2 - 1, self.config.patch), 3) + stem

    def run(self, blocks: tuple[PackedBlock, ...], x: Tensor, row: int) -> Tensor:
        """A level's blocks, one after another: x (1,C,h,w) -> (1,C,h,w)."""
        for block in blocks:
            x = after_sums(block, integer_sums(signs_of(block, x, row), block.signs), x, row)
        return x

    def _joined(self, level: int, features: Sequence[Tensor]) -> Tensor | None:
        stride = self.config.patch * 2**level
        if stride not in FEATURE_STRIDES or not self.config.features:
            return None
        place = FEATURE_STRIDES.index(stride)
        return _real(self.network.conditions[place], features[place])

    def _logits(
        self, y_t: Tensor, row: int, stem: Tensor, joined: Sequence[Tensor | None], prior_logits: Tensor
    ) -> Tensor:
        network, config = self.network, self.config
        h = self.first_map(y_t, stem)
        skips = []
        for level, blocks in enumerate(network.encoder):
            condition = joined[level]
            if level:
                h = _real(network.down[level - 1], pooled(h))
                if condition is not None:
                    h = h + condition
            if level + 1 == len(network.encoder) and network.cross is not None and condition is not None:
                h = _crossed(network.cross, config.heads, h, condition)
            h = self.run(blocks, h, row)
            skips.append(h)
        for level in reversed(range(len(network.decoder))):
            h = skips[level] + F.interpolate(_real(network.up[level], h), scale_factor=2, mode="nearest")
            h = self.run(network.decoder[level], h, row)
        logits = F.pixel_shuffle(_real(network.head, h, 3), config.patch)
        gain, trust = (_like(part, y_t)[:, None, None] for part in network.output[row].T.copy())
        return gain * logits + (1 - 2 * y_t) * trust * prior_logits


def integer_sums(signs: Tensor, weight_signs: NDArray[np.bool_]) -> Tensor:
    """Sums of a 3x3 convolution of +1 and -1 (B,I,H,W) with signs (O,I,3,3), exact; outside counts nothing."""
    weight = torch.from_numpy(weight_signs).to(signs) * 2 - 1
    return F.conv2d(signs, weight, padding=1)


def after_sums(block: PackedBlock, sums: Tensor, x: Tensor, row: int) -> Tensor:
    """What follows the integer sums (B,C,H,W) of a block: scale and BatchNorm, residual, RPReLU."""
    channels = x.shape[1]
    scale, shift, slope, after = (
        _like(numbers[:channels], x)[:, None, None]
        for numbers in (block.scale / block.bits.unit, block.shift[row], block.slope, block.after[row])
    )
    h = x + (scale * sums + shift)
    return torch.where(h >= 0, h, h * slope) + after


def signs_of(block: PackedBlock, x: Tensor, row: int) -> Tensor:
    """The signs (+1 and -1) that a block sees in x (B,C,H,W) at a row of its time tables."""
    threshold = _like(block.threshold[row][: x.shape[1]], x)[:, None, None]
    return torch.where(x + threshold >= 0, 1.0, -1.0).to(x.dtype)


def pooled(x: Tensor) -> Tensor:
    """Means of 2 x 2 places, added up row by row."""
    a, b = x[..., ::2, ::2], x[..., ::2, 1::2]
    c, d = x[..., 1::2, ::2], x[..., 1::2, 1::2]
    return (((a + b) + c) + d) * 0.25


def exp(x: Tensor) -> Tensor:
    """exp of float32 numbers that are at most a few, in the steps of the kernels' own."""
    x = x.clamp_min(-87.0)
    n = torch.floor(x * 1.4426950408889634 + 0.5)
    r = (x - n * 0.693359375) + n * 2.12194440e-4
    s = 1 / 720 + r * (1 / 5040)
    for factor in (1 / 120, 1 / 24, 1 / 6, 0.5, 1.0, 1.0):
        s = factor + r * s
    return s * ((n.int() + 127) << 23).view(torch.float32)


def gelu(x: Tensor) -> Tensor:
    """x times the normal distribution function; erf by 7.1.26 of Abramowitz and Stegun, off by at most 1.5e-7."""
    z = x.abs() * 0.7071067811865476
    k = 1 / (1 + 0.3275911 * z)
    s = -1.453152027 + k * 1.061405429
    for factor in (1.421413741, -0.284496736, 0.254829592):
        s = factor + k * s
    tail = 0.5 * (k * s) * exp(-z * z)
    return x * torch.where(x >= 0, 1 - tail, tail)


def _real(layer: Real, x: Tensor, size: int = 1) -> Tensor:
    """A real convolution of size x size with its sums in float64."""
    matrix, bias = (torch.from_numpy(values).to(x.device).double() for values in (layer.matrix, layer.bias))
    weight = matrix.reshape(len(matrix), x.shape[1], size, size)
    return F.conv2d(x.double(), weight, bias, padding=size // 2).float()


def _linear(layer: Real, x: Tensor) -> Tensor:
    matrix, bias = (torch.from_numpy(values).to(x.device).double() for values in (layer.matrix, layer.bias))
    return F.linear(x.double(), matrix, bias).float()


def _normalised(x: Tensor) -> Tensor:
    wide = x.double()
    centred = wide - wide.mean(-1, keepdim=True)
    return (centred * (1 / ((centred * centred).mean(-1, keepdim=True) + EPSILON).sqrt())).float()


def _attended(query: Tensor, key: Tensor, value: Tensor, heads: int) -> Tensor:
    """(1,n,C) each; the queries are scaled already."""
    q, k, v = (x.double().unflatten(-1, (heads, -1)).transpose(1, 2) for x in (query, key, value))  # (1,heads,n,width)
    scores = (q @ k.mT).float()
    chances = exp(scores - scores.amax(-1, keepdim=True)).double()
    return (chances @ v / chances.sum(-1, keepdim=True)).float().transpose(1, 2).flatten(-2)


def _asked(part: PackedAttention, query: Tensor, stream: Tensor, normed_key: Tensor, heads: int) -> Tensor:
    key, value = _linear(part.key_value, normed_key).chunk(2, -1)
    out = _linear(part.attended, _attended(query, key, value, heads)) + stream
    return _linear(part.perceptron_out, gelu(_linear(part.perceptron_in, _normalised(out)))) + out


def _crossed(cross: tuple[PackedAttention, PackedAttention], heads: int, h: Tensor, condition: Tensor) -> Tensor:
    d, c = h.flatten(2).mT, condition.flatten(2).mT
    normed = _normalised(d)
    c = _asked(cross[0], _linear(cross[0].query, _normalised(c)), c, normed, heads)
    d = _asked(cross[1], _linear(cross[1].query, normed), d, _normalised(c), heads)
    return d.mT.reshape(h.shape)


def _like(numbers: NDArray[np.floating[Any]], x: Tensor) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(numbers, np.float32)).to(x.device)
