"""Fixtures that several test folders share: a page in a browser, a tiny task that trains in seconds."""

from __future__ import annotations

pytest_plugins = ["page_fixtures", "training_fixtures"]
