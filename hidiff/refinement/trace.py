"""The trace of a refinement: its steps, from which every bit can be recomputed; in full, or light.

A light trace leaves out what follows: bits are packed, eps_hat and the mean are float16 on a grid of 1/1024, y0_hat,
y_prev and the addressed noise are made again when it is opened. All bits, and every comparison with u, are those of the
full one, p and the answer too; eps_hat, y0_hat and the mean are within `LIGHT_ERROR` of it. Of a run under way it has
zeros where the last step leads, as of a whole one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
from numpy.typing import NDArray

from hidiff.diffusion.noise import uniform_field
from hidiff.errors import HiDiffError
from hidiff.files import atomic
from hidiff.refinement.npz import UNREADABLE, Header, TooLarge, read_arrays, read_headers, require_bounded
from hidiff.types import Map, Mask

TRACE_FORMAT = 1
LIGHT_ERROR = 1e-3
_GRID = 1024  # of a light trace's eps_hat and mean: exact in float16, and most values are then zero
_FULL_BYTES, _LIGHT_BYTES, _LIGHT_ONCE = 14.4, 0.5, 4.5  # of a saved file: a value of every step, and one of p alone


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
        return (self.after & ~self.y_t).sum((2, 3))

    @property
    def flips_off(self) -> NDArray[np.int64]:
        """(N,K): bits that this step switched off."""
        return (self.y_t & ~self.after).sum((2, 3))

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
    def after(self) -> Mask:
        """(N,K,h,w): the bits that the step leads to; after the last one those of y0_hat > 0.5."""
        return self.y0_hat > 0.5 if self.y_prev is None else self.y_prev


@dataclass(frozen=True)
class Trace:
    """A refinement, whole: N chains, S steps, K classes, in the working frame (h,w).

    p (K,h,w): the prior as the chains used it, exactly 0 or 1 where a person painted. t (S,) int64, falling.
    alpha_bar (S,) float64, at t. u_start (N,K,h,w). y_t, y_prev (N,S,K,h,w) bool; eps_hat, y0_hat, mean, u
    float32 of that shape, where mean, u and y_prev of a chain's last step are zeros. refined (K,h,w): the answer.
    window (4,) int64: top, left, height, width in original pixels. meta: settings, versions, sizes.

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

    def save(self, path: str | Path, light: bool = False) -> None:
        """Write one compressed .npz, atomically; `load` gives back equal arrays and meta.

        light: a sixth of the size or less, see the top of this module for what `load` then gives back.
        """
        arrays = _light(self) if light else {name: getattr(self, name) for name in _ARRAYS}
        with atomic(path) as draft, draft.open("wb") as stream:
            np.savez_compressed(stream, **arrays, meta=np.array(json.dumps(dict(self.meta))))

    @classmethod
    def load(cls, path: str | Path, limit: int | None = None) -> Trace:
        """The inverse of `save`. Pickles are never opened.

        limit: how many bytes the arrays may take. Without one, 64 MiB or what a whole trace of the file's size may
        unfold to, whichever is more. Raises TraceError when the file is no trace, or unfolds to more.
        """
        path = Path(path)
        try:
            with ZipFile(path) as archive:
                headers = read_headers(archive)
                light = "y_t_bits" in headers
                require_bounded(_opened_bytes(headers, light), path, _LIGHT_TIMES if light else _FULL_TIMES, limit)
                (text,) = read_arrays(archive, ["meta"]).values()
                meta = json.loads(str(text))
                if light:
                    arrays = _opened(read_arrays(archive, _LIGHT_ARRAYS & set(headers)), meta)
                else:
                    arrays = read_arrays(archive, _ARRAYS)
        except TooLarge as error:
            raise TraceError(
                f"{path.name} would unfold to {error.args[0] / 1e6:.0f} MB, more than a trace of its size does; "
                "if you know whence it came, give Trace.load a limit in bytes."
            ) from error
        except UNREADABLE as error:
            raise TraceError(f"{path.name} is no trace; choose an .npz file that HiDiff saved.") from error
        if not _fits(arrays) or not isinstance(meta, dict) or meta.get("format") != TRACE_FORMAT:
            raise TraceError(f"{path.name} is no trace of this version; choose one that this version saved.")
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
_LIGHT_ARRAYS = {"p", "t", "alpha_bar", "refined", "window", "y_t_bits", "shape", "eps_hat", "mean", "u", "u_start"}
_FULL_TIMES, _LIGHT_TIMES = (
    20,
    100,
)  # how much larger than its file a trace may be; the noise alone keeps a full one to 7
_OPENED_BYTES = 18  # of a value of every step


