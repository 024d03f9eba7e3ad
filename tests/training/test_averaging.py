"""The mean of several runs' weights, and what its card says."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from evaluated_model import build
from safetensors.torch import load_file
from training_runs import train

from hidiff.errors import SettingsError, WeightsError
from hidiff.pipeline import HiDiff
from hidiff.training.averaging import average, mean_state

NAMES = ("segmentor.safetensors", "denoiser.safetensors")


def saved(folder: Path, seed: int, **card: object) -> Path:
    model = build(seed=seed)
    model.save_pretrained(folder)
    told = {"command": f"run {seed}", "seed": seed, "data": {"a": 1}, "licence": "own", "val": {"figure": 1}}
    (folder / "card.json").write_text(json.dumps({**told, **card}))
    return folder


def test_floats_are_averaged_and_counters_are_the_last_ones() -> None:
    first = {"w": torch.tensor([1.0, -2.0]), "n": torch.tensor(3)}
    second = {"w": torch.tensor([2.0, 6.0]), "n": torch.tensor(8)}
    third = {"w": torch.tensor([6.0, 2.0]), "n": torch.tensor(5)}
    mean = mean_state([first, second, third])
    assert mean["w"].tolist() == [3.0, 2.0] and mean["w"].dtype == torch.float32
    assert mean["n"].item() == 5


def test_the_command_writes_the_mean_with_a_card_that_says_so(tmp_path: Path) -> None:
    folders = [saved(tmp_path / "1", 1), saved(tmp_path / "2", 2, raised={"by": 0.4})]
    out = tmp_path / "out"
    assert train(tmp_path, out, "--average", *map(str, folders)) == 0
    for name in NAMES:
        first, second, mean = (load_file(folder / name) for folder in (*folders, out))
        assert mean.keys() == first.keys()
        moved = [key for key in mean if not torch.equal(first[key], second[key])]
        assert moved
        for key in moved:
            if mean[key].is_floating_point():
                assert torch.allclose(mean[key], (first[key] + second[key]) / 2, atol=1e-6), key
    card = json.loads((out / "card.json").read_text())
    assert card["command"] == "python -m hidiff train --average DIR DIR --out DIR"
    assert [part["command"] for part in card["averaged"]] == ["run 1", "run 2"]
    for folder, part in zip(folders, card["averaged"], strict=True):
        assert part["files"] == {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in NAMES}
    assert "raised" not in card and [part.get("raised") for part in card["averaged"]] == [None, {"by": 0.4}]
    assert card["licence"] == "own" and "val" not in card  # the figures of one run are not those of the mean
    HiDiff.from_pretrained(out, trainable=True).save_pretrained(tmp_path / "again")
    packed, again = (load_file(folder / "denoiser.packed.safetensors") for folder in (out, tmp_path / "again"))
    assert packed.keys() == again.keys() and all(torch.equal(packed[key], again[key]) for key in packed)
    assert HiDiff.from_pretrained(out).config == HiDiff.from_pretrained(folders[-1]).config


def test_what_does_not_fit_is_refused_in_one_sentence(tmp_path: Path) -> None:
    folder = saved(tmp_path / "a", 1)
    with pytest.raises(SettingsError, match="two folders"):
        average([folder], tmp_path / "out")
    with pytest.raises(WeightsError):
        average([folder, tmp_path / "nothing"], tmp_path / "out")
    other = build(seed=2)
    other.config = replace(other.config, task=replace(other.config.task, name="else"))
    other.save_pretrained(tmp_path / "b")
    with pytest.raises(SettingsError, match="different makes"):
        average([folder, tmp_path / "b"], tmp_path / "out")
    assert not (tmp_path / "out").exists()
