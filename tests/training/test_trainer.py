"""The training loop: a stage of a run is trained by one process at a time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from hidiff.data.cases import DataError
from hidiff.tasks import TASKS
from hidiff.training.optimization import ExponentialMovingAverage
from hidiff.training.trainer import Learner, StageLoop, TrainingRun

ROOT = Path(__file__).resolve().parents[2]
HOLDS = """
import sys
from pathlib import Path
from test_trainer import loop_of
for _ in loop_of(Path(sys.argv[1])):
    print("training", flush=True)
    sys.stdin.read()
"""


def loop_of(folder: Path, stage: str = "refiner", total: int = 2) -> StageLoop:
    network = torch.nn.Linear(2, 2)
    learner = Learner(network, ExponentialMovingAverage(network, 0.9), torch.optim.SGD(network.parameters(), 0.1))
    return StageLoop(TrainingRun(TASKS["polyp"], 0, folder), stage, total, 1, learner, lambda: ({}, None))


def run_through(loop: StageLoop) -> list[int]:
    done = []
    for iteration in loop:
        loop.note(iteration, loss=1.0)
        done.append(iteration)
    return done


def test_a_second_loop_of_the_same_stage_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    first = iter(loop_of(tmp_path))
    next(first)
    with pytest.raises(DataError, match="Another training of refiner"):
        run_through(loop_of(tmp_path))
    assert run_through(loop_of(tmp_path, "fold0")) == [0, 1]  # other stages of the run learn beside it
    first.close()  # type: ignore[attr-defined]
    assert run_through(loop_of(tmp_path)) == [0, 1]
    assert run_through(loop_of(tmp_path)) == []  # a finished stage is nobody's


def test_a_killed_process_leaves_nothing_locked(tmp_path: Path) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(Path(__file__).parent)])},
        text=True,
    )
    assert other.stdin is not None and other.stdout is not None
    with other:
        assert other.stdout.readline() == "training\n"
        with pytest.raises(DataError, match="choose another --run"):
            run_through(loop_of(tmp_path))
        other.kill()
    assert run_through(loop_of(tmp_path)) == [0, 1]
