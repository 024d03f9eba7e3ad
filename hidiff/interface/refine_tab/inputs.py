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
from hidiff.interface.player.brush import holds_from, scribbles_from
from hidiff.interface.runs.recipe import Recipe, Source, Start, asked_recipe
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
        painted = self._painted()
        return None if painted is None else scribbles_from(painted, size)

    def has_usual_settings(self, usual: Mapping[str, Any]) -> bool:
        """Whether the settings, those apart that come with scribbles, are these."""
        return {**usual, **self.settings} == usual

    def settings_with_scribbles(self) -> dict[str, Any]:
        """The settings, among them what the brush says of what is painted on the picture that is on the screen.

        Raises ImageError where it says nothing that can be understood.
        """
        painted = self._painted()
        return self.settings if painted is None else {**self.settings, "hold": holds_from(painted)}

    @property
    def painted(self) -> str | None:
        """A digest of what is painted on the picture that is on the screen; None where nothing is."""
        brush = self._painted()
        if brush is None:
            return None
        return hashlib.sha256(f"{brush.get('on')} {brush.get('off')}".encode()).hexdigest()

    def _painted(self) -> Mapping[str, Any] | None:
        """The brush's value where it belongs to the picture that is on the screen."""
        on_screen = self.session.picture
        belongs = isinstance(self.brush, Mapping) and on_screen is not None and self.brush.get("picture") == on_screen
        return self.brush if belongs else None

    @property
    def previewed(self) -> bool:
        """Whether the mask's slot shows a preview and not the mask."""
        path = self.prior.own.get("path") if isinstance(self.prior.own, Mapping) else None
        return isinstance(path, str) and Path(path).name in self.session.previews

    def own_mask(self) -> Source | None:
        """The visitor's mask, inverted where that was asked for; None where another kind of prior is chosen.

        Raises ImageError where none was uploaded.
        """
        if self.prior.kind != OWN:
            return None
        if self.prior.own is None:
            raise ImageError(text("prior.no_mask"))
        shown = uploaded(self.prior.own)
        mask = self.session.previews.get(shown.path.name, shown)
        return replace(mask, inverted=self.session.masks.get(str(mask.path), False))


def asked_of(models: Mapping[str, HiDiff], given: EventInputs) -> Recipe | None:
    """What the page is set to, about the picture on the screen; None where that would be refused. Opens no file."""
    session = given.session
    if session.recipe is None:
        return None
    try:
        model, prior = chosen_model(models, given.task), prior_of(given.prior, given.own_mask())
        settings = given.settings_with_scribbles()
        asked = asked_recipe(model, session.recipe.source, settings, backend=given.backend, **prior)
    except HiDiffError:
        return None
    return replace(asked, scribbles=session.recipe.scribbles if given.painted == session.painted else b"others")


def prior_of(prior: PriorInputs, own: Source | None = None) -> dict[str, Any]:
    """The prior's part of a recipe, by name. own: the visitor's mask, where that is the prior."""
    if own is not None:
        return {"own": own}
    broken = prior.kind == BROKEN
    return {"prior_source": prior.error if broken else prior.kind, "prior_seed": prior.seed if broken else 0}
