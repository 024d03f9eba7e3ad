"""The panel of the reference mask: where one is brought, and the table of scores against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from hidiff.interface.said_html import element
from hidiff.interface.texts import Said, in_english, native, text
from hidiff.interface.widgets import upload_slot

_DIGITS = {"dice": 3, "iou": 3, "hd95": 1, "missed": 0, "false": 0}  # behind the point, of a score and a difference
_LESS_IS_BETTER = ("hd95", "missed", "false")


@dataclass(frozen=True)
class ReferencePanel:
    """upload: a reference mask of the visitor's own. table: the scores of what is on the screen."""

    upload: gr.Image
    table: gr.HTML


def reference_panel() -> ReferencePanel:
    """Render the panel; its upload takes no address."""
    with gr.Accordion(native(text("reference.title")), open=False, elem_id="reference-panel"):
        upload = upload_slot("reference", "reference.upload", "reference.upload_hint")
        table = gr.HTML(table_of({}), apply_default_css=False, elem_id="scores")
    return ReferencePanel(upload, table)


def table_of(payload: Mapping[str, Any]) -> str:
    """HTML: the scores in a player's value, a table a lane; a sentence where there is no reference."""
    lanes = [payload, payload.get("second") or {}]
    tables = [_table(lane["scores"], lane.get("title") or "") for lane in lanes if lane.get("scores")]
    return "".join(tables) or element("p", text("reference.none"))


def _table(scores: Mapping[str, Mapping[str, Any]], title: Said) -> str:
    heads = "".join(
        element("th", text(f"reference.{one}"), 'scope="col"') for one in ("prior", "refined", "difference")
    )
    caption = element("caption", in_english(title)) if title else ""
    rows = "".join(_row(name, scores["prior"][name], scores["refined"][name]) for name in _DIGITS)
    same = element("p", text("reference.same")) if scores["prior"]["dice"] == 1 else ""
    return f"{same}<table>{caption}<thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _row(name: str, before: Any, after: Any) -> str:
    """The difference is that of the numbers as they are shown, so that a reader's sum comes out."""
    digits = _DIGITS[name]
    cells = [_number("digits", digits, one) for one in (before, after)]
    mark = ""
    if before is None or after is None:
        cells.append(text("reference.no_number"))
    else:
        gain = round(after, digits) - round(before, digits)
        cells.append(_number("gain", digits, gain))
        better = gain < 0 if name in _LESS_IS_BETTER else gain > 0
        mark = "" if abs(gain) < 10**-digits / 2 else 'class="better"' if better else 'class="worse"'
    plain = "".join(element("td", cell) for cell in cells[:2])
    label = element("th", text(f"reference.{name}"), 'scope="row"')
    return f'<tr data-score="{name}">{label}{plain}{element("td", cells[2], mark)}</tr>'


def _number(kind: str, digits: int, value: Any) -> str:
    """kind: "digits", or "gain" with its sign. A score that there is none of is a dash."""
    return text("reference.no_number") if value is None else text(f"reference.{kind}_{digits}", value=value)
