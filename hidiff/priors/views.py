"""A view: an image in a working frame with everything that does not change from step to step.

A view may be mirrored (a chain a mirror image) and cut into tiles. Both are hidden here: prior and eps_hat come back
upright and whole, blended where tiles overlap, so that the chain runs on one canvas with one noise field.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hidiff.diffusion.bernoulli import PRIOR_MARGIN
from hidiff.imaging.frames import Frame
from hidiff.imaging.tiles import Tile, tiles
from hidiff.models.backend import DenoiserBackend, StepFunction
from hidiff.models.segmentor import Segmentor
from hidiff.tasks import Task
from hidiff.types import PRIOR_KINDS, PriorKind

Mirror = tuple[int, ...]  # the axes of (B,K,H,W) that are mirrored
UNMIRRORED: Mirror = ()
MIRRORS: tuple[Mirror, ...] = (UNMIRRORED, (3,), (2,), (2, 3))


def mirrored(maps: Tensor, mirror: Mirror) -> Tensor:
    """maps (B,C,H,W) mirrored along `mirror`; its own inverse."""
    return maps.flip(mirror) if mirror else maps


@dataclass(frozen=True)
class _Piece:
    """One tile of the canvas, mirrored by one mirror: image (1,3,h,w), four features of batch 1."""

    tile: Tile
    image: Tensor
    features: tuple[Tensor, ...]


@dataclass(frozen=True)
class View:
    """frame: where the view lies. p (K,h,w): the segmentor's prior in the canvas, averaged over the mirrors."""

    frame: Frame
    p: NDArray[np.float32]
    mirrors: tuple[Mirror, ...]
    pieces: tuple[tuple[_Piece, ...], ...]  # a row of tiles for each mirror

    def steps(self, denoiser: DenoiserBackend, p: Tensor, kind: PriorKind = PRIOR_KINDS[0]) -> StepFunction:
        """How eps_hat comes from y_t for a prior p (K,h,w) of a kind: a function of y_t (N,K,h,w) and t that gives
        (N,K,h,w).

        What a denoiser can do once for all steps is done here. Chain n looks through mirror n modulo the mirrors, and a
        chain's bits do not depend on how many there are.
        """
        p_seen = p.clamp(PRIOR_MARGIN, 1 - PRIOR_MARGIN)[None]

        @cache
        def logits_of(orientation: int, index: int) -> StepFunction:
            piece = self.pieces[orientation][index]
            prior = mirrored(p_seen[:, :, *piece.tile.place], self.mirrors[orientation])
            return denoiser.conditioned(piece.image, prior, piece.features, kind)

        def eps_hat(y_t: Tensor, t: int) -> Tensor:
            out = torch.zeros_like(y_t)
            for orientation, mirror in enumerate(self.mirrors):
                chains = slice(orientation, None, len(self.mirrors))
                if not len(y_t[chains]):
                    continue
                for index, piece in enumerate(self.pieces[orientation]):
                    place = piece.tile.place
                    y_seen = mirrored(y_t[chains, :, *place], mirror)
                    logits = logits_of(orientation, index)(y_seen, t)
                    weight = torch.from_numpy(piece.tile.weight).to(out)
                    out[chains, :, *place] += weight * mirrored(logits.float().sigmoid(), mirror)
            return out.clamp_(0, 1)

        return eps_hat


@dataclass(frozen=True)
class DenoiserInput:
    """What the denoiser is shown of a pixel's surroundings: image (1,3,h,w), p and y_t (1,K,h,w), features, all
    mirrored as the chain sees them, and where the pixel (row, column) lies there."""

    image: Tensor
    p: Tensor
    features: tuple[Tensor, ...]
    y_t: Tensor
    pixel: tuple[int, int]


def denoiser_input_at(view: View, chain: int, p: Tensor, y_t: Tensor, pixel: tuple[int, int]) -> DenoiserInput:
    """What chain number `chain` of a view sees round a pixel of the canvas. p, y_t (K,h,w), upright and whole."""
    orientation = chain % len(view.mirrors)
    mirror = view.mirrors[orientation]

    def weight(piece: _Piece) -> float:
        row, column = pixel[0] - piece.tile.top, pixel[1] - piece.tile.left
        inside = 0 <= row < piece.tile.height and 0 <= column < piece.tile.width
        return float(piece.tile.rows[row] * piece.tile.columns[column]) if inside else -1.0

    piece = max(view.pieces[orientation], key=weight)
    tile = piece.tile
    row, column = pixel[0] - tile.top, pixel[1] - tile.left
    row = tile.height - 1 - row if 2 in mirror else row
    column = tile.width - 1 - column if 3 in mirror else column
    seen = p.clamp(PRIOR_MARGIN, 1 - PRIOR_MARGIN)
    prior, bits = (mirrored(maps[None, :, *tile.place], mirror) for maps in (seen, y_t))
    return DenoiserInput(piece.image, prior, piece.features, bits, (row, column))


@torch.inference_mode()
def make_view(
    segmentor: Segmentor,
    task: Task,
    image: NDArray[np.uint8],
    frame: Frame,
    mirrors: Sequence[Mirror] = (UNMIRRORED,),
    device: torch.device | str = "cpu",
) -> View:
    """Show the segmentor the image (H,W,3) through the frame, once for each mirror and tile."""
    canvas = torch.from_numpy(frame.image_in(image))[None].to(device)  # (1,3,h,w)
    places = tiles(frame.canvas, task.tile, task.overlap)
    p = np.zeros((task.classes, *frame.canvas), np.float32)
    pieces = []
    for mirror in mirrors:
        row = []
        for tile in places:
            part = mirrored(canvas[:, :, *tile.place], mirror).contiguous(memory_format=torch.channels_last)
            logits, features = segmentor(part)
            seen = mirrored(logits.float().sigmoid(), mirror)[0].cpu().numpy()
            p[:, *tile.place] += tile.weight * seen / len(mirrors)
            row.append(_Piece(tile, part, features))
        pieces.append(tuple(row))
    return View(frame, np.clip(p, 0, 1), tuple(mirrors), tuple(pieces))


@dataclass(frozen=True)
class Prior:
    """What the segmentor proposes. p (K,H,W) float32 in the original frame; view: the whole image as it was seen.
    kind: "segmentor" as it was proposed, else "unknown"."""

    p: NDArray[np.float32]
    view: View
    kind: PriorKind = "segmentor"
