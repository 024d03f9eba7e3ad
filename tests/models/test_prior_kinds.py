"""Kinds of prior: a row of every time table for each, and a segmentor's prior that begins as the answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from hidiff.diffusion.bernoulli import estimate
from hidiff.models.backend import DenoiserBackend, TorchBackend
from hidiff.models.denoiser import Denoiser, DenoiserConfig
from hidiff.models.packed.denoiser import PackedDenoiser
from hidiff.models.packed.file import load_packed, save_packed
from hidiff.models.packed.network import PackedNetwork
from hidiff.models.packed.simulation import Simulation
from hidiff.models.segmentor import FEATURE_STRIDES
from hidiff.training.warm_start import load_matching
from hidiff.types import PRIOR_KINDS, PriorKind

ONE = DenoiserConfig(feature_channels=4, channels=(8, 8, 8, 8, 16), blocks=1, T=4, heads=2, prior_skip=True)
TOLD = replace(ONE, kinds=len(PRIOR_KINDS))


def network(config: DenoiserConfig, seed: int = 0) -> Denoiser:
    """With tables of random numbers, so that each row gives something else."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        out = Denoiser(config).eval().requires_grad_(False)
        for name, value in out.named_parameters():
            if name.endswith(("table", "trust", "gain")):
                value.copy_(torch.randn_like(value) * 0.5)
    return out


def given() -> tuple[Tensor, Tensor, list[Tensor], Tensor]:
    generator = torch.Generator().manual_seed(1)
    image, p = torch.rand(1, 3, 64, 64, generator=generator), 0.05 + 0.9 * torch.rand(1, 1, 64, 64, generator=generator)
    features = [torch.randn(1, 4, 64 // stride, 64 // stride, generator=generator) for stride in FEATURE_STRIDES]
    return image, p, features, (torch.rand(2, 1, 64, 64, generator=generator) < 0.4).float()


def logits(backend: DenoiserBackend, kind: PriorKind, t: int) -> Tensor:
    image, p, features, y_t = given()
    return backend.conditioned(image, p, features, kind)(y_t, t)


@torch.inference_mode()
def test_every_row_is_one_time_of_one_kind() -> None:
    rows = [TOLD.row(t, kind) for kind in PRIOR_KINDS for t in range(1, TOLD.T + 1)]
    assert rows == list(range(TOLD.rows)) and TOLD.rows == 12
    assert {ONE.row(3, kind) for kind in PRIOR_KINDS} == {2} and ONE.rows == 4


@torch.inference_mode()
@pytest.mark.parametrize("kind", PRIOR_KINDS)
@pytest.mark.parametrize("t", [1, 4])
def test_every_backend_reads_the_kind_s_rows(kind: PriorKind, t: int) -> None:
    """Against a network of one kind whose tables are those rows alone."""
    told = network(TOLD)
    first = PRIOR_KINDS.index(kind) * TOLD.T
    alone = Denoiser(replace(TOLD, kinds=1)).eval()
    state = told.state_dict()
    gain = state.pop("gain")[first + t - 1]
    rows = {name: value[first : first + TOLD.T] for name, value in state.items() if name.endswith(("table", "trust"))}
    rows["head.weight"], rows["head.bias"] = state["head.weight"] * gain, state["head.bias"] * gain
    alone.load_state_dict({**state, **rows})
    expected = logits(TorchBackend(alone), "segmentor", t)
    torch.testing.assert_close(logits(TorchBackend(told), kind, t), expected, rtol=1e-4, atol=1e-4)
    simulated = logits(Simulation(PackedNetwork.of(told)), kind, t)
    torch.testing.assert_close(simulated, expected, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(logits(PackedDenoiser(told), kind, t), simulated, rtol=0, atol=2e-5)  # sums in the head
    others = [logits(TorchBackend(told), other, t) for other in PRIOR_KINDS if other != kind]
    assert all((other - expected).abs().mean() > 0.01 for other in others)


@torch.inference_mode()
def test_one_batch_may_hold_all_kinds() -> None:
    told, (image, p, features, y_t) = network(TOLD), given()
    many = [part.expand(3, *part.shape[1:]) for part in (image, p, *features, y_t[:1])]
    whose, t = torch.arange(3), torch.tensor([2, 2, 2])
    together = told(many[0], many[-1], many[1], t, many[2:-1], whose)
    for index, kind in enumerate(PRIOR_KINDS):
        alone = logits(TorchBackend(told), kind, 2)[:1]
        torch.testing.assert_close(together[index : index + 1], alone, rtol=1e-4, atol=1e-4)
        packed = PackedDenoiser(told)(image, y_t[:1], p, t[:1], features, whose[index : index + 1])
        torch.testing.assert_close(packed, alone, rtol=1e-3, atol=1e-3)


@torch.inference_mode()
def test_training_begins_with_the_segmentor_s_prior_as_the_answer_and_with_corrections_of_all_others() -> None:
    _, p, _, y_t = given()
    backend = TorchBackend(Denoiser(TOLD).eval())
    for t in range(1, TOLD.T + 1):
        y0_hat = {kind: estimate(y_t, logits(backend, kind, t).sigmoid()) for kind in PRIOR_KINDS}
        torch.testing.assert_close(y0_hat["segmentor"], p.expand_as(y_t), rtol=0, atol=1e-5)
        assert all((y0_hat[kind] - p).abs().mean() > 1e-3 for kind in ("unknown", "scribbles"))


@torch.inference_mode()
def test_a_network_of_one_kind_goes_on_as_one_of_several() -> None:
    earlier, later = network(ONE), Denoiser(TOLD).eval()
    load_matching(later, earlier.state_dict())
    for kind in ("unknown", "scribbles"):
        assert torch.equal(logits(TorchBackend(later), kind, 3), logits(TorchBackend(earlier), kind, 3))
    _, p, _, y_t = given()
    y0_hat = estimate(y_t, logits(TorchBackend(later), "segmentor", 3).sigmoid())
    torch.testing.assert_close(y0_hat, p.expand_as(y_t), rtol=0, atol=1e-5)


def test_the_packed_file_keeps_the_kinds(tmp_path: Path) -> None:
    told = network(TOLD)
    save_packed(told, tmp_path / "told.safetensors")
    read = load_packed(tmp_path / "told.safetensors", TOLD)
    for name in ("gain", "trust", "encoder.0.blocks.0.threshold.table"):
        assert torch.equal(read.state_dict()[name], told.state_dict()[name])
