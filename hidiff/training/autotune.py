"""What this machine does faster: measured before a run, and written down, so that a resumed run does the same."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from hidiff.training.optimization import autocast, device_of

COMPILING = 120.0  # seconds that compiling takes at least; a run that cannot win them back is not measured
BEST_CASE = 0.4  # share of an iteration that compiling saves at most


def best_device() -> torch.device:
    """A CUDA device where there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def faster_precision(network: nn.Module, *example: Any) -> torch.dtype:
    """bfloat16 where autocast makes a forward and backward pass faster on this machine, else float32.

    Processors without bfloat16 instructions emulate it at a tenth of the speed, so this is measured, not assumed.
    """
    network = copy.deepcopy(network)
    seconds = {dtype: _seconds(network, example, dtype) for dtype in (torch.float32, torch.bfloat16)}
    return min(seconds, key=lambda dtype: seconds[dtype])


def compiling_pays(
    network: nn.Module,
    example: tuple[Any, ...],
    iterations: int,
    precision: torch.dtype = torch.float32,
    compile_it: Callable[[nn.Module], None] = nn.Module.compile,
) -> bool:
    """Whether `torch.compile` saves more of a run of `iterations` than it costs, on this machine.

    Measured only where it could; False where nothing can be compiled (no C++ compiler, for one).
    """
    network = copy.deepcopy(network)
    eager = _seconds(network, example, precision)
    if BEST_CASE * eager * iterations < COMPILING:
        return False
    compile_it(network)
    start = time.perf_counter()
    try:
        compiled = _seconds(network, example, precision)
    except Exception:  # the compiler's own errors have no common base
        return False
    cost = time.perf_counter() - start - 2 * compiled
    return (eager - compiled) * iterations > cost


def _seconds(network: nn.Module, example: tuple[Any, ...], precision: torch.dtype) -> float:
    """Of the second forward and backward pass: the first pays for memory and kernels."""
    device = device_of(network)
    taken = 0.0
    for _ in range(2):
        start = time.perf_counter()
        with autocast(device, precision):
            out = network(*example)
        (out if isinstance(out, Tensor) else out[0]).float().mean().backward()
        if device.type == "cuda":
            torch.cuda.synchronize()
        taken = time.perf_counter() - start
    return taken
