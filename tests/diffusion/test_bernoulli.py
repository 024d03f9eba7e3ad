"""Forward process, posterior and reverse means against sums over all paths of the chain."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise, product

import pytest
import torch
from chain_law import PAIRS, PRIORS, T, cosine_betas, marginal, posterior, survival, together
from torch import Tensor

from hidiff.diffusion import bernoulli
from hidiff.diffusion.samplers import SAMPLERS, reverse_mean

BETAS = cosine_betas()
ALPHA_BAR = survival(BETAS)
BITS = (0, 1)
SHORT = (10, 8, 6, 4, 1)


def number(value: float) -> Tensor:
    return torch.tensor([[[[float(value)]]]], dtype=torch.float64)


def assert_close(got: Tensor, expected: Tensor) -> None:
    torch.testing.assert_close(got, expected, rtol=0.0, atol=1e-12)


def jump(t: int, s: int) -> float:
    """alpha of the step from t to s."""
    return ALPHA_BAR[t] / ALPHA_BAR[s]


def cells(*axes: tuple[float, ...]) -> list[Tensor]:
    """Every combination of the axes' values, as tensors (1,1,1,n) in float64."""
    table = torch.tensor(list(product(*axes)), dtype=torch.float64)
    return [column[None, None, None] for column in table.unbind(1)]


Y_T, Y_0, P = cells((0.0, 1.0), (0.0, 1.0), PRIORS)
SOFT = tuple(i / 20 for i in range(21))


# --- forward ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("t", range(1, T + 1))
def test_one_step_and_marginal_are_the_laws_of_the_paths(t: int) -> None:
    y, p = cells((0.0, 1.0), PRIORS)
    step = bernoulli.step_mean(y, p, 1 - BETAS[t - 1])
    many = bernoulli.marginal_mean(y, p, ALPHA_BAR[t])
    for i, (y_0, prior) in enumerate(product(BITS, PRIORS)):
        beta = BETAS[t - 1]
        assert step.flatten()[i].item() == pytest.approx((1 - beta) * y_0 + beta * prior, abs=1e-12)
        assert many.flatten()[i].item() == pytest.approx(marginal(y_0, prior, BETAS, t), abs=1e-12)


def test_steps_drawn_one_by_one_have_the_marginal_law() -> None:
    draws = 60_000
    generator = torch.Generator().manual_seed(7)
    y_0, p = (column.transpose(0, 3).expand(-1, 1, 1, draws) for column in cells((0.0, 1.0), (0.03, 0.5, 0.8)))
    y = y_0.clone()
    for t in range(1, T + 1):
        u = torch.rand(y.shape, generator=generator, dtype=torch.float64)
        y = bernoulli.draw(bernoulli.step_mean(y, p, ALPHA_BAR[t] / ALPHA_BAR[t - 1]), u)
        expected = bernoulli.marginal_mean(y_0, p, ALPHA_BAR[t])[..., 0]
        spread = (expected * (1 - expected) / draws).sqrt()
        assert ((y.mean(-1) - expected).abs() < 5 * spread).all()


def test_a_bit_is_on_where_u_is_below_the_mean() -> None:
    mean = torch.tensor([0.0, 0.3, 0.3, 0.3, 1.0])
    u = torch.tensor([0.0, 0.2, 0.3, 0.4, 1 - 2**-24])
    assert bernoulli.draw(mean, u).tolist() == [0.0, 1.0, 0.0, 0.0, 1.0]
    assert bernoulli.draw(mean, u).dtype == torch.float32
    assert bernoulli.draw(mean.double(), u.double()).dtype == torch.float64


def test_the_estimate_turns_the_bits_that_are_thought_wrong() -> None:
    y_t = torch.tensor([0.0, 0.0, 1.0, 1.0, 0.0, 1.0])
    eps_hat = torch.tensor([0.0, 1.0, 0.0, 1.0, 0.25, 0.25])
    assert bernoulli.estimate(y_t, eps_hat).tolist() == [0.0, 1.0, 1.0, 0.0, 0.25, 0.75]


