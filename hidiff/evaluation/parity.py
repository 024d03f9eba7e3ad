"""Parity of the denoiser backends: refinements of the same images by the packed kernels, by their float simulation and
by the network as PyTorch runs it, with every sign of every layer compared where all three are given the same bits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from hidiff.errors import ImageError
from hidiff.imaging.files import read_image
from hidiff.metrics import dice
from hidiff.models.binary import Conv3x3
from hidiff.models.denoiser import Denoiser
from hidiff.models.packed.denoiser import PackedDenoiser
from hidiff.models.packed.network import PackedBlock
from hidiff.models.packed.simulation import Simulation, signs_of
from hidiff.pipeline import HiDiff
from hidiff.priors.views import denoiser_input_at
from hidiff.refinement.chain import Refinement
from hidiff.types import PRIOR_KINDS

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")


@dataclass
class Parity:
    """Over images: Dice of the packed engine's refined mask with the simulation's, and with the float network's.

    signs: compared between simulation and network on the packed chain's own y_t, all layers and steps.
    differ: how many are not equal. first: of those that differ in the first layer where any does, so that nothing
    before them differs, the largest distance from zero.
    """

    simulation: list[float] = field(default_factory=list)
    network: list[float] = field(default_factory=list)
    signs: int = 0
    differ: int = 0
    first: float = 0.0

    def to_json(self) -> dict[str, float]:
        """The figures of the report."""
        return {
            "images": len(self.simulation),
            "dice_packed_and_simulation_mean": float(np.mean(self.simulation)),
            "dice_packed_and_simulation_least": min(self.simulation),
            "identical_packed_and_simulation": float(np.mean([value == 1 for value in self.simulation])),
            "dice_packed_and_float_network_mean": float(np.mean(self.network)),
            "dice_packed_and_float_network_least": min(self.network),
            "identical_packed_and_float_network": float(np.mean([value == 1 for value in self.network])),
            "signs": self.signs,
            "signs_that_differ": self.differ,
            "farthest_from_zero_of_the_first_that_differ": self.first,
        }


def images_in(folder: Path, count: int) -> list[Path]:
    """At most `count` picture files below a folder, evenly spread over their sorted names. Raises ImageError."""
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not files:
        raise ImageError(f"There are no pictures in {folder}; name a folder that holds some.")
    return [files[i * len(files) // count] for i in range(count)] if len(files) > count else files


def parity(model: HiDiff, files: Sequence[Path], tick: Callable[[], object] = lambda: None) -> Parity:
    """Refine every picture with every engine, at the weights' own settings. The model's denoiser must be packed."""
    denoiser = model.denoiser
    assert isinstance(denoiser, PackedDenoiser)
    plain = HiDiff(model.config, model.segmentor, _Plain(denoiser.trained))
    found = Parity()
    for file in files:
        image = read_image(file)
        prior = model.prior(image)
        ours = model.refine(image, prior).finish()
        simulated = model.refine(image, prior, backend="simulation").finish()
        eager = plain.refine(image, prior).finish()
        mask = ours.probability() > 0.5
        found.simulation.append(dice(mask, simulated.probability() > 0.5))
        found.network.append(dice(mask, eager.probability() > 0.5))
        _compare_signs(denoiser, ours, found)
        tick()
    return found


class _Plain(nn.Module):
    """The network as PyTorch runs it: another class than `Denoiser`, so that no simulation takes its place."""

    def __init__(self, network: Denoiser) -> None:
        super().__init__()
        self.network = network

    def forward(self, *inputs: object) -> Tensor:
        logits: Tensor = self.network(*inputs)
        return logits


class _Watching(Simulation):
    """A simulation that remembers the signs that each block sees."""

    seen: list[Tensor]

    def run(self, blocks: tuple[PackedBlock, ...], x: Tensor, row: int) -> Tensor:
        for block in blocks:
            self.seen.append(signs_of(block, x, row)[0] > 0)
            x = super().run((block,), x, row)
        return x


@torch.inference_mode()
def _compare_signs(denoiser: PackedDenoiser, refinement: Refinement, found: Parity) -> None:
    """Of the first chain, in the tile of its middle."""
    height, width = refinement.p.shape[1:]
    watching = _Watching(denoiser.network)
    for step in refinement.steps:
        p, y_t = (torch.from_numpy(values.astype(np.float32)) for values in (refinement.p, step.y_t[0]))
        seen = denoiser_input_at(refinement.view, 0, p, y_t, (height // 2, width // 2))
        watching.seen = []
        watching.conditioned(seen.image, seen.p, seen.features, refinement.kind)(seen.y_t, step.t)
        with _convolutions_of(denoiser.trained) as given:
            whose = torch.tensor([PRIOR_KINDS.index(refinement.kind)])
            denoiser.trained(seen.image, seen.y_t, seen.p, torch.tensor([step.t]), seen.features, whose)
        none_before = True
        for simulated, value in zip(watching.seen, given, strict=True):
            different = simulated != (value[0] >= 0)
            count = int(different.sum())
            found.signs += different.numel()
            found.differ += count
            if count and none_before:
                found.first = max(found.first, float(value[0][different].abs().max()))
                none_before = False


@contextmanager
def _convolutions_of(network: Denoiser) -> Iterator[list[Tensor]]:
    """What the binary convolutions of a network are given, in the order of their calls."""
    given: list[Tensor] = []
    hooks = [
        module.register_forward_hook(lambda _, inputs, __: given.append(inputs[0]))
        for module in network.modules()
        if isinstance(module, Conv3x3)
    ]
    try:
        yield given
    finally:
        for hook in hooks:
            hook.remove()
