"""Preparing a refinement, in three stages: read the given prior, choose the view, make the chain's prior.

Scribbles that hold meet the chain's prior; those that do not are written into the given prior, as if it had come so.
Each stage is a pure function of what the one before it gives; the chain follows (`chain.Refinement`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hidiff.diffusion.bernoulli import PRIOR_MARGIN
from hidiff.errors import ImageError
from hidiff.imaging.frames import Box, Size, focus_window
from hidiff.imaging.masks import mask_or_probability
from hidiff.priors.scribbles import impose_scribbles, propagate_scribbles, propose_scribbles, scribble_masks
from hidiff.priors.sources import mask_to_prior
from hidiff.priors.views import MIRRORS, UNMIRRORED, Mirror, Prior, View
from hidiff.refinement.settings import Settings
from hidiff.tasks import Task
from hidiff.types import PriorKind

Scribbles = NDArray[np.uint8]
MakeView = Callable[[Box | None, tuple[Mirror, ...]], View]  # of a window; None: of the whole image


@dataclass(frozen=True)
class GivenPrior:
    """What is to be refined, (K,H,W) in the original frame. p: the probability. found: what it marks, 0..1, which a
    focus window goes round. proposed: the segmentor's own, where it is one. kind: whose it is."""

    p: NDArray[np.float32]
    found: NDArray[np.float32]
    proposed: Prior | None = None
    kind: PriorKind = "unknown"


@dataclass(frozen=True)
class Prepared:
    """What the chains start from. view: where they run. prior_map (K,H,W): the prior in the original frame. p (K,h,w):
    the prior as the chains use it, exactly 0 or 1 at scribbles that hold. scribbles (K,H,W): these, or None. kind:
    whose prior the denoiser is told it is. averaged: whether p is the mean of the segmentor's two looks, so that it
    says something else than prior_map, which is the first look's."""

    view: View
    prior_map: NDArray[np.float32]
    p: NDArray[np.float32]
    scribbles: Scribbles | None = None
    kind: PriorKind = "segmentor"
    averaged: bool = False


def read_given_prior(prior: Prior | NDArray[Any], confidence: float, classes: int, size: Size) -> GivenPrior:
    """Stage 1. A `Prior` is taken as it is; a float map (H,W) or (K,H,W) of 0 to 1 is a probability; what any
    other is, `masks.mask_or_probability` says. A mask is trusted to the degree `confidence`. Raises ImageError when it
    does not fit `classes` and `size`, or holds what is neither."""
    if isinstance(prior, Prior):
        if prior.p.shape[1:] != size:
            raise ImageError(_misfit("prior", prior.p.shape, size))
        return GivenPrior(prior.p, prior.p, prior, prior.kind)
    maps = _maps_of(prior, classes, size, "prior")
    if maps.dtype.kind == "f" and maps.min() >= 0 and maps.max() <= 1:  # also one of 0 and 1 alone
        p = maps.astype(np.float32)
        return GivenPrior(p, p)
    given = mask_or_probability(maps.reshape(-1, size[1]), name="The prior").reshape(maps.shape)
    if given.dtype != np.bool_:
        return GivenPrior(given, given)
    return GivenPrior(mask_to_prior(given, confidence), given.astype(np.float32))


def with_proposed(given: GivenPrior, scribbles: Scribbles) -> GivenPrior:
    """A given prior as scribbles (K,H,W) that do not hold change it."""
    p, found = (propose_scribbles(part, scribbles) for part in (given.p, given.found))
    return replace(given, p=p, found=found, kind="unknown")


def choose_view(given: GivenPrior, scribbles: Scribbles | None, settings: Settings, task: Task, see: MakeView) -> View:
    """Stage 2. The focus window round what was found, where task and settings look closer; else the whole image, as
    the segmentor has seen it already if it saw it in the same mirrors. A prior that is not the segmentor's own needs no
    more mirrors than there are chains."""
    mirrors = mirrors_of(task, settings.mirror)
    window = None
    if settings.focus and task.focus:
        window = focus_window(given.found.max(axis=0), None if scribbles is None else _in_any_class(scribbles))
    if window is None and given.proposed is not None and given.proposed.view.mirrors == mirrors:
        return given.proposed.view
    own = given.kind == "segmentor" and scribbles is None
    return see(window, mirrors if own else mirrors[: settings.samples])


