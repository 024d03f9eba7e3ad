"""The plain U-Net: shapes, size, and bits that do not depend on the number of threads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from small_model import spread_norms

from hidiff.models.segmentor import FEATURE_STRIDES
from hidiff.models.unet import UNet, UNetConfig


def made(**fields: int) -> UNet:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = UNet(UNetConfig(**fields)).eval()
    spread_norms(network, torch.Generator().manual_seed(1))
    return network


def image(height: int, width: int, batch: int = 1) -> torch.Tensor:
    picture = torch.rand(batch, 3, height, width, generator=torch.Generator().manual_seed(1))
    return picture.contiguous(memory_format=torch.channels_last)


@pytest.fixture
def threads() -> Iterator[None]:
    """The number of threads is put back."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("classes", [1, 3])
def test_logits_and_features(classes: int) -> None:
    with torch.inference_mode():
        out = made(width=4, feature_channels=12, classes=classes)(image(64, 96, 2))
    assert out.logits.shape == (2, classes, 64, 96)
    assert [tuple(f.shape) for f in out.features] == [(2, 12, 64 // s, 96 // s) for s in FEATURE_STRIDES]
    assert all(f.isfinite().all() for f in (out.logits, *out.features))


def test_it_has_less_than_two_million_parameters_and_none_that_was_pre_trained() -> None:
    network = UNet(UNetConfig())
    assert 1_000_000 < sum(p.numel() for p in network.parameters()) < 2_000_000
    (group,) = network.parameter_groups()
    assert group.part == "decoder"
    assert [id(p) for p in group.parameters] == [id(p) for p in network.parameters()]
    before = {name: value.clone() for name, value in network.state_dict().items()}
    network.load_pretrained()
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


@pytest.mark.parametrize("size", [(32, 32), (64, 64), (96, 160), (256, 256)])
def test_the_bits_do_not_depend_on_the_number_of_threads(threads: None, size: tuple[int, int]) -> None:
    network = made().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    seen = []
    for count in (1, 2):
        torch.set_num_threads(count)
        with torch.inference_mode():
            out = network(image(*size))
        seen.append((out.logits, *out.features))
    assert all(torch.equal(one, two) for one, two in zip(*seen, strict=True))


def test_exact_sums_are_those_of_training_to_rounding_and_freezing_leaves_them_out() -> None:
    network = made(width=4, feature_channels=8)
    with torch.inference_mode():
        exact = network(image(64, 64)).logits
        frozen = network.freeze()(image(64, 64)).logits
    torch.testing.assert_close(frozen, exact, rtol=1e-4, atol=1e-5)
    assert not torch.equal(frozen, exact)
    assert not any(m.training for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d))
    assert not any(p.requires_grad for p in network.parameters())


def test_a_size_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="64 x 65 does not fit; pad it to 64 x 96"):
        made(width=4)(image(64, 65))
