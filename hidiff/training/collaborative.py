"""The alternate-collaborative loop: refiner and segmentor step in turn on the same batch (HiDiff, section III-E).

Refiner step: prior and features are constants, the segmentor is in eval mode; AdamW moves the denoiser alone.
Segmentor step: fresh t and y_t; L_seg + w * L_BBDM; AdamW moves the segmentor alone. The gradient of L_BBDM
reaches it by the features and by p as an input of the denoiser; y_t is a sample and carries none, and p in the
equations of the loss, target and mean alike, is a constant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Generator, Tensor, nn

from hidiff.data.rng import iteration_generator
from hidiff.diffusion import bernoulli
from hidiff.diffusion.losses import segmentation_loss, total
from hidiff.models.denoiser import Denoiser
from hidiff.models.segmentor import ParameterGroup, TrainableSegmentor
from hidiff.training.batched_priors import wrong_priors
from hidiff.training.batches import (
    Batch,
    BatchSampler,
    RefinerTraining,
    SegmentorInput,
    predict,
)
from hidiff.training.condition_augmentation import augment_conditions
from hidiff.training.optimization import ExponentialMovingAverage, device_of, one_cycle_lr
from hidiff.training.refiner import loss_at_times
from hidiff.training.rollouts import denoiser_logits, draw_times, sample_y_t
from hidiff.training.trainer import Learner, StageLoop, State, TrainingRun

Order = Literal["refiner first", "segmentor first"]
_SEGMENTOR, _DENOISER = "segmentor", "denoiser"


@dataclass(frozen=True)
class Collaboration:
    """Settings of the loop; what batches and y_t are made of stands in `RefinerTraining`.

    weight: w, the share of L_BBDM in the segmentor's loss; 0 makes the collaboration one-way. weight_warmup: share of
    the run over which w grows from 0. order: who steps first on a batch. The rates are peaks of one cycle each.
    clip: largest norm of either network's gradient. moving_norms: whether the segmentor's BatchNorm statistics
    move in its own steps; held, the denoiser is shown the very features that it will meet. threshold: see
    `segmentation_loss`.
    """

    iterations: int = 300
    weight: float = 0.1
    weight_warmup: float = 0.2
    order: Order = "refiner first"
    denoiser_lr: float = 5e-4
    encoder_lr: float = 5e-5
    decoder_lr: float = 1.5e-4
    denoiser_weight_decay: float = 1e-4
    segmentor_weight_decay: float = 0.02
    warmup: float = 0.1
    ema_decay: float = 0.995
    clip: float = 1.0
    moving_norms: bool = False
    threshold: float = 0.5
    checkpoint_every: int = 50

    def peak_lr(self, group: ParameterGroup) -> float:
        """The peak learning rate of a group of the segmentor's parameters."""
        return self.encoder_lr if group.part == "encoder" else self.decoder_lr

    def weight_at(self, iteration: int) -> float:
        """w in this iteration."""
        rise = self.weight_warmup * self.iterations
        return self.weight if iteration >= rise else self.weight * iteration / rise


@contextmanager
def _at_work(network: nn.Module) -> Iterator[None]:
    """The network's parameters take gradients here and nowhere else."""
    network.requires_grad_(True)
    try:
        yield
    finally:
        network.requires_grad_(False)


@dataclass(frozen=True)
class Turns:
    """What every step of the loop needs. settings: what batches and y_t are made of."""

    settings: RefinerTraining
    collaboration: Collaboration
    alpha_bar: Tensor


def _learning(segmentor: TrainableSegmentor, moving_norms: bool) -> None:
    segmentor.train()
    for module in segmentor.modules():
        if isinstance(module, nn.BatchNorm2d) and not moving_norms:
            module.eval()


def collaborative_loss(
    segmentor: TrainableSegmentor,
    denoiser: Denoiser,
    scene: SegmentorInput,
    y_0: Tensor,
    weight: float,
    turns: Turns,
    generator: Generator,
) -> dict[str, Tensor]:
    """The segmentor's loss on a scene, scalars: `seg` is L_seg, `bbdm` is L_BBDM (absent where weight is 0),
    `loss` is seg + weight * bbdm. y_0 (B,K,S,S): the masks in the denoiser's view."""
    settings, alpha_bar = turns.settings, turns.alpha_bar
    logits, p, features = predict(segmentor, scene, settings.precision)
    seg = segmentation_loss(logits, scene.y, turns.collaboration.threshold)
    if weight == 0:
        return {"loss": seg, "seg": seg}
    image = scene.whole if scene.closer is None else scene.closer.image
    margin = bernoulli.PRIOR_MARGIN
    t = draw_times(denoiser.config.T, len(y_0), settings, generator)
    with torch.no_grad():
        constant = Batch(image, y_0, p.detach().clamp(margin, 1 - margin), tuple(f.detach() for f in features))
        y_t = sample_y_t(denoiser, constant, t, alpha_bar, settings, True, generator)
    given = Batch(image, y_0, p, features)
    seen = denoiser_logits(denoiser, given, given.p_seen, y_t, t, settings.precision)
    bbdm = total(loss_at_times(seen, y_t, y_0, given.p_seen, t, alpha_bar))
    return {"loss": seg + weight * bbdm, "seg": seg, "bbdm": bbdm}


def segmentor_step(
    segmentor: TrainableSegmentor,
    denoiser: Denoiser,
    optimizer: torch.optim.Optimizer,
    scene: SegmentorInput,
    y_0: Tensor,
    weight: float,
    turns: Turns,
    generator: Generator,
) -> dict[str, float]:
    """One step of the segmentor alone; the denoiser, in eval mode, passes gradients on and keeps none."""
    denoiser.eval()
    _learning(segmentor, turns.collaboration.moving_norms)
    optimizer.zero_grad()
    with _at_work(segmentor):
        parts = collaborative_loss(segmentor, denoiser, scene, y_0, weight, turns, generator)
        parts["loss"].backward()
    torch.nn.utils.clip_grad_norm_(segmentor.parameters(), turns.collaboration.clip)
    optimizer.step()
    segmentor.freeze()
    return {name: value.item() for name, value in parts.items()}


