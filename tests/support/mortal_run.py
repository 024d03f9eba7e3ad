"""`python mortal_run.py KILL OPTION...`: a tiny training run that gets SIGKILL at the moment that KILL names.

never: it ends by itself. halfN: in the midst of writing the N-th checkpoint. betweenN: when the N-th is written
and not yet in its place. lineN: in the midst of the N-th line of the log.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
from safetensors.torch import save
from tiny_plan import TINY_PLAN, TINY_TASK

from hidiff.__main__ import main
from hidiff.tasks import TASKS
from hidiff.training import optimization as loop
from hidiff.training.plans import PLANS


def die() -> None:
    """As a power cut would have it: nothing is flushed, nothing cleaned up."""
    os.kill(os.getpid(), signal.SIGKILL)


def plant(kind: str, number: int) -> None:
    """Set the trap."""
    seen = 0

    def save_file(tensors: Mapping[str, Any], path: Path, metadata: Mapping[str, str] | None) -> None:
        nonlocal seen
        seen += "iteration" in (metadata or {})  # a checkpoint's; the weights come at the end
        data = save(dict(tensors), dict(metadata or {}))
        fatal = seen == number
        with Path(path).open("wb") as file:
            file.write(data[: len(data) // 2] if fatal and kind == "half" else data)
            file.flush()
            if fatal:
                die()

    def write(self: loop.RunLog, **record: Any) -> None:
        nonlocal seen
        seen += 1
        if seen < number:
            return whole_line(self, **record)
        with self.path.open("a") as file:
            file.write('{"stage": "' + self.stage)
            file.flush()
            die()

    whole_line = loop.RunLog.write
    if kind == "line":
        loop.RunLog.write = write  # type: ignore[method-assign]
    else:
        safetensors.torch.save_file = save_file  # type: ignore[assignment]


if __name__ == "__main__":
    match = re.fullmatch(r"(half|between|line)(\d+)", sys.argv[1])
    if match:
        plant(match[1], int(match[2]))
    PLANS["polyp"], TASKS["polyp"] = TINY_PLAN, TINY_TASK
    sys.exit(main(["train", "--task", "polyp", "--precision", "float32", *sys.argv[2:]]))
