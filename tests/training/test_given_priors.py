"""Priors of the three kinds that a denoiser learns on, each in its share."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from small_model import TASK, disc

from hidiff.diffusion.bernoulli import PRIOR_MARGIN
from hidiff.priors.scribbles import PROPOSED
from hidiff.training.batches import Batch, RefinerTraining
from hidiff.training.given_priors import corrupt_priors, prior_of_kind, priors_of_kinds
from hidiff.types import PRIOR_KINDS

SIDE = 64
SHARES = (0.5, 0.3, 0.2)
SETTINGS = RefinerTraining(iterations=1, kind_shares=SHARES)


def batch(count: int) -> Batch:
    y_0 = torch.from_numpy(np.stack([disc(SIDE, SIDE, 30, 34, 12)] * count))[:, None].float()
    p = (0.15 + 0.7 * y_0).roll(6, 3).contiguous()
    return Batch(torch.zeros(count, 3, SIDE, SIDE), y_0, p, ())


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_each_kind_has_its_share_and_the_segmentor_s_is_left_as_it_was() -> None:
    given = batch(300)
    made = priors_of_kinds(given, TASK, SETTINGS, False, generator())
    assert made.kind is not None
    counts = Counter(made.kind.tolist())
    for index, share in enumerate(SHARES):
        assert abs(counts[index] / 300 - share) < 0.09
    own = made.kind == PRIOR_KINDS.index("segmentor")
    assert torch.equal(made.p[own], given.p[own])
    assert (made.p[~own] != given.p[~own]).flatten(1).any(1).float().mean() > 0.9
    assert ((made.p == 0) | (made.p == 1)).flatten(1).any(1).logical_and(~(made.kind == 2)).sum() == 0


def test_of_images_that_it_has_seen_a_segmentor_s_prior_is_nobody_s() -> None:
    made = priors_of_kinds(batch(60), TASK, SETTINGS, True, generator())
    assert made.kind is not None and set(made.kind.tolist()) == {1, 2}


def test_without_corruption_only_scribbles_change_a_prior() -> None:
    given = batch(60)
    made = priors_of_kinds(given, TASK, replace(SETTINGS, corruption=False), True, generator())
    assert made.kind is not None
    unknown = made.kind == PRIOR_KINDS.index("unknown")
    assert unknown.any() and torch.equal(made.p[unknown], given.p[unknown])
    assert (made.p[~unknown] != given.p[~unknown]).flatten(1).any(1).all()


def test_it_takes_the_place_of_corruption_where_shares_are_given_and_follows_from_the_seed() -> None:
    first, second, other = (corrupt_priors(batch(8), TASK, SETTINGS, False, generator(seed)) for seed in (1, 1, 2))
    assert first.kind is not None and second.kind is not None
    assert torch.equal(first.p, second.p) and torch.equal(first.kind, second.kind)
    assert not torch.equal(first.p, other.p)
    assert corrupt_priors(batch(8), TASK, replace(SETTINGS, kind_shares=()), False, generator()).kind is None


@pytest.mark.parametrize("thin", [False, True])
def test_hands_paint_right_bits_that_hold_or_are_proposed_and_anybody_s_masks_are_none_too_sure(thin: bool) -> None:
    task, rng = replace(TASK, thin=thin), np.random.default_rng(0)
    y = disc(SIDE, SIDE, 30, 34, 12)
    p = np.where(disc(SIDE, SIDE, 30, 28, 12), np.float32(0.85), np.float32(0.1))
    proposed = noise = 0
    for _ in range(60):
        hand = prior_of_kind("scribbles", p, y, task, rng)
        painted = (hand == 0) | (hand == 1)
        assert painted.any() and (hand[painted] == y[painted]).mean() > 0.9
        unknown = prior_of_kind("unknown", p, y, task, rng)
        changed = unknown != p
        bits = np.isclose(unknown[changed], PROPOSED) | np.isclose(unknown[changed], 1 - PROPOSED)
        proposed += bool(changed.any() and bits.all())
        noise += bool((unknown == 0.5).all())
        assert unknown.min() >= PRIOR_MARGIN - 1e-6 and unknown.max() <= 1 - PRIOR_MARGIN + 1e-6
        assert unknown.dtype == np.float32 and hand.dtype == np.float32
    assert proposed > 2 and 0 < noise < 20
