"""The API for programs: /prior, /refine and /refine_prior, described from the same rows that make their parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import gradio as gr
import numpy as np
from numpy.typing import NDArray

from hidiff.aliases import PARAMETERS, current_parameters
from hidiff.aliases import SETTINGS as ALIASES
from hidiff.errors import HiDiffError
from hidiff.imaging.picture_kind import picture_doubt
from hidiff.interface.player.curves import cropped, in_original
from hidiff.interface.runs import downloads
from hidiff.interface.runs.memory import give_back_memory
from hidiff.interface.runs.names import picture_stem, stem
from hidiff.interface.runs.recipe import TIME_LIMIT, Picture, Source, capped, checked_recipe, open_picture
from hidiff.interface.runs.run import RunEvent, chosen_model, limited, run, weights_note
from hidiff.interface.runs.uploads import local_only, new_folder, uploaded
from hidiff.interface.server.queue import MODEL, SHORT
from hidiff.interface.texts import text
from hidiff.interface.widgets import setting_widget
from hidiff.pipeline import HiDiff
from hidiff.priors.scribbles import read_scribbles
from hidiff.priors.sources import NOISE, SEGMENTOR, prior_sources_of
from hidiff.refinement.outcome import Outcome
from hidiff.refinement.reference import read_reference, scored
from hidiff.refinement.settings import SETTINGS
from hidiff.tasks import DISCLAIMER

Report = dict[str, Any]

_PRIOR = """Segment an image with the segmentor alone: the prior that the diffusion model would refine.

Args:
{args}

Returns:
    The mask as a PNG of the image's size (0 and 255), and a report: task, image size, area (share of the
    image that is on, 0 to 1), weights, warnings (sentences, where the image looks like another kind).
"""
_REFINE = """Segment an image and refine the mask by reverse Bernoulli diffusion. Streams a report after every step.

Args:
{args}

Returns:
    The mask as a PNG of the image's size (0 and 255; nothing before the last report), and a report. Of a
    step: step, of, t, s (the time it leads to), alpha_bar, and a list with one entry a chain of flips_on,
    flips_off, expected_flips and area (share of the image that is on, 0 to 1). The last report has the
    answer's area, window (top, left, height, width), settings, seconds and, with a reference, scores: dice, iou,
    hd95 (pixels), missed and false (pixels) of the prior's mask and of the refined one. All have warnings, sentences
    about what looks like a mistake: another kind of image, an odd mask.
"""
_REFINE_PRIOR = """Refine a mask or probability map of your own, in the segmentor's place. Streams as /refine does.

Args:
{args}

Returns:
    The mask as a PNG of the image's size (0 and 255; nothing before the last report), and a report, both
    as /refine gives them.
