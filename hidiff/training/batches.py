"""What the refiner learns on: views of images with priors that are wrong in the right way.

A prior comes from a segmentor that never saw the image (out of fold), or from the full one and is corrupted;
where the task focuses, it comes from the whole frame and the features from a window in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Generator, Tensor

from hidiff.data.augment import (
    Augmentation,
    Views,
    box_views,
    jitter_thickness,
    recolour,
    to_tensors,
    training_views,
)
from hidiff.data.cases import Pack
from hidiff.diffusion import bernoulli
from hidiff.models.segmentor import Segmentor, SegmentorOutput, TrainableSegmentor
from hidiff.priors.views import MIRRORS, Mirror
from hidiff.tasks import Task
from hidiff.training.optimization import autocast, device_of


@dataclass(frozen=True)
class FocusView:
    """A closer look: image (B,3,S,S), windows cut by `views` from a canvas of `side` pixels. The whole frame had
    been mirrored by `mirror`; the windows are of the upright one."""

    image: Tensor
    views: Views
    mirror: Mirror
    side: int

    def carry(self, p: Tensor) -> Tensor:
        """A prior (B,K,s,s) of the turned whole frame -> (B,K,S,S) in the windows; gradients pass."""
        upright = F.interpolate(p.flip(self.mirror), size=(self.side, self.side), mode="bilinear")
        return self.views.sample(upright, self.image.shape[-1])


@dataclass(frozen=True)
class SegmentorInput:
    """What a segmentor is shown: whole (B,3,s,s) with masks y (B,K,s,s), the object's share of each pixel, and
    the closer look, where there is one; its features, and the denoiser's image, are of the closest look. both: the
    prior is the mean of both looks."""

    whole: Tensor
    y: Tensor
    closer: FocusView | None = None
    both: bool = False


@dataclass(frozen=True)
class Batch:
    """image (B,3,S,S); y_0 (B,K,S,S) of 0 and 1; p (B,K,S,S), exactly 0 or 1 where a person painted; features.
    scene: what prior and features were made from. kind (B,): whose priors they are, indices of `PRIOR_KINDS`; None
    where all are the segmentor's."""

    image: Tensor
    y_0: Tensor
    p: Tensor
    features: tuple[Tensor, ...]
    scene: SegmentorInput | None = None
    kind: Tensor | None = None

    @property
    def p_seen(self) -> Tensor:
        """The prior as the network and the equations of the loss see it: kept off 0 and 1."""
        return self.p.clamp(bernoulli.PRIOR_MARGIN, 1 - bernoulli.PRIOR_MARGIN)


def predict(
    segmentor: Segmentor, scene: SegmentorInput, precision: torch.dtype
) -> tuple[Tensor, Tensor, tuple[Tensor, ...]]:
    """logits (B,K,s,s) of the whole frame, the prior p in the denoiser's view, and the features there.

    Gradients pass to the segmentor by all three, unless the caller forbids it.
    """
    logits, features = _shown(segmentor, scene.whole, precision)
    p = logits.sigmoid()
    if scene.closer is not None:
        closer = _shown(segmentor, scene.closer.image, precision)
        p, features = scene.closer.carry(p), closer.features
        if scene.both:
            p = (p + closer.logits.sigmoid()) / 2
    return logits, p, features


def _shown(segmentor: Segmentor, image: Tensor, precision: torch.dtype) -> SegmentorOutput:
    with autocast(image.device, precision):
        logits, features = segmentor(image.contiguous(memory_format=torch.channels_last))
    return SegmentorOutput(logits.float(), features)


def predict_frozen(segmentor: Segmentor, image: Tensor, precision: torch.dtype) -> SegmentorOutput:
    """The segmentor's answer without gradient, logits in float32."""
    with torch.no_grad():
        return _shown(segmentor, image, precision)


