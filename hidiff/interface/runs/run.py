"""What a visitor does, without Gradio: a picture, checked settings, and the moments of a run as they come.

Pure but for `Session`, which is one visitor's own and holds two counters and a file's name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hidiff.errors import HiDiffError, ImageError, SettingsError
from hidiff.imaging.files import read_image, read_mask
from hidiff.imaging.frames import Frame
from hidiff.interface.texts import text
from hidiff.models.packed.denoiser import EngineName
from hidiff.pipeline import HiDiff, Prior
from hidiff.priors.sources import MASK_LEVEL, SEGMENTOR, shown_prior, starting_prior
from hidiff.refinement.chain import Refinement
from hidiff.refinement.settings import Settings
from hidiff.refinement.trace import Step

MAX_SAMPLES = 16  # a public server's cap, for the sliders and for API callers alike
MANY = 8  # samples that the button draws
MAX_CANVAS = 4_000_000  # pixels of the networks' canvas
MAX_CHAINED = 8_000_000  # pixels of all samples' canvases: a step of a chain keeps 14 bytes of each

Verdict = Literal["go", "stop", "leave"]
Map = NDArray[Any]


@dataclass(frozen=True)
class Source:
    """Where a picture comes from: a file, what to call it, whether it is an example, and its reference mask if any."""

    path: Path
    title: str
    example: bool = False
    synthetic: bool = False
    reference: Path | None = None


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

    start, start_seed: see `starts`. own: an uploaded mask to refine, in the place of any start. strokes: painted
    bits as PNG. alone: the prior is the answer, nothing is refined. engine: what is to compute it: "packed" and
    "float" give the same bits, the real-valued "twin" others.
    """

    task: str
    source: Source
    settings: Settings
    start: str = SEGMENTOR
    start_seed: int = 0
    own: Source | None = None
    strokes: bytes | None = None
    alone: bool = False
    engine: EngineName = "packed"


@dataclass(frozen=True)
class Against:
    """The second lane's recipe, and what to call the first and the second."""

    recipe: Recipe
    titles: tuple[str, str]


@dataclass(frozen=True)
class Shown:
    """What is on the screen: the run's name, what it was made from, and how many steps of it have been done."""

    run: str
    recipe: Recipe
    steps: int


@dataclass
class Session:
    """One visitor. Runs carry numbers: a newer run supersedes the older ones, and Stop halts the newest.

    recipe: what the newest run is about. against: the second lane, where two are compared. shown: the last answer
    that arrived. picture: the digest by which the player knows the picture on the screen. timed: seconds of a step
    on this picture, by engine.
    """

    newest: int = 0
    halted: int = 0
    recipe: Recipe | None = None
    against: Against | None = None
    shown: Shown | None = None
    picture: str | None = None
    timed: dict[str, float] = field(default_factory=dict)

    @property
    def source(self) -> Source | None:
        """The picture that is on the screen or about to be."""
        return None if self.recipe is None else self.recipe.source

    def ask(self, recipe: Recipe | None, against: Against | None = None) -> int:
        """The number of a new run, or of none; what runs now leaves within one step."""
        self.recipe, self.against = recipe, against
        self.newest += 1
        return self.newest

    def halt(self) -> None:
        """Let the newest run answer with what it has."""
        self.halted = self.newest

    def verdict(self, run: int) -> Verdict:
        """What run number `run` should do before its next step."""
        if run < self.newest:
            return "leave"
        return "stop" if run <= self.halted else "go"


@dataclass(frozen=True)
class Moment:
    """Something to show: the prior, a step, or the answer.

    prior: where the chains start. refinement: None before it begins. step: only of kind "step".
    stopped: the answer came before the last step.
    """

    kind: Literal["prior", "step", "answer"]
    prior: Prior
    refinement: Refinement | None = None
    step: Step | None = None
    stopped: bool = False


def chosen_model(models: Mapping[str, HiDiff], task: object) -> HiDiff:
    """The model of a task. Raises HiDiffError when there is none."""
    if not isinstance(task, str) or task not in models:
        raise HiDiffError(text("error.task", task=task, tasks=", ".join(models) or "none"))
    return models[task]


def weights_note(model: HiDiff) -> str:
    """Where the weights come from, without a path of the server's."""
    if model.source is None:
        return text("weights.unknown", task=model.card.name)
    return text("weights.folder", task=model.card.name) if model.source.source == "folder" else model.source.note


