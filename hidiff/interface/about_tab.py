"""The tab that explains: what one sees, how to call it, where weights and examples come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import gradio as gr

from hidiff.hybrid import HiDiff
from hidiff.interface.examples import Example
from hidiff.interface.texts import text


def about_tab(models: Mapping[str, HiDiff], examples: Sequence[Example]) -> None:
    """Lay the tab out."""
    lines = [text("about.body"), text("about.weights")]
    for model in models.values():
        note = model.source.note if model.source is not None else text("about.weights_unknown")
        lines.append(text("about.weights_of", title=model.card.title, note=note))
    if examples:
        lines.append(text("about.examples"))
    for example in examples:
        mark = text("about.synthetic") if example.synthetic else ""
        values = {"title": example.title, "source": example.source, "licence": example.licence, "note": example.note}
        lines.append(text("about.example", synthetic=mark, **values))
    gr.Markdown("\n".join(lines), elem_classes="about")
