"""The tab that explains: what one sees, how to call it, where weights and examples come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import gradio as gr

from hidiff.interface.examples import Example
from hidiff.interface.model_card import known_failures
from hidiff.interface.runs.run import weights_note
from hidiff.interface.texts import text
from hidiff.pipeline import HiDiff


def about_tab(models: Mapping[str, HiDiff], examples: Sequence[Example]) -> None:
    """Lay the tab out."""
    lines = [text("about.body"), text("about.weights")]
    lines += [text("about.weights_of", note=weights_note(model)) for model in models.values()]
    failures = {model.task.title: known_failures(model) for model in models.values()}
    if any(failures.values()):
        lines.append(text("about.failures"))
    for title, sentences in failures.items():
        if sentences:
            lines.append(text("about.failures_of", task=title))
        lines += [text("about.failure", sentence=sentence) for sentence in sentences]
    if examples:
        lines.append(text("about.examples"))
    for example in examples:
        told = text("refine.synthetic") in example.title
        mark = text("about.synthetic") if example.synthetic and not told else ""
        source, licence = example.source.rstrip("."), example.licence.rstrip(".")
        lines.append(
            text(
                "about.example",
                title=example.title,
                synthetic=mark,
                source=source,
                licence=licence,
                note=example.note,
            )
        )
    gr.Markdown("\n".join(lines), elem_classes="about")
