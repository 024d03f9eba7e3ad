"""The schedule of the chain and its shortened forms."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from chain_law import cosine_betas, survival

from hidiff.diffusion.bernoulli import cosine_schedule, subsequence

PUBLISHED = (0.972, 0.899, 0.787, 0.647, 0.494, 0.341, 0.203, 0.094, 0.024, 2e-5)


def test_published_values() -> None:
    alpha_bar = cosine_schedule(10).tolist()
    assert alpha_bar[0] == 1.0
    assert [round(value, 3) for value in alpha_bar[1:10]] == list(PUBLISHED[:9])
    assert round(alpha_bar[10], 5) == PUBLISHED[9]


@pytest.mark.parametrize("T", [1, 2, 3, 10, 50, 1000])
def test_the_schedule_is_the_held_squared_cosine(T: int) -> None:
    alpha_bar = cosine_schedule(T)
    assert alpha_bar.shape == (T + 1,)
    assert alpha_bar.dtype == torch.float64
    torch.testing.assert_close(
        alpha_bar, torch.tensor(survival(cosine_betas(T)), dtype=torch.float64), rtol=1e-11, atol=0
    )
    beta = 1 - alpha_bar[1:] / alpha_bar[:-1]
    assert beta.max() <= 0.999 + 1e-12
    assert beta.min() > 0
    assert alpha_bar[-1] > 0


def test_the_last_beta_is_the_one_that_is_held() -> None:
    alpha_bar = cosine_schedule(10)
    beta = 1 - alpha_bar[1:] / alpha_bar[:-1]
    assert beta[-1].item() == pytest.approx(0.999, abs=1e-12)
    assert (beta[:-1] < 0.8).all()


def test_offset_and_bound_are_settings() -> None:
    looser = cosine_schedule(8, s=0.05, beta_max=0.6)
    expected = torch.tensor(survival(cosine_betas(8, s=0.05, most=0.6)), dtype=torch.float64)
    torch.testing.assert_close(looser, expected, rtol=1e-12, atol=0)


@pytest.mark.parametrize("T", [0, -1])
def test_a_chain_without_steps_is_refused(T: int) -> None:
    with pytest.raises(ValueError, match="at least one step"):
        cosine_schedule(T)


@pytest.mark.parametrize("T", [1, 2, 7, 10, 50])
def test_every_subsequence_falls_evenly_down_to_one(T: int) -> None:
    for steps in range(1, T + 1):
        times = subsequence(T, steps)
        assert len(times) == steps
        assert times[0] == T
        assert all(a > b for a, b in pairwise(times))
        if steps == 1:
            continue
        assert times[-1] == 1
        for index, t in enumerate(times):
            # each time is a whole number next to its place on the straight line from T to 1
            assert abs(t - (T - index * (T - 1) / (steps - 1))) <= 0.5


def test_known_subsequences() -> None:
    assert subsequence(10, 10) == (10, 9, 8, 7, 6, 5, 4, 3, 2, 1)
    assert subsequence(10, 1) == (10,)
    assert subsequence(10, 2) == (10, 1)
    assert subsequence(10, 4) == (10, 7, 4, 1)
    assert subsequence(1, 1) == (1,)


@pytest.mark.parametrize(("T", "steps"), [(10, 0), (10, 11), (10, -1), (1, 2)])
def test_too_few_or_too_many_steps_are_refused(T: int, steps: int) -> None:
    with pytest.raises(ValueError, match=f"1 to {T} steps"):
        subsequence(T, steps)
