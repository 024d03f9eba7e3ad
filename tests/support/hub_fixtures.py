"""A Hub client that cannot leave this computer, and a server for it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hub_server import HubServer
from huggingface_hub import close_session, constants


@pytest.fixture
def closed_port() -> str:
    """An address on the loopback where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture(scope="module", autouse=True)
def direct() -> Iterator[None]:
    """No proxy stands between the client and the loopback: its session reads that when it is made."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        patch.setenv("no_proxy", "127.0.0.1,localhost")
        close_session()
        yield
        close_session()


@pytest.fixture(autouse=True)
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, direct: None, closed_port: str) -> None:
    """A Hub client with an empty cache, no token, and no way out of this computer.

    The client reads its settings when it is imported, so they are replaced in its module of constants. Its
    own address becomes a closed port: what reaches the server does so by HF_ENDPOINT as it is at that time.
    """
    monkeypatch.setattr(constants, "ENDPOINT", closed_port)
    monkeypatch.setattr(
        constants, "HUGGINGFACE_CO_URL_TEMPLATE", closed_port + "/{repo_id}/resolve/{revision}/{filename}"
    )
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)  # the server does not speak it
    for name in (
        "HF_ENDPOINT",
        "HF_TOKEN",
        "HUGGING_FACE_HUB_TOKEN",
        "HIDIFF_HUB_REPO",
        "HIDIFF_HUB_REVISION",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A server that HF_ENDPOINT names; it holds no repository yet."""
    with HubServer() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.address)
        yield running
