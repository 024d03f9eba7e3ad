"""The training loop of one stage: progress bar, log, checkpoints, and validation now and then."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import torch
from filelock import FileLock, Timeout
from torch import Tensor, nn
from tqdm import tqdm

from hidiff.data.cases import DataError
from hidiff.tasks import Task
from hidiff.training.optimization import ExponentialMovingAverage, RunLog, load_checkpoint, save_checkpoint

State = Mapping[str, Tensor]
States = tuple[State, State | None]  # of the segmentor, and of the denoiser once there is one

LOG = "log.jsonl"
CHECKPOINTS = "checkpoints"


class Validator(Protocol):
    """Who looks at the networks now and then."""

    def due(self, done: int, total: int) -> bool:
        """Whether to look after `done` iterations of `total`."""
        ...

    def validate(self, stage: str, iteration: int, states: States) -> dict[str, float]:
        """Figures by name."""
        ...

    def draw_curves(self) -> None:
        """Called when the log has new lines."""
        ...


def checkpoint_of(run: Path, stage: str) -> Path:
    """Where a stage's checkpoint lies."""
    return run / CHECKPOINTS / f"{stage}.safetensors"


@dataclass(frozen=True)
class TrainingRun:
    """What all stages of a run share. folder: where its checkpoints and its log lie. observer: who looks at the
    networks now and then."""

    task: Task
    seed: int
    folder: Path
    observer: Validator | None = None
    device: torch.device | str = "cpu"


class Learner(NamedTuple):
    """What a stage trains, and what its checkpoints hold."""

    network: nn.Module
    average: ExponentialMovingAverage
    optimizer: torch.optim.Optimizer


class StageLoop:
    """Iterate over the iterations that are left; call `note` at the end of each. Iterating raises DataError while
    another process, or another loop, trains the same stage of the same run."""

    def __init__(
        self,
        run: TrainingRun,
        stage: str,
        total: int,
        checkpoint_every: int,
        learner: Learner,
        states: Callable[[], States],
    ) -> None:
        """Loads the stage's checkpoint, if there is one, into the learner.

        states: what the run's observer is to see; called only when a look is due.
        """
        self._path, self._folder = checkpoint_of(run.folder, stage), run.folder
        self._stage, self._total, self._every = stage, total, checkpoint_every
        self._kept = learner
        self._observer, self._states = run.observer, states
        self._seen: dict[str, float] = {}
        self._log = RunLog(run.folder / LOG, stage)
        self.first = load_checkpoint(self._path, *learner)
        self._log.rewind(self.first)
        self._bar = tqdm(
            range(self.first, total),
            initial=self.first,
            total=total,
            desc=stage,
            mininterval=0.1 if sys.stderr.isatty() else 30,
        )

    def __iter__(self) -> Iterator[int]:
        if not self._total and not self._path.is_file():  # a later run that goes on from this one wants every stage
            save_checkpoint(self._path, 0, *self._kept)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            # Released by the system when the process ends, however it does; each would undo the other's checkpoints.
            with FileLock(self._path.with_suffix(".lock"), timeout=0):
                yield from self._bar
        except Timeout as error:
            raise DataError(
                f"Another training of {self._stage} writes to {self._folder}; wait for it, or choose another --run."
            ) from error

    def note(self, iteration: int, **values: float) -> None:
        """Take the iteration's figures into the running means; checkpoint, look and log where it is time."""
        means = self._log.observe(**values)
        done = iteration + 1
        kept = done % self._every == 0 or done == self._total
        if kept:
            save_checkpoint(self._path, done, *self._kept)
        seen = {}
        if self._observer and self._observer.due(done, self._total):
            self._seen = seen = self._observer.validate(self._stage, done, self._states())
        if kept or seen:
            self._log.write(iteration=done, **means, **seen)
        if seen and self._observer:
            self._observer.draw_curves()
        self._bar.set_postfix({**means, **self._seen}, refresh=False)
