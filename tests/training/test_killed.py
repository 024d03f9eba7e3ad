"""Killed at any moment and resumed, a run gives the very weights of a run that was left alone. In processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

SUPPORT = Path(__file__).resolve().parents[1] / "support"
ROOT = SUPPORT.parents[1]


def start(kill: str, data: Path, out: Path, run: Path) -> subprocess.Popen[bytes]:
    words = [
        "--data", data, "--out", out, "--run", run, "--resume", "--collaborative-iterations", "2",
        "--validate-every", "4",
    ]  # fmt: skip
    paths = os.pathsep.join([str(ROOT), str(SUPPORT), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, SUPPORT / "mortal_run.py", kill, *words]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def finish(process: subprocess.Popen[bytes]) -> int:
    _, errors = process.communicate(timeout=600)
    assert process.returncode in (0, -signal.SIGKILL), errors.decode()[-2000:]
    return process.returncode


@pytest.mark.nightly
def test_a_run_that_was_killed_again_and_again_gives_the_weights_of_one_that_was_not(
    folder: Path, tmp_path: Path
) -> None:
    assert finish(start("never", folder, tmp_path / "whole", tmp_path / "whole_run")) == 0
    out, run = tmp_path / "cut", tmp_path / "cut_run"
    log = run / "log.jsonl"

    # segmentor 3 checkpoints, each fold 1, refiner 3, both in turns 1
    for kill in ("half2", "between1", "line4"):
        assert finish(start(kill, folder, out, run)) == -signal.SIGKILL, kill
        assert not out.exists()
    process = start("never", folder, out, run)  # and once from outside, at whatever moment this is
    lines = len(log.read_text().splitlines())
    while process.poll() is None and len(log.read_text().splitlines()) <= lines:
        time.sleep(0.02)
    process.kill()
    assert finish(process) in (0, -signal.SIGKILL)
    assert finish(start("never", folder, out, run)) == 0

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
