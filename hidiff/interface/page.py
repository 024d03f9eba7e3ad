"""The page: header, tabs, endpoints, and how it is served."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from hidiff.errors import SettingsError
from hidiff.interface import zero_gpu
from hidiff.interface.about_tab import about_tab
from hidiff.interface.api import add_api
from hidiff.interface.example_cache import ExampleCache
from hidiff.interface.examples import Example, read_examples
from hidiff.interface.languages import language_switch, native_texts
from hidiff.interface.mcp import mcp_middleware
from hidiff.interface.refine_tab.events import refine_tab
from hidiff.interface.runs.uploads import MAX_FILE_SIZE
from hidiff.interface.said_html import element
from hidiff.interface.server.faults import plainly
from hidiff.interface.server.gate import Gate
from hidiff.interface.server.lanes import short_work
from hidiff.interface.server.queue import FairQueue
from hidiff.interface.session_components import keep_component_ids
from hidiff.interface.task_words import title_of
from hidiff.interface.texts import native, text
from hidiff.interface.title_card import ICON, TitleCard
from hidiff.pipeline import HiDiff
from hidiff.priors.sources import check_prior_source
from hidiff.tasks import TASKS

_log = logging.getLogger(__name__)
_HERE = Path(__file__).resolve().parent

THREADS = 16
SWEEP, KEEP = 900, 3600  # seconds: how often files are deleted, and how old they may become
STYLES = ("page.css", "forced_colours.css", "print.css")
FONT = ("system-ui", "sans-serif")
MONO = ("ui-monospace", "monospace")


def build(
    models: Mapping[str, HiDiff],
    missing: Mapping[str, str] | None = None,
    examples: Sequence[Example] | None = None,
    example_cache: ExampleCache | None = None,
) -> gr.Blocks:
    """The page for the models of some tasks.

    missing: tasks that have no weights here, each with the sentence that says why; the page tells of them.
    examples: what to offer; None reads the project's own. With no model at all the page stands and says so.
    example_cache: knows these examples' payloads, and then the page opens with the first of them; see `offered`.
    """
    known = offered(models, examples)
    keep_component_ids()
    with gr.Blocks(
        title=text("page.title"), analytics_enabled=False, delete_cache=(SWEEP, KEEP), fill_width=True
    ) as page:
        gr.HTML(_header(missing or {}, bool(models)), apply_default_css=False, elem_id="header")
        if models:
            zero_gpu.offer(models)
            add_api(models)  # first: Gradio gives a name to whoever asks first, and the tabs' events ask too
            with gr.Tabs():
                with gr.Tab(native(text("refine.tab")), id="refine.tab"):  # `page.js` names it by its id
                    refine_tab(models, known, example_cache)
                with gr.Tab(native(text("about.tab")), id="about.tab"):
                    about_tab(models, known)
    page.queue(default_concurrency_limit=1, api_open=False)
    page._queue = FairQueue.instead_of(page._queue, short_work(page, models))
    plainly(page)
    return page


def offered(models: Mapping[str, HiDiff], examples: Sequence[Example] | None = None) -> tuple[Example, ...]:
    """The examples, by default the project's own, of the tasks that there are models for.

    One whose start its task does not know is left out and logged.
    """
    known = read_examples() if examples is None else examples
    return tuple(example for example in known if example.task in models and _starts(models[example.task], example))


def _starts(model: HiDiff, example: Example) -> bool:
    try:
        check_prior_source(model.task, example.start.prior_source, example.start.prior_seed)
    except SettingsError as error:
        _log.warning("%s was left out: %s", example.title, error)
        return False
    return True


def launch_options(models: Mapping[str, HiDiff] | None = None) -> dict[str, Any]:
    """What `launch` is to be given, whoever launches: looks, limits, and nothing sent or recorded anywhere.

    models: what agents may ask by MCP, where that is installed; None is nothing.
    """
    return {
        "theme": _theme(),
        "css": "\n".join((_HERE / name).read_text(encoding="utf-8") for name in STYLES),
        "js": _script(),
        "favicon_path": str(ICON),
        "i18n": gr.I18n(**native_texts()),
        "app_kwargs": {"middleware": [Middleware(Gate), Middleware(TitleCard), *mcp_middleware(models or {})]},
        "mcp_server": False,  # Gradio's own has every endpoint, and gives reports as Python writes them
        "footer_links": ["api"],
        "run_history": False,
        "share": False,
        "enable_monitoring": False,
        "max_file_size": MAX_FILE_SIZE,
        "max_threads": THREADS,
        "state_session_capacity": 1000,
        "ssr_mode": False,
        "_frontend": False,  # skips a look at the own address that gives up after 3 s and ends the program
    }


def _script() -> str:
    """What the browser calls once the page is there."""
    source = (_HERE / "page.js").read_text(encoding="utf-8")
    return f"() => {{\n{source}\n}}"


def _theme() -> gr.themes.Base:
    """Slate on white or night, the system's own fonts; quiet text dark enough to be read."""
    theme = gr.themes.Base(primary_hue="slate", neutral_hue="slate", font=FONT, font_mono=MONO)
    quiet = {"body_text_color_subdued": "*neutral_600", "body_text_color_subdued_dark": "*neutral_400"}
    labels = {
        name: value
        for part in ("block_label_text_color", "block_title_text_color", "block_info_text_color")
        for name, value in ((part, "*neutral_600"), (f"{part}_dark", "*neutral_300"))
    }
    return theme.set(
        **quiet,
        **labels,
        color_accent="*neutral_700",
        button_primary_background_fill="*neutral_800",
        button_primary_background_fill_hover="*neutral_700",
        button_primary_background_fill_dark="*neutral_200",
        button_primary_background_fill_hover_dark="*neutral_300",
        button_primary_text_color_dark="*neutral_900",
    )


def _header(missing: Mapping[str, str], any_model: bool) -> str:
    lines = [
        f"<h1>{escape(text('page.title'))}</h1>{language_switch()}",
        f"<p>{element('span', text('page.lead'), 'class=tagline')} {element('strong', text('page.terms'))}</p>",
    ]
    for task, reason in missing.items():
        title = title_of(TASKS[task]) if task in TASKS else task
        lines.append(element("p", text("page.missing", title=title, reason=reason), 'class="missing"'))
    if not any_model:
        lines.append(element("p", text("page.no_weights"), 'class="missing"'))
    return "\n".join(lines)
