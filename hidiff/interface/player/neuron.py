"""A neuron of the denoiser for the player: the signs that it sees and its weights, one bit each."""

from __future__ import annotations

from typing import Any

from hidiff.interface.player.encoding import bits
from hidiff.interface.runs.opened_neuron import open_neuron
from hidiff.pipeline import HiDiff
from hidiff.refinement.chain import Refinement


def coded_neuron(model: HiDiff, refinement: Refinement) -> dict[str, Any] | None:
    """The first channel's neuron in the first step, see `schema.js`; None where the weights are no bits."""
    try:
        opened = open_neuron(model, refinement, refinement.view, 0, 0)
    except IndexError:
        return None
    window, weights = opened.neuron.window, opened.neuron.weights
    across = window.shape[0]
    return {
        "t": opened.t,
        "place": list(opened.pixel),
        "channels": across,
        "plus": bits(window.reshape(across, 9) > 0),
        "seen": bits(window.reshape(across, 9) != 0),
        "weights": bits(weights.reshape(across, 9)),
    }
