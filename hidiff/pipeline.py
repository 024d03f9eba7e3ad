"""HiDiff: a segmentor that proposes, a denoiser that refines, and the settings that were chosen for both.

model = HiDiff.from_pretrained("polyp")
prior = model.prior(image)                       # (H,W,3) uint8 in, p (K,H,W) out
for step in model.refine(image, prior): ...      # one reverse Bernoulli step after another
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import nn

from hidiff import __version__
from hidiff.checkpoints.hub import WeightsFolder, find_weights
from hidiff.diffusion import bernoulli
from hidiff.errors import ImageError, SettingsError, WeightsError
from hidiff.evaluation.calibration import Temperatures, temper
from hidiff.imaging.frames import focus_window, square_frame
from hidiff.models.denoiser import Denoiser, DenoiserConfig
from hidiff.models.packed.denoiser import ENGINES, EngineName, PackedDenoiser, runner_of
from hidiff.models.packed.file import PACKED_FILE, load_packed, save_packed
from hidiff.models.packed.simulation import Simulation
from hidiff.models.segmentor import LiteSegmentor, SegmentorConfig
from hidiff.priors.scribbles import hold, mask_to_prior, painted, speak_for_neighbours
from hidiff.priors.views import FLIPS, UPRIGHT, View, look
from hidiff.refinement.chain import Refinement
from hidiff.refinement.settings import Settings
from hidiff.tasks import TaskCard

CONFIG_FORMAT = 1
CONFIG_FILE = "config.json"
SEGMENTOR_FILE = "segmentor.safetensors"
DENOISER_FILE = "denoiser.safetensors"
TWIN_FILE = "twin.safetensors"

Image = NDArray[np.uint8]


@dataclass(frozen=True)
class HiDiffConfig:
    """Everything that `config.json` holds: the task's card, both networks' shapes, the settings and the temperatures
    chosen on val."""

    task: TaskCard
    segmentor: SegmentorConfig
    denoiser: DenoiserConfig
    settings: Settings = field(default_factory=Settings)
    temperatures: Temperatures = field(default_factory=Temperatures)

    def to_json(self) -> dict[str, Any]:
        """A dictionary that `from_json` reads back to an equal config."""
        return {"format": CONFIG_FORMAT, **asdict(self)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> HiDiffConfig:
        """The inverse of `to_json`. Raises WeightsError when the format or a field is not known."""
        if not isinstance(data, Mapping) or data.get("format") != CONFIG_FORMAT:
            found = data.get("format") if isinstance(data, Mapping) else data
            raise WeightsError(
                f"The weights' config has format {found!r:.40} and this version reads {CONFIG_FORMAT}; "
                "update hidiff or choose other weights."
            )
        try:
            denoiser = {**data["denoiser"], "channels": tuple(data["denoiser"]["channels"])}
            return cls(
                TaskCard.from_json(data["task"]),
                SegmentorConfig(**data["segmentor"]),
                DenoiserConfig(**denoiser),
                Settings(**data["settings"]),
                Temperatures(**data.get("temperatures", {})),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise WeightsError(
                f"The weights' config is not one this version reads ({error}); update hidiff."
            ) from error


@dataclass(frozen=True)
class Prior:
    """What the segmentor proposes. p (K,H,W) float32 in the original frame; view: the whole image as it was seen."""

    p: NDArray[np.float32]
    view: View


class HiDiff:
    """segmentor + denoiser + config. Both networks are in eval mode and frozen."""

    def __init__(
        self,
        config: HiDiffConfig,
        segmentor: nn.Module,
        denoiser: nn.Module,
        source: WeightsFolder | None = None,
        device: str = "cpu",
    ) -> None:
        self.config = config
        self.source = source
        self.device = torch.device(device)
        self.segmentor = _frozen(segmentor, self.device)
        self.denoiser = _frozen(denoiser, self.device)
        self._runner = runner_of(self.denoiser)
        self._open_twin: Callable[[], nn.Module] | None = None
        self.alpha_bar = bernoulli.cosine_schedule(config.denoiser.T)

    @property
    def card(self) -> TaskCard:
        """The task's card."""
        return self.config.task

    @classmethod
    def from_pretrained(
        cls,
        task_or_path_or_repo: str | Path,
        revision: str | None = None,
        device: str = "cpu",
        engine: EngineName = "packed",
        wait: bool = True,
    ) -> HiDiff:
        """Load a task's weights ("polyp", "fundus"), a folder's, or a Hub repository's ("owner/name").

        engine: "packed" runs the denoiser on bits, from the packed file or, where there is none, from the float
        weights; "float" opens the float weights, as training needs them; "twin" opens the real-valued twin, where
        these weights have one. wait: a refinement that starts before the packed kernels are ready waits for them,
        else it runs on the float simulation meanwhile. Raises WeightsError when they are missing, damaged, or of
        another shape than their config says.
        """
        file = _FILES[engine]
        spared = {other: file for other in _FILES.values() if other != file}
        source = find_weights(task_or_path_or_repo, revision, spared=spared)
        try:
            data = json.loads((source.path / CONFIG_FILE).read_text())
        except (OSError, ValueError) as error:
            raise WeightsError(
                f"{CONFIG_FILE} in {source.path.name} cannot be read; fetch the weights again."
            ) from error
        config = HiDiffConfig.from_json(data)
        if engine == "twin":
            if TWIN_FILE not in source.names:
                raise WeightsError(f"The weights {task_or_path_or_repo} have no real-valued twin; choose others.")
            config = replace(config, denoiser=replace(config.denoiser, binary=False))
        try:
            segmentor, denoiser = LiteSegmentor(config.segmentor), Denoiser(config.denoiser)
        except (ValueError, TypeError, AssertionError, RuntimeError) as error:
            raise WeightsError(
                f"{CONFIG_FILE} in {source.path.name} describes networks that cannot be built ({error}); "
                "fetch the weights again."
            ) from error
        _fill(segmentor, source.path / SEGMENTOR_FILE)
        if engine != "packed" or not config.denoiser.binary:
            _fill(denoiser, source.path / (file if engine == "twin" else DENOISER_FILE))
            return cls(config, segmentor, denoiser, source, device)
        if (source.path / PACKED_FILE).is_file():
            denoiser = load_packed(source.path / PACKED_FILE, config.denoiser)
        else:
            _fill(denoiser, source.path / DENOISER_FILE)
        model = cls(config, segmentor, PackedDenoiser(denoiser, wait), source, device)
        if TWIN_FILE in source.names:
            asked = source.path if source.source == "folder" else task_or_path_or_repo
            model._open_twin = lambda: cls.from_pretrained(asked, revision, device, "twin").denoiser
        return model

    def save_pretrained(self, folder: str | Path) -> None:
        """Write config.json and both networks as safetensors; `from_pretrained(folder)` reads them back.

        A binary denoiser is written twice, as floats and packed; one that is packed already only so, since the
        weights behind its signs are gone.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        networks = {SEGMENTOR_FILE: self.segmentor}
        if isinstance(self.denoiser, PackedDenoiser):
            save_packed(self.denoiser.trained, folder / PACKED_FILE)
        else:
            networks[DENOISER_FILE] = self.denoiser
            if isinstance(self.denoiser, Denoiser) and self.denoiser.config.binary:
                save_packed(self.denoiser, folder / PACKED_FILE)
        for name, network in networks.items():
            state = {key: value.detach().cpu().contiguous() for key, value in network.state_dict().items()}
            save_file(state, folder / name)
        (folder / CONFIG_FILE).write_text(json.dumps(self.config.to_json(), indent=2) + "\n")

    def calibrated(self, p: NDArray[np.float32], kind: Literal["prior", "refined"]) -> NDArray[np.float32]:
        """p (K,H,W), a `Prior`'s or a refinement's, as a probability to be reported: at the temperature fitted on val.

        What lies above 0.5 stays there. The chains work with p as it is, and so do traces.
        """
        return temper(p, getattr(self.config.temperatures, kind))

    def prior(self, image: Image, flips: bool = False) -> Prior:
        """The segmentor's proposal for an RGB image (H,W,3) uint8; with `flips` the mean over four orientations.

        Raises ImageError when the array is no such image.
        """
        _check_image(image)
        frame = self.card.frame(image)
        view = look(self.segmentor, self.card, image, frame, FLIPS if flips else (UPRIGHT,), self.device)
        return Prior(view.frame.map_out(view.p), view)

    def refine(
        self,
        image: Image,
        prior: Prior | NDArray[Any] | None = None,
        *,
        steps: int | None = None,
        samples: int | None = None,
        sampler: str | None = None,
        mean: str | None = None,
        seed: int | None = None,
        focus: bool | None = None,
        confidence: float | None = None,
        strokes: NDArray[np.uint8] | None = None,
        flips: bool | None = None,
        answer: str | None = None,
        engine: EngineName = "packed",
    ) -> Refinement:
        """Refine a prior of the image (H,W,3) uint8: an iterator of `Step`; what is not given is the weights' default.

        prior: the segmentor's (None, or a `Prior` made before), or any map of the image's size, (H,W) or (K,H,W):
        a float array is a probability, a bool or integer one a mask, trusted to the degree `confidence`.
        strokes: uint8 (H,W) or (K,H,W), 255 on, 0 off, 128 free: painted bits that hold and, on solid
        objects, speak for what lies beside them (see `hand`). engine: see `runner`. For
        the rest see `Settings`. Raises ImageError for arrays that do not fit and SettingsError for settings out of
        range.
        """
        _check_image(image)
        engine, runner = self.runner(engine)
        given: dict[str, Any] = {
            "steps": steps,
            "samples": samples,
            "sampler": sampler,
            "mean": mean,
            "seed": seed,
            "focus": focus,
            "confidence": confidence,
            "flips": flips,
            "answer": answer,
        }
        settings = replace(self.config.settings, **{k: v for k, v in given.items() if v is not None})
        settings = settings.within(self.config.denoiser.T)
        orientations = FLIPS[: settings.samples] if settings.flips else (UPRIGHT,)
        if strokes is not None:
            if strokes.dtype != np.uint8:
                raise ImageError("The strokes are not bytes; give uint8 with 255 on, 0 off and 128 free.")
            strokes = self._maps(strokes, image, "strokes")
        view: View | None = None
        proposed: Prior | None = None
        if prior is None or isinstance(prior, Prior):
            proposed = prior if prior is not None else self.prior(image, settings.flips)
            prior_map, view = proposed.p, proposed.view
            found = prior_map
        else:
            maps = self._maps(prior, image, "prior")
            if maps.dtype.kind == "f":
                found = prior_map = np.clip(np.nan_to_num(maps.astype(np.float32)), 0, 1)
            else:
                found = (maps > (127 if maps.max(initial=0) > 1 else 0)).astype(np.float32)
                prior_map = mask_to_prior(found > 0, settings.confidence)
        if prior_map.shape[1:] != image.shape[:2]:
            raise ImageError(_does_not_fit("prior", prior_map.shape, image))
        window = None
        if settings.focus and self.card.focus:
            window = focus_window(found.max(axis=0), None if strokes is None else _merged(strokes))
        if window is not None:
            frame = square_frame((image.shape[0], image.shape[1]), window, self.card.side)
            view = look(self.segmentor, self.card, image, frame, orientations, self.device)
        elif view is None or view.flips != orientations:
            frame = self.card.frame(image)
            view = look(self.segmentor, self.card, image, frame, orientations, self.device)
        margin = bernoulli.PRIOR_MARGIN
        p = view.frame.map_in(prior_map)
        if proposed is not None and proposed.view.frame == view.frame:
            # the segmentor's own numbers, resampled never instead of twice, and what was changed in them since
            own = proposed.view.p
            p = own + view.frame.map_in(prior_map - view.frame.map_out(own))
        p = np.clip(p, margin, 1 - margin).astype(np.float32)
        if strokes is not None:
            held = _strokes_in(view, strokes)
            p = hold(p if self.card.thin else speak_for_neighbours(p, held), held)
        return Refinement(
            runner,
            view,
            self.alpha_bar,
            settings,
            prior_map,
            p,
            strokes,
            {"task": self.card.name, "settings": asdict(settings), "versions": versions()},
            self.device,
            engine,
        )

    def runner(self, engine: EngineName = "packed") -> tuple[EngineName, nn.Module | Simulation]:
        """What would run a refinement that starts now, and which engine that is.

        "packed" is the packed kernels where these weights have them and they are ready, else the float simulation;
        "float" is the simulation at once; both give the same bits. "twin" is the real-valued twin, another network
        with other bits, opened when it is first asked for. Raises SettingsError for any other word, or where there
        is no twin.
        """
        if engine not in ENGINES:
            raise SettingsError(f"engine is {engine!r}; choose {' or '.join(ENGINES)}.")
        if engine == "twin":
            return "twin", self._twin
        if not isinstance(self.denoiser, PackedDenoiser):
            return "float", self._runner
        if engine == "packed" and self.denoiser.packed:
            return "packed", self.denoiser
        return "float", self.denoiser.simulation

    @property
    def has_twin(self) -> bool:
        """Whether these weights have a real-valued twin beside the binary denoiser."""
        return self._open_twin is not None

    @cached_property
    def _twin(self) -> nn.Module:
        if self._open_twin is None:
            raise SettingsError("These weights have no real-valued twin; choose another engine.")
        return _frozen(self._open_twin(), self.device)

    def _maps(self, values: NDArray[Any], image: Image, name: str) -> NDArray[Any]:
        """(H,W) or (K,H,W) -> (K,H,W), or ImageError."""
        maps = np.asarray(values)
        maps = maps[None] if maps.ndim == 2 else maps
        if maps.shape != (self.card.classes, *image.shape[:2]):
            raise ImageError(_does_not_fit(name, maps.shape, image))
        return maps


_FILES: dict[EngineName, str] = {"packed": PACKED_FILE, "float": DENOISER_FILE, "twin": TWIN_FILE}


def _frozen(network: nn.Module, device: torch.device) -> nn.Module:
    return network.eval().requires_grad_(False).to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def _fill(network: nn.Module, file: Path) -> None:
    try:
        state = load_file(file)
    except Exception as error:  # safetensors raises its own kinds for a missing and for a damaged file
        raise WeightsError(f"{file.name} in {file.parent.name} cannot be read; fetch the weights again.") from error
    own = network.state_dict()
    if state.keys() != own.keys() or any(state[k].shape != own[k].shape for k in own):
        raise WeightsError(f"{file.name} in {file.parent.name} does not fit its {CONFIG_FILE}; fetch both again.")
    network.load_state_dict(state)


def _check_image(image: Image) -> None:
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise ImageError("The image is not an RGB array of bytes; give (height, width, 3) as uint8.")
    if 0 in image.shape:
        raise ImageError("The image has no pixels; choose another.")


def _does_not_fit(name: str, shape: tuple[int, ...], image: Image) -> str:
    size = " x ".join(str(n) for n in reversed(shape[-2:]))
    classes = "" if len(shape) < 3 or shape[0] == 1 else f" in {shape[0]} classes"
    wanted = f"{image.shape[1]} x {image.shape[0]}"
    return f"The size of the {name} is {size}{classes} and that of the image {wanted}; give both one size."


def _merged(strokes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(K,H,W) -> (H,W): painted in any class."""
    on, off = painted(strokes)
    touched = (on | off).any(axis=0)
    return np.where(touched, np.uint8(255), np.uint8(128))


def _strokes_in(view: View, strokes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Strokes (K,H,W) -> (K,h,w): a canvas pixel is painted when a quarter of it is, with what covers more of it."""
    on, off = (view.frame.map_in(part) for part in painted(strokes))
    out = np.where((on >= 0.25) & (on >= off), np.uint8(255), np.uint8(128))
    return np.where((off >= 0.25) & (off > on), np.uint8(0), out)


def versions() -> dict[str, str]:
    """The versions of what computes, as traces and settings keep them."""
    return {
        "hidiff": __version__,
        "torch": torch.__version__,
        "numpy": np.__version__,
        "opencv": cv2.__version__,
        "python": platform.python_version(),
    }


__all__ = ["HiDiff", "HiDiffConfig", "Prior", "SettingsError"]
