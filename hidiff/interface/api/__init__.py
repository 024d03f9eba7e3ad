"""The API for programs: named endpoints, whose parameters and reports are described from tables, and its version."""

from __future__ import annotations

from hidiff.interface.api.endpoints import add_api
from hidiff.interface.api.reports import VERSION

__all__ = ["VERSION", "add_api"]
