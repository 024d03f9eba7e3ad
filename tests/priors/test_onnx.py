"""Priors by ONNX files: the numbers are those of the same network in PyTorch, and a file that does not fit is one
sentence."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from onnx_files import conv_model, model, node
from small_model import TASK, build, disc, picture

from hidiff.errors import HiDiffError, SettingsError, WeightsError
from hidiff.imaging.files import write_png
from hidiff.priors import onnx as onnx_priors
from hidiff.priors.onnx import IMAGENET_MEAN, IMAGENET_STD, OnnxOptions, OnnxSegmentor, onnx_prior
from hidiff.priors.onnx_file import read_onnx

PLAIN = OnnxOptions(mean=(0, 0, 0), std=(1, 1, 1))


def weights(maps: int = 1, seed: int = 0, channels: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(maps, channels, 3, 3)).astype(np.float32), rng.normal(size=maps).astype(np.float32)


def saved(folder: Path, data: bytes, name: str = "net.onnx") -> Path:
    (folder / name).write_bytes(data)
    return folder / name


def conv_file(folder: Path, maps: int = 1, given: Sequence[int | str] = (1, 3, 32, 48), last: str = "") -> Path:
    return saved(folder, conv_model(*weights(maps), given, last=last))


def in_torch(image: np.ndarray, maps: int = 1, mean: Any = IMAGENET_MEAN, std: Any = IMAGENET_STD) -> torch.Tensor:
    """The logits (maps,H,W) of the same convolution of an RGB image (H,W,3)."""
    weight, bias = (torch.from_numpy(values) for values in weights(maps))
    seen = (torch.from_numpy(image).float() / 255 - torch.tensor(mean)) / torch.tensor(std)
    return torch.nn.functional.conv2d(seen.permute(2, 0, 1)[None].float(), weight, bias, padding=1)[0]


# --- the numbers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("last", ["", "Sigmoid"])
@pytest.mark.parametrize("given", [(1, 3, 32, 64), ("n", 3, "h", "w"), (1, 3, "h", 64)])
def test_one_class_is_what_torch_computes(tmp_path: Path, given: Sequence[int | str], last: str) -> None:
    image = picture(32, 64)
    segmentor = OnnxSegmentor.of(conv_file(tmp_path, given=given, last=last))
    found = segmentor.prior(image)
    assert found.p.shape == (32, 64) and found.p.dtype == np.float32
    np.testing.assert_allclose(found.p, in_torch(image)[0].sigmoid().numpy(), atol=1e-5)
    kind = "probabilities" if last else "logits"
    assert found.note == f"The prior is that of net.onnx, which saw 64 x 32 pixels and gave {kind} of one class."


@pytest.mark.parametrize("last", ["", "Softmax"])
def test_background_and_object_is_a_softmax(tmp_path: Path, last: str) -> None:
    image = picture(32, 48)
    p = onnx_prior(conv_file(tmp_path, 2, last=last), image, options=OnnxOptions(classes="2"))
    np.testing.assert_allclose(p, in_torch(image, 2).softmax(0)[1].numpy(), atol=1e-5)


def test_order_mean_std_and_scale_are_those_of_the_options(tmp_path: Path) -> None:
    image, file = picture(32, 48), conv_file(tmp_path)
    mean, std = (0.1, 0.2, 0.3), (0.5, 0.6, 0.7)
    p = onnx_prior(file, image, options=OnnxOptions(order="bgr", mean=mean, std=std))
    expected = in_torch(np.ascontiguousarray(image[..., ::-1]), mean=mean, std=std)[0].sigmoid().numpy()
    np.testing.assert_allclose(p, expected, atol=1e-5)
    scaled = OnnxOptions(scale=1, mean=(255 * 0.1, 255 * 0.2, 255 * 0.3), std=(255 * 0.5, 255 * 0.6, 255 * 0.7))
    np.testing.assert_allclose(
        onnx_prior(file, image, options=scaled), in_torch(image, mean=mean, std=std)[0].sigmoid().numpy(), atol=1e-4
    )


def test_an_output_that_happens_to_lie_in_0_to_1_can_be_called_logits(tmp_path: Path) -> None:
    file = saved(tmp_path, conv_model(np.zeros((1, 3, 1, 1), np.float32), np.array([0.25], np.float32)))
    image = picture(32, 48)
    assert onnx_prior(file, image).mean() == pytest.approx(0.25)
    as_logits = onnx_prior(file, image, options=OnnxOptions(output="logits"))
    assert as_logits.mean() == pytest.approx(1 / (1 + np.exp(-0.25)))


def red_is_on() -> tuple[np.ndarray, np.ndarray]:
    """A 1x1 convolution: the logit grows with the red and falls with the green."""
    return np.array([8, -8, 0], np.float32).reshape(1, 3, 1, 1), np.array([-3], np.float32)


@pytest.mark.parametrize("fit", ["stretch", "letterbox"])
@pytest.mark.parametrize("given", [(1, 3, 64, 64), (1, 3, "h", "w")])
def test_the_map_lies_on_the_image(tmp_path: Path, given: Sequence[int | str], fit: Any) -> None:
    truth = disc(150, 210, 60, 140, 30)
    image = np.where(truth[..., None], (250, 20, 20), (30, 30, 30)).astype(np.uint8)
    file = saved(tmp_path, conv_model(*red_is_on(), given))
    found = onnx_prior(file, image, options=OnnxOptions(mean=(0, 0, 0), std=(1, 1, 1), fit=fit)) > 0.5
    assert found.shape == truth.shape
    assert 2 * (found & truth).sum() / (found.sum() + truth.sum()) > 0.96
    rows, columns = (np.flatnonzero(found.any(axis)) for axis in (1, 0))
    assert abs(rows.mean() - 60) < 1.5 and abs(columns.mean() - 140) < 1.5


def test_letterbox_shows_the_whole_image_on_black(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[np.ndarray] = []
    run = onnx_priors._run
    monkeypatch.setattr(onnx_priors, "_run", lambda file, shown: (seen.append(shown), run(file, shown))[1])
    image = np.full((40, 80, 3), 255, np.uint8)
    file = saved(tmp_path, conv_model(*red_is_on(), (1, 3, "h", "w")))
    for fit in ("stretch", "letterbox"):
        onnx_prior(file, image, options=OnnxOptions((64, 64), mean=(0, 0, 0), std=(1, 1, 1), fit=fit))  # type: ignore[arg-type]
    assert seen[0].shape == seen[1].shape == (1, 3, 64, 64)
    assert (seen[0] == 1).all()
    assert (seen[1][:, :, 16:48] == 1).all() and not seen[1][:, :, :16].any() and not seen[1][:, :, 48:].any()


@pytest.mark.parametrize(
    ("image", "seen"),
    [((50, 70), "64 x 64"), ((20, 10), "32 x 32"), ((512, 640), "640 x 512"), ((3000, 4000), "1024 x 768")],
)
def test_a_free_size_is_the_images_own_on_a_grid(tmp_path: Path, image: tuple[int, int], seen: str) -> None:
    file = saved(tmp_path, conv_model(*red_is_on(), ("n", 3, "h", "w")))
    assert f"saw {seen} pixels" in OnnxSegmentor.of(file).prior(np.zeros((*image, 3), np.uint8)).note


def test_a_smaller_output_and_one_without_its_channel_are_taken(tmp_path: Path) -> None:
    image = cv2.resize(picture(8, 12), (48, 32), interpolation=cv2.INTER_LINEAR)
    weight, bias = red_is_on()
    conv = node("Conv", ["image", "weight", "bias"], ["hidden"], kernel_shape=[1, 1])
    tensors = {"weight": weight, "bias": bias}
    small = [conv, node("AveragePool", ["hidden"], ["out"], kernel_shape=[4, 4], strides=[4, 4])]
    p = onnx_prior(saved(tmp_path, model(small, tensors, (1, 3, 32, 48), (1, 1, 8, 12))), image, options=PLAIN)
    full = onnx_prior(saved(tmp_path, conv_model(weight, bias)), image, options=PLAIN)
    assert np.abs(p - full).mean() < 0.05
    flat = [conv, node("Squeeze", ["hidden", "axes"], ["out"])]
    data = model(flat, {**tensors, "axes": np.array([1], np.int64)}, (1, 3, 32, 48), (1, 32, 48))
    np.testing.assert_allclose(onnx_prior(saved(tmp_path, data), image, options=PLAIN), full, atol=1e-6)


def test_the_first_of_several_outputs_counts(tmp_path: Path) -> None:
    weight, bias = red_is_on()
    nodes = [
        node("Conv", ["image", "weight", "bias"], ["out"], kernel_shape=[1, 1]),
        node("Neg", ["out"], ["other"]),
    ]
    for outputs in (("out", "other"), ("other", "out")):
        data = model(nodes, {"weight": weight, "bias": bias}, (1, 3, 32, 48), (1, 1, 32, 48), outputs=outputs)
        p = onnx_prior(saved(tmp_path, data), np.full((32, 48, 3), (250, 0, 0), np.uint8), options=PLAIN)
        assert (p > 0.5).all() == (outputs[0] == "out")


def test_it_is_refined_as_a_prior_is(tmp_path: Path) -> None:
    image = picture(60, 80)
    p = onnx_prior(saved(tmp_path, conv_model(*red_is_on(), (1, 3, "h", "w"))), image)
    refinement = build(TASK).refine(image, prior=p, focus=False, seed=2)
    np.testing.assert_array_equal(refinement.prior_map[0], p)
    assert refinement.finish().probability().shape == (1, 60, 80)


def test_the_same_file_and_image_give_the_same_bits(tmp_path: Path) -> None:
    file = conv_file(tmp_path)
    assert np.array_equal(onnx_prior(file, picture(90, 70)), onnx_prior(file, picture(90, 70)))


# --- what does not fit -----------------------------------------------------------------------------------


def sentence(error: pytest.ExceptionInfo[HiDiffError]) -> str:
    text = str(error.value)
    assert "\n" not in text and text.endswith(".") and len(text) < 300
    return text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((3, 32, 48), "takes 3 x 32 x 48 numbers"),
        ((1, 32, 48, 3), "takes 1 x 32 x 48 x 3 numbers"),
        ((1, 1, 32, 48), "takes 1 x 1 x 32 x 48 numbers"),
        ((4, 3, 32, 48), "takes 4 x 3 x 32 x 48 numbers"),
        ((1, 3, 2**40, 48), "more than 4096 pixels a side"),
        ((1, 3, 32, 5000), "more than 4096 pixels a side"),
    ],
)
def test_an_input_that_is_no_image_is_one_sentence(tmp_path: Path, given: Sequence[int | str], said: str) -> None:
    file = saved(tmp_path, conv_model(*weights(), given, (1, 1, 32, 48)))
    with pytest.raises(WeightsError, match=said) as error:
        onnx_prior(file, picture(32, 48))
    assert "net.onnx" in sentence(error)


def test_two_inputs_are_one_sentence(tmp_path: Path) -> None:
    data = model([node("Add", ["image", "more"], ["out"])], {}, (1, 3, 8, 8), (1, 3, 8, 8), inputs=("image", "more"))
    with pytest.raises(WeightsError, match="has 2 inputs; give a network that takes an image alone"):
        onnx_prior(saved(tmp_path, data), picture(8, 8))


def test_weights_that_are_listed_as_inputs_are_none(tmp_path: Path) -> None:
    weight, bias = red_is_on()
    nodes = [node("Conv", ["image", "weight", "bias"], ["out"], kernel_shape=[1, 1])]
    tensors = {"weight": weight, "bias": bias}
    inputs = ("image", "weight", "bias")
    data = model(nodes, tensors, (1, 3, 32, 48), (1, 1, 32, 48), inputs=inputs)
    assert read_onnx(saved(tmp_path, data)).shape == (1, 3, 32, 48)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"classes": "2"}, "gives 1 maps and 2 were asked for"),
        ({"output": "probabilities"}, "numbers outside 0 to 1"),
        ({"size": (64, 64)}, "takes images of 48 x 32, not 64 x 64; leave the size out"),
    ],
)
def test_options_that_do_not_fit_the_file_are_one_sentence(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    with pytest.raises(HiDiffError, match=said) as error:
        onnx_prior(conv_file(tmp_path), picture(32, 48), options=OnnxOptions(**options))
    sentence(error)


@pytest.mark.parametrize(
    "options",
    [
        {"size": (0, 32)},
        {"size": (32, 5000)},
        {"order": "grb"},
        {"scale": 0.0},
        {"scale": float("nan")},
        {"std": (1, 0, 1)},
        {"mean": (0, float("inf"), 0)},
        {"output": "softmax"},
        {"classes": "3"},
        {"fit": "crop"},
    ],
)
def test_options_out_of_range_are_one_sentence(options: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=r"^onnx ") as error:
        OnnxOptions(**options)
    sentence(error)


@pytest.mark.parametrize("maps", [3, 21])
def test_other_numbers_of_maps_are_one_sentence(tmp_path: Path, maps: int) -> None:
    with pytest.raises(WeightsError, match=f"gives 1 x {maps} x 32 x 48 numbers; give a network that ends in 1 or 2"):
        onnx_prior(conv_file(tmp_path, maps), picture(32, 48))


def test_an_output_that_is_no_map_is_one_sentence(tmp_path: Path) -> None:
    nodes = [node("GlobalAveragePool", ["image"], ["mean"]), node("Flatten", ["mean"], ["out"], axis=1)]
    with pytest.raises(WeightsError, match="gives 1 x 3 numbers"):
        onnx_prior(saved(tmp_path, model(nodes, {}, (1, 3, 32, 48), (1, 3))), picture(32, 48))


@pytest.mark.parametrize("last", ["Sqrt", "Reciprocal"])
def test_numbers_that_are_not_finite_are_one_sentence(tmp_path: Path, last: str) -> None:
    bias = np.array([-1 if last == "Sqrt" else 0], np.float32)
    file = saved(tmp_path, conv_model(np.zeros((1, 3, 1, 1), np.float32), bias, last=last))
    with pytest.raises(WeightsError, match="numbers that are not finite") as error:
        onnx_prior(file, picture(32, 48))
    sentence(error)


def test_an_operation_that_opencv_does_not_know_is_one_sentence(tmp_path: Path) -> None:
    data = model([node("Conjure", ["image"], ["out"])], {}, (1, 3, 32, 48), (1, 1, 32, 48))
    with pytest.raises(WeightsError, match=r"OpenCV (cannot run|broke down on) net.onnx") as error:
        onnx_prior(saved(tmp_path, data), picture(32, 48))
    sentence(error)


def test_a_file_that_takes_all_the_memory_is_one_sentence(tmp_path: Path) -> None:
    shape = np.array([1, 3, 2**17, 2**17], np.int64)
    nodes = [node("Expand", ["image", "shape"], ["out"])]
    data = model(nodes, {"shape": shape}, (1, 3, "h", "w"), (1, 3, "h", "w"))
    with pytest.raises(WeightsError, match=r"OpenCV|numbers") as error:
        onnx_prior(saved(tmp_path, data), picture(32, 32))
    sentence(error)


def test_a_process_that_ends_abruptly_is_one_sentence(tmp_path: Path) -> None:
    """A stride of 0 ends OpenCV's process by a division."""
    weight, bias = weights()
    conv = node("Conv", ["image", "weight", "bias"], ["out"], kernel_shape=[3, 3], strides=[0, 0])
    data = model([conv], {"weight": weight, "bias": bias}, (1, 3, 32, 48), (1, 1, 32, 48))
    with pytest.raises(WeightsError, match=r"OpenCV (cannot run|broke down on) net.onnx") as error:
        onnx_prior(saved(tmp_path, data), picture(32, 48))
    sentence(error)


