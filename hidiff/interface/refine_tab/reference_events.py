"""The events of the reference mask: one is brought or taken away, and what is on the screen is compared with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import gradio as gr

from hidiff.errors import HiDiffError, ImageError
from hidiff.interface.notices import tell, warn
from hidiff.interface.refine_tab.controls import Parts
from hidiff.interface.refine_tab.slots import reference_shown
from hidiff.interface.refine_tab.updates import PageUpdates, Updates
from hidiff.interface.runs.recipe import Source, open_picture
from hidiff.interface.runs.run import chosen_model
from hidiff.interface.runs.session import Session
from hidiff.interface.runs.uploads import uploaded
from hidiff.interface.texts import text
from hidiff.pipeline import HiDiff
from hidiff.refinement.reference import read_reference


@dataclass(frozen=True)
class ReferenceEvents:
    """Admissions, as those of `events`: what cannot be done is refused here, so that nothing on the screen changes."""

    parts: Parts
    models: Mapping[str, HiDiff]

    def bring(self, file: object, session: Session) -> Updates:
        """A reference mask was uploaded: what is on the screen is compared with it."""
        recipe = session.recipe
        try:
            if recipe is None:
                raise ImageError(text("reference.no_image"))
            reference, alone = uploaded(file), replace(recipe.source, own_reference=None)
            picture = open_picture(chosen_model(self.models, recipe.task), alone)
            _, note = read_reference(reference.path, reference.title, picture.size)
        except HiDiffError as refusal:
            warn(refusal, "reference.warning")
            return {self.parts.reference.upload: reference_shown(session)}
        if note:
            tell(note)
        return self._compared(session, reference)

    def clear(self, session: Session) -> Updates:
        """The reference was taken away; one that comes with the picture counts again."""
        return self._compared(session, None)

    def _compared(self, session: Session, reference: Source | None) -> Updates:
        """Admit the recipe on the screen with another reference: as the answer that is there, or as a run where there
        is none yet, or two lanes."""
        with session.turn.taken():
            recipe, displayed, comparison = session.recipe, session.displayed, session.comparison
            if recipe is None:
                return {self.parts.reference.upload: None}
            source = replace(recipe.source, own_reference=reference)
            again = replace(recipe, source=source)
            if displayed is not None and displayed.recipe == recipe and comparison is None:
                session.show(replace(displayed, recipe=again), session.picture, "no", session.painted)
                return {self.parts.reference.upload: gr.skip()}
            other = None if comparison is None else replace(comparison.recipe, source=source)
            both = None if comparison is None or other is None else replace(comparison, recipe=other)
            session.start_run(again, both, painted=session.painted)
        return {self.parts.stop: PageUpdates.stop_button(can=True)}
