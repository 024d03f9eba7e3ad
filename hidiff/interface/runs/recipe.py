"""Recipes: what a visitor asks for, checked, with this app's limits on every setting."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hidiff.aliases import current_settings
from hidiff.errors import ImageError, SettingsError
from hidiff.imaging.files import read_image
from hidiff.imaging.picture_kind import PictureDoubt, picture_doubt
from hidiff.interface.texts import text
from hidiff.models.backend import BACKENDS, BackendName, NetworkName
from hidiff.models.packed.denoiser import PackedDenoiser
from hidiff.pipeline import HiDiff
from hidiff.priors.plausibility import MaskDoubt, mask_doubt
from hidiff.priors.scribbles import encode_scribbles
from hidiff.priors.sources import (
    SEGMENTOR,
    GivenMap,
    check_prior_source,
    check_scribbles_size,
    fitted_to,
    read_prior,
)
from hidiff.refinement.reference import read_reference
from hidiff.refinement.settings import SEED_LIMIT, SETTINGS, Setting, Settings

MAX_SAMPLES = 16  # a public server's cap, for the sliders and for API callers alike
MANY = 8  # samples that the button draws
MAX_CANVAS = 4_000_000  # pixels of the networks' canvas
MAX_CHAINED = 2_100_000  # pixels of all samples' canvases: three of a photograph of an eye
MAX_WORK = 88_000_000  # pixels of all samples' canvases, times steps, times what an engine costs
PACKED_PACE = 1_600_000  # of these a second on two cores
SLOW = 10  # what a step costs on another engine than the packed kernels
SHORT_WORK = 2_000_000  # which may pass longer work
TIME_LIMIT = 60.0  # seconds of a run, after which it ends as Stop ends it


@dataclass(frozen=True)
class Start:
    """Which prior source an example shows best: see `priors.sources`. teaches: one sentence for people."""

    prior_source: str = SEGMENTOR
    prior_seed: int = 0
    teaches: str = ""


PROPOSED = Start()  # what the segmentor proposes


@dataclass(frozen=True)
class Source:
    """Where a picture comes from: a file, what to call it, whether it is an example, and its reference mask if any.

    start: what a refinement of it starts from unless something else is chosen. own_reference: a reference mask that the
    visitor brought, in the place of any that comes with the picture. inverted: of a mask, on and off change places.
    """

    path: Path
    title: str
    example: bool = False
    synthetic: bool = False
    reference: Path | None = None
    start: Start = PROPOSED
    own_reference: Source | None = None
    inverted: bool = False

    @property
    def compared(self) -> Source | None:
        """The reference mask that counts, as a file and what to call it."""
        if self.own_reference is not None or self.reference is None:
            return self.own_reference
        return Source(self.reference, self.reference.name, example=self.example)


@dataclass(frozen=True)
class Remarks:
    """What was noticed when everything was opened. note: what was done to the visitor's mask, or "". mask, picture:
    what looks like a mistake, where it does."""

    note: str = ""
    mask: MaskDoubt | None = None
    picture: PictureDoubt | None = None


@dataclass(frozen=True)
class Picture:
    """An opened source: pixels (H,W,3) uint8 RGB, and the reference mask (H,W), bool, where it has one."""

    source: Source
    pixels: NDArray[np.uint8]
    reference: NDArray[np.bool_] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Height, width."""
        return self.pixels.shape[0], self.pixels.shape[1]


