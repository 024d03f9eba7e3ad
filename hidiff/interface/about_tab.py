"""The tab that explains: what one sees, how to call it, where weights and examples come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path
from string import Template

import gradio as gr

from hidiff import __version__
from hidiff.interface.examples import Example
from hidiff.interface.model_card import TestSet, known_failures, test_sets
from hidiff.interface.runs.run import weights_note
from hidiff.interface.texts import text
from hidiff.pipeline import HiDiff

_HERE = Path(__file__).resolve().parent
_FIGURE = Template((_HERE / "chain_figure.svg").read_text(encoding="utf-8"))
_CITE = (_HERE / "cite.js").read_text(encoding="utf-8")
_EQUATIONS = Template((_HERE / "equations.html").read_text(encoding="utf-8"))


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
    gr.HTML(_chain() + _results(models), apply_default_css=False, elem_classes="about-chain")
    gr.Markdown("\n".join([*lines, text("about.links")]), elem_classes="about")
    gr.HTML(_citation(), js_on_load=_CITE, apply_default_css=False, elem_classes="about-chain", elem_id="cite")


def _chain() -> str:
    """The figure, and the equations with their words."""
    parts = ("image", "prior", "mask", "answer", "segmentor", "toss", "steps")
    words = {part: escape(text(f"about.figure.{part}")) for part in parts} | {"alt": escape(text("about.chain_alt"))}
    told = {part: escape(text(f"about.equation.{part}")) for part in ("forward", "start", "guess", "mean", "next")}
    figure, equations = _FIGURE.substitute(words), _EQUATIONS.substitute(told)
    return f'<h2>{escape(text("about.chain"))}</h2><figure tabindex="0">{figure}</figure>{equations}'


def _citation() -> str:
    """BibTeX of the method and of this software, with a button that copies it."""
    entry = Template((_HERE / "citation.bib").read_text(encoding="utf-8")).substitute(version=__version__)
    title, copy = (escape(text(f"about.{name}")) for name in ("cite", "cite_copy"))
    copied, failed = escape(text("link.copied")), escape(text("link.failed"))
    return (
        f'<h2>{title}</h2><pre tabindex="0" role="group" aria-label="{title}">{escape(entry)}</pre>'
        f'<button type="button" data-copied="{copied}" data-failed="{failed}">{copy}</button>'
        '<span role="status"></span>'
    )


def _results(models: Mapping[str, HiDiff]) -> str:
    """A table of what the weights' cards say of test sets; "" where they say nothing."""
    found = [(model.task.title, one) for model in models.values() for one in test_sets(model)]
    if not found:
        return ""
    columns = ("set", "cases", "prior", "refined", "change")
    head = "".join(f'<th scope="col">{escape(text(f"about.column.{name}"))}</th>' for name in columns)
    body = "".join(_row(task, one) for task, one in found)
    title, info = escape(text("about.results")), escape(text("about.results_info"))
    return (
        f'<h2>{title}</h2><p>{info}</p><div class="results" tabindex="0" role="group" aria-label="{title}">'
        f"<table><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def _row(task: str, one: TestSet) -> str:
    cells = [
        str(one.cases),
        text("about.score", mean=one.prior.mean),
        text("about.score_span", **asdict(one.refined)),
        text("about.change", **asdict(one.change)),
    ]
    named = f'<th scope="row">{escape(one.name)} <small>{escape(task)}</small></th>'
    return f"<tr>{named}{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
