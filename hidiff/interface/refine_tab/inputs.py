"""What a move of a hand comes with: the inputs of its event, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hidiff.interface.player.brush import strokes_from
from hidiff.interface.refine_tab.controls import SETTINGS
from hidiff.interface.runs.run import Session


@dataclass
class Asked:
    """The inputs of a move, by name."""

    task: object
    session: Session
    brush: Any
    start: tuple[Any, Any, Any, Any]
    settings: dict[str, Any]
    engine: object = "packed"
    difference: object = None

    @classmethod
    def of(cls, values: Sequence[Any]) -> Asked:
        """From the values of the components that `segment_tab` names, in their order."""
        task, session, painted, *rest = values
        kind, own, error, seed = rest[:4]
        settings = dict(zip(SETTINGS, rest[5:], strict=True))
        return cls(task, session, painted, (kind, own, error, seed), settings, rest[4])

    def strokes(self, size: tuple[int, int]) -> NDArray[np.uint8] | None:
        """What is painted on the picture that is on the screen, at its size; None where nothing is."""
        on_screen = self.session.picture
        if not isinstance(self.brush, Mapping) or on_screen is None or self.brush.get("picture") != on_screen:
            return None
        return strokes_from(self.brush, size)


def slot(session: Session) -> str | None:
    """What the upload's slot shows: the upload on the screen, or nothing when that is an example."""
    source = session.source
    return str(source.path) if source is not None and not source.example and Path(source.path).is_file() else None
