"""An embedded copy of weights beside an emulated Hub."""

from __future__ import annotations

from pathlib import Path

import pytest
from hub_fixtures import client, closed_port, direct, server
from hub_server import REPO
from small_weights import tree, write_tree

from hidiff.checkpoints.manifest import write_manifest

__all__ = ["client", "closed_port", "direct", "server"]


@pytest.fixture
def embedded(tmp_path: Path) -> Path:
    folder = tmp_path / "weights"
    write_tree(folder, tree())
    write_manifest(folder)
    return folder


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIDIFF_HUB_REPO", REPO)