def object_boxes(p: Tensor, reference: NDArray[np.int64], side: int, generator: Generator) -> Tensor:
    """Boxes (B,4) as shares of the canvas, on the CPU: in 60 % round p > 0.3, in 20 % (and where p found nothing) round
    the reference (pixels of a canvas of `side`), in 20 % the whole frame."""
    chance = torch.rand(len(p), generator=generator)
    proposed, found = (part.cpu() for part in _boxes_of(p[:, 0] > 0.3))
    known = torch.from_numpy(reference).any(1)
    by_reference = known & ((chance < 0.4) | ~found)
    by_prior = found & ~by_reference
    boxes = torch.tensor([0.0, 1.0, 0.0, 1.0]).repeat(len(p), 1)
    boxes[by_prior] = proposed[by_prior]
    boxes[by_reference] = torch.from_numpy(reference).float()[by_reference] / side
    boxes[chance < 0.2] = torch.tensor([0.0, 1.0, 0.0, 1.0])
    return boxes


def _boxes_of(masks: Tensor) -> tuple[Tensor, Tensor]:
    """masks (B,H,W) of bool -> boxes (B,4), first and last row and column as shares, and (B,) whether there is any."""
    sides = []
    for lines in (masks.any(2), masks.any(1)):
        count = lines.shape[1]
        first = lines.int().argmax(1)
        last = count - lines.flip(1).int().argmax(1)
        sides += [first / count, last / count]
    return torch.stack(sides, 1), masks.flatten(1).any(1)


def focused_batch(
    segmentor: TrainableSegmentor,
    coarse: Pack,
    fine: Pack,
    boxes: NDArray[np.int64],
    index: NDArray[np.int64],
    settings: RefinerTraining,
    generator: Generator,
) -> Batch:
    """The prior of the whole frame, the features of a window in it: as a refinement sees them."""
    device = device_of(segmentor)
    mirror = MIRRORS[int(torch.randint(len(MIRRORS), (1,), generator=generator))]
    images, masks = to_tensors(coarse, index, device)
    whole = recolour(images.flip(mirror), settings.augmentation, generator)
    p = predict_frozen(segmentor, whole, settings.precision).logits.sigmoid()
    views = box_views(generator, object_boxes(p.flip(mirror), boxes[index], fine.side, generator))
    fine_images, fine_masks = to_tensors(fine, index, device)
    y_0 = (views.sample(fine_masks, settings.crop_size) > 0.5).float()
    image = recolour(views.sample(fine_images, settings.crop_size), settings.augmentation, generator)
    closer = FocusView(image, views, mirror, fine.side)
    seen = predict_frozen(segmentor, image, settings.precision)
    p = closer.carry(p)
    if settings.both_looks:
        p = (p + seen.logits.sigmoid()) / 2
    scene = SegmentorInput(whole, masks.flip(mirror), closer, settings.both_looks)
    return Batch(image, y_0, p, seen.features, scene)


def cropped_batch(
    segmentor: TrainableSegmentor,
    task: Task,
    data: Pack,
    index: NDArray[np.int64],
    settings: RefinerTraining,
    generator: Generator,
) -> Batch:
    """Prior and features of the same view."""
    images, masks = to_tensors(data, index, device_of(segmentor))
    views = training_views(task, data, index, settings.crop_size, generator)
    image = recolour(views.sample(images, settings.crop_size), settings.augmentation, generator)
    share = views.sample(masks, settings.crop_size)
    if settings.thickness_jitter and task.thin:
        share = jitter_thickness(share, settings.thickness_jitter, generator)
    logits, features = predict_frozen(segmentor, image, settings.precision)
    return Batch(image, (share > 0.5).float(), logits.sigmoid(), features, SegmentorInput(image, share))


