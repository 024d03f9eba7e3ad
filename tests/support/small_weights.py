"""Weights folders of a few numbers, made anew for each test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save

from hidiff.checkpoints.manifest import build_manifest

CARD = "polyp/card.json"
CONFIG = "polyp/config.json"
SEGMENTOR = "polyp/segmentor.safetensors"


def tree() -> dict[str, bytes]:
    """A weights folder of two tasks. No tensor is the same as another's."""
    values = np.arange(12, dtype=np.float32)
    return {
        "polyp/config.json": b'{"task": "polyp"}',
        "polyp/card.json": b'{"seed": 1}',
        "polyp/segmentor.safetensors": save({"weight": values}),
        "polyp/denoiser.safetensors": save({"weight": values + 1}),
        "fundus/config.json": b'{"task": "fundus"}',
        "fundus/segmentor.safetensors": save({"weight": values + 2}),
    }


def write_tree(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def manifest_bytes(folder: Path, **changes: Any) -> bytes:
    return json.dumps(build_manifest(folder) | changes).encode()


def flipped(content: bytes) -> bytes:
    """As many bytes, the last of them another one."""
    return content[:-1] + bytes([content[-1] ^ 1])
