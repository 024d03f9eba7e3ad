"""The reverse chains of a refinement: an iterator of steps that knows its answer so far."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hidiff.diffusion import bernoulli
from hidiff.diffusion.noise import uniform_field
from hidiff.diffusion.samplers import reverse
from hidiff.imaging.frames import Box, Frame
from hidiff.metrics import representative
from hidiff.models.backend import Runner
from hidiff.priors.scribbles import impose_scribbles
from hidiff.refinement.prepare import Prepared
from hidiff.refinement.settings import Settings
from hidiff.refinement.trace import TRACE_FORMAT, Step, Trace, stack_steps


class Refinement(Iterator[Step]):
    """Iterate to refine; stop whenever you like. Holds no lock and no state but its own.

    settings: what was asked for. frame: the working frame. prior_map (K,H,W) float32: the prior in the original
    frame. p (K,h,w): the prior as the chains use it, exactly 0 or 1 at scribbles. steps: the steps so far,
    seconds: what each took. runner: what computes them.
    """

    def __init__(
        self, prepared: Prepared, settings: Settings, runner: Runner, alpha_bar: Tensor, meta: Mapping[str, Any]
    ) -> None:
        self.settings = settings
        self.runner = runner
        self.view = prepared.view
        self.prior_map = prepared.prior_map
        self.p = prepared.p
        self.steps: list[Step] = []
        self.seconds: list[float] = []
        self._alpha_bar = alpha_bar
        self._scribbles = prepared.scribbles
        self._meta = dict(meta)
        self._times = bernoulli.subsequence(len(alpha_bar) - 1, settings.steps)
        self._chain = _steps(prepared, settings, runner, alpha_bar, self._times)

    @property
    def frame(self) -> Frame:
        """Where the working frame lies in the image."""
        return self.view.frame

    @property
    def window(self) -> Box:
        """top, left, height, width in original pixels; the whole image without focus."""
        return self.frame.window

    @property
    def times(self) -> tuple[int, ...]:
        """The t of every step to come, falling."""
        return self._times

    @property
    def alpha_bar(self) -> Tensor:
        """alpha_bar_0..T of the schedule, (T+1,) float64."""
        return self._alpha_bar

    def field(self, t: int) -> NDArray[np.float32]:
        """u_t (N,K,h,w), the uniform numbers that decide the bits of y_t, sample by sample."""
        return _field(self.settings, self.p.shape, t)

    def __next__(self) -> Step:
        start = time.perf_counter()
        step = next(self._chain)
        self.seconds.append(time.perf_counter() - start)
        self.steps.append(step)
        return step

    def samples(self) -> NDArray[np.float32]:
        """(N,K,h,w): each chain's own answer so far, in the working frame; the prior before the first step."""
        if not self.steps:
            return np.repeat(self.p[None], self.settings.samples, axis=0)
        if self.settings.aggregate == "last":
            return self.steps[-1].y0_hat
        mean: NDArray[np.float32] = np.mean([step.y0_hat for step in self.steps], axis=0, dtype=np.float32)
        return mean if self.settings.aggregate == "mean" else ((mean + self.p) / 2).astype(np.float32)

    def consensus(self) -> NDArray[np.float32]:
        """(K,h,w): the mean of the chains' answers so far, in the working frame."""
        return self.samples().mean(axis=0, dtype=np.float32)

    def representative(self) -> int:
        """The chain whose mask agrees most with the others' (minimum Bayes risk under Dice)."""
        return representative(self.samples() > 0.5)

    def in_original(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """A map (K,h,w) of the working frame -> (K,H,W): outside the window the prior, at scribbles the painted bit."""
        whole = self.frame.map_out(values, background=self.prior_map)
        return whole if self._scribbles is None else impose_scribbles(whole, self._scribbles)

    def probability(self) -> NDArray[np.float32]:
        """(K,H,W) float32: the consensus so far, in the original frame."""
        return self.in_original(self.consensus())

    def finish(self) -> Refinement:
        """Run the steps that are left."""
        for _ in self:
            pass
        return self

    def trace(self) -> Trace:
        """Everything so far; at least one step must have run."""
        if not self.steps:
            raise ValueError("a trace needs at least one step")
        meta = {
            "format": TRACE_FORMAT,
            **self._meta,
            "original": list(self.frame.original),
            "content": list(self.frame.content),
            "mirrors": [list(mirror) for mirror in self.view.mirrors],
            "seconds": self.seconds,
        }
        return Trace(
            p=self.p,
            u_start=self.field(self._times[0]),
            refined=self.consensus(),
            window=np.array(self.window, dtype=np.int64),
            meta=meta,
            **stack_steps(self.steps),
        )


def _field(settings: Settings, shape: tuple[int, ...], t: int) -> NDArray[np.float32]:
    """u_t (N,K,h,w) for a canvas of shape (K,h,w)."""
    size = (shape[0], shape[1], shape[2])
    return np.stack([uniform_field(settings.seed, n, t, size) for n in range(settings.samples)])


def _steps(
    prepared: Prepared, settings: Settings, runner: Runner, alpha_bar: Tensor, times: tuple[int, ...]
) -> Iterator[Step]:
    """The chains' steps. No `Refinement` is known here: one that is left half-way must not live by its own chain."""
    p = torch.from_numpy(prepared.p).to(runner.device)  # (K,h,w)
    held = (p == 0) | (p == 1)
    many = p.expand(settings.samples, *p.shape)
    with torch.inference_mode():
        find_wrong_bits = prepared.view.steps(runner.denoiser, p)

    def denoise(y_t: Tensor, t: int) -> Tensor:
        with torch.inference_mode():
            return torch.where(held, (y_t - p).abs(), find_wrong_bits(y_t, t))

    def uniform(t: int) -> Tensor:
        return torch.from_numpy(_field(settings, prepared.p.shape, t)).to(runner.device)

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
