"""Session components: what Gradio keeps of a visitor's components, each once.

An update makes Gradio build the component anew for the visitor, under a number of its own, and file it in the old one's
place. The next value that the component gets or gives is filed under the new number, so the component before stays for
as long as the visitor does: some twenty for each press of a button here, a hundred kilobytes and more. A component in
another's place takes its number.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from gradio.blocks import Block
from gradio.state_holder import SessionState


def keep_component_ids() -> None:
    """From now on, in every page of this process; a second call changes nothing."""
    file_away: Any = SessionState.__setitem__
    if getattr(file_away, "keeps_ids", False):
        return

    @wraps(file_away)
    def file_under_its_place(state: SessionState, place: int, value: object) -> None:
        if isinstance(value, Block) and place in state.blocks_config.blocks:
            value._id = place
        file_away(state, place, value)

    file_under_its_place.keeps_ids = True  # type: ignore[attr-defined]
    SessionState.__setitem__ = file_under_its_place  # type: ignore[method-assign]
