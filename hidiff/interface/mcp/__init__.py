"""The app for agents, by the Model Context Protocol. It is there where the extra `mcp` is installed."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec

from starlette.middleware import Middleware

from hidiff.pipeline import HiDiff


def mcp_middleware(models: Mapping[str, HiDiff]) -> list[Middleware]:
    """The server as a layer round the app; nothing where the extra is not installed or there is no model."""
    if not models or find_spec("mcp") is None:
        return []
    from hidiff.interface.mcp.gate import McpGate

    return [Middleware(McpGate, models=models)]
