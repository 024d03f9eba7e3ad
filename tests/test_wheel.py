"""A wheel, installed into a read-only tree: it works from any folder, for an unprivileged user with no HOME."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parents[1]
BUILT_FROM = ("hidiff", "weights", "examples")
NOBODY = 65534
PATIENCE = 240

pytest.importorskip("setuptools", "77", reason="setuptools 77 is needed to build a wheel without the network")


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder that everybody may read, as pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="hidiff-wheel-"))
    folder.chmod(0o755)
    yield folder
    subprocess.run(["chmod", "-R", "u+w", str(folder)], check=True)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def wheel(place: Path) -> Path:
    """Built from a copy, so that nothing is left in the checkout. As `pip wheel .` without a network."""
    tree = place / "tree"
    tree.mkdir()
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, tree)
    for name in BUILT_FROM:
        (tree / name).symlink_to(ROOT / name)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-build-isolation", "--no-deps", "--no-index"]
    done = subprocess.run([*pip, "-w", str(place), str(tree)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (built,) = place.glob("*.whl")
    return built


def files_of_the_package() -> set[str]:
    """Every file of the package but caches and pages about it."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "hidiff").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".md"
    }


def test_it_holds_the_whole_package_and_what_it_runs_on(wheel: Path) -> None:
    held = set(ZipFile(wheel).namelist())
    assert files_of_the_package() - held == set()
    assert any(name.endswith(".css") for name in held) and any("/lessons/" in name for name in held)
    shipped = {name.removeprefix("hidiff/shipped/") for name in held if name.startswith("hidiff/shipped/")}
    listed = json.loads((ROOT / "weights/manifest.json").read_text())["files"]
    left_out = {name for name in listed if name.endswith("/denoiser.safetensors")}
    assert {f"weights/{name}" for name in set(listed) - left_out} <= shipped
    assert not {f"weights/{name}" for name in left_out} & shipped
    examples = json.loads((ROOT / "examples/manifest.json").read_text())
    assert {f"examples/{one['file']}" for one in examples} <= shipped
    assert {f"weights/results/{task}_test.json" for task in ("polyp", "fundus")} <= shipped
    assert wheel.stat().st_size < 30_000_000


@pytest.fixture(scope="module")
def installed(wheel: Path, place: Path) -> Path:
    """A site-packages of the wheel alone, beside the environment's own, that nobody may write to."""
    target = place / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(target)]
    done = subprocess.run([*pip, str(wheel)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    subprocess.run(["chmod", "-R", "a-w,a+rX", str(target)], check=True)
    return target


def interpreters() -> list[str]:
    """This one, and another of the same version, where a user's own folder keeps this one from others."""
    other = shutil.which(f"python{sys.version_info.major}.{sys.version_info.minor}", path="/usr/local/bin:/usr/bin")
    return [sys.executable, *filter(None, [other])]


@pytest.fixture
def visitor(installed: Path, place: Path) -> dict[str, Any]:
    """How to start a process: of an unprivileged user where this one may become it, elsewhere, with no HOME."""
    away = Path(tempfile.mkdtemp(dir=place))
    away.chmod(0o777)
    keep = {name: os.environ[name] for name in ("PATH", "OMP_NUM_THREADS", "LD_LIBRARY_PATH") if name in os.environ}
    paths = os.pathsep.join([str(installed), sysconfig.get_paths()["purelib"]])
    environment = keep | {"PYTHONPATH": paths, "TMPDIR": str(away), "NO_PROXY": "127.0.0.1", "LANG": "C.UTF-8"}
    environment["NUMBA_OPT"] = "0"  # compiled in a third of the time, and no slower for one picture
    how: dict[str, Any] = {"cwd": away, "env": environment, "text": True}
    if os.geteuid() != 0:
        return how | {"executable": sys.executable}
    how |= {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    for python in interpreters():
        with suppress(OSError, subprocess.CalledProcessError):
            subprocess.run([python, "-c", "import numpy"], check=True, capture_output=True, **how)
            return how | {"executable": python}
    pytest.skip(f"an unprivileged user can reach neither of {interpreters()} nor what is installed for them")


def test_an_unprivileged_user_segments_an_example_from_another_folder(visitor: dict[str, Any], installed: Path) -> None:
    code = (
        "import os; from pathlib import Path; from hidiff import HiDiff; from hidiff.files import project_folder;"
        "import hidiff; print(hidiff.__file__); print(project_folder('examples')); print(os.geteuid())"
    )
    told = subprocess.run(["python", "-c", code], capture_output=True, **visitor)
    package, examples, user = told.stdout.split()
    assert package.startswith(str(installed)) and examples.startswith(str(installed)), told.stderr
    assert os.geteuid() != 0 or user == str(NOBODY)
    assert not os.access(package, os.W_OK) or os.geteuid() == 0
    for start in ([str(installed / "bin/hidiff")], ["-m", "hidiff"]):
        version = subprocess.run(["python", *start, "--version"], capture_output=True, **visitor)
        assert version.stdout.startswith("hidiff "), version.stderr
    asked = ["segment", "--task", "polyp", "--out", "out", f"{examples}/polyp_small.jpg"]
    done = subprocess.run(["python", "-m", "hidiff", *asked], capture_output=True, **visitor)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ok"]
    assert "the embedded copy" in done.stderr
    away = Path(visitor["cwd"])
    assert list((away / "out").glob("*.mask.png"))
    assert list(away.glob("hidiff-numba/**/*.nbi")), "the kernels were not kept where that is possible"


def test_the_app_starts_there_and_serves(visitor: dict[str, Any]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = Path(visitor["cwd"], "log.txt")
    log.touch()
    log.chmod(0o666)
    with log.open("w") as stream:
        words = ["python", "-m", "hidiff", "app", "--port", str(port)]
        process = subprocess.Popen(words, stdout=stream, stderr=stream, **visitor)
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            try:
                page = urllib.request.urlopen(f"http://127.0.0.1:{port}", timeout=20).read().decode()
                break
            except OSError:
                time.sleep(0.3)
        assert "HiDiff Studio" in page and "One polyp" not in log.read_text()
        assert "the embedded copy" in log.read_text() and "data-example" in page
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/gradio_api/info", timeout=60) as answer:
            assert "/refine" in json.load(answer)["named_endpoints"]
    finally:
        process.terminate()
        assert process.wait(60) == 0, log.read_text()
