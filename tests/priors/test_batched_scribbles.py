"""Batched scribbles and rough masks against those that are made one by one."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from laws import bound, distance
from torch import Generator, Tensor

from hidiff.priors import batched_scribbles, simulated_user
from hidiff.priors import scribbles as one_by_one
from hidiff.priors.batched_scribbles import Discs
from hidiff.types import Mask

H, W = 90, 120
COUNT = 300


def generator(seed: int = 0) -> Generator:
    return torch.Generator().manual_seed(seed)


def ellipse(row: int, column: int, tall: int, wide: int) -> Mask:
    mask = np.zeros((H, W), np.uint8)
    cv2.ellipse(mask, (column, row), (wide, tall), 20, 0, 360, 1, -1)
    return mask > 0


REFERENCE = ellipse(45, 60, 20, 30)
FOUND = ellipse(45, 75, 18, 24) | ellipse(15, 15, 5, 7)


def many(mask: Mask, count: int = COUNT) -> Tensor:
    return torch.from_numpy(mask).repeat(count, 1, 1)


def values(painted: Tensor) -> np.ndarray:
    """1, -1 and 0 -> the scribbles' 255, 0 and 128."""
    named = {1: one_by_one.SCRIBBLE_ON, -1: one_by_one.SCRIBBLE_OFF, 0: one_by_one.SCRIBBLE_FREE}
    return np.vectorize(named.get)(painted.numpy()).astype(np.uint8)


def test_a_scribble_lies_at_the_heart_of_the_largest_error_and_has_the_same_law() -> None:
    given = many(FOUND)
    discs = batched_scribbles.scribble_at_largest_error(given, many(REFERENCE), generator())
    painted = discs.painted(H, W)
    assert (painted >= 0).all() and (painted > 0).flatten(1).any(1).all()  # what is missing is the largest error
    assert torch.equal(given, many(FOUND))
    rng = np.random.default_rng(0)
    theirs = [simulated_user.scribble_at_largest_error(FOUND, REFERENCE, rng) for _ in range(COUNT)]
    for figure in (np.sum, lambda m: np.nonzero(m)[0].mean(), lambda m: np.nonzero(m)[1].mean()):
        ours = np.array([figure(m) for m in painted.numpy() > 0])
        reference = np.array([figure(m == one_by_one.SCRIBBLE_ON) for m in theirs])
        assert ours.mean() == pytest.approx(reference.mean(), rel=0.08)
    sizes = [np.sqrt([m.sum() for m in some]) for some in (painted.numpy() > 0, [m == 255 for m in theirs])]
    assert np.std(sizes[0]) == pytest.approx(np.std(sizes[1]), rel=0.2)


def test_what_is_too_much_is_painted_off_and_small_errors_are_left_alone() -> None:
    too_much = batched_scribbles.scribble_at_largest_error(many(REFERENCE, 3), many(REFERENCE & False, 3), generator())
    assert (too_much.value == -1).all() and (too_much.painted(H, W) < 0).flatten(1).any(1).all()
    nearly = REFERENCE.copy()
    nearly[45, 60] = False
    for mask in (REFERENCE, nearly):
        none = batched_scribbles.scribble_at_largest_error(many(mask, 3), many(REFERENCE, 3), generator())
        assert (none.painted(H, W) == 0).all()


def test_a_second_scribble_comes_in_its_share_and_mends_what_is_left() -> None:
    discs = batched_scribbles.scribbles(many(FOUND, 400), many(REFERENCE, 400), generator())
    twice = discs.value[:, 1] != 0
    assert abs(twice.float().mean() - 0.4) < 0.07
    edited = batched_scribbles.edit(many(FOUND, 400), discs)
    wrong = (edited != many(REFERENCE, 400)).flatten(1).sum(1).float()
    assert wrong.max() < (FOUND != REFERENCE).sum()
    assert wrong[twice].mean() < wrong[~twice].mean()


def discs() -> Discs:
    """Off over on in one sample, a disc cut by the frame in another, nothing in the third."""
    centre = torch.tensor([[[40, 50], [42, 60]], [[4, 60], [0, 0]], [[20, 20], [30, 30]]])
    radius = torch.tensor([[9, 5], [6, 3], [4, 4]])
    return Discs(centre, radius, torch.tensor([[1, -1], [-1, 0], [0, 0]], dtype=torch.int8))


