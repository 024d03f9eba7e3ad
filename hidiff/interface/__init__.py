"""The interface: Gradio round the models. `build` makes the page, `launch_options` says how to serve it."""

from __future__ import annotations

from hidiff.interface.layout import build, launch_options

__all__ = ["build", "launch_options"]
