"""The Space's entry: load the weights that are there, build the page, launch.

HIDIFF_WEIGHTS names a folder with one folder of weights a task, in place of the Hub and the embedded copy.
HIDIFF_HOSTS names, parted by commas, under which further names a server on this machine may be opened.
HIDIFF_CACHE names the folder where the examples' finished refinements are kept from one start to the next.
"""

from __future__ import annotations

import logging
import os
import threading

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

from hidiff.files import uploads_folder

os.environ["GRADIO_TEMP_DIR"] = str(uploads_folder())

import numpy as np
import torch

from hidiff import HiDiff
from hidiff.checkpoints.hub import available_tasks
from hidiff.errors import WeightsError
from hidiff.interface import ExampleCache, build, keep_memory_low, launch_options, offered, serve, settle_memory
from hidiff.interface.texts import text


def load() -> tuple[dict[str, HiDiff], dict[str, str]]:
    """The models of the tasks that have weights, by the tasks' names, and why the others have none."""
    models: dict[str, HiDiff] = {}
    missing: dict[str, str] = {}
    for name in available_tasks():
        try:
            model = HiDiff.from_pretrained(name, wait=False)
            models.setdefault(model.task.name, model)
        except WeightsError as error:
            missing[name] = text("page.unusable")  # the error's own words may hold a path of the server's
            logging.getLogger("hidiff").warning("%s: %s", name, error)
    return models, missing


def warm_up(models: dict[str, HiDiff], cache: ExampleCache) -> None:
    """One step on a grey image, so that no visitor waits for first-time work; then the examples."""
    for model in models.values():
        next(model.refine(np.full((256, 256, 3), 128, np.uint8), samples=1))
    cache.prepare()
    settle_memory()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    keep_memory_low()
    torch.set_num_threads(os.cpu_count() or 1)
    models, missing = load()
    examples = offered(models)
    cache = ExampleCache(models, examples)
    page = build(models, missing, examples, cache)
    threading.Thread(target=warm_up, args=(models, cache), daemon=True).start()
    serve(page, launch_options())
