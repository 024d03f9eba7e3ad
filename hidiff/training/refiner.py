"""The refiner's training: priors that are wrong, views that differ, and y_t from the chain itself.

HiDiff, section III-E, with what its published code leaves out. The batches are those of `batches`; in most
iterations y_t is reached by the chain itself.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Generator, Tensor

from hidiff.data.rng import iteration_generator
from hidiff.diffusion import bernoulli
from hidiff.diffusion.losses import refiner_loss, soft_dice_loss, total
from hidiff.models.denoiser import Denoiser, DenoiserConfig
from hidiff.training.batched_priors import wrong_priors
from hidiff.training.batches import Batch, BatchSampler, RefinerTraining
from hidiff.training.condition_augmentation import augment_conditions
from hidiff.training.optimization import ExponentialMovingAverage, device_of, one_cycle_lr
from hidiff.training.rollouts import denoiser_logits, draw_times, sample_y_t
from hidiff.training.trainer import Learner, StageLoop, TrainingRun
from hidiff.training.warm_start import load_matching


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
        batch = augment_conditions(batch, settings, generator)
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
    """The loss of a batch at random times, and the figures for the log."""
    t = draw_times(denoiser.config.T, len(batch.p), settings, generator)
    y_t = sample_y_t(denoiser, batch, t, alpha_bar, settings, learned, generator)
    logits = denoiser_logits(denoiser, batch, batch.p_seen, y_t, t, settings.precision)
    parts = loss_at_times(logits, y_t, batch.y_0, batch.p_seen, t, alpha_bar)
    loss = total(parts)
    return loss, {
        "loss": loss.item(),
        "bce": parts["bce"].item(),
        "dice": parts["dice"].item(),
        "prior_dice": soft_dice_loss(batch.p_seen, batch.y_0).mean().item(),
    }


def loss_at_times(
    logits: Tensor, y_t: Tensor, y_0: Tensor, p: Tensor, t: Tensor, alpha_bar: Tensor
) -> dict[str, Tensor]:
    """`refiner_loss` of a batch whose samples are at the times t (B,): the mean over the samples."""
    together: dict[str, Tensor] = {}
    for time in t.unique().tolist():
        at = (t == time).to(logits.device)
        parts = refiner_loss(logits[at], y_t[at], y_0[at], p[at], int(time), alpha_bar)
        for name, value in parts.items():
            share = value * (at.sum() / len(t))
            together[name] = together[name] + share if name in together else share
    return together
