"""The refiner's training: priors that are wrong, views that differ, and y_t from the chain itself.

HiDiff, section III-E, with what its published code leaves out. Each iteration draws a segmentor that never saw
the batch's images (out of fold) or the full one with a corrupted prior; where the task focuses, the prior comes
from the whole frame and the features from a window; in most iterations y_t is reached by the chain itself.
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
from tqdm import tqdm

from hidiff import bernoulli
from hidiff.corruption import SOLID, THIN, corrupt
from hidiff.denoiser import Denoiser, DenoiserConfig
from hidiff.hand import STROKE_FREE, hold, mask_to_prior
from hidiff.segmentor import LiteSegmentor, SegmentorOutput
from hidiff.tasks import TaskCard
from hidiff.training.augment import box_views, recolour, uniform
from hidiff.training.data import Pack
from hidiff.training.loop import (
    MovingAverage,
    RunLog,
    iteration_generator,
    load_checkpoint,
    one_cycle,
    save_checkpoint,
)
from hidiff.training.person import bounding_box, edit, rough_ellipse, stroke_at_largest_error
from hidiff.training.segmentor_loop import fetch, soft_dice_loss, training_views
from hidiff.views import FLIPS


@dataclass(frozen=True)
class RefinerTraining:
    """Settings of the refiner's training. rate is the peak learning rate; view the side of a training sample in
    pixels. own_bits: share of iterations whose y_t comes from the chain, by at most `jumps` jumps from T, once
    the share `first_learn` of the run is over (a chain that knows nothing teaches nothing).
    corrupted: chance that an out-of-fold prior is corrupted too (the full segmentor's always is).
    by_hand: share of samples whose prior a person gives, half of them as strokes."""

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
    corrupted: float = 0.35
    by_hand: float = 0.3
    checkpoint_every: int = 50
    precision: torch.dtype = torch.float32


@dataclass(frozen=True)
class Batch:
    """image (B,3,S,S); y_0 (B,K,S,S) of 0 and 1; p (B,K,S,S), exactly 0 or 1 where a person painted; features."""

    image: Tensor
    y_0: Tensor
    p: Tensor
    features: tuple[Tensor, ...]

    @property
    def p_seen(self) -> Tensor:
        """The prior as the network and the equations of the loss see it: kept off 0 and 1."""
        return self.p.clamp(bernoulli.PRIOR_MARGIN, 1 - bernoulli.PRIOR_MARGIN)


@torch.no_grad()
def propose(segmentor: LiteSegmentor, image: Tensor, precision: torch.dtype) -> SegmentorOutput:
    """The frozen segmentor's answer, logits in float32."""
    with torch.autocast("cpu", torch.bfloat16, enabled=precision is torch.bfloat16):
        logits, features = segmentor(image.contiguous(memory_format=torch.channels_last))
    return SegmentorOutput(logits.float(), features)


def object_boxes(p: Tensor, reference: NDArray[np.int64], side: int, generator: Generator) -> Tensor:
    """Boxes (B,4) as shares of the canvas: in 60 % round p > 0.3, in 20 % (and where p found nothing) round the
    reference (pixels of a canvas of `side`), in 20 % the whole frame."""
    boxes = []
    for probability, known in zip(p[:, 0], reference, strict=True):
        chance = torch.rand(1, generator=generator).item()
        rows, columns = torch.nonzero(probability > 0.3, as_tuple=True)
        if chance < 0.2 or (not len(rows) and not known.any()):
            boxes.append([0.0, 1.0, 0.0, 1.0])
        elif known.any() and (chance < 0.4 or not len(rows)):
            boxes.append([float(v) / side for v in known])
        else:
            height, width = probability.shape
            boxes.append(
                [
                    rows.min().item() / height,
                    (rows.max().item() + 1) / height,
                    columns.min().item() / width,
                    (columns.max().item() + 1) / width,
                ]
            )
    return torch.tensor(boxes)


def focused_batch(
    segmentor: LiteSegmentor,
    coarse: Pack,
    fine: Pack,
    boxes: NDArray[np.int64],
    index: NDArray[np.int64],
    settings: RefinerTraining,
    generator: Generator,
) -> Batch:
    """The prior of the whole frame, carried into a window cut from the finer copy, with that window's features."""
    flip = FLIPS[int(torch.randint(len(FLIPS), (1,), generator=generator))]
    whole, _ = fetch(coarse, index)
    whole = recolour(whole.flip(flip), generator, 0.6)
    p = propose(segmentor, whole, settings.precision).logits.sigmoid().flip(flip)
    views = box_views(generator, object_boxes(p, boxes[index], fine.side, generator))
    images, masks = fetch(fine, index)
    p = F.interpolate(p, size=(fine.side, fine.side), mode="bilinear")
    maps = views.sample(torch.cat([masks, p], 1), settings.view)
    image = recolour(views.sample(images, settings.view), generator)
    features = propose(segmentor, image, settings.precision).features
    return Batch(image, (maps[:, :1] > 0.5).float(), maps[:, 1:], features)


def cropped_batch(
    segmentor: LiteSegmentor,
    card: TaskCard,
    data: Pack,
    index: NDArray[np.int64],
    settings: RefinerTraining,
    generator: Generator,
) -> Batch:
    """Prior and features of the same view."""
    images, masks = fetch(data, index)
    views = training_views(card, data, index, settings.view, generator)
    image = recolour(views.sample(images, settings.view), generator)
    y_0 = (views.sample(masks, settings.view) > 0.5).float()
    logits, features = propose(segmentor, image, settings.precision)
    return Batch(image, y_0, logits.sigmoid(), features)


def disturb(batch: Batch, card: TaskCard, settings: RefinerTraining, always: bool, generator: Generator) -> Batch:
    """The batch with priors that are wrong: corrupted, or given by a person."""
    rng = np.random.default_rng(int(torch.randint(2**62, (1,), generator=generator)))
    family = THIN if card.thin else SOLID
    all_of_them = always or rng.random() < settings.corrupted
    priors = []
    for p, y in zip(batch.p[:, 0].numpy(), batch.y_0[:, 0].numpy() > 0.5, strict=True):
        if all_of_them:
            p = corrupt(p, family, rng)
        p = np.clip(p, bernoulli.PRIOR_MARGIN, 1 - bernoulli.PRIOR_MARGIN)
        if rng.random() < settings.by_hand:
            p = _by_hand(p, y, card, rng)
        priors.append(np.ascontiguousarray(p, dtype=np.float32))
    return Batch(batch.image, batch.y_0, torch.from_numpy(np.stack(priors))[:, None], batch.features)


def _by_hand(
    p: NDArray[np.float32], y: NDArray[np.bool_], card: TaskCard, rng: np.random.Generator
) -> NDArray[np.float32]:
    strokes = np.full(p.shape, STROKE_FREE, np.uint8)
    mask = p > 0.5
    for _ in range(1 + int(rng.random() < 0.4)):
        stroke = stroke_at_largest_error(edit(mask, strokes), y, rng)
        strokes = np.where(stroke == STROKE_FREE, strokes, stroke)
    if rng.random() < 0.5:
        return hold(p, strokes)
    confidence = float(rng.uniform(0.8, 0.995))
    if card.thin or rng.random() < 0.4 or not y.any():
        return mask_to_prior(edit(mask, strokes), confidence)
    return mask_to_prior(rough_ellipse(y, rng) if rng.random() < 0.6 else bounding_box(y), confidence)


def own_chain(
    denoiser: Denoiser,
    batch: Batch,
    t: int,
    alpha_bar: Tensor,
    settings: RefinerTraining,
    generator: Generator,
) -> Tensor:
    """y_t (B,K,S,S) as the chain reaches it: from T by a few random jumps, without gradient, in eval mode."""
    T = denoiser.config.T
    between = torch.randint(t + 1, T + 1, (settings.jumps - 1,), generator=generator).tolist() if t < T else []
    times = sorted({T, t, *between}, reverse=True)
    p_seen = batch.p_seen

    def denoise(y: Tensor, time: int) -> Tensor:
        logits = _logits(denoiser, batch, p_seen, y, time, settings.precision)
        return _holding(batch, y, logits.sigmoid())

    def field(_: int) -> Tensor:
        return torch.rand(batch.p.shape, generator=generator)

    if len(times) == 1:
        return bernoulli.draw(batch.p, field(T))
    denoiser.eval()
    with torch.no_grad():
        for step in bernoulli.reverse(denoise, batch.p, alpha_bar, times, field):
            if times[times.index(step.t) + 1] == t:
                break
    denoiser.train()
    assert step.y_s is not None
    return step.y_s


def _holding(batch: Batch, y_t: Tensor, eps_hat: Tensor) -> Tensor:
    return torch.where((batch.p > 0) & (batch.p < 1), eps_hat, (y_t - batch.p).abs())


def _logits(denoiser: Denoiser, batch: Batch, p_seen: Tensor, y_t: Tensor, t: int, precision: torch.dtype) -> Tensor:
    times = torch.full((len(y_t),), t)
    with torch.autocast("cpu", torch.bfloat16, enabled=precision is torch.bfloat16):
        logits: Tensor = denoiser(batch.image, y_t, p_seen, times, batch.features)
    return logits.float()


def refiner_loss(logits: Tensor, y_t: Tensor, y_0: Tensor, p: Tensor, t: int, alpha_bar: Tensor) -> dict[str, Tensor]:
    """The parts of the refiner's loss, scalars: `kl` between theta_post and mu_hat (at t = 1 the negative log
    likelihood of y_0), `bce` of eps_hat against eps = y_t XOR y_0, `dice` of y0_hat. One denoiser call serves all.
    """
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
) -> Denoiser:
    """Train on every case; `fold` (N,) says which of `out_of_fold` never saw a case. `fine`, the same cases at
    twice the scale, is needed where the task focuses. Resumes from `run`; returns the averaged network.
    start: an earlier denoiser's state; a `trust` table that it lacks begins at one."""
    torch.manual_seed(seed)  # initial weights only; everything later draws from iteration generators
    denoiser = Denoiser(config)
    if start is not None:
        denoiser.load_state_dict({**{k: v for k, v in denoiser.state_dict().items() if k == "trust"}, **start})
    denoiser = denoiser.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    alpha_bar = bernoulli.cosine_schedule(config.T)
    optimizer = torch.optim.AdamW(denoiser.parameters(), lr=0.0, weight_decay=settings.weight_decay, betas=(0.9, 0.99))
    average = MovingAverage(denoiser, settings.decay)
    checkpoint = run / "checkpoints" / f"{stage}.safetensors"
    first = load_checkpoint(checkpoint, denoiser, average, optimizer)
    log = RunLog(run / "log.jsonl", stage)
    boxes = fine.boxes() if fine else None
    everyone = np.arange(len(coarse.cases))
    denoiser.train()
    bar = tqdm(range(first, settings.iterations), initial=first, total=settings.iterations, desc=stage)
    for iteration in bar:
        generator = iteration_generator(seed, stage, iteration)
        k = int(torch.randint(len(out_of_fold) + 1, (1,), generator=generator))
        unseen = k < len(out_of_fold)
        proposer = out_of_fold[k] if unseen else segmentor
        pool = everyone[fold == k] if unseen else everyone
        index = pool[torch.randint(len(pool), (settings.batch,), generator=generator).numpy()]
        if fine is not None and boxes is not None:
            batch = focused_batch(proposer, coarse, fine, boxes, index, settings, generator)
        else:
            batch = cropped_batch(proposer, card, coarse, index, settings, generator)
        batch = disturb(batch, card, settings, not unseen, generator)
        t = int(torch.randint(1, config.T + 1, (1,), generator=generator))
        learned = start is not None or iteration >= settings.first_learn * settings.iterations
        if learned and uniform(generator, 1, 0, 1).item() < settings.own_bits:
            y_t = own_chain(denoiser, batch, t, alpha_bar, settings, generator)
        else:
            field = torch.rand(batch.p.shape, generator=generator)
            y_t = bernoulli.draw(bernoulli.marginal_mean(batch.y_0, batch.p, float(alpha_bar[t])), field)
        p_seen = batch.p_seen
        for group in optimizer.param_groups:
            group["lr"] = one_cycle(iteration, settings.iterations, settings.rate, settings.warm)
        logits = _logits(denoiser, batch, p_seen, y_t, t, settings.precision)
        parts = refiner_loss(logits, y_t, batch.y_0, p_seen, t, alpha_bar)
        loss = parts["kl"] + parts["bce"] + 0.5 * parts["dice"]
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(denoiser.parameters(), 1.0)
        optimizer.step()
        average.update(denoiser, iteration)
        prior_dice = soft_dice_loss(p_seen, batch.y_0).mean().item()
        means = log.observe(loss=loss.item(), bce=parts["bce"].item(), dice=parts["dice"].item(), prior_dice=prior_dice)
        bar.set_postfix(means, refresh=False)
        done = iteration + 1
        if done % settings.checkpoint_every == 0 or done == settings.iterations:
            save_checkpoint(checkpoint, done, denoiser, average, optimizer)
            log.write(iteration=done, **means)
    denoiser.load_state_dict(average.state)
    return denoiser.eval().requires_grad_(False)
