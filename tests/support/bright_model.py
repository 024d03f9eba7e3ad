"""A model that needs no weights: what is red is the object. Its denoiser can be made to wait before every step."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hidiff.checkpoints.config import HiDiffConfig
from hidiff.imaging.files import write_png
from hidiff.interface.examples import MANIFEST
from hidiff.models.denoiser import DenoiserConfig
from hidiff.models.segmentor import FEATURE_STRIDES, LiteConfig, SegmentorOutput
from hidiff.pipeline import HiDiff
from hidiff.refinement.settings import Settings
from hidiff.tasks import POLYP, Task

PATIENCE = 60.0


class RedSegmentor(nn.Module):
    """p is about 0.95 where the image is red and about 0.05 elsewhere."""

    def forward(self, image: Tensor) -> SegmentorOutput:
        logits = 8 * (image[:, :1] - 0.5)
        height, width = image.shape[2:]
        maps = tuple(torch.zeros(len(image), 1, height // stride, width // stride) for stride in FEATURE_STRIDES)
        return SegmentorOutput(logits, maps)  # type: ignore[arg-type]


class HeldSegmentor(RedSegmentor):
    """`hold` makes every later call wait for `open`; reached: a call waits."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = threading.Event()
        self._free = threading.Event()
        self._free.set()

    def hold(self) -> None:
        self.reached.clear()
        self._free.clear()

    def open(self) -> None:
        self._free.set()

    def forward(self, image: Tensor) -> SegmentorOutput:
        if not self._free.is_set():
            self.reached.set()
            self._free.wait(PATIENCE)
        return super().forward(image)


class RedDenoiser(nn.Module):
    """Expects a bit to be wrong where it differs from [red > 1/2]. `hold` makes every later call wait for `let`."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0
        self._held = False
        self._permits = threading.Semaphore(0)

    def hold(self) -> None:
        self._held = True
        self._permits = threading.Semaphore(0)

    def let(self, steps: int = 1) -> None:
        self._permits.release(steps)

    def open(self) -> None:
        self._held = False
        self._permits.release(1000)

    def forward(
        self, image: Tensor, y_t: Tensor, p: Tensor, t: Tensor, features: Sequence[Tensor], kind: Tensor | None = None
    ) -> Tensor:
        if self._held:
            self._permits.acquire(timeout=PATIENCE)
        self.calls += 1
        wrong = (image[:, :1] > 0.5) != (y_t > 0.5)
        return torch.where(wrong, 4.0, -4.0)


def red_model(task: Task = POLYP, segmentor: nn.Module | None = None, settings: Settings | None = None) -> HiDiff:
    config = HiDiffConfig(task, LiteConfig(), DenoiserConfig(), settings or Settings())
    return HiDiff(config, segmentor or RedSegmentor(), RedDenoiser())


def red_disc(
    height: int = 240, width: int = 320, centre: tuple[int, int] = (100, 130), radius: int = 34
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """A red disc on grey, and the disc as a mask."""
    rows, columns = np.ogrid[:height, :width]
    disc = (rows - centre[0]) ** 2 + (columns - centre[1]) ** 2 < radius**2
    return np.where(disc[..., None], np.uint8((220, 60, 50)), np.uint8((40, 60, 70))), disc


def save_disc(path: Path, **where: object) -> NDArray[np.bool_]:
    """Write the picture as a PNG; returns its mask."""
    picture, disc = red_disc(**where)  # type: ignore[arg-type]
    write_png(path, picture)
    return disc


def save_two_discs(folder: Path) -> None:
    """Write two examples of polyps and their manifest to a folder."""
    save_disc(folder / "one.png")
    save_disc(folder / "two.png", height=200, width=200, centre=(120, 70), radius=25)
    (folder / MANIFEST).write_text(
        '[{"file": "one.png", "title": "One disc", "task": "polyp", "synthetic": true},'
        ' {"file": "two.png", "title": "Another disc", "task": "polyp"}]'
    )