def open_picture(model: HiDiff, source: Source) -> Picture:
    """Read the file and make sure that the networks can hold it. Raises ImageError."""
    pixels = read_image(source.path, source.title)
    height, width = model.card.frame(pixels).canvas
    if height * width > MAX_CANVAS:
        raise ImageError(text("error.canvas", name=source.title, limit=MAX_CANVAS // 1_000_000))
    reference = None
    if source.reference is not None:
        reference = read_mask(source.reference) > MASK_LEVEL
        reference = reference if reference.shape == pixels.shape[:2] else None
    return Picture(source, pixels, reference)


def fits_together(model: HiDiff, picture: Picture, settings: Settings) -> None:
    """Raises SettingsError where so many samples of so large a canvas would not fit into this server's memory."""
    height, width = model.card.frame(picture.pixels).canvas
    most = MAX_CHAINED // (height * width)
    if settings.samples > max(1, most):
        raise SettingsError(text("error.samples_here", name=picture.source.title, limit=max(1, most)))


def checked_settings(model: HiDiff, asked: Mapping[str, object]) -> Settings:
    """The weights' own settings with what was asked for, or SettingsError.

    JSON knows one kind of number, so 10.0 counts as 10. None leaves the default.
    """
    values: dict[str, Any] = {
        name: int(value) if isinstance(value, float) and value.is_integer() else value
        for name, value in asked.items()
        if value is not None
    }
    for name in ("focus", "flips"):
        if name in values:
            values[name] = bool(values[name])
    if not isinstance(values.get("confidence", 0.0), int | float):
        raise SettingsError(text("error.confidence"))
    settings = replace(model.config.settings, **values).within(model.config.denoiser.T)
    if settings.samples > MAX_SAMPLES:
        raise SettingsError(text("error.samples", samples=settings.samples, limit=MAX_SAMPLES))
    return settings


def run(
    model: HiDiff,
    pixels: NDArray[np.uint8],
    settings: Settings,
    verdict: Callable[[], Verdict] = lambda: "go",
    own_prior: Map | None = None,
    strokes: NDArray[np.uint8] | None = None,
    start: str = SEGMENTOR,
    start_seed: int = 0,
    alone: bool = False,
    engine: EngineName = "packed",
) -> Iterator[Moment]:
    """The prior at once, each step as it is computed, and the answer.

    own_prior: a map of the image's size in the segmentor's place, as `HiDiff.refine` takes it. strokes: as there.
    start, start_seed: as `starts.starting_prior` takes them. alone: no step is made, the prior is the answer.
    engine: as `HiDiff.runner` takes it.
    `verdict` is asked before every piece of work: "stop" goes on to the answer with what there is, "leave" ends
    without one.
    """
    prior: Prior | None = None
    if verdict() == "leave":
        return
    if own_prior is None:
        prior = starting_prior(model, pixels, start, start_seed, settings.flips)
        yield Moment("prior", prior)
        if verdict() == "leave":
            return
    asked: dict[str, Any] = asdict(settings) | ({"focus": False} if alone else {})
    refinement = model.refine(pixels, own_prior if prior is None else prior, strokes=strokes, engine=engine, **asked)
    if prior is None:
        prior = shown_prior(model.card, pixels, refinement.prior_map)
        yield Moment("prior", prior)
    while not alone and len(refinement.steps) < len(refinement.times):
        said = verdict()
        if said == "leave":
            return
        if said == "stop":
            break
        yield Moment("step", prior, refinement, next(refinement))
    stopped = not alone and len(refinement.steps) < len(refinement.times)
    yield Moment("answer", prior, refinement, stopped=stopped)


def content_of(frame: Frame, values: Map) -> Map:
    """The part of a map (...,h,w) of the canvas that shows pixels: padding is never shown and never counted."""
    top, left, height, width = frame.content
    return values[..., top : top + height, left : left + width]


@dataclass(frozen=True)
class Counts:
    """One chain at one step, padding left out. area: share of the whole image, 0..1, that y_t has on."""

    bits: int
    on: int
    off: int
    expected: float
    area: float


def count(frame: Frame, step: Step, chain: int, channel: int = 0) -> Counts:
    """What a step does in one chain and one class."""
    y_t, after = step_bits(step)
    before, then = (content_of(frame, bits[chain, channel]) for bits in (y_t, after))
    return Counts(
        bits=before.size,
        on=int((then & ~before).sum()),
        off=int((before & ~then).sum()),
        expected=float(content_of(frame, step.eps_hat[chain, channel]).sum(dtype=np.float64)),
        area=area_share(frame, before),
    )


def step_bits(step: Step) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The bits (N,K,h,w) before and after a step; after the last one they are those of y0_hat > 0.5."""
    return step.y_t, step.y0_hat > 0.5 if step.y_prev is None else step.y_prev


def area_share(frame: Frame, content: NDArray[np.bool_]) -> float:
    """The share of the whole image, 0..1, that a mask of the frame's content covers."""
    window = frame.window[2] * frame.window[3]
    return float(content.mean()) * window / (frame.original[0] * frame.original[1])
