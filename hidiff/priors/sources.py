"""Where a refinement starts: the segmentor's proposal, noise, a proposal broken on purpose, a mask of any tool.

Noise is p = 1/2 everywhere: BerDiff, the chain without a prior. A proposal is broken by one named error of
`corruption`, in the networks' canvas, where the denoiser met such errors while it learned.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from hidiff.errors import ImageError, SettingsError
from hidiff.imaging.files import MAX_PIXELS, read_mask
from hidiff.imaging.headers import read_header
from hidiff.priors.corruption import SOLID, THIN
from hidiff.tasks import TaskCard

if TYPE_CHECKING:
    from hidiff.pipeline import HiDiff, Prior

SEGMENTOR, NOISE = "segmentor", "noise"
EVERY_START = (SEGMENTOR, NOISE, *sorted({*SOLID, *THIN}))
SEED_LIMIT = 2**32
MASK_LEVEL = 127  # a mask's grey above it is on

GivenMap = NDArray[Any]  # (H,W): bool for a mask, float32 in 0..1 for a probability


def starts_of(card: TaskCard) -> tuple[str, ...]:
    """The starts that a task offers: the segmentor's, noise, and each named error of its kind of object."""
    return SEGMENTOR, NOISE, *(THIN if card.thin else SOLID)


def check_start(card: TaskCard, start: object, seed: object = 0) -> None:
    """Raise SettingsError unless the task has such a start and the seed of its error is a whole number."""
    if start not in starts_of(card):
        raise SettingsError(f"start is {start!r:.40}; choose one of {', '.join(starts_of(card))}.")
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < SEED_LIMIT:
        raise SettingsError(f"start seed is {seed!r:.40}; choose a whole number from 0 to {SEED_LIMIT - 1}.")


def starting_prior(
    model: HiDiff, image: NDArray[np.uint8], start: str = SEGMENTOR, seed: int = 0, flips: bool = False
) -> Prior:
    """The prior of an image (H,W,3) uint8 from which a start sets out; its view is the segmentor's.

    seed: of the error, apart from the noise's. flips: as in `HiDiff.prior`. Raises what `check_start` raises.
    """
    check_start(model.card, start, seed)
    prior = model.prior(image, flips)
    if start == SEGMENTOR:
        return prior
    if start == NOISE:
        return _seen(prior, np.full_like(prior.p, 0.5), np.full_like(prior.view.p, 0.5))
    error = (THIN if model.card.thin else SOLID)[start]
    top, left, height, width = prior.view.frame.content
    p = prior.view.p.copy()
    for channel, plane in enumerate(p):
        rng = np.random.default_rng([seed, channel])
        shown = np.ascontiguousarray(plane[top : top + height, left : left + width])
        plane[top : top + height, left : left + width] = np.clip(error(shown, rng), 0, 1)
    return _seen(prior, prior.view.frame.map_out(p), p)


def shown_prior(card: TaskCard, image: NDArray[np.uint8], prior_map: NDArray[np.float32]) -> Prior:
    """A prior map (K,H,W) of the image as a `Prior` to be looked at: its view has no features to refine with."""
    from hidiff.pipeline import Prior
    from hidiff.priors.views import UPRIGHT, View

    frame = card.frame(image)
    return Prior(prior_map, View(frame, frame.map_in(prior_map), (UPRIGHT,), ()))


def as_prior(grey: NDArray[np.uint8], exact: bool = True) -> GivenMap:
    """A grey picture (H,W), 0..255 -> a mask (bool) when it has two values at most, else a probability (float32).

    exact: False for a picture that a lossy format has blurred: always a mask, of what exceeds MASK_LEVEL.
    """
    if not exact:
        return grey > MASK_LEVEL
    if bool(np.isin(grey, (0, grey.max())).all()):
        return grey > 0
    return grey.astype(np.float32) / 255


def read_prior(source: Path, name: str | None = None) -> GivenMap:
    """Decode a mask or probability map of any tool, as `images.read_mask` does and as `as_prior` says.

    A JPEG is a mask: its greys are the format's, not its maker's. Raises ImageError.
    """
    grey = read_mask(source, name)
    return as_prior(grey, exact=read_header(source.read_bytes(), MAX_PIXELS).kind != "JPEG")


def fitted(given: GivenMap, size: tuple[int, int]) -> tuple[GivenMap, str]:
    """The map at another size (height, width), and the sentence that says so; "" where it fits already.

    A mask goes by the nearest pixel, a probability linearly.
    """
    if given.shape == size:
        return given, ""
    note = f"The prior is {_words(given.shape)} and was resampled to the image's {_words(size)}."
    if given.dtype == np.bool_:
        resized = cv2.resize(given.astype(np.uint8), size[::-1], interpolation=cv2.INTER_NEAREST_EXACT) > 0
        return resized.reshape(size), note
    return cv2.resize(given, size[::-1], interpolation=cv2.INTER_LINEAR).reshape(size), note


def fits_strokes(strokes: NDArray[np.uint8], size: tuple[int, int], name: str) -> None:
    """Raise ImageError unless strokes (h,w) have the image's size: painted bits are not to be resampled."""
    if strokes.shape != size:
        raise ImageError(
            f"The strokes are {_words(strokes.shape)} and {name} is {_words(size)}; paint them at the image's size."
        )


def _seen(prior: Prior, whole: NDArray[np.float32], canvas: NDArray[np.float32]) -> Prior:
    return replace(prior, p=whole.astype(np.float32), view=replace(prior.view, p=canvas.astype(np.float32)))


def _words(size: tuple[int, ...]) -> str:
    return f"{size[1]} x {size[0]}"
