"""The interface: Gradio round the models. `build` makes the page, `launch_options` says how to serve it."""

from __future__ import annotations

from hidiff.interface.layout import build, launch_options, offered
from hidiff.interface.ready import Ready

__all__ = ["Ready", "build", "launch_options", "offered"]
