"""Denoiser backends: one class with `conditioned` is one, and those that are there give what they should."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch
from small_model import SidedDenoiser, build, picture
from torch import Tensor, nn

from hidiff.evaluation.memoize import MemoizedDenoiser, memoized
from hidiff.models.backend import BACKENDS, NETWORKS, DenoiserBackend, StepFunction, TorchBackend
from hidiff.models.denoiser import Denoiser
from hidiff.models.packed.denoiser import PackedDenoiser, backend_of
from hidiff.models.packed.network import PackedNetwork
from hidiff.models.packed.simulation import Simulation
from hidiff.models.segmentor import FEATURE_STRIDES
from hidiff.pipeline import HiDiff
from hidiff.types import PRIOR_KINDS, PriorKind


class MyBackend:
    """The least that a backend is: it expects every bit to be wrong that differs from the prior's majority."""

    def __init__(self) -> None:
        self.conditions: list[tuple[tuple[int, ...], ...]] = []
        self.steps: list[int] = []

    def conditioned(
        self, image: Tensor, p: Tensor, features: Sequence[Tensor], kind: PriorKind = PRIOR_KINDS[0]
    ) -> StepFunction:
        self.conditions.append((tuple(image.shape), tuple(p.shape), *(tuple(f.shape) for f in features)))

        def step(y_t: Tensor, t: int) -> Tensor:
            self.steps.append(t)
            return torch.where((y_t > 0.5) != (p > 0.5), 3.0, -3.0)

        return step


@pytest.fixture(scope="module")
def model() -> HiDiff:
    return build()


