"""Random numbers of training: generators that depend on nothing but their seed, stage and iteration."""

from __future__ import annotations

import hashlib

import torch
from torch import Generator, Tensor


def iteration_generator(seed: int, stage: str, iteration: int) -> Generator:
    """A generator that depends on nothing but its arguments."""
    digest = hashlib.sha256(f"{seed}/{stage}/{iteration}".encode()).digest()
    return Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)


def generator_on(device: torch.device | str, generator: Generator) -> Generator:
    """The generator itself for the CPU; elsewhere one of that device, seeded by it: a large field is then drawn where
    it is needed instead of carried there."""
    if torch.device(device).type == "cpu":
        return generator
    return Generator(device).manual_seed(int(torch.randint(2**62, (1,), generator=generator)))


def uniform(generator: Generator, count: int, low: float, high: float) -> Tensor:
    """(count,) float32 in [low, high)."""
    return low + (high - low) * torch.rand(count, generator=generator)
