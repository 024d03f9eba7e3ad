"""A stand for the player: its own markup, style and script on a bare page, fed with payloads, without a server."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from bright_model import red_disc, red_model
from numpy.typing import NDArray

from hidiff.interface import player as part
from hidiff.interface.languages import head_script
from hidiff.interface.player.encoding import mask_of
from hidiff.interface.player.lesson_words import lesson_words
from hidiff.interface.player.payload import Payload, PayloadBuilder
from hidiff.interface.runs.recipe import Picture, Recipe, Source, checked_settings
from hidiff.interface.runs.run import RunEvent, run
from hidiff.interface.runs.session import Verdict
from hidiff.interface.texts import ENGLISH
from hidiff.priors.scribbles import encode_scribbles

LIGHT = (
    "--body-text-color:#1e293b;--body-text-color-subdued:#475569;--border-color-primary:#cbd5e1;"
    "--background-fill-primary:#fff;--background-fill-secondary:#f1f5f9;--body-background-fill:#fff"
)
DARK = (
    "--body-text-color:#f1f5f9;--body-text-color-subdued:#94a3b8;--border-color-primary:#334155;"
    "--background-fill-primary:#0f172a;--background-fill-secondary:#1e293b;--body-background-fill:#020617"
)
_SCRIPT = """
window.events = []; window.painted = []; window.watchers = []; window.props = { value: null };
document.addEventListener("hidiff-painted", (event) => window.painted.push(event.detail.value));
window.give = (value) => { props.value = value; watchers.forEach((watcher) => watcher()); };
new Function("element", "trigger", "props", "server", "upload", "watch", SOURCE)(
  document.getElementById("host"), (name, data) => events.push([name, data]), props, {}, null,
  (name, watcher) => watchers.push(watcher));
"""


def stand(theme: str = "light", lessons: bool = False) -> str:
    """The page, with the lessons or without.

    `give(value)` is what a new value from the server is; `painted` gathers what the brush hands out.
    """
    css = part.style()
    markup = part._markup("player", True, lessons=lesson_words((), {"polyp": "Polyps"}) if lessons else None)
    source = json.dumps(part.script()).replace("</", "<\\/")
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Player</title>
<meta name="viewport" content="width=device-width"><style>
* {{ box-sizing: border-box }} dl, dd, figure, h3 {{ margin: 0 }}
body {{ margin: 0; padding: 16px; font: 16px sans-serif; {DARK if theme == "dark" else LIGHT};
background: var(--body-background-fill); color: var(--body-text-color) }}
#host {{ {css} }}</style></head><body class="{theme}"><main id="host">{markup}</main>
<script>{head_script("en")}</script><script>{_SCRIPT.replace("SOURCE", source)}</script></body></html>"""


@dataclass
class Standing:
    """A page with the player on it, and what went wrong there."""

    page: Any
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def give(self, value: Payload | None) -> None:
        self.page.evaluate("(value) => give(value)", value)

    def show(self, value: Payload, at: int | None = None) -> None:
        """Give a finished value and wait until it is shown, at a moment of the clock."""
        self.give(value)
        self.page.wait_for_selector(f'.player[data-state="done"][data-run="{value["run"]}"]')
        if at is not None:
            self.page.evaluate("(at) => document.querySelector(`.film [data-at='${at}']`).click()", at)

    def says(self, part: str) -> str:
        return str(self.page.text_content(f".player {part}")).strip()

    def at(self) -> int:
        return int(self.page.get_attribute(".player", "data-at"))

    def unfold(self) -> None:
        """Show what a narrow page shows only when it is asked to."""
        if self.page.is_visible(".unfold[aria-expanded=false]"):
            self.page.click(".unfold")

    def still(self) -> None:
        self.page.wait_for_timeout(700)  # the view has moved in or out


def chain(
    picture: NDArray[np.uint8] | None = None,
    reference: NDArray[np.bool_] | None = None,
    which: int = 0,
    title: str = "",
    name: str = "a",
    scribbles: NDArray[np.uint8] | None = None,
    verdict: Callable[[], Verdict] = lambda: "go",
    **asked: object,
) -> tuple[list[Payload], list[RunEvent]]:
    """The payloads and the events of a run of the red model."""
    picture = red_disc()[0] if picture is None else picture
    model = red_model()
    settings = checked_settings(model, {"seed": 3, **asked})
    source = Source(path=part._WEB / "disc.png", title="disc.png")
    shown = Picture(source, picture)
    builder = PayloadBuilder(
        name, shown, model.task, settings, which, title=title, reference=reference, scribbles=scribbles
    )
    painted = None if scribbles is None else encode_scribbles(scribbles)
    events = list(run(model, shown, [Recipe(model.task.name, source, settings, scribbles=painted)], verdict))
    return [builder.add(event) for event in events], events


def marks_of(value: dict[str, Any]) -> NDArray[np.uint8]:
    """The marks of a brush's value."""
    on, off = (mask_of(value[name], tuple(value["size"])) for name in ("on", "off"))
    marks: NDArray[np.uint8] = np.select([on, off], [255, 0], 128).astype(np.uint8)
    return marks


def word(name: str) -> str:
    """A text that the script puts together."""
    return ENGLISH[f"player.js.{name}"]
