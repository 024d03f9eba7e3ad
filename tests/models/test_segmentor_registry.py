"""The socket for segmentors: what each kind promises, the kind in config.json, and a kind that is one entry."""

from __future__ import annotations

import ast
import json
from dataclasses import asdict, dataclass, is_dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from small_model import DENOISER, TASK, picture
from torch import Tensor, nn
from training_runs import train

import hidiff
from hidiff.checkpoints.config import HiDiffConfig
from hidiff.errors import SettingsError, WeightsError
from hidiff.models.denoiser import DenoiserConfig
from hidiff.models.segmentor import (
    FEATURE_STRIDES,
    SEGMENTORS,
    LiteConfig,
    SegmentorConfig,
    SegmentorKind,
    SegmentorOutput,
    TrainableSegmentor,
    build_segmentor,
    kind_of,
    segmentor_config,
    segmentor_json,
)
from hidiff.models.unet import UNetConfig
from hidiff.pipeline import HiDiff
from hidiff.training.plans import PLANS, Plan, completed

PACKAGE = Path(hidiff.__file__).parent


# --- what each kind promises -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", SEGMENTORS)
def test_each_kind_keeps_the_protocol(name: str) -> None:
    config = SEGMENTORS[name].config()
    assert is_dataclass(config) and kind_of(config) == name and config.classes == 1
    network = build_segmentor(config)
    with torch.inference_mode():
        out = network.eval()(torch.rand(1, 3, 64, 32, generator=torch.Generator().manual_seed(0)))
    assert out.logits.shape == (1, 1, 64, 32)
    assert [f.shape for f in out.features] == [(1, config.feature_channels, 64 // s, 32 // s) for s in FEATURE_STRIDES]
    groups = network.parameter_groups()
    assert all(group.parameters for group in groups)
    assert sorted(id(p) for group in groups for p in group.parameters) == sorted(id(p) for p in network.parameters())
    assert network.freeze() is network
    assert not any(p.requires_grad for p in network.parameters())
    assert not any(m.training for m in network.modules() if isinstance(m, nn.BatchNorm2d))


def test_the_lite_encoder_learns_at_its_own_rate() -> None:
    network = build_segmentor(LiteConfig(width=8))
    encoder, decoder = network.parameter_groups()
    assert (encoder.part, decoder.part) == ("encoder", "decoder")
    names = {id(p): name for name, p in network.named_parameters()}
    assert all(names[id(p)].startswith("encoder.") for p in encoder.parameters)
    assert not any(names[id(p)].startswith("encoder.") for p in decoder.parameters)
    training = PLANS["polyp"].segmentor_training
    assert training.peak_lr(encoder) == training.encoder_lr and training.peak_lr(decoder) == training.decoder_lr


# --- config.json -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("config", [LiteConfig(width=8, finest_stride=2), UNetConfig(width=4, feature_channels=8)])
def test_a_config_is_read_back_as_it_was(config: SegmentorConfig) -> None:
    whole = HiDiffConfig(TASK, config, DENOISER)
    data = json.loads(json.dumps(whole.to_json()))
    assert data["segmentor"]["kind"] == kind_of(config)
    assert HiDiffConfig.from_json(data) == whole
    assert segmentor_config(segmentor_json(config)) == config


def test_a_config_that_names_no_kind_is_the_lite_one() -> None:
    data = HiDiffConfig(TASK, LiteConfig(width=8), DENOISER).to_json()
    del data["segmentor"]["kind"]
    assert HiDiffConfig.from_json(data).segmentor == LiteConfig(width=8)


@pytest.mark.parametrize("kind", ["transformer", "Lite", "", 3, None])
def test_an_unknown_kind_is_one_sentence(kind: object) -> None:
    data = HiDiffConfig(TASK, LiteConfig(width=8), DENOISER).to_json()
    data["segmentor"]["kind"] = kind
    with pytest.raises(WeightsError, match=r"segmentor is a .* this version knows lite, unet; update hidiff") as error:
        HiDiffConfig.from_json(data)
    assert str(error.value).count("\n") == 0


@pytest.mark.parametrize("damage", [{"kind": ["lite"]}, {"depth": 3}, {"kind": "unet", "finest_stride": 4}])
def test_a_segmentor_that_cannot_be_read_is_one_sentence(damage: dict[str, object]) -> None:
    data = HiDiffConfig(TASK, LiteConfig(width=8), DENOISER).to_json()
    with pytest.raises(WeightsError, match="is not one this version reads"):
        HiDiffConfig.from_json({**data, "segmentor": {**data["segmentor"], **damage}})


def test_features_that_the_denoiser_does_not_expect_are_one_sentence() -> None:
    said = "features of 8 channels and the denoiser expects 64; give both one number"
    with pytest.raises(WeightsError, match=said):
        HiDiffConfig(TASK, LiteConfig(width=8), DenoiserConfig())
    with pytest.raises(WeightsError, match=said):
        Plan(segmentor=UNetConfig(feature_channels=8))
    data = HiDiffConfig(TASK, LiteConfig(width=8), DENOISER).to_json()
    data["denoiser"]["feature_channels"] = 64
    with pytest.raises(WeightsError, match=f"^The segmentor gives {said}"):
        HiDiffConfig.from_json(data)


# --- plans -----------------------------------------------------------------------------------------------


def test_a_plan_with_another_segmentor_fits_its_denoiser() -> None:
    plan = PLANS["fundus"].with_segmentor("unet")
    assert plan.segmentor == UNetConfig()
    assert plan.denoiser == replace(PLANS["fundus"].denoiser, feature_channels=UNetConfig().feature_channels)
    assert plan.refiner_training == PLANS["fundus"].refiner_training
    assert PLANS["fundus"].with_segmentor("lite") == PLANS["fundus"]
    assert completed(plan.to_json()) == plan.to_json()
    with pytest.raises(SettingsError, match="segmentor is 'x'; choose one of lite, unet"):
        plan.with_segmentor("x")


def test_a_plan_that_an_earlier_version_kept_has_the_lite_segmentor() -> None:
    kept = PLANS["fundus"].to_json()
    del kept["segmentor"]["kind"]
    assert completed(kept) == PLANS["fundus"].to_json()


# --- one entry -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ToyConfig(SegmentorConfig):
    """channels: a field of this kind alone, a tuple."""

    channels: tuple[int, ...] = (6, 5)

    @property
    def feature_channels(self) -> int:
        """The last one's."""
        return self.channels[-1]


class Toy(TrainableSegmentor):
    """A convolution, and its means as features."""

    def __init__(self, config: ToyConfig) -> None:
        super().__init__(config)
        self.first = nn.Conv2d(3, config.channels[0], 3, padding=1)
        self.last = nn.Conv2d(config.channels[0], config.channels[-1], 1)
        self.head = nn.Conv2d(config.channels[-1], config.classes, 1)

    def forward(self, image: Tensor) -> SegmentorOutput:
        x = self.last(self.first(image).relu())
        d4, d8, d16, d32 = (nn.functional.avg_pool2d(x, stride) for stride in FEATURE_STRIDES)
        return SegmentorOutput(self.head(x), (d4, d8, d16, d32))


def test_one_entry_adds_a_segmentor(
    tiny_task: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SEGMENTORS, "toy", SegmentorKind("a toy", ToyConfig, Toy))
    words = ("--segmentor", "toy", "--folds", "2", "--collaborative-iterations", "2")
    assert train(folder, tmp_path / "out", "--run", str(tmp_path / "run"), *words) == 0
    data = json.loads((tmp_path / "out" / "config.json").read_text())
    assert data["segmentor"] == {"kind": "toy", **asdict(ToyConfig()), "channels": [6, 5]}
    model = HiDiff.from_pretrained(tmp_path / "out")
    assert isinstance(model.segmentor, Toy) and model.config.segmentor == ToyConfig()
    image = picture(40, 56)
    prior = model.prior(image)
    refined = model.refine(image, prior).finish().probability()
    assert prior.p.shape == refined.shape == (1, 40, 56) and np.isfinite(refined).all()
    monkeypatch.delitem(SEGMENTORS, "toy")
    with pytest.raises(WeightsError, match="segmentor is a 'toy' and this version knows lite, unet"):
        HiDiff.from_pretrained(tmp_path / "out")


def test_only_the_table_and_the_plans_name_a_kind() -> None:
    kinds = {"LiteSegmentor", "LiteConfig", "Encoder", "UNet", "UNetConfig"}
    own = {"models/segmentor.py", "models/lite_segmentor.py", "models/unet.py", "training/plans.py"}
    for file in PACKAGE.rglob("*.py"):
        if str(file.relative_to(PACKAGE)) not in own:
            names = {node.id for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Name)}
            assert not names & kinds, file
