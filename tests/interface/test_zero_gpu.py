"""What a Space on ZeroGPU offers beside the page: pickled arrays in and out, and nothing of a session."""

from __future__ import annotations

import base64
import pickle
import sys
from collections.abc import Callable
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest
from PIL import Image
from small_model import picture, small

from hidiff.interface import zero_gpu

IMAGE = picture(40, 50)


def data_of(image: np.ndarray) -> str:
    held = BytesIO()
    Image.fromarray(image).save(held, "PNG")
    return f"data:image/png;base64,{base64.b64encode(held.getvalue()).decode()}"


def as_worker(function: Callable[..., Any]) -> Callable[..., Any]:
    """What ZeroGPU does to arguments and results."""

    def call(*given: object) -> object:
        return pickle.loads(pickle.dumps(function(*pickle.loads(pickle.dumps(given)))))

    return call


def test_it_refines_as_the_packed_engine_does() -> None:
    model = small()
    run = zero_gpu.endpoint({model.task.name: model}, as_worker)
    report = run(data_of(IMAGE), model.task.name, chains=2, seed=3)
    mask = np.asarray(Image.open(BytesIO(base64.b64decode(report["mask"].partition(",")[2]))))
    expected = model.refine(IMAGE, samples=2, seed=3).finish().probability()[0] > 0.5
    assert np.array_equal(mask > 0, expected)
    assert report["area"] == pytest.approx(expected.mean())


def test_what_it_cannot_use_is_refused_in_a_sentence() -> None:
    model = small()
    run = zero_gpu.endpoint({model.task.name: model}, as_worker)
    for image, task, chains in (
        ("/etc/passwd", model.task.name, 2),
        ("http://example.org/a.png", model.task.name, 2),
        (data_of(IMAGE), "liver", 2),
        (data_of(IMAGE), model.task.name, 10**6),
        ("data:image/png;base64,AAAA", model.task.name, 2),
    ):
        with pytest.raises(gr.Error):
            run(image, task, chains)


def test_it_is_offered_on_zero_gpu_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def mark(duration: int) -> Callable[[Any], Any]:
        asked.append(duration)
        return as_worker

    def names() -> set[object]:
        with gr.Blocks() as page:
            zero_gpu.offer({small().task.name: small()})
        return {one["api_name"] for one in page.config["dependencies"]}

    monkeypatch.delenv("SPACES_ZERO_GPU", raising=False)
    assert names() == set()
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    monkeypatch.setattr(zero_gpu, "find_spec", lambda name: object())
    monkeypatch.setitem(sys.modules, "spaces", SimpleNamespace(GPU=mark))
    assert names() == {"refine_on_gpu"}
    assert asked == [zero_gpu.SECONDS]
