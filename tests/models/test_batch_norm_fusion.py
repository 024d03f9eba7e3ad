"""Batch norm fused into the convolutions: the same maps, nothing of the network changed, no sum that threads share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import nn

from hidiff.models.batch_norm_fusion import fuse_batch_norm
from hidiff.models.lite_segmentor import LiteConfig
from hidiff.models.segmentor import SegmentorConfig, TrainableSegmentor, build_segmentor
from hidiff.models.segmentor_base import Pointwise
from hidiff.models.unet import UNetConfig


@pytest.fixture
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def lived_in(config: SegmentorConfig) -> TrainableSegmentor:
    """A segmentor whose batch norms have seen something and scale and shift."""
    torch.manual_seed(0)
    network = build_segmentor(config)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for values, low, high in (
                (module.running_mean, -0.5, 0.5),
                (module.running_var, 0.5, 2.0),
                (module.weight.data, 0.5, 1.5),
                (module.bias.data, -0.5, 0.5),
            ):
                values.uniform_(low, high)  # type: ignore[union-attr]
    return network.eval().requires_grad_(False).to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize("config", [LiteConfig(finest_stride=2), LiteConfig(classes=2), UNetConfig(width=8)])
def test_the_fused_network_computes_the_same(config: SegmentorConfig) -> None:
    network = lived_in(config)
    state = {name: value.clone() for name, value in network.state_dict().items()}
    image = torch.rand(2, 3, 96, 160).contiguous(memory_format=torch.channels_last)
    before = network(image)
    fused = network.for_inference()
    assert not any(isinstance(module, nn.BatchNorm2d) for module in fused.modules())
    assert any(isinstance(module, nn.BatchNorm2d) for module in network.modules())
    for own, same in zip([before.logits, *before.features], [*fused(image)[:1], *fused(image).features], strict=True):
        assert own.std() > 1e-3
        assert (own - same).abs().max() <= 1e-4 * own.abs().max()
    assert all(torch.equal(value, state[name]) for name, value in network.state_dict().items())
    again = network(image)
    assert torch.equal(before.logits, again.logits)


def test_a_fused_network_fuses_again_and_one_that_trains_does_not() -> None:
    network = lived_in(LiteConfig())
    image = torch.rand(1, 3, 64, 64)
    fused = network.for_inference()
    assert torch.equal(fused(image).logits, fused.for_inference()(image).logits)
    with pytest.raises(RuntimeError, match="eval"):
        network.train().for_inference()


def test_only_a_convolution_takes_the_norm_after_it_and_only_its_own_maps_are_overwritten() -> None:
    torch.manual_seed(0)
    plain = nn.Sequential(nn.ReLU6(), nn.BatchNorm2d(3), nn.Conv2d(3, 4, 1), nn.ReLU(), nn.BatchNorm2d(4)).eval()
    maps = torch.randn(1, 3, 8, 8)
    kept, before = maps.clone(), plain(maps)
    fused = fuse_batch_norm(plain)
    assert [type(layer) for layer in fused] == [type(layer) for layer in plain]
    assert torch.equal(fused(maps), before) and torch.equal(maps, kept)


@pytest.mark.parametrize("channels", [(16, 96), (144, 24), (192, 64), (240, 40), (32, 1), (1152, 320)])
@pytest.mark.parametrize("side", [13, 64, 104])
def test_a_pointwise_sum_does_not_depend_on_the_threads(threads: None, channels: tuple[int, int], side: int) -> None:
    torch.manual_seed(0)
    layer = Pointwise(*channels).eval().requires_grad_(False)
    maps = torch.randn(1, channels[0], side, side).contiguous(memory_format=torch.channels_last)
    exact = torch.einsum("bihw,oi->bohw", maps.double(), layer.weight[:, :, 0, 0].double())
    exact = exact + layer.bias.double()[:, None, None]  # type: ignore[union-attr]
    found = []
    for count in (1, 2, 3, 4):
        torch.set_num_threads(count)
        found.append(layer(maps))
    assert (found[0] - exact).abs().max() < 1e-5
    float64 = channels[0] > 192 or channels[1] < 16 or side < 64
    for other in found[1:]:
        # where float32 sums, this processor shares none of them; another may, and then by a millionth
        assert (found[0] - other).abs().max() <= (0 if float64 else 2e-6)
