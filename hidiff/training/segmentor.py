"""The segmentor's own training: binary cross entropy and soft Dice on random views."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Generator, Tensor

from hidiff.data.augment import Views, box_views, crop_views, recolour, uniform, whole_views
from hidiff.data.cases import Pack
from hidiff.models.segmentor import LiteSegmentor, SegmentorConfig
from hidiff.tasks import TaskCard
from hidiff.training.imagenet import load_imagenet
from hidiff.training.optimization import MovingAverage, autocast, iteration_generator, one_cycle
from hidiff.training.trainer import Journal, Observer
from hidiff.training.warm_start import begin


@dataclass(frozen=True)
class SegmentorTraining:
    """Settings of the segmentor's training. rates are peak learning rates; view is the side in pixels of a
    training sample; decay is the moving average's. cut: see `segmentation_loss`. closer: share of samples that are
    windows of the image at twice the scale, as the refinement will want features of them, where the task looks
    closer; of these the share `astray` lies anywhere, most often beside the object."""

    iterations: int = 690
    batch: int = 16
    view: int = 224
    encoder_rate: float = 5e-4
    decoder_rate: float = 1.5e-3
    weight_decay: float = 0.02
    warm: float = 0.15
    decay: float = 0.995
    checkpoint_every: int = 100
    imagenet: bool = True
    cut: float = 0.5
    closer: float = 0.0
    astray: float = 0.25
    precision: torch.dtype = torch.float32


def soft_dice_loss(probability: Tensor, target: Tensor) -> Tensor:
    """1 - soft Dice over the pixels of each mask (B,K,H,W) -> (B,K), with one pixel of smoothing."""
    overlap = 2 * (probability * target).sum((2, 3)) + 1
    return 1 - overlap / ((probability + target).sum((2, 3)) + 1)


def segmentation_loss(logits: Tensor, target: Tensor, cut: float = 0.5) -> Tensor:
    """L_seg: binary cross entropy + soft Dice, a scalar.

    cut: the loss takes logits + logit(cut), so that what it would have called probability `cut` becomes 0.5, where
    masks are cut. The Dice term makes a segmentor generous; above 0.5 is less so.
    """
    logits = logits + math.log(cut / (1 - cut))
    return F.binary_cross_entropy_with_logits(logits, target) + soft_dice_loss(logits.sigmoid(), target).mean()


def fetch(data: Pack, index: NDArray[np.int64], device: torch.device | str = "cpu") -> tuple[Tensor, Tensor]:
    """images (B,3,S,S) in [0,1] and masks (B,1,S,S), the object's share of each pixel."""
    images = torch.from_numpy(np.ascontiguousarray(data.images[index])).to(device)
    masks = torch.from_numpy(np.ascontiguousarray(data.masks[index])).to(device)
    return images.permute(0, 3, 1, 2).float() / 255, masks[:, None].float() / 255


def training_views(card: TaskCard, data: Pack, index: NDArray[np.int64], view: int, generator: Generator) -> Views:
    """Views of about the whole image for a square task, crops at the working scale for fundus photographs."""
    if card.working == "square":
        return whole_views(generator, len(index))
    content = torch.from_numpy(data.content[index]).float() / data.side
    return crop_views(generator, content, view / data.side, (0.8, 1.3))


def windows(boxes: NDArray[np.int64], side: int, astray: float, generator: Generator) -> Views:
    """Windows of a canvas of `side` pixels round the objects' boxes (B,4), or, in the share `astray` and where there
    is no object, round a box of 15 to 40 % of the side that lies anywhere."""
    count = len(boxes)
    known = torch.from_numpy(boxes).float() / side
    size = uniform(generator, count, 0.15, 0.4)
    corner = torch.rand(count, 2, generator=generator) * (1 - size[:, None])
    anywhere = torch.stack([corner[:, 0], corner[:, 0] + size, corner[:, 1], corner[:, 1] + size], 1)
    lost = (torch.rand(count, generator=generator) < astray) | (known.amax(1) == 0)
    return box_views(generator, torch.where(lost[:, None], anywhere, known))


@dataclass(frozen=True)
class Samples:
    """What a segmentor learns on: every case, and, where it also learns to look closer, the same cases at twice the
    scale."""

    card: TaskCard
    data: Pack
    fine: Pack | None = None

    @cached_property
    def _boxes(self) -> NDArray[np.int64]:
        assert self.fine is not None
        return self.fine.boxes()

    def draw(
        self, settings: SegmentorTraining, generator: Generator, device: torch.device | str = "cpu"
    ) -> tuple[Tensor, Tensor]:
        """images (B,3,V,V) in [0,1], recoloured, and masks (B,1,V,V), for views of V pixels."""
        index = torch.randint(len(self.data.cases), (settings.batch,), generator=generator).numpy()
        images, masks = fetch(self.data, index, device)
        views = training_views(self.card, self.data, index, settings.view, generator)
        images, masks = views.sample(images, settings.view), views.sample(masks, settings.view)
        if self.fine is not None:
            near = torch.rand(settings.batch, generator=generator) < settings.closer
            chosen = index[near.numpy()]
            if len(chosen):
                views = windows(self._boxes[chosen], self.fine.side, settings.astray, generator)
                whole, known = fetch(self.fine, chosen, device)
                images[near], masks[near] = views.sample(whole, settings.view), views.sample(known, settings.view)
        return recolour(images, generator), masks


def train_segmentor(
    card: TaskCard,
    config: SegmentorConfig,
    settings: SegmentorTraining,
    data: Pack,
    seed: int,
    stage: str,
    run: Path,
    start: Mapping[str, Tensor] | None = None,
    observer: Observer | None = None,
    device: torch.device | str = "cpu",
    fine: Pack | None = None,
) -> LiteSegmentor:
    """Train on every case of `data`; resumes from `run/checkpoints/<stage>` and returns the averaged network.

    fine: the same cases at twice the scale, needed where the settings want some samples closer. start: an earlier
    network's state, to go on from instead of ImageNet's encoder.
    """
    torch.manual_seed(seed)  # initial weights only; everything later draws from iteration generators
    network = LiteSegmentor(config)
    if start is not None:
        begin(network, start)
    elif settings.imagenet:
        load_imagenet(network.encoder)
    network = network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    encoder = list(network.encoder.parameters())
    decoder = [p for name, p in network.named_parameters() if not name.startswith("encoder.")]
    peaks = (settings.encoder_rate, settings.decoder_rate)
    optimizer = torch.optim.AdamW(
        [{"params": encoder, "lr": 0.0}, {"params": decoder, "lr": 0.0}],
        weight_decay=settings.weight_decay,
        fused=torch.device(device).type == "cuda",
    )
    average = MovingAverage(network, settings.decay)
    journal = Journal(
        run,
        stage,
        settings.iterations,
        settings.checkpoint_every,
        network,
        average,
        optimizer,
        observer,
        lambda: (average.state, None),
    )
    samples = Samples(card, data, fine if settings.closer else None)
    network.train()
    for iteration in journal:
        generator = iteration_generator(seed, stage, iteration)
        images, masks = samples.draw(settings, generator, device)
        images = images.to(memory_format=torch.channels_last)
        for group, peak in zip(optimizer.param_groups, peaks, strict=True):
            group["lr"] = one_cycle(iteration, settings.iterations, peak, settings.warm)
        with autocast(images.device, settings.precision):
            logits = network(images).logits
        loss = segmentation_loss(logits.float(), masks, settings.cut)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        average.update(network, iteration)
        journal.note(iteration, loss=loss.item())
    network.load_state_dict(average.state)
    return network.eval().requires_grad_(False)
