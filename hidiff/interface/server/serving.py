"""Serving: a page from its launch to a signal, after which nothing of its visitors is left."""

from __future__ import annotations

import signal
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from hidiff.interface.runs.sweep import keep_swept

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def serve_page(page: gr.Blocks, options: Mapping[str, Any]) -> None:
    """Launch a page and return when SIGTERM or Ctrl-C has come: runs are told, files of visitors are deleted.

    To be called from the main thread, which alone may say what a signal does.
    """
    ended = threading.Event()
    before = [signal.signal(one, lambda *_: ended.set()) for one in _SIGNALS]
    folder = Path(get_upload_folder())
    sweeping = keep_swept(folder)
    try:
        page.launch(prevent_thread_lock=True, **options)
        while not ended.wait(1.0):  # a signal is seen between two waits
            pass
    finally:
        sweeping.set()
        page.close(verbose=False)  # Gradio deletes what its visitors have brought and been given
        for one, was in zip(_SIGNALS, before, strict=True):
            signal.signal(one, was)