"""


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


def add_api(models: Mapping[str, HiDiff]) -> None:
    """Add the endpoints to the page that is being built; `models` holds one model at least."""
    with gr.Group(visible=False):
        image, task, own, invert, scribbles, reference = _common(models)
        settings, source = _settings(next(iter(models.values()))), _prior_source(models)
        old, old_of_prior = _deprecated(PARAMETERS), _deprecated({**ALIASES, "strokes": "scribbles"})
        outputs = [gr.File(label="mask"), gr.JSON(label="report")]
        button = gr.Button()
    confidence, hold, *later = (settings.pop(name) for name in ("confidence", "hold", "both_looks", "corrects"))
    rest = list(settings.values())
    for name, endpoint_of, description, parameters in (
        ("prior", _prior, _PRIOR, [image, task]),
        ("refine", _refine, _REFINE, [image, task, *rest, *source, scribbles, *old, hold, reference, *later]),
        (
            "refine_prior",
            _refine,
            _REFINE_PRIOR,
            [image, own, task, confidence, *rest, scribbles, *old_of_prior, hold, reference, invert, *later],
        ),
    ):
        endpoint = endpoint_of(models, parameters)
        _describe(endpoint, name, parameters, description)
        button.click(
            endpoint,
            [parameter.component for parameter in parameters],
            outputs,
            api_name=name,
            concurrency_id=SHORT if endpoint_of is _prior else MODEL,
            concurrency_limit=1,
            preprocess=False,
        )


# ------------------------------------------------------------------------------------------------------ endpoints
def _prior(models: Mapping[str, HiDiff], parameters: Sequence[Parameter]) -> Callable[..., Any]:
    def prior(*given: Any) -> tuple[str, Report]:
        with _plain_errors():
            values = _by_name(parameters, given)
            model = chosen_model(models, values["task"])
            picture = open_picture(model, uploaded(values["image"]))
            p = model.prior(picture.pixels).p[0]
            name = f"{picture_stem(model.task.name, picture.source)}-prior"
            doubt = picture_doubt(picture.pixels, model.task.image_kind)
            warnings = [] if doubt is None else [doubt.sentence]
            report = _about(model, picture) | {"warnings": warnings, "area": float((p > 0.5).mean())}
            return str(downloads.save_mask(name, p, new_folder())), report

    return prior


def _refine(models: Mapping[str, HiDiff], parameters: Sequence[Parameter]) -> Callable[..., Any]:
    def refine(*given: Any) -> Iterator[tuple[str | None, Report]]:
        with _plain_errors():
            values = _by_name(parameters, given)
            model = chosen_model(models, values["task"])
            source, said = _with_reference(model, uploaded(values["image"]), values.get("reference"))
            recipe, note = checked_recipe(
                model,
                source,
                {name: values[name] for name in SETTINGS if name in values},
                values.get("prior_source"),
                values.get("prior_seed"),
                _own(values),
                _scribbles_reader(values.get("scribbles")),
            )
            picture = open_picture(model, recipe.source)
            notes = [one for one in (note, said) if one]
            about = _about(model, picture) | ({"notes": notes} if notes else {}) | {"warnings": recipe.warnings}
            for event in run(model, picture, [recipe], limited(lambda: "go")):
                if event.kind == "step":
                    yield None, about | _of_step(event)
                elif event.refinement is not None:
                    p = event.refinement.probability()[0]
                    mask = str(downloads.save_mask(stem(model, recipe), p, new_folder()))
                    if event.stopped:
                        about |= {"notes": [*notes, text("server.time_limit", seconds=TIME_LIMIT)]}
                    answer = mask, about | _of_answer(event.refinement, p) | _scores(event.refinement, picture)
            del event  # and with it the refinement
            give_back_memory()
            yield answer

    return refine


def _with_reference(model: HiDiff, source: Source, file: object) -> tuple[Source, str]:
    """The picture with the reference that came with it, if any, and a note where that was resampled."""
    if file is None:
        return source, ""
    reference = uploaded(file)
    _, note = read_reference(reference.path, reference.title, open_picture(model, source).size)
    return replace(source, own_reference=reference), note


def _own(values: Mapping[str, Any]) -> Source | None:
    """The mask to refine, where the endpoint takes one."""
    if "prior" not in values:
        return None
    return replace(uploaded(values["prior"]), inverted=bool(values.get("invert")))


def _by_name(parameters: Sequence[Parameter], given: Sequence[Any]) -> dict[str, Any]:
    """What a caller gave, under the names of today."""
    return current_parameters(dict(zip((one.name for one in parameters), given, strict=False)))


def _describe(endpoint: Any, name: str, parameters: Sequence[Parameter], description: str) -> None:
    """Give an endpoint its signature and its docstring.

    Gradio reads both: for its page of the API, for `view_api`, for the schema of an MCP tool.
    """
    kind, empty = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.empty
    endpoint.__signature__ = inspect.Signature(
        [inspect.Parameter(one.name, kind, default=empty if one.required else None) for one in parameters]
    )
    endpoint.__name__ = name
    args = "\n".join(f"    {one.name}: {one.help}." for one in parameters if one.help)
    endpoint.__doc__ = description.format(args=args)


def _scribbles_reader(file: object) -> Callable[[tuple[int, int]], NDArray[np.uint8]] | None:
    """What reads an uploaded file of scribbles; None where there is none."""
    if file is None:
        return None
    source = uploaded(file)
    return lambda _: read_scribbles(source.path, source.title)


# ----------------------------------------------------------------------------------------------------- parameters
def _common(models: Mapping[str, HiDiff]) -> tuple[Parameter, ...]:
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


def _settings(model: HiDiff) -> dict[str, Parameter]:
    """A parameter for each setting; the deprecated `mean` keeps its place, for callers by position."""
    out = {}
    for name, row in SETTINGS.items():
        within = capped(row, model).range or "true or false"
        out[name] = Parameter(name, setting_widget(row, model, api=True), f"{row.help} ({within})")
        if name == "sampler":
            out["mean"] = Parameter("mean", _unset("mean", "sampler"))
    return out


def _prior_source(models: Mapping[str, HiDiff]) -> list[Parameter]:
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


def _deprecated(names: Mapping[str, str]) -> list[Parameter]:
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


# -------------------------------------------------------------------------------------------------------- reports
def _about(model: HiDiff, picture: Picture) -> Report:
    height, width = picture.size
    return {
        "task": model.task.name,
        "image": {"width": width, "height": height},
        "weights": weights_note(model),
        "terms": DISCLAIMER,
    }


def _of_step(event: RunEvent) -> Report:
    step, refinement = event.step, event.refinement
    assert step is not None and refinement is not None
    chains = range(refinement.settings.samples)
    seen = [cropped(refinement, step, chain, 0) for chain in chains]
    return {
        "step": refinement.times.index(step.t) + 1,
        "of": len(refinement.times),
        "t": step.t,
        "s": step.s,
        "alpha_bar": step.alpha_bar,
        "flips_on": [int(chain.flips_on[0, 0]) for chain in seen],
        "flips_off": [int(chain.flips_off[0, 0]) for chain in seen],
        "expected_flips": [round(float(chain.expected_flips[0, 0]), 3) for chain in seen],
        "area": [float(in_original(refinement, step.y_t[chain], 0).mean()) for chain in chains],
    }


def _scores(refinement: Outcome, picture: Picture) -> Report:
    return {} if picture.reference is None else {"scores": scored(refinement, picture.reference).document}


def _of_answer(refinement: Outcome, p: NDArray[np.float32]) -> Report:
    return {
        "area": float((p > 0.5).mean()),
        "window": [int(value) for value in refinement.window],
        "settings": asdict(refinement.settings),
        "seconds": round(sum(refinement.seconds), 3),
    }


class _plain_errors:  # noqa: N801 (used as `with _plain_errors():`)
    """Our own errors become Gradio's, whose message reaches the caller; no trace of them fills the log."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, HiDiffError):
            raise gr.Error(str(error), print_exception=False) from error
