"""A refinement under way: an iterator of steps that knows its answer so far."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hidiff.diffusion import bernoulli
from hidiff.diffusion.noise import uniform_field
from hidiff.imaging.frames import Box, Frame
from hidiff.metrics import representative
from hidiff.models.packed.denoiser import EngineName
from hidiff.models.packed.simulation import Simulation
from hidiff.priors.scribbles import hold
from hidiff.priors.views import View
from hidiff.refinement.settings import Settings
from hidiff.refinement.trace import TRACE_FORMAT, Step, Trace, stack_steps


class Refinement(Iterator[Step]):
    """Iterate to refine; stop whenever you like. Holds no lock and no state but its own.

    settings: what was asked for. frame: the working frame. prior_map (K,H,W) float32: the prior in the original
    frame. p (K,h,w): the prior as the chains use it, exactly 0 or 1 at painted pixels. steps: the steps so far,
    seconds: what each took. engine: what computes them.
    """

    def __init__(
        self,
        denoiser: nn.Module | Simulation,
        view: View,
        alpha_bar: Tensor,
        settings: Settings,
        prior_map: NDArray[np.float32],
        p: NDArray[np.float32],
        strokes: NDArray[np.uint8] | None,
        meta: Mapping[str, Any],
        device: torch.device | str = "cpu",
        engine: EngineName = "float",
    ) -> None:
        self.settings = settings
        self.engine = engine
        self.view = view
        self.prior_map = prior_map
        self.p = p
        self.steps: list[Step] = []
        self.seconds: list[float] = []
        self._alpha_bar = alpha_bar
        self._strokes = strokes
        self._meta = dict(meta)
        self._times = bernoulli.subsequence(len(alpha_bar) - 1, settings.steps)
        self._chain = self._run(denoiser, device)

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
        seed, shape = self.settings.seed, (self.p.shape[0], self.p.shape[1], self.p.shape[2])
        return np.stack([uniform_field(seed, n, t, shape) for n in range(self.settings.samples)])

    def __next__(self) -> Step:
        start = time.perf_counter()
        step = next(self._chain)
        self.seconds.append(time.perf_counter() - start)
        self.steps.append(step)
        return step

    def _run(self, denoiser: nn.Module | Simulation, device: torch.device | str) -> Iterator[Step]:
        p = torch.from_numpy(self.p).to(device)  # (K,h,w)
        held = (p == 0) | (p == 1)
        many = p.expand(self.settings.samples, *p.shape)
        with torch.inference_mode():
            find_wrong_bits = self.view.steps(denoiser, p)

        def denoise(y_t: Tensor, t: int) -> Tensor:
            with torch.inference_mode():
                return torch.where(held, (y_t - p).abs(), find_wrong_bits(y_t, t))

        def uniform(t: int) -> Tensor:
            return torch.from_numpy(self.field(t)).to(device)

        chain = bernoulli.reverse(
            denoise, many, self._alpha_bar, self._times, uniform, self.settings.sampler, self.settings.mean
        )
        for index, step in enumerate(chain):
            last = index + 1 == len(self._times)
            yield Step(
                t=step.t,
                s=0 if last else self._times[index + 1],
                alpha_bar=float(self._alpha_bar[step.t]),
                y_t=_bits(step.y_t),
                eps_hat=_floats(step.eps_hat),
                y0_hat=_floats(step.y0_hat),
                mean=None if step.mean is None else _floats(step.mean),
                u=None if step.u is None else _floats(step.u),
                y_prev=None if step.y_s is None else _bits(step.y_s),
            )

    def samples(self) -> NDArray[np.float32]:
        """(N,K,h,w): each chain's own answer so far, in the working frame; the prior before the first step."""
        if not self.steps:
            return np.repeat(self.p[None], self.settings.samples, axis=0)
        if self.settings.answer == "last":
            return self.steps[-1].y0_hat
        votes: NDArray[np.float32] = np.mean([step.y0_hat for step in self.steps], axis=0, dtype=np.float32)
        return votes if self.settings.answer == "votes" else ((votes + self.p) / 2).astype(np.float32)

    def consensus(self) -> NDArray[np.float32]:
        """(K,h,w): the mean of the chains' answers so far, in the working frame."""
        return self.samples().mean(axis=0, dtype=np.float32)

    def representative(self) -> int:
        """The chain whose mask agrees most with the others' (minimum Bayes risk under Dice)."""
        return representative(self.samples() > 0.5)

    def in_original(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """A map (K,h,w) of the working frame -> (K,H,W): outside the window the prior, at strokes the painted bit."""
        whole = self.frame.map_out(values, background=self.prior_map)
        return whole if self._strokes is None else hold(whole, self._strokes)

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
            "flips": [list(flip) for flip in self.view.flips],
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


def _floats(values: Tensor) -> NDArray[np.float32]:
    array: NDArray[np.float32] = values.detach().to("cpu", torch.float32).numpy()
    return array


def _bits(values: Tensor) -> NDArray[np.bool_]:
    array: NDArray[np.bool_] = (values > 0.5).cpu().numpy()
    return array
