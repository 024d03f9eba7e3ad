"""One colour scheme: what the page paints with is what the files are drawn with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hidiff.visuals import colours

WEB = Path(__file__).resolve().parents[2] / "hidiff" / "interface" / "player" / "web"
SCRIPT = (WEB / "overlay.js").read_text(encoding="utf-8")
STYLE = (WEB / "player.css").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "colour"), [("ON", colours.FLIP_ON), ("OFF", colours.FLIP_OFF), ("ACCENT", colours.STROKE)]
)
def test_the_script_has_the_files_colours(name: str, colour: colours.Colour) -> None:
    (found,) = re.findall(rf"const {name} = \[(\d+), (\d+), (\d+)\]", SCRIPT)
    assert tuple(int(level) for level in found) == colour


def test_the_script_has_the_files_colours_of_errors() -> None:
    (found,) = re.findall(r"const ERRORS = \[(.+)\]; // right, missed, false", SCRIPT)
    levels = [int(level) for level in re.findall(r"\d+", found)]
    assert levels == [*colours.RIGHT, *colours.MISSED, *colours.FALSE]


@pytest.mark.parametrize(
    ("name", "colour"),
    [
        ("on", colours.FLIP_ON),
        ("off", colours.FLIP_OFF),
        ("mark", colours.STROKE),
        ("right", colours.RIGHT),
        ("missed", colours.MISSED),
        ("false", colours.FALSE),
    ],
)
def test_the_style_has_the_files_colours(name: str, colour: colours.Colour) -> None:
    assert re.findall(rf"--{name}: (#[0-9a-f]{{6}});", STYLE) == ["#" + "".join(f"{level:02x}" for level in colour)]


def test_no_two_colours_are_alike() -> None:
    named = (colours.FLIP_ON, colours.FLIP_OFF, colours.STROKE, colours.MISSED, colours.FALSE, colours.RIGHT)
    for index, one in enumerate((*named, colours.OUTLINE, colours.EDGE)):
        others = [other for place, other in enumerate((*named, colours.OUTLINE, colours.EDGE)) if place != index]
        assert min(sum(abs(a - b) for a, b in zip(one, other, strict=True)) for other in others) > 70
