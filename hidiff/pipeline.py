"""HiDiff: a segmentor that proposes, a denoiser that refines, and the settings that were chosen for both.

model = HiDiff.from_pretrained("polyp")
prior = model.prior(image)                       # (H,W,3) uint8 in, p (K,H,W) out
for step in model.refine(image, prior): ...      # one reverse Bernoulli step after another
"""

from __future__ import annotations

import copy
import platform
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import cached_property, partial
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Any, Literal, TypeGuard, Unpack

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from hidiff import __version__
from hidiff.aliases import current_settings
from hidiff.checkpoints.config import HiDiffConfig, write_config
from hidiff.checkpoints.hub import WeightsFolder
from hidiff.checkpoints.hub_commit import Target
from hidiff.checkpoints.manifest import CARD
from hidiff.checkpoints.networks import (
    DENOISER_FILE,
    REAL_FILE,
    SEGMENTOR_FILE,
    load_networks,
)
from hidiff.diffusion import bernoulli
from hidiff.errors import ImageError, SettingsError
from hidiff.files import write_tensors
from hidiff.imaging.frames import Box, square_frame
from hidiff.models.backend import BACKENDS, NETWORKS, BackendName, DenoiserBackend, NetworkName, Runner
from hidiff.models.denoiser import Denoiser
from hidiff.models.packed.denoiser import PackedDenoiser, backend_of
from hidiff.models.packed.file import PACKED_FILE, save_packed
from hidiff.models.packed.simulation import Simulation
from hidiff.models.segmentor_base import TrainableSegmentor
from hidiff.priors.views import Mirror, Prior, View, make_view
from hidiff.refinement.chain import Refinement
from hidiff.refinement.prepare import (
    Prepared,
    averages_looks,
    chain_prior,
    choose_view,
    mirrors_of,
    read_given_prior,
    read_given_scribbles,
    with_proposed,
)
from hidiff.refinement.settings import SETTINGS, Settings, SettingsGiven
from hidiff.refinement.temperature import temper
from hidiff.tasks import Task, check_canvas
from hidiff.types import Image, PriorKind


