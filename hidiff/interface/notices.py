"""Notices: a message that appears over the page, in the visitor's language."""

from __future__ import annotations

import json
from html import escape

import gradio as gr

from hidiff.interface.texts import Sentence, recognised, said_of, text


def warn(what: str | Exception, title: str) -> None:
    """Say what could not be done. what: a sentence, or an error that has one. title: the key of the line above it."""
    sentence = _sentence_of(what)
    heading = text(title)
    gr.Warning(_marked(sentence, heading), title=heading)


def tell(sentence: str) -> None:
    """Say what was done."""
    gr.Info(_marked(recognised(sentence)))


def _marked(sentence: str, heading: str = "") -> str:
    """HTML of a notice, which Gradio rids of attributes of ours: `page.js` finds in its title how to say it anew."""
    said = {"says": said_of(sentence), "heading": said_of(heading)}
    return f'<span title="{escape(json.dumps(said, ensure_ascii=False))}">{escape(sentence)}</span>'


def _sentence_of(what: str | Exception) -> str:
    if isinstance(what, str):
        return recognised(what)
    first = what.args[0] if what.args else ""
    return first if isinstance(first, Sentence) else recognised(str(what))