@dataclass(frozen=True)
class Recipe:
    """Everything from which the same bits follow, but the weights.

    prior_source, prior_seed: see `priors.sources`. own: an uploaded mask to refine, in the place of any source.
    scribbles: painted bits as PNG. alone: the prior is the answer, nothing is refined. network, backend: see
    `HiDiff.runner`. remarks: what was noticed; nothing of the bits depends on it. work: see `work_of`; 0 where nothing
    was opened.
    """

    task: str
    source: Source
    settings: Settings
    prior_source: str = SEGMENTOR
    prior_seed: int = 0
    own: Source | None = None
    scribbles: bytes | None = None
    alone: bool = False
    network: NetworkName = "binary"
    backend: BackendName = "packed"
    remarks: Remarks = field(default=Remarks(), compare=False)
    work: int = field(default=0, compare=False)

    @property
    def warnings(self) -> list[str]:
        """What looks like a mistake, in sentences."""
        doubt, picture = self.remarks.mask, self.remarks.picture
        about_mask = [] if doubt is None or self.own is None else [doubt.sentence(self.own.title)]
        return about_mask + ([] if picture is None else [picture.sentence])


def capped(row: Setting, model: HiDiff) -> Setting:
    """A setting's row with what this app allows of it; widgets, descriptions and checks take their ranges from here."""
    caps = {"steps": model.config.denoiser.T, "samples": MAX_SAMPLES}
    return replace(row, high=min(row.high, caps.get(row.name, row.high)))


def usual_settings(model: HiDiff) -> dict[str, Any]:
    """name -> the weights' own value, within the app's caps."""
    values = {name: getattr(model.config.settings, name) for name in SETTINGS}
    highest = {name: capped(row, model).high for name, row in SETTINGS.items() if row.kind == "whole"}
    return {name: min(value, highest.get(name, value)) for name, value in values.items()}


def checked_settings(model: HiDiff, given: Mapping[str, object]) -> Settings:
    """The weights' own settings with what is given, or SettingsError.

    JSON knows one kind of number, so 10.0 counts as 10. None leaves the default.
    """
    values: dict[str, Any] = {
        name: int(value) if isinstance(value, float) and value.is_integer() and abs(value) < SEED_LIMIT else value
        for name, value in current_settings(given).items()
        if value is not None
    }
    for name, value in values.items():
        row = SETTINGS.get(name)
        if row is not None and row.kind == "switch":
            if value not in (0, 1):
                raise SettingsError(text("error.switch", name=name))
            values[name] = bool(value)
        elif row is not None:
            values[name] = capped(row, model).checked(value)
    return model.settings(**(usual_settings(model) | values))


def checked_recipe(
    model: HiDiff,
    source: Source,
    given: Mapping[str, object],
    prior_source: object = SEGMENTOR,
    prior_seed: object = 0,
    own: Source | None = None,
    scribbles: Callable[[tuple[int, int]], NDArray[np.uint8] | None] | None = None,
    backend: object = "packed",
) -> tuple[Recipe, str]:
    """The recipe, and its note for the visitor or "". Everything is opened once, so that nothing fails later.

    scribbles: gives them, uint8 (H,W), for an image of a size (height, width), or None where nothing is painted.
    Raises ImageError or SettingsError.
    """
    recipe = asked_recipe(model, source, given, prior_source, prior_seed, own, backend)
    picture = open_picture(model, source)
    check_memory(model, picture, recipe.settings)
    recipe = replace(recipe, remarks=_remarks(model, picture, own), work=work_of(model, picture, recipe))
    check_work(source.title, recipe.work)
    painted = None if scribbles is None else scribbles(picture.size)
    if painted is not None:
        check_scribbles_size(painted, picture.size, source.title)
        recipe = replace(recipe, scribbles=encode_scribbles(painted))
    return recipe, recipe.remarks.note


def asked_recipe(
    model: HiDiff,
    source: Source,
    given: Mapping[str, object],
    prior_source: object = SEGMENTOR,
    prior_seed: object = 0,
    own: Source | None = None,
    backend: object = "packed",
) -> Recipe:
    """The recipe of what is set, nothing painted. No file is opened. Raises SettingsError."""
    settings = checked_settings(model, given)
    chosen = next((name for name in BACKENDS if name == backend), None)
    if chosen is None:
        raise SettingsError(text("error.backend", backend=str(backend)[:40]))
    prior_source = SEGMENTOR if own is not None or prior_source is None else prior_source
    prior_seed = int(prior_seed) if isinstance(prior_seed, float) and prior_seed.is_integer() else prior_seed
    prior_seed = 0 if prior_seed is None else prior_seed
    check_prior_source(model.task, prior_source, prior_seed)
    return Recipe(model.task.name, source, settings, str(prior_source), int(str(prior_seed)), own, backend=chosen)


