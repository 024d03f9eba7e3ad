"""Priors made of a whole batch at once: the kinds' shares, and the laws of those that are made one by one."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from laws import bound, distances
from small_model import TASK, disc
from torch import Generator

from hidiff.diffusion.bernoulli import PRIOR_MARGIN
from hidiff.priors.scribbles import PROPOSED
from hidiff.training.batched_priors import batched_corrupt_priors, batched_prior_of_kind, wrong_priors
from hidiff.training.batches import Batch, RefinerTraining
from hidiff.training.given_priors import corrupt_priors, prior_of_kind
from hidiff.types import PRIOR_KINDS, Map, Mask, PriorKind

SIDE = 80
COUNT = 400
SHARES = (0.5, 0.3, 0.2)
SETTINGS = RefinerTraining(iterations=1, kind_shares=SHARES, batched_priors=True)
Y = disc(SIDE, SIDE, 38, 42, 16)
P = np.where(disc(SIDE, SIDE, 40, 34, 17), np.float32(0.85), np.float32(0.1))


def batch(count: int) -> Batch:
    y_0 = torch.from_numpy(Y).repeat(count, 1, 1, 1).float()
    return Batch(torch.zeros(count, 3, SIDE, SIDE), y_0, torch.from_numpy(P).repeat(count, 1, 1, 1), ())


def pairs(count: int) -> tuple[list[Map], list[Mask]]:
    """Priors with errors of all sizes, and their references: no two alike."""
    rng = np.random.default_rng(5)
    priors, references = [], []
    for _ in range(count):
        row, column, radius = rng.uniform(30, 50), rng.uniform(30, 50), rng.uniform(12, 20)
        references.append(disc(SIDE, SIDE, row, column, radius))
        found = disc(SIDE, SIDE, row + rng.uniform(-5, 5), column + rng.uniform(-5, 5), radius * rng.uniform(0.7, 1.3))
        logits = cv2.GaussianBlur(found.astype(np.float32) * 7 - 3.5, (0, 0), 2)
        logits += cv2.GaussianBlur(rng.normal(0, 9, (SIDE, SIDE)).astype(np.float32), (0, 0), 4)
        priors.append((1 / (1 + np.exp(-logits))).clip(0.01, 0.99).astype(np.float32))
    return priors, references


def generator(seed: int = 0) -> Generator:
    return torch.Generator().manual_seed(seed)


def test_each_kind_has_its_share_and_the_segmentor_s_is_left_as_it_was() -> None:
    given = batch(400)
    kept = given.p.clone()
    made = wrong_priors(given, TASK, SETTINGS, False, generator())
    assert made.kind is not None and made.p.shape == given.p.shape and made.p.dtype == torch.float32
    for index, share in enumerate(SHARES):
        assert abs((made.kind == index).float().mean() - share) < 0.08
    own = made.kind == PRIOR_KINDS.index("segmentor")
    assert torch.equal(made.p[own], kept[own]) and torch.equal(given.p, kept)
    assert (made.p[~own] != kept[~own]).flatten(1).any(1).float().mean() > 0.9
    exact = ((made.p == 0) | (made.p == 1)).flatten(1).any(1)
    assert torch.equal(exact, made.kind == PRIOR_KINDS.index("scribbles"))


def test_of_images_that_it_has_seen_a_segmentor_s_prior_is_nobody_s() -> None:
    made = wrong_priors(batch(60), TASK, SETTINGS, True, generator())
    assert made.kind is not None and set(made.kind.tolist()) == {1, 2}


def test_without_corruption_only_scribbles_change_a_prior() -> None:
    given = batch(60)
    made = wrong_priors(given, TASK, replace(SETTINGS, corruption=False), True, generator())
    assert made.kind is not None
    unknown = made.kind == PRIOR_KINDS.index("unknown")
    assert unknown.any() and torch.equal(made.p[unknown], given.p[unknown])
    assert (made.p[~unknown] != given.p[~unknown]).flatten(1).any(1).all()


@pytest.mark.parametrize("thin", [False, True])
@pytest.mark.parametrize("kind", ["unknown", "scribbles"])
def test_a_kind_has_the_law_of_those_that_are_made_one_by_one(kind: PriorKind, thin: bool) -> None:
    task, rng = replace(TASK, thin=thin), np.random.default_rng(0)
    priors, references = pairs(COUNT)
    p, y = torch.from_numpy(np.stack(priors)), torch.from_numpy(np.stack(references))
    ours = batched_prior_of_kind(kind, p, y, task, generator())
    theirs = [prior_of_kind(kind, *pair, task, rng) for pair in zip(priors, references, strict=True)]
    found = distances(priors, list(ours.numpy()), theirs)
    assert {figure: far for figure, far in found.items() if far > bound(COUNT)} == {}


@pytest.mark.parametrize("thin", [False, True])
def test_unknown_priors_keep_off_the_bounds_and_have_every_part(thin: bool) -> None:
    task = replace(TASK, thin=thin)
    p, y = torch.from_numpy(P).repeat(COUNT, 1, 1), torch.from_numpy(Y).repeat(COUNT, 1, 1)
    made = batched_prior_of_kind("unknown", p, y, task, generator())
    assert made.min() >= PRIOR_MARGIN - 1e-6 and made.max() <= 1 - PRIOR_MARGIN + 1e-6
    noise = (made == 0.5).flatten(1).all(1).float().mean()
    assert abs(noise - 0.1) < 0.06
    masks = torch.tensor([len(one.unique()) == 2 for one in made]).float().mean()
    assert masks > 0.2
    changed = made != p
    bits = torch.isclose(made, torch.tensor(PROPOSED)) | torch.isclose(made, torch.tensor(1 - PROPOSED))
    proposed = (changed.flatten(1).any(1) & (bits | ~changed).flatten(1).all(1)).float().mean()
    assert 0.08 < proposed < 0.25


def test_painted_bits_are_right() -> None:
    p, y = torch.from_numpy(P).repeat(200, 1, 1), torch.from_numpy(Y).repeat(200, 1, 1)
    made = batched_prior_of_kind("scribbles", p, y, TASK, generator())
    painted = (made == 0) | (made == 1)
    assert painted.flatten(1).any(1).all()
    assert (made[painted] == y[painted].float()).float().mean() > 0.9
    assert made.min() >= 0 and made.max() <= 1


@pytest.mark.parametrize("always", [False, True])
@pytest.mark.parametrize("thin", [False, True])
def test_priors_that_are_not_told_apart_have_the_law_of_the_numpy_ones(thin: bool, always: bool) -> None:
    task, settings = replace(TASK, thin=thin), replace(SETTINGS, kind_shares=())
    many, few = batch(20), replace(settings, corruption_share=0.5)
    made = [
        [one for seed in range(25) for one in f(many, task, few, always, generator(seed)).p[:, 0].numpy()]
        for f in (batched_corrupt_priors, corrupt_priors)
    ]
    found = distances([P] * 500, *made)
    # in batches: whether one is corrupted is drawn once for all of it, so the samples are fewer than they seem
    limit = bound(500) if always else 2.5 * bound(500)
    assert {figure: far for figure, far in found.items() if far > limit} == {}


def test_the_settings_choose_and_the_seed_decides() -> None:
    for settings in (SETTINGS, replace(SETTINGS, kind_shares=())):
        first, second, other = (wrong_priors(batch(8), TASK, settings, True, generator(seed)) for seed in (1, 1, 2))
        assert torch.equal(first.p, second.p) and not torch.equal(first.p, other.p)
        assert (first.kind is None) == (not settings.kind_shares)
    numpy = replace(SETTINGS, batched_priors=False)
    first, second = (f(batch(8), TASK, numpy, True, generator(1)) for f in (wrong_priors, corrupt_priors))
    assert torch.equal(first.p, second.p)
    assert not torch.equal(first.p, wrong_priors(batch(8), TASK, SETTINGS, True, generator(1)).p)
