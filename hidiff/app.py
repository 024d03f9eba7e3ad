"""The app's server: load the weights that are there, build the page, launch. `python -m hidiff app` and app.py.

Options of the command go before Gradio's own GRADIO_SERVER_NAME and GRADIO_SERVER_PORT.
"""

from __future__ import annotations

import argparse
import logging
import os
import re
import signal
import threading
from typing import TYPE_CHECKING

from hidiff.errors import HiDiffError, WeightsError
from hidiff.files import uploads_folder

if TYPE_CHECKING:
    from hidiff.interface import ExampleCache
    from hidiff.pipeline import HiDiff

_FOLDERS = re.compile(r"(?<![\w:/.])(?:[A-Za-z]:)?[/\\](?:[^/\\\s'\":]+[/\\])*(?=[^/\\\s])")
_PORTS = range(1, 65536)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--host", metavar="NAME", help="where to listen (default: 127.0.0.1; 0.0.0.0 is everywhere)")
    parser.add_argument("--port", type=int, metavar="N", help="the port (default: the first free one from 7860)")


def run(args: argparse.Namespace) -> int:
    """Serve until it is stopped. Raises HiDiffError where it cannot listen there."""
    if args.port is not None and args.port not in _PORTS:
        raise HiDiffError(f"The port is {args.port}; choose one from 1 to 65535.")
    if threading.current_thread() is threading.main_thread():
        # A server has nothing half done to take away, and its threads that compute outlive no orderly end.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    serve(args.host, args.port)
    return 0


def serve(host: str | None = None, port: int | None = None) -> None:
    """Launch the app and stay until it is stopped. None: what the environment says, else Gradio's own default.

    Raises HiDiffError where the port is taken.
    """
    prepare_environment()
    import torch

    from hidiff.interface import ExampleCache, build, keep_memory_low, launch_options, offered, serve_page

    keep_memory_low()
    torch.set_num_threads(os.cpu_count() or 1)
    models, missing = load()
    examples = offered(models)
    cache = ExampleCache(models, examples)
    page = build(models, missing, examples, cache)
    threading.Thread(target=warm_up, args=(models, cache), daemon=True).start()
    try:
        serve_page(page, {"server_name": host, "server_port": port, **launch_options(models)})
    except OSError as error:
        raise HiDiffError(f"The app cannot listen on port {port}: {error}".rstrip(".") + ".") from error


def prepare_environment() -> None:
    """What Gradio and the Hub's client read when they are imported: nothing is sent, uploads lie in a folder of one's
    own."""
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ["GRADIO_TEMP_DIR"] = str(uploads_folder())


def load() -> tuple[dict[str, HiDiff], dict[str, str]]:
    """The models of the tasks that have weights, by the tasks' names, and why the others have none."""
    from hidiff.checkpoints.hub import added_weights, available_tasks
    from hidiff.pipeline import HiDiff

    models: dict[str, HiDiff] = {}
    missing: dict[str, str] = {}
    for name in (*available_tasks(), *added_weights()):
        try:
            model = HiDiff.from_pretrained(name, wait=False)
            if models.setdefault(model.task.name, model) is not model:
                raise WeightsError(f"The weights {name} are for {model.task.name}, which is there; leave one out.")
        except WeightsError as error:
            missing[name] = _without_folders(str(error))
            logging.getLogger("hidiff").warning("%s: %s", name, error)
    return models, missing


def _without_folders(sentence: str) -> str:
    """A sentence for visitors: of a file on this server its name alone."""
    return _FOLDERS.sub("", sentence)


def warm_up(models: dict[str, HiDiff], cache: ExampleCache) -> None:
    """One step on a grey image, so that no visitor waits for first-time work; then the examples."""
    import numpy as np

    from hidiff.interface import settle_memory

    for model in models.values():
        next(model.refine(np.full((256, 256, 3), 128, np.uint8), samples=1))
    cache.prepare()
    settle_memory()
