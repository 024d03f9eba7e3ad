"""A shift of the segmentor's logits: of every kind, in a folder of its own, and nothing else changes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from small_model import build, picture

from hidiff.checkpoints.networks import SEGMENTOR_FILE
from hidiff.errors import SettingsError
from hidiff.models.segmentor import SEGMENTORS, build_segmentor
from hidiff.pipeline import HiDiff
from hidiff.training.logit_shift import raise_logits


@pytest.mark.parametrize("kind", SEGMENTORS)
@torch.no_grad()
def test_what_is_added_to_the_bias_is_added_to_every_logit_and_to_no_feature(kind: str) -> None:
    network = build_segmentor(SEGMENTORS[kind].config()).eval()
    image = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    before = network(image)
    bias = network.logit_bias()
    assert bias is not None
    bias += 0.75
    after = network(image)
    torch.testing.assert_close(after.logits, before.logits + 0.75, rtol=0, atol=1e-4)
    assert all(torch.equal(*maps) for maps in zip(before.features, after.features, strict=True))


def test_a_folder_is_written_whose_priors_are_shifted_and_whose_card_adds_up(tmp_path: Path) -> None:
    build().save_pretrained(tmp_path / "before")
    after = raise_logits(tmp_path / "before", 0.5, tmp_path / "after")
    before = HiDiff.from_pretrained(tmp_path / "before")
    image = picture(64, 64)
    logits = [np.log(p / (1 - p)) for p in (model.prior(image).p.astype(np.float64) for model in (before, after))]
    assert np.abs(logits[1] - logits[0] - 0.5).max() < 0.01
    for file in (tmp_path / "before").iterdir():
        same = file.read_bytes() == (tmp_path / "after" / file.name).read_bytes()
        assert same == (file.name not in (SEGMENTOR_FILE, "card.json")), file.name
    raise_logits(tmp_path / "after", -0.2, tmp_path / "again")
    cards = [json.loads((tmp_path / name / "card.json").read_text())["raised"] for name in ("after", "again")]
    assert [card["by"] for card in cards] == [0.5, 0.3]


def test_what_cannot_be_raised_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    build().save_pretrained(tmp_path / "before")
    files = {file.name: file.read_bytes() for file in (tmp_path / "before").iterdir()}
    for by in (float("nan"), float("inf"), 11.0):
        with pytest.raises(SettingsError, match="give a number from -10 to 10"):
            raise_logits(tmp_path / "before", by, tmp_path / "after")
    with pytest.raises(SettingsError, match="choose another"):
        raise_logits(tmp_path / "before", 0.5, tmp_path / "before")
    assert not (tmp_path / "after").exists()
    assert files == {file.name: file.read_bytes() for file in (tmp_path / "before").iterdir()}
