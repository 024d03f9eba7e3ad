"""Morphology, Gaussian blur, ellipses and connected components of whole batches of maps, as tensor operations.

Maps are (n,H,W) on any device; every sample has its own radius, width or place. They agree with OpenCV's operations of
the same names, which the numpy family of errors is made of.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

_EDGE = 0.5  # OpenCV fills an ellipse with its outline: half a pixel more on either side


def uniform(generator: Generator, count: int | tuple[int, ...], low: float, high: float) -> Tensor:
    """float32 in [low, high), of the shape `count`, on the generator's device."""
    shape = (count,) if isinstance(count, int) else count
    return low + (high - low) * torch.rand(shape, generator=generator, device=generator.device)


def disc_radius(share: Tensor, side: int) -> Tensor:
    """Shares of `side` -> whole pixels, at least one, int64."""
    return (share * side).round().long().clamp_min(1)


def dilate(maps: Tensor, radius: Tensor, largest: int) -> Tensor:
    """The largest value within a disc about each pixel. maps (n,H,W); radius (n,) int64 in 0..largest; beyond the
    frame there is nothing."""
    n, height, width = maps.shape
    padded = F.pad(maps, (largest, largest), value=-torch.inf)
    runs = [maps]
    for k in range(1, largest + 1):
        left, right = (padded[..., largest + d : largest + d + width] for d in (-k, k))
        runs.append(torch.maximum(runs[-1], torch.maximum(left, right)))
    table = torch.stack([*runs, torch.full_like(maps, -torch.inf)])  # the last: rows that the disc does not reach
    samples = torch.arange(n, device=maps.device)
    half = (radius[:, None] ** 2 - torch.arange(largest + 1, device=maps.device) ** 2).float()
    half = torch.where(half < 0, largest + 1, half.clamp_min(0).sqrt().round().long())
    out = table[half[:, 0], samples]
    for row in range(1, min(largest, height - 1) + 1):
        run = table[half[:, row], samples]
        out[:, row:] = torch.maximum(out[:, row:], run[:, :-row])
        out[:, :-row] = torch.maximum(out[:, :-row], run[:, row:])
    return out


def erode(maps: Tensor, radius: Tensor, largest: int) -> Tensor:
    """The smallest value within a disc about each pixel; arguments as for `dilate`."""
    return -dilate(-maps, radius, largest)


def gaussian_blur(maps: Tensor, sigma: Tensor) -> Tensor:
    """maps (n,H,W) or (n,C,H,W) out of focus by a Gaussian of sigma (n,) pixels, the frame mirrored at its edge."""
    height, width = maps.shape[-2:]
    columns = _blur_matrix(width, sigma)
    rows = columns if height == width else _blur_matrix(height, sigma)
    if maps.dim() == 4:
        rows, columns = rows[:, None], columns[:, None]
    return rows @ maps @ columns.transpose(-1, -2)


def _blur_matrix(size: int, sigma: Tensor) -> Tensor:
    """(n,size,size): what each pixel of a line takes of each other; rows sum to one."""
    place = torch.arange(size, device=sigma.device)
    apart, joined, end = (place[:, None] - place).abs(), place[:, None] + place, 2 * (size - 1)
    before, after = place > 0, place < size - 1  # the pixels at the edge are not mirrored
    weight = torch.exp(-(torch.arange(2 * size - 1, device=sigma.device) ** 2) / (2 * sigma[:, None] ** 2))
    taken = weight[:, apart] + weight[:, joined] * before + weight[:, end - joined] * after
    return taken / taken.sum(-1, keepdim=True)


def ellipses(centre: Tensor, axes: Tensor, angle: Tensor, height: int, width: int) -> Tensor:
    """Filled ellipses, bool (n,H,W). centre (n,2) row and column; axes (n,2) half-axes in pixels; angle (n,) in radians
    from the columns to the first axis."""
    rows = torch.arange(height, device=centre.device) - centre[:, :1]
    columns = torch.arange(width, device=centre.device) - centre[:, 1:]
    cos, sin = torch.cos(angle)[:, None], torch.sin(angle)[:, None]
    first, second = axes[:, :1] + _EDGE, axes[:, 1:] + _EDGE
    u = (sin * rows / first)[:, :, None] + (cos * columns / first)[:, None]
    v = (cos * rows / second)[:, :, None] - (sin * columns / second)[:, None]
    return u * u + v * v <= 1