# --- posterior -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("t", "s"), PAIRS)
def test_posterior_is_bayes_over_all_paths(t: int, s: int) -> None:
    got = bernoulli.posterior(Y_T, Y_0, P, jump(t, s), ALPHA_BAR[s]).flatten()
    expected = [posterior(y_t, y_0, p, BETAS, t, s) for y_t, y_0, p in product(BITS, BITS, PRIORS)]
    assert_close(got, torch.tensor(expected, dtype=torch.float64))


@pytest.mark.parametrize("times", [SHORT, (10, 1), (9, 5, 2)])
def test_a_subsequence_is_a_chain_of_its_own(times: tuple[int, ...]) -> None:
    rising = [0, *reversed(times)]
    betas = tuple(1 - jump(t, s) for s, t in pairwise(rising))
    for index, (s, t) in enumerate(pairwise(rising), start=1):
        got = bernoulli.posterior(Y_T, Y_0, P, jump(t, s), ALPHA_BAR[s]).flatten()
        cases = product(BITS, BITS, PRIORS)
        expected = [posterior(y_t, y_0, p, betas, index, index - 1) for y_t, y_0, p in cases]
        assert_close(got, torch.tensor(expected, dtype=torch.float64))


@pytest.mark.parametrize(("t", "s"), [(t, s) for t, s in PAIRS if t - s in (1, 3)])
def test_thetas_are_the_joint_probabilities(t: int, s: int) -> None:
    theta = bernoulli.theta(Y_T, Y_0, P, jump(t, s), ALPHA_BAR[s])
    for i, (y_t, y_0, p) in enumerate(product(BITS, BITS, PRIORS)):
        off, on = together(y_0, p, BETAS, t, s)[:, y_t]
        assert theta.theta_1.flatten()[i].item() == pytest.approx(off, abs=1e-12)
        assert theta.theta_2.flatten()[i].item() == pytest.approx(on, abs=1e-12)
    ratio = theta.theta_2 / (theta.theta_1 + theta.theta_2)
    assert_close(ratio, bernoulli.posterior(Y_T, Y_0, P, jump(t, s), ALPHA_BAR[s]))


@pytest.mark.parametrize(("t", "s"), PAIRS)
def test_half_a_prior_is_berdiff(t: int, s: int) -> None:
    alpha, kept = jump(t, s), ALPHA_BAR[s]
    for y_t, y_0 in product(BITS, BITS):
        # BerDiff: both terms mix their bit with a fair coin
        off = (alpha * (1 - y_t) + (1 - alpha) / 2) * (kept * (1 - y_0) + (1 - kept) / 2)
        on = (alpha * y_t + (1 - alpha) / 2) * (kept * y_0 + (1 - kept) / 2)
        got = bernoulli.posterior(number(y_t), number(y_0), number(0.5), alpha, kept)
        assert got.item() == pytest.approx(on / (off + on), abs=1e-12)


def test_without_noise_the_earlier_bit_is_the_later_one() -> None:
    assert torch.equal(bernoulli.step_mean(Y_T, P, 1.0), Y_T)
    assert torch.equal(bernoulli.posterior(Y_T, Y_0, P, 1.0, 0.4), Y_T)


def test_at_time_zero_the_posterior_is_y_0() -> None:
    assert torch.equal(bernoulli.posterior(Y_T, Y_0, P, ALPHA_BAR[4], 1.0), Y_0)


def test_a_step_that_forgets_everything_leaves_the_marginal() -> None:
    got = bernoulli.posterior(Y_T, Y_0, P, 0.0, ALPHA_BAR[3])
    assert_close(got, bernoulli.marginal_mean(Y_0, P, ALPHA_BAR[3]))


@pytest.mark.parametrize("form", [bernoulli.mixture_mean, bernoulli.plug_in_mean])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_saturated_priors_give_probabilities(form: Callable[..., Tensor], dtype: torch.dtype) -> None:
    extremes = (0.0, 1e-30, 1e-12, 1e-7, 1e-3, 1 - 1e-3, 1 - 1e-7, 1.0)
    y_t, y0_hat, p = (column.to(dtype) for column in cells((0.0, 1.0), (0.0, 1e-7, 0.5, 1.0), extremes))
    for t, s in PAIRS:
        mean = form(y_t, y0_hat, p, jump(t, s), ALPHA_BAR[s])
        assert mean.isfinite().all()
        assert mean.min() >= 0
        assert mean.max() <= 1 + 1e-6


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_painted_bit_is_sure_at_every_time(dtype: torch.dtype) -> None:
    bits = torch.tensor([[[[0.0, 1.0]]]], dtype=dtype)
    for (t, s), sampler in product(PAIRS, SAMPLERS):
        got = reverse_mean(bits, bits, bits, ALPHA_BAR[t], ALPHA_BAR[s], sampler)
        assert bernoulli.draw(got, torch.full_like(got, 2.0**-24)).tolist() == bits.tolist()
        assert bernoulli.draw(got, torch.full_like(got, 1 - 2.0**-24)).tolist() == bits.tolist()


