"""Prior corruption of whole batches: the family of `corruption` as tensor operations, the same in law.

Each function takes maps (n,H,W) float32 in [0,1], one class's probabilities, and a generator of their device, draws
its parameters for each sample anew, and returns new maps. Where a length is rounded to pixels, the numpy family rounds
it in the same way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from hidiff.priors.batched_shapes import (
    dilate,
    disc_radius,
    ellipses,
    erode,
    gaussian_blur,
    random_pixels,
    stamp_ellipses,
    uniform,
)
from hidiff.priors.corruption import OBJECT_THRESHOLD

BatchedCorruption = Callable[[Tensor, Generator], Tensor]

_BINS = 4  # a pixel, of the line that cuts a part off
_OUTLINE = (0.3, 0.5)  # pixels by which OpenCV's smallest ellipses are longer and thicker than their half-axes
_TRIES = 20  # for a place where there is no object


def _each(values: Tensor) -> Tensor:
    return values[:, None, None]


def _side(p: Tensor) -> int:
    return max(p.shape[-2:])


def calibrate(p: Tensor, generator: Generator) -> Tensor:
    """Too sure, too timid, or leaning to one side."""
    scale, move = uniform(generator, len(p), 0.4, 2), uniform(generator, len(p), -1.5, 1.5)
    return torch.sigmoid(torch.logit(p.clamp(1e-3, 1 - 1e-3)) * _each(scale) + _each(move))


def shift(p: Tensor, generator: Generator) -> Tensor:
    """Moved in a random direction by 2 to 8 %; what leaves the frame is lost."""
    n, height, width = p.shape
    length = uniform(generator, n, 0.02, 0.08) * _side(p)
    angle = uniform(generator, n, 0, 2 * math.pi)
    theta = torch.eye(2, 3, device=p.device).repeat(n, 1, 1)
    theta[:, 0, 2] = -2 * length * torch.cos(angle) / width
    theta[:, 1, 2] = -2 * length * torch.sin(angle) / height
    grid = F.affine_grid(theta, [n, 1, height, width], align_corners=False)
    return F.grid_sample(p[:, None], grid, align_corners=False)[:, 0]


def _by_disc(
    change: Callable[[Tensor, Tensor, int], Tensor], low: float, high: float
) -> Callable[[Tensor, Generator], Tensor]:
    def changed(p: Tensor, generator: Generator) -> Tensor:
        radius = disc_radius(uniform(generator, len(p), low, high), _side(p))
        return change(p, radius, max(1, round(high * _side(p))))

    return changed


shrink = _by_disc(erode, 0.005, 0.025)
grow = _by_disc(dilate, 0.005, 0.025)
thicken = _by_disc(dilate, 0.002, 0.005)


def _blurred(low: float, high: float) -> BatchedCorruption:
    def changed(p: Tensor, generator: Generator) -> Tensor:
        return gaussian_blur(p, uniform(generator, len(p), low, high) * _side(p))

    return changed


blur = _blurred(0.01, 0.04)
soften = _blurred(0.002, 0.006)


def erase(p: Tensor, generator: Generator) -> Tensor:
    """A part of the object, 15 to 50 % of its area, cut off by a line. An empty map stays as it is."""
    n, height, width = p.shape
    part, angle = uniform(generator, n, 0.15, 0.5), uniform(generator, n, 0, 2 * math.pi)
    rows, columns = (torch.arange(size, device=p.device) for size in (height, width))
    along = (torch.sin(angle)[:, None] * rows)[:, :, None] + (torch.cos(angle)[:, None] * columns)[:, None]
    reach = height + width
    bins = ((along + reach) * _BINS).long().flatten(1)
    known = (p > OBJECT_THRESHOLD).flatten(1)
    counts = torch.zeros(n, 2 * reach * _BINS + 1, device=p.device).scatter_add_(1, bins, known.float())
    below = counts.cumsum(1)
    edge = torch.searchsorted(below, ((1 - part) * below[:, -1])[:, None])
    beyond = (bins > edge).view_as(p) & _each(below[:, -1] > 0)
    return torch.where(beyond, p * 0.02, p)


def false_blob(p: Tensor, generator: Generator) -> Tensor:
    """An ellipse of 3 to 15 % half-axes, nearly sure, where there is no object."""
    known = p > OBJECT_THRESHOLD
    blob = _anywhere(known, generator)
    for _ in range(_TRIES - 1):
        again = (blob & known).flatten(1).any(1).nonzero()[:, 0]
        if not len(again):
            break
        blob[again] = _anywhere(known[again], generator)
    return torch.where(blob, torch.maximum(p, _each(uniform(generator, len(p), 0.8, 0.98))), p)


def _anywhere(known: Tensor, generator: Generator) -> Tensor:
    n, height, width = known.shape
    axes = (uniform(generator, (n, 2), 0.03, 0.15) * _side(known)).floor() + 1
    centre = (
        torch.rand(n, 2, generator=generator, device=known.device) * torch.tensor([height, width], device=known.device)
    ).floor()
    return ellipses(centre, axes, uniform(generator, n, 0, math.pi), height, width)


def cut_segments(p: Tensor, generator: Generator) -> Tensor:
    """Vessels cut: 5 to 25 gaps, discs of 0.6 to 2 % on the object."""
    n, most = len(p), 25
    known = p > OBJECT_THRESHOLD
    centre = random_pixels(known, most, generator)
    radius = disc_radius(uniform(generator, (n, most), 0.006, 0.02), _side(p)).float()
    count = torch.randint(5, most + 1, (n, 1), generator=generator, device=p.device)
    counts = (torch.arange(most, device=p.device) < count) & known.flatten(1).any(1)[:, None]
    axes = radius[..., None].expand(n, most, 2)
    gaps = stamp_ellipses(p, centre, axes, torch.zeros_like(radius), counts.float(), max(1, round(0.02 * _side(p))))
    return torch.where(gaps > 0, p * _each(uniform(generator, n, 0, 0.3)), p)


def drop_thin(p: Tensor, generator: Generator) -> Tensor:
    """Thin branches lost: what an opening by a small disc would remove falls to 5 to 35 %."""
    radius = disc_radius(uniform(generator, len(p), 0.003, 0.006), _side(p))
    largest = max(1, round(0.006 * _side(p)))
    opened = dilate(erode((p > OBJECT_THRESHOLD).float(), radius, largest), radius, largest)
    thick = dilate(opened, radius, largest)
    return torch.where(thick > 0, p, p * _each(uniform(generator, len(p), 0.05, 0.35)))


def speckle(p: Tensor, generator: Generator) -> Tensor:
    """Small false specks: 20 to 120 short strokes of a pixel or two, half sure to sure."""
    n, height, width = p.shape
    most, side = 120, _side(p)
    place = torch.rand(n, most, 2, generator=generator, device=p.device)
    centre = (place * torch.tensor([height, width], device=p.device)).long()
    shares = uniform(generator, (n, most, 2), 0, 1)
    low, high = (torch.tensor(ends, device=p.device) for ends in ((0.003, 0.001), (0.02, 0.004)))
    axes = disc_radius(low + (high - low) * shares, side) + torch.tensor(_OUTLINE, device=p.device)
    count = torch.randint(20, most + 1, (n, 1), generator=generator, device=p.device)
    value = uniform(generator, (n, most), 0.5, 1) * (torch.arange(most, device=p.device) < count)
    angle = uniform(generator, (n, most), 0, math.pi)
    specks = stamp_ellipses(p, centre, axes, angle, value, max(1, round(0.02 * side)))
    return torch.maximum(p, specks)


SOLID: Mapping[str, BatchedCorruption] = {
    "calibrate": calibrate,
    "shift": shift,
    "erode": shrink,
    "dilate": grow,
    "erase": erase,
    "false_blob": false_blob,
    "blur": blur,
}
"""Errors of solid objects, by the names of the numpy family's."""

THIN: Mapping[str, BatchedCorruption] = {
    "calibrate": calibrate,
    "cut_segments": cut_segments,
    "drop_thin": drop_thin,
    "speckle": speckle,
    "thicken": thicken,
    "erase": erase,
    "false_blob": false_blob,
    "blur": soften,
}
"""Errors of thin lines, by the names of the numpy family's."""


def corrupt(p: Tensor, family: Mapping[str, BatchedCorruption], generator: Generator, keep: float = 0.15) -> Tensor:
    """Each map of p (n,H,W) as it is with chance `keep`, else with one error of the family, and in a third of these
    with a second."""
    out = p.clone()
    order = torch.rand(len(p), len(family), generator=generator, device=p.device).argsort(1)[:, :2]
    struck = torch.rand(len(p), generator=generator, device=p.device) >= keep
    twice = struck & (torch.rand(len(p), generator=generator, device=p.device) < 1 / 3)
    chosen = torch.where(torch.stack([struck, twice], 1), order, -1).cpu()
    for turn in chosen.unbind(1):
        for number, error in enumerate(family.values()):
            index = (turn == number).nonzero()[:, 0].to(p.device)
            if len(index):
                out[index] = error(out[index], generator)
    return out
