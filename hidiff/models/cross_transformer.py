"""The cross transformer (X-Former): the segmentor's deepest map and the denoiser's meet.

HiDiff, section III-D: first the condition stream attends to the diffusion stream, then the diffusion stream to
the updated condition. LayerScale (Touvron et al., ICCV 2021) starts both near the identity.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

LAYER_SCALE = 0.1


class CrossAttention(nn.Module):
    """One stream asks another: attention, then a two-layer perceptron, each behind a LayerNorm and a LayerScale."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.norm_query = nn.LayerNorm(channels)
        self.norm_key = nn.LayerNorm(channels)
        self.attention = nn.MultiheadAttention(channels, heads, batch_first=True)
        self.norm_inner = nn.LayerNorm(channels)
        self.perceptron = nn.Sequential(nn.Linear(channels, 2 * channels), nn.GELU(), nn.Linear(2 * channels, channels))
        self.scale_attention = nn.Parameter(torch.full((channels,), LAYER_SCALE))
        self.scale_perceptron = nn.Parameter(torch.full((channels,), LAYER_SCALE))

    def forward(self, query: Tensor, key: Tensor) -> Tensor:
        """query (B,n,C), key (B,m,C) -> the updated query (B,n,C)."""
        key = self.norm_key(key)
        attended, _ = self.attention(self.norm_query(query), key, key, need_weights=False)
        query = query + self.scale_attention * attended
        return query + self.scale_perceptron * self.perceptron(self.norm_inner(query))


class CrossTransformer(nn.Module):
    """Condition to diffusion and back, on the positions of one map."""

    def __init__(self, channels: int, heads: int = 4) -> None:
        super().__init__()
        self.condition_asks = CrossAttention(channels, heads)
        self.diffusion_asks = CrossAttention(channels, heads)

    def forward(self, diffusion: Tensor, condition: Tensor) -> Tensor:
        """diffusion, condition (B,C,H,W) -> the updated diffusion stream (B,C,H,W)."""
        shape = diffusion.shape
        d = diffusion.flatten(2).mT  # (B,HW,C)
        c = condition.flatten(2).mT
        c = self.condition_asks(c, d)
        d = self.diffusion_asks(d, c)
        return d.mT.reshape(shape)
