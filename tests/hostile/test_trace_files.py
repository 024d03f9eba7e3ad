"""Trace files of unknown origin: bombs and false heads cost next to nothing, and whatever is wrong is one sentence."""

from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.lib import format as npy
from small_model import disc, picture, small

from hidiff.refinement.trace import Trace, TraceError

H, W = 40, 56
MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def trace() -> Trace:
    soft = np.where(disc(H, W, 20, 30, 9), 0.8, 0.1).astype(np.float32)
    return small().refine(picture(H, W), soft, steps=3, samples=2, seed=5).finish().trace()


@pytest.fixture(scope="module")
def files(trace: Trace, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("traces")
    for name, light in (("full", False), ("light", True)):
        trace.save(folder / name, light)
    return {name: (folder / name).read_bytes() for name in ("full", "light")}


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", kind) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def head(shape: tuple[int, ...], dtype: str = "<f4") -> bytes:
    out = io.BytesIO()
    npy.write_array_header_1_0(out, {"descr": dtype, "fortran_order": False, "shape": shape})
    return out.getvalue()


def refused(path: Path, data: bytes, memory: int = 8 * MEGABYTE) -> str:
    """Loads the file, which must be refused within that much memory beyond its own; returns the sentence."""
    path.write_bytes(data)
    tracemalloc.start()
    try:
        with pytest.raises(TraceError) as caught:
            Trace.load(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < memory + len(data), f"{peak / 1e6:.0f} MB"
    assert path.name in str(caught.value) and str(caught.value).endswith(".")
    return str(caught.value)


@pytest.mark.parametrize("kind", ["full", "light"])
@pytest.mark.parametrize("name", ["p", "eps_hat", "meta"])
def test_a_bomb_is_refused_from_its_heads(files: dict[str, bytes], tmp_path: Path, kind: str, name: str) -> None:
    count = 20_000_000
    shape, dtype, width = ((), f"<U{count}", 4) if name == "meta" else ((1, 1, 1, 1, count), "<f4", 4)
    bomb = zipped(members(files[kind]) | {f"{name}.npy": head(shape, dtype) + bytes(count * width)})
    assert len(bomb) < MEGABYTE
    said = refused(tmp_path / "bomb.npz", bomb)
    assert "MB" in said or kind == "light"  # there, shapes disagree first


def test_a_light_bomb_whose_arrays_agree_is_refused_from_its_heads(files: dict[str, bytes], tmp_path: Path) -> None:
    side = 3000
    shape, plane = (1, 3, 1, side, side), side * side
    parts = members(files["light"])
    parts |= {"eps_hat.npy": head(shape, "<f2") + bytes(6 * plane)}
    parts |= {"mean.npy": head((1, 2, 1, side, side), "<f2") + bytes(4 * plane)}
    parts |= {"y_t_bits.npy": head((-(-3 * plane // 8),), "|u1") + bytes(-(-3 * plane // 8))}
    parts |= {"shape.npy": head((5,), "<i8") + np.array(shape, np.int64).tobytes()}
    said = refused(tmp_path / "bomb.npz", zipped(parts))
    assert "MB" in said


FALSE_HEADS: dict[str, Callable[[], bytes]] = {
    "far too many": lambda: head((1 << 40, 1, 1, 1 << 10, 1)),
    "more than an address has": lambda: head((1 << 62, 1 << 62)),
    "negative": lambda: head((-1, 1, 1)) + bytes(4),
    "objects": lambda: head((2,), "|O") + bytes(16),
    "no shape": lambda: b"\x93NUMPY\x01\x00\x10\x00{'descr': '<f4'}",
    "deep brackets": lambda: b"\x93NUMPY\x01\x00\x10\x27" + b"(" * 10000,
    "another version": lambda: b"\x93NUMPY\x09\x00\x10\x00" + bytes(16),
    "empty": lambda: b"",
    "unicode of no end": lambda: head((), f"<U{1 << 28}"),
    "bytes too many": lambda: head((3,)) + bytes(13),
}


@pytest.mark.parametrize("kind", ["full", "light"])
@pytest.mark.parametrize("name", ["p", "eps_hat", "t", "meta"])
@pytest.mark.parametrize("case", FALSE_HEADS)
def test_a_false_head_is_no_trace(files: dict[str, bytes], tmp_path: Path, kind: str, name: str, case: str) -> None:
    refused(tmp_path / "false.npz", zipped(members(files[kind]) | {f"{name}.npy": FALSE_HEADS[case]()}))


@pytest.mark.parametrize("kind", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_other_compressions_are_not_opened(files: dict[str, bytes], tmp_path: Path, kind: int) -> None:
    refused(tmp_path / "other.npz", zipped(members(files["full"]), kind))


def test_a_crowd_of_arrays_is_no_trace(files: dict[str, bytes], tmp_path: Path) -> None:
    crowd = {f"x{number}.npy": head((0,)) for number in range(100)}
    refused(tmp_path / "crowd.npz", zipped(members(files["full"]) | crowd))


def test_a_limit_opens_what_unfolds_to_more(trace: Trace, tmp_path: Path) -> None:
    trace.save(tmp_path / "a.npz")
    size = sum(getattr(trace, name).nbytes for name in ("p", "eps_hat", "u"))
    with pytest.raises(TraceError, match="MB"):
        Trace.load(tmp_path / "a.npz", limit=size)
    assert np.array_equal(Trace.load(tmp_path / "a.npz", limit=10 * size).p, trace.p)


@pytest.mark.parametrize("meta", ['{"format": 1, "settings": {"seed": ' + "9" * 400 + "}}", "[" * 100_000, "{}", "nan"])
def test_odd_settings_are_no_trace(files: dict[str, bytes], tmp_path: Path, meta: str) -> None:
    out = io.BytesIO()
    npy.write_array(out, np.array(meta))
    refused(tmp_path / "meta.npz", zipped(members(files["light"]) | {"meta.npy": out.getvalue()}))


def sound(path: Path, data: bytes) -> None:
    """A file of these bytes is a trace that keeps its promises of shape, or no trace."""
    path.write_bytes(data)
    try:
        opened = Trace.load(path)
    except TraceError:
        return
    n, s, k, h, w = opened.y_t.shape
    assert opened.p.shape == opened.refined.shape == (k, h, w) and opened.u.shape == (n, s, k, h, w)


def changed(data: bytes, edits: list[tuple[int, int]], cut: int) -> bytes:
    out = bytearray(data)
    for place, value in edits:
        out[place % len(out)] = value
    return bytes(out[: len(out) - cut % len(out)])


EDITS = st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), min_size=1, max_size=8)
CUTS = st.one_of(st.just(0), st.integers(0, 1 << 20))
ANYHOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def search(files: dict[str, bytes], folder: Path, examples: int) -> None:
    """Bytes of the file changed, and bytes of one array within a zip that is otherwise whole."""

    @settings(max_examples=examples, deadline=None, suppress_health_check=ANYHOW, database=None)
    @given(st.sampled_from(["full", "light"]), st.booleans(), st.integers(0, 20), EDITS, CUTS)
    def one(kind: str, inside: bool, which: int, edits: list[tuple[int, int]], cut: int) -> None:
        if not inside:
            return sound(folder / "a.npz", changed(files[kind], edits, cut))
        parts: dict[str, Any] = members(files[kind])
        name = sorted(parts)[which % len(parts)]
        parts[name] = changed(parts[name], [(place % 160, value) for place, value in edits], cut)
        sound(folder / "a.npz", zipped(parts, zipfile.ZIP_STORED))

    one()


def test_damage_of_any_kind_is_one_sentence(files: dict[str, bytes], tmp_path: Path) -> None:
    search(files, tmp_path, 60)


@pytest.mark.nightly
def test_damage_of_any_kind_is_one_sentence_all_night(files: dict[str, bytes], tmp_path: Path) -> None:
    search(files, tmp_path, 5000)


def test_the_settings_of_a_trace_are_json_that_is_read_back(trace: Trace, tmp_path: Path) -> None:
    trace.save(tmp_path / "a.npz", light=True)
    assert json.loads(json.dumps(dict(Trace.load(tmp_path / "a.npz").meta))) == json.loads(json.dumps(dict(trace.meta)))
