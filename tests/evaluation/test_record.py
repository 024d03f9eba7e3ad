"""What of a report a card keeps: the figures that a reader of the weights asks for, in few digits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hidiff.evaluation.protocol import MASKS
from hidiff.evaluation.record import record_in_card


def report() -> dict[str, Any]:
    figure = {"mean": 0.123456789123, "low": 0.1, "high": 1 / 3}
    summary = {
        "cases": 2,
        "prior": figure,
        "refined_minus_prior": figure,
        "masks": {mask: {"cases": 2, "dice": figure} for mask in MASKS},
        "differences": {pair: {"dice": figure} for pair in ("refined - prior", "chains - mirrors", "chains - window")},
        "by_t": [1.0] * 1000,
        "by_size": {"smallest": figure},
        "corruptions": {"shifted": figure},
    }
    return {"protocol": {"corruptions": []}, "data_sets": {"d": summary}}


def test_a_card_keeps_the_masks_that_a_default_is_or_could_have_been(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text('{"command": "train"}')
    record_in_card(tmp_path, "val", 1, report())
    card = json.loads((tmp_path / "card.json").read_text())
    assert card["command"] == "train"
    kept = card["val"]["data_sets"]["d"]
    assert list(kept["masks"]) == ["prior", "window", "refined", "chains"]
    assert list(kept["differences"]) == ["refined - prior", "chains - window"]
    assert kept["corruptions"] and kept["refined_minus_prior"] and kept["cases"] == 2
    assert not {"by_t", "by_size"} & set(kept)
    assert kept["prior"] == {"mean": 0.1234568, "low": 0.1, "high": 0.3333333}
