"""A Dockerfile as a list of instructions, and its steps carried out without a container engine."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path


@dataclass(frozen=True)
class Instruction:
    """name: in capitals. rest: what follows, continued lines joined."""

    name: str
    rest: str

    @property
    def words(self) -> list[str]:
        """The exec form as it is, any other split as a shell splits it."""
        return json.loads(self.rest) if self.rest.startswith("[") else shlex.split(self.rest)


def read_dockerfile(path: Path) -> list[Instruction]:
    text = path.read_text().replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return [Instruction(name.upper(), rest.strip()) for name, _, rest in (line.partition(" ") for line in lines)]


def environment_of(steps: list[Instruction]) -> dict[str, str]:
    pairs = [word.split("=", 1) for step in steps if step.name == "ENV" for word in step.words]
    return {name: value for name, value in pairs}


def health_command(steps: list[Instruction]) -> list[str]:
    (check,) = [step for step in steps if step.name == "HEALTHCHECK"]
    return json.loads(check.rest.partition("CMD ")[2])


def copies(steps: list[Instruction]) -> list[tuple[str, str]]:
    """(source in the context, target in the image), a directory's target being the directory itself."""
    out = []
    for step in steps:
        if step.name == "COPY":
            *sources, target = step.words
            out += [(source, target) for source in sources]
    return out


def copy_context(root: Path, app: Path, steps: list[Instruction]) -> None:
    """COPY, of what git tracks at `root` and .dockerignore lets through, below `app`, which stands for WORKDIR."""
    ignored = [line for line in (root / ".dockerignore").read_text().splitlines() if line.startswith("weights/")]
    for source, target in copies(steps):
        done = subprocess.run(["git", "ls-files", "-z", "--", source], cwd=root, capture_output=True, text=True)
        for name in filter(None, done.stdout.split("\0")):
            if any(fnmatch(name, pattern) for pattern in ignored):
                continue
            inner = Path(target, Path(name).relative_to(source)) if (root / source).is_dir() else Path(target, name)
            (app / inner).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, app / inner)


def make_read_only(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)


def written_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def without_rights(words: list[str]) -> list[str]:
    """The command that runs `words` without any of root's rights, so that the bits of a file's mode hold. The user's
    number stays: the Python that runs the tests may lie in root's own home."""
    return (
        ["setpriv", "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", *words] if os.getuid() == 0 else words
    )