@dataclass(frozen=True)
class BatchSampler:
    """What batches are made of: every case, and who proposes. fold (N,) says which of `out_of_fold` never saw a
    case. fine: the same cases at twice the scale, where the refiner looks closer, else None."""

    task: Task
    segmentor: TrainableSegmentor
    out_of_fold: Sequence[TrainableSegmentor]
    fold: NDArray[np.int64]
    coarse: Pack
    fine: Pack | None

    def draw(
        self, settings: RefinerTraining, generator: Generator, boxes: NDArray[np.int64] | None
    ) -> tuple[Batch, TrainableSegmentor]:
        """A batch with the priors as they were proposed, and who proposed them. boxes: `fine.boxes()`."""
        k = int(torch.randint(len(self.out_of_fold) + 1, (1,), generator=generator))
        unseen = k < len(self.out_of_fold)
        proposer = self.out_of_fold[k] if unseen else self.segmentor
        pool = np.flatnonzero(self.fold == k) if unseen else np.arange(len(self.coarse.cases))
        index = pool[torch.randint(len(pool), (settings.batch_size,), generator=generator).numpy()]
        if self.fine is not None and boxes is not None:
            return focused_batch(proposer, self.coarse, self.fine, boxes, index, settings, generator), proposer
        return cropped_batch(proposer, self.task, self.coarse, index, settings, generator), proposer


@dataclass(frozen=True)
class RefinerTraining:
    """Settings of the refiner's training. lr is the peak learning rate, after a `warmup` of that share of the run;
    crop_size the side of a training sample in pixels; ema_decay the moving average's.
    chain_share: share of iterations whose y_t comes from the chain, once the share `chain_after` of the run is over (a
    chain that knows nothing teaches nothing): in the share `full_chain_share` of them step by step as in a refinement,
    else by at most `jumps` jumps from T.
    mixed_times: every sample of a batch has a time, and a source of y_t, of its own; False draws one for all.
    packed_rollouts: on a CPU the chain's own bits come from the packed engine, which is five times as fast there.
    corruption_share: chance that an out-of-fold prior is corrupted too (the full segmentor's always is).
    corruption: False leaves every prior as it was proposed.
    user_share: share of samples whose prior a person gives, half of them as scribbles.
    kind_shares: shares of samples of each of `PRIOR_KINDS`, for a denoiser that is told them apart, in the place of
    corruption_share and user_share; () for one that is not.
    both_looks: where the task looks closer, the prior is the mean of the segmentor's two looks.
    focus: look closer where the task does; False learns on whole views alone.
    augmentation: how images are recoloured, see `recolour`.
    batched_priors: wrong priors are made of the whole batch at once on its device, see `batched_priors`; False makes
    them one by one on the CPU, which is faster there.
    thickness_jitter: by how much of a pixel on either side, at most, thin objects' lines are widened or narrowed in the
    reference; other tasks know none.
    style_mixing: share of samples whose features take on, in part, the style of another's, see `mix_styles`.
    image_dropout, feature_dropout: shares of samples without image and without features; 1 for the image makes a
    denoiser that takes none.
    compiled: let `torch.compile` have the denoiser."""

    iterations: int = 1000
    batch_size: int = 8
    crop_size: int = 224
    lr: float = 2.5e-3
    weight_decay: float = 1e-4
    warmup: float = 0.05
    ema_decay: float = 0.998
    chain_share: float = 0.8
    chain_after: float = 0.25
    jumps: int = 3
    full_chain_share: float = 0.0
    mixed_times: bool = False
    packed_rollouts: bool = False
    corruption_share: float = 0.35
    corruption: bool = True
    user_share: float = 0.3
    kind_shares: tuple[float, ...] = ()
    both_looks: bool = False
    focus: bool = True
    augmentation: Augmentation = "light"
    batched_priors: bool = False
    thickness_jitter: float = 0.0
    style_mixing: float = 0.0
    image_dropout: float = 0.0
    feature_dropout: float = 0.0
    checkpoint_every: int = 50
    precision: torch.dtype = torch.float32
    compiled: bool = False
