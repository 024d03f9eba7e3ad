"""Packed weights: small, the same network, refused with one sentence when they are not right; and the shipped ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from hidiff.checkpoints.networks import CONFIG_FILE, DENOISER_FILE, SEGMENTOR_FILE
from hidiff.cli.pack import pack_folder
from hidiff.errors import WeightsError
from hidiff.imaging.files import read_image
from hidiff.metrics import dice
from hidiff.models.denoiser import Denoiser, DenoiserConfig
from hidiff.models.packed.denoiser import PackedDenoiser
from hidiff.models.packed.file import PACKED_FILE, load_packed, pack_state, save_packed
from hidiff.models.packed.network import PackedNetwork
from hidiff.pipeline import HiDiff
from hidiff.tasks import TASKS

ROOT = Path(__file__).resolve().parents[2]
CONFIG = DenoiserConfig(feature_channels=6, channels=(5, 8, 8, 8, 16), blocks=1, T=4, prior_skip=True)


def network(seed: int = 0, config: DenoiserConfig = CONFIG) -> Denoiser:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        made = Denoiser(config)
        for parameter in made.parameters():
            torch.nn.init.normal_(parameter, 0.1, 0.5)
    return made.eval()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    save_packed(network(), tmp_path / PACKED_FILE)
    return tmp_path / PACKED_FILE


def parts(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    with safe_open(path, framework="pt") as opened:
        return load_file(path), opened.metadata()


def test_signs_and_scales_come_back_and_all_else_too(file: Path) -> None:
    own, loaded = network().state_dict(), load_packed(file, CONFIG).state_dict()
    assert own.keys() == loaded.keys()
    for name, value in own.items():
        if ".conv.weight" in name:
            assert torch.equal(value >= 0, loaded[name] >= 0)
            assert torch.allclose(value.abs().mean((1, 2, 3)), loaded[name].abs().amax((1, 2, 3)))
        elif name.startswith("cross.") and value.ndim == 2:
            assert torch.equal(value.half().float(), loaded[name])
        else:
            assert torch.equal(value, loaded[name])


def test_a_binary_weight_takes_one_bit() -> None:
    state = pack_state(network())
    for name, value in network().state_dict().items():
        if ".conv.weight" in name:
            assert state[f"{name}.signs"].numel() == -(-value.numel() // 8)
            assert name not in state


def test_packed_twice_is_packed_once(file: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    save_packed(load_packed(file, CONFIG), again)
    first, second = (parts(path)[0] for path in (file, again))
    assert all(torch.allclose(first[name].float(), second[name].float(), rtol=1e-6) for name in first)
    assert all(torch.equal(first[name], second[name]) for name in first if name.endswith(".signs"))


def test_the_real_twin_cannot_be_packed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="twin"):
        save_packed(Denoiser(replace(CONFIG, binary=False)), tmp_path / PACKED_FILE)


def turn_a_bit(state: dict[str, Tensor], _: dict[str, str]) -> None:
    state["encoder.0.blocks.0.conv.weight.signs"][3] ^= 1


CHANGES: dict[str, tuple[Callable[[dict[str, Tensor], dict[str, str]], object], str]] = {
    "a bit turned": (turn_a_bit, "digest"),
    "another config": (lambda _, meta: meta.update(config=meta["config"].replace('"T": 4', '"T": 5')), "digest"),
    "no digest": (lambda _, meta: meta.pop("digest"), "digest"),
    "another format": (lambda _, meta: meta.update(format="2"), "format '2'"),
    "no format": (lambda _, meta: meta.pop("format"), "format None"),
    "a tensor gone": (lambda state, _: state.pop("head.bias"), "digest"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_file_that_is_not_right_is_refused(file: Path, name: str) -> None:
    change, told = CHANGES[name]
    state, metadata = parts(file)
    change(state, metadata)
    save_file(state, file, metadata)
    with pytest.raises(WeightsError, match=told) as caught:
        load_packed(file, CONFIG)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


@pytest.mark.parametrize("config", [replace(CONFIG, T=5), replace(CONFIG, channels=(8, 8, 8, 8, 16))])
def test_a_file_of_another_shape_is_refused(file: Path, config: DenoiserConfig) -> None:
    with pytest.raises(WeightsError, match=r"does not fit its config\.json"):
        load_packed(file, config)


@pytest.mark.parametrize("content", [b"", b"no weights", b"\xff" * 100])
def test_a_file_that_cannot_be_read_is_refused(file: Path, content: bytes) -> None:
    for damaged in (content, file.read_bytes()[:-9]):
        file.write_bytes(damaged)
        with pytest.raises(WeightsError, match="fetch"):
            load_packed(file, CONFIG)
    file.unlink()
    with pytest.raises(WeightsError, match="fetch"):
        load_packed(file, CONFIG)


# --- the shipped weights, packed anew where no packed file ships yet ----------------------------------------


@pytest.fixture(scope="module", params=sorted(TASKS))
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = tmp_path_factory.mktemp("packed") / request.param
    made.mkdir()
    for name in (CONFIG_FILE, SEGMENTOR_FILE, DENOISER_FILE):
        (made / name).write_bytes((ROOT / "weights" / request.param / name).read_bytes())
    pack_folder(made)
    return made


def test_a_task_takes_less_than_12_megabytes_and_its_denoiser_less_than_2_3(folder: Path) -> None:
    sizes = {name: (folder / name).stat().st_size for name in (CONFIG_FILE, SEGMENTOR_FILE, PACKED_FILE)}
    assert sizes[PACKED_FILE] < 2.3e6  # a fifth of it the time tables, three times
    assert sum(sizes.values()) < 12e6


def test_the_float_file_is_not_needed_and_not_opened(folder: Path) -> None:
    content = (folder / DENOISER_FILE).read_bytes()
    (folder / DENOISER_FILE).write_bytes(b"damaged")
    try:
        model = HiDiff.from_pretrained(folder)
    finally:
        (folder / DENOISER_FILE).write_bytes(content)
    assert isinstance(model.denoiser, PackedDenoiser)


def test_both_engines_agree_on_the_examples(folder: Path) -> None:
    """On one and the same packed file; what its halves change is the next test's question."""
    packed = HiDiff.from_pretrained(folder)
    assert isinstance(packed.denoiser, PackedDenoiser)
    floats = HiDiff(packed.config, packed.segmentor, packed.denoiser.trained)
    for entry in json.loads((ROOT / "examples" / "manifest.json").read_text()):
        if entry["task"] == packed.task.name:
            image = read_image(ROOT / "examples" / entry["file"])
            steps = 10 if packed.task.name == "polyp" else 2  # a whole fundus image in float64 takes its time
            masks = [m.refine(image, seed=0, steps=steps).finish().probability()[0] > 0.5 for m in (packed, floats)]
            assert dice(masks[0], masks[1]) >= 0.999, entry["file"]
            break


def test_the_halves_leave_the_network_what_it_is(folder: Path) -> None:
    """The logits of the halved cross transformer are those of the float weights but for a little."""
    config = HiDiff.from_pretrained(folder, trainable=True).config.denoiser
    floats = Denoiser(config)
    floats.load_state_dict(load_file(folder / DENOISER_FILE))
    halved = PackedNetwork.of(load_packed(folder / PACKED_FILE, config))
    whole = PackedNetwork.of(floats.eval())
    assert halved.cross is not None and whole.cross is not None
    for a, b in zip(halved.cross, whole.cross, strict=True):
        for part in ("query", "key_value", "attended", "perceptron_in", "perceptron_out"):
            first, second = getattr(a, part).matrix, getattr(b, part).matrix
            assert abs(first - second).max() < 1e-3 * abs(second).max()
