"""A view: an image in a working frame with everything that does not change from step to step.

A view may be turned over (a chain a flip) and cut into tiles. Both are hidden here: prior and eps_hat come back
upright and whole, blended where tiles overlap, so that the chain runs on one canvas with one noise field.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hidiff.diffusion.bernoulli import PRIOR_MARGIN
from hidiff.imaging.frames import Frame, Tile, tiles
from hidiff.models.packed.denoiser import float_steps
from hidiff.models.packed.simulation import Simulation, StepFunction
from hidiff.models.segmentor import Segmentor
from hidiff.tasks import TaskCard

Flip = tuple[int, ...]  # the axes of (B,K,H,W) that are turned over
UPRIGHT: Flip = ()
FLIPS: tuple[Flip, ...] = (UPRIGHT, (3,), (2,), (2, 3))


def turned(maps: Tensor, flip: Flip) -> Tensor:
    """maps (B,C,H,W) turned over along `flip`; its own inverse."""
    return maps.flip(flip) if flip else maps


@dataclass(frozen=True)
class _Piece:
    """One tile of the canvas, turned over by one flip: image (1,3,h,w), four features of batch 1."""

    tile: Tile
    image: Tensor
    features: tuple[Tensor, ...]


@dataclass(frozen=True)
class View:
    """frame: where the view lies. p (K,h,w): the segmentor's prior in the canvas, averaged over the flips."""

    frame: Frame
    p: NDArray[np.float32]
    flips: tuple[Flip, ...]
    pieces: tuple[tuple[_Piece, ...], ...]  # a row of tiles for each flip

    def steps(self, denoiser: nn.Module | Simulation, p: Tensor) -> StepFunction:
        """How eps_hat comes from y_t for a prior p (K,h,w): a function of y_t (N,K,h,w) and t that gives (N,K,h,w).

        What a denoiser can do once for all steps is done here. Chain n looks through flip n modulo the flips, and a
        chain's bits do not depend on how many there are.
        """
        p_seen = p.clamp(PRIOR_MARGIN, 1 - PRIOR_MARGIN)[None]
        plain = partial(float_steps, denoiser) if isinstance(denoiser, nn.Module) else None
        conditioned: Any = getattr(denoiser, "conditioned", plain)

        @cache
        def logits_of(orientation: int, index: int) -> StepFunction:
            piece = self.pieces[orientation][index]
            prior = turned(p_seen[:, :, *piece.tile.place], self.flips[orientation])
            steps: StepFunction = conditioned(piece.image, prior, piece.features)
            return steps

        def eps_hat(y_t: Tensor, t: int) -> Tensor:
            out = torch.zeros_like(y_t)
            for orientation, flip in enumerate(self.flips):
                chains = slice(orientation, None, len(self.flips))
                if not len(y_t[chains]):
                    continue
                for index, piece in enumerate(self.pieces[orientation]):
                    place = piece.tile.place
                    y_seen = turned(y_t[chains, :, *place], flip)
                    logits = logits_of(orientation, index)(y_seen, t)
                    weight = torch.from_numpy(piece.tile.weight).to(out)
                    out[chains, :, *place] += weight * turned(logits.float().sigmoid(), flip)
            return out.clamp_(0, 1)

        return eps_hat


@dataclass(frozen=True)
class Seen:
    """What the denoiser is shown of a pixel's surroundings: image (1,3,h,w), p and y_t (1,K,h,w), features, all
    turned over as the chain sees them, and where the pixel (row, column) lies there."""

    image: Tensor
    p: Tensor
    features: tuple[Tensor, ...]
    y_t: Tensor
    pixel: tuple[int, int]


def seen_by(view: View, chain: int, p: Tensor, y_t: Tensor, pixel: tuple[int, int]) -> Seen:
    """What chain number `chain` of a view sees round a pixel of the canvas. p, y_t (K,h,w), upright and whole."""
    orientation = chain % len(view.flips)
    flip = view.flips[orientation]

    def weight(piece: _Piece) -> float:
        row, column = pixel[0] - piece.tile.top, pixel[1] - piece.tile.left
        inside = 0 <= row < piece.tile.height and 0 <= column < piece.tile.width
        return float(piece.tile.rows[row] * piece.tile.columns[column]) if inside else -1.0

    piece = max(view.pieces[orientation], key=weight)
    tile = piece.tile
    row, column = pixel[0] - tile.top, pixel[1] - tile.left
    row = tile.height - 1 - row if 2 in flip else row
    column = tile.width - 1 - column if 3 in flip else column
    seen = p.clamp(PRIOR_MARGIN, 1 - PRIOR_MARGIN)
    prior, bits = (turned(maps[None, :, *tile.place], flip) for maps in (seen, y_t))
    return Seen(piece.image, prior, piece.features, bits, (row, column))


@torch.inference_mode()
def look(
    segmentor: Segmentor,
    card: TaskCard,
    image: NDArray[np.uint8],
    frame: Frame,
    flips: Sequence[Flip] = (UPRIGHT,),
    device: torch.device | str = "cpu",
) -> View:
    """Show the segmentor the image (H,W,3) through the frame, once for each flip and tile."""
    canvas = torch.from_numpy(frame.image_in(image))[None].to(device)  # (1,3,h,w)
    places = tiles(frame.canvas, card.tile, card.overlap)
    p = np.zeros((card.classes, *frame.canvas), np.float32)
    pieces = []
    for flip in flips:
        row = []
        for tile in places:
            part = turned(canvas[:, :, *tile.place], flip).contiguous(memory_format=torch.channels_last)
            logits, features = segmentor(part)
            seen = turned(logits.float().sigmoid(), flip)[0].cpu().numpy()
            p[:, *tile.place] += tile.weight * seen / len(flips)
            row.append(_Piece(tile, part, features))
        pieces.append(tuple(row))
    return View(frame, np.clip(p, 0, 1), tuple(flips), tuple(pieces))
