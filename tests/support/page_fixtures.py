"""A server in this process, so that tests can hold its denoiser, and a browser that looks at it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from bright_model import RedDenoiser, red_model, save_disc
from player_stand import Standing, stand
from visitors import SLOW, Server, Watched, opened_by

from hidiff.interface import build, launch_options
from hidiff.interface.examples import MANIFEST, read_examples
from hidiff.tasks import FUNDUS, POLYP

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def _needs_browser(item: pytest.Item) -> bool:
    return "browser" in getattr(item, "fixturenames", ())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser on a busy machine may miss a deadline: its test runs once more, and the summary names it. The files
    with a browser are spread evenly among the others, so that not all workers have one at the same time."""
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
        if _needs_browser(item):
            item.add_marker(pytest.mark.flaky(reruns=1))
    with_browser = [path for path, own in files.items() if any(map(_needs_browser, own))]
    without = [path for path in files if path not in with_browser]
    place = {path: (i + 0.5) / len(half) for half in (with_browser, without) for i, path in enumerate(half)}
    items[:] = [item for path in sorted(files, key=place.__getitem__) for item in files[path]]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    # The headless shell first: without tabs and toolbars a page takes a quarter less of a small machine.
    path = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome"))), None)
    reason = "" if path else "no chromium on this machine"
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        reason = "playwright is not installed"
    if reason:
        if os.environ.get("HIDIFF_REQUIRE_BROWSER") == "1":
            pytest.fail(f"HIDIFF_REQUIRE_BROWSER is set, but {reason}")
        pytest.skip(reason)
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def lasting_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("examples")
    save_disc(folder / "one.png")
    save_disc(folder / "two.png", height=200, width=200, centre=(120, 70), radius=25)
    save_disc(folder / "three.png", height=400, width=400, centre=(200, 200), radius=190)
    (folder / MANIFEST).write_text(
        '[{"file": "one.png", "title": "One disc", "task": "polyp", "synthetic": true},'
        ' {"file": "two.png", "title": "Another disc", "task": "polyp", "synthetic": false},'
        ' {"file": "three.png", "title": "A large disc", "task": "fundus", "synthetic": true}]'
    )
    with pytest.MonkeyPatch.context() as patch:
        cache = tmp_path_factory.mktemp("gradio")
        patch.setenv("GRADIO_TEMP_DIR", str(cache))
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        patch.setenv("no_proxy", "127.0.0.1,localhost")
        polyp = red_model(POLYP)
        page: gr.Blocks = build({"polyp": polyp, "fundus": red_model(FUNDUS)}, {}, read_examples(folder))
        _, url, _ = page.launch(server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, **launch_options())
        yield Server(url.rstrip("/"), polyp.denoiser, page, cache)
        page.close()


@pytest.fixture
def server(lasting_server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server, with its own upload folder named in the environment, where Gradio looks it up at every request:
    a module's fixture that was there before the server has put back at its end what was named before both."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(lasting_server.cache))
    return lasting_server


@pytest.fixture
def denoiser(server: Server) -> Iterator[RedDenoiser]:
    """The server's denoiser; open again at the end whatever the test did."""
    yield server.denoiser
    server.denoiser.open()


@pytest.fixture
def visit(browser: Any, server: Server) -> Iterator[Callable[..., Watched]]:
    """Opens the page for a visitor. At the end nothing may have gone wrong in any visitor's browser."""
    with ExitStack() as visitors:

        def open_page(width: int = 1440, height: int = 900, theme: str = "light", motion: bool = False) -> Watched:
            visit = contextmanager(opened_by)
            return visitors.enter_context(visit(browser, server.url, width, height, theme, motion))

        yield open_page


@pytest.fixture
def opened(visit: Callable[..., Watched], request: pytest.FixtureRequest) -> Watched:
    """The page, loaded. Parametrise indirectly with (width, height, theme, motion)."""
    return visit(*getattr(request, "param", ()))


@pytest.fixture
def place(browser: Any) -> Iterator[Callable[..., Standing]]:
    """Opens a stand. At the end nothing may have gone wrong and nothing may have been asked of any server."""
    standing: list[Standing] = []

    def opened(
        width: int = 1000, height: int = 900, theme: str = "light", lessons: bool = False, **context: Any
    ) -> Standing:
        page = browser.new_context(viewport={"width": width, "height": height}, **context).new_page()
        page.set_default_timeout(SLOW)
        one = Standing(page)
        standing.append(one)
        page.on("console", lambda said: one.errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: one.errors.append(str(error)))
        page.on("request", lambda sent: one.requests.append(sent.url))
        page.set_content(stand(theme, lessons))
        return one

    yield opened
    for one in standing:
        one.page.context.close()
    for one in standing:
        assert one.errors == []
        assert [url for url in one.requests if not url.startswith(("data:", "blob:", "about:"))] == []