class HiDiff:
    """segmentor + denoiser + config. Both networks are in eval mode and frozen. proposer: the segmentor as it is
    called, for inference alone; `segmentor` is the one that is saved."""

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
        self.proposer = _proposer(self.segmentor, self.device)
        self.denoiser = _frozen(denoiser, self.device)
        self.backend = backend_of(self.denoiser)
        self._open_real: Callable[[], nn.Module] | None = None
        self.alpha_bar = bernoulli.cosine_schedule(config.denoiser.T)

    @property
    def task(self) -> Task:
        """What the weights are for."""
        return self.config.task

    @classmethod
    def from_pretrained(
        cls,
        task_or_path_or_repo: str | Path,
        revision: str | None = None,
        device: str = "cpu",
        network: NetworkName = "binary",
        trainable: bool = False,
        wait: bool = True,
    ) -> HiDiff:
        """Load a task's weights ("polyp", "fundus"), a folder's, or a Hub repository's ("owner/name").

        network: "binary" is the denoiser on bits, from the packed file or, where there is none, from the float
        weights; "real" its real-valued twin, where these weights have one. trainable: open the float weights behind the
        signs, as training needs them. wait: a refinement that starts before the packed kernels are ready waits for
        them, else it runs on the simulation meanwhile. Raises WeightsError when they are missing, damaged, or of
        another shape than their config says.
        """
        loaded = load_networks(task_or_path_or_repo, revision, network, trainable, wait)
        model = cls(loaded.config, loaded.segmentor, loaded.denoiser, loaded.source, device)
        if isinstance(loaded.denoiser, PackedDenoiser) and REAL_FILE in loaded.source.names:
            place = loaded.source.path if loaded.source.source == "folder" else task_or_path_or_repo
            model._open_real = lambda: load_networks(place, revision, "real").denoiser
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
            write_tensors(folder / name, {key: value.detach().cpu() for key, value in network.state_dict().items()})
        write_config(folder, self.config)

    def push_to_hub(
        self, repo_id: str, *, create_pr: bool = False, private: bool | None = None, commit_message: str | None = None
    ) -> str:
        """Publish the model as a repository of the Hub, card, licence and manifest included, in one commit.

        repo_id: owner/name, made where there is none. create_pr: propose it as a pull request. private: for a new
        repository. Returns the commit, 40 hexadecimal digits, which `from_pretrained(f"{repo_id}/{task}", commit)`
        loads. Needs a token that may write (`hf auth login` or HF_TOKEN). Raises PublishError.
        """
        from hidiff.checkpoints.publication import check_layout, lay_out, publish_layout

        with TemporaryDirectory(prefix="hidiff-") as place:
            weights, out = Path(place, "weights"), Path(place, "repository")
            folder = weights / self.task.name
            self.save_pretrained(folder)
            if self.source is not None and self.source.card_file.is_file():
                copyfile(self.source.card_file, folder / CARD)
            lay_out(weights, [self.task.name], repo_id, out)
            check_layout(out, repo_id)
            target = Target(repo_id, create_pr=create_pr, private=private)
            return publish_layout(out, target, commit_message or f"Publish the weights of {self.task.name}").commit

    def calibrated(self, p: NDArray[np.float32], kind: Literal["prior", "refined"]) -> NDArray[np.float32]:
        """p (K,H,W), a `Prior`'s or a refinement's, as a probability to be reported: at the temperature fitted on val.

        What lies above 0.5 stays there. The chains work with p as it is, and so do traces.
        """
        return temper(p, getattr(self.config.temperatures, kind))

    def prior(self, image: Image, mirror: bool = False) -> Prior:
        """The segmentor's proposal for an RGB image (H,W,3) uint8; with `mirror` the mean over the
        mirror images of its task.

        Raises ImageError when the array is no such image.
        """
        _check_image(image)
        check_canvas(self.task, image, "The image")
        view = self._view(image, None, mirrors_of(self.task, mirror))
        return Prior(view.frame.map_out(view.p), view)

    def refine(
        self,
        image: Image,
        prior: Prior | NDArray[Any] | None = None,
        *,
        scribbles: NDArray[np.uint8] | None = None,
        network: NetworkName = "binary",
        backend: BackendName = "packed",
        **settings: Unpack[SettingsGiven],
    ) -> Refinement:
        """Refine a prior of the image (H,W,3) uint8: an iterator of `Step`.

        prior: the segmentor's (None, or a `Prior` made before), or any map of the image's size, (H,W) or (K,H,W):
        a float array is a probability, a bool or integer one a mask, trusted to the degree `confidence`.
        scribbles: uint8 (H,W) or (K,H,W), 255 on, 0 off, 128 free: painted bits that hold and, on solid
        objects, speak for what lies beside them; with `hold=False` they only change the prior, and the chain may take
        them back (see `priors.scribbles`). network, backend: see `runner`. settings:
        those of `refinement.settings.SETTINGS`; what is not given is the weights' default. Raises ImageError for arrays
        that do not fit and SettingsError for settings out of range.
        """
        _check_image(image)
        check_canvas(self.task, image, "The image")
        runner = self.runner(network, backend)
        chosen = self.settings(**settings)
        return self.refine_prepared(self.prepare(image, prior, chosen, scribbles, runner), chosen, runner)

    def prepare(
        self,
        image: Image,
        prior: Prior | NDArray[Any] | None,
        settings: Settings,
        scribbles: NDArray[np.uint8] | None = None,
        runner: Runner | None = None,
    ) -> Prepared:
        """What the chains of a refinement start from, in three stages (see `refinement.prepare`). Scribbles that hold
        on the segmentor's own prior of solid objects meet the answer that it had without them: a person points at what
        that has left wrong. runner: what computes that answer."""
        size = (image.shape[0], image.shape[1])
        if scribbles is not None:
            scribbles = read_given_scribbles(scribbles, self.task.classes, size)
        source = self.prior(image, settings.mirror) if prior is None else prior
        held = scribbles if settings.hold else None
        if held is not None and self.points_at_answer(source):
            source = self.answer_as_prior(image, source, settings, runner)
        given = read_given_prior(source, settings.confidence, self.task.classes, size)
        if scribbles is not None and held is None:
            given = with_proposed(given, scribbles)
        view = choose_view(given, scribbles, settings, self.task, partial(self._view, image))
        averaged = averages_looks(given, view, held, settings.both_looks)
        p = chain_prior(given, view, held, self.task.thin, averaged)
        kind: PriorKind = "scribbles" if held is not None and given.kind == "segmentor" else given.kind
        return Prepared(view, given.p, p, held, kind, averaged)

    def points_at_answer(self, prior: Prior | NDArray[Any]) -> TypeGuard[Prior]:
        """Whether scribbles that hold on this prior are about the answer that it leads to: on solid objects, where it
        is the segmentor's own. On vessels the first prior did as well on val."""
        return isinstance(prior, Prior) and prior.kind == "segmentor" and not self.task.thin

    def answer_as_prior(self, image: Image, prior: Prior, settings: Settings, runner: Runner | None = None) -> Prior:
        """The answer that the segmentor's prior leads to, as the prior that a hand's scribbles meet."""
        refined = self.refine_prepared(self.prepare(image, prior, settings), settings, runner).finish().probability()
        return Prior(refined, replace(prior.view, p=prior.view.frame.map_in(refined)), "scribbles")

    def refine_prepared(self, prepared: Prepared, settings: Settings, runner: Runner | None = None) -> Refinement:
        """The chains on what `prepare` gave, or on what was changed in it since."""
        meta = {"task": self.task.name, "kind": prepared.kind, "settings": asdict(settings), "versions": versions()}
        return Refinement(prepared, settings, runner or self.runner(), self.alpha_bar, meta)

    def with_networks(self, segmentor: nn.Module, backend: DenoiserBackend) -> HiDiff:
        """The same model with a segmentor and a denoiser backend in the place of its own, such as memoized ones."""
        out = copy.copy(self)
        out.segmentor, out.backend = segmentor, backend
        out.proposer = _proposer(segmentor, self.device)
        return out

    def settings(self, **given: Unpack[SettingsGiven]) -> Settings:
        """The weights' own settings with what is given; None leaves the default. Raises SettingsError."""
        values = current_settings({name: value for name, value in given.items() if value is not None})
        unknown = next((name for name in values if name not in SETTINGS), None)
        if unknown is not None:
            raise SettingsError(f"There is no setting {unknown!r:.40}; choose one of {', '.join(SETTINGS)}.")
        return replace(self.config.settings, **values).within(self.config.denoiser.T)

    def runner(self, network: NetworkName = "binary", backend: BackendName = "packed") -> Runner:
        """What would run a refinement that starts now.

        network: "binary", or "real", the real-valued twin, another network with other bits, opened when it is first
        asked for. backend, of the binary network: "packed" is the packed kernels where these weights have them and they
        are ready, else the simulation; "simulation" is that at once; both give the same bits. Raises SettingsError for
        any other word, or where there is no twin.
        """
        for name, value, known in (("network", network, NETWORKS), ("backend", backend, BACKENDS)):
            if value not in known:
                raise SettingsError(f"{name} is {value!r:.40}; choose {' or '.join(known)}.")
        if network == "real":
            return Runner("real", "torch", backend_of(self._real), self.device)
        if not isinstance(self.backend, PackedDenoiser):
            kind: Literal["simulation", "torch"] = "simulation" if isinstance(self.backend, Simulation) else "torch"
            return Runner("binary", kind, self.backend, self.device)
        if backend == "packed" and self.backend.packed:
            return Runner("binary", "packed", self.backend, self.device)
        return Runner("binary", "simulation", self.backend.simulation, self.device)

    @property
    def has_real(self) -> bool:
        """Whether these weights have a real-valued twin beside the binary denoiser."""
        return self._open_real is not None

    @cached_property
    def _real(self) -> nn.Module:
        if self._open_real is None:
            raise SettingsError("These weights have no real-valued twin; choose the binary network.")
        return _frozen(self._open_real(), self.device)

    def _view(self, image: Image, window: Box | None, mirrors: tuple[Mirror, ...]) -> View:
        """What the segmentor sees of a window of the image, or of all of it."""
        size = (image.shape[0], image.shape[1])
        frame = self.task.frame(image) if window is None else square_frame(size, window, self.task.side)
        return make_view(self.proposer, self.task, image, frame, mirrors, self.device)


def _frozen(network: nn.Module, device: torch.device) -> nn.Module:
    return network.eval().requires_grad_(False).to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def _proposer(segmentor: nn.Module, device: torch.device) -> nn.Module:
    if not isinstance(segmentor, TrainableSegmentor):
        return segmentor
    return _frozen(segmentor.for_inference(), device)


def _check_image(image: Image) -> None:
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise ImageError("The image is not an RGB array of bytes; give (height, width, 3) as uint8.")
    if 0 in image.shape:
        raise ImageError("The image has no pixels; choose another.")


def versions() -> dict[str, str]:
    """The versions of what computes, as traces and settings keep them."""
    return {
        "hidiff": __version__,
        "torch": torch.__version__,
        "numpy": np.__version__,
        "opencv": cv2.__version__,
        "python": platform.python_version(),
    }
