"""The real-valued twin beside the binary weights: opened when it is asked for, another network with other bits."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from small_model import build, picture

from hidiff.checkpoints.manifest import CARD, write_manifest
from hidiff.cli.pack import add_arguments, run
from hidiff.errors import SettingsError, WeightsError
from hidiff.interface.runs.compare import comparison_of, differences
from hidiff.interface.runs.recipe import Recipe, Source
from hidiff.models.denoiser import Denoiser
from hidiff.pipeline import DENOISER_FILE, REAL_FILE, HiDiff


def twin_of(model: HiDiff, **changes: object) -> HiDiff:
    config = replace(model.config.denoiser, binary=False, **changes)  # type: ignore[arg-type]
    return HiDiff(replace(model.config, denoiser=config), model.segmentor, Denoiser(config))


def pack(*words: object) -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args([str(word) for word in words]))


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A folder of binary weights with its twin, made by the command."""
    model = build()
    model.save_pretrained(tmp_path / "task")
    twin_of(model).save_pretrained(tmp_path / "real")
    (tmp_path / "task" / CARD).write_text(json.dumps({"seed": 1}))
    part = {"cases": 2, "prior": 0.5, "refined": 0.6, "refined_minus_prior": 0.1, "worst": []}
    (tmp_path / "real" / CARD).write_text(json.dumps({"seed": 4, "val": {"data_sets": {"discs": part}}}))
    write_manifest(tmp_path)
    assert pack(tmp_path / "task", "--twin", tmp_path / "real") == 0
    return tmp_path / "task"


def test_the_twin_lies_beside_in_half_precision_and_is_opened_when_asked_for(weights: Path) -> None:
    whole = load_file(weights.parent / "real" / DENOISER_FILE)
    half = load_file(weights / REAL_FILE)
    assert whole.keys() == half.keys() and half["head.weight"].dtype == torch.float16
    card = json.loads((weights / CARD).read_text())
    assert card["seed"] == 1 and card["twin"]["seed"] == 4
    assert card["twin"]["val"]["discs"].keys() == {"cases", "prior", "refined", "refined_minus_prior"}
    assert f"task/{REAL_FILE}" in (weights.parent / "manifest.json").read_text()
    twin = HiDiff.from_pretrained(weights, network="real")
    assert isinstance(twin.denoiser, Denoiser) and not twin.config.denoiser.binary
    torch.testing.assert_close(twin.denoiser.head.weight, whole["head.weight"], rtol=1e-3, atol=1e-4)


def test_a_refinement_by_the_twin_is_the_twins_own(weights: Path) -> None:
    model, twin = HiDiff.from_pretrained(weights), HiDiff.from_pretrained(weights, network="real")
    assert model.has_real
    ours = model.refine(picture(), network="real").finish()
    theirs = twin.refine(picture()).finish()
    binary = model.refine(picture()).finish()
    assert ours.runner.network == "real" and np.array_equal(ours.trace().eps_hat, theirs.trace().eps_hat)
    assert not np.array_equal(ours.trace().eps_hat, binary.trace().eps_hat)


def test_the_twin_is_opened_once_and_not_before(weights: Path) -> None:
    model = HiDiff.from_pretrained(weights)
    content = (weights / REAL_FILE).read_bytes()
    (weights / REAL_FILE).write_bytes(b"damaged")
    model.refine(picture()).finish()
    with pytest.raises(WeightsError, match="twin"):
        model.runner("real")
    (weights / REAL_FILE).write_bytes(content)
    assert model.runner("real").denoiser.network is model.runner("real").denoiser.network


def test_without_a_twin_it_is_neither_offered_nor_given(tmp_path: Path) -> None:
    build().save_pretrained(tmp_path)
    model = HiDiff.from_pretrained(tmp_path)
    assert not model.has_real and "twin" not in differences(model)
    with pytest.raises(SettingsError, match="no real-valued twin"):
        model.refine(picture(), network="real")
    with pytest.raises(WeightsError, match="no real-valued twin"):
        HiDiff.from_pretrained(tmp_path, network="real")


def test_two_lanes_can_differ_in_the_network(weights: Path, tmp_path: Path) -> None:
    model = HiDiff.from_pretrained(weights)
    assert "twin" in differences(model)
    recipe = Recipe("task", Source(tmp_path / "a.png", "a.png"), model.config.settings)
    against = comparison_of(model, recipe, "twin")
    assert against.recipe == replace(recipe, network="real") and len(set(against.titles)) == 2


def test_the_twin_of_another_network_is_refused(weights: Path, tmp_path: Path) -> None:
    twin_of(build(), cross_transformer=False).save_pretrained(tmp_path / "other")
    build().save_pretrained(tmp_path / "binary")
    for folder in ("other", "binary"):
        with pytest.raises(WeightsError, match="not the real-valued twin"):
            pack(weights, "--twin", tmp_path / folder, "--overwrite")
    with pytest.raises(SettingsError, match="name one"):
        pack(weights, tmp_path / "binary", "--twin", tmp_path / "real")
