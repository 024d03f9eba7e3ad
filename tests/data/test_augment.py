"""Random views and random light: where a window lies, and what recolouring leaves alone."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from hidiff.data.augment import Views, box_views, colour_jitter, crop_views, whole_views
from hidiff.data.rng import uniform


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def view(centre: tuple[float, float] = (0.5, 0.5), side: float = 1.0, angle: float = 0.0, mirror: float = 1.0) -> Views:
    return Views(*(torch.tensor([value]) for value in (centre, side, angle, mirror)))


def picture() -> Tensor:
    return torch.rand(1, 2, 16, 16, generator=generator(1))


def test_the_whole_canvas_is_itself() -> None:
    torch.testing.assert_close(view().sample(picture(), 16), picture())


def test_a_mirror_turns_left_and_right() -> None:
    torch.testing.assert_close(view(mirror=-1.0).sample(picture(), 16), picture().flip(3))


def test_quarter_and_half_turns() -> None:
    seen = view(angle=math.pi).sample(picture(), 16)
    torch.testing.assert_close(seen, picture().flip((2, 3)), rtol=0, atol=1e-5)
    quarter = view(angle=math.pi / 2).sample(picture(), 16)
    ways = [torch.rot90(picture(), k, (2, 3)) for k in (1, 3)]
    assert min((quarter - way).abs().max().item() for way in ways) < 1e-4
    back = view(angle=-math.pi / 2).sample(quarter, 16)
    torch.testing.assert_close(back, picture(), rtol=0, atol=1e-4)


@pytest.mark.parametrize(("row", "column"), [(0.25, 0.25), (0.25, 0.75), (0.75, 0.25)])
def test_a_window_of_half_the_side_is_a_quarter_of_the_canvas(row: float, column: float) -> None:
    maps = picture()
    seen = view((row, column), side=0.5).sample(maps, 8)
    top, left = int(16 * row) - 4, int(16 * column) - 4
    torch.testing.assert_close(seen, maps[:, :, top : top + 8, left : left + 8])


def test_beyond_the_canvas_is_zero() -> None:
    seen = view((0.0, 0.5)).sample(torch.ones(1, 1, 16, 16), 16)
    assert (seen[:, :, :8] == 0).all()
    torch.testing.assert_close(seen[:, :, 8:], torch.ones(1, 1, 8, 16))


def test_each_sample_has_its_own_window() -> None:
    maps = picture().repeat(2, 1, 1, 1)
    both = Views(torch.tensor([[0.25, 0.25], [0.75, 0.75]]), torch.full((2,), 0.5), torch.zeros(2), torch.ones(2))
    seen = both.sample(maps, 8)
    torch.testing.assert_close(seen[0], maps[0, :, :8, :8])
    torch.testing.assert_close(seen[1], maps[1, :, 8:, 8:])


def test_box_views_hold_the_box_in_their_middle() -> None:
    count = 400
    boxes = torch.tensor([[0.4, 0.6, 0.2, 0.5]]).repeat(count, 1)  # 0.2 high, 0.3 wide
    views = box_views(generator(), boxes)
    assert (views.side >= 0.33).all() and (views.side <= 2.4 * 0.3 + 1e-6).all()
    assert views.side.max() > 0.65 and (views.side[views.side > 0.36 + 1e-6].numel() > count / 2)
    off = (views.centre - torch.tensor([0.5, 0.35])).abs() / views.side[:, None]
    assert off.max() <= 0.15 + 1e-6 and (off.amax(0) > 0.12).all()
    whole = box_views(generator(), torch.tensor([[0.0, 1.0, 0.0, 1.0]]).repeat(9, 1))
    assert (whole.side == 1).all()


def test_crops_stand_on_the_content() -> None:
    content = torch.tensor([[0.1, 0.3, 0.5, 0.2]]).repeat(300, 1)  # top, left, height, width
    views = crop_views(generator(), content, 0.25, (0.8, 1.25))
    assert views.side.min() >= 0.25 / 1.25 - 1e-6 and views.side.max() <= 0.25 / 0.8 + 1e-6
    for axis, (low, high) in enumerate(((0.1, 0.6), (0.3, 0.5))):
        place = views.centre[:, axis]
        assert low <= place.min() < low + 0.05 and high - 0.05 < place.max() <= high


def test_whole_views_keep_most_of_the_canvas() -> None:
    views = whole_views(generator(), 300)
    assert views.side.min() >= 1 / 1.5 - 1e-6 and views.side.max() <= 1 / 0.7 + 1e-6
    assert (views.centre - 0.5).abs().max() <= 0.075 + 1e-6
    upright = (views.angle == 0).float().mean().item()
    assert upright == pytest.approx(0.2, abs=0.12)
    assert set(views.mirror.tolist()) == {-1.0, 1.0}


def test_recolouring_keeps_range_and_black() -> None:
    images = torch.rand(6, 3, 32, 32, generator=generator(2)) * 0.9 + 0.05
    images[:, :, :8] = 0.0
    copy = images.clone()
    for seed in range(40):
        seen = colour_jitter(images, generator(seed))
        assert seen.shape == images.shape
        assert seen.min() >= 0 and seen.max() <= 1
        assert (seen[:, :, :8] == 0).all()
        assert (seen[:, :, 8:] - images[:, :, 8:]).abs().mean() > 0.01
    assert torch.equal(images, copy)


def test_no_strength_is_no_change() -> None:
    images = torch.rand(2, 3, 16, 16, generator=generator(2)) * 0.9 + 0.05
    torch.testing.assert_close(colour_jitter(images, generator(), strength=0.0), images)


def test_views_and_light_are_seeded() -> None:
    images = torch.rand(2, 3, 16, 16, generator=generator(2))
    assert torch.equal(colour_jitter(images, generator(5)), colour_jitter(images, generator(5)))
    assert not torch.equal(colour_jitter(images, generator(5)), colour_jitter(images, generator(6)))
    assert torch.equal(whole_views(generator(5), 4).centre, whole_views(generator(5), 4).centre)
    values = uniform(generator(), 1000, -2.0, 3.0)
    assert -2 <= values.min() < -1.9 and 2.9 < values.max() < 3
