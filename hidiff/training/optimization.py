"""What both training loops share: learning rate, moving average, checkpoints, log.

Every iteration draws its randomness from a generator seeded by (seed, stage, iteration), so a run that was
stopped and resumed sees the same batches as one that was not.
"""

from __future__ import annotations

import json
import math
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from hidiff.errors import WeightsError
from hidiff.files import write_tensors, write_text


def one_cycle_lr(iteration: int, total: int, peak: float, warmup: float) -> float:
    """Learning rate: a cosine rise from peak/25 over the share `warmup` of the run, then a cosine fall to zero."""
    rise = max(1.0, warmup * total)
    if iteration < rise:
        start = peak / 25
        return start + (peak - start) * (1 - math.cos(math.pi * iteration / rise)) / 2
    return peak * (1 + math.cos(math.pi * (iteration - rise) / max(1.0, total - rise))) / 2


def device_of(network: nn.Module) -> torch.device:
    """Where the network's parameters lie; the CPU where it has none."""
    first = next(network.parameters(), None)
    return torch.device("cpu") if first is None else first.device


def autocast(device: torch.device, precision: torch.dtype) -> AbstractContextManager[Any]:
    """Lower precision where the settings ask for it; float32 leaves everything as it is."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision is torch.bfloat16)


class ExponentialMovingAverage:
    """Exponential moving average of a network's parameters and buffers, faster at the start."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.state = {name: value.detach().clone() for name, value in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module, iteration: int) -> None:
        """Move towards the network's present state."""
        decay = min(self.decay, (1 + iteration) / (10 + iteration))
        kept, present = [], []
        for name, value in network.state_dict().items():
            if value.dtype.is_floating_point:
                kept.append(self.state[name])
                present.append(value)
            else:
                self.state[name].copy_(value)
        torch._foreach_lerp_(kept, present, 1 - decay)


def save_checkpoint(
    path: Path, iteration: int, network: nn.Module, average: ExponentialMovingAverage, optimizer: torch.optim.Optimizer
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


def finished_iterations(path: Path) -> int:
    """How many iterations a checkpoint has behind it, 0 when there is no file. Raises WeightsError for a file that is
    damaged."""
    if not path.is_file():
        return 0
    try:
        with safe_open(path, "pt") as file:
            return int(file.metadata()["iteration"])
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> WeightsError:
    return WeightsError(f"{path} is damaged; delete it, and the run begins that stage again.")


def load_checkpoint(
    path: Path, network: nn.Module, average: ExponentialMovingAverage, optimizer: torch.optim.Optimizer
) -> int:
    """The inverse of `save_checkpoint`; returns the number of finished iterations, 0 when there is no file. Raises
    WeightsError for a file that is damaged."""
    if not path.is_file():
        return 0
    parts: dict[str, dict[str, Tensor]] = {"network": {}, "average": {}, "optimizer": {}}
    try:
        with safe_open(path, "pt") as file:
            iteration = int(file.metadata()["iteration"])
            for key in file.keys():  # noqa: SIM118 (not a dictionary)
                part, name = key.split("/", 1)
                parts[part][name] = file.get_tensor(key)
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise _damaged(path) from error
    network.load_state_dict(parts["network"])
    average.state = {name: value.to(average.state[name].device) for name, value in parts["average"].items()}
    learned = [p for group in optimizer.param_groups for p in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in parts["optimizer"].items():
        index, slot = name.split("/")
        if value.shape == learned[int(index)].shape:  # a file keeps no strides, and a fused optimizer wants its own
            value = torch.empty_like(learned[int(index)], dtype=value.dtype).copy_(value)
        state.setdefault(int(index), {})[slot] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    return iteration


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
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"stage": self.stage, **record}) + "\n")

    def rewind(self, iteration: int) -> None:
        """Forget this stage's lines after `iteration`, and a line that a kill cut short: they will come again."""
        if not self.path.is_file():
            return
        text = self.path.read_text(encoding="utf-8")
        kept = []
        for line in text.splitlines():
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if record.get("stage") != self.stage or record.get("iteration", 0) <= iteration:
                kept.append(line + "\n")
        if "".join(kept) != text:
            write_text(self.path, "".join(kept))