def test_impossible_evidence_is_left_out() -> None:
    # p = 0 never switches a bit on and p = 1 never off: these y_t cannot have come from their y_0
    y_t, y_0, p = (torch.tensor([[[values]]], dtype=torch.float64) for values in ([1.0, 0.0], [0.0, 1.0], [0.0, 1.0]))
    for t, s in PAIRS:
        got = bernoulli.posterior(y_t, y_0, p, jump(t, s), ALPHA_BAR[s])
        assert torch.equal(got, bernoulli.marginal_mean(y_0, p, ALPHA_BAR[s]))


def test_evidence_against_a_chain_without_noise_is_left_out() -> None:
    against = Y_T != Y_0
    got = bernoulli.posterior(Y_T, Y_0, P, 1.0, 1.0)
    assert torch.equal(got[against], Y_0[against])


def test_what_p_of_zero_and_one_leave_possible_is_still_bayes() -> None:
    for (t, s), y_t, y_0, p in product(PAIRS, BITS, BITS, (0.0, 1.0)):
        if together(y_0, p, BETAS, t, s)[:, y_t].sum() == 0:
            continue
        got = bernoulli.posterior(number(y_t), number(y_0), number(p), jump(t, s), ALPHA_BAR[s])
        assert got.item() == pytest.approx(posterior(y_t, y_0, p, BETAS, t, s), abs=1e-12)


def test_the_gradient_is_finite_even_where_the_evidence_is_impossible() -> None:
    y_t, y0_hat, p = cells((0.0, 1.0), (0.0, 0.5, 1.0), (0.0, 0.5, 1.0))
    for form in (bernoulli.mixture_mean, bernoulli.plug_in_mean):
        soft = y0_hat.clone().requires_grad_()
        form(y_t, soft, p, jump(5, 4), ALPHA_BAR[4]).sum().backward()
        assert soft.grad is not None
        assert soft.grad.isfinite().all()
        assert soft.grad.abs().max() > 0


def test_times_and_schedule_may_be_tensors_that_broadcast() -> None:
    t, s = torch.tensor([3, 7]), torch.tensor([2, 5])
    schedule = bernoulli.cosine_schedule(T)
    alpha = (schedule[t] / schedule[s]).view(2, 1, 1, 1)
    kept = schedule[s].view(2, 1, 1, 1)
    at_once = bernoulli.mixture_mean(Y_T, Y_0, P, alpha, kept)
    for row, (time, earlier) in enumerate(zip(t.tolist(), s.tolist(), strict=True)):
        alone = bernoulli.mixture_mean(Y_T, Y_0, P, jump(time, earlier), ALPHA_BAR[earlier])
        assert_close(at_once[row : row + 1], alone)


# --- soft y0_hat -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("t", "s"), [(t, s) for t, s in PAIRS if s > 0])
def test_the_mixture_is_the_exact_reverse_marginal(t: int, s: int) -> None:
    for y_t, p, share in product(BITS, PRIORS, (0.1, 0.5, 0.85)):
        off, on = ((1 - share) * together(0, p, BETAS, t, s), share * together(1, p, BETAS, t, s))
        evidence = off[:, y_t].sum() + on[:, y_t].sum()
        y0_hat = on[:, y_t].sum() / evidence  # P(y_0 = 1 | y_t) for y_0 ~ B(share)
        expected = (off[1, y_t] + on[1, y_t]) / evidence  # P(y_s = 1 | y_t)
        got = bernoulli.mixture_mean(number(y_t), number(y0_hat), number(p), jump(t, s), ALPHA_BAR[s])
        assert got.item() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("t", "s"), PAIRS)
