"""Given priors in training, of a whole batch at once on its device: what `given_priors` makes one by one, in law.

Everything is drawn from one generator of the device, so a run that was resumed sees the same priors.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Generator, Tensor

from hidiff.data.rng import generator_on
from hidiff.diffusion import bernoulli
from hidiff.priors.batched_corruption import SOLID, THIN, corrupt
from hidiff.priors.batched_scribbles import (
    bounding_box,
    edit,
    impose_scribbles,
    propagate_scribbles,
    propose_scribbles,
    rough_ellipse,
    scribbles,
)
from hidiff.priors.batched_shapes import uniform
from hidiff.tasks import Task
from hidiff.training.batches import Batch, RefinerTraining
from hidiff.training.given_priors import (
    CORRUPTED_SHARE,
    EDITED_SHARE,
    ELLIPSE_SHARE,
    NOISE_SHARE,
    OWN_SHAPE_SHARE,
    PROPOSED_SHARE,
    WORSE_SHARE,
    corrupt_priors,
)
from hidiff.types import PRIOR_KINDS, PriorKind


def _off_bounds(p: Tensor) -> Tensor:
    return p.clamp(bernoulli.PRIOR_MARGIN, 1 - bernoulli.PRIOR_MARGIN)


def _corrupted(p: Tensor, task: Task, generator: Generator) -> Tensor:
    return _off_bounds(corrupt(p, THIN if task.thin else SOLID, generator))


def _where(chosen: Tensor) -> Tensor:
    return chosen.nonzero()[:, 0]


def _chance(p: Tensor, generator: Generator) -> Tensor:
    return torch.rand(len(p), generator=generator, device=p.device)


def wrong_priors(batch: Batch, task: Task, settings: RefinerTraining, always: bool, generator: Generator) -> Batch:
    """The batch with priors that are wrong, made as the settings say: of the whole batch at once or one by one.
    Arguments as for `given_priors.corrupt_priors`."""
    made = batched_corrupt_priors if settings.batched_priors else corrupt_priors
    return made(batch, task, settings, always, generator)


def batched_priors_of_kinds(
    batch: Batch, task: Task, settings: RefinerTraining, seen: bool, generator: Generator
) -> Batch:
    """The batch with a prior of a kind drawn for each sample, by `kind_shares`; arguments as for
    `given_priors.priors_of_kinds`."""
    there = generator_on(batch.p.device, generator)
    shares = torch.tensor(settings.kind_shares, device=batch.p.device)
    kind = torch.multinomial(shares, len(batch.p), replacement=True, generator=there)
    if seen:
        kind = torch.where(kind == PRIOR_KINDS.index("segmentor"), PRIOR_KINDS.index("unknown"), kind)
    p, y = _off_bounds(batch.p[:, 0]), batch.y_0[:, 0] > 0.5
    drawn = kind.cpu()
    for name in PRIOR_KINDS if settings.corruption else ("scribbles",):
        index = _where(drawn == PRIOR_KINDS.index(name)).to(p.device)
        if len(index):
            p[index] = batched_prior_of_kind(name, p[index], y[index], task, there)
    return replace(batch, p=p[:, None], kind=kind)


def batched_prior_of_kind(kind: PriorKind, p: Tensor, y: Tensor, task: Task, generator: Generator) -> Tensor:
    """p (n,H,W), off 0 and 1, as the segmentor proposed it -> new priors of the kind for the references y (n,H,W),
    bool. generator: of their device."""
    if kind == "segmentor":
        return p.clone()
    if kind == "unknown":
        return _unknown(p, y, task, generator)
    worse = _where(_chance(p, generator) < WORSE_SHARE)
    p = p.clone()
    if len(worse):
        p[worse] = _corrupted(p[worse], task, generator)
    discs = scribbles(p > 0.5, y, generator)
    return impose_scribbles(p if task.thin else propagate_scribbles(p, discs), discs)


def _unknown(p: Tensor, y: Tensor, task: Task, generator: Generator) -> Tensor:
    """Noise, corrupted priors, proposed scribbles, and masks of any tool, in their shares."""
    ends = torch.tensor([NOISE_SHARE, CORRUPTED_SHARE, PROPOSED_SHARE], device=p.device).cumsum(0)
    part = torch.bucketize(_chance(p, generator), ends, right=True).cpu()
    out = torch.full_like(p, 0.5)
    corrupted, proposed, masked = (_where(part == number).to(p.device) for number in (1, 2, 3))
    if len(corrupted):
        out[corrupted] = _corrupted(p[corrupted], task, generator)
    if len(proposed):
        mine = p[proposed]
        out[proposed] = propose_scribbles(mine, scribbles(mine > 0.5, y[proposed], generator))
    if len(masked):
        worse, known = _corrupted(p[masked], task, generator) > 0.5, y[masked]
        confidence = uniform(generator, len(masked), 0.7, 0.995)
        own = 1.0 if task.thin else OWN_SHAPE_SHARE
        out[masked] = _sure(_mask_of_any_tool(worse, known, own, generator), confidence)
    return out


def _sure(mask: Tensor, confidence: Tensor) -> Tensor:
    confidence = confidence[:, None, None]
    return torch.where(mask, confidence, 1 - confidence)


def _mask_of_any_tool(mask: Tensor, y: Tensor, own: float, generator: Generator) -> Tensor:
    """The mask itself in the share `own` and where there is no object, else a rough shape about the object."""
    kept = (_chance(mask, generator) < own) | ~y.flatten(1).any(1)
    ellipse = _chance(mask, generator) < ELLIPSE_SHARE
    rough = torch.where(ellipse[:, None, None], rough_ellipse(y, generator), bounding_box(y))
    return torch.where(kept[:, None, None], mask, rough)


def batched_corrupt_priors(
    batch: Batch, task: Task, settings: RefinerTraining, always: bool, generator: Generator
) -> Batch:
    """The batch with priors that are wrong; arguments as for `given_priors.corrupt_priors`."""
    if settings.kind_shares:
        return batched_priors_of_kinds(batch, task, settings, always, generator)
    there = generator_on(batch.p.device, generator)
    p, y = batch.p[:, 0], batch.y_0[:, 0] > 0.5
    all_of_them = always or bool(torch.rand(1, generator=generator) < settings.corruption_share)
    p = _corrupted(p, task, there) if settings.corruption and all_of_them else _off_bounds(p)
    index = _where(_chance(p, there) < settings.user_share)
    if len(index):
        p[index] = _by_hand(p[index], y[index], task, there)
    return replace(batch, p=p[:, None])


def _by_hand(p: Tensor, y: Tensor, task: Task, generator: Generator) -> Tensor:
    """Half of them scribbles that hold; else masks: edited ones, ellipses, boxes."""
    discs = scribbles(p > 0.5, y, generator)
    confidence = uniform(generator, len(p), 0.8, 0.995)
    masks = _mask_of_any_tool(edit(p > 0.5, discs), y, 1.0 if task.thin else EDITED_SHARE, generator)
    held = _chance(p, generator) < 0.5
    return torch.where(held[:, None, None], impose_scribbles(p, discs), _sure(masks, confidence))
