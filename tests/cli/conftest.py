"""Commands see an emulated Hub, and no other."""

from __future__ import annotations

from hub_fixtures import client, closed_port, direct, server

__all__ = ["client", "closed_port", "direct", "server"]
