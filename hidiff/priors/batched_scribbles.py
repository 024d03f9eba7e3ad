"""Scribbles and rough masks of a simulated user for whole batches: `simulated_user` as tensor operations.

A scribble is a disc at the heart of the largest error. Masks are bool (n,H,W), priors float32 (n,H,W); randomness comes
from a generator of their device.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from hidiff.priors.batched_shapes import deepest_pixels, largest_components, uniform
from hidiff.priors.scribbles import EVIDENCE, PROPOSED, REACH

_INSET = 0.25  # pixels: how far the outermost pixels of a disc lie within its outline, on average
_FAR = 3  # standard deviations beyond which a scribble says nothing


@dataclass(frozen=True)
class Discs:
    """Painted discs, k a sample, of which a later one covers an earlier one. centre (n,k,2) rows and columns, int64;
    radius (n,k) whole pixels, int64; value (n,k) int8: 1 on, -1 off, 0 where nothing is painted."""

    centre: Tensor
    radius: Tensor
    value: Tensor

    def distances(self, height: int, width: int) -> Tensor:
        """(n,k,H,W) float32: squared distances of all pixels from the centres."""
        rows = torch.arange(height, device=self.centre.device) - self.centre[..., :1]
        columns = torch.arange(width, device=self.centre.device) - self.centre[..., 1:]
        return (rows**2).float()[..., :, None] + (columns**2).float()[..., None, :]

    def painted(self, height: int, width: int) -> Tensor:
        """int8 (n,H,W): 1 where they paint on, -1 where off, 0 where free."""
        inside = self.distances(height, width) <= (self.radius**2)[..., None, None]
        out = torch.zeros(len(self.radius), height, width, dtype=torch.int8, device=self.radius.device)
        for k in range(self.radius.shape[1]):
            value = self.value[:, k, None, None]
            out = torch.where(inside[:, k] & (value != 0), value, out)
        return out

    def followed_by(self, later: Discs) -> Discs:
        """These and then the later ones, of the same samples."""
        pairs = ((self.centre, later.centre), (self.radius, later.radius), (self.value, later.value))
        return Discs(*(torch.cat(pair, 1) for pair in pairs))


def scribble_at_largest_error(mask: Tensor, reference: Tensor, generator: Generator, smallest: float = 3e-4) -> Discs:
    """One disc a sample, added or erased, at the heart of the largest connected error. smallest: errors below this
    share of the image are left alone."""
    error = reference.to(torch.int8) - mask.to(torch.int8)
    heart, area = largest_components(error)
    centre, depth = deepest_pixels(heart)
    radius = (depth * uniform(generator, len(mask), 0.7, 1.1)).clamp_min(2).floor().long()
    samples = torch.arange(len(mask), device=mask.device)
    value = error[samples, centre[:, 0], centre[:, 1]]
    value = torch.where(area > smallest * mask[0].numel(), value, 0).to(torch.int8)
    return Discs(centre[:, None], radius[:, None], value[:, None])


def scribbles(mask: Tensor, reference: Tensor, generator: Generator, more: float = 0.4) -> Discs:
    """One right scribble a sample, in the share `more` two, each at the largest error that is left."""
    first = scribble_at_largest_error(mask, reference, generator)
    again = (torch.rand(len(mask), generator=generator, device=mask.device) < more).nonzero()[:, 0]
    second = Discs(*(torch.zeros_like(part) for part in (first.centre, first.radius, first.value)))
    if len(again):
        known = Discs(first.centre[again], first.radius[again], first.value[again])
        found = scribble_at_largest_error(edit(mask[again], known), reference[again], generator)
        second.centre[again], second.radius[again], second.value[again] = found.centre, found.radius, found.value
    return first.followed_by(second)


def edit(mask: Tensor, discs: Discs) -> Tensor:
    """The mask with the scribbles in it."""
    painted = discs.painted(*mask.shape[-2:])
    return (mask | (painted > 0)) & (painted >= 0)


def impose_scribbles(p: Tensor, discs: Discs) -> Tensor:
    """The prior with the painted bits in it, exactly 1 and 0."""
    painted = discs.painted(*p.shape[-2:])
    return torch.where(painted == 0, p, (painted > 0).to(p.dtype))


def propose_scribbles(p: Tensor, discs: Discs) -> Tensor:
    """The prior with the painted bits as a proposal: nearly sure, never less sure than it was."""
    painted = discs.painted(*p.shape[-2:])
    return torch.where(painted > 0, p.clamp_min(PROPOSED), torch.where(painted < 0, p.clamp_max(1 - PROPOSED), p))


def propagate_scribbles(p: Tensor, discs: Discs) -> Tensor:
    """The prior, off 0 and 1, with what scribbles say of the pixels beside them. Distances are those from the discs'
    outlines, not from their pixels."""
    height, width = p.shape[-2:]
    away = (discs.distances(height, width).sqrt() - discs.radius[..., None, None] + _INSET).clamp_min(0)
    row, column = discs.centre.unbind(-1)
    border = torch.stack([row + 1, height - row, column + 1, width - column]).amin(0)
    thick = torch.minimum(discs.radius**2 + 1, border**2).float()
    evidence = torch.zeros_like(p)
    for value in (1, -1):
        same = discs.value == value
        nearest = away.masked_fill(~same[..., None, None], torch.inf).amin(1) ** 2
        reach = (REACH**2 * (thick * same).amax(1).clamp_min(1))[:, None, None]
        evidence += value * EVIDENCE * torch.where(nearest < _FAR**2 * reach, torch.exp(-nearest / (2 * reach)), 0)
    return torch.where(evidence == 0, p, torch.sigmoid(torch.logit(p) + evidence))


def rough_ellipse(reference: Tensor, generator: Generator) -> Tensor:
    """An upright ellipse about each object: centre and half-axes as a quick hand would set them; nothing where there is
    no object."""
    weight = reference.float()
    total = weight.sum((1, 2)).clamp_min(1)
    wander = 0.016 * max(reference.shape[1:])

    def share(lines: Tensor) -> Tensor:
        place = torch.arange(lines.shape[1], device=lines.device, dtype=torch.float32)
        mean = (lines * place).sum(1) / total
        spread = ((lines * (place - mean[:, None]) ** 2).sum(1) / total).sqrt()
        centre = (mean + uniform(generator, len(lines), -wander, wander)).trunc()
        axis = (uniform(generator, len(lines), 1.3, 2.1) * spread).clamp_min(3).trunc() + 0.5  # with its outline
        return ((place - centre[:, None]) / axis[:, None]) ** 2

    inside = share(weight.sum(2))[:, :, None] + share(weight.sum(1))[:, None] <= 1
    return inside & reference.flatten(1).any(1)[:, None, None]


def bounding_box(reference: Tensor) -> Tensor:
    """Each object's bounding box, filled."""

    def between(lines: Tensor) -> Tensor:
        forth, back = lines.int().cummax(1).values, lines.int().flip(1).cummax(1).values.flip(1)
        return (forth * back).bool()

    return between(reference.any(2))[:, :, None] & between(reference.any(1))[:, None]
