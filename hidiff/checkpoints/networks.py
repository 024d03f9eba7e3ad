"""Loading networks: the segmentor and the denoiser of a folder of weights, built as its config says and filled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import load_file
from torch import nn

from hidiff.checkpoints.config import HiDiffConfig, read_config
from hidiff.checkpoints.hub import WeightsFolder, find_weights
from hidiff.checkpoints.manifest import CONFIG as CONFIG_FILE
from hidiff.errors import WeightsError
from hidiff.models.backend import NetworkName
from hidiff.models.denoiser import Denoiser
from hidiff.models.packed.denoiser import PackedDenoiser
from hidiff.models.packed.file import PACKED_FILE, load_packed
from hidiff.models.segmentor import build_segmentor

SEGMENTOR_FILE = "segmentor.safetensors"
DENOISER_FILE = "denoiser.safetensors"
REAL_FILE = "twin.safetensors"
_DENOISER_FILES = (PACKED_FILE, DENOISER_FILE, REAL_FILE)


@dataclass(frozen=True)
class LoadedNetworks:
    """A folder of weights, opened. denoiser: packed, or as PyTorch runs it."""

    config: HiDiffConfig
    segmentor: nn.Module
    denoiser: Denoiser | PackedDenoiser
    source: WeightsFolder


def load_networks(
    task_or_path_or_repo: str | Path,
    revision: str | None = None,
    network: NetworkName = "binary",
    trainable: bool = False,
    wait: bool = True,
) -> LoadedNetworks:
    """Find, build and fill; the parameters are those of `HiDiff.from_pretrained`. Raises WeightsError."""
    wanted = REAL_FILE if network == "real" else DENOISER_FILE if trainable else PACKED_FILE
    spared = {other: wanted for other in _DENOISER_FILES if other != wanted}
    source = find_weights(task_or_path_or_repo, revision, spared=spared)
    config = read_config(source.path)
    if network == "real":
        if REAL_FILE not in source.names:
            raise WeightsError(f"The weights {task_or_path_or_repo} have no real-valued twin; choose others.")
        config = replace(config, denoiser=replace(config.denoiser, binary=False))
    try:
        segmentor, denoiser = build_segmentor(config.segmentor), Denoiser(config.denoiser)
    except (ValueError, TypeError, AssertionError, RuntimeError) as error:
        raise WeightsError(
            f"{CONFIG_FILE} in {source.path.name} describes networks that cannot be built ({error}); "
            "fetch the weights again."
        ) from error
    _fill(segmentor, source.path / SEGMENTOR_FILE)
    if trainable or not config.denoiser.binary:
        _fill(denoiser, source.path / (REAL_FILE if network == "real" else DENOISER_FILE))
        return LoadedNetworks(config, segmentor, denoiser, source)
    if PACKED_FILE in source.names:
        denoiser = load_packed(source.path / PACKED_FILE, config.denoiser)
    else:
        _fill(denoiser, source.path / DENOISER_FILE)
    return LoadedNetworks(config, segmentor, PackedDenoiser(denoiser, wait), source)


def _fill(network: nn.Module, file: Path) -> None:
    own = {name: list(value.shape) for name, value in network.state_dict().items()}
    try:
        with safe_open(file, "pt") as opened:  # the header alone: no tensor of another shape is ever made
            shapes = {name: opened.get_slice(name).get_shape() for name in opened.keys()}  # noqa: SIM118 (no dict)
        state = load_file(file) if shapes == own else None
    except Exception as error:  # safetensors raises its own kinds for a missing and for a damaged file
        raise WeightsError(f"{file.name} in {file.parent.name} cannot be read; fetch the weights again.") from error
    if state is None:
        raise WeightsError(f"{file.name} in {file.parent.name} does not fit its {CONFIG_FILE}; fetch both again.")
    network.load_state_dict(state)
