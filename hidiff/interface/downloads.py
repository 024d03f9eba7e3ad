"""Files to take away. They lie in folders of Gradio's cache that nobody can guess, and are deleted with it."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

import numpy as np
from gradio.utils import get_upload_folder
from numpy.typing import NDArray

from hidiff.images import write_png
from hidiff.interface.session import Source
from hidiff.settings import Settings

LONGEST_STEM = 60


def stem(task: str, source: Source, settings: Settings | None = None) -> str:
    """A file name's beginning: task, picture, seed; letters, digits, dot, dash and underscore only."""
    title = source.title if source.example else Path(source.title).stem
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", title).strip("-")[:LONGEST_STEM] or "image"
    return f"{task}-{name}" if settings is None else f"{task}-{name}-seed{settings.seed}"


def save_mask(stem: str, probability: NDArray[np.float32]) -> str:
    """Write `<stem>.mask.png` from p (H,W): 0 and 255, cut at one half. Returns its path."""
    path = _new_folder() / f"{stem}.mask.png"
    write_png(path, probability > 0.5)
    return str(path)


def save_probability(stem: str, probability: NDArray[np.float32]) -> str:
    """Write `<stem>.prob.png` from p (H,W): 16 bits, 65535 for one. Returns its path."""
    path = _new_folder() / f"{stem}.prob.png"
    write_png(path, np.round(np.clip(probability, 0, 1) * 65535).astype(np.uint16))
    return str(path)


def _new_folder() -> Path:
    folder = Path(get_upload_folder()) / secrets.token_hex(20)
    folder.mkdir(parents=True, mode=0o700)
    return folder
