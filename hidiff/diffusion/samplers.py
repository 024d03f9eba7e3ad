"""Samplers: the mean of a reverse step by name, and the reverse chain that draws from it.

Paper, section III-C. To add a sampler, add one `Rule` to `SAMPLERS` and one entry of the same name to the player's
table (`SAMPLERS` in interface/player/web/math.js). Settings, help texts, the API, the comparison lanes and the ablation
read this table; a name that is not in it raises. The equations are imported when they are computed: the help of a
command lists the samplers without PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from torch import Tensor


class MeanRule(Protocol):
    """mu_hat of p(y_s | y_t), shaped as y_t, from y_t, y0_hat, p, alpha_bar_t and alpha_bar_s.

    Where y_t, y0_hat and p are the same bit, as at a scribble, the mean is that bit: painted bits hold.
    """

    def __call__(self, y_t: Tensor, y0_hat: Tensor, p: Tensor, alpha_bar_t: float, alpha_bar_s: float, /) -> Tensor: ...


class Rule(NamedTuple):
    """A sampler. title: its name in words. mean: see `MeanRule`. needs_prior: whether the mean depends on p."""

    title: str
    mean: MeanRule
    needs_prior: bool


def _ancestral(y_t: Tensor, y0_hat: Tensor, p: Tensor, alpha_bar_t: float, alpha_bar_s: float) -> Tensor:
    from hidiff.diffusion.bernoulli import mixture_mean

    return mixture_mean(y_t, y0_hat, p, alpha_bar_t / alpha_bar_s, alpha_bar_s)


def _plug_in(y_t: Tensor, y0_hat: Tensor, p: Tensor, alpha_bar_t: float, alpha_bar_s: float) -> Tensor:
    from hidiff.diffusion.bernoulli import plug_in_mean

    return plug_in_mean(y_t, y0_hat, p, alpha_bar_t / alpha_bar_s, alpha_bar_s)


def _ddim(y_t: Tensor, y0_hat: Tensor, p: Tensor, alpha_bar_t: float, alpha_bar_s: float) -> Tensor:
    from hidiff.diffusion.bernoulli import ddim_mean

    return ddim_mean(y_t, y0_hat, alpha_bar_t, alpha_bar_s)


SAMPLERS: dict[str, Rule] = {
    "ancestral": Rule("ancestral, the exact mean", _ancestral, needs_prior=True),
    "plug_in": Rule("ancestral, the published plug-in mean", _plug_in, needs_prior=True),
    "ddim": Rule("DDIM-like, without the prior", _ddim, needs_prior=False),
}


def reverse_mean(
    y_t: Tensor, y0_hat: Tensor, p: Tensor, alpha_bar_t: float, alpha_bar_s: float, sampler: str = "ancestral"
) -> Tensor:
    """mu_hat, the mean of p(y_s | y_t), (B,K,H,W), by the sampler that is named. Raises ValueError for no such name."""
    if sampler not in SAMPLERS:
        raise ValueError(f"sampler is {sampler!r:.40}; choose one of {', '.join(SAMPLERS)}")
    return SAMPLERS[sampler].mean(y_t, y0_hat, p, alpha_bar_t, alpha_bar_s)


class ReverseStep(NamedTuple):
    """One reverse step from t to s; the last one (s = 0) has no mean, no u and no y_s: y0_hat is the answer."""

    t: int
    y_t: Tensor
    eps_hat: Tensor
    y0_hat: Tensor
    mean: Tensor | None
    u: Tensor | None
    y_s: Tensor | None


def reverse(
    denoise: Callable[[Tensor, int], Tensor],
    p: Tensor,
    alpha_bar: Tensor,
    times: Sequence[int],
    uniform: Callable[[int], Tensor],
    sampler: str = "ancestral",
) -> Iterator[ReverseStep]:
    """The reverse chain: y_T ~ B(p), then one `ReverseStep` for each time of `times` (falling).

    denoise(y_t, t) -> eps_hat in [0,1]; uniform(t) -> the field that decides the bits of y_t. p has the shape of
    the masks (B,K,H,W). The chain is lazy: the caller may stop after any step. Raises ValueError for an unknown
    sampler.
    """
    from hidiff.diffusion.bernoulli import draw, estimate

    y_t = draw(p, uniform(times[0]))
    for index, t in enumerate(times):
        eps_hat = denoise(y_t, t)
        y0_hat = estimate(y_t, eps_hat)
        if index + 1 == len(times):
            yield ReverseStep(t, y_t, eps_hat, y0_hat, None, None, None)
            return
        s = times[index + 1]
        mu = reverse_mean(y_t, y0_hat, p, float(alpha_bar[t]), float(alpha_bar[s]), sampler)
        u = uniform(s)
        y_s = draw(mu, u)
        yield ReverseStep(t, y_t, eps_hat, y0_hat, mu, u, y_s)
        y_t = y_s
