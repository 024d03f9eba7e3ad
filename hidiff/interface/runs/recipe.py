"""From what a visitor asked for to a checked recipe, and from a recipe to its moments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from hidiff.errors import ImageError, SettingsError
from hidiff.interface.runs.run import (
    Moment,
    Picture,
    Recipe,
    Source,
    Verdict,
    checked_settings,
    fits_together,
    open_picture,
    run,
)
from hidiff.interface.texts import text
from hidiff.models.packed.denoiser import SAME_BITS
from hidiff.pipeline import HiDiff
from hidiff.priors.sources import SEGMENTOR, GivenMap, check_start, fits_strokes, fitted, read_prior

Painted = Callable[[tuple[int, int]], NDArray[np.uint8] | None]


def checked_recipe(
    model: HiDiff,
    source: Source,
    asked: Mapping[str, object],
    start: object = SEGMENTOR,
    start_seed: object = 0,
    own: Source | None = None,
    strokes: Painted | None = None,
    engine: object = "packed",
) -> tuple[Recipe, str]:
    """The recipe, and a note for the visitor or "". Everything is opened once, so that nothing fails later.

    strokes: gives them, uint8 (H,W), for an image of a size (height, width), or None where nothing is painted.
    Raises ImageError or SettingsError.
    """
    settings = checked_settings(model, asked)
    chosen = next((name for name in SAME_BITS if name == engine), None)
    if chosen is None:
        raise SettingsError(text("error.engine", engine=engine))
    start = SEGMENTOR if own is not None or start is None else start
    start_seed = int(start_seed) if isinstance(start_seed, float) and start_seed.is_integer() else start_seed
    start_seed = 0 if start_seed is None else start_seed
    check_start(model.card, start, start_seed)
    picture = open_picture(model, source)
    fits_together(model, picture, settings)
    note = ""
    if own is not None:
        _, note = fitted(read_prior(own.path, own.title), picture.size)
    painted = None if strokes is None else strokes(picture.size)
    if painted is not None:
        fits_strokes(painted, picture.size, source.title)
    recipe = Recipe(
        model.card.name,
        source,
        settings,
        str(start),
        int(str(start_seed)),
        own,
        None if painted is None else packed(painted),
        engine=chosen,
    )
    return recipe, note


def moments(
    model: HiDiff, picture: Picture, recipe: Recipe, verdict: Callable[[], Verdict] = lambda: "go"
) -> Iterator[Moment]:
    """What the recipe gives, moment by moment. Raises ImageError when a file of it is gone since."""
    own: GivenMap | None = None
    if recipe.own is not None:
        own, _ = fitted(read_prior(recipe.own.path, recipe.own.title), picture.size)
    strokes = None if recipe.strokes is None else unpacked(recipe.strokes)
    start, seed = recipe.start, recipe.start_seed
    yield from run(
        model, picture.pixels, recipe.settings, verdict, own, strokes, start, seed, recipe.alone, recipe.engine
    )


def packed(strokes: NDArray[np.uint8]) -> bytes:
    """Strokes (H,W) as a PNG of grey, as `--strokes` reads it."""
    _, data = cv2.imencode(".png", np.ascontiguousarray(strokes))
    return data.tobytes()


def unpacked(png: bytes) -> NDArray[np.uint8]:
    """The inverse of `packed`."""
    strokes: Any = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    if strokes is None:
        raise ImageError(text("error.strokes"))
    return np.asarray(strokes, np.uint8)
