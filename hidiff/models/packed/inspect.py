"""One binary convolution, opened: the bits that go in, the weights they meet, the count, the sign that comes out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hidiff.models.packed.network import PackedBlock, PackedNetwork
from hidiff.models.packed.simulation import Simulation, after_sums, integer_sums, signs_of
from hidiff.types import Mask


@dataclass(frozen=True)
class Neuron:
    """What the first binary convolution does for one output channel, in full at one place.

    window (I,3,3) int8: the signs round the place, 0 outside the map. weights (I,3,3) bool, True for +1. sums (h,w)
    int64: of the output channel, everywhere. out (h,w) bool: the signs that the next layer sees, True for +1.
    place: row, column. x: the real number that is there before; value: after; threshold: of the next layer's sign.
    """

    place: tuple[int, int]
    window: NDArray[np.int8]
    weights: Mask
    sums: NDArray[np.int64]
    out: Mask
    x: float
    value: float
    threshold: float

    @property
    def products(self) -> NDArray[np.int8]:
        """(I,3,3): XNOR of signs and weights, +1 where they agree, -1 where they differ, 0 outside the map."""
        return self.window * np.where(self.weights, 1, -1).astype(np.int8)

    @property
    def agree(self) -> int:
        """How many signs agree with their weight: the population count."""
        return int((self.products > 0).sum())

    @property
    def differ(self) -> int:
        """How many differ."""
        return int((self.products < 0).sum())

    @property
    def total(self) -> int:
        """agree - differ: the convolution's result."""
        return int(self.sums[self.place])


@torch.inference_mode()
def inspect_neuron(
    network: PackedNetwork,
    image: Tensor,
    p: Tensor,
    features: tuple[Tensor, ...],
    y_t: Tensor,
    time_row: int,
    channel: int,
    pixel: tuple[int, int],
) -> Neuron:
    """Open the first block of a packed network at the place that the pixel (row, column) of y_t belongs to.

    image (1,3,H,W), p and y_t (1,K,H,W), features of batch 1, time_row of the time tables, channel 0..C-1 of the first
    level. The numbers are those of the engine's own arithmetic. Raises IndexError for a channel or a pixel that is not
    there.
    """
    channels, patch = network.config.channels[0], network.config.patch
    row, column = pixel[0] // patch, pixel[1] // patch
    if not (0 <= channel < channels and 0 <= pixel[0] < y_t.shape[2] and 0 <= pixel[1] < y_t.shape[3]):
        raise IndexError(f"channel {channel} at {pixel}")
    simulation, block = Simulation(network), network.encoder[0][0]
    x = simulation.first_map(y_t, simulation.shared_stem(image, p, features))  # (1,C,h,w)
    signs = signs_of(block, x, time_row)
    sums = integer_sums(signs, block.signs)
    after = after_sums(block, sums, x, time_row)
    following = _following(network)
    around = torch.nn.functional.pad(signs, (1, 1, 1, 1))[0, :, row : row + 3, column : column + 3]
    return Neuron(
        place=(row, column),
        window=around.numpy().astype(np.int8),
        weights=block.signs[channel],
        sums=sums[0, channel].round().numpy().astype(np.int64),
        out=(signs_of(following, after, time_row)[0, channel] > 0).numpy(),
        x=float(x[0, channel, row, column]),
        value=float(after[0, channel, row, column]),
        threshold=float(following.threshold[time_row, channel]),
    )


def _following(network: PackedNetwork) -> PackedBlock:
    """The block whose signs follow the first; the first itself where a level has only one."""
    blocks = network.encoder[0]
    return blocks[min(1, len(blocks) - 1)]
