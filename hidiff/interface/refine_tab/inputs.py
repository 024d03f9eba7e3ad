"""Event inputs: the values that come with what a visitor does, by name."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hidiff.errors import HiDiffError, ImageError
from hidiff.interface.player.brush import scribbles_from
from hidiff.interface.runs.recipe import Recipe, Start, asked_recipe
from hidiff.interface.runs.run import chosen_model
from hidiff.interface.runs.session import Session
from hidiff.interface.runs.uploads import uploaded
from hidiff.interface.texts import text
from hidiff.pipeline import HiDiff
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
        return None if self.painted is None else scribbles_from(self.brush, size)

    @property
    def painted(self) -> str | None:
        """A digest of what is painted on the picture that is on the screen; None where nothing is."""
        brush, on_screen = self.brush, self.session.picture
        if not isinstance(brush, Mapping) or on_screen is None or brush.get("picture") != on_screen:
            return None
        return hashlib.sha256(f"{brush.get('on')} {brush.get('off')}".encode()).hexdigest()


def asked_of(models: Mapping[str, HiDiff], given: EventInputs) -> Recipe | None:
    """What the page is set to, about the picture on the screen; None where that would be refused. Opens no file."""
    session = given.session
    if session.recipe is None:
        return None
    try:
        model, prior = chosen_model(models, given.task), prior_of(given.prior)
        asked = asked_recipe(model, session.recipe.source, given.settings, backend=given.backend, **prior)
    except HiDiffError:
        return None
    return replace(asked, scribbles=session.recipe.scribbles if given.painted == session.painted else b"others")


def prior_of(prior: PriorInputs) -> dict[str, Any]:
    """The prior's part of a recipe, by name. Raises ImageError where a mask is missing."""
    if prior.kind == OWN and prior.own is None:
        raise ImageError(text("prior.no_mask"))
    if prior.kind == OWN:
        return {"own": uploaded(prior.own)}
    broken = prior.kind == BROKEN
    return {"prior_source": prior.error if broken else prior.kind, "prior_seed": prior.seed if broken else 0}


def slot(session: Session) -> str | None:
    """What the upload's slot shows: the upload on the screen, or nothing when that is an example."""
    source = session.source
    return str(source.path) if source is not None and not source.example and Path(source.path).is_file() else None
