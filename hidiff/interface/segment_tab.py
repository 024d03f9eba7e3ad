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
    Source,
    checked_settings,
    chosen_model,
    open_picture,
    run,
)
from hidiff.interface.texts import text
from hidiff.interface.uploads import local_only, uploaded

MODEL = "model"  # the one queue of everything that computes
FILES = "files"  # the queue of what only reads files
REFUSED = -1  # the number of no run
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
                height=160,
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
    """Each move of a hand is two events: one that admits a run and supersedes the one before, one that computes.

    What cannot be done is refused by the first, so that nothing on the screen changes and no run is cut off.
    """
    hidden: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    at_once: dict[str, Any] = {"queue": False, **hidden}
    admits: dict[str, Any] = {"concurrency_id": FILES, "concurrency_limit": 4, "preprocess": False, **hidden}
    off = gr.update(value=None, interactive=False)
    asked = [parts.task, parts.session, *parts.settings]

    def admit(task: object, session: Session, settings: Sequence[object], source: Source | None) -> int:
        try:
            if source is None:
                raise ImageError(text("segment.nothing"))
            model = chosen_model(models, task)
            checked_settings(model, dict(zip(SETTINGS, settings, strict=True)))
            open_picture(model, source)
        except HiDiffError as error:
            gr.Warning(escape(str(error)), title=text("segment.warning"))
            return REFUSED
        return session.ask(source)

    def pick(event: gr.EventData, task: object, session: Session, *settings: object) -> tuple[int, str | None]:
        index = getattr(event, "index", None)
        known = isinstance(index, int) and 0 <= index < len(examples)
        source = examples[index].as_source if known and isinstance(index, int) else None
        return admit(task, session, settings, source), _slot(session)

    def bring(file: object, task: object, session: Session, *settings: object) -> tuple[int, str | None]:
        try:
            source = uploaded(file)
        except ImageError:
            source = None
        return admit(task, session, settings, source), _slot(session)

    def again(task: object, session: Session, *settings: object) -> tuple[int, str | None]:
        return admit(task, session, settings, session.source), _slot(session)

    def change_task(task: object, session: Session) -> tuple[Any, ...]:
        model = chosen_model(models, task)
        chosen = model.config.settings
        values: list[Any] = [getattr(chosen, name) for name in SETTINGS]
        source = session.source
        session.ask(None)
        ticket = REFUSED if source is None or source.example else admit(task, session, values, source)
        values[0] = gr.update(value=chosen.steps, maximum=model.config.denoiser.T)
        return ticket, _slot(session), strip(examples, str(task)), None, off, off, gr.update(interactive=False), *values

    def clear(session: Session) -> tuple[Any, ...]:
        session.ask(None)
        return None, off, off, gr.update(interactive=False)

    def watch(ticket: object, task: object, session: Session, *settings: object) -> Iterator[tuple[Any, ...]]:
        number = int(str(ticket))
        for shown in _watch(models, number, task, session, dict(zip(SETTINGS, settings, strict=True))):
            for button, update in ((parts.mask, shown[1]), (parts.probability, shown[2])):
                if update.get("value"):
                    button.temp_files.add(update["value"])  # else Gradio would never delete the file
            yield shown

    def then_compute(admission: Any) -> None:
        admission.then(
            watch,
            [parts.ticket, *asked],
            [parts.player, parts.mask, parts.probability, parts.stop],
            concurrency_id=MODEL,
            concurrency_limit=1,
            trigger_mode="multiple",
            preprocess=False,
            show_progress="minimal",
            show_progress_on=parts.player,
            api_visibility="private",
        )

    admitted = [parts.ticket, parts.upload]
    results = [parts.player, parts.mask, parts.probability, parts.stop]
    then_compute(parts.strip.click(pick, asked, admitted, trigger_mode="multiple", **admits))
    then_compute(parts.upload.upload(bring, [parts.upload, *asked], admitted, trigger_mode="multiple", **admits))
    then_compute(parts.refine.click(again, asked, admitted, trigger_mode="multiple", **admits))
    changed = [*admitted, parts.strip, *results, *parts.settings]
    then_compute(parts.task.input(change_task, [parts.task, parts.session], changed, **admits))
    parts.upload.clear(clear, parts.session, results, **at_once)
    parts.stop.click(Session.halt, parts.session, None, **at_once)


def _watch(
    models: Mapping[str, HiDiff], ticket: int, task: object, session: Session, asked: Mapping[str, object]
) -> Iterator[tuple[Any, ...]]:
    """One run: player, mask, probability, stop."""
    keep, off = gr.skip(), gr.update(value=None, interactive=False)
    yield keep, keep, keep, keep  # a generator that yields nothing would empty its outputs
    source = session.source
    if source is None or session.verdict(ticket) == "leave":
        return
    try:
        model = chosen_model(models, task)
        settings = checked_settings(model, asked)
        picture = open_picture(model, source)
        reel = Reel(secrets.token_hex(8), picture, model.card, settings)
        for moment in run(model, picture.pixels, settings, lambda: session.verdict(ticket)):
            value = reel.add(moment)
            if moment.kind == "answer" and moment.refinement is not None:
                stem = downloads.stem(model.card.name, source, settings)
                p = moment.refinement.probability()[0]
                mask, probability = downloads.save_mask(stem, p), downloads.save_probability(stem, p)
                yield value, _ready(mask), _ready(probability), gr.update(interactive=False)
            elif moment.kind == "prior":
                yield value, off, off, gr.update(interactive=True)
            else:
                yield value, keep, keep, keep
    except HiDiffError as error:  # admitted, but its file is gone since
        gr.Warning(escape(str(error)), title=text("segment.warning"))


def _ready(path: str) -> Any:
    return gr.update(value=path, interactive=True)


def _slot(session: Session) -> str | None:
    """What the upload's slot shows: the upload on the screen, or nothing when that is an example."""
    source = session.source
    return str(source.path) if source is not None and not source.example and Path(source.path).is_file() else None
