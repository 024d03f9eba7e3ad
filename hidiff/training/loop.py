"""What both training loops share: learning rate, moving average, checkpoints, log.

Every iteration draws its randomness from a generator seeded by (seed, stage, iteration), so a run that was
stopped and resumed sees the same batches as one that was not.
"""

from __future__ import annotations

import copy
import hashlib
import json
import math
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Generator, Tensor, nn


def iteration_generator(seed: int, stage: str, iteration: int) -> Generator:
    """A generator that depends on nothing but its arguments."""
    digest = hashlib.sha256(f"{seed}/{stage}/{iteration}".encode()).digest()
    return Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)


def one_cycle(iteration: int, total: int, peak: float, warm: float) -> float:
    """Learning rate: a cosine rise from peak/25 over the share `warm` of the run, then a cosine fall to zero."""
    rise = max(1.0, warm * total)
    if iteration < rise:
        start = peak / 25
        return start + (peak - start) * (1 - math.cos(math.pi * iteration / rise)) / 2
    return peak * (1 + math.cos(math.pi * (iteration - rise) / max(1.0, total - rise))) / 2


class MovingAverage:
    """Exponential moving average of a network's parameters and buffers, faster at the start."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.state = {name: value.detach().clone() for name, value in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module, iteration: int) -> None:
        """Move towards the network's present state."""
        decay = min(self.decay, (1 + iteration) / (10 + iteration))
        for name, value in network.state_dict().items():
            if value.dtype.is_floating_point:
                self.state[name].lerp_(value, 1 - decay)
            else:
                self.state[name].copy_(value)


def save_checkpoint(
    path: Path, iteration: int, network: nn.Module, average: MovingAverage, optimizer: torch.optim.Optimizer
) -> None:
    """Write everything a resumed run needs into one safetensors file, atomically."""
    tensors: dict[str, Tensor] = {}
    for name, value in network.state_dict().items():
        tensors[f"network/{name}"] = value
    for name, value in average.state.items():
        tensors[f"average/{name}"] = value
    for index, slots in optimizer.state_dict()["state"].items():
        for slot, value in slots.items():
            tensors[f"optimizer/{index}/{slot}"] = torch.as_tensor(value)
    write_tensors(path, tensors, {"iteration": str(iteration)})


def load_checkpoint(path: Path, network: nn.Module, average: MovingAverage, optimizer: torch.optim.Optimizer) -> int:
    """The inverse of `save_checkpoint`; returns the number of finished iterations, 0 when there is no file."""
    if not path.is_file():
        return 0
    parts: dict[str, dict[str, Tensor]] = {"network": {}, "average": {}, "optimizer": {}}
    with safe_open(path, "pt") as file:
        iteration = int(file.metadata()["iteration"])
        for key in file.keys():  # noqa: SIM118 (not a dictionary)
            part, name = key.split("/", 1)
            parts[part][name] = file.get_tensor(key)
    network.load_state_dict(parts["network"])
    average.state = parts["average"]
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in parts["optimizer"].items():
        index, slot = name.split("/")
        state.setdefault(int(index), {})[slot] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    return iteration


def write_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None) -> None:
    """A safetensors file that is either the old one or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    save_file({name: value.contiguous() for name, value in tensors.items()}, partial, dict(metadata or {}))
    os.replace(partial, path)


def faster_precision(network: nn.Module, *example: Any) -> torch.dtype:
    """bfloat16 where autocast makes a forward and backward pass faster on this machine, else float32.

    Processors without bfloat16 instructions emulate it at a tenth of the speed, so this is measured, not assumed.
    """
    network = copy.deepcopy(network)
    seconds = {}
    for dtype in (torch.float32, torch.bfloat16):
        for _ in range(2):  # the first pass of each pays for memory and kernels
            start = time.perf_counter()
            with torch.autocast("cpu", torch.bfloat16, enabled=dtype is torch.bfloat16):
                out = network(*example)
            (out if isinstance(out, Tensor) else out[0]).float().mean().backward()
            seconds[dtype] = time.perf_counter() - start
    return min(seconds, key=lambda dtype: seconds[dtype])


@dataclass
class RunLog:
    """JSON lines of a run, and a running mean of what they report."""

    path: Path
    stage: str
    means: dict[str, float] = field(default_factory=dict)

    def observe(self, **values: float) -> dict[str, float]:
        """Take new values into the running means and return these."""
        for name, value in values.items():
            self.means[name] = value if name not in self.means else 0.97 * self.means[name] + 0.03 * value
        return self.means

    def write(self, **record: Any) -> None:
        """Append one line."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a") as stream:
            stream.write(json.dumps({"stage": self.stage, **record}) + "\n")
