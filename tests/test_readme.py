"""Every command and snippet of the README, read out of it: run where that is short, else checked and run elsewhere."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import shutil
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from api_server import serving
from bright_model import red_model, save_disc

from hidiff.__main__ import _parser, main
from hidiff.refinement.trace import Trace

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.S | re.M)


def blocks(language: str) -> list[str]:
    return [body for kind, body in BLOCKS if kind == language]


COMMANDS = [
    part.strip()
    for body in blocks("bash")
    for line in body.replace("\\\n", " ").splitlines()
    for part in line.split("&&")
]
INLINE = [
    words
    for words in re.findall(r"`([^`\n]+)`", README)
    if re.match(r"(hidiff|python|pip|\.venv/bin/\w+) |tests/run$", words)
]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as a reader has it: the examples, and an image of one's own."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    shutil.copy(ROOT / "examples/polyp_small.jpg", tmp_path / "my_image.jpg")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def parsed(words: list[str]) -> argparse.Namespace:
    """As the command line itself reads them; an option that is not there ends the test."""
    try:
        return _parser(words).parse_args(words)
    except SystemExit as end:
        pytest.fail(f"{shlex.join(words)} is refused ({end.code})")


def run_hidiff(words: list[str], desk: Path) -> None:
    """`segment` is run, with the first of its images; what serves or trains is read as the command line reads it."""
    parsed(words)
    if words[0] != "segment" or "--reference" in words:  # that one is the film's: see weights/test_starts.py
        return
    images = sorted(path for path in desk.glob(words[-1]))
    assert images
    assert main([*words[:-1], str(images[0])]) == 0
    made = {path.name.split(".", 1)[1] for path in (desk / "out").iterdir()}
    assert {"mask.png", "trace.npz"} <= made and any(name.endswith("webp") for name in made)


def run_pip(words: list[str], desk: Path) -> None:
    """Installs are what tests/run, .ci/run and test_wheel.py do; here that these install the same."""
    if words[:2] == ["install", "-r"]:
        assert f"-r ../{words[2]}" in (ROOT / "tests/requirements.txt").read_text()
    elif words[-1].endswith(".lock"):
        assert (ROOT / words[-1]).is_file() and words[-1] in (ROOT / "tests/run").read_text()
    elif extra := re.fullmatch(r"\.\[(\w+)\]", words[-1]):
        assert extra[1] in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    else:
        assert words[-1] == "." or words[1] in (ROOT / "requirements.txt").read_text()


def run_script(words: list[str], desk: Path) -> None:
    """Scripts of the project; `app.py` is run by interface/test_app.py, `tests/run` by CI."""
    assert (ROOT / words[0]).is_file()
    if words[0] == "tests/run":
        assert "tests/run" in (ROOT / ".ci/run").read_text()


def run_venv(words: list[str], desk: Path) -> None:
    assert f"{shlex.join(words[:3])} " in (ROOT / "tests/run").read_text()


HANDLERS: list[tuple[str, int, Callable[[list[str], Path], None]]] = [
    ("python3 -m venv", 0, run_venv),
    ("python -m hidiff", 3, run_hidiff),
    ("hidiff", 1, run_hidiff),
    ("pip", 1, run_pip),
    ("python", 1, run_script),
    ("tests/run", 0, run_script),
]


@pytest.mark.parametrize("command", [*COMMANDS, *INLINE])
def test_a_command_works(command: str, desk: Path) -> None:
    words = shlex.split(command, comments=True)
    words[0] = words[0].removeprefix(".venv/bin/")
    for beginning, skipped, handler in HANDLERS:
        if words[: len(beginning.split())] == beginning.split():
            handler(words[skipped:], desk)
            return
    pytest.fail(f"no test runs {command!r}")


def the_snippet(sign: str) -> str:
    (found,) = (body for body in blocks("python") if sign in body)
    return found


def test_every_snippet_is_run_below() -> None:
    assert sorted(kind for kind, _ in BLOCKS if kind != "bash") == ["json", "python", "python"]
    assert the_snippet("from hidiff import") != the_snippet("gradio_client")


def test_the_library_s_snippet_runs(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    exec(compile(the_snippet("from hidiff import"), "README.md", "exec"), names)
    assert len(capsys.readouterr().out.splitlines()) == 10
    trace = Trace.load(desk / "trace.npz")
    assert np.array_equal(names["refinement"].trace().refined, trace.refined)
    assert names["mask"].shape == names["image"].shape[:2] and 0 < names["mask"].mean() < 1


@pytest.fixture
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving({"polyp": red_model()}, tmp_path_factory) as url:
        yield url.rstrip("/")


def test_the_api_s_snippet_runs(
    desk: Path, address: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1,localhost")
    save_disc(desk / "my_image.jpg")
    snippet = the_snippet("gradio_client")
    assert "http://127.0.0.1:7860" in snippet
    names: dict[str, Any] = {}
    exec(compile(snippet.replace("http://127.0.0.1:7860", address), "README.md", "exec"), names)
    assert Path(names["mask"]).is_file()
    printed = capsys.readouterr().out
    assert all(sentence in printed for sentence in names["bit"]["story"])
    assert len(names["bit"]["story"]) == names["report"]["settings"]["steps"] + 2


def test_the_address_for_agents_is_the_server_s() -> None:
    pytest.importorskip("mcp", reason="the extra mcp is not installed")
    from hidiff.interface.mcp.gate import PATH

    (settings,) = (json.loads(body) for body in blocks("json"))
    (server,) = settings["mcpServers"].values()
    assert server["url"] == f"http://127.0.0.1:7860{PATH}/"


def test_it_is_short() -> None:
    assert len(README.splitlines()) < 200
