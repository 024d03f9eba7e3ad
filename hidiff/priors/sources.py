"""Prior sources: the segmentor's proposal, noise, a proposal broken on purpose, a mask of any tool.

Noise is p = 1/2 everywhere: BerDiff, the chain without a prior. A proposal is broken by one named error of
`corruption`, in the networks' canvas, where the denoiser met such errors while it learned. A mask of any tool is read
by `read_prior` and becomes a probability by `mask_to_prior`: confidence c inside, 1 - c outside.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from hidiff.errors import ImageError, SettingsError
from hidiff.imaging.files import read_map
from hidiff.imaging.masks import MASK_LEVEL, GivenMap, mask_or_probability
from hidiff.priors.corruption import SOLID, THIN
from hidiff.tasks import Task

if TYPE_CHECKING:
    from hidiff.priors.views import Prior

SEGMENTOR, NOISE = "segmentor", "noise"
PRIOR_SOURCES = (SEGMENTOR, NOISE, *sorted({*SOLID, *THIN}))
SEED_LIMIT = 2**32

__all__ = ["MASK_LEVEL", "GivenMap", "mask_or_probability"]


def prior_sources_of(task: Task) -> tuple[str, ...]:
    """The prior sources that a task offers: the segmentor's, noise, and each named error of its kind of object."""
    return SEGMENTOR, NOISE, *(THIN if task.thin else SOLID)


def check_prior_source(task: Task, source: object, seed: object = 0) -> None:
    """Raise SettingsError unless the task has such a prior source and the seed of its error is a whole number."""
    if source not in prior_sources_of(task):
        raise SettingsError(f"prior source is {source!r:.40}; choose one of {', '.join(prior_sources_of(task))}.")
    check_prior_seed(seed)


def check_prior_seed(seed: object) -> None:
    """Raise SettingsError unless the seed of an error is a whole number in its range."""
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < SEED_LIMIT:
        raise SettingsError(f"prior seed is {seed!r:.40}; choose a whole number from 0 to {SEED_LIMIT - 1}.")


def prior_from_source(task: Task, proposed: Prior, source: str = SEGMENTOR, seed: int = 0) -> Prior:
    """The prior of a source, made from what the segmentor `proposed`, whose view it keeps.

    seed: of the error, apart from the noise's. Raises what `check_prior_source` raises.
    """
    check_prior_source(task, source, seed)
    if source == SEGMENTOR:
        return proposed
    if source == NOISE:
        return _in_view_of(proposed, np.full_like(proposed.p, 0.5), np.full_like(proposed.view.p, 0.5))
    error = (THIN if task.thin else SOLID)[source]
    top, left, height, width = proposed.view.frame.content
    p = proposed.view.p.copy()
    for channel, plane in enumerate(p):
        rng = np.random.default_rng([seed, channel])
        shown = np.ascontiguousarray(plane[top : top + height, left : left + width])
        plane[top : top + height, left : left + width] = np.clip(error(shown, rng), 0, 1)
    return _in_view_of(proposed, proposed.view.frame.map_out(p), p)


def prior_of_map(task: Task, image: NDArray[np.uint8], prior_map: NDArray[np.float32]) -> Prior:
    """A prior map (K,H,W) of the image as a `Prior` to be looked at: its view has no features to refine with."""
    from hidiff.priors.views import UNMIRRORED, Prior, View

    frame = task.frame(image)
    return Prior(prior_map, View(frame, frame.map_in(prior_map), (UNMIRRORED,), ()), "unknown")


def mask_to_prior(mask: NDArray[np.bool_], confidence: float) -> NDArray[np.float32]:
    """mask, any shape -> float32 of that shape: `confidence` where it is set, 1 - confidence elsewhere.

    Raises SettingsError unless 0.5 < confidence < 1.
    """
    if not 0.5 < confidence < 1:
        raise SettingsError(f"The confidence is {confidence:g}; choose a number between 0.5 and 1.")
    return np.where(mask, np.float32(confidence), np.float32(1 - confidence))


def read_prior(source: Path, name: str | None = None, inverted: bool = False) -> GivenMap:
    """A mask or probability map of any tool, by `imaging.files.read_map`.

    A JPEG is a mask: its greys are the format's, not its maker's. inverted: on and off change places. Raises
    ImageError.
    """
    given = read_map(source, name)
    if not inverted:
        return given
    return ~given if given.dtype == np.bool_ else 1 - given


def fitted_to(given: GivenMap, size: tuple[int, int], name: str) -> tuple[GivenMap, str]:
    """The map at the image's size (height, width), and the sentence that says so; "" where it fits already.

    name: what to call the map. A mask goes by the nearest pixel, a probability linearly. Raises ImageError where the
    proportions are others than the image's by more than a pixel of rounding: then it belongs to another picture.
    """
    if given.shape == size:
        return given, ""
    (height, width), (tall, wide) = given.shape, size
    # Of two sizes the larger is exact; a pixel more or less in the smaller moves the product by a side of the larger.
    larger = size if tall * wide >= height * width else given.shape
    if abs(width * tall - wide * height) > max(larger):
        raise ImageError(
            f"{name} is {_words(given.shape)} and the image {_words(size)}, which are other proportions; choose the "
            "mask of this image, of its size or scaled as a whole."
        )
    note = f"{name} is {_words(given.shape)} and was resampled to the image's {_words(size)}."
    if given.dtype == np.bool_:
        resized = cv2.resize(given.astype(np.uint8), size[::-1], interpolation=cv2.INTER_NEAREST_EXACT) > 0
        return resized.reshape(size), note
    return cv2.resize(given, size[::-1], interpolation=cv2.INTER_LINEAR).reshape(size), note


def check_scribbles_size(scribbles: NDArray[np.uint8], size: tuple[int, int], name: str) -> None:
    """Raise ImageError unless scribbles (h,w) have the image's size: painted bits are not to be resampled."""
    if scribbles.shape != size:
        raise ImageError(
            f"The scribbles are {_words(scribbles.shape)} and {name} is {_words(size)}; paint them at the image's size."
        )


def _in_view_of(prior: Prior, whole: NDArray[np.float32], canvas: NDArray[np.float32]) -> Prior:
    return replace(
        prior, p=whole.astype(np.float32), view=replace(prior.view, p=canvas.astype(np.float32)), kind="unknown"
    )


def _words(size: tuple[int, ...]) -> str:
    return f"{size[1]} x {size[0]}"
