"""`segment --segmentor-onnx`: the prior is the network's, the line says so, and what does not fit is one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx_files import conv_model
from segment_runs import Segment, levels, saved

from hidiff.imaging.files import read_image
from hidiff.pipeline import HiDiff
from hidiff.priors.onnx import OnnxOptions, onnx_prior

pytest_plugins = ["segment_runs"]

WEIGHT = np.array([9, -9, 0], np.float32).reshape(1, 3, 1, 1)


@pytest.fixture
def network(tmp_path: Path) -> Path:
    """Logits that grow with the red and fall with the green, of images of any size."""
    file = tmp_path / "red.onnx"
    file.write_bytes(conv_model(WEIGHT, np.array([-1], np.float32), (1, 3, "h", "w")))
    return file


def test_the_prior_is_the_networks(segment: Segment, model: HiDiff, network: Path, tmp_path: Path) -> None:
    image = saved(tmp_path / "a.png")
    run = segment("--segmentor-onnx", network, image)
    assert run.status == 0
    (record,) = run.records
    assert record["notes"] == ["The prior is that of red.onnx, which saw 64 x 32 pixels and gave logits of one class."]
    p = onnx_prior(network, read_image(image))
    assert np.array_equal(levels(record["outputs"]["prior"]) > 0, p > 0.5)
    refined = model.refine(read_image(image), p).finish().probability()[0]
    assert np.array_equal(levels(record["outputs"]["mask"]) > 0, refined > 0.5)


def test_every_option_reaches_the_network(segment: Segment, network: Path, tmp_path: Path) -> None:
    image = saved(tmp_path / "a.png")
    words = ["--onnx-size", "96x64", "--onnx-order", "bgr", "--onnx-scale", "0.01", "--onnx-fit", "letterbox"]
    words += ["--onnx-mean", "0.5", "0.4", "0.3", "--onnx-std", "1", "2", "3"]
    words += ["--onnx-output", "logits", "--onnx-classes", "1"]
    run = segment("--segmentor-onnx", network, *words, image)
    assert run.status == 0 and "saw 96 x 64 pixels" in run.records[0]["notes"][0]
    options = OnnxOptions((96, 64), "bgr", 0.01, (0.5, 0.4, 0.3), (1, 2, 3), "logits", "1", "letterbox")
    p = onnx_prior(network, read_image(image), options=options)
    assert np.array_equal(levels(run.records[0]["outputs"]["prior"]) > 0, p > 0.5)


@pytest.mark.parametrize("other", [("--prior", "mask.png"), ("--prior-source", "noise")])
def test_one_prior_is_enough(segment: Segment, network: Path, tmp_path: Path, other: tuple[str, str]) -> None:
    run = segment("--segmentor-onnx", network, *other, saved(tmp_path / "a.png"))
    assert run.status == 2 and "not allowed with argument" in run.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--onnx-order", "bgr"), "--onnx-order says how to use --segmentor-onnx; give both or neither."),
        (("--segmentor-onnx", "nowhere.onnx"), "nowhere.onnx cannot be read"),
        (("--segmentor-onnx", __file__), "is no ONNX file, or a damaged one; export it again."),
        (
            ("--segmentor-onnx", "NETWORK", "--onnx-size", "9999x64"),
            "onnx size is 9999 x 64; choose sides from 1 to 4096.",
        ),
        (("--segmentor-onnx", "NETWORK", "--onnx-size", "64"), "--onnx-size"),
    ],
)
def test_wrong_words_end_the_run_before_anything_is_written(
    segment: Segment, network: Path, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    run = segment(*(network if word == "NETWORK" else word for word in words), saved(tmp_path / "a.png"))
    assert run.status in (1, 2) and said in run.err and not run.records
    assert not (tmp_path / "out").exists()


def test_a_network_that_cannot_be_used_fails_each_image_in_one_sentence(segment: Segment, tmp_path: Path) -> None:
    file = tmp_path / "three.onnx"
    file.write_bytes(conv_model(np.ones((3, 3, 1, 1), np.float32), np.zeros(3, np.float32), (1, 3, "h", "w")))
    run = segment("--segmentor-onnx", file, saved(tmp_path / "a.png"), saved(tmp_path / "b.png"))
    assert run.status == 1 and [record["ok"] for record in run.records] == [False, False]
    assert run.records[0]["error"].startswith("three.onnx gives 1 x 3 x 32 x 64 numbers; give a network")
