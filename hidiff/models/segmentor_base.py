"""The segmentor's protocol: an image in, logits and four feature maps out.

A refinement asks for no more than `Segmentor`. Training asks for a `TrainableSegmentor`, which a new kind derives from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol, Self

import torch.nn.functional as F
from torch import Tensor, nn

from hidiff.models.batch_norm_fusion import fuse_batch_norm

FEATURE_STRIDES = (4, 8, 16, 32)
CANVAS_MULTIPLE = 32  # the deepest stride: every canvas side is a multiple of it


class SegmentorOutput(NamedTuple):
    """logits (B,K,H,W); features: four maps (B,C,H/s,W/s) at the strides s of `FEATURE_STRIDES`."""

    logits: Tensor
    features: tuple[Tensor, Tensor, Tensor, Tensor]


class Segmentor(Protocol):
    """What a refinement asks of a segmentor."""

    def __call__(self, image: Tensor) -> SegmentorOutput:
        """image (B,3,H,W) in [0,1], H and W multiples of `CANVAS_MULTIPLE`."""
        ...


@dataclass(frozen=True)
class SegmentorConfig:
    """What it takes to build a segmentor; each kind derives its own, whose fields stand in `config.json`.

    classes: K, the number of mask channels.
    """

    classes: int = 1

    @property
    def feature_channels(self) -> int:
        """C, the channels of each feature map."""
        raise NotImplementedError


class ParameterGroup(NamedTuple):
    """Parameters that share a learning rate. part: "encoder" is what was pre-trained, "decoder" is the rest."""

    part: Literal["encoder", "decoder"]
    parameters: list[nn.Parameter]


class TrainableSegmentor(nn.Module):
    """What training asks of a segmentor beside the call. A kind without pre-trained weights adds only `forward`."""

    def __init__(self, config: SegmentorConfig) -> None:
        super().__init__()
        self.config = config

    def forward(self, image: Tensor) -> SegmentorOutput:
        """See `Segmentor`."""
        raise NotImplementedError

    def pretrained_parameters(self) -> Iterable[nn.Parameter]:
        """Those that `load_pretrained` fills, and that learn at the encoder's rate."""
        return ()

    def load_pretrained(self) -> None:
        """Begin with weights that were learned elsewhere, where this kind has any. Raises WeightsError."""

    def parameter_groups(self) -> list[ParameterGroup]:
        """All parameters, once each, in an order that stays; no group is empty."""
        encoder = list(self.pretrained_parameters())
        known = {id(parameter) for parameter in encoder}
        decoder = [parameter for parameter in self.parameters() if id(parameter) not in known]
        groups = (ParameterGroup("encoder", encoder), ParameterGroup("decoder", decoder))
        return [group for group in groups if group.parameters]

    def logit_bias(self) -> Tensor | None:
        """What is added to the logits at last, (K,); None where there is no such parameter. A kind that ends in
        something else than its last convolution says so itself."""
        last = [module for module in self.modules() if isinstance(module, nn.Conv2d)][-1]
        return last.bias

    def for_inference(self) -> Self:
        """A copy that computes the same in less time; the segmentor is in eval mode and does not change any more."""
        return fuse_batch_norm(self)

    def freeze(self) -> Self:
        """The segmentor, in place, as one that proposes in training: no gradient, statistics that stand still.

        Its exact convolutions sum in float32 as in training: the last bit, for which they take their time in front of
        a user, is nothing beside the errors that the refiner is given here.
        """
        self.eval().requires_grad_(False)
        for module in self.modules():
            if isinstance(module, Pointwise | ExactConv2d):
                module.train()
        return self


class Pointwise(nn.Conv2d):
    """A 1x1 convolution that, outside training, sums in float64 where float32's sum would depend on the threads.

    A float32 sum that several threads share is rounded by how they share it. The difference, a millionth, is enough
    to turn a sign in the denoiser, and one sign to turn bits of the mask; so it is kept from arising here. On large
    maps of few channels no sum is shared (tried: 16 to 480 channels in, 1 to 240 out, 8 to 208 pixels a side, 1 to 8
    threads, AVX2 and AVX-512), and float32 takes half as long there.
    """

    def __init__(self, channels_in: int, channels_out: int, bias: bool = True) -> None:
        super().__init__(channels_in, channels_out, 1, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        """x (B,I,H,W) -> (B,O,H,W)."""
        shared = self.in_channels > 192 or self.out_channels < 16 or x[0, 0].numel() < 64 * 64
        if self.training or not shared:
            return super().forward(x)
        bias = None if self.bias is None else self.bias.double()
        out = F.linear(x.permute(0, 2, 3, 1).double(), self.weight.flatten(1).double(), bias)  # (B,H,W,O)
        return out.to(x.dtype).permute(0, 3, 1, 2)


class ExactConv2d(nn.Conv2d):
    """A convolution that, outside training, sums in float64, as `Pointwise` does and for its reason: for maps of few
    pixels, whose channels the threads share."""

    def forward(self, x: Tensor) -> Tensor:
        """x (B,I,H,W) -> (B,O,H,W)."""
        if self.training:
            return super().forward(x)
        bias = None if self.bias is None else self.bias.double()
        return self._conv_forward(x.double(), self.weight.double(), bias).to(x.dtype)


def check_canvas(image: Tensor) -> tuple[int, int]:
    """Height and width of a batch (B,3,H,W). Raises ValueError where they are no multiples of `CANVAS_MULTIPLE`."""
    height, width = image.shape[-2:]
    if height % CANVAS_MULTIPLE or width % CANVAS_MULTIPLE:
        up = [-(-side // CANVAS_MULTIPLE) * CANVAS_MULTIPLE for side in (height, width)]
        raise ValueError(f"a canvas of {height} x {width} does not fit; pad it to {up[0]} x {up[1]}")
    return height, width
