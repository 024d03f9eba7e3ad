"""Batch norm fused into the convolution before it, for inference: the same function in fewer passes over the maps."""

from __future__ import annotations

import copy
from typing import TypeVar

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

Network = TypeVar("Network", bound=nn.Module)


def fuse_batch_norm(network: Network) -> Network:
    """A copy of a network in eval mode in which, in every `nn.Sequential`, a batch norm has become part of the
    convolution before it, and a ReLU or ReLU6 after the two works in place.

    Its maps differ from the network's by rounding alone. Fused in float64, so that each weight is rounded once. The
    state dict is another one: save the network, not the copy. Raises RuntimeError for a network that trains.
    """
    if network.training:
        raise RuntimeError("A network that trains needs its batch norms; call eval() first.")
    fused = copy.deepcopy(network)
    for module in list(fused.modules()):
        if type(module) is nn.Sequential:
            _fuse_neighbours(module)
    return fused


def _fuse_neighbours(layers: nn.Sequential) -> None:
    for index in range(1, len(layers)):
        before, norm = layers[index - 1], layers[index]
        if not (isinstance(before, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)):
            continue
        dtype = before.weight.dtype
        layers[index - 1] = fuse_conv_bn_eval(before.double(), norm.double()).to(dtype)
        layers[index] = nn.Identity()
        after = layers[index + 1] if index + 1 < len(layers) else None
        if isinstance(after, nn.ReLU | nn.ReLU6):
            after.inplace = True
