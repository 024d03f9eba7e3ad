"""Files in and out by way of Gradio's folder of uploads: where they may come from, and where downloads lie.

The one module of `runs` that knows Gradio, since Gradio decides where uploads lie and what is deleted there. What is
uploaded is opened by `imaging.files` alone.

Events that take a file are made with `preprocess=False`: Gradio then hands over where the file lies and neither
Pillow nor anything else reads it. Their other inputs arrive as plain JSON, which `checked_settings` expects.
"""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import gradio as gr
import numpy as np
from gradio.utils import get_upload_folder
from gradio_client.utils import is_http_url_like
from numpy.typing import NDArray

from hidiff.errors import HiDiffError, ImageError
from hidiff.imaging.files import MAX_PIXELS, read_image, write_png
from hidiff.imaging.headers import RefusedError, read_header
from hidiff.interface.runs.recipe import Source
from hidiff.interface.runs.sweep import held_on_disk
from hidiff.interface.texts import text

MAX_FILE_SIZE = "50mb"
_SHOWN = frozenset({"PNG", "JPEG", "WebP", "BMP"})  # by any browser
MIN_FREE = 100_000_000  # bytes that stay free on the disk
MOST_KEPT = 8_000_000_000  # bytes of all uploads and results
_PREVIEW = 600  # pixels, the longer side
_COUNT_AGAIN = 5.0  # seconds
_counted: tuple[float, Path | None, int] = (0.0, None, 0)


def local_only(component: gr.components.Component) -> gr.components.Component:
    """The same component, which refuses addresses: Gradio itself would fetch them."""
    move = component.async_move_resource_to_block_cache

    async def guarded(path: str | Path | None) -> str | None:
        if path is not None and is_http_url_like(str(path)):
            raise gr.Error(text("error.address"), print_exception=False)
        moved: str | None = await move(path)
        return moved

    component.async_move_resource_to_block_cache = guarded  # type: ignore[method-assign, assignment]
    return component


def uploaded(file: object) -> Source:
    """What Gradio says of an upload -> a source. Raises ImageError when it is none.

    Gradio checks the path only where the caller declares it a file, so it is checked here again.
    """
    path = file.get("path") if isinstance(file, Mapping) else None
    if not isinstance(file, Mapping) or not isinstance(path, str) or not _is_upload(path):
        raise ImageError(text("error.image_missing"))
    name: Any = file.get("orig_name")
    return Source(Path(path), name if isinstance(name, str) and name else Path(path).name)


def preview(source: Source, read: Callable[[Path], NDArray[np.uint8]] = read_image) -> Path | None:
    """What a browser can show of a file: the file itself, or a small PNG of what `read` makes of it; None where it is
    gone or no picture."""
    try:
        if read_header(source.path.read_bytes(), MAX_PIXELS).kind in _SHOWN:
            return source.path
        pixels = read(source.path)
    except (OSError, RefusedError, ImageError):
        return None
    scale = min(1.0, _PREVIEW / max(pixels.shape[:2]))
    size = tuple(max(1, round(length * scale)) for length in pixels.shape[1::-1])
    path = new_folder() / f"{secrets.token_hex(8)}.png"
    write_png(path, cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
    return path


def new_folder() -> Path:
    """An empty folder for a download, whose name nobody can guess; it is swept with the uploads. Raises HiDiffError
    where there is no space for more."""
    root = Path(get_upload_folder())
    root.mkdir(parents=True, mode=0o700, exist_ok=True)
    if shutil.disk_usage(root).free < MIN_FREE or results_bytes(root) > MOST_KEPT:
        raise HiDiffError(text("server.no_space"))
    folder = root / secrets.token_hex(20)
    folder.mkdir(mode=0o700)
    return folder


def results_bytes(folder: Path) -> int:
    """Bytes of everything in a folder, as they were within the last seconds: counting them takes a while."""
    global _counted
    since, where, total = _counted
    if where != folder or time.monotonic() - since > _COUNT_AGAIN:
        total = held_on_disk(folder)
        _counted = time.monotonic(), folder, total
    return total


def _is_upload(path: str) -> bool:
    try:
        return Path(path).resolve().is_relative_to(Path(get_upload_folder()).resolve())
    except (OSError, ValueError):
        return False
