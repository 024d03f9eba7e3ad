"""A cache of the examples' payloads on disk, computed before anybody asks, so that an example stands at once.

A file carries a digest of all that it follows from: weights, pictures, settings, and the code of the package.
Other weights mean another digest, so nothing old is ever shown; what nobody has read for a month is deleted.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import os
import threading
import time
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from hidiff.errors import HiDiffError
from hidiff.files import sweep_drafts, write_bytes
from hidiff.interface.examples import Example
from hidiff.interface.player.lanes import builder_of
from hidiff.interface.player.neuron import coded_neuron
from hidiff.interface.player.payload import Payload
from hidiff.interface.runs.downloads import weights_digests
from hidiff.interface.runs.recipe import Recipe, checked_recipe, open_picture
from hidiff.interface.runs.run import run
from hidiff.pipeline import HiDiff, versions
from hidiff.priors.sources import NOISE, SEGMENTOR
from hidiff.refinement.chain import Refinement

_PACKAGE = Path(__file__).resolve().parents[1]
MONTH = 30 * 24 * 3600  # seconds
DIGEST = 32  # hexadecimal digits of a file's name
_SUFFIX = ".json.gz"
_log = logging.getLogger(__name__)


def default_folder() -> Path:
    """Where payloads lie: HIDIFF_CACHE, else a folder of the user's own cache."""
    chosen = os.environ.get("HIDIFF_CACHE")
    return Path(chosen) if chosen else Path.home() / ".cache" / "hidiff" / "examples"


class ExampleCache:
    """The finished payloads of examples at the weights' own settings. `prepare` fills it, from any thread."""

    def __init__(self, models: Mapping[str, HiDiff], examples: Sequence[Example], folder: Path | None = None) -> None:
        self._models = models
        self._examples = tuple(examples)
        self._folder = default_folder() if folder is None else folder
        self._payloads: dict[tuple[int, str, int], Payload] = {}
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """Read or compute every example from its own start, first the first of each task; then from the others that
        stand beside it. What fails is logged and left out."""
        places = sorted(range(len(self._examples)), key=self._place_in_task)
        starts = {place: self._starts(self._examples[place]) for place in places}
        for rank in range(max((len(some) for some in starts.values()), default=0)):
            for index in places:
                if rank < len(starts[index]):
                    self._prepare(index, *starts[index][rank])
        self._prune()

    def find(self, index: int, run: str, source: str = SEGMENTOR, seed: int = 0) -> Payload | None:
        """The payload of an example from a prior source under the name of a run; None while it is not prepared."""
        with self._lock:
            payload = self._payloads.get((index, source, seed))
        return None if payload is None else {**payload, "run": run}

    def own(self, index: int) -> Payload:
        """The payload of an example from its own start, at once. Raises HiDiffError where it cannot be made."""
        start = self._examples[index].start
        return self._prepared(self._examples[index], start.prior_source, start.prior_seed)

    def recipe(self, index: int, source: str = SEGMENTOR, seed: int = 0) -> Recipe:
        """What such a payload was made from. Raises HiDiffError when the example is gone."""
        return _recipe(self._models[self._examples[index].task], self._examples[index], source, seed)

    def _place_in_task(self, index: int) -> int:
        task = self._examples[index].task
        return sum(example.task == task for example in self._examples[:index])

    @staticmethod
    def _starts(example: Example) -> list[tuple[str, int]]:
        """What the page offers at one press: the example's own start, the segmentor's proposal, noise."""
        own = example.start.prior_source, example.start.prior_seed
        return list(dict.fromkeys([own, (SEGMENTOR, 0), (NOISE, 0)]))

    def _prepare(self, index: int, source: str, seed: int) -> None:
        example = self._examples[index]
        try:
            payload = self._prepared(example, source, seed)
        except HiDiffError as error:
            _log.warning("%s cannot be prepared from %s: %s", example.title, source, error)
            return
        with self._lock:
            self._payloads[index, source, seed] = payload

    def _prepared(self, example: Example, source: str, seed: int) -> Payload:
        model = self._models[example.task]
        file = self._folder / f"{self._digest(model, example, source, seed)}{_SUFFIX}"
        try:
            payload: Any = json.loads(gzip.decompress(file.read_bytes()))
            if isinstance(payload, dict) and payload.get("frames"):
                with suppress(OSError):
                    os.utime(file)
                return payload
        except (OSError, ValueError, EOFError, zlib.error, RecursionError):
            pass  # damaged: it is worked out again, and its file is replaced
        payload = _computed(model, example, source, seed)
        if model.source is not None:
            self._write(file, payload)
        return payload

    def _write(self, file: Path, payload: Payload) -> None:
        try:
            write_bytes(file, gzip.compress(json.dumps(payload).encode(), 6))
        except OSError as error:
            _log.info("Examples cannot be written to the cache: %s", error)

    def _prune(self) -> None:
        """Delete what a month without a reader shows to belong to earlier weights or code, and drafts of the dead."""
        sweep_drafts(self._folder)
        for file in self._folder.glob(f"{'[0-9a-f]' * DIGEST}{_SUFFIX}"):
            with suppress(OSError):
                if time.time() - file.stat().st_mtime > MONTH:
                    file.unlink()

    @staticmethod
    def _digest(model: HiDiff, example: Example, source: str, seed: int) -> str:
        said = {
            "weights": weights_digests(model),
            "settings": asdict(model.config.settings),
            "versions": versions(),
            "code": _code_digest(),
            "example": [example.title, example.synthetic, asdict(example.start), source, seed],
        }
        digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode())
        for path in (example.path, *([example.reference] if example.reference else [])):
            digest.update(path.read_bytes())
        return digest.hexdigest()[:DIGEST]


@cache
def _code_digest() -> str:
    """Of the modules as they stand when first asked for; a running app does not load them anew."""
    digest = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _recipe(model: HiDiff, example: Example, source: str, seed: int) -> Recipe:
    return checked_recipe(model, example.as_source, {}, source, seed)[0]


def _computed(model: HiDiff, example: Example, source: str, seed: int) -> Payload:
    recipe = _recipe(model, example, source, seed)
    picture = open_picture(model, recipe.source)
    builder = builder_of("example", picture, model, recipe)
    payload: Payload = {}
    for event in run(model, picture, [recipe]):
        payload = builder.add(event)
        if event.kind == "answer" and isinstance(event.refinement, Refinement):
            payload["neuron"] = coded_neuron(model, event.refinement)
    return payload
