"""One convolution, opened: its numbers are those that the network computes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from small_model import TASK, build, picture
from test_denoiser import CONFIG, inputs, made

from hidiff.models.packed.inspect import inspect_neuron
from hidiff.models.packed.network import PackedNetwork
from hidiff.priors.views import denoiser_input_at

CONFIGS = {"one block": CONFIG, "two blocks, odd channels": replace(CONFIG, blocks=2, channels=(5, 6, 7, 9, 12))}


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("pixel", [(0, 0), (13, 22), (31, 31)])
def test_a_neuron_is_what_the_float_network_computes(name: str, pixel: tuple[int, int]) -> None:
    config = CONFIGS[name]
    network = made(config)
    image, y_t, p, features = inputs(batch=1, classes=config.classes)
    block, t, channel = network.encoder[0].blocks[0], 3, 2
    caught: dict[str, torch.Tensor] = {}
    block.register_forward_hook(lambda _, given, out: caught.update(x=given[0], out=out))
    block.conv.register_forward_hook(lambda _, given, out: caught.update(seen=given[0]))
    with torch.no_grad():
        network(image, y_t, p, torch.tensor([t]), features)
    neuron = inspect_neuron(PackedNetwork.of(network), image, p, features, y_t, t - 1, channel, pixel)
    row, column = neuron.place
    assert (row, column) == (pixel[0] // config.patch, pixel[1] // config.patch)
    signs = torch.where(caught["seen"] >= 0, 1.0, -1.0)
    weights = torch.where(block.conv.weight >= 0, 1.0, -1.0)
    sums = torch.nn.functional.conv2d(signs, weights, padding=1)[0, channel]
    assert np.array_equal(neuron.sums, sums.numpy())
    assert neuron.agree - neuron.differ == neuron.total == int(neuron.products.sum())
    outside = 9 * config.channels[0] - neuron.agree - neuron.differ
    at_border = sum(value in (0, edge - 1) for value, edge in zip(neuron.place, neuron.sums.shape, strict=True))
    assert outside == config.channels[0] * {0: 0, 1: 3, 2: 5}[at_border]
    assert neuron.x == pytest.approx(caught["x"][0, channel, row, column].item(), abs=1e-5)
    assert neuron.value == pytest.approx(caught["out"][0, channel, row, column].item(), abs=1e-4)
    assert neuron.out[neuron.place] == (neuron.value + neuron.threshold >= 0)


def test_a_channel_or_pixel_that_is_not_there_is_refused() -> None:
    network = PackedNetwork.of(made(CONFIG))
    image, y_t, p, features = inputs(batch=1, classes=CONFIG.classes)
    for channel, pixel in ((CONFIG.channels[0], (0, 0)), (-1, (0, 0)), (0, (y_t.shape[2], 0)), (0, (0, -1))):
        with pytest.raises(IndexError):
            inspect_neuron(network, image, p, features, y_t, 1, channel, pixel)


@pytest.mark.parametrize("pixel", [(0, 0), (5, 90), (70, 40), (95, 127)])
def test_a_chain_is_shown_the_pixel_turned_over_and_in_its_tile(pixel: tuple[int, int]) -> None:
    model = build(replace(TASK, side=160, focus=False, tile=64, overlap=32))
    refinement = model.refine(picture(96, 128), samples=4, mirror=True, steps=2).finish()
    y_t = torch.from_numpy(refinement.steps[0].y_t.astype(np.float32))
    p = torch.arange(refinement.p.size).reshape(refinement.p.shape) / (2.0 * refinement.p.size) + 0.2
    for chain in range(4):
        seen = denoiser_input_at(refinement.view, chain, p, y_t[chain], pixel)
        assert seen.p.shape[2:] == seen.image.shape[2:] == seen.y_t.shape[2:]
        assert seen.p[0, 0][seen.pixel] == p[0][pixel]
        assert seen.y_t[0, 0][seen.pixel] == y_t[chain, 0][pixel]
