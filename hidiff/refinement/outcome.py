"""What has come of a refinement so far: everything that is asked of it afterwards, and nothing that computes it."""

from __future__ import annotations

from collections.abc import Mapping, MutableSequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from hidiff.diffusion import bernoulli
from hidiff.diffusion.noise import uniform_field
from hidiff.imaging.frames import Box, Frame
from hidiff.metrics import representative
from hidiff.priors.scribbles import impose_scribbles
from hidiff.refinement.settings import Settings
from hidiff.refinement.trace import TRACE_FORMAT, Step, Trace, stack_steps
from hidiff.types import PRIOR_KINDS, PriorKind


@dataclass(eq=False, repr=False)
class Outcome:
    """settings: what was asked for. frame: the working frame. mirrors: through which the chains looked. prior_map
    (K,H,W) float32: the prior in the original frame. p (K,h,w): the prior as the chains use it, exactly 0 or 1 at
    scribbles. alpha_bar: alpha_bar_0..T of the schedule, (T+1,) float64. meta: what a trace says of the model.
    scribbles (K,H,W), or None. steps: the steps so far, seconds: what each took. averaged: whether a closer look was
    averaged into the segmentor's prior, so that p says something else than prior_map."""

    settings: Settings
    frame: Frame
    mirrors: tuple[tuple[int, ...], ...]
    prior_map: NDArray[np.float32]
    p: NDArray[np.float32]
    alpha_bar: Tensor
    meta: Mapping[str, Any]
    scribbles: NDArray[np.uint8] | None = None
    steps: MutableSequence[Step] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    averaged: bool = False

    @property
    def kind(self) -> PriorKind:
        """Whose prior it was."""
        kind: PriorKind = self.meta.get("kind", PRIOR_KINDS[0])
        return kind

    @property
    def window(self) -> Box:
        """top, left, height, width in original pixels; the whole image without focus."""
        return self.frame.window

    @property
    def times(self) -> tuple[int, ...]:
        """The t of every step, done or to come, falling."""
        return bernoulli.subsequence(len(self.alpha_bar) - 1, self.settings.steps)

    def field(self, t: int) -> NDArray[np.float32]:
        """u_t (N,K,h,w), the uniform numbers that decide the bits of y_t, sample by sample."""
        return field_of(self.settings, self.p.shape, t)

    def field_of_chain(self, t: int, chain: int) -> NDArray[np.float32]:
        """u_t (1,K,h,w) of one sample."""
        return uniform_field(self.settings.seed, chain, t, self.p.shape)[None]

    def proposed(self) -> NDArray[np.float32]:
        """(K,h,w): the prior in the working frame as it stood before a closer look was averaged in: what is shown
        first, and what an answer is compared with."""
        return self.frame.map_in(self.prior_map) if self.averaged else self.p

    def samples(self) -> NDArray[np.float32]:
        """(N,K,h,w): each chain's own answer so far, in the working frame; the prior before the first step."""
        if not self.steps:
            return np.repeat(self.p[None], self.settings.samples, axis=0)
        if self.settings.aggregate == "last":
            return self._guess(len(self.steps) - 1)
        mean = self._guess(0).copy()
        for place in range(1, len(self.steps)):  # one after another: all at once are as many maps
            mean += self._guess(place)
        mean /= np.float32(len(self.steps))
        return mean if self.settings.aggregate == "mean" else ((mean + self.p) / 2).astype(np.float32)

    def _guess(self, place: int) -> NDArray[np.float32]:
        """y0_hat of a step."""
        alone = getattr(self.steps, "guess", None)
        guess: NDArray[np.float32] = self.steps[place].y0_hat if alone is None else alone(place)
        return guess

    def consensus(self) -> NDArray[np.float32]:
        """(K,h,w): the mean of the chains' answers so far, in the working frame."""
        return self.samples().mean(axis=0, dtype=np.float32)

    def representative(self) -> int:
        """The chain whose mask agrees most with the others' (minimum Bayes risk under Dice)."""
        return representative(self.samples() > 0.5)

    def in_original(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """A map (K,h,w) of the working frame -> (K,H,W): outside the window the prior, at scribbles the painted bit."""
        whole = self.frame.map_out(values, background=self.prior_map)
        return whole if self.scribbles is None else impose_scribbles(whole, self.scribbles)

    def probability(self) -> NDArray[np.float32]:
        """(K,H,W) float32: the consensus so far, in the original frame; a prior that is left as it is, itself."""
        if self.settings.leaves(self.kind):
            return self.prior_map
        return self.in_original(self.consensus())

    def trace(self) -> Trace:
        """Everything so far but its seconds, so that the same run is the same file; at least one step must have run."""
        if not self.steps:
            raise ValueError("a trace needs at least one step")
        meta = {
            "format": TRACE_FORMAT,
            **self.meta,
            "original": list(self.frame.original),
            "content": list(self.frame.content),
            "mirrors": [list(mirror) for mirror in self.mirrors],
        }
        return Trace(
            p=self.p,
            u_start=self.field(self.times[0]),
            refined=self.consensus(),
            window=np.array(self.window, dtype=np.int64),
            meta=meta,
            **stack_steps(self.steps),
        )


def field_of(settings: Settings, shape: tuple[int, ...], t: int) -> NDArray[np.float32]:
    """u_t (N,K,h,w) for a canvas of shape (K,h,w)."""
    size = (shape[0], shape[1], shape[2])
    return np.stack([uniform_field(settings.seed, n, t, size) for n in range(settings.samples)])
