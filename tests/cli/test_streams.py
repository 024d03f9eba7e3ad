"""Standard streams that are full or closed, SIGTERM: the images are done all the same, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from segment_runs import Segment, results, saved

pytest_plugins = ["segment_runs"]


def words(weights: Path, folder: Path) -> list[str]:
    images = [str(saved(folder / f"{name}.png")) for name in "ab"]
    return ["segment", "--task", "polyp", "--weights", str(weights), "--out", str(folder / "out"), *images]


def masks(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "out").iterdir() if "mask" in path.name)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_under_standard_output_costs_no_image(weights: Path, tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        run = [sys.executable, "-m", "hidiff", *words(weights, tmp_path)]
        done = subprocess.run(run, stdout=full, stderr=subprocess.PIPE, text=True, timeout=300)
    assert done.returncode == 1 and "Traceback" not in done.stderr and "Exception" not in done.stderr
    assert "Standard output could not be written (No space left on device)" in done.stderr
    assert masks(tmp_path) == ["a.mask.png", "b.mask.png"]


def test_closed_streams_cost_no_image(weights: Path, tmp_path: Path) -> None:
    line = " ".join(f"'{word}'" for word in [sys.executable, "-m", "hidiff", *words(weights, tmp_path)])
    done = subprocess.run(["sh", "-c", f"{line} >&- 2>&-"], timeout=300)
    assert done.returncode == 0
    assert masks(tmp_path) == ["a.mask.png", "b.mask.png"]


def stuck_in_the_middle(weights: Path, folder: Path) -> subprocess.Popen[str]:
    """The command, which has written half of the first image's trace and does not go on."""
    stuck = (
        "import sys, time, pathlib\n"
        "from hidiff.refinement.trace import Trace\n"
        "def save(self, path, light=False):\n"
        "    pathlib.Path(path).write_bytes(b'half'); print('writing', flush=True); time.sleep(300)\n"
        "Trace.save = save\n"
        "from hidiff.__main__ import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    run = [sys.executable, "-c", stuck, *words(weights, folder), "--trace"]
    child = subprocess.Popen(run, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert child.stdout is not None and child.stdout.readline() == "writing\n"
    assert any(path.name.startswith(".hidiff-") for path in (folder / "out").iterdir())
    return child


def test_sigterm_leaves_no_drafts(weights: Path, tmp_path: Path) -> None:
    child = stuck_in_the_middle(weights, tmp_path)
    child.send_signal(signal.SIGTERM)
    assert child.wait(60) == 143
    assert list((tmp_path / "out").iterdir()) == []


def test_after_a_kill_in_the_middle_the_next_run_is_as_if_nothing_had_been(
    weights: Path, tmp_path: Path, segment: Segment
) -> None:
    child = stuck_in_the_middle(weights, tmp_path)
    child.kill()
    child.wait(60)
    out = tmp_path / "out"
    assert [path.name[:8] for path in out.iterdir()] == [".hidiff-"]  # no half of a result under a result's name
    images = [tmp_path / "a.png", tmp_path / "b.png"]
    assert segment(*images).status == 0
    assert segment(*images, "--out", tmp_path / "fresh").status == 0
    assert {p.name: p.read_bytes() for p in out.iterdir() if p.is_file()} == results(tmp_path / "fresh")
    then = time.time() - 25 * 3600
    for draft in (*out.glob(".hidiff-*/*"), *out.glob(".hidiff-*")):
        os.utime(draft, (then, then))
    assert segment(*images).status == 0
    assert results(out) == results(tmp_path / "fresh")  # and what the kill had left is gone, a day later


def test_a_name_that_is_too_long_is_said_before_anything_is_written(segment: Segment, tmp_path: Path) -> None:
    long = tmp_path / ("x" * 251 + ".png")
    try:
        saved(long)
    except OSError:
        pytest.skip("this disk takes no such names")
    run = segment(long)
    assert run.status == 1 and "(File name too long)" in run.records[0]["error"]
    assert not (tmp_path / "out").exists()
