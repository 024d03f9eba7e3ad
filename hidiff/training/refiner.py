"""The refiner's training: priors that are wrong, views that differ, and y_t from the chain itself.

HiDiff, section III-E, with what its published code leaves out. The batches are those of `batches`; in most
iterations y_t is reached by the chain itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Generator, Tensor

from hidiff.data.augment import uniform
from hidiff.data.cases import Pack
from hidiff.diffusion import bernoulli
from hidiff.models.denoiser import Denoiser, DenoiserConfig
from hidiff.models.segmentor import LiteSegmentor
from hidiff.tasks import TaskCard
from hidiff.training.batches import Batch, Material, disturb, frozen
from hidiff.training.optimization import (
    MovingAverage,
    autocast,
    device_of,
    generator_on,
    iteration_generator,
    one_cycle,
)
from hidiff.training.segmentor import soft_dice_loss
from hidiff.training.trainer import Journal, Observer
from hidiff.training.warm_start import begin


@dataclass(frozen=True)
class RefinerTraining:
    """Settings of the refiner's training. rate is the peak learning rate; view the side of a training sample in
    pixels. own_bits: share of iterations whose y_t comes from the chain, once the share `first_learn` of the run is
    over (a chain that knows nothing teaches nothing): in the share `every_step` of them step by step as in a
    refinement, else by at most `jumps` jumps from T.
    corrupted: chance that an out-of-fold prior is corrupted too (the full segmentor's always is).
    corrupting: False leaves every prior as it was proposed.
    by_hand: share of samples whose prior a person gives, half of them as strokes.
    focus: look closer where the task's card does; False learns on whole views alone.
    compiled: let `torch.compile` have the denoiser."""

    iterations: int = 1000
    batch: int = 8
    view: int = 224
    rate: float = 2.5e-3
    weight_decay: float = 1e-4
    warm: float = 0.05
    decay: float = 0.998
    own_bits: float = 0.8
    first_learn: float = 0.25
    jumps: int = 3
    every_step: float = 0.0
    corrupted: float = 0.35
    corrupting: bool = True
    by_hand: float = 0.3
    focus: bool = True
    checkpoint_every: int = 50
    precision: torch.dtype = torch.float32
    compiled: bool = False


def own_chain(
    denoiser: Denoiser,
    batch: Batch,
    t: int,
    alpha_bar: Tensor,
    settings: RefinerTraining,
    generator: Generator,
) -> Tensor:
    """y_t (B,K,S,S) as the chain reaches it: from T step by step or by a few random jumps, without gradient, in
    eval mode.

    The denoiser is left in the mode in which it came.
    """
    T = denoiser.config.T
    between = torch.randint(t + 1, T + 1, (settings.jumps - 1,), generator=generator).tolist() if t < T else []
    if settings.every_step and uniform(generator, 1, 0, 1).item() < settings.every_step:
        between = list(range(t, T))
    times = sorted({T, t, *between}, reverse=True)
    p_seen = batch.p_seen

    def denoise(y: Tensor, time: int) -> Tensor:
        logits = denoiser_logits(denoiser, batch, p_seen, y, time, settings.precision)
        return _holding(batch, y, logits.sigmoid())

    there = generator_on(batch.p.device, generator)

    def field(_: int) -> Tensor:
        return torch.rand(batch.p.shape, generator=there, device=batch.p.device)

    if len(times) == 1:
        return bernoulli.draw(batch.p, field(T))
    training = denoiser.training
    denoiser.eval()
    with torch.no_grad():
        for step in bernoulli.reverse(denoise, batch.p, alpha_bar, times, field):
            if times[times.index(step.t) + 1] == t:
                break
    denoiser.train(training)
    assert step.y_s is not None
    return step.y_s


def _holding(batch: Batch, y_t: Tensor, eps_hat: Tensor) -> Tensor:
    return torch.where((batch.p > 0) & (batch.p < 1), eps_hat, (y_t - batch.p).abs())


def reach(
    denoiser: Denoiser,
    batch: Batch,
    t: int,
    alpha_bar: Tensor,
    settings: RefinerTraining,
    learned: bool,
    generator: Generator,
) -> Tensor:
    """y_t (B,K,S,S) without gradient: of the chain's own bits in the share `own_bits`, once it has `learned`, else
    of the forward process."""
    if learned and uniform(generator, 1, 0, 1).item() < settings.own_bits:
        return own_chain(denoiser, batch, t, alpha_bar, settings, generator)
    device = batch.p.device
    field = torch.rand(batch.p.shape, generator=generator_on(device, generator), device=device)
    return bernoulli.draw(bernoulli.marginal_mean(batch.y_0, batch.p, float(alpha_bar[t])), field)


def denoiser_logits(
    denoiser: Denoiser, batch: Batch, p_seen: Tensor, y_t: Tensor, t: int, precision: torch.dtype
) -> Tensor:
    """Logits of eps_hat (B,K,S,S), float32, for the whole batch at the time t."""
    times = torch.full((len(y_t),), t, device=y_t.device)
    with autocast(y_t.device, precision):
        logits: Tensor = denoiser(batch.image, y_t, p_seen, times, batch.features)
    return logits.float()


def refiner_loss(logits: Tensor, y_t: Tensor, y_0: Tensor, p: Tensor, t: int, alpha_bar: Tensor) -> dict[str, Tensor]:
    """The parts of L_BBDM, scalars: `kl` between theta_post and mu_hat (at t = 1 the negative log likelihood of
    y_0), `bce` of eps_hat against eps = y_t XOR y_0, `dice` of y0_hat. One denoiser call serves all.

    The prior in the equations is a constant: a gradient through it would lower the loss by saturating p, which
    makes all posteriors agree and no mask better.
    """
    p = p.detach()
    eps = (y_t - y_0).abs()
    bce = F.binary_cross_entropy_with_logits(logits, eps)
    y0_hat = bernoulli.estimate(y_t, logits.sigmoid())
    kl = bce
    if t > 1:
        alpha_bar_t, alpha_bar_s = float(alpha_bar[t]), float(alpha_bar[t - 1])
        alpha = alpha_bar_t / alpha_bar_s
        target = bernoulli.posterior(y_t, y_0, p, alpha, alpha_bar_s).clamp(1e-6, 1 - 1e-6)
        mu_hat = bernoulli.mixture_mean(y_t, y0_hat, p, alpha, alpha_bar_s).clamp(1e-6, 1 - 1e-6)
        kl = (target * (target / mu_hat).log() + (1 - target) * ((1 - target) / (1 - mu_hat)).log()).mean()
    return {"kl": kl, "bce": bce, "dice": soft_dice_loss(y0_hat, y_0).mean()}


def total(parts: Mapping[str, Tensor]) -> Tensor:
    """L_BBDM, a scalar, of the parts that `refiner_loss` gives."""
    return parts["kl"] + parts["bce"] + 0.5 * parts["dice"]


def train_refiner(
    card: TaskCard,
    config: DenoiserConfig,
    settings: RefinerTraining,
    segmentor: LiteSegmentor,
    out_of_fold: Sequence[LiteSegmentor],
    fold: NDArray[np.int64],
    coarse: Pack,
    fine: Pack | None,
    seed: int,
    stage: str,
    run: Path,
    start: Mapping[str, Tensor] | None = None,
    observer: Observer | None = None,
) -> Denoiser:
    """Train on every case; `fold` (N,) says which of `out_of_fold` never saw a case. `fine`, the same cases at
    twice the scale, is needed where the task focuses. Resumes from `run`; returns the averaged network, on the
    segmentor's device. start: an earlier denoiser's state; a `trust` table that it lacks begins at one."""
    material = Material(card, frozen(segmentor), [frozen(member) for member in out_of_fold], fold, coarse, fine)
    torch.manual_seed(seed)  # initial weights only; everything later draws from iteration generators
    denoiser = Denoiser(config)
    if start is not None:
        begin(denoiser, start)
    denoiser = denoiser.to(device_of(segmentor)).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if settings.compiled:
        denoiser.compile()
    alpha_bar = bernoulli.cosine_schedule(config.T)
    optimizer = torch.optim.AdamW(
        denoiser.parameters(),
        lr=0.0,
        weight_decay=settings.weight_decay,
        betas=(0.9, 0.99),
        fused=device_of(denoiser).type == "cuda",
    )
    average = MovingAverage(denoiser, settings.decay)
    journal = Journal(
        run,
        stage,
        settings.iterations,
        settings.checkpoint_every,
        denoiser,
        average,
        optimizer,
        observer,
        lambda: (segmentor.state_dict(), average.state),
    )
    boxes = fine.boxes() if fine else None
    denoiser.train()
    for iteration in journal:
        generator = iteration_generator(seed, stage, iteration)
        batch, proposer = material.draw(settings, generator, boxes)
        batch = disturb(batch, card, settings, proposer is segmentor, generator)
        t = int(torch.randint(1, config.T + 1, (1,), generator=generator))
        learned = start is not None or iteration >= settings.first_learn * settings.iterations
        y_t = reach(denoiser, batch, t, alpha_bar, settings, learned, generator)
        for group in optimizer.param_groups:
            group["lr"] = one_cycle(iteration, settings.iterations, settings.rate, settings.warm)
        logits = denoiser_logits(denoiser, batch, batch.p_seen, y_t, t, settings.precision)
        parts = refiner_loss(logits, y_t, batch.y_0, batch.p_seen, t, alpha_bar)
        loss = total(parts)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(denoiser.parameters(), 1.0)
        optimizer.step()
        average.update(denoiser, iteration)
        journal.note(
            iteration,
            loss=loss.item(),
            bce=parts["bce"].item(),
            dice=parts["dice"].item(),
            prior_dice=soft_dice_loss(batch.p_seen, batch.y_0).mean().item(),
        )
    denoiser.load_state_dict(average.state)
    return denoiser.eval().requires_grad_(False)
