"""Denoiser backends: what computes the logits of eps_hat in a reverse step.

Two questions with two names. `network`: the binary denoiser, or its real-valued twin. `backend`: how the binary one is
computed, on packed bits or by the float simulation, with the same result. To add a backend, write one class with
`conditioned`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

import torch
from torch import Tensor, nn

from hidiff.types import PRIOR_KINDS, PriorKind

NetworkName = Literal["binary", "real"]
BackendName = Literal["packed", "simulation"]
NETWORKS: tuple[NetworkName, ...] = get_args(NetworkName)
BACKENDS: tuple[BackendName, ...] = get_args(BackendName)

StepFunction = Callable[[Tensor, int], Tensor]
"""y_t (N,K,H,W) of 0 and 1, t in 1..T -> logits of eps_hat (N,K,H,W)."""


class DenoiserBackend(Protocol):
    """What a refinement asks of a denoiser."""

    def conditioned(
        self, image: Tensor, p: Tensor, features: Sequence[Tensor], kind: PriorKind = PRIOR_KINDS[0]
    ) -> StepFunction:
        """image (1,3,H,W), p (1,K,H,W), features of batch 1, kind: whose prior p is. What all steps share is computed
        here, once.

        Samples do not touch: a sample's logits are the same whatever stands beside it in a batch.
        """
        ...


class TorchBackend:
    """Any denoiser as PyTorch runs it."""

    def __init__(self, network: nn.Module) -> None:
        self.network = network

    def conditioned(
        self, image: Tensor, p: Tensor, features: Sequence[Tensor], kind: PriorKind = PRIOR_KINDS[0]
    ) -> StepFunction:
        """See `DenoiserBackend`; samples go through the network one by one."""
        whose = torch.tensor([PRIOR_KINDS.index(kind)], device=p.device)

        def step(y_t: Tensor, t: int) -> Tensor:
            time = torch.tensor([t], device=y_t.device)
            return torch.cat([self.network(image, y[None], p, time, features, whose) for y in y_t])

        return step


@dataclass(frozen=True)
class Runner:
    """What runs a refinement: which network, how it is computed ("torch" where there is only one way), on which
    device."""

    network: NetworkName
    backend: BackendName | Literal["torch"]
    denoiser: DenoiserBackend
    device: torch.device
