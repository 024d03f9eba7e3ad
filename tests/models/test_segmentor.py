"""The segmentor: shapes, strides, and the sizes that it takes."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from hidiff.models.lite_segmentor import Encoder
from hidiff.models.segmentor import (
    CANVAS_MULTIPLE,
    FEATURE_STRIDES,
    LiteConfig,
    LiteSegmentor,
    Segmentor,
    SegmentorOutput,
)


def made(**fields: int) -> LiteSegmentor:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return LiteSegmentor(LiteConfig(**fields)).eval()


def image(height: int = 64, width: int = 96, batch: int = 2) -> torch.Tensor:
    return torch.rand(batch, 3, height, width, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def network() -> LiteSegmentor:
    return made(width=12)


@pytest.mark.parametrize("finest_stride", [2, 4])
@pytest.mark.parametrize("classes", [1, 3])
def test_logits_and_features(finest_stride: int, classes: int) -> None:
    network: Segmentor = made(width=12, classes=classes, finest_stride=finest_stride)  # the Protocol holds
    with torch.inference_mode():
        out = network(image())
    assert isinstance(out, SegmentorOutput)
    assert out.logits.shape == (2, classes, 64, 96)
    assert FEATURE_STRIDES == (4, 8, 16, 32)
    assert [tuple(f.shape) for f in out.features] == [(2, 12, 64 // s, 96 // s) for s in FEATURE_STRIDES]
    assert all(f.isfinite().all() for f in (out.logits, *out.features))


def test_stride_two_sees_finer_than_stride_four() -> None:
    # a map at stride s, enlarged by two bilinear steps, has no structure below s pixels
    roughness = []
    for finest_stride in (2, 4):
        with torch.inference_mode():
            logits = made(width=12, finest_stride=finest_stride)(image()).logits[..., 8:-8, 8:-8]
        bend = logits[..., 2:] - 2 * logits[..., 1:-1] + logits[..., :-2]
        roughness.append((bend.abs() > 1e-5 * logits.abs().max()).float().mean().item())
    assert roughness[0] > 0.9
    assert roughness[1] < 0.6


def test_the_encoder_taps_five_strides() -> None:
    with torch.inference_mode():
        maps = Encoder().eval()(image(64, 64, 1))
    assert [(m.shape[1], 64 // m.shape[2]) for m in maps] == [(16, 2), (24, 4), (40, 8), (112, 16), (320, 32)]


def test_the_encoder_is_an_efficientnet_lite0() -> None:
    # without its classifier: 4,652,008 less the last 1x1 convolution with its norm and the linear layer
    count = sum(p.numel() for p in Encoder().parameters())
    assert count == 4_652_008 - (320 * 1280 + 2 * 1280) - (1280 * 1000 + 1000)


@pytest.mark.parametrize(
    ("size", "proposal"), [((100, 64), "128 x 64"), ((64, 65), "64 x 96"), ((31, 33), "32 x 64"), ((48, 80), "64 x 96")]
)
def test_a_size_that_does_not_fit_is_refused_with_one_that_does(
    network: LiteSegmentor, size: tuple[int, int], proposal: str
) -> None:
    with pytest.raises(ValueError, match=f"{size[0]} x {size[1]} does not fit; pad it to {proposal}$"):
        network(image(*size))
    assert all(int(side) % CANVAS_MULTIPLE == 0 for side in proposal.split(" x "))


@pytest.mark.parametrize("finest_stride", [1, 8, 3])
def test_another_finest_stride_is_refused(finest_stride: int) -> None:
    with pytest.raises(ValueError, match=f"2 or 4, not {finest_stride}"):
        LiteSegmentor(LiteConfig(finest_stride=finest_stride))


def test_samples_of_a_batch_do_not_mix(network: LiteSegmentor) -> None:
    two = image()
    with torch.inference_mode():
        both, alone = network(two), network(two[1:])
    torch.testing.assert_close(both.logits[1:], alone.logits, rtol=1e-4, atol=1e-5)
    for a, b in zip(both.features, alone.features, strict=True):
        torch.testing.assert_close(a[1:], b, rtol=1e-4, atol=1e-5)


def test_the_image_is_normalised_inside(network: LiteSegmentor) -> None:
    seen: list[torch.Tensor] = []
    handle = network.encoder.stem.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    grey = torch.full((1, 3, 32, 32), 0.5)
    with torch.inference_mode():
        network(grey)
    handle.remove()
    expected = [(0.5 - m) / s for m, s in zip((0.485, 0.456, 0.406), (0.229, 0.224, 0.225), strict=True)]
    assert seen[0][0, :, 0, 0].tolist() == pytest.approx(expected, abs=1e-6)


def test_the_weights_files_hold_no_constants(network: LiteSegmentor) -> None:
    names = network.state_dict().keys()
    assert "mean" not in names and "std" not in names
    assert isinstance(network, nn.Module)
