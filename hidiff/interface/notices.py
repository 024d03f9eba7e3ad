"""Notices: a message that appears over the page, in the visitor's language."""

from __future__ import annotations

import gradio as gr

from hidiff.interface.said_html import element, says
from hidiff.interface.texts import Sentence, recognised, text


def warn(what: str | Exception, title: str) -> None:
    """Say what could not be done. what: a sentence, or an error that has one. title: the key of the line above it."""
    sentence = _sentence_of(what)
    heading = text(title)
    marked = says(text=heading).replace("data-says", "data-title")  # the page says it above
    gr.Warning(element("span", Sentence(sentence, getattr(sentence, "said", sentence)), marked), title=heading)


def tell(sentence: str) -> None:
    """Say what was done."""
    gr.Info(element("span", recognised(sentence)))


def _sentence_of(what: str | Exception) -> str:
    if isinstance(what, str):
        return recognised(what)
    first = what.args[0] if what.args else ""
    return first if isinstance(first, Sentence) else recognised(str(what))
