"""HiDiff: a segmentor proposes a mask, a binary Bernoulli diffusion model refines it, bit by bit.

`from hidiff import HiDiff, read_image` is all that most programs need. Both are imported when they are first asked
for, so that `import hidiff` alone costs nothing: PyTorch takes seconds.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hidiff.imaging.files import read_image
    from hidiff.pipeline import HiDiff

__version__ = "0.1.0"
__all__ = ["HiDiff", "__version__", "read_image"]

_HOMES = {"HiDiff": "hidiff.pipeline", "read_image": "hidiff.imaging.files"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
