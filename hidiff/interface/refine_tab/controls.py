"""What there is to press and to set, laid out in three columns: bring a picture, watch, adjust."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from hidiff.diffusion.bernoulli import MEANS, SAMPLERS
from hidiff.interface import model_card as measured
from hidiff.interface.examples import PICK, Example, strip
from hidiff.interface.player import brush, player
from hidiff.interface.refine_tab.engine_panel import EnginePanel, engine_panel
from hidiff.interface.runs import downloads
from hidiff.interface.runs.compare import differences
from hidiff.interface.runs.run import MANY, MAX_SAMPLES, Session
from hidiff.interface.runs.uploads import local_only
from hidiff.interface.texts import text
from hidiff.pipeline import HiDiff
from hidiff.priors.sources import NOISE, SEGMENTOR, starts_of
from hidiff.refinement.settings import ANSWERS

SETTINGS = ("steps", "samples", "seed", "sampler", "mean", "answer", "focus", "flips", "confidence")
OWN, BROKEN = "own", "broken"
STARTS = (SEGMENTOR, OWN, NOISE, BROKEN)
FORGET = 3600  # seconds until a visitor's state is dropped
LEAST_CONFIDENCE, MOST_CONFIDENCE = 0.55, 0.99


@dataclass(frozen=True)
class Start:
    """Where the chain starts."""

    kind: gr.Radio
    own: gr.Image
    error: gr.Dropdown
    seed: gr.Number
    confidence: gr.Slider
    reset: gr.Button

    @property
    def inputs(self) -> list[gr.components.Component]:
        """kind, own, error, seed."""
        return [self.kind, self.own, self.error, self.seed]


@dataclass(frozen=True)
class Parts:
    """The components of the page that take part in events."""

    task: gr.Radio
    strip: gr.HTML
    upload: gr.Image
    player: gr.HTML
    brush: gr.HTML
    refine: gr.Button
    stop: gr.Button
    start: Start
    difference: gr.Dropdown
    compare: gr.Button
    many: gr.Button
    hint: gr.Markdown
    engine: EnginePanel
    settings: tuple[gr.components.Component, ...]
    files: Mapping[str, gr.Button]
    file: gr.File
    command: gr.Textbox
    ticket: gr.Number
    session: gr.State


def lay_out(models: Mapping[str, HiDiff], examples: Sequence[Example], opened: bool = False) -> Parts:
    """Render everything. `models` holds one model at least; its first is chosen, and if `opened` its first example."""
    first = next(iter(models))
    session = gr.State(Session(), time_to_live=FORGET)
    ticket = gr.Number(0, precision=0, visible=False)
    with gr.Row(elem_classes="studio"):
        with gr.Column(elem_classes="bring", min_width=0):
            task, shown = _task(models, first), _strip(examples, first, opened)
            with gr.Row(elem_classes="actions"):
                refine = gr.Button(text("segment.refine"), variant="primary", size="md", elem_id="refine")
                stop = gr.Button(text("segment.stop"), interactive=False, size="md", elem_id="stop")
        with gr.Column(elem_classes="watch", min_width=0):
            shows = player("player", paintable=True)
            painted = brush("brush", of="player")
        with gr.Column(elem_classes="adjust", min_width=0):
            upload = _upload("upload", "segment.upload", "segment.upload_hint")
            model = models[first]
            with gr.Accordion(text("start.title"), open=False, elem_id="start-panel"):
                start = _start(model)
            with gr.Accordion(text("compare.title"), open=False, elem_id="compare-panel"):
                difference, compare = _compare(model)
            with gr.Accordion(text("many.title"), open=False, elem_id="many-panel"):
                samples, many, hint = _many(model)
            with gr.Accordion(text("take.title"), open=False, elem_id="take-panel"):
                files, file, command = _take_home()
            engine = engine_panel(model)
            with gr.Accordion(text("segment.more"), open=False, elem_id="more-panel"):
                others = _settings(model)
    by_name = others | {"samples": samples, "confidence": start.confidence}
    settings = tuple(by_name[name] for name in SETTINGS)
    return Parts(
        task=task,
        strip=shown,
        upload=upload,
        player=shows,
        brush=painted,
        refine=refine,
        stop=stop,
        start=start,
        difference=difference,
        compare=compare,
        many=many,
        hint=hint,
        engine=engine,
        settings=settings,
        files=files,
        file=file,
        command=command,
        ticket=ticket,
        session=session,
    )


def errors_of(model: HiDiff) -> list[tuple[str, str]]:
    """The errors by which a task's proposal can be broken, with their names in words."""
    return [(text(f"start.{name}"), name) for name in starts_of(model.card) if name not in (SEGMENTOR, NOISE)]


def differences_of(model: HiDiff) -> list[tuple[str, str]]:
    """What two lanes of a task can differ in, with names in words."""
    return [(text(f"difference.{name}"), name) for name in differences(model)]


