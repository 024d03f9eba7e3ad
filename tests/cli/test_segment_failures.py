"""`python -m hidiff segment`: what goes wrong, where results go, and what is shown meanwhile."""

from __future__ import annotations

import errno
import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from segment_runs import Segment, disc, levels, picture, results, saved

from hidiff.__main__ import main
from hidiff.diffusion.samplers import SAMPLERS
from hidiff.imaging.files import write_png
from hidiff.pipeline import HiDiff
from hidiff.refinement.settings import AGGREGATES
from hidiff.refinement.trace import Trace

pytest_plugins = ["segment_runs"]


# -------------------------------------------------------------------------------------------- files that fail
def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def whole_png() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture(40, 48)).save(buffer, "PNG")
    return buffer.getvalue()


def enormous_png() -> bytes:
    """A header that promises 60000 x 60000 pixels."""
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0))
    body = png_chunk(b"IDAT", zlib.compress(b"\0" * 100))
    return b"\x89PNG\r\n\x1a\n" + head + body + png_chunk(b"IEND", b"")


def test_bad_files_get_one_sentence_each_and_the_others_are_done(segment: Segment, tmp_path: Path) -> None:
    bad = {
        "text.png": (b"no picture at all\n", "is not a PNG"),
        "cut.png": (whole_png()[:-30], "is damaged or cut off"),
        "empty.png": (b"", "is empty"),
        "enormous.png": (enormous_png(), "has 60000 x 60000 pixels"),
    }
    for name, (content, _) in bad.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "folder.png").mkdir()
    paths = [*(tmp_path / name for name in bad), tmp_path / "folder.png", tmp_path / "missing.png"]
    words = [*(word for _, word in bad.values()), "is a folder", "was not found"]
    run = segment(saved(tmp_path / "first.png"), *paths, saved(tmp_path / "last.jpg"))
    assert run.status == 1
    assert [record["ok"] for record in run.records] == [True, *[False] * len(paths), True]
    for record, path, word in zip(run.records[1:-1], paths, words, strict=True):
        assert record["image"] == str(path)
        assert record["error"].startswith(f"{path.name} {word}")
        assert record["error"].endswith(".") and "\n" not in record["error"] and ". " not in record["error"]
    assert sorted(results(tmp_path / "out")) == [
        f"{name}.{kind}.png" for name in ("first", "last") for kind in ("mask", "prior", "prob")
    ]
    assert "Traceback" not in run.err


