"""The Space's entry: load the weights, build the page, launch.

HIDIFF_WEIGHTS names a folder with one folder of weights a task, in place of the Hub and the embedded copy.
HIDIFF_CACHE names the folder where the examples' finished refinements are kept from one start to the next.
"""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import numpy as np
import torch

from hidiff.errors import WeightsError
from hidiff.interface import Ready, build, launch_options, offered
from hidiff.pipeline import HiDiff
from hidiff.tasks import TASKS


def load() -> tuple[dict[str, HiDiff], dict[str, str]]:
    """The models of the tasks that have weights, and why the others have none."""
    root = os.environ.get("HIDIFF_WEIGHTS")
    models, missing = {}, {}
    for task in TASKS:
        try:
            models[task] = HiDiff.from_pretrained(Path(root) / task if root else task, wait=False)
        except WeightsError as error:
            missing[task] = str(error)
            logging.getLogger("hidiff").warning("%s: %s", task, error)
    return models, missing


def warm_up(models: dict[str, HiDiff], ready: Ready) -> None:
    """One step on a grey image, so that no visitor waits for first-time work; then the examples."""
    for model in models.values():
        next(model.refine(np.full((256, 256, 3), 128, np.uint8), samples=1))
    ready.prepare()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    torch.set_num_threads(os.cpu_count() or 1)
    models, missing = load()
    examples = offered(models)
    ready = Ready(models, examples)
    page = build(models, missing, examples, ready)
    threading.Thread(target=warm_up, args=(models, ready), daemon=True).start()
    page.launch(**launch_options())
