"""What the browser's tests hold in their hands: a running page, and a visitor who is watched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr
from bright_model import RedDenoiser

from hidiff.interface.texts import text

SLOW = 120_000  # milliseconds; the machine may be busy with something else


@dataclass
class Server:
    """A running page; denoiser: the polyp model's; cache: where Gradio keeps files."""

    url: str
    denoiser: RedDenoiser
    blocks: gr.Blocks
    cache: Path


@dataclass
class Watched:
    """A page and what went wrong in it."""

    page: Any
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    seen: str | None = None  # the run that was last seen done

    def pick(self, index: int = 0) -> None:
        self.page.click(f'[data-example="{index}"]')

    def wait_frames(self, number: int) -> None:
        self.page.wait_for_selector(f'.player[data-frames="{number}"]')

    def wait_done(self) -> None:
        self.page.wait_for_selector('.player[data-state="done"]')
        self.seen = self.page.get_attribute(".player", "data-run")

    def wait_begun(self) -> None:
        """Another run than the one last seen done is on the page; it may be over already."""
        self.page.wait_for_selector(f'.player:not([data-run="{self.seen}"])')

    def at(self) -> int:
        return int(self.page.get_attribute(".player", "data-at"))

    def says(self, part: str) -> str:
        return str(self.page.text_content(f".player {part}")).strip()

    def start_from(self, prior: str) -> None:
        """Choose what the chain starts from: broken, segmentor, noise or own."""
        self.page.click(f'#start label:has-text("{text(f"prior.{prior}")}")')

    def open(self, panel: str) -> None:
        """Unfold one of the panels: start (there for a broken start and an own mask), many, compare, take or more."""
        if self.page.locator(f"#{panel}-panel [data-testid=accordion-content]").first.is_hidden():
            button = self.page.locator(f"#{panel}-panel button").first
            button.evaluate("(part) => part.click()")  # on a phone it may lie under the bar until one scrolls

    def set_seed(self, number: int) -> None:
        """Choose a seed. A panel that has just been unfolded may still put its first values in: then once more."""
        self.open("more")
        for _ in range(20):
            self.page.fill("#seed input", str(number))
            self.page.press("#seed input", "Tab")
            self.page.wait_for_timeout(400)
            if self.page.input_value("#seed input") == str(number):
                return
        raise AssertionError("the seed's field does not keep what is typed")

    def take(self, kind: str, folder: Path) -> Path:
        """Download a file of this kind into a folder."""
        self.open("take")
        with self.page.expect_download() as download:
            self.page.click(f"#{kind}")
        path = folder / download.value.suggested_filename
        download.value.save_as(path)
        return path

    def toast(self) -> str:
        """What the newest message says."""
        return str(self.page.wait_for_selector(".toast-body").text_content())

    def refined(self) -> None:
        """Press Refine and wait for the answer."""
        self.page.click("#refine")
        self.wait_begun()
        self.wait_done()


def opened_by(
    browser: Any,
    url: str,
    width: int = 1440,
    height: int = 900,
    theme: str = "light",
    motion: bool = False,
    query: str = "",
) -> Iterator[Watched]:
    """A visitor's page of a server; at the end nothing may have gone wrong in it.

    motion: whether the visitor wants any; without it nothing plays by itself. query: what else the address says.
    """
    context = browser.new_context(
        viewport={"width": width, "height": height},
        accept_downloads=True,
        reduced_motion="no-preference" if motion else "reduce",
    )
    context.set_default_timeout(SLOW)
    watched = Watched(context.new_page())
    page = watched.page
    page.on("request", lambda sent: watched.requests.append(sent.url))
    page.on("console", lambda said: watched.errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: watched.errors.append(str(error)))
    page.on("dialog", lambda dialog: (watched.errors.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.goto(f"{url}/?__theme={theme}&{query}")
    page.wait_for_selector("[data-example]")
    yield watched
    context.close()
    assert watched.errors == [], watched.errors
    elsewhere = [sent for sent in watched.requests if not sent.startswith((url, "data:", "blob:"))]
    assert elsewhere == [], elsewhere
