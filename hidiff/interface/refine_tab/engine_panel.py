"""The engine panel: which backend runs, how long a step takes on each, and one convolution's bits."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import median

import cv2
import gradio as gr
import numpy as np
from numpy.typing import NDArray

from hidiff.interface.runs.compare import has_bits
from hidiff.interface.runs.opened_neuron import open_neuron
from hidiff.interface.runs.recipe import Recipe
from hidiff.interface.runs.session import Comparison
from hidiff.interface.said_html import element
from hidiff.interface.texts import native, text
from hidiff.models.backend import BACKENDS
from hidiff.models.packed.inspect import Neuron
from hidiff.pipeline import HiDiff
from hidiff.priors.views import View
from hidiff.refinement.chain import Refinement
from hidiff.refinement.outcome import Outcome
from hidiff.refinement.trace import Step

CELL, APART = 5, 2  # of the drawn bits: side, and the gap after every four, which share a byte


@dataclass(frozen=True)
class EnginePanel:
    """panel: shown where the denoiser runs on bits. backend: which is to run. timing: what was timed. inside: the
    drawing of one convolution's bits."""

    panel: gr.Accordion
    backend: gr.Radio
    both: gr.Button
    timing: gr.HTML
    step: gr.Slider
    channel: gr.Slider
    look: gr.Button
    inside: gr.HTML


def engine_panel(model: HiDiff) -> EnginePanel:
    """Lay the panel out for a model."""
    with gr.Accordion(
        native(text("engine.title")), open=False, visible=has_bits(model), elem_id="engine-panel"
    ) as panel:
        return _laid_out(model, panel)


def _laid_out(model: HiDiff, panel: gr.Accordion) -> EnginePanel:
    backend = gr.Radio(
        [(native(text(f"backend.{name}")), name) for name in BACKENDS],
        value=BACKENDS[0],
        label=native(text("engine.kind")),
        info=native(text("engine.kind_info")),
        elem_id="engine",
    )
    both = gr.Button(native(text("engine.both")), size="sm", elem_id="both-engines")
    timing = gr.HTML(timed_html(text("engine.nothing_timed")), apply_default_css=False, elem_id="engine-said")
    steps, channels = sizes_of(model)
    with gr.Row():
        step = gr.Slider(1, steps, 1, step=1, label=native(text("engine.step")), min_width=0, elem_id="inside-step")
        channel = gr.Slider(
            1, channels, 1, step=1, label=native(text("engine.channel")), min_width=0, elem_id="inside-channel"
        )
    look = gr.Button(native(text("engine.look")), size="sm", elem_id="look-inside")
    inside = gr.HTML("", apply_default_css=False, elem_id="inside")
    return EnginePanel(panel, backend, both, timing, step, channel, look, inside)


def sizes_of(model: HiDiff) -> tuple[int, int]:
    """How many steps and channels there are to look into."""
    return model.config.denoiser.T, model.config.denoiser.channels[0]


# ------------------------------------------------------------------------------------------------------ what ran
def step_time(refinement: Outcome) -> float:
    """Seconds of one step of one chain; the first, in which what all steps share is computed, is left out."""
    later = refinement.seconds[1:] or refinement.seconds
    return median(later) / refinement.settings.samples


def runner_name(refinement: Refinement) -> str:
    """What ran a refinement: a backend of the binary network, or "real" for its twin."""
    return "real" if refinement.runner.network == "real" else refinement.runner.backend


def timed(times: Mapping[str, float], running: str, chosen: str) -> str:
    """What was timed on this picture, in words. running: what ran the newest run; chosen: the backend it was to be."""
    lines = [text("engine.timed", engine=text(f"backend.{name}"), ms=1000 * times[name]) for name in times]
    if all(name in times for name in BACKENDS):
        lines.append(text("engine.ratio", ratio=times["simulation"] / times["packed"]))
    if running in BACKENDS and running != chosen:
        lines.append(text("engine.not_ready"))
    return timed_html(*lines)


def timed_html(*sentences: str) -> str:
    """HTML: what was timed, a paragraph a sentence."""
    return "".join(element("p", one) for one in sentences if one)


def same_bits(recipe: Recipe, comparison: Comparison, lanes: Mapping[int, Outcome]) -> str:
    """How many bits differ between two lanes that differ in the backend alone; "" where they differ in more."""
    backends = {recipe.backend, comparison.recipe.backend}
    if replace(comparison.recipe, backend=recipe.backend) != recipe or backends != set(BACKENDS) or len(lanes) < 2:
        return ""
    pairs = list(zip(lanes[0].steps, lanes[1].steps, strict=False))
    differ = sum(int((first != second).sum()) for one, other in pairs for first, second in _bits(one, other))
    bits = sum(first.size for one, other in pairs for first, _ in _bits(one, other))
    return text("engine.same" if differ == 0 else "engine.differ", differ=differ, bits=bits)


