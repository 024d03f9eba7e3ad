"""The trace of a refinement: its steps, from which every bit can be recomputed."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from hidiff.errors import HiDiffError
from hidiff.files import atomic
from hidiff.types import Map, Mask

TRACE_FORMAT = 1


class TraceError(HiDiffError):
    """A file that is no trace."""


@dataclass(frozen=True)
class Step:
    """One reverse step of N chains, arrays (N,K,h,w) in the working frame.

    t: the time. s: the time it leads to, 0 after the last step. y_t: the bits at t. eps_hat: the chance that a
    bit is wrong. y0_hat = |y_t - eps_hat|. mean: of y_s. u: the uniform field that decided it. y_prev = [u < mean].
    The last step has neither mean nor u nor y_prev: its y0_hat is the chains' answer.
    """

    t: int
    s: int
    alpha_bar: float
    y_t: Mask
    eps_hat: Map
    y0_hat: Map
    mean: Map | None
    u: Map | None
    y_prev: Mask | None

    @property
    def flips_on(self) -> NDArray[np.int64]:
        """(N,K): bits that this step switched on; the last step's are those of y0_hat > 0.5."""
        return (self._after & ~self.y_t).sum((2, 3))

    @property
    def flips_off(self) -> NDArray[np.int64]:
        """(N,K): bits that this step switched off."""
        return (self.y_t & ~self._after).sum((2, 3))

    @property
    def expected_flips(self) -> NDArray[np.float64]:
        """(N,K): the number of wrong bits that the denoiser expects, the sum of eps_hat."""
        return self.eps_hat.sum((2, 3), dtype=np.float64)

    @property
    def entropy(self) -> NDArray[np.float64]:
        """(N,K): mean entropy of y0_hat a pixel, in bits."""
        q = np.clip(self.y0_hat.astype(np.float64), 1e-12, 1 - 1e-12)
        return -(q * np.log2(q) + (1 - q) * np.log2(1 - q)).mean((2, 3))

    @property
    def area(self) -> NDArray[np.int64]:
        """(N,K): bits that are on in y_t."""
        return self.y_t.sum((2, 3))

    @property
    def _after(self) -> Mask:
        return self.y0_hat > 0.5 if self.y_prev is None else self.y_prev


@dataclass(frozen=True)
class Trace:
    """A refinement, whole: N chains, S steps, K classes, in the working frame (h,w).

    p (K,h,w): the prior as the chains used it, exactly 0 or 1 where a person painted. t (S,) int64, falling.
    alpha_bar (S,) float64, at t. u_start (N,K,h,w). y_t, y_prev (N,S,K,h,w) bool; eps_hat, y0_hat, mean, u
    float32 of that shape, where mean, u and y_prev of the last step are zeros. refined (K,h,w): the answer.
    window (4,) int64: top, left, height, width in original pixels. meta: settings, versions, sizes, seconds.

    y_T = [u_start < p]; y0_hat = |y_t - eps_hat|; y_prev = [u < mean]; the next y_t is y_prev.
    """

    p: Map
    t: NDArray[np.int64]
    alpha_bar: NDArray[np.float64]
    u_start: Map
    y_t: Mask
    eps_hat: Map
    y0_hat: Map
    mean: Map
    u: Map
    y_prev: Mask
    refined: Map
    window: NDArray[np.int64]
    meta: Mapping[str, Any]

    def save(self, path: str | Path) -> None:
        """Write one compressed .npz, atomically; `load` gives back equal arrays and meta."""
        with atomic(path) as draft, draft.open("wb") as stream:
            np.savez_compressed(
                stream,
                **{name: getattr(self, name) for name in _ARRAYS},
                meta=np.array(json.dumps(dict(self.meta))),
            )

    @classmethod
    def load(cls, path: str | Path) -> Trace:
        """The inverse of `save`. Raises TraceError when the file is no trace (pickles are never opened)."""
        try:
            with np.load(path, allow_pickle=False) as file:
                arrays = {name: file[name] for name in _ARRAYS}
                meta = json.loads(str(file["meta"]))
        except (OSError, ValueError, TypeError, KeyError, EOFError, BadZipFile, zlib.error) as error:
            raise TraceError(f"{Path(path).name} is no trace; choose an .npz file that HiDiff saved.") from error
        if not _fits(arrays) or not isinstance(meta, dict) or meta.get("format") != TRACE_FORMAT:
            raise TraceError(f"{Path(path).name} is no trace of this version; choose one that this version saved.")
        return cls(**arrays, meta=meta)


_ARRAYS = (
    "p",
    "t",
    "alpha_bar",
    "u_start",
    "y_t",
    "eps_hat",
    "y0_hat",
    "mean",
    "u",
    "y_prev",
    "refined",
    "window",
)


def _fits(arrays: Mapping[str, NDArray[Any]]) -> bool:
    """Whether kinds and shapes are those that `Trace` promises."""
    if any(arrays[name].dtype.kind not in "fbi" for name in _ARRAYS) or arrays["u_start"].ndim != 4:
        return False
    n, k, h, w = arrays["u_start"].shape
    s = arrays["t"].size
    shapes = {"p": (k, h, w), "refined": (k, h, w), "t": (s,), "alpha_bar": (s,), "window": (4,)}
    shapes |= {"u_start": (n, k, h, w)}
    return all(arrays[name].shape == shapes.get(name, (n, s, k, h, w)) for name in _ARRAYS)


def stack_steps(steps: list[Step]) -> dict[str, NDArray[Any]]:
    """The step arrays of a trace from S >= 1 steps: (N,K,h,w) each -> (N,S,K,h,w), zeros where a step has none."""
    blank = np.zeros_like(steps[0].eps_hat)

    def stacked(name: str, missing: NDArray[Any]) -> NDArray[Any]:
        values = [getattr(step, name) for step in steps]
        return np.stack([missing if v is None else v for v in values], axis=1)

    return {
        "t": np.array([step.t for step in steps], dtype=np.int64),
        "alpha_bar": np.array([step.alpha_bar for step in steps], dtype=np.float64),
        "y_t": stacked("y_t", blank > 0),
        "eps_hat": stacked("eps_hat", blank),
        "y0_hat": stacked("y0_hat", blank),
        "mean": stacked("mean", blank),
        "u": stacked("u", blank),
        "y_prev": stacked("y_prev", blank > 0),
    }