def given(seed: int = 0) -> tuple[Tensor, Tensor, list[Tensor], Tensor]:
    """image, p, features and y_t of three samples, 64 x 64."""
    generator = torch.Generator().manual_seed(seed)
    image, p = torch.rand(1, 3, 64, 64, generator=generator), 0.05 + 0.9 * torch.rand(1, 1, 64, 64, generator=generator)
    features = [torch.randn(1, 8, 64 // stride, 64 // stride, generator=generator) for stride in FEATURE_STRIDES]
    return image, p, features, (torch.rand(3, 1, 64, 64, generator=generator) < 0.4).float()


# -------------------------------------------------------------------------------------------------- the socket
@pytest.mark.parametrize(("samples", "mirror", "views"), [(1, False, 1), (3, False, 1), (4, True, 4), (2, True, 2)])
def test_one_class_is_a_backend(model: HiDiff, samples: int, mirror: bool, views: int) -> None:
    mine = MyBackend()
    other = model.with_networks(model.segmentor, mine)
    refinement = other.refine(picture(64, 64), samples=samples, mirror=mirror, steps=3, focus=False)
    steps = list(refinement)
    assert refinement.runner.denoiser is mine
    assert (refinement.runner.network, refinement.runner.backend) == ("binary", "torch")
    expected = 1 / (1 + np.exp(-np.where(steps[0].y_t != (refinement.p > 0.5), 3.0, -3.0)))
    assert np.allclose(steps[0].eps_hat, expected, rtol=0, atol=1e-6)
    features = tuple((1, 8, 64 // stride, 64 // stride) for stride in FEATURE_STRIDES)
    assert mine.conditions == [((1, 3, 64, 64), (1, 1, 64, 64), *features)] * views  # once a view, not once a step
    assert sorted(mine.steps, reverse=True) == mine.steps and len(mine.steps) == 3 * views


def test_the_model_that_it_was_made_of_stays_as_it_is(model: HiDiff) -> None:
    before = model.refine(picture(64, 64), steps=2).finish().probability()
    other = model.with_networks(model.segmentor, MyBackend())
    assert isinstance(model.backend, Simulation) and isinstance(other.backend, MyBackend)
    assert other.config is model.config and other.segmentor is model.segmentor
    assert not np.array_equal(other.refine(picture(64, 64), steps=2).finish().probability(), before)
    assert np.array_equal(model.refine(picture(64, 64), steps=2).finish().probability(), before)


def test_another_segmentor_is_looked_through(model: HiDiff) -> None:
    class Empty(nn.Module):
        def forward(self, image: Tensor) -> object:
            found = model.segmentor(image)
            return found._replace(logits=torch.full_like(found.logits, -4.0))

    other = model.with_networks(Empty(), model.backend)
    assert np.allclose(other.prior(picture(64, 64)).p, 1 / (1 + np.exp(4.0)), atol=1e-6)


# ------------------------------------------------------------------------------------------ those that are there
Make = Callable[[Denoiser], DenoiserBackend]
ALL: dict[str, Make] = {
    "torch": TorchBackend,
    "simulation": lambda network: Simulation(PackedNetwork.of(network)),
    "packed": PackedDenoiser,
    "memoized simulation": lambda network: MemoizedDenoiser(Simulation(PackedNetwork.of(network))),
    "memoized torch": lambda network: MemoizedDenoiser(TorchBackend(network)),
    "memoized packed": lambda network: MemoizedDenoiser(PackedDenoiser(network)),
}


@torch.inference_mode()
@pytest.mark.parametrize("name", ALL)
def test_every_backend_gives_the_denoiser_s_logits_sample_by_sample(model: HiDiff, name: str) -> None:
    network = model.denoiser
    assert isinstance(network, Denoiser)
    image, p, features, y_t = given()
    step = ALL[name](network).conditioned(image, p, features)
    for t in (10, 4, 1):
        logits = step(y_t, t)
        assert logits.shape == y_t.shape and logits.dtype == torch.float32
        for n in range(3):
            assert torch.equal(step(y_t[n : n + 1], t)[0], logits[n])  # samples do not touch
        time = torch.tensor([t])
        whole = torch.cat([network(image, y[None], p, time, features) for y in y_t])
        torch.testing.assert_close(logits, whole, rtol=0, atol=0 if "torch" in name else 1e-4)


@torch.inference_mode()
@pytest.mark.parametrize("name", ALL)
def test_two_refinements_under_way_do_not_meet_in_a_backend(model: HiDiff, name: str) -> None:
    assert isinstance(model.denoiser, Denoiser)
    backend = ALL[name](model.denoiser)
    first, second = given(1), given(2)
    alone = [backend.conditioned(*side[:3])(side[3], 5) for side in (first, second)]
    steps = [backend.conditioned(*side[:3]) for side in (first, second)]
    for step, side, expected in zip(steps, (first, second), alone, strict=True):
        assert torch.equal(step(side[3], 5), expected)
    assert not torch.equal(*alone)


@torch.inference_mode()
def test_a_memoized_backend_computes_each_step_of_each_sample_once(model: HiDiff) -> None:
    mine = MyBackend()
    backend = MemoizedDenoiser(mine)
    image, p, features, y_t = given()
    for _ in range(2):
        step = backend.conditioned(image, p, features)
        step(y_t, 5)
        step(y_t[:1], 5)
        step(y_t[:1], 4)
    assert (backend.asked, backend.computed, len(mine.steps)) == (10, 4, 4)
    other = memoized(model)
    assert isinstance(other.backend, MemoizedDenoiser)
    expected = model.refine(picture(64, 64), samples=2, steps=3).finish().trace()
    for _ in range(2):
        assert np.array_equal(
            other.refine(picture(64, 64), samples=2, steps=3).finish().trace().eps_hat, expected.eps_hat
        )
    assert other.backend.computed == 6 and other.backend.asked == 12


def test_which_backend_a_network_gets(model: HiDiff) -> None:
    assert isinstance(model.denoiser, Denoiser)
    packed = PackedDenoiser(model.denoiser)
    assert backend_of(packed) is packed
    assert isinstance(backend_of(model.denoiser), Simulation)
    sided = backend_of(SidedDenoiser())
    assert isinstance(sided, TorchBackend) and isinstance(sided.network, SidedDenoiser)
    assert NETWORKS == ("binary", "real") and BACKENDS == ("packed", "simulation")