def stamp_ellipses(maps: Tensor, centre: Tensor, axes: Tensor, angle: Tensor, value: Tensor, reach: int) -> Tensor:
    """(n,H,W): the largest value of the small ellipses that cover each pixel, 0 where none does. centre (n,k,2) whole
    rows and columns; axes (n,k,2) half-axes up to `reach` pixels, the edge included; angle, value (n,k); a value of 0
    is no ellipse. maps gives shape and device."""
    n, height, width = maps.shape
    offset = torch.arange(-reach, reach + 1, device=maps.device)
    down, right = (part.flatten() for part in torch.meshgrid(offset, offset, indexing="ij"))
    cos, sin = torch.cos(angle)[..., None], torch.sin(angle)[..., None]
    u = (cos * right + sin * down) / axes[..., :1]
    v = (cos * down - sin * right) / axes[..., 1:]
    rows, columns = centre[..., :1] + down, centre[..., 1:] + right
    inside = (u * u + v * v <= 1 + 1e-4) & (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    place = torch.where(inside, rows * width + columns, 0).flatten(1)
    worth = torch.where(inside, value[..., None], 0.0).flatten(1)
    out = torch.zeros(n, height * width, device=maps.device)
    return out.scatter_reduce_(1, place, worth, "amax").view(n, height, width)


def random_pixels(mask: Tensor, count: int, generator: Generator) -> Tensor:
    """(n,count,2) rows and columns of pixels of mask (n,H,W), each as likely as any other; those of an empty mask mean
    nothing."""
    ranks = mask.flatten(1).cumsum(1)
    wanted = (uniform(generator, (len(mask), count), 0, 1) * ranks[:, -1:]).long().clamp_max(ranks[:, -1:] - 1) + 1
    place = torch.searchsorted(ranks, wanted).clamp_max(ranks.shape[1] - 1)
    return torch.stack([place // mask.shape[2], place % mask.shape[2]], -1)


def largest_components(kinds: Tensor) -> tuple[Tensor, Tensor]:
    """The largest 8-connected component of each sample, of pixels of one kind. kinds (n,H,W), integers, 0 is no kind
    -> its pixels, bool (n,H,W), and how many they are, (n,) int64, 0 where there is none."""
    n = len(kinds)
    framed = F.pad(kinds, (1, 1, 1, 1))
    nodes = framed.flatten().nonzero()[:, 0]
    heart = torch.zeros(framed.numel(), dtype=torch.bool, device=kinds.device)
    best = torch.zeros(n, dtype=torch.int64, device=kinds.device)
    if len(nodes):
        root = _roots(nodes, _edges(framed, nodes))
        area = torch.bincount(root, minlength=len(nodes))[root]
        sample = nodes // framed[0].numel()
        best.scatter_reduce_(0, sample, area, "amax")
        first = torch.where(area == best[sample], root, len(nodes))
        chosen = torch.full_like(best, len(nodes)).scatter_reduce_(0, sample, first, "amin")
        heart[nodes] = root == chosen[sample]
    return heart.view_as(framed)[:, 1:-1, 1:-1], best


def _edges(framed: Tensor, nodes: Tensor) -> tuple[Tensor, Tensor]:
    """All pairs of touching pixels of one kind, as positions in `nodes`, the flat indices of the pixels of any kind:
    two (E,). framed (n,H,W) has an edge without kind."""
    width = framed.shape[2]
    kinds = framed.flatten()
    own = kinds[nodes]
    position = torch.empty(len(kinds), dtype=torch.int64, device=kinds.device)
    position[nodes] = torch.arange(len(nodes), device=kinds.device)
    joined = [(kinds[nodes + step] == own).nonzero()[:, 0] for step in (1, width - 1, width, width + 1)]
    there = [nodes[here] + step for here, step in zip(joined, (1, width - 1, width, width + 1), strict=True)]
    return torch.cat(joined), position[torch.cat(there)]


def _roots(nodes: Tensor, edges: tuple[Tensor, Tensor]) -> Tensor:
    """The smallest node of each node's component, (M,), as positions in `nodes`: of two roots that an edge joins the
    larger hangs itself on the smaller, and every path is cut short, until nothing moves."""
    a, b = edges
    root = torch.arange(len(nodes), device=nodes.device)
    while len(a):
        root.scatter_reduce_(0, torch.maximum(a, b), torch.minimum(a, b), "amin")
        while not torch.equal(shorter := root[root], root):
            root = shorter
        a, b = root[a], root[b]
        apart = a != b
        a, b = a[apart], b[apart]
    return root


def deepest_pixels(mask: Tensor) -> tuple[Tensor, Tensor]:
    """The pixel of each mask (n,H,W) that is farthest from what is not of it, the frame's outside included -> rows and
    columns (n,2) int64, and the distances (n,), Euclidean, 0 for an empty mask."""
    n, height, width = mask.shape
    nodes = mask.flatten().nonzero()[:, 0]
    place = torch.zeros(n, dtype=torch.int64, device=mask.device)
    if not len(nodes):
        return torch.zeros(n, 2, dtype=torch.int64, device=mask.device), place.float()
    row = torch.arange(1, height + 1, device=mask.device, dtype=torch.int32)[:, None]
    above = row - torch.where(mask, 0, row).cummax(1).values
    below = torch.where(mask, height + 1, row).flip(1).cummin(1).values.flip(1) - row
    vertical = F.pad(torch.minimum(above, below), (1, 1)).flatten()
    sample, inner, column = nodes // (height * width), nodes // width % height, nodes % width
    line = (sample * height + inner) * (width + 2) + 1
    squared = vertical[line + column] ** 2
    for k in range(1, int(vertical.max()) + 1):
        left, right = vertical[line + (column - k).clamp_min(-1)], vertical[line + (column + k).clamp_max(width)]
        squared = torch.minimum(squared, torch.minimum(left, right) ** 2 + k * k)
    depth = squared.new_zeros(n).scatter_reduce_(0, sample, squared, "amax")
    first = torch.where(squared == depth[sample], nodes, mask.numel())
    place = torch.full_like(place, mask.numel()).scatter_reduce_(0, sample, first, "amin")
    place = torch.where(depth > 0, place, 0)
    return torch.stack([place // width % height, place % width], 1), depth.float().sqrt()
