"""What visitors bring is gone after an hour, by the clock on disk, whatever ended the process that took it."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest

from hidiff.errors import HiDiffError
from hidiff.files import is_own_uploads_folder, uploads_folder
from hidiff.interface.runs import uploads
from hidiff.interface.runs.sweep import held_on_disk, keep_swept, sweep


def test_old_files_go_and_young_ones_stay(tmp_path: Path) -> None:
    """Results, uploads under any name, and what a cut-off upload left at the top."""
    for name in ("ab/one.png", "cd/ef/two.zip", "tmp1234"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * 10)
    (tmp_path / "empty").mkdir()
    now = time.time()
    assert held_on_disk(tmp_path) == 30
    assert sweep(tmp_path, kept=3600, now=now + 3500) == 0
    assert sweep(tmp_path, kept=3600, now=now + 3700) == 3
    assert list(tmp_path.iterdir()) == []


def test_a_clock_that_was_set_back_keeps_nothing_for_ever(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"x")
    assert sweep(tmp_path, now=time.time() - 24 * 3600) == 1


def test_what_links_lead_to_stays(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "sub").mkdir(parents=True)
    (outside / "sub" / "own.txt").write_text("mine")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link").symlink_to(outside / "sub")
    sweep(inside, now=time.time() + 9999)
    assert (outside / "sub" / "own.txt").read_text() == "mine"


def test_what_an_earlier_process_left_is_swept_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "left").write_bytes(b"x")
    ended = keep_swept(tmp_path, kept=-1.0)
    for _ in range(200):
        if not (tmp_path / "left").exists():
            break
        time.sleep(0.02)
    ended.set()
    assert not (tmp_path / "left").exists()


def test_the_folder_is_nobody_elses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "given"))
    (tmp_path / "given" / "hidiff").mkdir(parents=True, mode=0o755)
    folder = uploads_folder()
    assert folder.parent == tmp_path / "given" / "hidiff"
    assert stat.S_IMODE(os.lstat(folder.parent).st_mode) == 0o700
    another = uploads_folder()
    assert another != folder and is_own_uploads_folder(folder) and is_own_uploads_folder(another)
    assert not is_own_uploads_folder(folder.parent)
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(folder))
    assert uploads_folder() == folder


def test_a_full_disk_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    assert uploads.new_folder().is_dir()
    monkeypatch.setattr(uploads, "MIN_FREE", 1 << 60)
    with pytest.raises(HiDiffError, match="no space for another file"):
        uploads.new_folder()
    monkeypatch.setattr(uploads, "MIN_FREE", 0)
    monkeypatch.setattr(uploads, "MOST_KEPT", 5)
    (tmp_path / "large").write_bytes(b"123456")
    monkeypatch.setattr(uploads, "_counted", (0.0, None, 0))
    with pytest.raises(HiDiffError, match="no space for another file"):
        uploads.new_folder()
