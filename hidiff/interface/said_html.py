"""HTML that says a text in English and knows how to say it in every other language: `texts.js` writes it anew."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import escape

from hidiff.interface.texts import Sentence, said_of

_TAG = re.compile(r"<[a-z][^>]*\$[^>]*>")
_ATTRIBUTE = re.compile(r'([\w-]+)="\$(\w+)"')
_WORDS = re.compile(r">([^<]*\$[^<]*)(?=<)")
_DRAWN = re.compile(r"<text([^>]*)>\$(\w+)</text>")  # of a drawing, in which no element of HTML may stand
_NAME = re.compile(r"\$(\w+)")


def says(**parts: str) -> str:
    """The attribute by which an element says texts: `text` is what stands in it, other names are its attributes."""
    said = {name.replace("_", "-"): said_of(words) for name, words in parts.items() if isinstance(words, Sentence)}
    return f' data-says="{escape(json.dumps(said, ensure_ascii=False))}"' if said else ""


def element(tag: str, sentence: str, attributes: str = "") -> str:
    """An element that says one sentence. attributes: as they stand in HTML."""
    before = f" {attributes}" if attributes else ""
    return f"<{tag}{before}{says(text=sentence)}>{escape(sentence)}</{tag}>"


def filled_template(template: str, texts: Mapping[str, str], others: Mapping[str, str]) -> str:
    """A template of HTML with each `$name` filled in: of `texts` so that it can be said anew, where it is all of an
    attribute or stands in the text of an element; of `others`, HTML, as it is. Raises KeyError for an unknown name."""

    def attributes(tag: re.Match[str]) -> str:
        found = {attribute: texts[name] for attribute, name in _ATTRIBUTE.findall(tag[0]) if name in texts}
        if not found:
            return tag[0]
        written = _ATTRIBUTE.sub(
            lambda one: f'{one[1]}="{escape(texts[one[2]])}"' if one[2] in texts else one[0], tag[0]
        )
        return written[:-1] + says(**found) + ">"

    def words(text: re.Match[str]) -> str:
        return ">" + _NAME.sub(lambda one: element("bdi", texts[one[1]]) if one[1] in texts else one[0], text[1])

    drawn = _DRAWN.sub(lambda one: element("text", texts[one[2]], one[1].strip()), template)
    marked = _WORDS.sub(words, _TAG.sub(attributes, drawn))
    return _NAME.sub(lambda one: others[one[1]], marked)
