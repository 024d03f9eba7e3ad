"""Given priors in training: corrupted ones, masks of any tool, scribbles, and the segmentor's own as it is.

A denoiser that is told the kinds of prior apart gets each in its share; one that is not, all of them mixed.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator

from hidiff.diffusion import bernoulli
from hidiff.priors.corruption import SOLID, THIN, corrupt
from hidiff.priors.scribbles import (
    SCRIBBLE_FREE,
    impose_scribbles,
    propagate_scribbles,
    propose_scribbles,
)
from hidiff.priors.simulated_user import bounding_box, edit, rough_ellipse, scribble_at_largest_error
from hidiff.priors.sources import mask_to_prior
from hidiff.tasks import Task
from hidiff.training.batches import Batch, RefinerTraining
from hidiff.types import PRIOR_KINDS, Map, Mask, PriorKind

NOISE_SHARE = 0.1  # of the unknown priors: p = 1/2, BerDiff's start
CORRUPTED_SHARE = 0.5  # of the unknown priors; the rest are masks
PROPOSED_SHARE = 0.15  # of the unknown priors: scribbles that do not hold
WORSE_SHARE = 0.3  # of the priors under scribbles that hold: corrupted first
OWN_SHAPE_SHARE = 0.5  # of an unknown tool's masks: the prior's own
EDITED_SHARE = 0.4  # of the masks by hand, where priors are not told apart: the prior's own with scribbles in it
ELLIPSE_SHARE = 0.6  # of the masks that are rough shapes; the rest are boxes


def priors_of_kinds(batch: Batch, task: Task, settings: RefinerTraining, seen: bool, generator: Generator) -> Batch:
    """The batch with a prior of a kind drawn for each sample, by `kind_shares`. seen: the segmentor has learned from
    these images, so its own priors are too good: what would be the segmentor's kind is unknown. Without corruption the
    unknown ones are as they were proposed."""
    rng = np.random.default_rng(int(torch.randint(2**62, (1,), generator=generator)))
    shares = np.array(settings.kind_shares) / sum(settings.kind_shares)
    priors, kinds = [], []
    for p, y in zip(batch.p[:, 0].cpu().numpy(), batch.y_0[:, 0].cpu().numpy() > 0.5, strict=True):
        kind = PRIOR_KINDS[int(rng.choice(len(shares), p=shares))]
        kind = "unknown" if seen and kind == "segmentor" else kind
        p = np.clip(p, bernoulli.PRIOR_MARGIN, 1 - bernoulli.PRIOR_MARGIN)
        made = prior_of_kind(kind, p, y, task, rng) if settings.corruption or kind == "scribbles" else p
        priors.append(np.ascontiguousarray(made, dtype=np.float32))
        kinds.append(PRIOR_KINDS.index(kind))
    p_given = torch.from_numpy(np.stack(priors))[:, None].to(batch.p.device)
    return replace(batch, p=p_given, kind=torch.tensor(kinds, device=batch.p.device))


def prior_of_kind(kind: PriorKind, p: Map, y: Mask, task: Task, rng: np.random.Generator) -> Map:
    """p (H,W), off 0 and 1, as the segmentor proposed it -> a prior of the kind for the reference y (H,W)."""
    family = THIN if task.thin else SOLID
    margin = bernoulli.PRIOR_MARGIN
    if kind == "segmentor":
        return p
    if kind == "unknown":
        chance = rng.random()
        if chance < NOISE_SHARE:
            return np.full_like(p, 0.5)
        worse: Map = np.clip(corrupt(p, family, rng), margin, 1 - margin)
        if chance < NOISE_SHARE + CORRUPTED_SHARE:
            return worse
        if chance < NOISE_SHARE + CORRUPTED_SHARE + PROPOSED_SHARE:
            return propose_scribbles(p, _scribbles(p > 0.5, y, rng))
        return mask_to_prior(_mask_of_any_tool(worse > 0.5, y, task, rng), float(rng.uniform(0.7, 0.995)))
    if rng.random() < WORSE_SHARE:
        p = np.clip(corrupt(p, family, rng), margin, 1 - margin)
    scribbles = _scribbles(p > 0.5, y, rng)
    near = p if task.thin else propagate_scribbles(p[None], scribbles[None])[0]
    return impose_scribbles(near, scribbles)


def _mask_of_any_tool(mask: Mask, y: Mask, task: Task, rng: np.random.Generator) -> Mask:
    if task.thin or rng.random() < OWN_SHAPE_SHARE or not y.any():
        return mask
    return rough_ellipse(y, rng) if rng.random() < ELLIPSE_SHARE else bounding_box(y)


def _scribbles(mask: Mask, y: Mask, rng: np.random.Generator) -> NDArray[np.uint8]:
    """One or two right scribbles, each at the largest error that is left."""
    scribbles = np.full(mask.shape, SCRIBBLE_FREE, np.uint8)
    for _ in range(1 + int(rng.random() < 0.4)):
        scribble = scribble_at_largest_error(edit(mask, scribbles), y, rng)
        scribbles = np.where(scribble == SCRIBBLE_FREE, scribbles, scribble)
    return scribbles


def corrupt_priors(batch: Batch, task: Task, settings: RefinerTraining, always: bool, generator: Generator) -> Batch:
    """The batch with priors that are wrong: corrupted (unless the settings forbid it), or given by a person; where the
    denoiser is told their kinds, those of `priors_of_kinds`."""
    if settings.kind_shares:
        return priors_of_kinds(batch, task, settings, always, generator)
    rng = np.random.default_rng(int(torch.randint(2**62, (1,), generator=generator)))
    family = THIN if task.thin else SOLID
    all_of_them = (always or rng.random() < settings.corruption_share) and settings.corruption
    priors = []
    for p, y in zip(batch.p[:, 0].cpu().numpy(), batch.y_0[:, 0].cpu().numpy() > 0.5, strict=True):
        if all_of_them:
            p = corrupt(p, family, rng)
        p = np.clip(p, bernoulli.PRIOR_MARGIN, 1 - bernoulli.PRIOR_MARGIN)
        if rng.random() < settings.user_share:
            p = _by_hand(p, y, task, rng)
        priors.append(np.ascontiguousarray(p, dtype=np.float32))
    return replace(batch, p=torch.from_numpy(np.stack(priors))[:, None].to(batch.p.device))


def _by_hand(p: NDArray[np.float32], y: NDArray[np.bool_], task: Task, rng: np.random.Generator) -> NDArray[np.float32]:
    mask = p > 0.5
    scribbles = _scribbles(mask, y, rng)
    if rng.random() < 0.5:
        return impose_scribbles(p, scribbles)
    confidence = float(rng.uniform(0.8, 0.995))
    if task.thin or rng.random() < EDITED_SHARE or not y.any():
        return mask_to_prior(edit(mask, scribbles), confidence)
    return mask_to_prior(rough_ellipse(y, rng) if rng.random() < ELLIPSE_SHARE else bounding_box(y), confidence)
