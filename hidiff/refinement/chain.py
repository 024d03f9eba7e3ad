"""The reverse chains of a refinement: an iterator of steps that knows its answer so far."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hidiff.diffusion.samplers import reverse
from hidiff.models.backend import Runner
from hidiff.refinement.outcome import Outcome, field_of
from hidiff.refinement.prepare import Prepared
from hidiff.refinement.settings import Settings
from hidiff.refinement.trace import Step


class Refinement(Outcome, Iterator[Step]):
    """Iterate to refine; stop whenever you like. Holds no lock and no state but its own.

    What has come of it so far is its own `Outcome`. view: where the chains run, with the segmentor's features. runner:
    what computes the steps.
    """

    def __init__(
        self, prepared: Prepared, settings: Settings, runner: Runner, alpha_bar: Tensor, meta: Mapping[str, Any]
    ) -> None:
        view = prepared.view
        super().__init__(
            settings,
            view.frame,
            view.mirrors,
            prepared.prior_map,
            prepared.p,
            alpha_bar,
            dict(meta),
            prepared.scribbles,
            averaged=prepared.averaged,
        )
        self.runner = runner
        self.view = view
        self._chain = _steps(prepared, settings, runner, alpha_bar, self.times)

    def __next__(self) -> Step:
        start = time.perf_counter()
        step = next(self._chain)
        self.seconds.append(time.perf_counter() - start)
        self.steps.append(step)
        return step

    def outcome(self) -> Outcome:
        """What has come of it so far, without what made it: neither features nor networks, and no further step."""
        given = (self.settings, self.frame, self.mirrors, self.prior_map, self.p, self.alpha_bar, self.meta)
        return Outcome(*given, self.scribbles, self.steps[:], list(self.seconds), self.averaged)

    def finish(self) -> Refinement:
        """Run the steps that are left."""
        for _ in self:
            pass
        return self


def _steps(
    prepared: Prepared, settings: Settings, runner: Runner, alpha_bar: Tensor, times: tuple[int, ...]
) -> Iterator[Step]:
    """The chains' steps. No `Refinement` is known here: one that is left half-way must not live by its own chain."""
    p = torch.from_numpy(prepared.p).to(runner.device)  # (K,h,w)
    leaves = settings.leaves(prepared.kind)
    held = (p == 0) | (p == 1)
    many = p.expand(settings.samples, *p.shape)
    with torch.inference_mode():
        find_wrong_bits = prepared.view.steps(runner.denoiser, p, prepared.kind)

    def denoise(y_t: Tensor, t: int) -> Tensor:
        if leaves:
            return (y_t - p).abs()
        with torch.inference_mode():
            return torch.where(held, (y_t - p).abs(), find_wrong_bits(y_t, t))

    def uniform(t: int) -> Tensor:
        return torch.from_numpy(field_of(settings, prepared.p.shape, t)).to(runner.device)

    chain = reverse(denoise, many, alpha_bar, times, uniform, settings.sampler)
    for index, step in enumerate(chain):
        last = index + 1 == len(times)
        yield Step(
            t=step.t,
            s=0 if last else times[index + 1],
            alpha_bar=float(alpha_bar[step.t]),
            y_t=_bits(step.y_t),
            eps_hat=_floats(step.eps_hat),
            y0_hat=_floats(step.y0_hat),
            mean=None if step.mean is None else _floats(step.mean),
            u=None if step.u is None else _floats(step.u),
            y_prev=None if step.y_s is None else _bits(step.y_s),
        )


def _floats(values: Tensor) -> NDArray[np.float32]:
    array: NDArray[np.float32] = values.detach().to("cpu", torch.float32).numpy()
    return array


def _bits(values: Tensor) -> NDArray[np.bool_]:
    array: NDArray[np.bool_] = (values > 0.5).cpu().numpy()
    return array