def settings_of(model: HiDiff) -> list[Any]:
    """A value or update for each of SETTINGS: the weights' own."""
    chosen = model.config.settings
    values: list[Any] = [getattr(chosen, name) for name in SETTINGS]
    values[SETTINGS.index("steps")] = gr.update(value=chosen.steps, maximum=model.config.denoiser.T)
    values[SETTINGS.index("samples")] = min(chosen.samples, MAX_SAMPLES)
    values[SETTINGS.index("confidence")] = gr.update(value=chosen.confidence, visible=False)
    values[SETTINGS.index("focus")] = gr.update(value=chosen.focus, visible=model.card.focus)
    return values


def _task(models: Mapping[str, HiDiff], first: str) -> gr.Radio:
    choices = [(model.card.title, name) for name, model in models.items()]
    return gr.Radio(choices, value=first, label=text("segment.task"), elem_id="task")


def _strip(examples: Sequence[Example], task: str, opened: bool) -> gr.HTML:
    return gr.HTML(
        strip(examples, task, opened),
        label=text("segment.examples"),
        show_label=True,
        container=True,
        js_on_load=PICK,
        apply_default_css=False,
        elem_id="examples",
    )


def _upload(elem_id: str, label: str, hint: str, visible: bool = True) -> gr.Image:
    upload = gr.Image(
        type="filepath",
        image_mode=None,
        sources=["upload", "clipboard"],
        label=text(label),
        placeholder=text(hint),
        height=150,
        buttons=[],
        visible=visible,
        elem_id=elem_id,
    )
    local_only(upload)
    return upload


def _start(model: HiDiff) -> Start:
    kind = gr.Radio(
        [(text(f"start.{name}"), name) for name in STARTS],
        value=SEGMENTOR,
        label=text("start.kind"),
        info=text("start.kind_info"),
        elem_id="start",
    )
    own = _upload("own", "start.upload", "start.upload_hint", visible=False)
    errors = errors_of(model)
    error = gr.Dropdown(errors, value=errors[1][1], label=text("start.error"), visible=False, elem_id="error")
    seed = gr.Number(
        0, precision=0, label=text("start.seed"), info=text("start.seed_info"), visible=False, elem_id="error-seed"
    )
    confidence = gr.Slider(
        LEAST_CONFIDENCE,
        MOST_CONFIDENCE,
        model.config.settings.confidence,
        step=0.01,
        label=text("start.confidence"),
        info=text("start.confidence_info"),
        visible=False,
        elem_id="confidence",
    )
    reset = gr.Button(text("start.reset"), size="sm", elem_id="reset")
    return Start(kind, own, error, seed, confidence, reset)


def _compare(model: HiDiff) -> tuple[gr.Dropdown, gr.Button]:
    choices = differences_of(model)
    difference = gr.Dropdown(
        choices,
        value=choices[0][1],
        label=text("compare.difference"),
        info=text("compare.difference_info"),
        elem_id="difference",
    )
    return difference, gr.Button(text("compare.run"), size="sm", elem_id="compare")


def _many(model: HiDiff) -> tuple[gr.Slider, gr.Button, gr.Markdown]:
    samples = gr.Slider(
        1,
        MAX_SAMPLES,
        min(model.config.settings.samples, MAX_SAMPLES),
        step=1,
        label=text("segment.samples"),
        info=text("segment.samples_info"),
        elem_id="samples",
    )
    many = gr.Button(text("many.draw", samples=MANY), size="sm", elem_id="many")
    said = measured.hint(model)
    return samples, many, gr.Markdown(said, visible=bool(said), elem_id="hint")


def _take_home() -> tuple[dict[str, gr.Button], gr.File, gr.Textbox]:
    with gr.Row(elem_classes="files"):
        files = {
            kind: gr.Button(text(f"take.{kind}"), size="sm", min_width=0, elem_id=kind) for kind in downloads.KINDS
        }
    command = gr.Textbox(
        "",
        label=text("take.command"),
        info=text("take.command_info"),
        lines=4,
        max_lines=8,
        buttons=["copy"],
        interactive=False,
        elem_id="command",
    )
    return files, gr.File(visible="hidden", elem_id="file"), command


def _settings(model: HiDiff) -> dict[str, gr.components.Component]:
    chosen = model.config.settings
    return {
        "steps": gr.Slider(
            1,
            model.config.denoiser.T,
            chosen.steps,
            step=1,
            label=text("segment.steps"),
            info=text("segment.steps_info"),
            elem_id="steps",
        ),
        "seed": gr.Number(
            chosen.seed, precision=0, label=text("segment.seed"), info=text("segment.seed_info"), elem_id="seed"
        ),
        "sampler": _choice("sampler", SAMPLERS, chosen.sampler),
        "mean": _choice("mean", MEANS, chosen.mean),
        "answer": _choice("answer", ANSWERS, chosen.answer),
        "focus": gr.Checkbox(
            chosen.focus,
            label=text("segment.focus"),
            info=text("segment.focus_info"),
            visible=model.card.focus,
            elem_id="focus",
        ),
        "flips": gr.Checkbox(
            chosen.flips, label=text("segment.flips"), info=text("segment.flips_info"), elem_id="flips"
        ),
    }


def _choice(name: str, values: Sequence[str], chosen: str) -> gr.Radio:
    choices = [(text(f"segment.{name}.{value}"), value) for value in values]
    return gr.Radio(choices, value=chosen, label=text(f"segment.{name}"), elem_id=name)
