"""The interface: Gradio round the models. `build` makes the page, `launch_options` says how to serve it."""

from __future__ import annotations

from hidiff.interface.example_cache import ExampleCache
from hidiff.interface.page import build, launch_options, offered
from hidiff.interface.runs.memory import keep_memory_low, settle_memory
from hidiff.interface.server.serving import serve_page

__all__ = [
    "ExampleCache",
    "build",
    "keep_memory_low",
    "launch_options",
    "offered",
    "serve_page",
    "settle_memory",
]