def _bits(one: Step, other: Step) -> list[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    last = [] if one.y_prev is not None else [(one.y0_hat > 0.5, other.y0_hat > 0.5)]
    return [(one.y_t, other.y_t), *last]


# --------------------------------------------------------------------------------------------------- one layer's bits
def inside_of(model: HiDiff, refinement: Outcome, view: View, index: int, channel: int, chain: int = 0) -> str:
    """HTML: the first binary convolution in step `index` (from 0), at the flip that the denoiser doubted most.

    view: where the chains ran, with its features. Raises IndexError for a step or a channel that is not there, and for
    weights without bits.
    """
    opened = open_neuron(model, refinement, view, index, channel, chain)
    neuron, pixel, seen = opened.neuron, opened.pixel, opened.seen
    patch = model.config.denoiser.patch
    words = text(
        "engine.inside_where", number=index + 1, t=opened.t, row=pixel[0], column=pixel[1], channel=channel + 1
    )
    mask = np.where(opened.bits, 255, 0)
    maps = [
        ("engine.inside_mask", mask, (seen[0] / patch, seen[1] / patch), patch),
        ("engine.inside_sums", _greys(neuron.sums), neuron.place, 1),
        ("engine.inside_out", np.where(neuron.out, 255, 0), neuron.place, 1),
    ]
    drawn = "".join(
        _figure(_stripe(values), key)
        for key, values in (
            ("engine.inside_signs", neuron.window),
            ("engine.inside_weights", np.where(neuron.weights, 1, -1).astype(np.int8)),
            ("engine.inside_agree", neuron.products),
        )
    )
    note = element("p", text("engine.inside_note"), 'class="small"')
    pictures = "".join(_figure(_map(values.astype(np.uint8), place, scale), key) for key, values, place, scale in maps)
    return (
        f'<div class="inside">{element("p", words)}{drawn}{element("p", _sum_in_words(neuron, opened.t))}'
        f'<div class="maps">{pictures}</div>{note}</div>'
    )


def _sum_in_words(neuron: Neuron, t: int) -> str:
    """How the signs become one sum, and that the next layer's sign."""
    above = neuron.value + neuron.threshold >= 0
    return text(
        "engine.inside_count",
        agree=neuron.agree,
        seen=neuron.agree + neuron.differ,
        differ=neuron.differ,
        total=int(neuron.total),
        t=t,
        x=neuron.x,
        value=neuron.value,
        threshold=neuron.threshold,
        side=text("engine.inside_above" if above else "engine.inside_below"),
        sign="+1" if above else "-1",
    )


def _figure(drawing: str, key: str) -> str:
    return f"<figure>{drawing}{element('figcaption', text(key))}</figure>"


def _stripe(values: NDArray[np.int8]) -> str:
    """Signs (I,3,3) as nine rows of I cells: filled for +1, empty for -1, missing outside the map."""
    places = values.reshape(len(values), 9).T  # (9,I)
    across = len(values) * CELL + (len(values) - 1) // 4 * APART
    paths = {1: "", -1: ""}
    for row, signs in enumerate(places):
        for column, sign in enumerate(signs):
            if sign:
                x, y = column * CELL + column // 4 * APART, row * (CELL + 1)
                paths[int(sign)] += f"M{x} {y}h{CELL - 1}v{CELL}h-{CELL - 1}z"
    return (
        f'<svg viewBox="0 0 {across} {9 * (CELL + 1)}" role="img" aria-hidden="true">'
        f'<path class="off" d="{paths[-1]}"/><path class="on" d="{paths[1]}"/></svg>'
    )


def _map(grey: NDArray[np.uint8], place: tuple[float, float], scale: int) -> str:
    """A map of grey values with a ring round a place (in units of `scale` pixels)."""
    height, width = grey.shape
    _, png = cv2.imencode(".png", np.ascontiguousarray(grey))
    data = base64.b64encode(png.tobytes()).decode()
    ring, x, y = max(height, width) / 24, (place[1] + 0.5) * scale, (place[0] + 0.5) * scale
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-hidden="true">'
        f'<image href="data:image/png;base64,{data}" width="{width}" height="{height}"/>'
        f'<circle class="back" cx="{x:.1f}" cy="{y:.1f}" r="{ring:.1f}" stroke-width="{ring / 1.5:.1f}"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{ring:.1f}" stroke-width="{ring / 3:.1f}"/></svg>'
    )


def _greys(sums: NDArray[np.int64]) -> NDArray[np.float64]:
    most = max(1, int(np.abs(sums).max()))
    greys: NDArray[np.float64] = 127.5 * (1 + sums / most)
    return greys
