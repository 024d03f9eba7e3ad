"""The command line run within the process, with small random weights and pictures made on the spot.

A test file takes the fixtures by `pytest_plugins = ["segment_runs"]`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from hidiff.__main__ import main
from hidiff.checkpoints.config import HiDiffConfig
from hidiff.models.denoiser import Denoiser, DenoiserConfig
from hidiff.models.segmentor import LiteConfig, LiteSegmentor
from hidiff.pipeline import HiDiff
from hidiff.refinement.settings import Settings
from hidiff.tasks import POLYP


def small_model() -> HiDiff:
    """Random weights whose prior varies over the image."""
    config = HiDiffConfig(
        replace(POLYP, side=64),
        LiteConfig(width=8),
        DenoiserConfig(feature_channels=8, channels=(8, 8, 8, 8, 8), blocks=1),
        Settings(steps=3),
    )
    with torch.random.fork_rng():
        torch.manual_seed(3)
        segmentor, denoiser = LiteSegmentor(config.segmentor), Denoiser(config.denoiser)
    last = segmentor.head[1]
    assert isinstance(last, nn.Conv2d)
    with torch.no_grad():
        last.weight.mul_(40)
    return HiDiff(config, segmentor, denoiser)


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of weights that `HiDiff.from_pretrained` reads."""
    folder = tmp_path_factory.mktemp("weights")
    small_model().save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def model(weights: Path) -> HiDiff:
    """What is in that folder."""
    return HiDiff.from_pretrained(weights)


@dataclass(frozen=True)
class Run:
    """How a command ended: its exit status, the JSON lines of standard output, and standard error."""

    status: int
    records: list[dict[str, Any]]
    err: str


Segment = Callable[..., Run]


@pytest.fixture
def segment(weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Segment:
    """segment(*words): the command with the small weights; results go to tmp_path/out unless --out is among them."""

    def command(*words: str | Path) -> Run:
        place = () if "--out" in words else ("--out", tmp_path / "out")
        status = main([str(word) for word in ("segment", "--task", "polyp", "--weights", weights, *place, *words)])
        out, err = capsys.readouterr()
        return Run(status, [json.loads(line) for line in out.splitlines()], err)

    return command


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Soft blotches, RGB (H,W,3)."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (5, 5, 3)).astype(np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)


def saved(path: Path, array: np.ndarray | None = None) -> Path:
    """An image file, its format by its suffix; RGB or RGBA or grey."""
    Image.fromarray(picture(40, 48) if array is None else array).save(path)
    return path


def disc(height: int, width: int, row: int, column: int, radius: int) -> np.ndarray:
    rows, columns = np.indices((height, width))
    return ((rows - row) ** 2 + (columns - column) ** 2 <= radius**2).astype(np.uint8) * 255


def levels(path: str | Path) -> np.ndarray:
    """A PNG's samples as they are stored."""
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def results(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
