"""Data augmentation: random crops, orientations and colour jitter, all drawn from one explicit generator."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Generator, Tensor

from hidiff.data.augment_cameras import other_camera
from hidiff.data.cases import Pack
from hidiff.data.rng import generator_on, uniform
from hidiff.tasks import Task

Augmentation = Literal["none", "light", "cameras"]
"""How training recolours images: not at all, by another light, or as other cameras would have taken them."""
AUGMENTATIONS: tuple[Augmentation, ...] = get_args(Augmentation)


@dataclass(frozen=True)
class Views:
    """Square windows of a square canvas, one a sample: centre (B,2) row and column and side (B,) as shares of
    the canvas, angle (B,) in radians, mirror (B,) of -1 or 1."""

    centre: Tensor
    side: Tensor
    angle: Tensor
    mirror: Tensor

    def sample(self, maps: Tensor, size: int) -> Tensor:
        """Cut the windows from maps (B,C,S,S) -> (B,C,size,size), bilinear, zero outside the canvas."""
        cos, sin = torch.cos(self.angle) * self.side, torch.sin(self.angle) * self.side
        row, column = self.centre.unbind(1)
        theta = torch.stack(
            [
                torch.stack([cos * self.mirror, -sin, column * 2 - 1], 1),
                torch.stack([sin * self.mirror, cos, row * 2 - 1], 1),
            ],
            1,
        )  # (B,2,3)
        grid = F.affine_grid(theta.to(maps.device), [len(maps), 1, size, size], align_corners=False)
        return F.grid_sample(maps, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def random_orientation(generator: Generator, count: int, turned: float = 0.8) -> tuple[Tensor, Tensor]:
    """Angles of which a share `turned` is any angle and the rest upright, and mirrors of -1 or 1."""
    angle = uniform(generator, count, -math.pi, math.pi) * (torch.rand(count, generator=generator) < turned)
    mirror = torch.where(torch.rand(count, generator=generator) < 0.5, -1.0, 1.0)
    return angle, mirror


def whole_views(generator: Generator, count: int, zoom: tuple[float, float] = (0.7, 1.5)) -> Views:
    """About the whole canvas: enlarged by `zoom` (log-uniform), moved by up to 7.5 % of its side."""
    low, high = math.log(zoom[0]), math.log(zoom[1])
    side = torch.exp(-uniform(generator, count, low, high))
    centre = 0.5 + torch.stack([uniform(generator, count, -0.075, 0.075) for _ in range(2)], 1)
    return Views(centre, side, *random_orientation(generator, count))


def crop_views(generator: Generator, content: Tensor, share: float, zoom: tuple[float, float]) -> Views:
    """Crops of `share` of the canvas side (then enlarged by `zoom`) anywhere on the content (B,4), given as
    shares of the canvas: top, left, height, width."""
    count = len(content)
    side = share * torch.exp(-uniform(generator, count, math.log(zoom[0]), math.log(zoom[1])))
    place = torch.rand(count, 2, generator=generator)
    centre = content[:, :2] + content[:, 2:] * place
    return Views(centre, side, *random_orientation(generator, count))


def box_views(generator: Generator, boxes: Tensor, smallest: float = 0.33) -> Views:
    """Windows round boxes (B,4) of first row, last row, first column, last column as shares of the canvas:
    1.2 to 2.4 times the box, its centre moved by up to 15 %, at least `smallest` of the canvas."""
    count = len(boxes)
    box = torch.maximum(boxes[:, 1] - boxes[:, 0], boxes[:, 3] - boxes[:, 2])
    side = (box * uniform(generator, count, 1.2, 2.4)).clamp(smallest, 1.0)
    centre = torch.stack([(boxes[:, 0] + boxes[:, 1]) / 2, (boxes[:, 2] + boxes[:, 3]) / 2], 1)
    centre = centre + side[:, None] * torch.stack([uniform(generator, count, -0.15, 0.15) for _ in range(2)], 1)
    return Views(centre, side, *random_orientation(generator, count))


def colour_jitter(images: Tensor, generator: Generator, strength: float = 1.0) -> Tensor:
    """Another camera's light on images (B,3,H,W) in [0,1]: contrast, brightness, saturation, white balance,
    gamma; now and then blur, noise, a coarser resolution. Black stays black: it is the border, not the scene."""
    count = len(images)

    def factor(spread: float, channels: int = 1) -> Tensor:
        chosen = torch.rand(count, channels, 1, 1, generator=generator).to(images.device)
        return 1 + (chosen * 2 - 1) * spread * strength

    scene = (images.amax(1, keepdim=True) > 0.01).to(images.dtype)
    mean = images.mean((2, 3), keepdim=True)
    images = ((images - mean) * factor(0.35) + mean) * factor(0.3)
    grey = images.mean(1, keepdim=True)
    images = (images - grey) * factor(0.4) + grey
    images = (images * factor(0.15, 3)).clamp(0, 1)
    images = images ** torch.exp((factor(0.35) - 1).clamp(-0.7, 0.7))
    chance = torch.rand(3, generator=generator)
    if chance[0] < 0.25 * strength:
        kernel = 3 + 2 * int(torch.randint(0, 2, (1,), generator=generator))
        images = F.avg_pool2d(images, kernel, 1, kernel // 2)
    if chance[1] < 0.2 * strength:
        there = generator_on(images.device, generator)
        images = images + torch.randn(images.shape, generator=there, device=images.device) * 0.03
    if chance[2] < 0.15 * strength:
        size = images.shape[-2:]
        coarse = F.interpolate(images, scale_factor=0.6, mode="bilinear", antialias=True)
        images = F.interpolate(coarse, size=size, mode="bilinear")
    return (images * scene).clamp(0, 1)


def recolour(images: Tensor, augmentation: Augmentation, generator: Generator) -> Tensor:
    """Images (B,3,H,W) in [0,1] as the augmentation would have them, in the same range; the input stays as it is."""
    if augmentation == "none":
        return images
    if augmentation == "light":
        return colour_jitter(images, generator)
    return other_camera(images, generator_on(images.device, generator))


def jitter_thickness(masks: Tensor, most: float, generator: Generator) -> Tensor:
    """Thin lines a little wider or narrower: masks (B,1,H,W), the object's share of each pixel, as they are and as they
    would be with a pixel more or less on either side, mixed by up to `most` (0..1) of the latter, for each sample
    anew."""
    amount = uniform(generator, len(masks), -most, most).to(masks.device)[:, None, None, None]
    wider, narrower = F.max_pool2d(masks, 3, 1, 1), -F.max_pool2d(-masks, 3, 1, 1)
    return torch.lerp(masks, torch.where(amount > 0, wider, narrower), amount.abs())


def to_tensors(data: Pack, index: NDArray[np.int64], device: torch.device | str = "cpu") -> tuple[Tensor, Tensor]:
    """images (B,3,S,S) in [0,1] and masks (B,1,S,S), the object's share of each pixel."""
    images = torch.from_numpy(np.ascontiguousarray(data.images[index])).to(device)
    masks = torch.from_numpy(np.ascontiguousarray(data.masks[index])).to(device)
    return images.permute(0, 3, 1, 2).float() / 255, masks[:, None].float() / 255


def training_views(task: Task, data: Pack, index: NDArray[np.int64], view: int, generator: Generator) -> Views:
    """Views of about the whole image for a square task, crops at the working scale for fundus photographs."""
    if task.working == "square":
        return whole_views(generator, len(index))
    content = torch.from_numpy(data.content[index]).float() / data.side
    return crop_views(generator, content, view / data.side, (0.8, 1.3))


def object_windows(boxes: NDArray[np.int64], side: int, background_share: float, generator: Generator) -> Views:
    """Windows of a canvas of `side` pixels round the objects' boxes (B,4), or, in the share
    `background_share` and where there is no object, round a box of 15 to 40 % of the side that lies anywhere."""
    count = len(boxes)
    known = torch.from_numpy(boxes).float() / side
    size = uniform(generator, count, 0.15, 0.4)
    corner = torch.rand(count, 2, generator=generator) * (1 - size[:, None])
    anywhere = torch.stack([corner[:, 0], corner[:, 0] + size, corner[:, 1], corner[:, 1] + size], 1)
    lost = (torch.rand(count, generator=generator) < background_share) | (known.amax(1) == 0)
    return box_views(generator, torch.where(lost[:, None], anywhere, known))
