"""`python -m hidiff` as another program runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hidiff import __main__, __version__
from hidiff.__main__ import main
from hidiff.errors import HiDiffError

pytest_plugins = ["segment_runs"]

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
ENVIRONMENT |= {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def python(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, words)], capture_output=True, text=True, env=ENVIRONMENT, check=False
    )


def test_version_and_help_need_no_pytorch() -> None:
    code = (
        "import sys; from hidiff.__main__ import main\n"
        "assert [main(words) for words in (['--version'], ['--help'], ['segment', '--help'])] == [0, 0, 0]\n"
        "assert not {'torch', 'tqdm', 'matplotlib'} & set(sys.modules), 'a heavy module was imported'\n"
        "main(['--help']); assert 'hidiff.training' not in sys.modules"
    )
    done = python("-c", code)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"hidiff {__version__}\n")
    for command in ("segment", "train", "pack", "bench", "evaluate"):
        assert command in done.stdout


def said(standard_error: str) -> list[str]:
    """Its lines, but for the one that the first run on a computer may add, that it compiles, and for the doubt that
    so small a picture is a photograph."""
    lines = [line for line in standard_error.splitlines() if not line.startswith("Compiling the packed")]
    return [line for line in lines if not line.startswith("a.png: The image looks")]


@pytest.mark.parametrize("words", [[], ["paint"], ["--colour"]])
def test_no_command_or_an_unknown_one_is_wrong_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("usage: python -m hidiff")


@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_every_room_is_found(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert "--data" in capsys.readouterr().out


def test_a_users_error_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from hidiff.cli import evaluate

    def run(args: object) -> int:
        raise HiDiffError("The data are not there; name another folder.")

    monkeypatch.setattr(evaluate, "run", run)
    assert main(["evaluate", "--task", "polyp", "--data", "nowhere"]) == 1
    assert capsys.readouterr() == ("", "The data are not there; name another folder.\n")


def test_a_fault_of_the_program_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    from hidiff.cli import evaluate

    def run(args: object) -> int:
        raise RuntimeError("a fault")

    monkeypatch.setattr(evaluate, "run", run)
    with pytest.raises(RuntimeError, match="a fault"):
        main(["evaluate", "--task", "polyp", "--data", "nowhere"])


def test_files_good_and_bad_from_the_shell(weights: Path, tmp_path: Path) -> None:
    Image.fromarray(np.arange(60 * 72 * 3, dtype=np.uint8).reshape(60, 72, 3)).save(tmp_path / "a.png")
    (tmp_path / "bad.png").write_text("text")
    done = python(
        "-m", "hidiff", "segment", "--task", "polyp", "--weights", weights, "--out", tmp_path / "out",
        tmp_path / "a.png", tmp_path / "bad.png",
    )  # fmt: skip
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1 and [record["ok"] for record in records] == [True, False]
    assert said(done.stderr) == [records[0]["weights"]]
    assert Image.open(tmp_path / "out" / "a.mask.png").size == (72, 60)


@pytest.mark.parametrize("words", [["--help"], ["segment"]])
def test_a_reader_that_has_gone_away_is_no_error(words: list[str], weights: Path, tmp_path: Path) -> None:
    if words == ["segment"]:
        Image.fromarray(np.zeros((60, 72, 3), np.uint8)).save(tmp_path / "a.png")
        words = [*words, "--task", "polyp", "--weights", str(weights), "--out", str(tmp_path), str(tmp_path / "a.png")]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "hidiff", *words],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
        check=False,
    )
    os.close(writing)
    assert done.returncode == __main__.PIPE_CLOSED
    assert [line for line in said(done.stderr) if not line.startswith("Weights: ")] == []
