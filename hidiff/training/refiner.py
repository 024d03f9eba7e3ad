"""The refiner's training: priors that are wrong, views that differ, and y_t from the chain itself.

HiDiff, section III-E, with what its published code leaves out. The batches are those of `batches`; in most
iterations y_t is reached by the chain itself.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Generator, Tensor

from hidiff.data.rng import generator_on, iteration_generator, uniform
from hidiff.diffusion import bernoulli
from hidiff.diffusion.losses import refiner_loss, soft_dice_loss, total
from hidiff.diffusion.samplers import reverse
from hidiff.models.denoiser import Denoiser, DenoiserConfig
from hidiff.training.batched_priors import wrong_priors
from hidiff.training.batches import Batch, BatchSampler, RefinerTraining, with_dropout
from hidiff.training.optimization import ExponentialMovingAverage, autocast, device_of, one_cycle_lr
from hidiff.training.trainer import Learner, StageLoop, TrainingRun
from hidiff.training.warm_start import load_matching


def denoised_chain(
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
    if settings.full_chain_share and uniform(generator, 1, 0, 1).item() < settings.full_chain_share:
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
        for step in reverse(denoise, batch.p, alpha_bar, times, field):
            if times[times.index(step.t) + 1] == t:
                break
    denoiser.train(training)
    assert step.y_s is not None
    return step.y_s


def _holding(batch: Batch, y_t: Tensor, eps_hat: Tensor) -> Tensor:
    return torch.where((batch.p > 0) & (batch.p < 1), eps_hat, (y_t - batch.p).abs())


def sample_y_t(
    denoiser: Denoiser,
    batch: Batch,
    t: int,
    alpha_bar: Tensor,
    settings: RefinerTraining,
    learned: bool,
    generator: Generator,
) -> Tensor:
    """y_t (B,K,S,S) without gradient: of the chain's own bits in the share `chain_share`, once it has `learned`, else
    of the forward process."""
    if learned and uniform(generator, 1, 0, 1).item() < settings.chain_share:
        return denoised_chain(denoiser, batch, t, alpha_bar, settings, generator)
    device = batch.p.device
    field = torch.rand(batch.p.shape, generator=generator_on(device, generator), device=device)
    return bernoulli.draw(bernoulli.marginal_mean(batch.y_0, batch.p, float(alpha_bar[t])), field)


def denoiser_logits(
    denoiser: Denoiser, batch: Batch, p_seen: Tensor, y_t: Tensor, t: int, precision: torch.dtype
) -> Tensor:
    """Logits of eps_hat (B,K,S,S), float32, for the whole batch at the time t."""
    times = torch.full((len(y_t),), t, device=y_t.device)
    with autocast(y_t.device, precision):
        logits: Tensor = denoiser(batch.image, y_t, p_seen, times, batch.features, batch.kind)
    return logits.float()


def train_refiner(
    run: TrainingRun,
    stage: str,
    config: DenoiserConfig,
    settings: RefinerTraining,
    material: BatchSampler,
    start: Mapping[str, Tensor] | None = None,
) -> Denoiser:
    """Train on every case of `material`, whose segmentors are frozen. Resumes from the stage's checkpoint; returns the
    averaged network, on the segmentor's device. start: an earlier denoiser's state; a `trust` table that it lacks
    begins at one."""
    for segmentor in (material.segmentor, *material.out_of_fold):
        segmentor.freeze()
    denoiser = _first_denoiser(run, config, settings, device_of(material.segmentor), start)
    average = ExponentialMovingAverage(denoiser, settings.ema_decay)
    optimizer = torch.optim.AdamW(
        denoiser.parameters(),
        lr=0.0,
        weight_decay=settings.weight_decay,
        betas=(0.9, 0.99),
        fused=device_of(denoiser).type == "cuda",
    )
    loop = StageLoop(
        run,
        stage,
        settings.iterations,
        settings.checkpoint_every,
        Learner(denoiser, average, optimizer),
        lambda: (material.segmentor.state_dict(), average.state),
    )
    alpha_bar = bernoulli.cosine_schedule(config.T)
    boxes = material.fine.boxes() if material.fine else None
    denoiser.train()
    for iteration in loop:
        generator = iteration_generator(run.seed, stage, iteration)
        batch, proposer = material.draw(settings, generator, boxes)
        batch = wrong_priors(batch, material.task, settings, proposer is material.segmentor, generator)
        batch = with_dropout(batch, settings, generator)
        learned = start is not None or iteration >= settings.chain_after * settings.iterations
        loss, figures = _loss(denoiser, batch, alpha_bar, settings, learned, generator)
        for group in optimizer.param_groups:
            group["lr"] = one_cycle_lr(iteration, settings.iterations, settings.lr, settings.warmup)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(denoiser.parameters(), 1.0)
        optimizer.step()
        average.update(denoiser, iteration)
        loop.note(iteration, **figures)
    denoiser.load_state_dict(average.state)
    return denoiser.eval().requires_grad_(False)


def _first_denoiser(
    run: TrainingRun,
    config: DenoiserConfig,
    settings: RefinerTraining,
    device: torch.device,
    start: Mapping[str, Tensor] | None,
) -> Denoiser:
    """The denoiser as its training begins."""
    torch.manual_seed(run.seed)  # initial weights only; everything later draws from iteration generators
    denoiser = Denoiser(config)
    if start is not None:
        load_matching(denoiser, start)
    if settings.image_dropout == 1:
        _forget_image(denoiser)
    denoiser = denoiser.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if settings.compiled:
        denoiser.compile()
    return denoiser


def _forget_image(denoiser: Denoiser) -> None:
    """The stem takes nothing of the image; shown none in training, it has no gradient that could change that."""
    stem = denoiser.stem[0]
    assert isinstance(stem, torch.nn.Conv2d)
    with torch.no_grad():
        stem.weight[:, : 3 * denoiser.config.patch**2] = 0


def _loss(
    denoiser: Denoiser,
    batch: Batch,
    alpha_bar: Tensor,
    settings: RefinerTraining,
    learned: bool,
    generator: Generator,
) -> tuple[Tensor, dict[str, float]]:
    """The loss of a batch at a random time, and the figures for the log."""
    t = int(torch.randint(1, denoiser.config.T + 1, (1,), generator=generator))
    y_t = sample_y_t(denoiser, batch, t, alpha_bar, settings, learned, generator)
    logits = denoiser_logits(denoiser, batch, batch.p_seen, y_t, t, settings.precision)
    parts = refiner_loss(logits, y_t, batch.y_0, batch.p_seen, t, alpha_bar)
    loss = total(parts)
    return loss, {
        "loss": loss.item(),
        "bce": parts["bce"].item(),
        "dice": parts["dice"].item(),
        "prior_dice": soft_dice_loss(batch.p_seen, batch.y_0).mean().item(),
    }
