"""The tab that segments: pick or upload, watch, scrub, take the mask away."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from hidiff.bernoulli import MEANS, SAMPLERS
from hidiff.errors import HiDiffError, ImageError
from hidiff.hybrid import HiDiff
from hidiff.interface import downloads
from hidiff.interface.examples import PICK, Example, strip
from hidiff.interface.player import player
from hidiff.interface.player.payload import Reel
from hidiff.interface.session import (
    MAX_SAMPLES,
    Session,
    checked_settings,
    chosen_model,
    open_picture,
    run,
)
from hidiff.interface.texts import text
from hidiff.interface.uploads import local_only, uploaded

MODEL = "model"  # the one queue of everything that computes
SETTINGS = ("steps", "samples", "seed", "sampler", "mean", "focus", "flips")
FORGET = 3600  # seconds until a visitor's state is dropped


@dataclass(frozen=True)
class _Parts:
    """The components of the tab."""

    task: gr.Radio
    strip: gr.HTML
    upload: gr.Image
    player: gr.HTML
    refine: gr.Button
    stop: gr.Button
    mask: gr.DownloadButton
    probability: gr.DownloadButton
    settings: tuple[gr.components.Component, ...]
    ticket: gr.Number
    session: gr.State


def segment_tab(models: Mapping[str, HiDiff], examples: Sequence[Example]) -> None:
    """Lay the tab out and connect it. `models` holds one model at least."""
    parts = _lay_out(models, examples)
    _connect(parts, models, examples)


def _lay_out(models: Mapping[str, HiDiff], examples: Sequence[Example]) -> _Parts:
    first = next(iter(models))
    session = gr.State(Session(), time_to_live=FORGET)
    ticket = gr.Number(0, precision=0, visible=False)
    with gr.Row(elem_classes="studio"):
        with gr.Column(scale=4, min_width=280):
            task = gr.Radio(
                [(model.card.title, name) for name, model in models.items()], value=first, label=text("segment.task")
            )
            shown = gr.HTML(
                strip(examples, first),
                label=text("segment.examples"),
                show_label=True,
                container=True,
                js_on_load=PICK,
                apply_default_css=False,
                elem_id="examples",
            )
            upload = gr.Image(
                type="filepath",
                image_mode=None,
                sources=["upload", "clipboard"],
                label=text("segment.upload"),
                placeholder=text("segment.upload_hint"),
                height=200,
                buttons=[],
                elem_id="upload",
            )
            local_only(upload)
        with gr.Column(scale=8, min_width=280):
            shows = player("player")
            with gr.Row(elem_classes="actions"):
                refine = gr.Button(text("segment.refine"), variant="primary", size="md", elem_id="refine")
                stop = gr.Button(text("segment.stop"), interactive=False, size="md", elem_id="stop")
                mask = gr.DownloadButton(text("segment.mask"), interactive=False, size="md", elem_id="mask")
                probability = gr.DownloadButton(
                    text("segment.probability"), interactive=False, size="md", elem_id="probability"
                )
            settings = _settings(models[first])
    return _Parts(task, shown, upload, shows, refine, stop, mask, probability, settings, ticket, session)


def _settings(model: HiDiff) -> tuple[gr.components.Component, ...]:
    """One component for each of SETTINGS, in that order, at the weights' own values."""
    chosen = model.config.settings
    with gr.Row():
        steps = gr.Slider(
            1,
            model.config.denoiser.T,
            chosen.steps,
            step=1,
            label=text("segment.steps"),
            info=text("segment.steps_info"),
            elem_id="steps",
        )
        samples = gr.Slider(
            1,
            MAX_SAMPLES,
            min(chosen.samples, MAX_SAMPLES),
            step=1,
            label=text("segment.samples"),
            info=text("segment.samples_info"),
            elem_id="samples",
        )
        seed = gr.Number(
            chosen.seed, precision=0, label=text("segment.seed"), info=text("segment.seed_info"), elem_id="seed"
        )
    with gr.Accordion(text("segment.more"), open=False), gr.Row():
        sampler = gr.Radio(
            [(text(f"segment.sampler.{name}"), name) for name in SAMPLERS],
            value=chosen.sampler,
            label=text("segment.sampler"),
        )
        mean = gr.Radio(
            [(text(f"segment.mean.{name}"), name) for name in MEANS], value=chosen.mean, label=text("segment.mean")
        )
        focus = gr.Checkbox(chosen.focus, label=text("segment.focus"), info=text("segment.focus_info"))
        flips = gr.Checkbox(chosen.flips, label=text("segment.flips"), info=text("segment.flips_info"))
    return steps, samples, seed, sampler, mean, focus, flips


