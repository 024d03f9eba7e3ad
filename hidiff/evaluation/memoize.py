"""Memoized networks: what one variant has computed, the next one finds.

Variants of a refinement share much: the prior, the view, the first step of chains with the same prior, whole chains
where only their number or the way of answering differs. A network is a function, so equal inputs may share one
answer, exactly; nobody needs to know which variants they belong to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cache

import torch
from torch import Tensor, nn

from hidiff.models.backend import DenoiserBackend, StepFunction
from hidiff.models.segmentor import Segmentor, SegmentorOutput
from hidiff.pipeline import HiDiff
from hidiff.types import PRIOR_KINDS, PriorKind


class MemoizedSegmentor(nn.Module):
    """A segmentor that looks once at each image. asked, computed: how often it was called, and how often it worked."""

    def __init__(self, segmentor: Segmentor) -> None:
        super().__init__()
        self.asked = self.computed = 0
        self._work: Callable[[Tensor], SegmentorOutput] = segmentor.__call__
        self._answers: dict[bytes, SegmentorOutput] = {}

    def forward(self, image: Tensor) -> SegmentorOutput:
        """As the segmentor's."""
        self.asked += 1
        key = _digest(image)
        if key not in self._answers:
            self.computed += 1
            self._answers[key] = self._work(image)
        return self._answers[key]


class MemoizedDenoiser:
    """A denoiser that takes each step of each chain once. The segmentor's features are taken to follow from the image.

    asked, computed: counts of single samples' steps.
    """

    def __init__(self, denoiser: DenoiserBackend) -> None:
        self.asked = self.computed = 0
        self._denoiser = denoiser
        self._answers: dict[tuple[bytes, PriorKind, bytes, int], Tensor] = {}

    def conditioned(
        self, image: Tensor, p: Tensor, features: Sequence[Tensor], kind: PriorKind = PRIOR_KINDS[0]
    ) -> StepFunction:
        """See `DenoiserBackend`; what all steps share is computed when the first new step needs it."""
        given = _digest(image, p)

        @cache
        def work() -> StepFunction:
            return self._denoiser.conditioned(image, p, features, kind)

        def step(y_t: Tensor, t: int) -> Tensor:
            out = []
            for y in y_t:
                self.asked += 1
                key = (given, kind, _digest(y), t)
                if key not in self._answers:
                    self.computed += 1
                    self._answers[key] = work()(y[None], t)
                out.append(self._answers[key])
            return torch.cat(out)

        return step


def _digest(*tensors: Tensor) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for tensor in tensors:
        array = tensor.detach().to("cpu").contiguous()
        digest.update(repr((array.dtype, tuple(array.shape))).encode())
        digest.update(array.reshape(-1).view(torch.uint8).numpy().data)
    return digest.digest()


def memoized(model: HiDiff) -> HiDiff:
    """A model with the same networks that remembers. Take a new one for each image: its memory only grows."""
    return model.with_networks(MemoizedSegmentor(model.proposer), MemoizedDenoiser(model.backend))
