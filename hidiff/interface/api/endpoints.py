"""Endpoints for programs: /prior, /refine, /refine_prior, /explain_pixel, /tasks, /results, typed and described.

Parameters come from the tables in `parameters`, reports from those in `reports`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from hidiff.aliases import PARAMETERS
from hidiff.aliases import SETTINGS as ALIASES
from hidiff.errors import HiDiffError
from hidiff.interface.api import calls, reports
from hidiff.interface.api.parameters import (
    Parameter,
    bit_parameters,
    by_name,
    common_parameters,
    deprecated_parameters,
    prior_source_parameters,
    settings_parameters,
)
from hidiff.interface.api.reports import Report
from hidiff.interface.runs import downloads
from hidiff.interface.runs.run import chosen_model
from hidiff.interface.runs.uploads import new_folder, uploaded
from hidiff.interface.server.queue import LOOK, MODEL
from hidiff.pipeline import HiDiff

FILES = ("image", "prior", "scribbles", "reference")
_MASK = "The mask as a PNG of the image's size (0 and 255)"
_STREAMED = f"{_MASK}, nothing before the last report, and a report after every step and at the end"


@dataclass(frozen=True)
class Endpoint:
    """One endpoint. says: what it does, a sentence. returns: what comes back, a clause. masks: whether a mask comes
    before the report. lane: where it waits for its turn on the model; None where it needs none."""

    name: str
    function: Callable[..., Any]
    parameters: Sequence[Parameter]
    says: str
    returns: str
    masks: bool = True
    lane: str | None = MODEL

    @property
    def description(self) -> str:
        """The docstring, which Gradio reads line by line: for its page of the API, for `view_api`."""
        args = "\n".join(f"    {one.name}: {one.help}." for one in self.parameters if one.help)
        told = f"{self.says}\n\nArgs:\n{args}\n" if args else f"{self.says}\n"
        return f"{told}\nReturns:\n    {self.returns}. Fields of the report: {reports.described(self.name)}.\n"


def add_api(models: Mapping[str, HiDiff]) -> None:
    """Add the endpoints to the page that is being built; `models` holds one model at least."""
    with gr.Group(visible=False):
        endpoints = _endpoints(models)
        mask = gr.File(label="mask")
        button = gr.Button()
        for one in endpoints:
            report = gr.JSON(label="report")
            _typed(report, reports.schema(one.name))
            _describe(one)
            button.click(
                one.function,
                [parameter.component for parameter in one.parameters],
                [mask, report] if one.masks else [report],
                api_name=one.name,
                concurrency_id=one.lane,
                concurrency_limit=1,
                preprocess=False,
            )


def _endpoints(models: Mapping[str, HiDiff]) -> list[Endpoint]:
    image, task, own, invert, scribbles, reference = common_parameters(models)
    settings, source = settings_parameters(models), prior_source_parameters(models)
    old, old_of_prior = deprecated_parameters(PARAMETERS), deprecated_parameters({**ALIASES, "strokes": "scribbles"})
    confidence, hold, *later = (settings.pop(name) for name in ("confidence", "hold", "both_looks", "corrects"))
    rest = list(settings.values())
    today = [one for one in rest if one.help]
    of_refine = [image, task, *rest, *source, scribbles, *old, hold, reference, *later]
    of_prior = [image, own, task, confidence, *rest, scribbles, *old_of_prior, hold, reference, invert, *later]
    of_bit = [image, task, *bit_parameters(), *today, *source, scribbles, hold, *later]
    return [
        Endpoint(
            "prior",
            _prior(models, [image, task]),
            [image, task],
            "Segment an image with the segmentor alone: the prior that the diffusion model would refine.",
            f"{_MASK}, and a report",
            lane=LOOK,
        ),
        Endpoint(
            "refine",
            _refine(models, of_refine),
            of_refine,
            "Segment an image and refine the mask by reverse Bernoulli diffusion. Streams a report after every step.",
            _STREAMED,
        ),
        Endpoint(
            "refine_prior",
            _refine(models, of_prior),
            of_prior,
            "Refine a mask or probability map of your own, in the segmentor's place. Streams as /refine does.",
            _STREAMED,
        ),
        Endpoint(
            "explain_pixel",
            _explain_pixel(models, of_bit),
            of_bit,
            "Refine an image and tell the story of one bit: theta_1, theta_2, mu, u and flip of each step.",
            "A report",
            masks=False,
        ),
        Endpoint(
            "tasks",
            lambda: reports.tasks(models.values()),
            [],
            "List what can be looked for, with the settings, their ranges and the prior sources of each task.",
            "A report",
            masks=False,
            lane=None,
        ),
        Endpoint(
            "results",
            _results(models, [task]),
            [task],
            "Tell what the weights of a task scored on test sets, and what they are known to do badly.",
            "A report",
            masks=False,
            lane=None,
        ),
    ]


def _prior(models: Mapping[str, HiDiff], parameters: Sequence[Parameter]) -> Callable[..., Any]:
    def prior(*given: Any) -> tuple[str | None, Report]:
        with _plain_errors():
            return _sent(calls.proposed(models, _opened(parameters, given)))

    return prior


def _refine(models: Mapping[str, HiDiff], parameters: Sequence[Parameter]) -> Callable[..., Any]:
    def refine(*given: Any) -> Iterator[tuple[str | None, Report]]:
        with _plain_errors():
            for reply in calls.refined(models, _opened(parameters, given)):
                yield _sent(reply)

    return refine


def _explain_pixel(models: Mapping[str, HiDiff], parameters: Sequence[Parameter]) -> Callable[..., Any]:
    def explain_pixel(*given: Any) -> Report:
        with _plain_errors():
            return calls.explained(models, _opened(parameters, given)).report

    return explain_pixel


def _results(models: Mapping[str, HiDiff], parameters: Sequence[Parameter]) -> Callable[..., Any]:
    def results(*given: Any) -> Report:
        with _plain_errors():
            return reports.results(chosen_model(models, by_name(parameters, given)["task"]))

    return results


def _opened(parameters: Sequence[Parameter], given: Sequence[Any]) -> dict[str, Any]:
    """The parameters by name, with sources in the place of uploads. Raises ImageError where an image is none."""
    values = by_name(parameters, given)
    for one in parameters:
        if one.name in FILES and (one.required or values[one.name] is not None):
            values[one.name] = uploaded(values[one.name])
    return values


def _sent(reply: calls.Reply) -> tuple[str | None, Report]:
    if reply.p is None:
        return None, reply.report
    return str(downloads.save_mask(reply.name, reply.p, new_folder())), reply.report


def _typed(report: gr.JSON, schema: dict[str, Any]) -> None:
    """Let the API's schema say what is in the report."""
    report.api_info = lambda: schema  # type: ignore[method-assign]


def _describe(endpoint: Endpoint) -> None:
    """Give an endpoint's function its signature and its docstring."""
    kind, empty = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.empty
    function: Any = endpoint.function
    function.__signature__ = inspect.Signature(
        [inspect.Parameter(one.name, kind, default=empty if one.required else None) for one in endpoint.parameters]
    )
    function.__name__ = endpoint.name
    function.__doc__ = endpoint.description


class _plain_errors:  # noqa: N801 (used as `with _plain_errors():`)
    """Our own errors become Gradio's, whose message reaches the caller; no trace of them fills the log."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, HiDiffError):
            raise gr.Error(str(error), print_exception=False) from error