def averages_looks(given: GivenPrior, view: View, scribbles: Scribbles | None, both_looks: bool) -> bool:
    """Whether the chain's prior is the mean of what the segmentor saw in the whole image and in the view: where that is
    wanted and there are two looks; where a hand drew, the first look alone did better on val."""
    return both_looks and given.kind == "segmentor" and scribbles is None and _seen_in(given, view) is None


def chain_prior(
    given: GivenPrior, view: View, scribbles: Scribbles | None, thin: bool, averaged: bool = False
) -> NDArray[np.float32]:
    """Stage 3. The prior (K,h,w) in the view's canvas as the chains use it: off 0 and 1 by a margin, and exactly there
    at scribbles, which on solid objects speak for what lies beside them. averaged: the mean with what the segmentor saw
    in the view."""
    p = view.frame.map_in(given.p)
    own = _seen_in(given, view)
    if own is not None:
        # the segmentor's own numbers, resampled never instead of twice, and what was changed in them since
        p = own + view.frame.map_in(given.p - view.frame.map_out(own))
    elif averaged:
        p = (p + view.p) / 2
    p = np.clip(p, PRIOR_MARGIN, 1 - PRIOR_MARGIN).astype(np.float32)
    if scribbles is None:
        return p
    held = _scribbles_in(view, scribbles)
    return impose_scribbles(p if thin else propagate_scribbles(p, held), held)


def _seen_in(given: GivenPrior, view: View) -> NDArray[np.float32] | None:
    """(K,h,w): what the segmentor proposed in this very frame, where that is what was given."""
    proposed = given.proposed
    return proposed.view.p if proposed is not None and proposed.view.frame == view.frame else None


def painted_prior(prior: Prior, scribbles: Scribbles, hold: bool, thin: bool) -> Prior:
    """A prior, to be looked at, with what scribbles (K,H,W) make of it in its own view."""
    given = GivenPrior(prior.p, prior.p, prior)
    given = given if hold else with_proposed(given, scribbles)
    p = chain_prior(given, prior.view, scribbles if hold else None, thin)
    whole = impose_scribbles(prior.view.frame.map_out(p), scribbles) if hold else given.p
    return Prior(whole, replace(prior.view, p=p))


def mirrors_of(task: Task, mirror: bool) -> tuple[Mirror, ...]:
    """The mirrors over which the segmentor's prior is averaged; each chain looks through one of them."""
    return MIRRORS[: task.mirrors] if mirror else (UNMIRRORED,)


def read_given_scribbles(scribbles: NDArray[Any], classes: int, size: Size) -> Scribbles:
    """(H,W) or (K,H,W) uint8 -> (K,H,W). Raises ImageError when they are no bytes or do not fit."""
    if scribbles.dtype != np.uint8:
        raise ImageError("The scribbles are not bytes; give uint8 with 255 on, 0 off and 128 free.")
    return _maps_of(scribbles, classes, size, "scribbles")


def _maps_of(values: NDArray[Any], classes: int, size: Size, name: str) -> NDArray[Any]:
    """(H,W) or (K,H,W) -> (K,H,W), or ImageError."""
    maps = np.asarray(values)
    maps = maps[None] if maps.ndim == 2 else maps
    if maps.shape != (classes, *size):
        raise ImageError(_misfit(name, maps.shape, size))
    return maps


def _misfit(name: str, shape: tuple[int, ...], size: Size) -> str:
    given = " x ".join(str(n) for n in reversed(shape[-2:]))
    classes = "" if len(shape) < 3 or shape[0] == 1 else f" in {shape[0]} classes"
    return (
        f"The size of the {name} is {given}{classes} and that of the image {size[1]} x {size[0]}; give both one size."
    )


def _in_any_class(scribbles: Scribbles) -> Scribbles:
    """(K,H,W) -> (H,W): painted in any class."""
    on, off = scribble_masks(scribbles)
    touched = (on | off).any(axis=0)
    return np.where(touched, np.uint8(255), np.uint8(128))


def _scribbles_in(view: View, scribbles: Scribbles) -> Scribbles:
    """Scribbles (K,H,W) -> (K,h,w): a canvas pixel is painted when a quarter of it is, with what covers more of it."""
    on, off = (view.frame.map_in(part) for part in scribble_masks(scribbles))
    out = np.where((on >= 0.25) & (on >= off), np.uint8(255), np.uint8(128))
    return np.where((off >= 0.25) & (off > on), np.uint8(0), out)
