"""The controls, laid out in three columns: bring a picture, watch, adjust. Settings come from their table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from hidiff.interface import model_card
from hidiff.interface.examples import PICK, Example, of_task, strip
from hidiff.interface.player import brush, player
from hidiff.interface.player.lesson_words import lesson_words
from hidiff.interface.refine_tab.downloads_panel import DownloadsPanel, downloads_panel
from hidiff.interface.refine_tab.engine_panel import EnginePanel, engine_panel
from hidiff.interface.refine_tab.inputs import BROKEN, OWN, inputs_of
from hidiff.interface.refine_tab.questions import Question, question
from hidiff.interface.refine_tab.reference_panel import ReferencePanel, reference_panel
from hidiff.interface.refine_tab.status import status_line
from hidiff.interface.runs.compare import differences
from hidiff.interface.runs.recipe import PROPOSED, Start
from hidiff.interface.runs.session import Session
from hidiff.interface.task_words import title_of
from hidiff.interface.texts import native, text
from hidiff.interface.widgets import setting_update, setting_widget, upload_slot
from hidiff.pipeline import HiDiff
from hidiff.priors.sources import NOISE, SEGMENTOR, prior_sources_of
from hidiff.refinement.settings import SETTINGS

KINDS = (BROKEN, SEGMENTOR, NOISE, OWN)  # of a prior
FORGET = 3600  # seconds until a visitor's state is dropped
IN_LINE = 1.0  # seconds from one look at the line of visitors to the next
ELSEWHERE = ("samples", "confidence")  # settings whose widgets stand in the panel they belong to
WITH_WINDOW = ("focus", "both_looks")  # settings of tasks that look closer
WITH_BRUSH = ("hold",)  # settings that the brush's value brings along, and that mean nothing without it


@dataclass(frozen=True)
class PriorControls:
    """What the chain starts from. panel: holds what belongs to a broken start and to an own mask. question: about that
    mask."""

    panel: gr.Accordion
    kind: gr.Radio
    own: gr.Image
    question: Question
    error: gr.Dropdown
    seed: gr.Number
    confidence: gr.components.Component
    reset: gr.Button

    @property
    def inputs(self) -> list[gr.components.Component]:
        """kind, own, error, seed."""
        return [self.kind, self.own, self.error, self.seed]

    def show_for(self, kind: object) -> dict[Any, Any]:
        """Updates by which what belongs to a kind of prior appears and the rest goes."""
        unfolded: dict[str, Any] = {"open": True} if kind == OWN else {}  # its confidence is set there
        return {
            self.panel: gr.update(visible=kind in (OWN, BROKEN), **unfolded),
            self.own: gr.update(visible=kind == OWN),
            self.confidence: gr.update(visible=kind == OWN),
            self.error: gr.update(visible=kind == BROKEN),
            self.seed: gr.update(visible=kind == BROKEN),
        }

    def set_to(self, start: Start = PROPOSED) -> dict[Any, Any]:
        """Updates by which the controls are as they are for a start, and hold nobody's own mask."""
        chosen = inputs_of(start)
        updates = {
            **self.show_for(chosen.kind),
            self.kind: chosen.kind,
            self.own: gr.update(value=None, visible=False),
            self.seed: gr.update(value=chosen.seed, visible=chosen.kind == BROKEN),
        }
        if chosen.kind == BROKEN:
            updates[self.error] = gr.update(value=chosen.error, visible=True)
        return updates


@dataclass(frozen=True)
class Parts:
    """The components of the page that take part in events.

    chosen: the place of the example that the screen is about, -1 for none. question: about the picture."""

    task: gr.Radio
    strip: gr.HTML
    chosen: gr.Number
    upload: gr.Image
    question: Question
    player: gr.HTML
    brush: gr.HTML
    refine: gr.Button
    stop: gr.Button
    stale: gr.HTML
    status: gr.HTML
    clock: gr.Timer
    prior: PriorControls
    difference: gr.Dropdown
    compare: gr.Button
    many: gr.Button
    hint: gr.HTML
    engine: EnginePanel
    settings: Mapping[str, gr.components.Component]
    reference: ReferencePanel
    take: DownloadsPanel
    session: gr.State

    @property
    def command(self) -> gr.Textbox:
        """The command line that makes the same files."""
        return self.take.command


