"""Rollouts: y_t as the reverse chain itself reaches it, from the bits of the denoiser in training.

In a refinement the bits of y_t were drawn by the denoiser, not by the forward process, which knows the truth; it learns
on what it will meet. A rollout is an inference: without gradient, in eval mode, and on a CPU by the packed engine, as
the app runs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Generator, Tensor

from hidiff.data.rng import generator_on, uniform
from hidiff.diffusion import bernoulli
from hidiff.diffusion.samplers import reverse_mean
from hidiff.models.denoiser import Denoiser
from hidiff.models.packed.denoiser import PackedDenoiser
from hidiff.training.batches import Batch, RefinerTraining
from hidiff.training.optimization import autocast
from hidiff.types import PRIOR_KINDS

BatchDenoiser = Callable[[Tensor, int, Sequence[int]], Tensor]
"""y (B,K,S,S), a time, and the samples (M of them) whose bits are asked for -> eps_hat (M,K,S,S)."""


def denoiser_logits(
    denoiser: Denoiser, batch: Batch, p_seen: Tensor, y_t: Tensor, t: Tensor, precision: torch.dtype
) -> Tensor:
    """Logits of eps_hat (B,K,S,S), float32, each sample at its time of t (B,)."""
    with autocast(y_t.device, precision):
        logits: Tensor = denoiser(batch.image, y_t, p_seen, t.to(y_t.device), batch.features, batch.kind)
    return logits.float()


def draw_times(T: int, count: int, settings: RefinerTraining, generator: Generator) -> Tensor:
    """t (B,) in 1..T: each sample's own where the settings mix times in a batch, else one for all."""
    times = torch.randint(1, T + 1, (count if settings.mixed_times else 1,), generator=generator)
    return times.expand(count)


def sample_y_t(
    denoiser: Denoiser,
    batch: Batch,
    t: Tensor,
    alpha_bar: Tensor,
    settings: RefinerTraining,
    learned: bool,
    generator: Generator,
) -> Tensor:
    """y_t (B,K,S,S) without gradient, at t (B,): of the chain's own bits in the share `chain_share`, once the denoiser
    has `learned`, else of the forward process. Where the batch has one time, it has one source too."""
    rolled = torch.zeros(len(t), dtype=torch.bool)
    if learned:
        rolled |= uniform(generator, len(t) if settings.mixed_times else 1, 0, 1) < settings.chain_share
    if rolled.all():
        return denoised_chain(denoiser, batch, t, alpha_bar, settings, generator)
    device = batch.p.device
    field = torch.rand(batch.p.shape, generator=generator_on(device, generator), device=device)
    kept = alpha_bar[t].to(device, batch.p.dtype)[:, None, None, None]
    noised = bernoulli.draw(bernoulli.marginal_mean(batch.y_0, batch.p, kept), field)
    if not rolled.any():
        return noised
    own = denoised_chain(denoiser, batch, torch.where(rolled, t, denoiser.config.T), alpha_bar, settings, generator)
    return torch.where(rolled.to(device)[:, None, None, None], own, noised)


def denoised_chain(
    denoiser: Denoiser,
    batch: Batch,
    t: Tensor,
    alpha_bar: Tensor,
    settings: RefinerTraining,
    generator: Generator,
) -> Tensor:
    """y_t (B,K,S,S) as the chain reaches it at t (B,): from T step by step or by a few random jumps, without gradient,
    in eval mode.

    The denoiser is left in the mode in which it came.
    """
    T = denoiser.config.T
    if settings.mixed_times:
        paths = [_path(int(time), T, settings, generator) for time in t]
    else:
        paths = [_path(int(t[0]), T, settings, generator)] * len(t)
    there = generator_on(batch.p.device, generator)

    def field() -> Tensor:
        return torch.rand(batch.p.shape, generator=there, device=batch.p.device)

    y = bernoulli.draw(batch.p, field())
    stops = sorted({time for path in paths for time in path[:-1]}, reverse=True)
    if not stops:
        return y
    with torch.no_grad(), _inference(denoiser):
        denoise = _batch_denoiser(denoiser, batch, settings)
        for time in stops:
            walking = [n for n, path in enumerate(paths) if time in path[:-1]]
            eps_hat = _holding(batch.p[walking], y[walking], denoise(y, time, walking))
            y0_hat = bernoulli.estimate(y[walking], eps_hat)
            mean = torch.empty_like(y0_hat)
            nexts = torch.tensor([paths[n][paths[n].index(time) + 1] for n in walking])
            for s in nexts.unique().tolist():
                those = nexts == s
                at = torch.tensor(walking)[those]
                mean[those] = reverse_mean(
                    y[at], y0_hat[those], batch.p[at], float(alpha_bar[time]), float(alpha_bar[s])
                )
            y[walking] = bernoulli.draw(mean, field()[walking])
    return y


def _path(t: int, T: int, settings: RefinerTraining, generator: Generator) -> list[int]:
    """The falling times from T to t that a chain stops at."""
    between = torch.randint(t + 1, T + 1, (settings.jumps - 1,), generator=generator).tolist() if t < T else []
    if settings.full_chain_share and uniform(generator, 1, 0, 1).item() < settings.full_chain_share:
        between = list(range(t, T))
    return sorted({T, t, *between}, reverse=True)


@contextmanager
def _inference(denoiser: Denoiser) -> Iterator[None]:
    training = denoiser.training
    denoiser.eval()
    try:
        yield
    finally:
        denoiser.train(training)


def _batch_denoiser(denoiser: Denoiser, batch: Batch, settings: RefinerTraining) -> BatchDenoiser:
    packed = settings.packed_rollouts and isinstance(denoiser, Denoiser) and denoiser.config.binary
    if packed and batch.p.device.type == "cpu":
        return _on_packed_bits(PackedDenoiser(denoiser), batch)
    p_seen = batch.p_seen

    def denoise(y: Tensor, time: int, samples: Sequence[int]) -> Tensor:
        # the whole batch, also where few samples are asked for: a compiled network is compiled for one shape
        t = torch.full((len(y),), time, device=y.device)
        return denoiser_logits(denoiser, batch, p_seen, y, t, settings.precision).sigmoid()[list(samples)]

    return denoise


def _on_packed_bits(denoiser: PackedDenoiser, batch: Batch) -> BatchDenoiser:
    p_seen = batch.p_seen
    steps = []
    for n in range(len(p_seen)):
        kind = PRIOR_KINDS[0 if batch.kind is None else int(batch.kind[n])]
        features = [f[n : n + 1].float() for f in batch.features]
        steps.append(denoiser.conditioned(batch.image[n : n + 1], p_seen[n : n + 1], features, kind))

    def denoise(y: Tensor, time: int, samples: Sequence[int]) -> Tensor:
        return torch.cat([steps[n](y[n : n + 1], time) for n in samples]).sigmoid()

    return denoise


def _holding(p: Tensor, y_t: Tensor, eps_hat: Tensor) -> Tensor:
    return torch.where((p > 0) & (p < 1), eps_hat, (y_t - p).abs())
