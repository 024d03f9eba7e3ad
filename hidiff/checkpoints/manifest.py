"""The manifest of weights: size and sha256 of every file that may be used, and the Hub repository with them.

    {"format": 1, "repo": null, "revision": null,
     "files": {"polyp/config.json": {"size": 1234, "sha256": "..."}, "polyp/segmentor.safetensors": ...}}

A name is `<task>/<file>`, or `<file>` for a repository that holds one model at its top. No other folders,
no way up, and no kind of file that could run code when it is loaded.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hidiff.errors import WeightsError
from hidiff.files import write_text

MANIFEST = "manifest.json"
CONFIG = "config.json"
CARD = "card.json"

WORD = r"[A-Za-z0-9][A-Za-z0-9_.-]*"
REPO_NAME = re.compile(rf"{WORD}/{WORD}")
REVISION = re.compile(r"(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9_./-]*")
SHA256 = re.compile(r"[0-9a-f]{64}")
_FILE_NAME = re.compile(rf"(?:{WORD}/)?(?:config\.json|card\.json|{WORD}\.safetensors)")


@dataclass(frozen=True)
class FileRecord:
    """What a manifest says of one file: `size` in bytes, `sha256` in lower-case hexadecimal."""

    size: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> FileRecord:
        """The record of the file that lies at `path`; raises OSError when it cannot be read."""
        digest = hashlib.sha256()
        size = 0
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
                size += len(block)
        return cls(size, digest.hexdigest())

    def difference(self, path: Path) -> str:
        """What sets the file at `path` apart from this record, as the end of a sentence; "" if nothing."""
        try:
            size = path.stat().st_size
            if size != self.size:
                return f"has {size} bytes where the manifest says {self.size}"
            return "" if FileRecord.of(path) == self else "has another sha256 than the manifest says"
        except FileNotFoundError:
            return "is missing"
        except OSError:
            return "cannot be read"


@dataclass(frozen=True)
class Manifest:
    """A manifest that has been read and checked. `files` maps `<task>/<file>` (or `<file>`) to its record."""

    repo: str | None = None
    revision: str | None = None
    files: Mapping[str, FileRecord] = field(default_factory=dict)

    @property
    def tasks(self) -> tuple[str, ...]:
        """The folders that hold a config.json, sorted."""
        return tuple(sorted(n.removesuffix(f"/{CONFIG}") for n in self.files if n.endswith(f"/{CONFIG}")))

    def under(self, folder: str) -> dict[str, FileRecord]:
        """The files of one folder; an empty name stands for those at the top."""
        return {n: record for n, record in self.files.items() if n.rpartition("/")[0] == folder}


def read_manifest(path: Path) -> Manifest:
    """Read and check a manifest. Raises WeightsError when it is missing or says what it may not say."""
    try:
        return parse_manifest(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError) as error:
        raise WeightsError(
            f"The list of weights {path} is not valid ({error}): restore it from the project's repository."
        ) from error


def build_manifest(folder: Path, repo: str | None = None, revision: str | None = None) -> dict[str, Any]:
    """The manifest of `folder`: each config.json, card.json and *.safetensors in the folders directly in it.

    `repo` and `revision` are those that hold these very files; without them the manifest names none, since
    weights made anew are not those of an old revision. Files of any other kind are never listed. Raises
    WeightsError for a name that a manifest may not hold.
    """
    files: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("*/*")):
        if (path.name not in (CONFIG, CARD) and path.suffix != ".safetensors") or not path.is_file():
            continue
        name = path.relative_to(folder).as_posix()
        if name.startswith("."):
            continue
        if not _FILE_NAME.fullmatch(name):
            raise WeightsError(f"{name!r} cannot be listed: use letters, digits, '_', '-' and '.' only.")
        record = FileRecord.of(path)
        files[name] = {"size": record.size, "sha256": record.sha256}
    manifest = {"format": 1, "repo": repo, "revision": revision, "files": files}
    try:
        parse_manifest(manifest)
    except ValueError as error:
        raise WeightsError(f"No manifest can be made: {error}.") from error
    return manifest


def write_manifest(folder: Path, repo: str | None = None, revision: str | None = None) -> Path:
    """Write `build_manifest(...)` to manifest.json in `folder`, whole or not at all. Returns its path."""
    path = folder / MANIFEST
    write_text(path, json.dumps(build_manifest(folder, repo, revision), indent=2) + "\n")
    return path


def parse_manifest(content: Any) -> Manifest:
    """The manifest in decoded JSON. Raises ValueError, half a sentence that says what is wrong with it."""
    if not isinstance(content, dict) or content.get("format") != 1:
        raise ValueError("it is not a manifest of format 1")
    repo, revision, listed = content.get("repo"), content.get("revision"), content.get("files")
    if repo is not None and not (isinstance(repo, str) and REPO_NAME.fullmatch(repo)):
        raise ValueError("'repo' is neither null nor owner/name")
    if revision is not None and not (isinstance(revision, str) and REVISION.fullmatch(revision)):
        raise ValueError("'revision' is neither null nor a branch, a tag or a commit")
    if not isinstance(listed, dict):
        raise ValueError("'files' is not an object")
    files = {}
    for name, entry in listed.items():
        if not _FILE_NAME.fullmatch(name):
            raise ValueError(f"it may not list {name!r}")
        size, sha256 = (entry.get("size"), entry.get("sha256")) if isinstance(entry, dict) else (None, None)
        if type(size) is not int or size < 0 or not isinstance(sha256, str) or not SHA256.fullmatch(sha256):
            raise ValueError(f"the size or the sha256 of {name!r} is missing or malformed")
        files[name] = FileRecord(size, sha256)
    return Manifest(repo, revision, files)
