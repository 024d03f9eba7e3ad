"""The reverse chain: its laws, its noise, and when it asks for what."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from chain_law import T, cosine_betas, marginal, survival
from torch import Tensor

from hidiff.diffusion import bernoulli
from hidiff.diffusion.samplers import SAMPLERS, ReverseStep, reverse, reverse_mean

ALPHA_BAR = bernoulli.cosine_schedule(T)
WAYS = [tuple(range(10, 0, -1)), (10, 8, 6, 4, 1), (10, 1), (7, 3, 2)]


def uniform_source(shape: tuple[int, ...], seed: int = 0) -> Callable[[int], Tensor]:
    """A field for each t, the same whenever it is asked for."""
    return lambda t: torch.rand(shape, generator=torch.Generator().manual_seed(1000 * seed + t), dtype=torch.float64)


def perfect(y_0: Tensor) -> Callable[[Tensor, int], Tensor]:
    """The denoiser that knows: eps = y_t XOR y_0."""
    return lambda y_t, t: ((y_t > 0.5) ^ (y_0 > 0.5)).to(y_t.dtype)


def soft(y_t: Tensor, t: int) -> Tensor:
    """A denoiser of doubts that depend on bit, place and time."""
    place = torch.linspace(0, 1, y_t.numel(), dtype=y_t.dtype).view(y_t.shape)
    return 0.05 + 0.5 * place * (0.3 + 0.7 * y_t) * (t / T)


def run(
    denoise: Callable[[Tensor, int], Tensor],
    p: Tensor,
    times: tuple[int, ...],
    sampler: str,
    seed: int = 0,
) -> list[ReverseStep]:
    return list(reverse(denoise, p, ALPHA_BAR, times, uniform_source(tuple(p.shape), seed), sampler))


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("times", WAYS, ids=str)
def test_a_perfect_denoiser_ends_at_the_truth_from_any_prior(sampler: str, times: tuple[int, ...]) -> None:
    generator = torch.Generator().manual_seed(3)
    y_0 = (torch.rand(2, 3, 8, 8, generator=generator, dtype=torch.float64) < 0.4).double()
    for p in (
        torch.full_like(y_0, 0.5),
        0.001 + 0.998 * (1 - y_0),
        torch.rand(y_0.shape, generator=generator).double(),
    ):
        steps = run(perfect(y_0), p, times, sampler)
        assert all(torch.equal(step.y0_hat, y_0) for step in steps)


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("times", WAYS[:3], ids=str)
def test_the_bits_of_a_perfect_chain_have_the_forward_law(sampler: str, times: tuple[int, ...]) -> None:
    draws = 40_000
    cells = [(y_0, p) for y_0 in (0, 1) for p in (0.02, 0.4, 0.9)]
    y_0, p = (
        torch.tensor(column, dtype=torch.float64).view(-1, 1, 1, 1).expand(-1, 1, 1, draws)
        for column in zip(*cells, strict=True)
    )
    betas = cosine_betas()
    for step in run(perfect(y_0), p, times, sampler):
        for cell, (bit, prior) in enumerate(cells):
            expected = marginal(bit, prior, betas, step.t)
            # y_T is drawn from the prior alone: that differs from q(y_T | y_0) by alpha_bar_T at most
            slack = 5 * (expected * (1 - expected) / draws) ** 0.5 + survival(betas)[T]
            assert abs(step.y_t[cell].mean().item() - expected) < slack


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("times", WAYS, ids=str)
def test_every_step_follows_from_the_one_before(sampler: str, times: tuple[int, ...]) -> None:
    p = torch.linspace(0.01, 0.99, 2 * 2 * 6 * 6, dtype=torch.float64).view(2, 2, 6, 6)
    field = uniform_source((2, 2, 6, 6))
    steps = run(soft, p, times, sampler)
    assert tuple(step.t for step in steps) == times
    expected = (field(times[0]) < p).double()
    for index, step in enumerate(steps):
        assert torch.equal(step.y_t, expected)
        assert torch.equal(step.eps_hat, soft(expected, step.t))
        assert torch.equal(step.y0_hat, torch.where(expected > 0, 1 - step.eps_hat, step.eps_hat))
        if index + 1 == len(times):
            assert (step.mean, step.u, step.y_s) == (None, None, None)
            break
        s = times[index + 1]
        assert step.mean is not None and step.u is not None and step.y_s is not None
        levels = float(ALPHA_BAR[step.t]), float(ALPHA_BAR[s])
        mean = reverse_mean(expected, step.y0_hat, p, *levels, sampler)
        torch.testing.assert_close(step.mean, mean, rtol=0, atol=1e-14)
        assert torch.equal(step.u, field(s))
        expected = (field(s) < mean).double()
        assert torch.equal(step.y_s, expected)


def test_ancestral_is_the_default() -> None:
    p = torch.full((1, 1, 5, 5), 0.3, dtype=torch.float64)
    plain = list(reverse(soft, p, ALPHA_BAR, (10, 5, 1), uniform_source((1, 1, 5, 5))))
    named = run(soft, p, (10, 5, 1), "ancestral")
    other = run(soft, p, (10, 5, 1), "plug_in")
    assert plain[0].mean is not None and named[0].mean is not None and other[0].mean is not None
    assert torch.equal(plain[0].mean, named[0].mean)
    assert not torch.allclose(plain[0].mean, other[0].mean)


def test_the_chain_asks_for_noise_and_estimates_in_order_and_no_earlier_than_needed() -> None:
    asked: list[tuple[str, int]] = []
    p = torch.full((1, 1, 4, 4), 0.3, dtype=torch.float64)
    field = uniform_source((1, 1, 4, 4))

    def uniform(t: int) -> Tensor:
        asked.append(("u", t))
        return field(t)

    def denoise(y_t: Tensor, t: int) -> Tensor:
        asked.append(("eps", t))
        return soft(y_t, t)

    chain = reverse(denoise, p, ALPHA_BAR, (10, 6, 1), uniform)
    assert asked == []
    next(chain)
    assert asked == [("u", 10), ("eps", 10), ("u", 6)]
    next(chain)
    assert asked == [("u", 10), ("eps", 10), ("u", 6), ("eps", 6), ("u", 1)]
    last = next(chain)
    assert asked[5:] == [("eps", 1)]
    assert last.t == 1 and last.y_s is None
    with pytest.raises(StopIteration):
        next(chain)
    assert len(asked) == 6


def test_one_step_is_a_single_guess_at_a_draw_of_the_prior() -> None:
    p = torch.full((1, 1, 6, 6), 0.3, dtype=torch.float64)
    (only,) = run(soft, p, (10,), "ancestral")
    assert only.mean is None
    assert torch.equal(only.y_t, (uniform_source((1, 1, 6, 6))(10) < p).double())
    assert torch.equal(only.y0_hat, bernoulli.estimate(only.y_t, soft(only.y_t, 10)))


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_bits_with_a_sure_prior_never_turn(sampler: str) -> None:
    p = torch.tensor([0.0, 1.0, 0.5], dtype=torch.float64).view(1, 1, 1, 3).expand(1, 1, 400, 3)
    sure = (p == 0) | (p == 1)

    def denoise(y_t: Tensor, t: int) -> Tensor:
        return torch.where(sure, (y_t - p).abs(), torch.full_like(p, 0.4))

    for step in run(denoise, p, WAYS[0], sampler):
        assert torch.equal(step.y_t[sure], p[sure])
        assert torch.equal(step.y0_hat[sure], p[sure])
        assert 0 < step.y_t[~sure].mean() < 1


def test_the_same_noise_couples_two_priors() -> None:
    low, high = (torch.full((1, 1, 40, 40), value, dtype=torch.float64) for value in (0.3, 0.6))
    first, second = (run(soft, p, (10, 5, 1), "ancestral")[0] for p in (low, high))
    assert (first.y_t <= second.y_t).all()
    assert first.y_t.sum() < second.y_t.sum()
