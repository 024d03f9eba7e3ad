"""One neuron of a refinement, opened: where the denoiser was looked into, and what it saw there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from hidiff.models.packed.denoiser import PackedDenoiser
from hidiff.models.packed.inspect import Neuron, inspect_neuron
from hidiff.pipeline import HiDiff
from hidiff.priors.views import View, denoiser_input_at
from hidiff.refinement.outcome import Outcome
from hidiff.refinement.trace import Step


@dataclass(frozen=True)
class OpenedNeuron:
    """neuron: the first binary convolution. t: the step's time. pixel: row and column in the working frame, seen: the
    same in the piece of it that the denoiser was shown; bits (h,w) bool: the mask in that piece."""

    neuron: Neuron
    t: int
    pixel: tuple[int, int]
    seen: tuple[int, int]
    bits: NDArray[np.bool_]


def open_neuron(
    model: HiDiff, refinement: Outcome, view: View, index: int, channel: int, chain: int = 0
) -> OpenedNeuron:
    """The first binary convolution in step `index` (from 0), at the flip that the denoiser doubted most.

    view: where the chains ran, with its features. Raises IndexError for a step or a channel that is not there, and for
    weights without bits.
    """
    denoiser = model.denoiser
    if not isinstance(denoiser, PackedDenoiser) or not 0 <= index < len(refinement.steps):
        raise IndexError(index)
    step = refinement.steps[index]
    pixel = flip_of_most_doubt(step, chain)
    p, y_t = (torch.from_numpy(values.astype(np.float32)) for values in (refinement.p, step.y_t[chain]))
    seen = denoiser_input_at(view, chain, p, y_t, pixel)
    time_row = denoiser.config.row(step.t, refinement.kind)
    neuron = inspect_neuron(
        denoiser.network, seen.image, seen.p, seen.features, seen.y_t, time_row, channel, seen.pixel
    )
    return OpenedNeuron(neuron, step.t, pixel, seen.pixel, seen.y_t[0, 0].numpy() > 0.5)


def flip_of_most_doubt(step: Step, chain: int) -> tuple[int, int]:
    """Row and column of the flip whose bit the denoiser doubted most; of the most doubted bit where none flips."""
    after = step.y0_hat > 0.5 if step.y_prev is None else step.y_prev
    doubt = step.eps_hat[chain, 0]
    flips = step.y_t[chain, 0] != after[chain, 0]
    place = np.where(flips, doubt, -1.0) if flips.any() else doubt
    row, column = np.unravel_index(int(place.argmax()), place.shape)
    return int(row), int(column)
