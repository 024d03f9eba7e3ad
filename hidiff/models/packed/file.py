"""`denoiser.packed.safetensors`: a binary denoiser in one bit a binary weight.

Each binary convolution is its signs, eight to a byte, and one float32 scale an output channel. The cross transformer's
matrices, half of all bytes otherwise, are float16; everything else is float32. The file's metadata hold the format,
the network's config and a digest of all of it, so that a file that was damaged or belongs elsewhere is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from hidiff.errors import WeightsError
from hidiff.files import write_tensors
from hidiff.models.binary import Conv3x3
from hidiff.models.denoiser import Denoiser, DenoiserConfig

PACKED_FILE = "denoiser.packed.safetensors"
PACKED_FORMAT = 1

_SIGNS, _SCALE = ".signs", ".scale"
_COUNTER = "num_batches_tracked"


def pack_state(network: Denoiser) -> dict[str, Tensor]:
    """The tensors of the file. Raises ValueError for the real twin, which has no signs to pack."""
    if not network.config.binary:
        raise ValueError("the real twin has no signs to pack")
    binary = _binary_names(network)
    out = {}
    for name, value in network.state_dict().items():
        value = value.detach().cpu().contiguous()
        if name in binary:
            bits = np.packbits((value >= 0).numpy().reshape(-1))
            out[name + _SIGNS] = torch.from_numpy(bits)
            out[name + _SCALE] = value.abs().mean((1, 2, 3))
        elif not name.endswith(_COUNTER):
            out[name] = value.half() if _is_half(name, value) else value.float()
    return out


def save_packed(network: Denoiser, path: Path) -> None:
    """Write the packed file of a binary denoiser."""
    state = pack_state(network)
    config = _config_text(network.config)
    metadata = {"format": str(PACKED_FORMAT), "config": config, "digest": _digest(state, config)}
    write_tensors(path, state, metadata)


def is_packed(path: Path) -> bool:
    """Whether `save_packed` wrote this file, of whatever network, and nobody has changed it since."""
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no dictionary)
    except (OSError, SafetensorError):
        return False
    return "digest" in metadata and metadata["digest"] == _digest(state, metadata.get("config", ""))


def load_packed(path: Path, config: DenoiserConfig) -> Denoiser:
    """The denoiser that the file holds, its binary weights as sign * scale.

    Raises WeightsError, one sentence, when the file cannot be read, is of another format, is not what its digest
    says, or does not fit `config`.
    """
    place = f"{path.name} in {path.parent.name}"
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no dictionary)
    except (OSError, SafetensorError) as error:
        raise WeightsError(f"{place} cannot be read; fetch the weights again.") from error
    if metadata.get("format") != str(PACKED_FORMAT):
        raise WeightsError(
            f"{place} has packed format {metadata.get('format')!r:.40} and this version reads {PACKED_FORMAT}; "
            "update hidiff or pack the weights again."
        )
    if metadata.get("digest") != _digest(state, metadata.get("config", "")):
        raise WeightsError(f"{place} is not what its digest says; fetch the weights again.")
    if not _describes(metadata["config"], config):
        raise WeightsError(f"{place} does not fit its config.json; fetch both again.")
    network = Denoiser(config)
    try:
        network.load_state_dict(_unpack(network, state))
    except (KeyError, RuntimeError, ValueError) as error:
        raise WeightsError(f"{place} does not fit its config.json; fetch both again.") from error
    return network.eval()


def _unpack(network: Denoiser, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    binary = _binary_names(network)
    left = dict(state)
    out = {}
    for name, value in network.state_dict().items():
        if name in binary:
            bits = np.unpackbits(left.pop(name + _SIGNS).numpy(), count=value.numel()).astype(np.float32)
            signs = torch.from_numpy(bits * 2 - 1).reshape(value.shape)
            out[name] = signs * left.pop(name + _SCALE)[:, None, None, None]
        elif name.endswith(_COUNTER):
            out[name] = value
        else:
            out[name] = left.pop(name).float()
    if left:
        raise KeyError(next(iter(left)))
    return out


def _binary_names(network: Denoiser) -> set[str]:
    return {f"{name}.weight" for name, part in network.named_modules() if isinstance(part, Conv3x3) and part.binary}


def _is_half(name: str, value: Tensor) -> bool:
    return name.startswith("cross.") and value.ndim == 2


def _config_text(config: DenoiserConfig) -> str:
    return json.dumps(asdict(config), sort_keys=True)


def _describes(text: str, config: DenoiserConfig) -> bool:
    """Whether a file's own description is the config; what came later has its default there."""
    described = {**asdict(DenoiserConfig()), **json.loads(text)}
    return json.dumps(described, sort_keys=True) == _config_text(config)


def _digest(state: Mapping[str, Tensor], config: str) -> str:
    digest = hashlib.sha256(config.encode())
    for name in sorted(state):
        value = state[name]
        digest.update(f"{name} {value.dtype} {list(value.shape)}".encode())
        digest.update(value.contiguous().numpy().tobytes())
    return digest.hexdigest()
