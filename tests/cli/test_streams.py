"""Standard streams that are full or closed, SIGTERM: the images are done all the same, and nothing is left behind."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from segment_runs import Segment, saved

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


def test_sigterm_leaves_no_drafts(weights: Path, tmp_path: Path) -> None:
    stuck = (
        "import sys, time, pathlib\n"
        "from hidiff.refinement.trace import Trace\n"
        "def save(self, path):\n"
        "    pathlib.Path(path).write_bytes(b'half'); print('writing', flush=True); time.sleep(300)\n"
        "Trace.save = save\n"
        "from hidiff.__main__ import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    run = [sys.executable, "-c", stuck, *words(weights, tmp_path), "--trace"]
    child = subprocess.Popen(run, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert child.stdout is not None and child.stdout.readline() == "writing\n"
    assert any(path.name.startswith(".hidiff-") for path in (tmp_path / "out").iterdir())
    child.send_signal(signal.SIGTERM)
    assert child.wait(60) == 143
    assert list((tmp_path / "out").iterdir()) == []


def test_a_name_that_is_too_long_is_said_before_anything_is_written(segment: Segment, tmp_path: Path) -> None:
    long = tmp_path / ("x" * 251 + ".png")
    try:
        saved(long)
    except OSError:
        pytest.skip("this disk takes no such names")
    run = segment(long)
    assert run.status == 1 and "(File name too long)" in run.records[0]["error"]
    assert not (tmp_path / "out").exists()
