"""`python -m hidiff texts`: every text with the place where it appears, and what a language lacks."""

from __future__ import annotations

import pytest

from hidiff.__main__ import main
from hidiff.interface import texts
from hidiff.interface.texts import AGENTS, ENGLISH


def test_every_text_is_a_line_with_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["texts", "de"]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [key for _, key, _, _ in lines] == [key for key in ENGLISH if not key.startswith(AGENTS)]
    told = {key: (place, english, own) for place, key, english, own in lines}
    assert told["refine.stop"] == ("the tab that refines", "Stop", "Anhalten")


def test_what_a_language_lacks_is_listed_and_said_in_english(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {key: said for key, said in texts.modules()["de"].TEXTS.items() if key != "refine.stop"}
    monkeypatch.setattr(texts.modules()["de"], "TEXTS", own)
    assert main(["texts", "de", "--missing"]) == 1
    assert "\trefine.stop\tStop\t\n" in capsys.readouterr().out
    assert texts.texts_of("de")["refine.stop"] == "Stop"
    assert main(["texts", "--missing"]) == 0  # English lacks nothing
    assert main(["texts", "tlh"]) == 2
