"""The segmentor's own training: binary cross entropy and soft Dice on random views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from hidiff.data.augment import (
    Augmentation,
    jitter_thickness,
    object_windows,
    recolour,
    to_tensors,
    training_views,
)
from hidiff.data.cases import Pack
from hidiff.data.rng import iteration_generator
from hidiff.diffusion.losses import segmentation_loss
from hidiff.models.segmentor import ParameterGroup, SegmentorConfig, TrainableSegmentor, build_segmentor
from hidiff.tasks import Task
from hidiff.training.optimization import ExponentialMovingAverage, autocast, one_cycle_lr
from hidiff.training.trainer import Learner, StageLoop, TrainingRun
from hidiff.training.warm_start import load_matching


@dataclass(frozen=True)
class SegmentorTraining:
    """Settings of the segmentor's training. encoder_lr, decoder_lr: peak learning rates, after a `warmup` of that share
    of the run; what was not pre-trained counts as decoder. crop_size: the side in pixels of a training sample.
    ema_decay: the moving average's. imagenet: begin with pre-trained weights, where the segmentor has any. threshold:
    see `segmentation_loss`. focus_share: share of samples that are windows of the image at twice the scale, as the
    refinement will want features of them, where the task refines in a window; of these the share `background_share`
    lies anywhere, most often beside the object. augmentation: how images are recoloured, see `recolour`.
    thickness_jitter: by how much of a pixel on either side, at most, thin objects' lines are widened or narrowed in the
    reference; other tasks know none. alignment: weight of `alignment_loss`, of a segmentor that has a teacher: a fold's
    has that of all cases, one that goes on from earlier weights has those."""

    iterations: int = 690
    batch_size: int = 16
    crop_size: int = 224
    encoder_lr: float = 5e-4
    decoder_lr: float = 1.5e-3
    weight_decay: float = 0.02
    warmup: float = 0.15
    ema_decay: float = 0.995
    checkpoint_every: int = 100
    imagenet: bool = True
    threshold: float = 0.5
    focus_share: float = 0.0
    background_share: float = 0.25
    augmentation: Augmentation = "light"
    thickness_jitter: float = 0.0
    alignment: float = 0.0
    precision: torch.dtype = torch.float32

    def peak_lr(self, group: ParameterGroup) -> float:
        """The peak learning rate of a group of the segmentor's parameters."""
        return self.encoder_lr if group.part == "encoder" else self.decoder_lr


class Teacher(NamedTuple):
    """A frozen segmentor whose features another's are to resemble. sees_plain: it is shown every image as it was taken,
    so that another camera's image has the features of the plain one; else what the other is shown, so that both have
    the same features of whatever they see."""

    segmentor: TrainableSegmentor
    sees_plain: bool


class SegmentorBatch(NamedTuple):
    """images (B,3,V,V) in [0,1], recoloured; `plain`: the same as they were taken; masks (B,1,V,V) in [0,1]."""

    images: Tensor
    plain: Tensor
    masks: Tensor


@dataclass(frozen=True)
class Samples:
    """What a segmentor learns on: every case, and the same cases at twice the scale, which it needs where it also
    learns to look closer."""

    task: Task
    data: Pack
    fine: Pack | None = None

    @cached_property
    def _boxes(self) -> NDArray[np.int64]:
        assert self.fine is not None
        return self.fine.boxes()

    def draw(
        self, settings: SegmentorTraining, generator: Generator, device: torch.device | str = "cpu"
    ) -> SegmentorBatch:
        """Views of V pixels, settings.crop_size."""
        index = torch.randint(len(self.data.cases), (settings.batch_size,), generator=generator).numpy()
        images, masks = to_tensors(self.data, index, device)
        views = training_views(self.task, self.data, index, settings.crop_size, generator)
        images, masks = views.sample(images, settings.crop_size), views.sample(masks, settings.crop_size)
        if self.fine is not None:
            near = torch.rand(settings.batch_size, generator=generator) < settings.focus_share
            chosen = index[near.numpy()]
            if len(chosen):
                views = object_windows(self._boxes[chosen], self.fine.side, settings.background_share, generator)
                whole, known = to_tensors(self.fine, chosen, device)
                images[near], masks[near] = (
                    views.sample(whole, settings.crop_size),
                    views.sample(known, settings.crop_size),
                )
        if settings.thickness_jitter and self.task.thin:
            masks = jitter_thickness(masks, settings.thickness_jitter, generator)
        return SegmentorBatch(recolour(images, settings.augmentation, generator), images, masks)


def alignment_loss(features: Sequence[Tensor], known: Sequence[Tensor]) -> Tensor:
    """How far features (B,C,h,w) are from the teacher's: the mean squared difference as a share of the known maps' mean
    square, a scalar averaged over the maps. 0 is the same features, 1 as far as none at all."""
    shares = []
    for own, theirs in zip(features, known, strict=True):
        wanted = theirs.float()
        shares.append((own.float() - wanted).square().mean() / wanted.square().mean().clamp_min(1e-6))
    return torch.stack(shares).mean()


def train_segmentor(
    run: TrainingRun,
    stage: str,
    config: SegmentorConfig,
    settings: SegmentorTraining,
    samples: Samples,
    start: Mapping[str, Tensor] | None = None,
    teacher: Teacher | None = None,
) -> TrainableSegmentor:
    """Train on every case of `samples`; resumes from the stage's checkpoint and returns the averaged network.

    start: an earlier network's state, to go on from instead of pre-trained weights.
    """
    network = _first_network(run, config, settings, start)
    groups = network.parameter_groups()
    optimizer = torch.optim.AdamW(
        [{"params": group.parameters, "lr": 0.0} for group in groups],
        weight_decay=settings.weight_decay,
        fused=torch.device(run.device).type == "cuda",
    )
    average = ExponentialMovingAverage(network, settings.ema_decay)
    learner = Learner(network, average, optimizer)
    loop = StageLoop(run, stage, settings.iterations, settings.checkpoint_every, learner, lambda: (average.state, None))
    peaks = [settings.peak_lr(group) for group in groups]
    network.train()
    for iteration in loop:
        batch = samples.draw(settings, iteration_generator(run.seed, stage, iteration), run.device)
        images = batch.images.to(memory_format=torch.channels_last)
        for group, peak in zip(optimizer.param_groups, peaks, strict=True):
            group["lr"] = one_cycle_lr(iteration, settings.iterations, peak, settings.warmup)
        with autocast(images.device, settings.precision):
            logits, features = network(images)
        loss = segmentation_loss(logits.float(), batch.masks, settings.threshold)
        if teacher is not None and settings.alignment:
            shown = batch.plain.to(memory_format=torch.channels_last) if teacher.sees_plain else images
            with torch.no_grad(), autocast(images.device, settings.precision):
                known = teacher.segmentor(shown).features
            loss = loss + settings.alignment * alignment_loss(features, known)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        average.update(network, iteration)
        loop.note(iteration, loss=loss.item())
    network.load_state_dict(average.state)
    return network.eval().requires_grad_(False)


def _first_network(
    run: TrainingRun, config: SegmentorConfig, settings: SegmentorTraining, start: Mapping[str, Tensor] | None
) -> TrainableSegmentor:
    """The segmentor as its training begins."""
    torch.manual_seed(run.seed)  # initial weights only; everything later draws from iteration generators
    network = build_segmentor(config)
    if start is not None:
        load_matching(network, start)
    elif settings.imagenet:
        network.load_pretrained()
    return network.to(run.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
