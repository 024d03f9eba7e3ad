"""The bench's small measurements: single convolutions, and the least time that a step can take on this machine."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor, nn

from hidiff.models.denoiser import DenoiserConfig


def interleaved(calls: Mapping[str, Callable[[], object]], runs: int) -> dict[str, float]:
    """Median seconds of each call: all of them in turn, `runs` times, after one turn that does not count."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(runs + 1):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            if turn:
                taken[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in taken.items()}


def binary_convolution(channels: int, side: int) -> Callable[[], object]:
    """A packed convolution, signs in bytes to scaled float32 sums, on places and weights that are at hand."""
    from hidiff.models.packed import kernels
    from hidiff.models.packed.layout import BinaryWeights, Grid, signs_to_bytes

    rng = np.random.default_rng(0)
    grid = Grid(side, side)
    planes, out = grid.sign_planes(channels), grid.planes(channels)
    grid.view(planes)[:] = signs_to_bytes(rng.integers(0, 2, (channels, side, side)) > 0)
    bits = BinaryWeights.of(rng.integers(0, 2, (channels, channels, 3, 3)) > 0)
    scale, taps, sums = np.ones(channels, np.float32), grid.taps(channels // 4), kernels.scratch().sums
    shape = (grid.origin, grid.length, grid.chunks)
    return lambda: kernels.binary_sums(
        planes, taps, bits.codes, bits.ends, shape, channels // 4, bits.unit, scale, out, sums
    )


def float_convolution(channels: int, side: int) -> Callable[[], object]:
    """The same in float32 as PyTorch runs it fastest, channels last."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(1, channels, side, side, generator=generator).contiguous(memory_format=torch.channels_last)
    weight = torch.randn(channels, channels, 3, 3, generator=generator).contiguous(memory_format=torch.channels_last)

    def call() -> Tensor:
        with torch.inference_mode():
            return nn.functional.conv2d(x, weight, padding=1)

    return call


def set_threads(threads: int) -> None:
    """For PyTorch and for kernels that are called directly."""
    import numba

    torch.set_num_threads(threads)
    numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))


def floor_of_a_step(config: DenoiserConfig, side: int, threads: int, runs: int) -> tuple[float, dict[str, float]]:
    """The least seconds of a step, and what they come from.

    Popcounts and real products at the rates of their loops on a map in the cache, or bytes at the rate of a copy,
    whichever takes longer: that is all a step must do, with nothing lost between.
    """
    count = work(config, side)
    set_threads(threads)
    small = 32
    taken = interleaved({"binary": binary_convolution(64, small), "real": real_products(64, small)}, 5 * runs)
    source, target = np.ones(2**20, np.float32), np.empty(2**20, np.float32)
    copied = interleaved({"copy": lambda: np.copyto(target, source)}, 5 * runs)["copy"]
    rates = {
        "popcounts": 64 * 64 * 9 * small**2 / 64 / taken["binary"],
        "products": 64 * 64 * small**2 / taken["real"],
        "bytes": threads * 2 * source.nbytes / copied,
    }
    parts = {name: count[name] / rates[name] for name in rates}
    details = {f"{name} in a step": count[name] for name in count}
    details |= {f"{name} a second": rate for name, rate in rates.items()}
    details |= {f"seconds for {name}": seconds for name, seconds in parts.items()}
    return max(parts["popcounts"] + parts["products"], parts["bytes"]), details


def work(config: DenoiserConfig, side: int) -> dict[str, float]:
    """popcounts of 64-bit words, products of real numbers, and bytes that must be read and written in one step."""
    popcounts = products = moved = 0.0
    channels = config.channels
    last = len(channels) - 1
    for level, c in enumerate(channels):
        places = (side / (config.patch * 2**level)) ** 2
        blocks = config.blocks * (1 if level == last else 2)
        popcounts += blocks * places * c * c * 9 / 64
        moved += blocks * places * c * (4 + 4 + 1 / 8 + 1 / 8)  # x read and written, signs read and written
        if level < last:
            coarse = places / 4
            products += 2 * coarse * c * channels[level + 1]
            moved += 4 * places * c * 3 + 4 * coarse * (3 * c + 2 * channels[level + 1])
    finest = (side / config.patch) ** 2
    fold = config.classes * config.patch**2
    products += 2 * finest * fold * channels[0] * 9  # y_t's share of the stem, and the head
    moved += 4 * finest * (3 * channels[0] + 2 * fold)
    if config.cross_transformer and config.features:
        c, n = channels[-1], (side / (config.patch * 2**last)) ** 2
        products += n * c * c * 15 + 4 * n * n * c
        moved += 8 * 15 * c * c
    return {"popcounts": popcounts, "products": products, "bytes": moved}


def real_products(channels: int, side: int) -> Callable[[], object]:
    from hidiff.models.packed import kernels
    from hidiff.models.packed.layout import Grid
    from hidiff.models.packed.network import NO_MAP, NO_SIGNS, Real

    grid = Grid(side, side)
    layer = Real.of(torch.ones(channels, channels), torch.zeros(channels))
    x, out, tile = grid.planes(channels), grid.planes(channels), kernels.scratch().double
    shape = (grid.origin, grid.length, grid.chunks)
    return lambda: kernels.real_layer(
        x, grid.points(channels), layer.kernel_weights, layer.kernel_bias, NO_MAP, False, grid.origin, shape, grid.mask,
        NO_MAP, NO_SIGNS, NO_SIGNS, out, tile,
    )  # fmt: skip