def given_map(own: Source, size: tuple[int, int]) -> tuple[GivenMap, str]:
    """A visitor's mask at the image's size (height, width), and a note of what was done to it. Raises ImageError."""
    fitted, note = fitted_to(read_prior(own.path, own.title, own.inverted), size, own.title)
    inverted = text("prior.inverted", name=own.title) if own.inverted else ""
    return fitted, " ".join(filter(None, (note, inverted)))


def _remarks(model: HiDiff, picture: Picture, own: Source | None) -> Remarks:
    """Examples are what they are; only what a visitor brings is doubted. Raises ImageError."""
    source = picture.source
    of_picture = None if source.example else picture_doubt(picture.pixels, model.task.image_kind)
    if own is None:
        return Remarks(picture=of_picture)
    _, note = given_map(own, picture.size)
    return Remarks(note, mask_doubt(own.path, own.title, own.inverted), of_picture)


def open_picture(model: HiDiff, source: Source) -> Picture:
    """Read the file and make sure that the networks can hold it. Raises ImageError."""
    pixels = read_image(source.path, source.title)
    height, width = model.task.frame(pixels).canvas
    if height * width > MAX_CANVAS:
        raise ImageError(text("error.canvas", name=source.title, limit=MAX_CANVAS // 1_000_000))
    size, reference = (pixels.shape[0], pixels.shape[1]), None
    if source.compared is not None:
        reference, _ = read_reference(source.compared.path, source.compared.title, size)
    return Picture(source, pixels, reference)


def check_memory(model: HiDiff, picture: Picture, settings: Settings) -> None:
    """Raises SettingsError where so many samples of so large a canvas would not fit into this server's memory."""
    height, width = model.task.frame(picture.pixels).canvas
    most = MAX_CHAINED // (height * width)
    if settings.samples > max(1, most):
        raise SettingsError(text("error.samples_here", name=picture.source.title, limit=max(1, most)))


def work_of(model: HiDiff, picture: Picture, recipe: Recipe) -> int:
    """What a refinement costs: pixels of the networks' canvas, times samples, steps, and the engine's own cost."""
    height, width = model.task.frame(picture.pixels).canvas
    settings = recipe.settings
    return height * width * settings.samples * settings.steps * cost_of(model, recipe.network, recipe.backend)


def samples_that_fit(model: HiDiff, recipe: Recipe, wanted: int) -> int:
    """As many samples as are wanted, or as are allowed on the picture of a recipe that was admitted."""
    steps = recipe.settings.samples * recipe.settings.steps * cost_of(model, recipe.network, recipe.backend)
    pixels = recipe.work // steps
    return max(1, min(wanted, MAX_CHAINED // pixels)) if pixels else wanted


def work_beside(model: HiDiff, first: Recipe, second: Recipe) -> int:
    """What a second recipe of the same picture costs, from what the first does."""
    one, other = (
        recipe.settings.samples * recipe.settings.steps * cost_of(model, recipe.network, recipe.backend)
        for recipe in (first, second)
    )
    return 0 if second.alone else first.work // one * other


def cost_of(model: HiDiff, network: str = "binary", backend: str = "packed") -> int:
    """What a step costs on an engine, where it costs one on the packed kernels."""
    packed = isinstance(model.backend, PackedDenoiser) and model.backend.packed
    return 1 if packed and network == "binary" and backend == "packed" else SLOW


def check_work(name: str, work: int) -> None:
    """Raises SettingsError where a run, of all its lanes, would hold this server for too long."""
    if work > MAX_WORK:
        said = {"seconds": work // PACKED_PACE, "limit": MAX_WORK // PACKED_PACE}
        raise SettingsError(text("error.work", name=name, **said))
