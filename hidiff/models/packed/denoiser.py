"""The packed denoiser backend: one bit a weight, one bit an activation, behind the denoiser's own interface.

`PackedDenoiser` stands in for a binary `Denoiser`. It runs the kernels of `kernels` where numba has them ready,
and `simulation`, the same arithmetic in PyTorch, where numba is missing, where the processor has no table
look-up, on a GPU, or while the kernels are being compiled.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from hidiff.models.backend import DenoiserBackend, StepFunction, TorchBackend
from hidiff.models.denoiser import Denoiser, DenoiserConfig
from hidiff.models.packed.network import PackedNetwork
from hidiff.models.packed.simulation import Simulation
from hidiff.models.segmentor import FEATURE_STRIDES
from hidiff.types import PRIOR_KINDS, PriorKind

if TYPE_CHECKING:
    from hidiff.models.packed.engine import Engine

_log = logging.getLogger(__name__)

PATIENCE = 5.0  # seconds that the kernels may take before the user is told why
# numba's threads are one team for the process: two refinements take turns, step by step
_TURN = threading.Lock()


@cache
def kernels_ready() -> Future[bool]:
    """Compile the kernels, or read them from numba's cache, in a thread of its own; started by the first call.

    True once they can be called without compiling; False where they cannot run here, which is logged.
    """
    ready: Future[bool] = Future()
    threading.Thread(target=lambda: ready.set_result(_prepare()), name="hidiff-kernels", daemon=True).start()
    return ready


def _prepare() -> bool:
    try:
        from hidiff.models.packed.vectors import SHUFFLE

        if SHUFFLE is None:
            _log.info("This processor has no byte shuffle that the packed kernels know; the denoiser runs in float.")
            return False
        try:
            _try_kernels()
        except Exception:  # what numba keeps on disk may be damaged, and it would fail at every start
            _log.info("The packed kernels could not be read from numba's cache; they are compiled anew.", exc_info=True)
            forget_compiled()
            _try_kernels()
        return True
    except ImportError:
        _log.info("numba is not installed; the binary denoiser runs in float.")
    except Exception:  # whatever a compiler can fail at, the float simulation gives the same answer
        _log.warning("The packed kernels could not be compiled; the denoiser runs in float.", exc_info=True)
    return False


def _try_kernels() -> None:
    """Call every kernel once, on a small canvas."""
    from hidiff.models.packed.engine import Engine

    config = DenoiserConfig(feature_channels=4, channels=(4, 4, 4, 4, 8), blocks=1, T=1, prior_skip=True)
    with torch.random.fork_rng(devices=[]):
        engine = Engine(PackedNetwork.of(Denoiser(config).eval()))
    side = 2 * FEATURE_STRIDES[-1]
    features = [np.zeros((4, side // stride, side // stride), np.float32) for stride in FEATURE_STRIDES]
    p = np.full((1, side, side), 0.5, np.float32)
    with _TURN:
        given = engine.condition(np.zeros((3, side, side), np.float32), p, features)
        engine.step(given, np.zeros_like(p), 0)


def forget_compiled() -> None:
    """Delete what numba keeps of the kernels on disk, so that they are compiled anew."""
    from hidiff.models.packed import kernels

    stem = Path(kernels.__file__).stem
    for kernel in vars(kernels).values():
        if folder := getattr(getattr(kernel, "stats", None), "cache_path", None):
            for file in Path(folder).glob(f"{stem}.{kernel.__name__}-*.nb[ic]"):
                with suppress(OSError):
                    file.unlink()


class PackedDenoiser(nn.Module):
    """A binary denoiser on packed bits. trained: the float network with the same weights.

    wait: a refinement that starts before the kernels are ready waits for them; else it runs on the simulation.
    A refinement stays to its end on what it started with.
    """

    def __init__(self, trained: Denoiser, wait: bool = True) -> None:
        super().__init__()
        self.trained = trained.eval()
        self.config = trained.config
        self.wait = wait
        self.network = PackedNetwork.of(self.trained)
        self.simulation = Simulation(self.network)
        self._engine: Engine | None = None
        kernels_ready()

    @property
    def packed(self) -> bool:
        """Whether a refinement that starts now runs on packed bits; waits for the kernels if it is to."""
        ready = kernels_ready()
        if self.trained.head.weight.device.type != "cpu" or not (self.wait or ready.done()):
            return False
        try:
            return ready.result(PATIENCE)
        except TimeoutError:
            _log.info("Compiling the packed denoiser's kernels, once on this computer; this may take a minute.")
            return ready.result()

    def conditioned(
        self, image: Tensor, p: Tensor, features: Sequence[Tensor], kind: PriorKind = PRIOR_KINDS[0]
    ) -> StepFunction:
        """See `DenoiserBackend`."""
        if not self.packed:
            return self.simulation.conditioned(image, p, features, kind)
        from hidiff.models.packed.engine import Engine

        with _TURN:
            _set_threads()
            engine = self._engine = self._engine or Engine(self.network)
            given = engine.condition(_array(image[0]), _array(p[0]), [_array(f[0]) for f in features])

        def step(y_t: Tensor, t: int) -> Tensor:
            out = torch.empty_like(y_t, dtype=torch.float32)
            for sample, y in enumerate(y_t):
                with _TURN:
                    _set_threads()
                    out[sample] = torch.from_numpy(engine.step(given, _array(y), self.config.row(t, kind)))
            return out

        return step

    def forward(
        self,
        image: Tensor,
        y_t: Tensor,
        p: Tensor,
        t: Tensor,
        features: Sequence[Tensor],
        kind: Tensor | None = None,
    ) -> Tensor:
        """As `Denoiser.forward`; each sample of the batch is conditioned anew, so steps are better had from
        `conditioned`."""
        out = []
        for n in range(len(y_t)):
            own = [f[n : n + 1] if len(f) > 1 else f for f in features]
            whose = PRIOR_KINDS[0 if kind is None else int(kind[n])]
            out.append(self.conditioned(image[n : n + 1], p[n : n + 1], own, whose)(y_t[n : n + 1], int(t[n])))
        return torch.cat(out)


def backend_of(denoiser: nn.Module) -> DenoiserBackend:
    """What a refinement is to call for a frozen denoiser: a binary one's signs must not depend on rounding."""
    if isinstance(denoiser, PackedDenoiser):
        return denoiser
    if isinstance(denoiser, Denoiser) and denoiser.config.binary and denoiser.head.weight.device.type != "mps":
        return Simulation(PackedNetwork.of(denoiser))  # its float64 is what mps lacks
    return TorchBackend(denoiser)


def _array(values: Tensor) -> np.ndarray:
    return np.ascontiguousarray(values.detach().numpy(), dtype=np.float32)


def _set_threads() -> None:
    import numba

    numba.set_num_threads(max(1, min(torch.get_num_threads(), numba.config.NUMBA_NUM_THREADS)))
