"""Weights on disk: there and back, and what is wrong with them in one sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from small_model import TASK, build, config, picture, small

from hidiff.checkpoints.config import HiDiffConfig
from hidiff.checkpoints.networks import CONFIG_FILE, DENOISER_FILE, SEGMENTOR_FILE
from hidiff.errors import WeightsError
from hidiff.models.packed.denoiser import PackedDenoiser
from hidiff.models.packed.file import PACKED_FILE
from hidiff.pipeline import HiDiff
from hidiff.refinement.settings import Settings
from hidiff.tasks import FUNDUS, POLYP


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of the small model's folder."""
    folder = tmp_path_factory.mktemp("weights")
    small().save_pretrained(folder)
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.fixture
def folder(tmp_path: Path, written: dict[str, bytes]) -> Path:
    for name, content in written.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def edit_config(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    data = json.loads((folder / CONFIG_FILE).read_text())
    change(data)
    (folder / CONFIG_FILE).write_text(json.dumps(data))


def assert_refused(folder: Path, *told: str) -> None:
    with pytest.raises(WeightsError) as caught:
        HiDiff.from_pretrained(folder, trainable=True)
    message = str(caught.value)
    assert message.endswith(".") and "\n" not in message
    for part in told:
        assert part in message


def test_saved_and_loaded_is_the_same_model(folder: Path) -> None:
    assert {file.name for file in folder.iterdir()} == {CONFIG_FILE, SEGMENTOR_FILE, DENOISER_FILE, PACKED_FILE}
    model, loaded = small(), HiDiff.from_pretrained(folder, trainable=True)
    assert loaded.config == model.config
    assert loaded.task == TASK
    assert loaded.source is not None and loaded.source.source == "folder"
    for a, b in ((model.segmentor, loaded.segmentor), (model.denoiser, loaded.denoiser)):
        assert a.state_dict().keys() == b.state_dict().keys()
        assert all(torch.equal(value, b.state_dict()[name]) for name, value in a.state_dict().items())
    image = picture(50, 70)
    first, second = (m.refine(image, samples=2).finish().trace() for m in (model, loaded))
    assert np.array_equal(first.p, second.p)
    assert np.array_equal(first.eps_hat, second.eps_hat)
    assert np.array_equal(first.y_t, second.y_t)


def test_the_packed_engine_is_loaded_by_default_and_gives_the_same_mask(folder: Path) -> None:
    loaded = HiDiff.from_pretrained(folder)
    assert isinstance(loaded.denoiser, PackedDenoiser)
    image = picture(50, 70)
    floats = HiDiff(loaded.config, loaded.segmentor, loaded.denoiser.trained)
    first, second = (m.refine(image, samples=2).finish().trace() for m in (loaded, floats))
    assert np.array_equal(first.y_t, second.y_t)
    assert np.allclose(first.eps_hat, second.eps_hat, rtol=0, atol=1e-5)


def test_a_folder_without_the_packed_file_is_packed_as_it_is_loaded(folder: Path) -> None:
    (folder / PACKED_FILE).unlink()
    assert isinstance(HiDiff.from_pretrained(folder).denoiser, PackedDenoiser)


def test_a_packed_model_is_saved_packed_alone(folder: Path, tmp_path: Path) -> None:
    HiDiff.from_pretrained(folder).save_pretrained(tmp_path / "again")
    assert {file.name for file in (tmp_path / "again").iterdir()} == {CONFIG_FILE, SEGMENTOR_FILE, PACKED_FILE}
    assert isinstance(HiDiff.from_pretrained(tmp_path / "again").denoiser, PackedDenoiser)


def test_a_damaged_packed_file_is_refused_and_not_passed_over(folder: Path) -> None:
    (folder / PACKED_FILE).write_bytes(b"no weights")
    with pytest.raises(WeightsError, match=r"denoiser\.packed"):
        HiDiff.from_pretrained(folder)


def test_a_folder_that_is_not_there_yet_is_made(tmp_path: Path) -> None:
    small().save_pretrained(str(tmp_path / "new" / "polyp"))
    assert HiDiff.from_pretrained(str(tmp_path / "new" / "polyp")).config == small().config


def test_other_shapes_come_back_too(tmp_path: Path) -> None:
    task = replace(FUNDUS, fov_diameter=64, classes=2, class_names=("a", "b"), colours=((1, 2, 3), (4, 5, 6)))
    settings = Settings(steps=5, sampler="ddim", aggregate="mean", mirror=True, confidence=0.7, seed=9)
    model = build(task, settings=settings)
    model.save_pretrained(tmp_path)
    assert HiDiff.from_pretrained(tmp_path).config == model.config
    assert HiDiff.from_pretrained(tmp_path).config.settings == settings


@pytest.mark.parametrize("task", [POLYP, FUNDUS, TASK], ids=lambda task: f"{task.name}-{task.side}")
def test_a_config_is_plain_json(task: Any) -> None:
    made = config(task)
    assert HiDiffConfig.from_json(json.loads(json.dumps(made.to_json()))) == made


def test_the_configs_settings_are_the_defaults_of_a_refinement(tmp_path: Path) -> None:
    settings = Settings(steps=4, samples=3, sampler="plug_in", seed=8, aggregate="mean", focus=False)
    model = build(settings=settings)
    assert model.refine(picture()).settings == settings
    assert model.refine(picture(), seed=2, focus=True).settings == replace(settings, seed=2, focus=True)


@pytest.mark.parametrize("name", [SEGMENTOR_FILE, DENOISER_FILE])
def test_missing_or_damaged_weights_are_refused(folder: Path, name: str) -> None:
    content = (folder / name).read_bytes()
    for damaged in (content[: len(content) // 2], content[:4], b"", b"no weights", b"\xff" * len(content)):
        (folder / name).write_bytes(damaged)
        assert_refused(folder, name, "fetch")
    (folder / name).unlink()
    assert_refused(folder, name, "fetch")


def test_weights_of_another_shape_are_refused(folder: Path) -> None:
    edit_config(folder, lambda data: data["denoiser"].update(channels=[8, 8, 8, 16, 16]))
    assert_refused(folder, DENOISER_FILE, CONFIG_FILE)


def test_weights_of_the_other_network_are_refused(folder: Path) -> None:
    (folder / SEGMENTOR_FILE).write_bytes((folder / DENOISER_FILE).read_bytes())
    assert_refused(folder, SEGMENTOR_FILE, CONFIG_FILE)


@pytest.mark.parametrize("change", ["one less", "one more"])
def test_a_tensor_too_few_or_too_many_is_refused(folder: Path, change: str) -> None:
    state = load_file(folder / DENOISER_FILE)
    if change == "one less":
        del state["head.bias"]
    else:
        state["extra"] = torch.zeros(1)
    save_file(state, folder / DENOISER_FILE)
    assert_refused(folder, DENOISER_FILE, CONFIG_FILE)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "7", '"polyp"', "\x00\xff"])
def test_a_config_that_is_none_is_refused(folder: Path, text: str) -> None:
    (folder / CONFIG_FILE).write_bytes(text.encode("latin-1"))
    assert_refused(folder, "config")


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "another format": lambda data: data.update(format=99),
    "no format": lambda data: data.pop("format"),
    "no task": lambda data: data.pop("task"),
    "no settings": lambda data: data.pop("settings"),
    "no denoiser": lambda data: data.pop("denoiser"),
    "no channels": lambda data: data["denoiser"].pop("channels"),
    "unknown task field": lambda data: data["task"].update(diagnosis=True),
    "no class names": lambda data: data["task"].pop("class_names"),
    "a colour of two numbers": lambda data: data["task"].update(colours=[[1, 2]]),
    "unknown segmentor field": lambda data: data["segmentor"].update(depth=3),
    "unknown denoiser field": lambda data: data["denoiser"].update(depth=3),
    "unknown setting": lambda data: data["settings"].update(temperature=1),
    "a setting out of range": lambda data: data["settings"].update(steps=0),
    "a segmentor stride that is none": lambda data: data["segmentor"].update(finest_stride=3),
    "too few levels": lambda data: data["denoiser"].update(channels=[8, 8]),
    "channels of text": lambda data: data["denoiser"].update(channels="wide"),
    "heads that do not divide": lambda data: data["denoiser"].update(heads=3),
    "no steps at all": lambda data: data["denoiser"].update(T=0),
    "the task is a word": lambda data: data.update(task="polyp"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_config_this_version_cannot_use_is_refused(folder: Path, name: str) -> None:
    edit_config(folder, CHANGES[name])
    assert_refused(folder, "config")


def test_no_folder_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError):
        HiDiff.from_pretrained(tmp_path / "nowhere")