def test_both_means_agree_for_a_hard_y_0(t: int, s: int) -> None:
    exact = bernoulli.posterior(Y_T, Y_0, P, jump(t, s), ALPHA_BAR[s])
    for form in (bernoulli.mixture_mean, bernoulli.plug_in_mean):
        assert_close(form(Y_T, Y_0, P, jump(t, s), ALPHA_BAR[s]), exact)


def test_the_means_differ_for_a_soft_y_0() -> None:
    y_t, y0_hat, p = cells((0.0, 1.0), tuple(i / 100 for i in range(101)), (0.002, 0.02, 0.5, 0.98, 0.998))
    worst = 0.0
    for t in range(2, T + 1):
        mixture = bernoulli.mixture_mean(y_t, y0_hat, p, jump(t, t - 1), ALPHA_BAR[t - 1])
        plug_in = bernoulli.plug_in_mean(y_t, y0_hat, p, jump(t, t - 1), ALPHA_BAR[t - 1])
        worst = max(worst, float((mixture - plug_in).abs().max()))
    assert 0.65 < worst < 0.75


def test_the_plug_in_mean_puts_y0_hat_in_the_place_of_y_0() -> None:
    y_t, y0_hat, p = cells((0.0, 1.0), SOFT, PRIORS)
    alpha, kept = jump(6, 5), ALPHA_BAR[5]
    same = torch.where(y_t == 1, p, 1 - p)  # the chance that a redrawn bit equals y_t
    on_now, off_now = (y_t == 1).double(), (y_t == 0).double()
    off = (alpha * off_now + (1 - alpha) * same) * (kept * (1 - y0_hat) + (1 - kept) * (1 - p))
    on = (alpha * on_now + (1 - alpha) * same) * (kept * y0_hat + (1 - kept) * p)
    assert_close(bernoulli.plug_in_mean(y_t, y0_hat, p, alpha, kept), on / (off + on))


@pytest.mark.parametrize(("t", "s"), PAIRS)
def test_the_ddim_step_keeps_the_marginal(t: int, s: int) -> None:
    for y_0, p in product(BITS, PRIORS):
        chance = marginal(y_0, p, BETAS, t)
        on, off = (bernoulli.ddim_mean(number(y), number(y_0), ALPHA_BAR[t], ALPHA_BAR[s]).item() for y in (1, 0))
        expected = marginal(y_0, p, BETAS, s) if s else y_0
        assert chance * on + (1 - chance) * off == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("t", "s"), PAIRS)
def test_the_ddim_mean_lies_between_y_t_and_y0_hat(t: int, s: int) -> None:
    y_t, y0_hat = cells((0.0, 1.0), SOFT)
    mean = bernoulli.ddim_mean(y_t, y0_hat, ALPHA_BAR[t], ALPHA_BAR[s])
    assert (mean >= torch.minimum(y_t, y0_hat) - 1e-12).all()
    assert (mean <= torch.maximum(y_t, y0_hat) + 1e-12).all()
    sigma = (1 - ALPHA_BAR[s]) / (1 - ALPHA_BAR[t])
    assert_close(mean, sigma * y_t + (1 - sigma) * y0_hat)


@pytest.mark.parametrize(("t", "s"), [(10, 9), (7, 3), (2, 1)])
def test_reverse_mean_goes_by_the_samplers_name(t: int, s: int) -> None:
    y_t, y0_hat, p = cells((0.0, 1.0), SOFT, PRIORS)
    kept = ALPHA_BAR[t], ALPHA_BAR[s]
    mixture = bernoulli.mixture_mean(y_t, y0_hat, p, jump(t, s), ALPHA_BAR[s])
    plug_in = bernoulli.plug_in_mean(y_t, y0_hat, p, jump(t, s), ALPHA_BAR[s])
    ddim = bernoulli.ddim_mean(y_t, y0_hat, *kept)
    assert torch.equal(reverse_mean(y_t, y0_hat, p, *kept), mixture)
    assert torch.equal(reverse_mean(y_t, y0_hat, p, *kept, "ancestral"), mixture)
    assert torch.equal(reverse_mean(y_t, y0_hat, p, *kept, "plug_in"), plug_in)
    assert torch.equal(reverse_mean(y_t, y0_hat, p, *kept, "ddim"), ddim)
