"""Going on from earlier weights: what begins where, what a fold never sees, and what the records say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor
from training_runs import train

from hidiff.data.cases import DataError
from hidiff.diffusion import bernoulli
from hidiff.errors import SettingsError, WeightsError
from hidiff.models.denoiser import Denoiser, DenoiserConfig
from hidiff.models.segmentor import LiteSegmentor
from hidiff.pipeline import HiDiff
from hidiff.training import stages
from hidiff.training.plans import PLANS
from hidiff.training.segmentor import Teacher
from hidiff.training.warm_start import WarmStart, load_matching

SMALL = DenoiserConfig(feature_channels=8, channels=(8, 8, 8, 8, 8), blocks=1, T=4)


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def same(first: Mapping[str, Tensor], second: Mapping[str, Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(value, second[name]) for name, value in first.items())


# --- a network begins ------------------------------------------------------------------------------------


def test_a_network_begins_at_the_state_and_leaves_out_what_it_has_no_place_for() -> None:
    earlier, later = Denoiser(SMALL), Denoiser(replace(SMALL, cross_transformer=False))
    load_matching(later, earlier.state_dict())
    assert set(later.state_dict()) < set(earlier.state_dict())
    assert all(torch.equal(value, earlier.state_dict()[name]) for name, value in later.state_dict().items())


def test_a_trust_table_that_is_lacking_begins_at_one_and_one_that_is_there_is_taken() -> None:
    plain, skipping = Denoiser(SMALL), Denoiser(replace(SMALL, prior_skip=True))
    load_matching(skipping, plain.state_dict())
    assert skipping.trust is not None and torch.equal(skipping.trust, torch.ones(4, 1))
    with torch.no_grad():
        skipping.trust.fill_(0.3)
    other = Denoiser(replace(SMALL, prior_skip=True))
    load_matching(other, skipping.state_dict())
    assert same(other.state_dict(), skipping.state_dict())


def test_weights_of_another_shape_are_refused_in_one_sentence() -> None:
    wide = Denoiser(replace(SMALL, channels=(8, 8, 8, 8, 16)))
    with pytest.raises(WeightsError, match=r"do not fit the plan \(.+\); choose weights of the same task\."):
        load_matching(Denoiser(SMALL), wide.state_dict())
    with pytest.raises(WeightsError, match="do not fit the plan"):
        load_matching(Denoiser(SMALL), Denoiser(replace(SMALL, features=False)).state_dict())


@pytest.mark.parametrize("t", [1, 2, 4])
def test_a_denoiser_that_adds_nothing_answers_the_prior(t: int) -> None:
    network = Denoiser(replace(SMALL, prior_skip=True)).eval()
    with torch.no_grad():
        network.head.weight.zero_()
        assert network.head.bias is not None
        network.head.bias.zero_()
    source = torch.Generator().manual_seed(t)
    p = torch.rand(2, 1, 32, 32, generator=source).clamp(bernoulli.PRIOR_MARGIN, 1 - bernoulli.PRIOR_MARGIN)
    y_t = (torch.rand(2, 1, 32, 32, generator=source) < p).float()
    features = [torch.zeros(2, 8, 32 // s, 32 // s) for s in (4, 8, 16, 32)]
    with torch.no_grad():
        logits = network(torch.rand(2, 3, 32, 32, generator=source), y_t, p, torch.full((2,), t), features)
    torch.testing.assert_close(bernoulli.estimate(y_t, logits.sigmoid()), p, atol=1e-5, rtol=1e-5)


# --- a run begins ----------------------------------------------------------------------------------------


def test_a_started_run_begins_at_the_weights_and_says_so(tiny_task: str, folder: Path, tmp_path: Path) -> None:
    earlier = tmp_path / "earlier"
    assert train(folder, earlier, "--run", str(tmp_path / "first")) == 0
    still = ("--segmentor-iterations", "0", "--refiner-iterations", "0")
    assert train(folder, tmp_path / "later", "--run", str(tmp_path / "r"), "--init-from", str(earlier), *still) == 0
    for name in ("segmentor.safetensors", "denoiser.safetensors"):
        assert same(load_file(earlier / name), load_file(tmp_path / "later" / name))
    before = json.loads((earlier / "card.json").read_text())
    for file in (tmp_path / "later" / "card.json", tmp_path / "r" / "plan.json"):
        start = json.loads(file.read_text())["start"]
        names = ("segmentor.safetensors", "denoiser.safetensors")
        assert start["files"] == {name: sha256(earlier / name) for name in names}
        assert (start["data"], start["commits"], start["task"]) == (before["data"], before["commits"], "polyp")
    assert before["start"] is None


def test_a_denoiser_that_does_not_train_on_keeps_its_make_and_its_settings(
    tiny_task: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier, later = tmp_path / "earlier", tmp_path / "later"
    train(folder, earlier, "--run", str(tmp_path / "first"), "--folds", "0")
    plan = PLANS["polyp"]
    other = replace(plan, denoiser=replace(plan.denoiser, kinds=3), settings=replace(plan.settings, steps=2))
    monkeypatch.setitem(PLANS, "polyp", other)
    words = ("--init-from", str(earlier), "--folds", "0", "--segmentor-iterations", "2", "--refiner-iterations")
    train(folder, later, "--run", str(tmp_path / "a"), *words, "0")
    before, after = (HiDiff.from_pretrained(found).config for found in (earlier, later))
    assert (after.denoiser, after.settings) == (before.denoiser, before.settings) != (other.denoiser, other.settings)
    assert same(load_file(earlier / "denoiser.safetensors"), load_file(later / "denoiser.safetensors"))
    assert not same(load_file(earlier / "segmentor.safetensors"), load_file(later / "segmentor.safetensors"))
    train(folder, tmp_path / "trained", "--run", str(tmp_path / "b"), *words, "2")
    trained = HiDiff.from_pretrained(tmp_path / "trained").config
    assert (trained.denoiser, trained.settings) == (other.denoiser, other.settings)


def test_other_weights_do_not_resume_a_started_run(tiny_task: str, folder: Path, tmp_path: Path) -> None:
    train(folder, tmp_path / "a", "--run", str(tmp_path / "first"), "--folds", "0")
    run = ("--run", str(tmp_path / "run"), "--folds", "0", "--resume")
    train(folder, tmp_path / "b", *run, "--init-from", str(tmp_path / "a"))
    assert train(folder, tmp_path / "b", *run, "--init-from", str(tmp_path / "a")) == 0
    with pytest.raises(DataError, match="with other settings"):
        train(folder, tmp_path / "b", *run, "--init-from", str(tmp_path / "b"))
    with pytest.raises(DataError, match="with other settings"):
        train(folder, tmp_path / "b", *run)


def test_a_folds_segmentor_never_starts_from_what_has_seen_its_cases(
    tiny_task: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began: dict[str, Any] = {}

    def segmentor(run: Any, stage: str, config: Any, settings: Any, samples: Any, start: Any, *_: Any) -> LiteSegmentor:
        began[stage] = start
        return LiteSegmentor(config).eval()

    def refiner(*words: Any) -> Denoiser:
        began["refiner"] = words[5]
        return Denoiser(PLANS["polyp"].denoiser)

    train(folder, tmp_path / "earlier", "--run", str(tmp_path / "first"), "--folds", "0")
    monkeypatch.setattr(stages, "train_segmentor", segmentor)
    monkeypatch.setattr(stages, "train_refiner", refiner)
    train(folder, tmp_path / "later", "--run", str(tmp_path / "run"), "--init-from", str(tmp_path / "earlier"))
    assert same(began["segmentor"], load_file(tmp_path / "earlier" / "segmentor.safetensors"))
    assert same(began["refiner"], load_file(tmp_path / "earlier" / "denoiser.safetensors"))
    assert began["fold0"] is None and began["fold1"] is None


def test_a_segmentor_that_goes_on_keeps_to_the_features_of_its_earlier_weights(
    tiny_task: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taught: dict[str, Teacher | None] = {}

    def segmentor(run: Any, stage: str, config: Any, settings: Any, *given: Any) -> LiteSegmentor:
        taught[stage] = given[2] if settings.alignment else None
        return LiteSegmentor(config).eval()

    earlier, still = tmp_path / "earlier", ("--folds", "0", "--refiner-iterations", "0")
    train(folder, earlier, "--run", str(tmp_path / "first"), "--folds", "0")
    with pytest.raises(SettingsError, match="give --init-from too"):
        train(folder, tmp_path / "a", "--run", str(tmp_path / "a_run"), "--alignment", "0.5", *still)
    with pytest.raises(SettingsError, match="--alignment is -1"):
        train(folder, tmp_path / "a", "--init-from", str(earlier), "--alignment", "-1", *still)
    monkeypatch.setattr(stages, "train_segmentor", segmentor)
    for name, words in (("with", ("--alignment", "0.5")), ("without", ())):
        train(
            folder, tmp_path / name, "--run", str(tmp_path / f"{name}_run"), "--init-from", str(earlier), *words, *still
        )
        assert (taught["segmentor"] is not None) == (name == "with")
        if (teacher := taught["segmentor"]) is not None:
            assert teacher.sees_plain
            assert same(teacher.segmentor.state_dict(), load_file(earlier / "segmentor.safetensors"))
            assert not any(value.requires_grad for value in teacher.segmentor.parameters())


def test_a_run_goes_on_with_its_folds_and_only_with_them(tiny_task: str, folder: Path, tmp_path: Path) -> None:
    common, still = tmp_path / "common", ("--segmentor-iterations", "0", "--fold-iterations", "0")
    train(folder, tmp_path / "earlier", "--run", str(common))
    states = WarmStart.of(common).states
    words = ("--init-from", str(common), *still)
    assert train(folder, tmp_path / "later", "--run", str(tmp_path / "r"), *words, "--refiner-iterations", "2") == 0
    for name in ("fold0", "fold1"):
        assert same(WarmStart.of_run(tmp_path / "r").states[name], states[name])
    assert same(load_file(tmp_path / "later" / "segmentor.safetensors"), states["segmentor"])
    for other in (("--seed", "7"), ("--folds", "1")):
        with pytest.raises(SettingsError, match="give the same, for its folds"):
            train(folder, tmp_path / "x", "--run", str(tmp_path / "x"), *words, *other)
    assert train(folder, tmp_path / "y", "--run", str(tmp_path / "y"), *words, "--folds", "0", "--seed", "7") == 0


# --- variants go on from one common run ------------------------------------------------------------------


def test_every_variant_starts_from_the_common_run(tiny_task: str, folder: Path, tmp_path: Path) -> None:
    common = tmp_path / "common"
    train(folder, tmp_path / "weights", "--run", str(common))
    states = WarmStart.of_run(common).states
    assert set(states) == {"segmentor", "fold0", "fold1", "refiner"}
    for variant in ("no-cross-transformer", "collaborative"):
        words = ("--run", str(tmp_path / variant), "--variant", variant, "--common", str(common))
        assert train(folder, tmp_path / f"{variant}-weights", *words, "--refiner-iterations", "2") == 0
        card = json.loads((tmp_path / f"{variant}-weights" / "card.json").read_text())
        assert f"--variant {variant}" in card["command"]
        assert card["start"]["files"]["refiner.safetensors"] == sha256(common / "checkpoints" / "refiner.safetensors")
        segmentor = load_file(tmp_path / f"{variant}-weights" / "segmentor.safetensors")
        assert same(segmentor, states["segmentor"]) == (variant != "collaborative")
        lines = [json.loads(line) for line in (tmp_path / variant / "log.jsonl").read_text().splitlines()]
        trained = {line["stage"]: line["iteration"] for line in lines}
        assert trained == {"collaborative" if variant == "collaborative" else "refiner": 2}


def test_a_variant_needs_its_common_run(tiny_task: str, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="--variant and --common belong together"):
        train(folder, tmp_path / "out", "--variant", "no-focus")
    with pytest.raises(WeightsError, match="holds no run"):
        train(folder, tmp_path / "out", "--variant", "no-focus", "--common", str(tmp_path))
