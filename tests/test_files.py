"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from hidiff.files import atomic, own_temporary_folder, sweep_drafts, write_bytes, write_tensors, write_text

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(params=[0o022, 0o077, 0o002])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_new_file_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")
    with atomic(path) as draft:
        draft.write_text("new")
        assert (draft.parent, path.read_text()) == (tmp_path, "old")
    assert path.read_text() == "new"
    assert names(tmp_path) == ["a.json"]


@pytest.mark.parametrize("old", ["old", None])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_the_old_file_stays_when_the_writer_raises(tmp_path: Path, old: str | None, error: type[BaseException]) -> None:
    path = tmp_path / "a.json"
    if old is not None:
        path.write_text(old)
    with pytest.raises(error), atomic(path) as draft:
        draft.write_text("half of")
        raise error
    assert [p.read_text() for p in tmp_path.iterdir()] == ([] if old is None else [old])


@pytest.mark.parametrize("step", ["pathlib.Path.write_bytes", "os.fsync", "os.replace"])
def test_the_old_file_stays_when_the_disk_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left")

    path = tmp_path / "a.json"
    write_text(path, "old")
    monkeypatch.setattr(step, full)
    with pytest.raises(OSError, match="no space left"):
        write_text(path, "new")
    assert (path.read_text(), names(tmp_path)) == ("old", ["a.json"])


def test_tensors_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    turned = torch.arange(6.0).view(2, 3).T
    write_tensors(path, {"x": turned}, {"iteration": "1"})
    assert torch.equal(load_file(path)["x"], turned)
    shared = torch.zeros(4)
    with pytest.raises(RuntimeError, match="share memory"):
        write_tensors(path, {"x": shared, "y": shared})
    assert torch.equal(load_file(path)["x"], turned)
    write_tensors(path, {"y": turned + 1})
    assert torch.equal(load_file(path)["y"], turned + 1)
    assert [file.name for file in tmp_path.iterdir()] == ["a.safetensors"]


def test_two_threads_never_mix_one_file(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    contents = [bytes([number]) * 300_000 for number in range(2)]
    start = Barrier(2)

    def writes(content: bytes) -> None:
        for _ in range(20):
            start.wait(20)
            write_bytes(path, content)
            assert path.read_bytes() in contents

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(writes, contents))
    assert path.read_bytes() in contents
    assert names(tmp_path) == ["a.bin"]


def test_drafts_of_one_file_have_different_names(tmp_path: Path) -> None:
    with atomic(tmp_path / "a") as first, atomic(tmp_path / "a") as second:
        assert first != second
        first.write_text("1")
        second.write_text("2")
    assert (tmp_path / "a").read_text() == "1"  # the outer one ended last


@pytest.mark.skipif(os.name == "nt", reason="permissions are those of POSIX")
def test_everyone_may_read_whom_the_umask_lets(tmp_path: Path, umask: int) -> None:
    write_text(tmp_path / "a.txt", "a")
    write_bytes(tmp_path / "a.bin", b"a")
    write_tensors(tmp_path / "a.safetensors", {"a": torch.zeros(2)})
    with atomic(tmp_path / "private") as draft:
        draft.touch()
        draft.chmod(0o600)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o666 & ~umask}


STALE_NAME = ".a.json.0123456789abcdef0123456789abcdef.partial"


def aged(path: Path, hours: float) -> Path:
    then = time.time() - 3600 * hours
    for each in (*path.glob("*"), path):
        os.utime(each, (then, then), follow_symlinks=False)
    return path


def test_drafts_that_a_kill_left_are_swept_when_they_are_stale(tmp_path: Path) -> None:
    old = tmp_path / STALE_NAME
    old.write_text("half")
    folder = tmp_path / ".hidiff-ab12_xyz"
    folder.mkdir()
    (folder / "a.png").write_text("half")
    aged(old, 25), aged(folder, 25)
    sweep_drafts(tmp_path)
    assert names(tmp_path) == []


