"""A refinement to be kept: its bits, eps_hat, and what does not follow from these; a quarter of its steps' bytes.

y0_hat, the mean, u and y_prev of a step are made again by the equations that made them, and whether they come out bit
for bit is found out when they are put away: what does not, as on another device, is kept as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, MutableSequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from hidiff.diffusion.samplers import reverse_mean
from hidiff.refinement.outcome import Outcome
from hidiff.refinement.trace import Step
from hidiff.types import Map

_FOLLOW = ("y0_hat", "mean", "u", "y_prev")


@dataclass(frozen=True)
class _KeptStep:
    """bits: y_t, packed. own: what does not follow."""

    t: int
    s: int
    alpha_bar: float
    bits: NDArray[np.uint8]
    eps_hat: Map
    own: dict[str, Any]


class LeanSteps(MutableSequence[Step]):
    """Steps of an outcome, put away as they come and made again, bit for bit, whenever one is asked for.

    bare: the outcome that they are of, without steps.
    """

    def __init__(self, bare: Outcome, kept: Iterable[_KeptStep] = ()) -> None:
        self._bare = bare
        self.kept = list(kept)

    def __len__(self) -> int:
        return len(self.kept)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return LeanSteps(self._bare, self.kept[place])
        return _opened(self._bare, self.kept[place])

    def __setitem__(self, place: Any, step: Any) -> None:
        self.kept[place] = _put_away(self._bare, step)

    def __delitem__(self, place: Any) -> None:
        del self.kept[place]

    def insert(self, index: int, value: Step) -> None:
        """Put a step away."""
        self.kept.insert(index, _put_away(self._bare, value))

    def guess(self, place: int) -> Map:
        """y0_hat of a step alone, which takes no noise."""
        kept = self.kept[place]
        own = kept.own.get("y0_hat")
        return _guess(_bits_of(kept), kept.eps_hat) if own is None else own


def lean(outcome: Outcome) -> None:
    """From now on, put the steps of an outcome away as they come: a quarter of the memory."""
    steps = LeanSteps(_bare(outcome))
    steps.extend(outcome.steps)
    outcome.steps = steps


@dataclass(frozen=True)
class KeptOutcome:
    """An outcome put away; `opened` gives it back, bit for bit."""

    bare: Outcome  # without its steps
    steps: tuple[_KeptStep, ...]

    @classmethod
    def of(cls, outcome: Outcome) -> KeptOutcome:
        """Put an outcome away as it is now."""
        bare, steps = _bare(outcome), outcome.steps
        if isinstance(steps, LeanSteps):
            return cls(bare, tuple(steps.kept))
        return cls(bare, tuple(_put_away(bare, step) for step in steps))

    def opened(self) -> Outcome:
        """The outcome with its steps, each made when it is asked for."""
        return replace(self.bare, steps=LeanSteps(self.bare, self.steps), seconds=list(self.bare.seconds))


def _bare(outcome: Outcome) -> Outcome:
    return Outcome(
        outcome.settings,
        outcome.frame,
        outcome.mirrors,
        outcome.prior_map,
        outcome.p,
        outcome.alpha_bar,
        outcome.meta,
        outcome.scribbles,
        seconds=list(outcome.seconds),
        averaged=outcome.averaged,
    )


def _put_away(bare: Outcome, step: Step) -> _KeptStep:
    """Looked at chain by chain: all at once would take as much memory as the step has."""
    follow = set(_FOLLOW)
    for n in range(len(step.y_t)):
        one = slice(n, n + 1)
        again = _following(bare, step.t, step.s, step.y_t[one], step.eps_hat[one], n)
        follow = {name for name in follow if _same(getattr(step, name), getattr(again, name), one)}
    own = {name: getattr(step, name) for name in _FOLLOW if name not in follow}
    return _KeptStep(step.t, step.s, step.alpha_bar, np.packbits(step.y_t), step.eps_hat, own)


def _opened(bare: Outcome, kept: _KeptStep) -> Step:
    step = _following(bare, kept.t, kept.s, _bits_of(kept), kept.eps_hat)
    return replace(step, alpha_bar=kept.alpha_bar, **kept.own)


def _bits_of(kept: _KeptStep) -> NDArray[np.bool_]:
    return np.unpackbits(kept.bits, count=kept.eps_hat.size).astype(bool).reshape(kept.eps_hat.shape)


def _guess(y_t: NDArray[np.bool_], eps_hat: Map) -> Map:
    return (torch.from_numpy(y_t.astype(np.float32)) - torch.from_numpy(eps_hat)).abs().numpy()


def _following(bare: Outcome, t: int, s: int, y_t: NDArray[np.bool_], eps_hat: Map, chain: int | None = None) -> Step:
    """The step that follows from y_t and eps_hat (N,K,h,w), as `samplers.reverse` makes it; of one chain, from what is
    its own."""
    alpha_bar = float(bare.alpha_bar[t])
    bits, guess = torch.from_numpy(y_t.astype(np.float32)), torch.from_numpy(_guess(y_t, eps_hat))
    if s == 0:
        return Step(t, s, alpha_bar, y_t, eps_hat, guess.numpy(), None, None, None)
    p = torch.from_numpy(bare.p).expand_as(bits)
    mean = reverse_mean(bits, guess, p, alpha_bar, float(bare.alpha_bar[s]), bare.settings.sampler).numpy()
    u = bare.field(s) if chain is None else bare.field_of_chain(s, chain)
    return Step(t, s, alpha_bar, y_t, eps_hat, guess.numpy(), mean, u, u < mean)


def _same(all_chains: NDArray[np.generic] | None, other: NDArray[np.generic] | None, one: slice) -> bool:
    """Whether a chain's part of an array is another array, bit for bit: 0 and -0 are two."""
    if all_chains is None or other is None:
        return all_chains is other
    own = all_chains[one]
    if own.dtype != other.dtype or own.shape != other.shape:
        return False
    whole = f"u{own.dtype.itemsize}"
    return bool((np.ascontiguousarray(own).view(whole) == np.ascontiguousarray(other).view(whole)).all())