def test_what_nobody_foresaw_fails_one_file(segment: Segment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = HiDiff.refine

    def refine(self: HiDiff, image: np.ndarray, *args: Any, **kwargs: Any) -> Any:
        if image.shape[1] == 50:
            raise RuntimeError("not enough memory:\nyou tried to allocate 9 TB")
        return real(self, image, *args, **kwargs)

    monkeypatch.setattr(HiDiff, "refine", refine)
    run = segment(saved(tmp_path / "wide.png", picture(40, 50)), saved(tmp_path / "a.png"))
    assert run.status == 1 and [record["ok"] for record in run.records] == [False, True]
    assert run.records[0]["error"] == (
        "wide.png could not be segmented, RuntimeError: not enough memory: you tried to allocate 9 TB."
    )
    assert "Traceback" not in run.err


def test_a_disk_that_fills_up_leaves_no_half_of_a_result(
    segment: Segment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = saved(tmp_path / "full.png", picture(40, 50))

    def save(self: Trace, path: Path) -> None:
        path.write_bytes(b"half")
        if "full" in path.name:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Trace, "save", save)
    run = segment("--trace", full, saved(tmp_path / "a.png"))
    assert run.status == 1 and [record["ok"] for record in run.records] == [False, True]
    assert "full.png could not be written" in run.records[0]["error"] and "No space left" in run.records[0]["error"]
    assert sorted(results(tmp_path / "out")) == ["a.mask.png", "a.prior.png", "a.prob.png", "a.trace.npz"]


def test_a_folder_that_cannot_be_made_is_said(segment: Segment, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"kept")
    run = segment("--out", tmp_path / "file", saved(tmp_path / "a.png"))
    assert run.status == 1 and "could not be written" in run.records[0]["error"]
    assert (tmp_path / "file").read_bytes() == b"kept"


# ------------------------------------------------------------------------------------------------ names on disk
def test_a_shared_stem_takes_the_whole_name_then_a_number(segment: Segment, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    one, two = saved(tmp_path / "a.png", picture(30, 31)), saved(tmp_path / "a.jpg", picture(30, 32))
    three, alone = saved(tmp_path / "other" / "a.png", picture(30, 33)), saved(tmp_path / "b.png", picture(30, 34))
    run = segment(one, two, three, alone)
    names = [Path(record["outputs"]["mask"]).name for record in run.records]
    assert names == ["a.png.mask.png", "a.jpg.mask.png", "a.png.2.mask.png", "b.mask.png"]
    assert [levels(record["outputs"]["mask"]).shape[1] for record in run.records] == [31, 32, 33, 34]
    one.write_bytes(b"broken")
    again = segment("--out", tmp_path / "again", one, two, three, alone)
    assert [record["ok"] for record in again.records] == [False, True, True, True]
    assert [Path(record["outputs"]["mask"]).name for record in again.records[1:]] == names[1:]


def test_no_result_overwrites_an_input(segment: Segment, tmp_path: Path) -> None:
    moving = saved(tmp_path / "a.webp", picture(40, 50))
    masks = [saved(tmp_path / name, picture(40, 50)) for name in ("b.png", "b.mask.png")]
    prior = saved(tmp_path / "c.prior.png", disc(40, 50, 20, 20, 5))
    inputs = [moving, *masks, saved(tmp_path / "c.png", picture(40, 50)), prior]
    before = [path.read_bytes() for path in inputs]
    run = segment("--animate", "--prior", prior, "--out", tmp_path, *inputs[:-1])
    assert run.status == 0
    assert [path.read_bytes() for path in inputs] == before
    names = [Path(record["outputs"]["mask"]).name for record in run.records]
    assert names == ["a.webp.mask.png", "b.png.mask.png", "b.mask.mask.png", "c.png.mask.png"]


def test_earlier_results_are_renewed_and_what_was_changed_since_stays(segment: Segment, tmp_path: Path) -> None:
    image = saved(tmp_path / "a.png")
    segment(image)
    first = results(tmp_path / "out")
    assert segment(image).status == 0 and results(tmp_path / "out") == first
    write_png(tmp_path / "out" / "a.mask.png", np.zeros((2, 2), np.uint8))
    changed = results(tmp_path / "out")
    run = segment(image)
    assert (run.status, run.records) == (1, []) and results(tmp_path / "out") == changed
    assert "a.mask.png and 2 more results would replace" in run.err and "--overwrite" in run.err
    assert segment("--overwrite", image).status == 0
    assert results(tmp_path / "out") == first


def test_results_of_another_picture_of_the_same_name_stay(segment: Segment, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    one, other = saved(tmp_path / "a.png"), saved(tmp_path / "b" / "a.png", picture(41, 50))
    segment("--trace", one)
    before = results(tmp_path / "out")
    for words in ((), ("--trace",)):
        run = segment(*words, other)
        assert (run.status, run.records) == (1, []) and "which is not of a.png; choose another --out" in run.err
    assert results(tmp_path / "out") == before


def test_a_mask_drawn_by_hand_beside_its_image_stays(segment: Segment, tmp_path: Path) -> None:
    image, hand = saved(tmp_path / "p1_01.png"), saved(tmp_path / "p1_01.mask.png", disc(40, 48, 20, 20, 9))
    before = results(tmp_path)
    run = segment("--out", tmp_path, image)
    assert (run.status, run.records) == (1, []) and results(tmp_path) == before
    assert run.err.splitlines()[-1].startswith(f"{hand.name} would replace what {tmp_path} holds already")


def test_results_that_come_in_the_meantime_stay(
    segment: Segment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = HiDiff.refine

    def refine(self: HiDiff, *args: Any, **kwargs: Any) -> Any:
        (tmp_path / "out").mkdir(exist_ok=True)
        (tmp_path / "out" / "a.prior.png").write_bytes(b"another's")
        return real(self, *args, **kwargs)

    monkeypatch.setattr(HiDiff, "refine", refine)
    run = segment(saved(tmp_path / "a.png"))
    assert run.status == 1 and "another a.prior.png came to" in run.records[0]["error"]
    assert results(tmp_path / "out") == {"a.prior.png": b"another's"}


# -------------------------------------------------------------------------------------------------- wrong usage
@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--steps", "0"],
        ["--steps", "11"],
        ["--steps", "many"],
        ["--samples", "0"],
        ["--seed", "-1"],
        ["--confidence", "0.5"],
        ["--confidence", "nan"],
        ["--sampler", "euler"],
        ["--mean", "median"],
        ["--aggregate", "all"],
        ["--device", "abacus"],
        ["--task", "paintings"],
        ["--colour"],
    ],
)
def test_wrong_usage_ends_with_2_and_writes_nothing(segment: Segment, tmp_path: Path, words: list[str]) -> None:
    image = [] if not words else [saved(tmp_path / "a.png")]
    run = segment(*words, *image)
    assert (run.status, run.records) == (2, [])
    assert run.err and "Traceback" not in run.err
    assert not (tmp_path / "out").exists()


def test_help_names_every_choice(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["segment", "--help"]) == 0
    text = capsys.readouterr().out
    for choice in (*SAMPLERS, *AGGREGATES):
        assert choice in text


def test_weights_of_another_task_are_refused(segment: Segment, tmp_path: Path) -> None:
    run = segment("--task", "fundus", saved(tmp_path / "a.png"))
    assert (run.status, run.records) == (1, [])
    assert run.err.splitlines()[-1].endswith("are for polyp; give --task polyp.")


def test_weights_that_are_not_there(segment: Segment, tmp_path: Path) -> None:
    run = segment("--weights", tmp_path, saved(tmp_path / "a.png"))
    assert (run.status, run.records) == (1, [])
    assert len(run.err.splitlines()) == 1 and "config.json" in run.err


# ------------------------------------------------------------------------------------------------ what is shown
def test_where_the_weights_came_from_is_said_once_on_standard_error(segment: Segment, tmp_path: Path) -> None:
    images = [saved(tmp_path / f"{n}.png") for n in range(2)]
    for _ in range(2):  # nothing is left behind by the first run
        run = segment(*images)
        said, *doubts = run.err.splitlines()
        assert said == run.records[0]["weights"]
        assert doubts == [f"{n}.png: {run.records[n]['warnings'][0]}" for n in range(2)]  # noise is no photograph


def test_a_bar_is_shown_on_a_terminal_alone(segment: Segment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    (tmp_path / "bad.png").write_bytes(b"bad")
    with monkeypatch.context() as patch:
        patch.setattr("sys.stderr", terminal)
        run = segment(saved(tmp_path / "a.png"), tmp_path / "bad.png")
    assert [record["ok"] for record in run.records] == [True, False]
    assert "6/6" in terminal.getvalue()


def test_control_c_ends_with_130_and_leaves_nothing_half_done(
    segment: Segment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Trace, "save", interrupted)
    run = segment("--trace", saved(tmp_path / "a.png"))
    assert (run.status, run.records) == (130, [])
    assert run.err.startswith("Weights: ") and len(run.err.splitlines()) == 1
    assert results(tmp_path / "out") == {}