def prior() -> Tensor:
    return torch.rand(3, H, W, generator=generator(2)) * 0.9 + 0.05


def test_painted_discs_are_opencv_s_and_a_later_one_covers_an_earlier() -> None:
    wanted = np.zeros((3, H, W), np.uint8)
    for canvas, *circles in ((0, (50, 40, 9, 1), (60, 42, 5, 2)), (1, (60, 4, 6, 2)), (2,)):
        for column, row, radius, colour in circles:
            cv2.circle(wanted[canvas], (column, row), radius, colour, -1)
    painted = discs().painted(H, W)
    assert painted.dtype == torch.int8
    np.testing.assert_array_equal(painted.numpy(), np.array([0, 1, -1])[wanted])


def test_imposing_proposing_and_editing_are_those_of_one_prior() -> None:
    p, marks = prior(), values(discs().painted(H, W))
    kept = p.clone()
    np.testing.assert_array_equal(
        batched_scribbles.impose_scribbles(p, discs()), one_by_one.impose_scribbles(p.numpy(), marks)
    )
    np.testing.assert_allclose(
        batched_scribbles.propose_scribbles(p, discs()), one_by_one.propose_scribbles(p.numpy(), marks), atol=1e-6
    )
    np.testing.assert_array_equal(batched_scribbles.edit(p > 0.5, discs()), simulated_user.edit(p.numpy() > 0.5, marks))
    assert torch.equal(p, kept)


def test_a_scribble_speaks_for_the_pixels_beside_it_as_far_as_one_by_one() -> None:
    p, apart = prior(), replace(discs(), centre=discs().centre + torch.tensor([[[0, 0], [20, 25]]]))
    painted = apart.painted(H, W)
    made = batched_scribbles.propagate_scribbles(p, apart).numpy()
    for one, out, marks in zip(p.numpy(), made, values(painted), strict=True):
        wanted = one_by_one.propagate_scribbles(one[None], marks[None])[0]
        moved = [np.abs(q - one) > 1e-4 for q in (out, wanted)]
        assert (moved[0] != moved[1]).mean() < 0.01
        assert np.abs(out - wanted)[marks == one_by_one.SCRIBBLE_FREE].mean() < 0.005
    assert np.abs(made[2] - p[2].numpy()).max() == 0
    assert np.abs(made[0] - p[0].numpy()).max() > 0.3


def test_rough_ellipses_have_the_law_of_those_that_are_made_one_by_one() -> None:
    made = batched_scribbles.rough_ellipse(many(REFERENCE), generator()).numpy()
    rng = np.random.default_rng(0)
    theirs = np.stack([simulated_user.rough_ellipse(REFERENCE, rng) for _ in range(COUNT)])
    for figure in (
        lambda m: float(m.any(1).sum()),
        lambda m: float(m.any(0).sum()),
        lambda m: float(np.nonzero(m.any(1))[0].mean()),
        lambda m: float(np.nonzero(m.any(0))[0].mean()),
    ):
        ours, reference = (np.array([figure(m) for m in some]) for some in (made, theirs))
        assert distance(ours, reference) < bound(COUNT)
    assert not batched_scribbles.rough_ellipse(many(REFERENCE & False, 2), generator()).any()


def test_bounding_boxes_are_those_of_one_mask() -> None:
    corner = np.zeros((H, W), bool)
    corner[0, 0] = corner[3, W - 1] = True
    given = torch.from_numpy(np.stack([REFERENCE, FOUND, corner, REFERENCE & False]))
    for mask, box in zip(given.numpy(), batched_scribbles.bounding_box(given).numpy(), strict=True):
        np.testing.assert_array_equal(box, simulated_user.bounding_box(mask))


def test_the_same_generator_gives_the_same_scribbles() -> None:
    first, second, other = (
        batched_scribbles.scribbles(many(FOUND, 8), many(REFERENCE, 8), generator(seed)).painted(H, W)
        for seed in (1, 1, 2)
    )
    assert torch.equal(first, second) and not torch.equal(first, other)
