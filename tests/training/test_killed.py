"""Killed at any moment and resumed, a run gives the very weights of a run that was left alone. In processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

SUPPORT = Path(__file__).resolve().parents[1] / "support"
ROOT = SUPPORT.parents[1]


@dataclass
class Runs:
    """Runs of training one after the other, each in a process of its own, forked from one that has imported PyTorch."""

    data: Path
    server: subprocess.Popen[str]

    def start(self, kill: str, out: Path, run: Path) -> int:
        """Begin a run; returns its process."""
        words = [kill, "--data", str(self.data), "--out", str(out), "--run", str(run), "--resume"]
        words += ["--collaborative-iterations", "2", "--validate-every", "4"]
        assert self.server.stdin is not None
        self.server.stdin.write(json.dumps(words) + "\n")
        self.server.stdin.flush()
        return int(self._said())

    def end(self) -> int:
        """Wait for the run to end; returns 0 or -SIGKILL."""
        status = int(self._said())
        assert status in (0, -signal.SIGKILL), status
        return status

    def whole(self, kill: str, out: Path, run: Path) -> int:
        """Begin a run and wait for its end."""
        self.start(kill, out, run)
        return self.end()

    def _said(self) -> str:
        assert self.server.stdout is not None
        return self.server.stdout.readline()


@pytest.fixture
def runs(folder: Path) -> Iterator[Runs]:
    paths = os.pathsep.join([str(ROOT), str(SUPPORT), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
    pipe = subprocess.PIPE
    command = [sys.executable, str(SUPPORT / "mortal_run.py")]
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True) as server:
        yield Runs(folder, server)
        server.kill()


def alive(process: int) -> bool:
    """Whether a process is there and not a dead one that nobody has asked about."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_run_that_was_killed_again_and_again_gives_the_weights_of_one_that_was_not(
    runs: Runs, tmp_path: Path
) -> None:
    assert runs.whole("never", tmp_path / "whole", tmp_path / "whole_run") == 0
    out, run = tmp_path / "cut", tmp_path / "cut_run"
    log = run / "log.jsonl"

    # segmentor 3 checkpoints, each fold 1, refiner 3, both in turns 1
    for kill in ("half2", "between1", "line4"):
        assert runs.whole(kill, out, run) == -signal.SIGKILL, kill
        assert not out.exists()
    process = runs.start("never", out, run)  # and once from outside, at whatever moment this is
    lines = len(log.read_text().splitlines())
    while alive(process) and len(log.read_text().splitlines()) <= lines:
        time.sleep(0.02)
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
    runs.end()
    assert runs.whole("never", out, run) == 0

    for name in ("segmentor.safetensors", "denoiser.safetensors"):
        whole, cut = load_file(tmp_path / "whole" / name), load_file(out / name)
        assert whole.keys() == cut.keys()
        for key, value in whole.items():
            np.testing.assert_array_equal(value, cut[key], err_msg=key)

    def history(folder: Path) -> set[tuple[str, int]]:
        records = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
        assert len({(r["stage"], r["iteration"]) for r in records}) == len(records)
        return {(r["stage"], r["iteration"]) for r in records}

    assert history(run) <= history(tmp_path / "whole_run")
    assert {p.name for p in (run / "sheets").iterdir()} == {p.name for p in (tmp_path / "whole_run/sheets").iterdir()}
    assert (run / "curves.png").read_bytes().startswith(b"\x89PNG")
