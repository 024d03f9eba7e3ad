"""Sweeping: uploads and results are deleted an hour after they came, by the clock on disk, whoever brought them."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

KEPT = 3600.0  # seconds
EVERY = 300.0  # seconds
_AHEAD = 300.0  # seconds that a file may lie in the future, as clocks differ; what lies further is as old as any


def sweep(folder: Path, kept: float = KEPT, now: float | None = None) -> int:
    """Delete what was there `kept` seconds ago and the folders that are empty then; how many files went.

    A file's age is that of its last change of any kind. Links are not followed.
    """
    now, gone = time.time() if now is None else now, 0
    for path in _files(folder):
        with suppress(OSError):
            since = path.lstat().st_ctime
            if now - since > kept or since - now > _AHEAD:
                path.unlink()
                gone += 1
    for root, _, _ in os.walk(folder, topdown=False):
        if Path(root) == folder:
            continue
        with suppress(OSError):
            if now - os.lstat(root).st_mtime > kept:
                os.rmdir(root)
    return gone


def held_on_disk(folder: Path) -> int:
    """Bytes of all files that are there now."""
    total = 0
    for path in _files(folder):
        with suppress(OSError):
            total += path.lstat().st_size
    return total


def keep_swept(folder: Path, kept: float = KEPT, every: float = EVERY) -> threading.Event:
    """Sweep now, so that what an earlier process left goes too, and again and again until the event that is returned is
    set."""
    ended = threading.Event()

    def work() -> None:
        while True:
            sweep(folder, kept)
            if ended.wait(every):
                return

    threading.Thread(target=work, name="hidiff-sweep", daemon=True).start()
    return ended


def _files(folder: Path) -> Iterator[Path]:
    for root, _, names in os.walk(folder):
        for name in names:
            yield Path(root, name)