# --- hostile files ---------------------------------------------------------------------------------------


def a_zip(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("net.onnx", conv_model(*weights()))


HOSTILE = {
    "empty": lambda file: file.write_bytes(b""),
    "zeros": lambda file: file.write_bytes(bytes(1000)),
    "random": lambda file: file.write_bytes(np.random.default_rng(0).bytes(5000)),
    "zip": a_zip,
    "text": lambda file: file.write_text("an onnx file\n" * 50),
    "png": lambda file: write_png(file, picture(8, 8)),
    "graph_only_begun": lambda file: file.write_bytes(b"\x08\x08\x3a\xff\xff\xff\xff\x0f"),
    "endless_number": lambda file: file.write_bytes(b"\x08" + b"\xff" * 100),
    "nothing_but_fields": lambda file: file.write_bytes(b"\x08\x01" * 1_500_000),
    "empty_graph": lambda file: file.write_bytes(b"\x08\x08\x3a\x00"),
    "folder": lambda file: file.mkdir(),
    "missing": lambda file: None,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_no_onnx_file_is_one_sentence_before_anything_runs(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_priors, "_run", lambda *_: pytest.fail("it ran"))
    HOSTILE[kind](tmp_path / "net.onnx")
    said = "cannot be read" if kind in ("folder", "missing") else "is no ONNX file, or a damaged one; export it again"
    with pytest.raises(WeightsError, match=f"^net.onnx {said}") as error:
        onnx_prior(tmp_path / "net.onnx", picture(32, 48))
    sentence(error)


def test_a_file_cut_anywhere_is_one_sentence_or_an_answer(tmp_path: Path) -> None:
    data = conv_model(*weights(2), last="Softmax")
    for end in range(0, len(data), 7):
        try:
            read_onnx(saved(tmp_path, data[:end]))
        except WeightsError as error:
            assert str(error) == "net.onnx is no ONNX file, or a damaged one; export it again."


def test_a_changed_file_never_ends_the_process(tmp_path: Path) -> None:
    data = conv_model(*weights(2), last="Softmax")
    rng = np.random.default_rng(3)
    for _ in range(12):
        changed = bytearray(data)
        for at in rng.integers(0, len(data), 3):
            changed[at] = int(rng.choice([0, 1, 127, 128, 255]))
        try:
            p = onnx_prior(saved(tmp_path, bytes(changed)), picture(32, 48))
            assert p.shape == (32, 48) and np.isfinite(p).all() and p.min() >= 0 and p.max() <= 1
        except HiDiffError as error:
            assert "\n" not in str(error)