def refiner_step(
    denoiser: Denoiser, optimizer: torch.optim.Optimizer, batch: Batch, turns: Turns, generator: Generator
) -> float:
    """One step of the denoiser alone on a batch without gradients; returns L_BBDM."""
    denoiser.train()
    optimizer.zero_grad()
    t = draw_times(denoiser.config.T, len(batch.p), turns.settings, generator)
    y_t = sample_y_t(denoiser, batch, t, turns.alpha_bar, turns.settings, True, generator)
    with _at_work(denoiser):
        logits = denoiser_logits(denoiser, batch, batch.p_seen, y_t, t, turns.settings.precision)
        loss = total(loss_at_times(logits, y_t, batch.y_0, batch.p_seen, t, turns.alpha_bar))
        loss.backward()
    torch.nn.utils.clip_grad_norm_(denoiser.parameters(), turns.collaboration.clip)
    optimizer.step()
    denoiser.eval()
    return loss.item()


def joint_optimizer(
    segmentor: TrainableSegmentor, denoiser: Denoiser, collaboration: Collaboration
) -> torch.optim.Optimizer:
    """One AdamW for both: it moves only what has a gradient, and in each step only one network has any.

    Its groups are the segmentor's own and the denoiser.
    """
    own = {"weight_decay": collaboration.segmentor_weight_decay}
    theirs = {"weight_decay": collaboration.denoiser_weight_decay, "betas": (0.9, 0.99)}
    return torch.optim.AdamW(
        [
            *({"params": group.parameters, **own} for group in segmentor.parameter_groups()),
            {"params": list(denoiser.parameters()), **theirs},
        ],
        lr=0.0,
        fused=device_of(denoiser).type == "cuda",
    )


def train_collaboratively(
    run: TrainingRun,
    stage: str,
    material: BatchSampler,
    denoiser: Denoiser,
    settings: RefinerTraining,
    collaboration: Collaboration,
) -> tuple[TrainableSegmentor, Denoiser]:
    """Train `material.segmentor` and `denoiser`, both trained before, in turns; the out-of-fold segmentors stay.

    Changes both in place, resumes from the stage's checkpoint, and returns both averaged, in eval mode and frozen.
    """
    segmentor = material.segmentor.freeze()
    for member in material.out_of_fold:
        member.freeze()
    denoiser.eval().requires_grad_(False)
    if settings.compiled:
        denoiser.compile()
    pair = nn.ModuleDict({_SEGMENTOR: segmentor, _DENOISER: denoiser})
    optimizer = joint_optimizer(segmentor, denoiser, collaboration)
    average = ExponentialMovingAverage(pair, collaboration.ema_decay)
    loop = StageLoop(
        run,
        stage,
        collaboration.iterations,
        collaboration.checkpoint_every,
        Learner(pair, average, optimizer),
        lambda: (_part(average.state, _SEGMENTOR), _part(average.state, _DENOISER)),
    )
    turns = Turns(settings, collaboration, bernoulli.cosine_schedule(denoiser.config.T))
    peaks = [*(collaboration.peak_lr(group) for group in segmentor.parameter_groups()), collaboration.denoiser_lr]
    boxes = material.fine.boxes() if material.fine else None
    for iteration in loop:
        for group, peak in zip(optimizer.param_groups, peaks, strict=True):
            group["lr"] = one_cycle_lr(iteration, collaboration.iterations, peak, collaboration.warmup)
        generators = [iteration_generator(run.seed, name, iteration) for name in (stage, f"{stage}/segmentor")]
        batch, proposer = material.draw(settings, generators[0], boxes)
        weight = collaboration.weight_at(iteration)
        figures = _both_steps(material, denoiser, optimizer, batch, proposer, weight, turns, generators)
        average.update(pair, iteration)
        loop.note(iteration, **figures)
    pair.load_state_dict(average.state)
    return segmentor.eval(), denoiser.eval()


def _both_steps(
    material: BatchSampler,
    denoiser: Denoiser,
    optimizer: torch.optim.Optimizer,
    batch: Batch,
    proposer: TrainableSegmentor,
    weight: float,
    turns: Turns,
    generators: Sequence[Generator],
) -> dict[str, float]:
    """A step of each network on a batch, in the order of the settings. generators: the refiner's, the segmentor's."""
    segmentor, settings, scene = material.segmentor, turns.settings, batch.scene
    assert scene is not None
    segmentor_first = turns.collaboration.order == "segmentor first"
    figures: dict[str, float] = {}
    for who in (_SEGMENTOR, _DENOISER) if segmentor_first else (_DENOISER, _SEGMENTOR):
        if who == _DENOISER:
            wrong = wrong_priors(batch, material.task, settings, proposer is segmentor, generators[0])
            wrong = augment_conditions(wrong, settings, generators[0])
            figures["refiner"] = refiner_step(denoiser, optimizer, wrong, turns, generators[0])
            continue
        figures |= segmentor_step(segmentor, denoiser, optimizer, scene, batch.y_0, weight, turns, generators[1])
        if proposer is segmentor and segmentor_first:
            with torch.no_grad():  # the prior and the features of the segmentor as it is now
                _, p, features = predict(segmentor, scene, settings.precision)
            batch = Batch(batch.image, batch.y_0, p, features, scene)
    return figures


def _part(state: State, name: str) -> dict[str, Tensor]:
    prefix = f"{name}."
    return {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}
