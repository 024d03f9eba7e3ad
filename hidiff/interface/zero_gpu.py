"""ZeroGPU: many chains of a refinement in floating point on a GPU lent for seconds, as an endpoint of its own.

Where a Space runs on ZeroGPU, a function that is marked for the GPU runs in a forked worker: what goes in and out is
pickled, and what it changes stays in the worker. So it is given an array and gives one back, and no session, no Stop
and nothing of the page takes part in it: the page goes on with the packed engine on the CPU.
"""

from __future__ import annotations

import base64
import copy
import os
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import gradio as gr
import numpy as np
import torch
from numpy.typing import NDArray

from hidiff.errors import HiDiffError
from hidiff.imaging.files import read_image, write_png
from hidiff.interface.mcp.files import given_file
from hidiff.interface.runs.run import chosen_model
from hidiff.interface.runs.uploads import new_folder
from hidiff.models.packed.denoiser import PackedDenoiser
from hidiff.pipeline import HiDiff
from hidiff.tasks import DISCLAIMER
from hidiff.types import Image

NAME = "refine_on_gpu"
CHAINS = 16
SECONDS = 60  # that the GPU is asked for


def on_zero_gpu() -> bool:
    """Whether this is a Space on ZeroGPU: the variable that it sets, and its package."""
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "true") and find_spec("spaces") is not None


def offer(models: Mapping[str, HiDiff]) -> None:
    """Add /refine_on_gpu to the page that is being built, on ZeroGPU; elsewhere nothing."""
    if on_zero_gpu():
        mark = import_module("spaces").GPU(duration=SECONDS)
        gr.api(endpoint(models, mark), api_name=NAME)


def endpoint(models: Mapping[str, HiDiff], mark: Callable[[Any], Any]) -> Callable[..., dict[str, Any]]:
    """The function behind /refine_on_gpu. mark: what makes a function run in the GPU's worker."""

    def chains(name: str, image: Image, number: int, seed: int) -> NDArray[np.float32]:
        return float_chains(models[name], image, number, seed)

    marked = mark(chains)

    def refine_on_gpu(image: str, task: str, chains: int = CHAINS, seed: int = 0) -> dict[str, Any]:
        """Refine an image by many chains in floating point on a GPU. For research and teaching, never for diagnosis.

        Args:
            image: the picture, as data: with base64.
            task: the task, as /tasks names it.
            chains: the number of chains whose mean is the answer.
            seed: of the chains' noise.
        """
        try:
            model = chosen_model(models, task)
            picture = read_image(given_file("image", image, "").path, "The image")
            model.settings(samples=chains, seed=seed)
            p = marked(model.task.name, picture, chains, seed)
        except HiDiffError as error:
            raise gr.Error(str(error)) from error
        report = {"task": model.task.name, "chains": chains, "seed": seed, "mask": _data(p[0] > 0.5)}
        return report | {"area": float((p[0] > 0.5).mean()), "notice": DISCLAIMER}

    return refine_on_gpu


def float_chains(model: HiDiff, image: Image, number: int, seed: int) -> NDArray[np.float32]:
    """The refined probability (K,H,W) of `number` chains on an image (H,W,3) uint8, by the float network that stands
    for the packed one; on a GPU where there is one."""
    trained = model.denoiser.trained if isinstance(model.denoiser, PackedDenoiser) else model.denoiser
    device = "cuda" if torch.cuda.is_available() else "cpu"
    floating = HiDiff(model.config, copy.deepcopy(model.segmentor), copy.deepcopy(trained), device=device)
    return floating.refine(image, samples=number, seed=seed).finish().probability()


def _data(mask: NDArray[np.bool_]) -> str:
    path = new_folder() / "mask.png"
    write_png(path, mask.astype(np.uint8) * 255)
    return f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}"
