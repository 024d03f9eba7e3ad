"""Serving: a page from its launch to a signal, after which nothing of its visitors is left."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from hidiff.files import is_own_uploads_folder
from hidiff.interface.runs.run import CLOSING
from hidiff.interface.runs.sweep import keep_swept

PATIENCE = 5.0  # seconds for what computes to end
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def serve_page(page: gr.Blocks, options: Mapping[str, Any]) -> None:
    """Launch a page and return when SIGTERM or Ctrl-C has come: runs are told, files of visitors are deleted.

    To be called from the main thread, which alone may say what a signal does.
    """
    ended = threading.Event()
    before = [signal.signal(one, lambda *_: ended.set()) for one in _SIGNALS]
    folder = Path(get_upload_folder())
    alone = is_own_uploads_folder(folder)
    sweeping = keep_swept(folder.parent if alone else folder)  # what an app that was killed has left is beside it
    try:
        page.launch(prevent_thread_lock=True, **options)
        while not ended.wait(1.0):  # a signal is seen between two waits
            pass
    finally:
        sweeping.set()
        CLOSING.set()
        page.close(verbose=False)  # Gradio deletes what its visitors have brought and been given
        for one, was in zip(_SIGNALS, before, strict=True):
            signal.signal(one, was)
        if ended.is_set():
            _leave_nobody_behind(folder if alone else None)


def _leave_nobody_behind(folder: Path | None) -> None:
    """End the process, after a while for what still computes: nothing half done is left that could be lost.

    Python itself would wait for some threads, and abort where another is in compiled code. folder: deleted at last, as
    Gradio knows neither what was written while it closed nor what came in pieces.
    """
    end = time.monotonic() + PATIENCE
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(max(0.0, end - time.monotonic()))
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(0)
