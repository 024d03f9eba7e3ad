"""A tiny task that trains in seconds."""

from __future__ import annotations

from pathlib import Path

import pytest
from synthetic_folder import draw
from tiny_plan import TINY_PLAN, TINY_TASK

from hidiff.tasks import TASKS
from hidiff.training.plans import PLANS


@pytest.fixture
def tiny_task(monkeypatch: pytest.MonkeyPatch) -> str:
    """The polyp task at 64 pixels with small networks and few iterations."""
    monkeypatch.setitem(PLANS, "polyp", TINY_PLAN)
    monkeypatch.setitem(TASKS, "polyp", TINY_TASK)
    return "polyp"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder of discs."""
    return draw(tmp_path / "data")
