"""The batched family of errors against the numpy family, in law, and what all of them keep to."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import pytest
import torch
from laws import Map, bound, distances
from torch import Generator

from hidiff.priors import batched_corruption, corruption
from hidiff.priors.batched_corruption import BatchedCorruption, corrupt

H, W = 112, 144
COUNT = 300
FAMILIES = {"solid": (batched_corruption.SOLID, corruption.SOLID), "thin": (batched_corruption.THIN, corruption.THIN)}
EVERY = [(family, name) for family, (batched, _) in FAMILIES.items() for name in batched]

ONE_RADIUS = ("thicken",)  # at this size all of its radii are one pixel


def generator(seed: int = 0) -> Generator:
    return torch.Generator().manual_seed(seed)


def prior(family: str) -> Map:
    """A soft blob, or lines of one to seven pixels."""
    rows, columns = np.indices((H, W))
    if family == "solid":
        away = np.hypot((rows - 50) / 1.3, columns - 80) - 18
        return (0.02 + 0.96 / (1 + np.exp(away))).astype(np.float32)
    lines = np.zeros((H, W), np.uint8)
    cv2.line(lines, (0, 40), (W - 1, 60), 1, 7)
    for k in (1, 2, 3):
        cv2.line(lines, (k * 36, 0), (k * 36 + 12, H - 1), 1, k)
    return np.where(lines > 0, np.float32(0.9), np.float32(0.03))


def batched(error: BatchedCorruption, p: Map, count: int = COUNT, seed: int = 0) -> list[Map]:
    return list(error(torch.from_numpy(p).repeat(count, 1, 1), generator(seed)).numpy())


def one_by_one(error: corruption.Corruption, p: Map, count: int = COUNT) -> list[Map]:
    rng = np.random.default_rng(0)
    return [error(p, rng) for _ in range(count)]


def test_the_families_have_the_same_errors() -> None:
    for ours, theirs in FAMILIES.values():
        assert list(ours) == list(theirs)


@pytest.mark.parametrize(("family", "name"), EVERY)
def test_an_error_has_the_law_of_the_one_that_is_made_one_by_one(family: str, name: str) -> None:
    p = prior(family)
    ours, theirs = (errors[name] for errors in FAMILIES[family])
    found = distances([p] * COUNT, batched(ours, p), one_by_one(theirs, p))
    assert {figure: far for figure, far in found.items() if far > bound(COUNT)} == {}


@dataclass(frozen=True)
class Wrong:
    """An error that is nearly the right one."""

    family: str
    name: str
    error: BatchedCorruption


WRONG = [
    Wrong("solid", "shift", lambda p, g: (batched_corruption.shift(p, g) + p) / 2),
    Wrong("solid", "erode", batched_corruption.thicken),
    Wrong("solid", "dilate", batched_corruption.thicken),
    Wrong("solid", "calibrate", lambda p, g: batched_corruption.calibrate(p, g).sqrt()),
    Wrong("solid", "erase", lambda p, g: torch.where(p > 0.5, batched_corruption.erase(p, g) * 0.9, p)),
    Wrong("solid", "blur", batched_corruption.soften),
    Wrong("solid", "false_blob", lambda p, g: batched_corruption.false_blob(p, g).clamp_max(0.8)),
    Wrong(
        "thin", "cut_segments", lambda p, g: batched_corruption.cut_segments(batched_corruption.cut_segments(p, g), g)
    ),
    Wrong("thin", "drop_thin", lambda p, g: batched_corruption.drop_thin(p, g).clamp_min(0.2)),
    Wrong("thin", "speckle", lambda p, g: batched_corruption.speckle(batched_corruption.speckle(p, g), g)),
    Wrong("thin", "thicken", lambda p, g: batched_corruption.grow(p, g)),
    Wrong("thin", "blur", batched_corruption.blur),
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong.family}-{wrong.name}")
def test_the_comparison_tells_a_wrong_law_apart(wrong: Wrong) -> None:
    p = prior(wrong.family)
    theirs = one_by_one(FAMILIES[wrong.family][1][wrong.name], p)
    assert max(distances([p] * COUNT, batched(wrong.error, p), theirs).values()) > bound(COUNT)


@pytest.mark.parametrize(("family", "name"), EVERY)
def test_an_error_follows_from_its_generator_and_leaves_its_input(family: str, name: str) -> None:
    error = FAMILIES[family][0][name]
    given = torch.from_numpy(prior(family)).repeat(12, 1, 1)
    given[2] = 0.02  # nothing there
    kept = given.clone()
    first, second, other = (error(given, generator(seed)) for seed in (3, 3, 4))
    assert torch.equal(first, second)
    if name not in ONE_RADIUS:
        assert not torch.equal(first, other)
        assert any(not torch.equal(first[0], one) for one in first[3:])  # each sample by itself
    assert torch.equal(given, kept) and first.data_ptr() != given.data_ptr()
    assert first.shape == given.shape and first.dtype == torch.float32
    assert first.isfinite().all() and first.min() >= 0 and first.max() <= 1


@pytest.mark.parametrize("family", FAMILIES)
def test_an_empty_prior_has_nothing_to_erase(family: str) -> None:
    nothing = torch.full((3, H, W), 0.02)
    assert torch.equal(batched_corruption.erase(nothing, generator()), nothing)
    assert torch.equal(batched_corruption.cut_segments(nothing, generator()), nothing)


def test_a_false_blob_lies_beside_the_object_and_is_nearly_sure() -> None:
    p = torch.from_numpy(prior("solid")).repeat(60, 1, 1)
    made = batched_corruption.false_blob(p, generator())
    new = (made > 0.5) & (p <= 0.5)
    assert torch.equal(made[~new], p[~new]) and new.flatten(1).any(1).all()
    assert made[new].min() >= 0.8 and made[new].max() < 0.98


def test_corruption_keeps_some_strikes_most_and_some_twice() -> None:
    marks: dict[str, BatchedCorruption] = {
        name: lambda p, g, k=k: p + 10.0**k  # type: ignore[misc]
        for k, name in enumerate(("a", "b", "c"))
    }
    p = torch.zeros(6000, 1, 1)
    made = corrupt(p, marks, generator())[:, 0, 0]
    counts = torch.stack([(made // 10**k) % 10 for k in range(3)], 1)
    assert counts.max() == 1 and (p == 0).all()
    struck = counts.sum(1)
    assert abs((struck == 0).float().mean() - 0.15) < 0.02
    assert abs((struck == 2).float().mean() - 0.85 / 3) < 0.02
    assert (counts.mean(0) - 0.85 * 4 / 9).abs().max() < 0.025
    assert corrupt(p, marks, generator(), keep=1.0).max() == 0


@pytest.mark.parametrize("family", FAMILIES)
def test_mixed_corruption_has_the_law_of_the_numpy_family(family: str) -> None:
    p = prior(family)
    ours, theirs = FAMILIES[family]
    rng = np.random.default_rng(1)
    found = distances(
        [p] * 500,
        batched(lambda maps, g: corrupt(maps, ours, g), p, 500),
        [corruption.corrupt(p, dict(theirs), rng) for _ in range(500)],
    )
    assert {figure: far for figure, far in found.items() if far > bound(500)} == {}
