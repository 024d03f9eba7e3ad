"""Batched morphology, blur, ellipses and components against OpenCV's, sample by sample."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from hidiff.priors.batched_shapes import (
    deepest_pixels,
    dilate,
    disc_radius,
    ellipses,
    erode,
    gaussian_blur,
    largest_components,
    random_pixels,
    stamp_ellipses,
)

H, W = 40, 60


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def maps(count: int = 4, seed: int = 0) -> Tensor:
    return torch.rand(count, H, W, generator=generator(seed))


def test_dilation_and_erosion_are_opencv_s_with_a_radius_for_each_sample() -> None:
    given = maps()
    kept = given.clone()
    radius = torch.tensor([0, 1, 3, 6])
    for ours, theirs in ((dilate, cv2.dilate), (erode, cv2.erode)):
        made = ours(given, radius, 6)
        for map_, r, out in zip(given, radius, made, strict=True):
            kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * int(r) + 1,) * 2)
            np.testing.assert_array_equal(out.numpy(), theirs(map_.numpy(), kernel))
    assert torch.equal(given, kept)


def test_a_disc_larger_than_the_frame_is_no_error() -> None:
    given = torch.rand(1, 3, 9, generator=generator())
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (11, 11))
    made = dilate(given, torch.tensor([5]), 5)
    np.testing.assert_array_equal(made[0].numpy(), cv2.dilate(given[0].numpy(), kernel))


def test_blur_is_opencv_s_with_a_width_for_each_sample() -> None:
    sigma = torch.tensor([0.5, 1.3, 2.0, 4.5])
    made = gaussian_blur(maps(), sigma)
    for map_, width, out in zip(maps(), sigma, made, strict=True):
        np.testing.assert_allclose(out, cv2.GaussianBlur(map_.numpy(), (0, 0), float(width)), atol=2e-4)
    channels = maps()[:, None].repeat(1, 2, 1, 1)
    torch.testing.assert_close(gaussian_blur(channels, sigma)[:, 1], made)


@pytest.mark.parametrize("axes", [(34, 10), (15, 15), (9, 6)])
def test_ellipses_cover_what_opencv_fills(axes: tuple[int, int]) -> None:
    for degrees in (0, 20, 75, 130):
        angle = torch.tensor([np.deg2rad(degrees)], dtype=torch.float32)
        ours = ellipses(torch.tensor([[50.0, 45.0]]), torch.tensor([axes]).float(), angle, 90, 101)[0].numpy()
        theirs = np.zeros((90, 101), np.uint8)
        cv2.ellipse(theirs, (45, 50), axes, float(degrees), 0, 360, 1, -1)
        overlap = 2 * (ours & (theirs > 0)).sum() / (ours.sum() + theirs.sum())
        assert overlap > 0.9 and abs(ours.sum() / theirs.sum() - 1) < 0.12


@pytest.mark.parametrize("radius", [1, 2, 5, 7])
def test_a_stamped_disc_is_opencv_s_circle_also_across_the_edge(radius: int) -> None:
    centre = torch.tensor([[[10, 12], [0, 59]], [[39, 0], [20, 20]]])
    value = torch.tensor([[0.5, 0.9], [0.0, 0.7]])
    axes = torch.full((2, 2, 2), float(radius))
    made = stamp_ellipses(maps(2), centre, axes, torch.zeros(2, 2), value, 7)
    for out, places, worths in zip(made, centre.tolist(), value.tolist(), strict=True):
        wanted = np.zeros((H, W), np.float32)
        for (row, column), worth in zip(places, worths, strict=True):
            circle = np.zeros((H, W), np.uint8)
            cv2.circle(circle, (column, row), radius, 1, -1)
            wanted = np.maximum(wanted, circle * np.float32(worth))
        np.testing.assert_array_equal(out.numpy(), wanted)


def test_random_pixels_are_the_mask_s_and_all_of_them_as_likely() -> None:
    mask = torch.zeros(2, H, W, dtype=torch.bool)
    mask[0, 3, 5:9] = True
    mask[1, [0, 39], [0, 59]] = True
    drawn = random_pixels(mask, 4000, generator())
    assert set(map(tuple, drawn[0].tolist())) == {(3, column) for column in range(5, 9)}
    counts = torch.bincount(drawn[0, :, 1])[5:]
    assert (counts / 4000 - 0.25).abs().max() < 0.03
    assert set(map(tuple, drawn[1].tolist())) == {(0, 0), (39, 59)}
    assert random_pixels(torch.zeros(1, H, W, dtype=torch.bool), 3, generator()).shape == (1, 3, 2)


@pytest.mark.parametrize("density", [0.05, 0.3, 0.45, 0.7])
def test_the_largest_component_and_its_heart_are_opencv_s(density: float) -> None:
    rng = np.random.default_rng(1)
    kinds = (rng.random((6, H, W)) < density) * rng.choice([-1, 1], (6, H, W), p=[0.3, 0.7])
    kinds[0] = 0
    kinds[1] = 1
    smooth = cv2.GaussianBlur(rng.normal(size=(H, W)), (0, 0), 2)
    kinds[2] = np.sign(smooth) * (np.abs(smooth) > 0.03)
    heart, area = largest_components(torch.from_numpy(kinds.astype(np.int8)))
    place, depth = deepest_pixels(heart)
    for one, found, count, (row, column), deep in zip(kinds, heart.numpy(), area, place, depth, strict=True):
        largest = 0
        for value in (1, -1):
            _, _, stats, _ = cv2.connectedComponentsWithStats((one == value).astype(np.uint8))
            largest = max(largest, *stats[1:, cv2.CC_STAT_AREA].tolist(), 0)
        assert count == largest == found.sum()
        if largest:
            assert len(np.unique(one[found])) == 1
            assert cv2.connectedComponents(found.astype(np.uint8))[0] == 2
            distance = cv2.distanceTransform(np.pad(found, 1).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
            assert deep == pytest.approx(distance.max(), abs=1e-4)
            assert distance[row + 1, column + 1] == pytest.approx(distance.max(), abs=1e-4)
        else:
            assert deep == 0


def test_a_long_winding_line_is_one_component() -> None:
    kinds = torch.zeros(1, 41, 41, dtype=torch.int8)
    kinds[0, ::2] = 1
    for row in range(1, 41, 2):
        kinds[0, row, 0 if row % 4 == 1 else 40] = 1
    heart, area = largest_components(kinds)
    assert torch.equal(heart, kinds == 1) and area.item() == kinds.sum()


def test_radii_are_whole_and_at_least_one() -> None:
    assert disc_radius(torch.tensor([0.001, 0.01, 0.026]), 100).tolist() == [1, 1, 3]
