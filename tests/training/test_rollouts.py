"""Rollouts: times of a sample's own, the law of y_t, and the packed engine in training."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from small_model import DENOISER, WIDTH, spread_norms
from torch import Tensor, nn

from hidiff.diffusion import bernoulli
from hidiff.models.denoiser import Denoiser
from hidiff.models.packed.denoiser import PackedDenoiser
from hidiff.models.segmentor import FEATURE_STRIDES
from hidiff.training.batches import Batch, RefinerTraining
from hidiff.training.rollouts import denoised_chain, draw_times, sample_y_t
from hidiff.types import PRIOR_KINDS

T = 10
ALPHA_BAR = bernoulli.cosine_schedule(T)
SIDE, COUNT = 64, 4
SETTINGS = RefinerTraining(mixed_times=True, full_chain_share=0.5)
PACKED = replace(SETTINGS, packed_rollouts=True)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batch(p: float = 0.3, painted: bool = False) -> Batch:
    y_0 = (torch.rand(COUNT, 1, SIDE, SIDE, generator=generator(5)) < 0.5).float()
    prior = torch.full_like(y_0, p)
    if painted:
        prior[:, :, :8], prior[:, :, -8:] = 1.0, 0.0
    image = torch.rand(COUNT, 3, SIDE, SIDE, generator=generator())
    features = tuple(torch.randn(COUNT, WIDTH, SIDE // s, SIDE // s, generator=generator(s)) for s in FEATURE_STRIDES)
    return Batch(image, y_0, prior, features, kind=torch.tensor([0, 1, 2, 1]))


def denoiser() -> Denoiser:
    """Random weights that answer differently for each kind and time."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = Denoiser(replace(DENOISER, kinds=len(PRIOR_KINDS), prior_skip=True))
    source = generator(1)
    with torch.no_grad():
        spread_norms(network, source)
        for name, table in network.named_parameters():
            if name.endswith(("table", "gain", "trust")):
                table.normal_(0.5, 0.5, generator=source)
    return network


class Knowing(nn.Module):
    """A denoiser that knows the truth: its chain has the law of the forward process."""

    config = DENOISER

    def __init__(self, y_0: Tensor) -> None:
        super().__init__()
        self.y_0 = y_0

    def forward(self, image: Tensor, y_t: Tensor, *_: object) -> Tensor:
        return torch.where(y_t == self.y_0, -60.0, 60.0)


def test_times_are_a_samples_own_or_one_for_all() -> None:
    own = torch.stack([draw_times(T, COUNT, SETTINGS, generator(seed)) for seed in range(300)])
    assert set(own.flatten().tolist()) == set(range(1, T + 1))
    assert (own[:, 0] != own[:, 1]).float().mean() > 0.8
    shared = torch.stack([draw_times(T, COUNT, replace(SETTINGS, mixed_times=False), generator(s)) for s in range(300)])
    assert (shared == shared[:, :1]).all()
    assert set(shared.flatten().tolist()) == set(range(1, T + 1))


@pytest.mark.parametrize("mixed", [True, False])
@pytest.mark.parametrize("times", [(1, 4, 8, 10), (10, 9, 2, 5)])
def test_a_chain_that_knows_the_truth_has_the_law_of_the_forward_process(times: tuple[int, ...], mixed: bool) -> None:
    given, p = batch(), 0.3
    t = torch.tensor(times if mixed else times[1:2] * COUNT)
    settings = replace(SETTINGS, mixed_times=mixed)
    ones, zeros = given.y_0 == 1, given.y_0 == 0
    counts = torch.zeros(COUNT, 2)
    rounds = 12
    for seed in range(rounds):
        y_t = denoised_chain(Knowing(given.y_0), given, t, ALPHA_BAR, settings, generator(seed))  # type: ignore[arg-type]
        assert set(y_t.unique().tolist()) <= {0.0, 1.0}
        for column, where in enumerate((ones, zeros)):
            counts[:, column] += (y_t * where).sum((1, 2, 3)) / where.sum((1, 2, 3)) / rounds
    for n, time in enumerate(t.tolist()):
        kept = float(ALPHA_BAR[time])
        expected = torch.tensor([kept + (1 - kept) * p, (1 - kept) * p])
        assert (counts[n] - expected).abs().max() < 0.02  # five standard deviations of 24,000 bits


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_samples_y_t_has_the_law_of_its_own_time_from_either_source(share: float) -> None:
    given, t = batch(), torch.tensor([1, 4, 8, 10])
    settings = replace(SETTINGS, chain_share=share)
    mean = torch.stack(
        [
            sample_y_t(Knowing(given.y_0), given, t, ALPHA_BAR, settings, True, generator(seed))  # type: ignore[arg-type]
            for seed in range(12)
        ]
    ).mean(0)
    right = torch.where(given.y_0 == 1, mean, 1 - mean).mean((1, 2, 3))
    kept = ALPHA_BAR[t].float()
    assert (right - (kept + (1 - kept) * 0.5)).abs().max() < 0.02  # p and 1 - p, half of the pixels each


def test_before_the_denoiser_has_learned_no_bit_is_its_own() -> None:
    def forbidden(*_: object) -> Tensor:
        raise AssertionError("the denoiser was asked")

    network = Knowing(batch().y_0)
    network.forward = forbidden  # type: ignore[assignment]
    sample_y_t(network, batch(), torch.tensor([1, 4, 8, 10]), ALPHA_BAR, SETTINGS, False, generator())  # type: ignore[arg-type]


@pytest.mark.parametrize("painted", [False, True])
def test_packed_rollouts_are_those_of_the_simulation(monkeypatch: pytest.MonkeyPatch, painted: bool) -> None:
    given, t = batch(painted=painted), torch.tensor([1, 4, 8, 10])
    network = denoiser().train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    packed = denoised_chain(network, given, t, ALPHA_BAR, PACKED, generator(3))
    assert network.training
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    monkeypatch.setattr(PackedDenoiser, "packed", property(lambda _: False))
    simulated = denoised_chain(network, given, t, ALPHA_BAR, PACKED, generator(3))
    assert torch.equal(packed, simulated)
    in_floats = denoised_chain(network, given, t, ALPHA_BAR, SETTINGS, generator(3))
    assert (packed == in_floats).float().mean() > 0.97  # a sign may turn on the last digit
    held = (given.p == 0) | (given.p == 1)
    assert torch.equal(packed[held], given.p[held])
    assert held.any() == painted


def test_each_kind_of_prior_has_its_own_rows_in_a_rollout() -> None:
    given, t = batch(), torch.ones(COUNT, dtype=torch.int64)
    network = denoiser()
    told = denoised_chain(network, given, t, ALPHA_BAR, PACKED, generator(3))
    other = replace(given, kind=torch.tensor([0, 2, 2, 1]))
    changed = denoised_chain(network, other, t, ALPHA_BAR, PACKED, generator(3))
    assert [torch.equal(told[n], changed[n]) for n in range(COUNT)] == [True, False, True, True]
