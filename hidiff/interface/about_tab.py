"""The tab that explains: what one sees, how to call it, where weights and examples come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path
from string import Template

import gradio as gr

from hidiff import __version__
from hidiff.interface.examples import Example, unmarked_title
from hidiff.interface.model_card import TestSet, known_failures, test_sets
from hidiff.interface.runs.run import weights_note
from hidiff.interface.said_html import element, filled_template, says
from hidiff.interface.task_words import title_of
from hidiff.interface.texts import native, text
from hidiff.pipeline import HiDiff

_HERE = Path(__file__).resolve().parent
_FIGURE = (_HERE / "chain_figure.svg").read_text(encoding="utf-8")
_EQUATIONS = (_HERE / "equations.html").read_text(encoding="utf-8")
_CITE = (_HERE / "cite.js").read_text(encoding="utf-8")


def about_tab(models: Mapping[str, HiDiff], examples: Sequence[Example]) -> None:
    """Lay the tab out."""
    gr.HTML(_chain() + _results(models), apply_default_css=False, elem_classes="about-chain")
    gr.Markdown(native(text("about.body")), elem_classes="about")
    gr.HTML(_facts(models, examples), apply_default_css=False, elem_classes="about-chain")
    gr.Markdown(native(text("about.links")), elem_classes=["about", "links"])
    gr.HTML(_citation(), js_on_load=_CITE, apply_default_css=False, elem_classes="about-chain", elem_id="cite")


def _facts(models: Mapping[str, HiDiff], examples: Sequence[Example]) -> str:
    """Lists of the weights, of what they are known to do badly, and of where the examples come from."""
    weights = "".join(element("li", weights_note(model)) for model in models.values())
    parts = [element("h2", text("about.weights")), f"<ul>{weights}</ul>"]
    failures = [(model.task, found) for model in models.values() if (found := known_failures(model))]
    if failures:
        parts.append(element("h2", text("about.failures")))
    for task, sentences in failures:
        told = "".join(element("li", sentence, 'lang="en"') for sentence in sentences)
        parts.append(f"{element('h3', title_of(task))}<ul>{told}</ul>")
    if examples:
        told = "".join(element("li", _credit(example)) for example in examples)
        parts += [element("h2", text("about.examples")), f"<ul>{told}</ul>"]
    return "".join(parts)


def _credit(example: Example) -> str:
    """What an example shows, where it comes from and its licence."""
    return text(
        "about.example",
        title=unmarked_title(example),
        synthetic=text("about.synthetic") if example.synthetic else "",
        source=example.source.rstrip("."),
        licence=example.licence.rstrip("."),
        note=example.note,
    )


def _chain() -> str:
    """The figure, and the equations with their words."""
    parts = ("image", "prior", "mask", "answer", "segmentor", "toss", "steps")
    words = {part: text(f"about.figure.{part}") for part in parts} | {"alt": text("about.chain_alt")}
    told = {part: text(f"about.equation.{part}") for part in ("forward", "start", "guess", "mean", "next")}
    figure, equations = filled_template(_FIGURE, words, {}), filled_template(_EQUATIONS, told, {})
    return f'{element("h2", text("about.chain"))}<figure tabindex="0">{figure}</figure>{equations}'


def _citation() -> str:
    """BibTeX of the method and of this software, with a button that copies it."""
    entry = Template((_HERE / "citation.bib").read_text(encoding="utf-8")).substitute(version=__version__)
    title, copy = text("about.cite"), element("button", text("about.cite_copy"), 'type="button"')
    return (
        f'{element("h2", title)}<pre tabindex="0" role="group" aria-label="{escape(title)}"{says(aria_label=title)}>'
        f'{escape(entry)}</pre>{copy}<span role="status"></span>'
    )


def _results(models: Mapping[str, HiDiff]) -> str:
    """A table of what the weights' cards say of test sets; "" where they say nothing."""
    found = [(title_of(model.task), one) for model in models.values() for one in test_sets(model)]
    if not found:
        return ""
    columns = ("set", "cases", "prior", "refined", "change")
    head = "".join(element("th", text(f"about.column.{name}"), 'scope="col"') for name in columns)
    body = "".join(_row(task, one) for task, one in found)
    title, info = text("about.results"), element("p", text("about.results_info"))
    return (
        f'{element("h2", title)}{info}<div class="results" tabindex="0" role="group" aria-label="{escape(title)}"'
        f"{says(aria_label=title)}>"
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
    named = f'<th scope="row">{escape(one.name)} {element("small", task)}</th>'
    return f"<tr>{named}{''.join(element('td', cell) for cell in cells)}</tr>"