def _connect(parts: _Parts, models: Mapping[str, HiDiff], examples: Sequence[Example]) -> None:
    """Each hand's move is two events: one that takes a number and supersedes what runs, one that computes."""
    at_once: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    off = gr.update(value=None, interactive=False)

    def pick(session: Session, event: gr.EventData) -> tuple[int, None]:
        index = getattr(event, "index", None)
        if not isinstance(index, int) or not 0 <= index < len(examples):
            raise gr.Error(text("segment.gone"), print_exception=False)
        session.candidate = examples[index].as_source
        return session.ask(), None

    def bring(file: object, session: Session) -> int:
        try:
            session.candidate = uploaded(file)
        except ImageError as error:
            raise gr.Error(escape(str(error)), print_exception=False) from error
        return session.ask()

    def clear(session: Session) -> tuple[Any, ...]:
        session.ask()
        session.candidate = session.source = None
        return None, off, off, gr.update(interactive=False)

    def change_task(task: object, session: Session) -> tuple[Any, ...]:
        model = chosen_model(models, task)
        source = session.candidate or session.source
        session.source = None
        session.candidate = None if source is None or source.example else source
        chosen = model.config.settings
        values = [getattr(chosen, name) for name in SETTINGS]
        values[0] = gr.update(value=chosen.steps, maximum=model.config.denoiser.T)
        return session.ask(), strip(examples, str(task)), None, off, off, *values

    def watch(
        ticket: object, task: object, session: Session, *asked: object
    ) -> Iterator[tuple[Any, Any, Any, Any, Any]]:
        yield from _watch(models, int(str(ticket)), task, session, dict(zip(SETTINGS, asked, strict=True)))

    def computes(trigger: Any, quiet: bool = False) -> None:
        trigger.then(
            watch,
            [parts.ticket, parts.task, parts.session, *parts.settings],
            [parts.player, parts.upload, parts.mask, parts.probability, parts.stop],
            concurrency_id=MODEL,
            concurrency_limit=1,
            trigger_mode="multiple",
            preprocess=False,
            show_progress="minimal",
            show_progress_on=parts.player,
            api_visibility="private",
        )

    computes(parts.strip.click(pick, parts.session, [parts.ticket, parts.upload], trigger_mode="multiple", **at_once))
    computes(parts.upload.upload(bring, [parts.upload, parts.session], parts.ticket, preprocess=False, **at_once))
    computes(parts.refine.click(Session.ask, parts.session, parts.ticket, trigger_mode="multiple", **at_once))
    results = [parts.player, parts.mask, parts.probability]
    computes(
        parts.task.input(
            change_task,
            [parts.task, parts.session],
            [parts.ticket, parts.strip, *results, *parts.settings],
            preprocess=False,
            **at_once,
        )
    )
    parts.upload.clear(clear, parts.session, [*results, parts.stop], **at_once)
    parts.stop.click(Session.halt, parts.session, None, **at_once)


def _watch(
    models: Mapping[str, HiDiff], ticket: int, task: object, session: Session, asked: Mapping[str, object]
) -> Iterator[tuple[Any, Any, Any, Any, Any]]:
    """One run: player, upload, mask, probability, stop. What was on the screen stays until there is a prior."""
    keep = gr.skip()
    if session.verdict(ticket) != "go":
        return
    source = session.candidate or session.source
    if source is None:
        gr.Warning(text("segment.nothing"), title=text("segment.warning"))
        return
    try:
        model = chosen_model(models, task)
        settings = checked_settings(model, asked)
        picture = open_picture(model, source)
        session.source, session.candidate = source, None
        reel = Reel(secrets.token_hex(8), picture, model.card, settings)
        for moment in run(model, picture.pixels, settings, lambda: session.verdict(ticket)):
            value = reel.add(moment)
            if moment.kind == "answer" and moment.refinement is not None:
                stem = downloads.stem(model.card.name, source, settings)
                p = moment.refinement.probability()[0]
                mask, probability = downloads.save_mask(stem, p), downloads.save_probability(stem, p)
                yield value, keep, _ready(mask), _ready(probability), gr.update(interactive=False)
            elif moment.kind == "prior":
                off = gr.update(value=None, interactive=False)
                yield value, keep, off, off, gr.update(interactive=True)
            else:
                yield value, keep, keep, keep, keep
    except HiDiffError as error:
        gr.Warning(escape(str(error)), title=text("segment.warning"))
        back: Any = keep
        if isinstance(error, ImageError):
            session.candidate = None
            back = _slot(session)
        yield keep, back, keep, keep, keep


def _ready(path: str) -> Any:
    return gr.update(value=path, interactive=True)


def _slot(session: Session) -> str | None:
    """What the upload's slot shows: the upload on the screen, or nothing when that is an example."""
    source = session.source
    return str(source.path) if source is not None and not source.example and Path(source.path).is_file() else None
