"""Lanes: whether the work of an event that waits is short, as far as that is known before anything is opened."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr
from gradio.queueing import Event

from hidiff.interface.runs.recipe import SHORT_WORK, cost_of
from hidiff.interface.runs.session import Session
from hidiff.pipeline import HiDiff


def short_work(page: gr.Blocks, models: Mapping[str, HiDiff]) -> Callable[[Event], bool]:
    """What tells the short work of a page: a run that was admitted says what it costs, a call of an endpoint by its
    task and its settings. What cannot be told is long."""

    def is_short(event: Event) -> bool:
        if event.fn.api_name in ("refine", "refine_prior"):
            return _called(event, models)
        holder: Any = getattr(page, "state_holder", None)
        state = None if holder is None else holder.session_data.get(event.session_hash)
        for block in event.fn.inputs:
            session = None if state is None else state.state_data.get(block._id)
            if isinstance(session, Session) and session.waiting is not None and session.recipe is not None:
                second = 0 if session.comparison is None else session.comparison.recipe.work
                return 0 < session.recipe.work + second <= SHORT_WORK
        return False

    return is_short


def _called(event: Event, models: Mapping[str, HiDiff]) -> bool:
    """Whether a call is short: where the canvas has one size whatever the picture is."""
    function: Any = event.fn.fn
    names = inspect.signature(function).parameters
    values = dict(zip(names, [] if event.data is None else event.data.data, strict=False))
    task = values.get("task")
    model = models.get(task) if isinstance(task, str) else next(iter(models.values()))
    if model is None or model.task.working != "square":
        return False
    usual = model.config.settings
    samples, steps = (
        value if isinstance(value, int | float) else default
        for value, default in ((values.get("samples"), usual.samples), (values.get("steps"), usual.steps))
    )
    return model.task.side**2 * samples * steps * cost_of(model) <= SHORT_WORK
