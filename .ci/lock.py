"""Write the lock files: every package, its version, and the hashes of its wheels.

    pip install uv
    python .ci/lock.py [--upgrade] [--torch-cpu WHEEL ...]

uv resolves requirements.txt for every platform at once. PyTorch stands apart, since on Linux its CPU build comes from
an index of its own and PyPI's wants gigabytes of CUDA: requirements-cpu.lock and requirements-cuda.lock both begin with
requirements.lock. Versions that are locked already stay unless --upgrade is given. --torch-cpu names wheels of the CPU
build for Linux, which PyPI has not: their hashes are taken in, and stay while PyTorch's version stays.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
APP, CPU, CUDA = (ROOT / name for name in ("requirements.lock", "requirements-cpu.lock", "requirements-cuda.lock"))
TESTS = ROOT / "tests" / "requirements.lock"
HEADS = {
    APP: "# What the app needs, but for PyTorch.\n--only-binary :all:",  # a source's setup.py would be run
    CPU: "# What the app needs, with PyTorch for CPUs. On Linux its index is PyTorch's own.\n-r requirements.lock",
    CUDA: "# What the app needs, with PyTorch as PyPI has it: on Linux, for CUDA.\n-r requirements.lock",
    TESTS: "# What the tests need beside one of those.\n--only-binary :all:",
}
_OF_CUDA = re.compile(r"nvidia-|cuda-|triton$")
Entries = dict[str, set[str]]
"""name==version, with its marker -> the hashes of its wheels."""


def entries_of(text: str) -> Entries:
    """The entries of a lock file's text."""
    out: Entries = {}
    for line in text.splitlines():
        if found := re.match(r"    --hash=(sha256:[0-9a-f]{64})", line):
            out[next(reversed(out))].add(found[1])
        elif re.match("[a-z0-9]", line):
            out[line.removesuffix(" \\")] = set()
    return out


def resolved(source: Path, constraints: Iterable[Path]) -> list[dict[str, Any]]:
    """The packages that uv finds for a file of requirements, as pylock.toml has them."""
    words = ["uv", "--no-config", "pip", "compile", str(source.relative_to(ROOT)), "--universal", "--quiet"]
    words += ["--python-version", "3.11", "--only-binary", ":all:", "--format", "pylock.toml"]
    for file in constraints:
        words += ["--constraints", str(file.relative_to(ROOT))]
    done = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return list(tomllib.loads(done.stdout)["packages"])


def entry(package: dict[str, Any], wanted: str = "") -> Entries:
    """The entry of a package, with the wheels whose file name fits."""
    marker = package.get("marker", "")
    marker = f" ; {marker}" if marker and marker != "python_full_version >= '3.11'" else ""
    fitting = (wheel for wheel in package["wheels"] if re.search(wanted, wheel["url"].rpartition("/")[2]))
    return {f"{package['name']}=={package['version']}{marker}": {f"sha256:{w['hashes']['sha256']}" for w in fitting}}


def write(file: Path, packages: Iterable[Entries]) -> None:
    """A lock file, as pip reads it."""
    lines = [HEADS[file], "# Made by .ci/lock.py."]
    for line, hashes in (pair for entries in packages for pair in entries.items()):
        lines += [f"{line} \\", *(f"    --hash={one}" + " \\" * (one != max(hashes)) for one in sorted(hashes))]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main(words: Sequence[str]) -> None:
    """Write all four files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--upgrade", action="store_true")
    parser.add_argument("--torch-cpu", type=Path, nargs="*", default=[], metavar="WHEEL")
    given = parser.parse_args(words)
    kept = [] if given.upgrade else [file for file in (CPU, CUDA) if file.exists()]
    before = entries_of(CPU.read_text(encoding="utf-8")) if CPU.exists() else {}
    app = resolved(ROOT / "requirements.txt", kept)
    torch = next(package for package in app if package["name"] == "torch")
    cuda = [package for package in app if _OF_CUDA.match(package["name"])]
    write(APP, (entry(package) for package in app if package not in (torch, *cuda)))
    ((line, hashes),) = entry(torch, "-(macosx|win)").items()
    hashes |= before.get(line, set())
    hashes |= {f"sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}" for wheel in given.torch_cpu}
    write(CPU, [{line: hashes}])
    write(CUDA, map(entry, (torch, *cuda)))
    tests = resolved(
        ROOT / "tests" / "requirements.txt", [CPU, CUDA, *([] if given.upgrade or not TESTS.exists() else [TESTS])]
    )
    names = {package["name"] for package in app}
    write(TESTS, (entry(package) for package in tests if package["name"] not in names))


if __name__ == "__main__":
    main(sys.argv[1:])
