"""A trained binary denoiser as the numbers that the packed engine needs: bits, and everything real folded together.

BatchNorm, the scale of the binary weights and the time biases meet in two numbers a channel (and one a channel and
time), a 1x1 projection swallows its BatchNorm, LayerNorm's affine part goes into the linear layer behind it. What does
not depend on t or y_t is kept apart, so that it can be done once a refinement.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hidiff.models.binary import Block
from hidiff.models.cross_transformer import CrossAttention
from hidiff.models.denoiser import BlockStack, Denoiser, DenoiserConfig
from hidiff.models.packed.layout import F32, F64, BinaryWeights, padded, real_weights


@dataclass(frozen=True)
class Real:
    """A real layer: matrix (O,I), bias (O,); and for the kernels, in the type that they sum in, both with the outputs
    filled up to whole groups and the matrix as `real_weights` lays it out."""

    matrix: F32
    bias: F32
    kernel_weights: F32 | F64
    kernel_bias: F32 | F64

    @classmethod
    def of(cls, matrix: Tensor, bias: Tensor, single: bool = False) -> Real:
        """matrix (O,I), bias (O,). single: sum in float32, where that is exact or where no sign depends on it."""
        plain, offset = _array(matrix), _array(bias)
        wide, wide_offset = real_weights(plain), padded(offset)
        if single:
            return cls(plain, offset, wide.astype(np.float32), wide_offset.astype(np.float32))
        return cls(plain, offset, wide.astype(np.float64), wide_offset.astype(np.float64))

    @property
    def single(self) -> bool:
        """Whether the kernels sum it in float32."""
        return self.kernel_weights.dtype == np.float32


@dataclass(frozen=True)
class PackedBlock:
    """One binary block. scale, slope (C,); shift, after, threshold (rows,C): C filled up to whole groups.

    v = x + (scale * sum + shift[row]); x = RPReLU's PReLU of v, + after[row]; threshold is added before the sign.
    The sum is bits.unit times smaller than that of +1 and -1. signs (C,C,3,3), True for +1, are what bits encode.
    """

    signs: NDArray[np.bool_]
    bits: BinaryWeights
    scale: F32
    slope: F32
    shift: F32
    after: F32
    threshold: F32

    @classmethod
    def of(cls, block: Block) -> PackedBlock:
        """The block must be binary and its BatchNorm in eval mode."""
        weight = block.conv.weight.detach()
        factor, offset = _batch_norm(block.norm)
        signs = (weight >= 0).cpu().numpy()
        bits = BinaryWeights.of(signs)
        scale = weight.abs().mean((1, 2, 3)) * factor * bits.unit
        return cls(
            signs,
            bits,
            padded(_array(scale)),
            padded(_array(block.slope.flatten())),
            padded(_array(offset + block.shift_in.table)),
            padded(_array(block.shift_out.table)),
            padded(_array(block.threshold.table)),
        )


@dataclass(frozen=True)
class PackedAttention:
    """One `CrossAttention`; each layer takes a normalised input and holds that norm's affine part. The queries are
    scaled for the softmax, the last layers of both branches by their LayerScale."""

    query: Real
    key_value: Real
    attended: Real
    perceptron_in: Real
    perceptron_out: Real

    @classmethod
    def of(cls, part: CrossAttention) -> PackedAttention:
        """From the float module."""
        attention, channels = part.attention, part.attention.embed_dim
        weight, bias = attention.in_proj_weight, attention.in_proj_bias
        query = _after_norm(weight[:channels], bias[:channels], part.norm_query)
        key_value = _after_norm(weight[channels:], bias[channels:], part.norm_key)
        temperature = (channels // attention.num_heads) ** -0.5
        first, last = part.perceptron[0], part.perceptron[2]
        inner = _after_norm(first.weight, first.bias, part.norm_inner)  # type: ignore[arg-type]
        return cls(
            Real.of(query[0] * temperature, query[1] * temperature),
            Real.of(*key_value),
            Real.of(*_scaled(attention.out_proj, part.scale_attention)),
            Real.of(*inner),
            Real.of(*_scaled(last, part.scale_perceptron)),  # type: ignore[arg-type]
        )


@dataclass(frozen=True)
class PackedNetwork:
    """The whole denoiser. stem_rest sees image and prior, stem_bits y_t; both 3x3, as the head is."""

    config: DenoiserConfig
    stem_rest: Real
    stem_bits: Real
    conditions: tuple[Real, ...]
    down: tuple[Real, ...]
    up: tuple[Real, ...]
    encoder: tuple[tuple[PackedBlock, ...], ...]
    decoder: tuple[tuple[PackedBlock, ...], ...]
    head: Real
    cross: tuple[PackedAttention, PackedAttention] | None
    output: F32  # (rows,K,2): what the head's logits, and the prior's own, are multiplied by

    @classmethod
    @torch.no_grad()
    def of(cls, network: Denoiser) -> PackedNetwork:
        """From a binary denoiser in eval mode. Raises ValueError for the real twin."""
        config = network.config
        if not config.binary:
            raise ValueError("the real twin has no signs to pack")
        conv, norm = network.stem
        weight, bias = _folded(conv, norm)  # type: ignore[arg-type]
        fold = config.patch**2
        own = torch.zeros(weight.shape[1], dtype=torch.bool)
        own[3 * fold : (3 + config.classes) * fold] = True
        head = network.head
        neither = torch.ones(config.rows, config.classes)
        return cls(
            config,
            Real.of(weight[:, ~own].flatten(1), bias),
            Real.of(_exact_in_float32(weight[:, own].flatten(1)), torch.zeros_like(bias), single=True),
            tuple(_projection(part) for part in network.conditions),
            tuple(_projection(part) for part in network.down),
            tuple(_projection(part) for part in network.up),
            tuple(_stack(part) for part in network.encoder),
            tuple(_stack(part) for part in network.decoder),
            Real.of(head.weight.flatten(1), head.bias, single=True),  # type: ignore[arg-type]
            None
            if network.cross is None
            else (
                PackedAttention.of(network.cross.condition_asks),
                PackedAttention.of(network.cross.diffusion_asks),
            ),
            _array(
                torch.stack(
                    [
                        neither if network.gain is None else network.gain,
                        0 * neither if network.trust is None else network.trust,
                    ],
                    -1,
                )
            ),
        )


def _array(values: Tensor) -> F32:
    array: F32 = values.detach().float().cpu().contiguous().numpy()
    return array


def _batch_norm(norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """x -> factor * x + offset."""
    assert norm.running_mean is not None and norm.running_var is not None
    factor = norm.weight / (norm.running_var + norm.eps).sqrt()
    return factor, norm.bias - norm.running_mean * factor


def _folded(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    factor, offset = _batch_norm(norm)
    return conv.weight * factor[:, None, None, None], offset


def _exact_in_float32(matrix: Tensor) -> Tensor:
    """The matrix rounded, by a millionth, to a grid on which no sum of +-rows needs more than 24 bits: float32 sums of
    its products with +1, -1 and 0 are then exact in any order."""
    grid = 2.0 ** (matrix.double().abs().sum(1).max().clamp_min(2.0**-60).log2().ceil() - 23)
    return ((matrix.double() / grid).round() * grid).float()


def _projection(part: nn.Module) -> Real:
    weight, bias = _folded(part[0], part[1])  # type: ignore[index]
    return Real.of(weight.flatten(1), bias)


def _stack(part: nn.Module) -> tuple[PackedBlock, ...]:
    assert isinstance(part, BlockStack)
    return tuple(PackedBlock.of(block) for block in part.blocks)  # type: ignore[arg-type]


def _after_norm(weight: Tensor, bias: Tensor, norm: nn.LayerNorm) -> tuple[Tensor, Tensor]:
    return weight * norm.weight, bias + weight @ norm.bias


def _scaled(linear: nn.Linear, scale: nn.Parameter) -> tuple[Tensor, Tensor]:
    return linear.weight * scale[:, None], linear.bias * scale


NO_MAP = np.zeros(0, np.float32)
NO_SIGNS = np.zeros(0, np.uint8)
EPSILON = nn.LayerNorm(1).eps