def _opened_bytes(headers: Mapping[str, Header], light: bool) -> int:
    """How many bytes the arrays of a file take in memory. Raises ValueError where a light one's disagree."""
    size = sum(header.nbytes for header in headers.values())
    if not light:
        return size
    shape = headers["eps_hat"].shape
    if len(shape) != 5 or min(shape) < 1:
        raise ValueError("eps_hat is not (N,S,K,h,w)")
    n, s, *plane = shape
    noise = (n, *plane)
    shapes = {"mean": (n, s - 1, *plane), "t": (s,), "y_t_bits": (-(-prod(shape) // 8),), "shape": (5,)}
    shapes |= {"u": shape, "u_start": noise}
    if any(headers[name].shape != wanted for name, wanted in shapes.items() if name in headers):
        raise ValueError("the arrays are not of one shape")
    return size + _OPENED_BYTES * prod(shape)


def _fits(arrays: Mapping[str, NDArray[Any]]) -> bool:
    """Whether kinds and shapes are those that `Trace` promises."""
    if any(arrays[name].dtype.kind not in "fbi" for name in _ARRAYS) or arrays["u_start"].ndim != 4:
        return False
    n, k, h, w = arrays["u_start"].shape
    s = arrays["t"].size
    shapes = {"p": (k, h, w), "refined": (k, h, w), "t": (s,), "alpha_bar": (s,), "window": (4,)}
    shapes |= {"u_start": (n, k, h, w)}
    return all(arrays[name].shape == shapes.get(name, (n, s, k, h, w)) for name in _ARRAYS)


def _light(trace: Trace) -> dict[str, NDArray[Any]]:
    """The arrays of a light file: p, t, alpha_bar, refined and window as they are; y_t_bits, y_t packed; eps_hat and
    mean on the grid; u and u_start only where they are not the noise that the settings address."""
    y_t, steps = trace.y_t, len(trace.t)
    arrays = {name: getattr(trace, name) for name in ("p", "t", "alpha_bar", "refined", "window")}
    arrays |= {"y_t_bits": np.packbits(y_t), "shape": np.array(y_t.shape, np.int64)}
    arrays["eps_hat"] = _doubts_on_grid(trace.eps_hat, y_t, trace.y0_hat)
    arrays["mean"] = _means_on_grid(trace.mean[:, : steps - 1], trace.u[:, : steps - 1], trace.y_prev[:, : steps - 1])
    fields = _fields(trace.meta, trace.t, trace.u_start.shape)
    if fields is None or not np.array_equal(np.stack([trace.u_start, *_planes(trace.u, steps)]), np.stack(fields)):
        u = trace.u.copy()
        u[:, -1] = 0
        arrays |= {"u": u, "u_start": trace.u_start}
    if not np.array_equal(y_t[:, 1:], trace.y_prev[:, : steps - 1]):
        raise ValueError("the steps of a light trace follow one another")
    return arrays


def _opened(file: dict[str, NDArray[Any]], meta: Any) -> dict[str, NDArray[Any]]:
    """The arrays of a light file -> those of `Trace`. Raises KeyError, TypeError or ValueError where it is none."""
    shape = file["eps_hat"].shape
    if tuple(file["shape"].tolist()) != shape:
        raise ValueError("eps_hat has not the shape that the file names")
    y_t = np.unpackbits(file["y_t_bits"], count=prod(shape)).astype(bool).reshape(shape)
    eps_hat = file["eps_hat"].astype(np.float32)
    mean, u, y_prev = (np.zeros(shape, kind) for kind in (np.float32, np.float32, bool))
    mean[:, :-1], y_prev[:, :-1] = file["mean"], y_t[:, 1:]
    noise: dict[str, NDArray[Any]] = {name: file[name] for name in ("u", "u_start") if name in file}
    if not noise:
        fields = _fields(meta, file["t"], (shape[0], *shape[2:]))
        if fields is None:
            raise ValueError("neither noise nor its address")
        for place, plane in enumerate(fields[1:]):
            u[:, place] = plane
        noise = {"u": u, "u_start": fields[0]}
    kept = {name: file[name] for name in ("p", "t", "alpha_bar", "refined", "window")}
    made = {"y_t": y_t, "eps_hat": eps_hat, "y0_hat": np.abs(y_t - eps_hat), "mean": mean, "y_prev": y_prev}
    return {**kept, **noise, **made}


def _planes(u: Map, steps: int) -> list[Map]:
    return [u[:, place] for place in range(steps - 1)]


def _fields(meta: Any, t: NDArray[np.int64], shape: tuple[int, ...]) -> list[Map] | None:
    """u_start and the u of every step but the last, (N,K,h,w) each, by the seed's address; None without a seed."""
    seed = meta.get("settings", {}).get("seed") if isinstance(meta, Mapping) else None
    if not isinstance(seed, int):
        return None
    size = (shape[1], shape[2], shape[3])
    return [np.stack([uniform_field(seed, n, int(time), size) for n in range(shape[0])]) for time in t]


def _rounded(values: Map) -> NDArray[np.float16]:
    return (np.round(values * _GRID) / _GRID).astype(np.float16)


def _doubts_on_grid(eps_hat: Map, y_t: Mask, y0_hat: Map) -> NDArray[np.float16]:
    """eps_hat on the grid, so that |y_t - eps_hat| stays on the side of one half on which y0_hat is."""
    rounded = _rounded(eps_hat)
    wrong = (np.abs(y_t - rounded.astype(np.float32)) > 0.5) != (y0_hat > 0.5)
    half = np.float16(0.5)
    over = np.where(y_t[wrong], np.nextafter(half, np.float16(0)), np.nextafter(half, np.float16(1)))
    rounded[wrong] = np.where(y0_hat[wrong] > 0.5, over, half)
    return rounded


def _means_on_grid(mean: Map, u: Map, y_prev: Mask) -> NDArray[np.float16]:
    """The mean on the grid; where [u < mean] would change, which is y_prev, the nearest float16 that keeps it."""
    rounded = _rounded(mean)
    wrong = (u < rounded) != y_prev
    level = u[wrong]
    near, above, below = level.astype(np.float16), np.float16(np.inf), np.float16(-np.inf)
    over = np.where(level < near, near, np.nextafter(near, above))
    under = np.where(level < near, np.nextafter(near, below), near)
    rounded[wrong] = np.where(y_prev[wrong], over, under)
    return rounded


def saved_bytes(shape: tuple[int, ...], light: bool) -> int:
    """About how many bytes a saved trace of y_t (N,S,K,h,w) has; measured, light ones within a third."""
    chains, steps, *plane = shape
    once = float(np.prod(plane))
    return round(once * (_LIGHT_ONCE + _LIGHT_BYTES * chains * steps if light else _FULL_BYTES * chains * steps))


def stack_steps(steps: Sequence[Step]) -> dict[str, NDArray[Any]]:
    """The step arrays of a trace from S >= 1 steps: (N,K,h,w) each -> (N,S,K,h,w), zeros where a step has none."""
    steps = list(steps)  # what is made when it is asked for is asked for once
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