def lay_out(models: Mapping[str, HiDiff], examples: Sequence[Example], opened: bool = False) -> Parts:
    """Render everything. `models` holds one model at least; its first is chosen, and if `opened` its first example."""
    first = next(iter(models))
    model = models[first]
    session = gr.State(Session(), time_to_live=FORGET)
    of_first = of_task(examples, first)
    start = of_first[0][1].start if opened and of_first else PROPOSED
    with gr.Row(elem_classes="studio"):
        with gr.Column(elem_classes="bring", min_width=0):
            task, offered = _task(models, first), _strip(examples, first, opened)
            chosen = gr.Number(-1, precision=0, visible="hidden", elem_id="chosen")
            prior = _prior(model, start)
            with gr.Row(elem_classes="actions"):
                refine = gr.Button(native(text("refine.refine")), variant="primary", size="md", elem_id="refine")
                stop = gr.Button(native(text("refine.stop")), interactive=False, size="md", elem_id="stop")
            stale = status_line("stale")
        with gr.Column(elem_classes="watch", min_width=0):
            status, clock = status_line("status", text("status.heading")), gr.Timer(IN_LINE, active=False)
            asks = question("picture-question", "picture.keep", "picture.keep")
            taught = lesson_words(examples, {name: title_of(one.task) for name, one in models.items()})
            shows = player("player", paintable=True, opening=opened and bool(of_first), lessons=taught)
            painted = brush("brush", of="player")
        with gr.Column(elem_classes="adjust", min_width=0):
            upload = upload_slot("upload", "refine.upload", "refine.upload_hint")
            reference = reference_panel()
            with gr.Accordion(native(text("compare.title")), open=False, elem_id="compare-panel"):
                difference, compare = _compare(model)
            with gr.Accordion(native(text("many.title")), open=False, elem_id="many-panel"):
                samples, many, hint = _many(model)
            with gr.Accordion(native(text("take.title")), open=False, elem_id="take-panel"):
                take = downloads_panel()
            engine = engine_panel(model)
            with gr.Accordion(native(text("refine.more")), open=False, elem_id="more-panel"):
                settings = _settings(model)
    return Parts(
        task=task,
        strip=offered,
        chosen=chosen,
        upload=upload,
        question=asks,
        player=shows,
        brush=painted,
        refine=refine,
        stop=stop,
        stale=stale,
        status=status,
        clock=clock,
        prior=prior,
        difference=difference,
        compare=compare,
        many=many,
        hint=hint,
        engine=engine,
        settings={**settings, "samples": samples, "confidence": prior.confidence},
        reference=reference,
        take=take,
        session=session,
    )


def errors_of(model: HiDiff) -> list[tuple[str, str]]:
    """The errors by which a task's proposal can be broken, with their names in words."""
    return [
        (native(text(f"prior.{name}")), name) for name in prior_sources_of(model.task) if name not in (SEGMENTOR, NOISE)
    ]


def differences_of(model: HiDiff) -> list[tuple[str, str]]:
    """What two lanes of a task can differ in, with names in words."""
    return [(native(text(f"difference.{name}")), name) for name in differences(model)]


def settings_of(parts: Parts, model: HiDiff) -> dict[gr.components.Component, dict[str, Any]]:
    """An update for each setting's widget: the weights' own value, and whether the task has it."""
    updates = {parts.settings[name]: setting_update(SETTINGS[name], model) for name in parts.settings}
    for name in WITH_WINDOW:
        updates[parts.settings[name]] |= gr.update(visible=model.task.focus)
    updates[parts.settings["confidence"]] |= gr.update(visible=False)
    return updates


def _task(models: Mapping[str, HiDiff], first: str) -> gr.Radio:
    choices = [(native(title_of(model.task)), name) for name, model in models.items()]
    return gr.Radio(choices, value=first, label=native(text("refine.task")), elem_id="task")


def _strip(examples: Sequence[Example], task: str, opened: bool) -> gr.HTML:
    return gr.HTML(
        strip(examples, task, opened),
        label=native(text("refine.examples")),
        show_label=True,
        container=True,
        js_on_load=PICK,
        apply_default_css=False,
        elem_id="examples",
    )


def _prior(model: HiDiff, start: Start) -> PriorControls:
    """start: what the page opens with."""
    chosen, errors = inputs_of(start), errors_of(model)
    broken = chosen.kind == BROKEN
    kind = gr.Radio(
        [(native(text(f"prior.{name}")), name) for name in KINDS],
        value=chosen.kind,
        label=native(text("prior.kind")),
        elem_id="start",
    )
    own = upload_slot("own", "prior.upload", "prior.upload_hint", visible=False)
    asks = question("mask-question", "prior.anyway", "prior.invert")
    with gr.Accordion(native(text("prior.title")), open=False, visible=broken, elem_id="start-panel") as panel:
        error = gr.Dropdown(
            errors,
            value=chosen.error if broken else errors[1][1],
            label=native(text("prior.error")),
            visible=broken,
            elem_id="error",
        )
        seed = gr.Number(
            chosen.seed,
            precision=0,
            label=native(text("prior.seed")),
            info=native(text("prior.seed_info")),
            visible=broken,
            elem_id="error-seed",
        )
        confidence = setting_widget(SETTINGS["confidence"], model, visible=False)
        reset = gr.Button(native(text("prior.reset")), size="sm", elem_id="reset")
    return PriorControls(panel, kind, own, asks, error, seed, confidence, reset)


def _compare(model: HiDiff) -> tuple[gr.Dropdown, gr.Button]:
    choices = differences_of(model)
    difference = gr.Dropdown(
        choices,
        value=choices[0][1],
        label=native(text("compare.difference")),
        info=native(text("compare.difference_info")),
        elem_id="compared",
    )
    return difference, gr.Button(native(text("compare.run")), size="sm", elem_id="compare")


def _many(model: HiDiff) -> tuple[gr.components.Component, gr.Button, gr.HTML]:
    samples = setting_widget(SETTINGS["samples"], model)
    many = gr.Button(native(text("many.draw")), size="sm", elem_id="many")
    hint = model_card.hint(model)
    return (
        samples,
        many,
        gr.HTML(hint, apply_default_css=False, visible=bool(hint), elem_id="hint", elem_classes="prose"),
    )


def _settings(model: HiDiff) -> dict[str, gr.components.Component]:
    """A widget for each setting that stands nowhere else; switches come last."""
    here = [row for row in SETTINGS.values() if row.name not in (*ELSEWHERE, *WITH_BRUSH)]
    rows = sorted(here, key=lambda row: row.kind == "switch")
    hidden = () if model.task.focus else WITH_WINDOW
    return {row.name: setting_widget(row, model, visible=row.name not in hidden) for row in rows}
