"""The binary denoiser: signs, estimators, time, conditions, shapes."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from small_model import spread_norms
from torch import Tensor, nn

from hidiff.models.binary import Block, Conv3x3, TimeBias, sign_activation, sign_weight
from hidiff.models.cross_transformer import CrossTransformer
from hidiff.models.denoiser import Denoiser, DenoiserConfig
from hidiff.models.segmentor import FEATURE_STRIDES

CONFIG = DenoiserConfig(feature_channels=6, channels=(8, 8, 8, 8, 16), blocks=1)


def made(config: DenoiserConfig = CONFIG, seed: int = 0) -> Denoiser:
    """A denoiser in eval mode whose time tables and BatchNorms are not at their start."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = Denoiser(config)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        spread_norms(network, generator)
        for name, parameter in network.named_parameters():
            if name.endswith(".table"):
                parameter.normal_(0, 0.4, generator=generator)
    return network.eval()


def inputs(
    batch: int = 2,
    classes: int = 1,
    size: tuple[int, int] = (64, 64),
    channels: int = 6,
    features_of: int | None = None,
) -> tuple[Tensor, Tensor, Tensor, list[Tensor]]:
    """image, y_t, p and features."""
    generator = torch.Generator().manual_seed(1)
    height, width = size
    image = torch.rand(batch, 3, height, width, generator=generator)
    p = torch.rand(batch, classes, height, width, generator=generator)
    y_t = (p > 0.5).float()
    many = batch if features_of is None else features_of
    features = [torch.randn(many, channels, height // s, width // s, generator=generator) for s in FEATURE_STRIDES]
    return image, y_t, p, features


def run(network: Denoiser, t: int = 3, **kwargs: object) -> Tensor:
    image, y_t, p, features = inputs(**kwargs)  # type: ignore[arg-type]
    with torch.no_grad():
        out: Tensor = network(image, y_t, p, torch.full((len(image),), t), features)
    return out


# --- signs -----------------------------------------------------------------------------------------------


def test_the_sign_of_zero_is_plus_one() -> None:
    x = torch.tensor([-2.0, -1e-30, -0.0, 0.0, 1e-30, 3.0])
    assert sign_activation(x).tolist() == [-1.0, -1.0, 1.0, 1.0, 1.0, 1.0]
    weight = torch.tensor([0.0, -1.0, 1.0, -2.0]).view(1, 4, 1, 1)
    assert sign_weight(weight).flatten().tolist() == [1.0, -1.0, 1.0, -1.0]  # mean|w| = 1


def test_the_sign_of_an_activation_keeps_its_type() -> None:
    assert sign_activation(torch.zeros(2, dtype=torch.bfloat16)).dtype == torch.bfloat16
    assert sign_activation(torch.zeros(2, dtype=torch.float64)).dtype == torch.float64


def test_backwards_the_activation_is_the_triangle() -> None:
    x = torch.tensor([-1.5, -1.0, -0.75, -0.25, 0.0, 0.25, 0.5, 1.0, 2.0], requires_grad=True)
    (sign_activation(x) * torch.arange(1.0, 10.0)).sum().backward()
    slope = [0.0, 0.0, 0.5, 1.5, 2.0, 1.5, 1.0, 0.0, 0.0]
    assert x.grad is not None
    assert x.grad.tolist() == [g * s for g, s in zip(range(1, 10), slope, strict=True)]


def test_the_triangle_is_the_slope_of_the_piecewise_quadratic() -> None:
    x = torch.linspace(-1.3, 1.3, 53, dtype=torch.float64)

    def quadratic(v: Tensor) -> Tensor:
        inner = torch.where(v < 0, 2 * v + v**2, 2 * v - v**2)
        return torch.where(v.abs() < 1, inner, v.sign())

    numeric = (quadratic(x + 1e-6) - quadratic(x - 1e-6)) / 2e-6
    x.requires_grad_()
    sign_activation(x).sum().backward()
    assert x.grad is not None
    torch.testing.assert_close(x.grad, numeric, rtol=0, atol=2e-6)


def test_a_binary_weight_is_its_sign_times_the_mean_size_of_its_channel() -> None:
    weight = torch.tensor([[1.0, -2.0, 3.0, 0.0], [-0.1, 0.1, 0.2, -0.4]]).view(2, 2, 2, 1)
    expected = torch.tensor([[1.5, -1.5, 1.5, 1.5], [-0.2, 0.2, 0.2, -0.2]]).view(2, 2, 2, 1)
    torch.testing.assert_close(sign_weight(weight), expected)


def test_backwards_the_weight_is_the_clipped_identity_with_the_scale_held() -> None:
    values = torch.tensor([1.4, -2.0, 0.3, -0.1]).view(1, 4, 1, 1).requires_grad_()
    grad = torch.tensor([1.0, 10.0, 100.0, 1000.0]).view(1, 4, 1, 1)
    (sign_weight(values) * grad).sum().backward()
    scale = (1.4 + 2.0 + 0.3 + 0.1) / 4
    assert values.grad is not None
    expected = grad * scale * torch.tensor([1.0, 0.0, 1.0, 1.0]).view(1, 4, 1, 1)
    torch.testing.assert_close(values.grad, expected)


def test_the_binary_convolution_is_an_integer_sum_times_a_scale() -> None:
    generator = torch.Generator().manual_seed(0)
    conv = Conv3x3(5, 4, binary=True)
    with torch.no_grad():
        conv.weight.normal_(0, 0.5, generator=generator)
    x = torch.randn(2, 5, 6, 7, generator=generator)
    x[0, 0, 0, 0] = 0.0
    got = conv(x)
    bits = torch.where(x >= 0, 1, -1)
    signs = torch.where(conv.weight >= 0, 1, -1)
    padded = nn.functional.pad(bits, (1, 1, 1, 1))  # a place outside counts nothing, neither + nor -
    for b, o, row, column in ((0, 0, 0, 0), (0, 3, 2, 3), (1, 1, 5, 6), (1, 2, 0, 4), (0, 2, 3, 0)):
        patch = padded[b, :, row : row + 3, column : column + 3]
        count = int((patch * signs[o]).sum())
        inside = int((patch != 0).sum())
        assert abs(count) <= inside and (count - inside) % 2 == 0
        scale = conv.weight[o].abs().mean()
        torch.testing.assert_close(got[b, o, row, column], count * scale)


def test_the_binary_convolution_sees_signs_alone() -> None:
    conv = Conv3x3(3, 3, binary=True)
    x = torch.randn(1, 3, 8, 8, generator=torch.Generator().manual_seed(2))
    assert torch.equal(conv(x), conv(x * 100))
    assert torch.equal(conv(x), conv(x.sign()))


def test_the_twins_convolution_is_a_real_one_on_a_relu() -> None:
    conv = Conv3x3(3, 2, binary=False)
    x = torch.randn(1, 3, 8, 8, generator=torch.Generator().manual_seed(2))
    expected = nn.functional.conv2d(x.clamp_min(0), conv.weight, padding=1)
    torch.testing.assert_close(conv(x), expected)


def test_weights_start_on_both_sides_of_zero() -> None:
    for module in made().modules():
        if isinstance(module, Conv3x3):
            share = (module.weight >= 0).float().mean().item()
            assert 0.3 < share < 0.7


# --- time ------------------------------------------------------------------------------------------------


def test_a_time_bias_is_a_row_of_its_table() -> None:
    bias = TimeBias(10, 4)
    with torch.no_grad():
        bias.table.copy_(torch.arange(40.0).view(10, 4))
    got = bias(torch.tensor([0, 9, 2]))
    assert got.shape == (3, 4, 1, 1)
    assert got[:, :, 0, 0].tolist() == [[0, 1, 2, 3], [36, 37, 38, 39], [8, 9, 10, 11]]


def test_a_block_by_hand() -> None:
    block = Block(2, 3, binary=True).eval()
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for bias in (block.threshold, block.shift_in, block.shift_out):
            bias.table.normal_(generator=generator)
        block.slope.copy_(torch.tensor([0.1, -0.5]).view(1, 2, 1, 1))
        spread_norms(block, generator)
    x = torch.randn(2, 2, 5, 5, generator=generator)
    t = torch.tensor([1, 3])
    rows = (t - 1).tolist()
    threshold, shift_in, shift_out = (
        torch.stack([bias.table[row] for row in rows])[:, :, None, None]
        for bias in (block.threshold, block.shift_in, block.shift_out)
    )
    signs = torch.where(x + threshold >= 0, 1.0, -1.0)
    weight = torch.where(block.conv.weight >= 0, 1.0, -1.0) * block.conv.weight.abs().mean((1, 2, 3), keepdim=True)
    h = x + block.norm(nn.functional.conv2d(signs, weight, padding=1)) + shift_in
    expected = torch.maximum(h, torch.zeros(())) + block.slope * torch.minimum(h, torch.zeros(())) + shift_out
    torch.testing.assert_close(block(x, t - 1), expected)


def test_every_time_has_its_own_output() -> None:
    network = made()
    outputs = [run(network, t=t) for t in range(1, 11)]
    for i, first in enumerate(outputs):
        for second in outputs[:i]:
            assert (first - second).abs().max() > 1e-3


@pytest.mark.parametrize("table", ["threshold", "shift_in", "shift_out"])
def test_each_of_the_three_biases_acts_at_its_time_only(table: str) -> None:
    network = made()
    before = [run(network, t=t) for t in (4, 5)]
    with torch.no_grad():
        getattr(network.encoder[0].blocks[0], table).table[3] += 1.0  # type: ignore[index]
    after = [run(network, t=t) for t in (4, 5)]
    assert not torch.allclose(before[0], after[0])
    assert torch.equal(before[1], after[1])


def test_samples_of_a_batch_may_stand_at_different_times() -> None:
    network = made()
    image, y_t, p, features = inputs()
    with torch.no_grad():
        mixed = network(image, y_t, p, torch.tensor([2, 9]), features)
    for row, t in enumerate((2, 9)):
        torch.testing.assert_close(mixed[row], run(network, t=t)[row], rtol=0, atol=1e-5)


# --- conditions ------------------------------------------------------------------------------------------


def test_features_of_batch_one_serve_every_sample() -> None:
    network = made()
    image, y_t, p, features = inputs(batch=3, features_of=1)
    t = torch.full((3,), 6)
    with torch.no_grad():
        shared = network(image, y_t, p, t, features)
        repeated = network(image, y_t, p, t, [f.repeat(3, 1, 1, 1) for f in features])
    torch.testing.assert_close(shared, repeated, rtol=0, atol=1e-5)
    assert not torch.allclose(shared[0], shared[1])


@pytest.mark.parametrize("which", ["image", "y_t", "p", "stride 4", "stride 8", "stride 16", "stride 32"])
def test_every_input_counts(which: str) -> None:
    network = made()
    image, y_t, p, features = inputs()
    t = torch.full((2,), 6)
    with torch.no_grad():
        before = network(image, y_t, p, t, features)
        if which == "image":
            image = 1 - image
        elif which == "y_t":
            y_t = 1 - y_t
        elif which == "p":
            p = 1 - p
        else:
            features[FEATURE_STRIDES.index(int(which.split()[1]))].neg_()
        after = network(image, y_t, p, t, features)
    assert (before - after).abs().max() > 1e-3


def test_without_features_they_are_not_read() -> None:
    network = made(replace(CONFIG, features=False))
    assert len(network.conditions) == 0
    image, y_t, p, features = inputs()
    t = torch.full((2,), 6)
    with torch.no_grad():
        before = network(image, y_t, p, t, features)
        assert torch.equal(before, network(image, y_t, p, t, []))
        assert not torch.equal(before, network(1 - image, y_t, p, t, []))


def test_without_the_cross_transformer_the_condition_is_still_added() -> None:
    network = made(replace(CONFIG, cross_transformer=False))
    assert network.cross is None
    assert not any("attention" in name for name, _ in network.named_parameters())
    image, y_t, p, features = inputs()
    t = torch.full((2,), 6)
    with torch.no_grad():
        before = network(image, y_t, p, t, features)
        features[-1].neg_()
        assert not torch.equal(before, network(image, y_t, p, t, features))


def test_the_cross_transformer_asks_in_both_directions_and_starts_near_the_identity() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        cross = CrossTransformer(16).eval()
    diffusion, condition = torch.randn(2, 2, 16, 3, 5, generator=torch.Generator().manual_seed(1)).unbind(0)
    with torch.no_grad():
        out = cross(diffusion, condition)
        assert out.shape == diffusion.shape
        assert not torch.equal(out, diffusion)
        assert (out - diffusion).abs().mean() < 0.3 * diffusion.abs().mean()
        assert not torch.allclose(out, cross(diffusion, -condition))
        # the condition is updated by the diffusion stream before it is asked
        for scale in (cross.condition_asks.scale_attention, cross.condition_asks.scale_perceptron):
            scale.zero_()
        assert not torch.allclose(out, cross(diffusion, condition))
        # positions carry no order of their own: what is moved in both streams moves in the answer
        moved = cross(diffusion.flip(3), condition.flip(3)).flip(3)
        torch.testing.assert_close(moved, cross(diffusion, condition), rtol=0, atol=1e-5)


# --- shapes and layouts ----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(32, 32), (96, 160)])
@pytest.mark.parametrize("classes", [1, 3])
def test_logits_have_the_masks_shape(classes: int, size: tuple[int, int]) -> None:
    out = run(made(replace(CONFIG, classes=classes)), classes=classes, size=size)
    assert out.shape == (2, classes, *size)
    assert out.isfinite().all()


@pytest.mark.parametrize(
    ("patch", "channels", "strides"),
    [
        (1, (8, 8, 8, 8, 8, 16), (1, 2, 4, 8, 16, 32)),
        (2, (8, 8, 8, 8, 16), (2, 4, 8, 16, 32)),
        (4, (8, 8, 8, 16), (4, 8, 16, 32)),
    ],
)
def test_the_stem_may_fold_pixels(patch: int, channels: tuple[int, ...], strides: tuple[int, ...]) -> None:
    network = made(replace(CONFIG, patch=patch, channels=channels))
    assert network.strides == strides
    out = run(network, size=(64, 96))
    assert out.shape == (2, 1, 64, 96)
    # the mask stands on the full grid: neighbours within a patch differ
    assert (out[..., 0] - out[..., 1]).abs().max() > 1e-4


@pytest.mark.parametrize("patch", [1, 2])
def test_too_few_levels_are_refused(patch: int) -> None:
    with pytest.raises(ValueError, match="do not reach"):
        Denoiser(replace(CONFIG, patch=patch, channels=(8, 8, 8, 16)))


def test_a_patch_that_jumps_over_the_features_is_refused() -> None:
    with pytest.raises(ValueError, match="do not reach"):
        Denoiser(replace(CONFIG, patch=8))


def test_the_twin_has_the_same_layout_and_real_convolutions() -> None:
    binary, twin = made(), made(replace(CONFIG, binary=False))
    assert {k: v.shape for k, v in binary.state_dict().items()} == {k: v.shape for k, v in twin.state_dict().items()}
    twin.load_state_dict(binary.state_dict())
    assert not torch.allclose(run(binary), run(twin))
    kinds = {m.binary for m in twin.modules() if isinstance(m, Conv3x3)}
    assert kinds == {False}
    assert {m.binary for m in binary.modules() if isinstance(m, Conv3x3)} == {True}


def test_stem_and_head_are_real_and_all_inner_3x3_convolutions_binary() -> None:
    network = made()
    real = [name for name, m in network.named_modules() if isinstance(m, nn.Conv2d) and m.kernel_size == (3, 3)]
    assert real == ["stem.0", "head"]


@pytest.mark.parametrize("binary", [True, False])
def test_every_parameter_learns(binary: bool) -> None:
    network = made(replace(CONFIG, binary=binary)).train()
    image, y_t, p, features = inputs(size=(64, 64))
    logits = network(image, y_t, p, torch.tensor([1, 7]), features)
    nn.functional.binary_cross_entropy_with_logits(logits, 1 - y_t).backward()
    without = [name for name, q in network.named_parameters() if q.grad is None or not q.grad.abs().max() > 0]
    assert without == []
    assert all(q.grad is not None and q.grad.isfinite().all() for q in network.parameters())
