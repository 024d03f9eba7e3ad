"""The Dockerfile, as far as it can be tried without a container engine.

Read and checked: every instruction. Carried out in a plain folder: COPY, ENV, USER (a process without any of root's
rights), the read-only file system (the app's tree cannot be written to), CMD and HEALTHCHECK, with the Python that runs
the tests; every night the pip steps too, in a new virtual environment. Not carried out: FROM, and the volume.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from dockerfile import (
    copies,
    copy_context,
    environment_of,
    health_command,
    make_read_only,
    read_dockerfile,
    without_rights,
    written_below,
)

ROOT = Path(__file__).resolve().parents[1]
STEPS = read_dockerfile(ROOT / "Dockerfile")


def only(name: str) -> str:
    (step,) = [step for step in STEPS if step.name == name]
    return step.rest


def test_every_instruction_is_known_and_in_order() -> None:
    names = [step.name for step in STEPS]
    assert names[0] == "FROM" and names[-1] == "CMD"
    known = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "CMD"}
    assert set(names) == known
    last_of_root = max(i for i, name in enumerate(names) if name in ("COPY", "RUN"))
    assert names.index("USER") > last_of_root


def test_nobody_runs_as_root_and_no_shell_stands_between() -> None:
    user, _, group = only("USER").partition(":")
    assert int(user) > 0 and int(group) > 0
    assert only("CMD").startswith("[") and health_command(STEPS)[0] == "python"


def test_the_python_is_one_that_the_project_runs_on() -> None:
    image = re.fullmatch(r"python:3\.(\d+)-slim", only("FROM"))
    assert image is not None and int(image[1]) >= 11


def test_what_is_copied_is_there_and_the_ignore_file_lets_it_through() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    sources = {source for source, _ in copies(STEPS)}
    assert sources == allowed
    for source in sources:
        assert (ROOT / source).exists(), source


def test_the_pins_are_those_of_the_requirements() -> None:
    pins = dict(re.findall(r"^([\w-]+)==(\S+)", (ROOT / "requirements.txt").read_text(), re.M))
    for package, version in re.findall(r"([\w-]+)==(\S+)", " ".join(s.rest for s in STEPS if s.name == "RUN")):
        assert pins[package] == version


def test_everything_that_is_written_goes_to_the_volume() -> None:
    env = environment_of(STEPS)
    volume = "/cache"
    assert only("VOLUME") == f'["{volume}"]'
    for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "MPLCONFIGDIR", "NUMBA_CACHE_DIR", "HF_HOME", "HIDIFF_CACHE"):
        assert env[name] == volume or env[name].startswith(f"{volume}/"), name


def test_one_port_is_served_exposed_and_looked_after() -> None:
    port = only("EXPOSE")
    assert environment_of(STEPS)["GRADIO_SERVER_PORT"] == port
    assert f":{port}/" in health_command(STEPS)[-1]


@contextmanager
def container(python: str, folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], list[str]]]:
    """The app as CMD starts it, and the command of its HEALTHCHECK; 7860 is a free port, /cache a folder."""
    app, cache = folder / "app", folder / "cache"
    copy_context(ROOT, app, STEPS)
    make_read_only(app)
    cache.mkdir(mode=0o777)
    cache.chmod(0o777)
    folder.chmod(0o755)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    env = {name: value.replace("/cache", str(cache)) for name, value in environment_of(STEPS).items()}
    env |= {"PATH": os.environ["PATH"], "GRADIO_SERVER_PORT": port, "GRADIO_SERVER_NAME": "127.0.0.1"}
    words = [word.replace("python", python) if word == "python" else word for word in STEPS[-1].words]
    health = [python, *(word.replace("7860", port) for word in health_command(STEPS)[1:])]
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(without_rights(words), cwd=app, env=env, stdout=log, stderr=log)
        try:
            yield running, health
        finally:
            running.kill()
            running.wait()


def lives(python: str, folder: Path) -> None:
    """Healthy in the end, its tree as it was, and something in the cache."""
    with container(python, folder) as (running, health):
        before = written_below(folder / "app")
        env = {"PATH": os.environ["PATH"]}
        end = time.monotonic() + 120  # the start period
        while subprocess.run(health, env=env, capture_output=True).returncode:
            assert running.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < end, (folder / "log").read_text()
            time.sleep(0.5)
        refused = without_rights(["touch", str(folder / "app" / "x")])
        assert subprocess.run(refused, capture_output=True).returncode != 0
        assert "Read-only" not in (folder / "log").read_text()
        assert written_below(folder / "app") == before
        while not written_below(folder / "cache"):  # the kernels, or an example's finished refinement
            assert time.monotonic() < end
            time.sleep(0.2)
    assert subprocess.run(health, env=env, capture_output=True).returncode != 0  # it says so when nobody serves


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder of a short name, for the nightly environment's scripts begin with it."""
    folder = Path("/tmp" if Path("/tmp").is_dir() else ".", f"hidiff-container-{os.getpid()}")
    folder.mkdir()
    yield folder
    for path in folder.rglob("*"):
        if path.is_dir():
            path.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.skipif(not shutil.which("setpriv"), reason="needs setpriv, of Linux, to put root's rights off")
def test_the_app_lives_without_rights_on_a_tree_that_cannot_be_written_to(place: Path) -> None:
    lives(sys.executable, place)


@pytest.mark.nightly
def test_the_pip_steps_make_an_environment_in_which_it_lives(place: Path) -> None:
    """RUN pip ..., in a new virtual environment; where PyTorch's own index cannot be reached, from the usual one."""
    venv = place / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    for step in STEPS:
        if step.name == "RUN" and step.words[0] == "pip":
            words = [str(venv / "bin" / "pip"), *step.words[1:]]
            if subprocess.run(words, cwd=ROOT).returncode:
                subprocess.run(words[: words.index("--index-url")], cwd=ROOT, check=True)
    lives(str(venv / "bin" / "python"), place)
