"""Images as other cameras would have taken them: what each change does, and what all of them leave alone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from torch import Generator, Tensor

from hidiff.data.augment import colour_jitter, jitter_thickness, recolour
from hidiff.data.augment_cameras import (
    CAMERA,
    coarser,
    gamma,
    jpeg,
    noisy,
    other_camera,
    out_of_focus,
    recoloured,
    uneven_light,
)

H, W = 50, 70
CHANGES = [change for _, change in CAMERA]


def generator(seed: int = 0) -> Generator:
    return torch.Generator().manual_seed(seed)


def scene(count: int = 4) -> Tensor:
    """Smooth colours with an edge and a fine texture."""
    rng = np.random.default_rng(0)
    image = cv2.GaussianBlur(rng.random((H, W, 3)).astype(np.float32), (0, 0), 6)
    image = (image - image.min()) / (image.max() - image.min()) * 0.6 + 0.15
    image[:, 35:] *= 0.7
    image += rng.normal(0, 0.02, image.shape).astype(np.float32)
    return torch.from_numpy(image.clip(0.05, 0.95)).permute(2, 0, 1).repeat(count, 1, 1, 1)


def roughness(images: Tensor) -> Tensor:
    """(B,): how much neighbouring pixels differ."""
    return (images[..., 1:] - images[..., :-1]).abs().mean((1, 2, 3))


@pytest.mark.parametrize("change", [*CHANGES, other_camera], ids=lambda change: change.__name__)
def test_a_change_follows_from_its_generator_differs_by_sample_and_leaves_its_input(change: object) -> None:
    assert callable(change)
    given = scene()
    kept = given.clone()
    first, second, other = (change(given, generator(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, second) and not torch.equal(first, other)
    assert torch.equal(given, kept)
    assert first.shape == given.shape and first.dtype == torch.float32 and first.isfinite().all()
    assert not torch.equal(first[0], first[1])


def test_an_image_stays_in_its_range_and_black_stays_black() -> None:
    given = scene(32)
    given[:, :, :10, :20] = 0
    made = other_camera(given, generator())
    assert made.min() >= 0 and made.max() <= 1
    assert (made[:, :, :10, :20] == 0).all()
    assert (made[:, :, 12:] > 0).float().mean() > 0.98
    assert ((made - given).abs().mean((1, 2, 3)) > 0.01).float().mean() > 0.9


def test_what_is_seen_stays_where_it_is() -> None:
    given = scene(24)
    made = other_camera(given, generator())
    edges = [images.mean(1)[:, :, 30:40].mean(1) for images in (given, made)]
    steps = [(edge[:, 1:] - edge[:, :-1]).argmin(1) for edge in edges]
    assert (steps[0] - steps[1]).abs().float().mean() < 0.5


@pytest.mark.parametrize("quality", [10, 35, 60, 92])
def test_a_jpeg_is_what_opencv_s_is(quality: int) -> None:
    given = scene(1)
    pixels = (given[0].permute(1, 2, 0).numpy()[..., ::-1] * 255).round().astype(np.uint8)
    given = torch.from_numpy(pixels[..., ::-1].copy()).permute(2, 0, 1)[None].float() / 255
    file = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    theirs = torch.from_numpy(cv2.imdecode(file, cv2.IMREAD_COLOR)[..., ::-1].copy()).permute(2, 0, 1)[None] / 255
    ours = jpeg(given, torch.tensor([float(quality)]))
    lost = [(made - given).square().mean().sqrt().item() for made in (ours, theirs)]
    assert lost[0] == pytest.approx(lost[1], rel=0.06)
    assert (ours - theirs).square().mean().sqrt() < 0.5 * lost[1]


def test_each_image_has_its_own_quality() -> None:
    made = jpeg(scene(3), torch.tensor([5.0, 50.0, 100.0]))
    lost = (made - scene(3)).abs().mean((1, 2, 3))
    assert lost[0] > 1.5 * lost[1] > 1.5 * lost[2]
    assert torch.equal(jpeg(scene(1), torch.tensor([50.0]))[0], made[1])


def test_blur_and_fewer_pixels_smooth_and_keep_the_light() -> None:
    for change in (out_of_focus, coarser):
        made = change(scene(16), generator())
        assert (roughness(made) < 0.85 * roughness(scene(16))).all()
        assert (made.mean((1, 2, 3)) - scene(1).mean()).abs().max() < 0.01
        flat = torch.full((4, 3, H, W), 0.4)
        torch.testing.assert_close(change(flat, generator()), flat)


def test_noise_has_no_direction_and_is_sometimes_grey() -> None:
    flat = torch.full((64, 3, H, W), 0.5)
    grain = noisy(flat, generator()) - flat
    assert grain.mean().abs() < 1e-3
    deviation = grain.std((1, 2, 3))
    assert deviation.max() < 0.04 and deviation.min() > 0 and deviation.std() > 0.002
    grey = (grain.std(1) < 1e-6).flatten(1).all(1).float().mean()
    assert 0.3 < grey < 0.7


def test_light_falls_gamma_bends_and_colours_turn() -> None:
    flat = torch.full((64, 3, H, W), 0.5)
    lit = uneven_light(flat, generator())
    assert lit.max() <= 0.5 and lit.min() >= 0.5 * 0.4 - 1e-6
    assert (lit.amax((2, 3)) > 0.49).all() and (lit.amin((2, 3)) < 0.45).float().mean() > 0.7
    bent = gamma(flat, generator())[:, 0, 0, 0]
    assert 0.5**1.6 - 1e-5 <= bent.min() < 0.37 and 0.6 < bent.max() <= 0.5**0.6 + 1e-5
    grey = recoloured(flat, generator())[:, :, 0, 0]
    assert grey.min() >= 0 and grey.max() <= 1
    assert ((grey.amax(1) - grey.amin(1)) > 0.05).float().mean() > 0.5  # a cast


def test_changes_come_in_their_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    darker = ((0.3, lambda images, _: images * 0.5), (1.0, lambda images, _: images * 0.9))
    monkeypatch.setattr("hidiff.data.augment_cameras.CAMERA", darker)
    made = other_camera(torch.full((2000, 3, 1, 1), 0.8), generator())[:, 0, 0, 0]
    assert abs((made < 0.5).float().mean() - 0.3) < 0.04
    assert made.max() == pytest.approx(0.72)


def test_the_augmentation_s_name_chooses() -> None:
    given = scene(2)
    assert torch.equal(recolour(given, "none", generator()), given)
    assert torch.equal(recolour(given, "light", generator()), colour_jitter(given, generator()))
    assert torch.equal(recolour(given, "cameras", generator()), other_camera(given, generator()))


def test_lines_grow_wider_and_narrower_by_less_than_a_pixel_on_either_side() -> None:
    lines = torch.zeros(400, 1, 20, 20)
    lines[:, :, :, 8:11] = 1
    made = jitter_thickness(lines, 0.8, generator())
    width = made[:, 0, 10].sum(1)
    assert width.min() >= 3 - 2 * 0.8 and width.max() <= 3 + 2 * 0.8
    assert abs(width.mean() - 3) < 0.15 and width.std() > 0.7
    assert made.min() >= 0 and made.max() <= 1 and (lines.sum((1, 2, 3)) == 60).all()
    assert ((made > 0.5).sum((1, 3)).float().std() > 0.3).all()  # also where it is a mask again
    assert torch.equal(jitter_thickness(lines, 0.8, generator(0)), made)
    assert torch.equal(jitter_thickness(lines, 0.0, generator()), lines)