def test_what_is_young_or_is_no_draft_stays(tmp_path: Path) -> None:
    kept = ["a.json", ".partial", "a.partial", ".a.json.partial", ".hidiff-notes.txt", ".hidiff-", f"x{STALE_NAME}"]
    for name in kept:
        (tmp_path / name).write_text("mine")
        aged(tmp_path / name, 100)
    young = tmp_path / STALE_NAME
    young.write_text("being written")
    aged(young, 23)
    busy = tmp_path / ".hidiff-ab12_xyz"
    busy.mkdir()
    aged(busy, 100)
    (busy / "a.png").write_text("just now")
    target = tmp_path / "elsewhere"
    target.mkdir()
    (tmp_path / ".hidiff-cd34_xyz").symlink_to(target)
    aged(tmp_path / ".hidiff-cd34_xyz", 100)
    sweep_drafts(tmp_path)
    assert names(tmp_path) == sorted([*kept, STALE_NAME, busy.name, "elsewhere", ".hidiff-cd34_xyz"])
    sweep_drafts(tmp_path / "none")


def test_a_clock_that_was_set_back_sweeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / STALE_NAME).write_text("half")
    now = time.time()
    monkeypatch.setattr("hidiff.files.time.time", lambda: now - 10 * 365 * 24 * 3600)
    sweep_drafts(tmp_path)
    assert names(tmp_path) == [STALE_NAME]


def test_the_drafts_of_a_process_killed_in_the_middle_are_what_the_sweep_looks_for(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from hidiff.files import atomic\n"
        "with atomic(sys.argv[1]) as draft:\n"
        "    draft.write_text('half'); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.json")], cwd=ROOT)
    assert done.returncode == -signal.SIGKILL
    (draft,) = tmp_path.iterdir()
    sweep_drafts(tmp_path)
    assert draft.exists()
    aged(draft, 25)
    sweep_drafts(tmp_path)
    assert names(tmp_path) == []


# --------------------------------------------------------------------------------- a temporary folder of one's own
@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where everybody's temporary files lie."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_the_temporary_folder_is_one_s_own_and_the_same_at_the_next_start(shared: Path) -> None:
    folder = own_temporary_folder("gradio")
    assert folder == shared / "gradio" == own_temporary_folder("gradio")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="owners are those of POSIX")
@pytest.mark.parametrize("there", ["another user's folder", "a file", "a link to another user's folder"])
def test_another_user_s_folder_is_left_alone(shared: Path, there: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place = shared / "gradio"
    if there == "a file":
        place.write_text("theirs")
    elif there == "another user's folder":
        place.mkdir(mode=0o777)
    else:
        (shared / "theirs").mkdir()
        place.symlink_to(shared / "theirs")
    if there != "a file":
        monkeypatch.setattr(os, "getuid", lambda: place.lstat().st_uid + 1)
    folder = own_temporary_folder("gradio")
    assert folder != place and folder.parent == shared and folder.name.startswith("gradio-")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700 and list(folder.iterdir()) == []


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    write_text(str(tmp_path / "a" / "b" / "c.txt"), "c")
    assert (tmp_path / "a" / "b" / "c.txt").read_text() == "c"


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a file")
    with pytest.raises(OSError, match="a"):
        write_text(tmp_path / "a" / "b.txt", "b")
    assert (tmp_path / "a").read_text() == "a file"


@pytest.mark.parametrize("name", ["x" * 255, "a." + "x" * 253, "x" * 250 + ".json", "é" * 127, "\U0001f642" * 63])
def test_the_longest_names(tmp_path: Path, name: str) -> None:
    write_text(tmp_path / name, "a")
    write_text(tmp_path / name, "b")
    assert names(tmp_path) == [name]
    assert (tmp_path / name).read_text() == "b"


def test_text_is_utf_8_and_keeps_its_line_ends(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "é\n1\r\n")
    assert (tmp_path / "a.txt").read_bytes() == b"\xc3\xa9\n1\r\n"


def test_tensors_are_read_back(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    turned = torch.arange(6.0).reshape(2, 3).T
    write_tensors(path, {"a": turned, "n": torch.tensor(3)}, {"iteration": "7"})
    with safe_open(path, "pt") as file:
        assert file.metadata() == {"iteration": "7"}
        assert torch.equal(file.get_tensor("a"), turned)
        assert file.get_tensor("n").item() == 3


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="there is no /dev/null")
def test_a_device_is_written_to_and_stays_one() -> None:
    write_text("/dev/null", "a")
    assert Path("/dev/null").is_char_device()


def test_a_folder_in_the_way_is_an_error_and_stays(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(OSError, match="a"):
        write_text(tmp_path / "a", "b")
    assert names(tmp_path) == ["a"]


def test_torch_and_numpy_are_not_imported_before_they_are_needed() -> None:
    code = "import sys, hidiff.files; print(sorted({'torch', 'numpy', 'safetensors'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr
