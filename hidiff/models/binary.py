"""Binary building blocks: signs of activations and weights, and a bias for every time step.

HiDiff, section III-D; the straight-through estimators are those of XNOR-Net (Rastegari et al., ECCV 2016) and
Bi-Real Net (Liu et al., ECCV 2018), the shifted PReLU is that of ReActNet (Liu et al., ECCV 2020).
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

WEIGHT_CLIP = 1.5  # a weight farther from zero gets no gradient through its sign


class _SignActivation(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return torch.where(x >= 0, 1.0, -1.0).to(x.dtype)

    @staticmethod
    def backward(ctx: Any, *grad: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return grad[0] * (2 - 2 * x.abs()).clamp_min(0)


def sign_activation(x: Tensor) -> Tensor:
    """+1 where x >= 0, else -1; backwards the triangle of slope 2 - 2|x|, the piecewise-quadratic estimator."""
    result: Tensor = _SignActivation.apply(x)
    return result


def sign_weight(weight: Tensor) -> Tensor:
    """sign(w) * mean|w| of each output channel (O,I,h,w); backwards the clipped identity, the scale held fixed."""
    scale = weight.abs().mean((1, 2, 3), keepdim=True).detach()
    clipped = weight.clamp(-WEIGHT_CLIP, WEIGHT_CLIP)
    signs = torch.where(weight >= 0, 1.0, -1.0).to(weight.dtype)
    return ((signs - clipped).detach() + clipped) * scale


class TimeBias(nn.Module):
    """b(t): one row of C numbers for each time step (and kind of prior): such a table is all that deployment needs."""

    def __init__(self, rows: int, channels: int) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.zeros(rows, channels))

    def forward(self, row: Tensor) -> Tensor:
        """row (B,) int64, from 0 -> (B,C,1,1)."""
        return self.table[row][:, :, None, None]


class Conv3x3(nn.Module):
    """A 3x3 convolution without bias: signs of weights and of activations, or real numbers for the twin."""

    def __init__(self, channels_in: int, channels_out: int, binary: bool) -> None:
        super().__init__()
        self.binary = binary
        # a sign needs no small weights, only some on either side of zero and within the clip
        spread = 0.5 if binary else (2 / (9 * channels_in)) ** 0.5
        self.weight = nn.Parameter(torch.randn(channels_out, channels_in, 3, 3) * spread)

    def forward(self, x: Tensor) -> Tensor:
        """x (B,I,H,W) -> (B,O,H,W), padded with zeros."""
        if self.binary:
            return F.conv2d(sign_activation(x), sign_weight(self.weight).to(x.dtype), padding=1)
        return F.conv2d(F.relu(x), self.weight.to(x.dtype), padding=1)


class Block(nn.Module):
    """Time-dependent bias, sign, binary convolution, BatchNorm, residual, then RPReLU: a PReLU between two
    time-dependent shifts. With binary = False the sign becomes a ReLU and the weights stay real."""

    def __init__(self, channels: int, rows: int, binary: bool) -> None:
        super().__init__()
        self.threshold = TimeBias(rows, channels)
        self.conv = Conv3x3(channels, channels, binary)
        self.norm = nn.BatchNorm2d(channels)
        self.shift_in = TimeBias(rows, channels)
        self.shift_out = TimeBias(rows, channels)
        self.slope = nn.Parameter(torch.full((1, channels, 1, 1), 0.25))

    def forward(self, x: Tensor, row: Tensor) -> Tensor:
        """x (B,C,H,W), row (B,) of the time tables -> (B,C,H,W)."""
        h = x + self.threshold(row).to(x.dtype)
        x = x + self.norm(self.conv(h))
        h = x + self.shift_in(row).to(x.dtype)
        return torch.where(h >= 0, h, h * self.slope.to(h.dtype)) + self.shift_out(row).to(x.dtype)
