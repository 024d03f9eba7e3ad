"""Parameters of the API: each with the component that gives its kind and default, and help from the tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from hidiff.aliases import current_parameters
from hidiff.interface.runs.recipe import MAX_SAMPLES, capped, usual_settings
from hidiff.interface.runs.uploads import local_only
from hidiff.interface.widgets import setting_widget
from hidiff.pipeline import HiDiff
from hidiff.priors.sources import NOISE, SEGMENTOR, prior_sources_of
from hidiff.refinement.settings import SETTINGS


@dataclass(frozen=True)
class Parameter:
    """One parameter of an endpoint. component: what gives its kind and default; no address is fetched for it. help: a
    clause; "" for a deprecated name, which works and is not described."""

    name: str
    component: gr.components.Component
    help: str = ""
    required: bool = False

    def __post_init__(self) -> None:
        local_only(self.component)
        _explain(self.component, self.help)


def by_name(parameters: Sequence[Parameter], given: Sequence[Any]) -> dict[str, Any]:
    """What a caller gave, under the names of today."""
    return current_parameters(dict(zip((one.name for one in parameters), given, strict=False)))


def common_parameters(models: Mapping[str, HiDiff]) -> tuple[Parameter, ...]:
    """image, task, prior, invert, scribbles, reference."""
    known = ", ".join(
        f'"{name}" ({model.task.object_name} in a {model.task.image_kind})' for name, model in models.items()
    )
    return (
        Parameter("image", _file("image"), "the image file (PNG, JPEG, WebP, BMP or TIFF)", required=True),
        Parameter(
            "task",
            gr.Radio(list(models), value=next(iter(models)), label="task"),
            f"what to look for: {known}",
            required=True,
        ),
        Parameter(
            "prior",
            _file("prior"),
            "a mask or, with more than two greys, a probability map (white is 1), of the image's proportions; "
            "another size is resampled",
            required=True,
        ),
        Parameter(
            "invert", gr.Checkbox(label="invert"), "whether on and off of that mask change places (true or false)"
        ),
        Parameter(
            "scribbles",
            _file("scribbles"),
            "a PNG of the image's size with painted bits: 255 on, 0 off, 128 free; see hold",
        ),
        Parameter(
            "reference",
            _file("reference"),
            "a mask to score prior and answer against (white is on); it takes no part in the refinement",
        ),
    )


def settings_parameters(models: Mapping[str, HiDiff]) -> dict[str, Parameter]:
    """A parameter for each setting; the deprecated `mean` keeps its place, for callers by position.

    Clients send the default that they are told: one that tasks differ in has no value, so each task keeps its own.
    """
    out, model = {}, next(iter(models.values()))
    for name, row in SETTINGS.items():
        within = capped(row, model).range or "true or false"
        widget = setting_widget(row, model, api=True)
        if len({usual_settings(other)[name] for other in models.values()}) > 1:
            widget.value = None
            within += "; left out, the task's own"
        out[name] = Parameter(name, widget, f"{row.help} ({within})")
        if name == "sampler":
            out["mean"] = Parameter("mean", _unset("mean", "sampler"))
    return out


def prior_source_parameters(models: Mapping[str, HiDiff]) -> list[Parameter]:
    """prior_source and prior_seed."""
    sources = list(dict.fromkeys(name for model in models.values() for name in prior_sources_of(model.task)))
    errors = ", ".join(name for name in sources if name not in (SEGMENTOR, NOISE))
    return [
        Parameter(
            "prior_source",
            gr.Radio(sources, value=SEGMENTOR, label="prior_source"),
            f"{SEGMENTOR}, {NOISE} (one half everywhere), or an error that breaks the proposal first: {errors}",
        ),
        Parameter(
            "prior_seed",
            gr.Number(0, precision=0, label="prior_seed"),
            "a whole number, the seed of that damage, apart from the noise's",
        ),
    ]


def deprecated_parameters(names: Mapping[str, str]) -> list[Parameter]:
    """The names that the version before had, behind those of today: not given, they are None."""
    return [Parameter(old, _unset(old, new)) for old, new in names.items()]


def _unset(old: str, new: str) -> gr.components.Component:
    """A component without a value, of the kind that the name of today has."""
    if new == "scribbles":
        return _file(old)
    if new == "prior_seed":
        return gr.Number(None, precision=0, label=old)
    if new in SETTINGS and SETTINGS[new].kind == "switch":
        switch = gr.Checkbox(label=old)
        switch.value = None  # as an argument, None is False
        return switch
    return gr.Textbox(None, label=old)


def _file(name: str) -> gr.Image:
    """A file's component; its sample is a file of the caller's own: Gradio's is an address, which is refused."""
    file = gr.Image(type="filepath", image_mode=None, label=name)
    sample = {"path": f"{name}.png", "url": f"{name}.png", "meta": {"_type": "gradio.FileData"}}
    file.example_payload = lambda: sample  # type: ignore[method-assign]
    return file


def _explain(component: gr.components.Component, help: str) -> None:
    """Let Gradio's page of the API say what a parameter is for, beside its type."""
    schema = component.api_info()
    component.api_info = lambda: {**schema, "additional_description": help}  # type: ignore[method-assign]


def bit_parameters() -> list[Parameter]:
    """row, column, chain."""
    chains = f"whose bit, a whole number from 0 to {MAX_SAMPLES - 1} and below samples"
    return [
        Parameter("row", _whole("row"), "of the pixel, a whole number from 0 at the top", required=True),
        Parameter("column", _whole("column"), "of the pixel, a whole number from 0 at the left", required=True),
        Parameter("chain", _whole("chain"), chains),
    ]


def _whole(name: str) -> gr.Number:
    return gr.Number(0, precision=0, label=name)
