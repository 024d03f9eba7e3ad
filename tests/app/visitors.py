"""What the browser's tests hold in their hands: a running page, and a visitor who is watched."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr
from bright_model import RedDenoiser


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

    def pick(self, index: int = 0) -> None:
        self.page.click(f'[data-example="{index}"]')

    def wait_frames(self, number: int) -> None:
        self.page.wait_for_selector(f'.player[data-frames="{number}"]')

    def wait_done(self) -> None:
        self.page.wait_for_selector('.player[data-state="done"]')

    def at(self) -> int:
        return int(self.page.get_attribute(".player", "data-at"))

    def says(self, part: str) -> str:
        return str(self.page.text_content(f".player {part}")).strip()
