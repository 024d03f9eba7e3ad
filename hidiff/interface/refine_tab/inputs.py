"""Event inputs: the values that come with what a visitor does, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hidiff.interface.player.brush import scribbles_from
from hidiff.interface.runs.recipe import Source, Start
from hidiff.interface.runs.session import Session
from hidiff.priors.sources import NOISE, SEGMENTOR

OWN, BROKEN = "own", "broken"  # kinds of a prior beside the segmentor's and noise


@dataclass(frozen=True)
class PriorInputs:
    """What the chain is to start from: a kind of prior, an uploaded mask, the name and the seed of an error."""

    kind: Any = SEGMENTOR
    own: Any = None
    error: Any = None
    seed: Any = 0


def inputs_of(start: Start) -> PriorInputs:
    """What the controls hold for an example's start."""
    if start.prior_source in (SEGMENTOR, NOISE):
        return PriorInputs(start.prior_source)
    return PriorInputs(BROKEN, None, start.prior_source, start.prior_seed)


@dataclass
class EventInputs:
    """The inputs of an event, by name. settings: by their names."""

    task: object
    session: Session
    brush: Any
    prior: PriorInputs
    settings: dict[str, Any]
    backend: object = "packed"
    difference: object = None

    @classmethod
    def of(cls, values: Sequence[Any], settings: Sequence[str]) -> EventInputs:
        """From the values of the components that the tab names, in their order. settings: names of the last ones."""
        task, session, brush, *rest = values
        return cls(task, session, brush, PriorInputs(*rest[:4]), dict(zip(settings, rest[5:], strict=True)), rest[4])

    def scribbles(self, size: tuple[int, int]) -> NDArray[np.uint8] | None:
        """What is painted on the picture that is on the screen, at its size; None where nothing is."""
        on_screen = self.session.picture
        if not isinstance(self.brush, Mapping) or on_screen is None or self.brush.get("picture") != on_screen:
            return None
        return scribbles_from(self.brush, size)


def slot(session: Session) -> str | None:
    """What the upload's slot shows: the upload on the screen, or nothing when that is an example."""
    source = session.source
    return _file(source) if source is not None and not source.example else None


def reference_slot(session: Session) -> str | None:
    """What the slot of the reference shows: the visitor's own that the screen is about, or nothing."""
    source = session.source
    return None if source is None or source.own_reference is None else _file(source.own_reference)


def _file(source: Source) -> str | None:
    return str(source.path) if source.path.is_file() else None
