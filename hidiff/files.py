"""Atomic writes: a file that is either the old one or the new one, never half of it.

`atomic(path)` gives a new path beside `path` to write to, and moves the file there once it is whole:

    with atomic(path) as draft:
        figure.savefig(draft, format="png")

A draft's name ends in `.partial`, whatever it will be called: a program that takes its format from the suffix must
be told, and a draft that a kill left behind is never taken for a result.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

FOLDER = ".hidiff-"  # how the name of a folder of drafts begins
STALE = 24 * 3600.0  # seconds after which nobody still writes a draft
_DRAFT = re.compile(r"\..{1,60}\.[0-9a-f]{32}\.partial|\.hidiff-[a-z0-9_]{8}", re.DOTALL)
_OWN_UPLOADS = "app-"  # how the name of one app's folder for uploads begins
_PACKAGE = Path(__file__).resolve().parent
_SHOWN = 40  # characters of the file's name that its draft shows: 160 bytes at most, of the 255 that a name may have


@contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """A draft for `path`, which takes its place at the end of the `with`; folders that are missing are made.

    After an error nothing is left of the draft, and `path` is as it was. The new file may be read by whom the umask
    lets, whatever the writer set. What is there and is no file, such as /dev/stdout, is written to directly. Raises
    OSError when the folder or the file cannot be made.
    """
    path = Path(path)
    if path.exists() and not path.is_file():
        yield path
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name[:_SHOWN]}.{uuid.uuid4().hex}.partial")
    try:
        draft.touch(exist_ok=False)
        mode = draft.stat().st_mode  # to ask for the umask itself would change it for all threads
        yield draft
        draft.chmod(mode)  # safetensors, for one, writes for the owner alone
        with draft.open("rb") as file:
            os.fsync(file.fileno())  # else a power cut may keep the new name and lose what it names
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def sweep_drafts(folder: Path) -> None:
    """Delete what a kill or a power cut has left in a folder: drafts of `atomic`, and folders of drafts, whose names
    begin with FOLDER, to which nobody has written for `STALE` seconds. What cannot be deleted stays."""
    now = time.time()
    try:
        found = [entry for entry in os.scandir(folder) if _DRAFT.fullmatch(entry.name)]
    except OSError:
        return
    for entry in found:
        with suppress(OSError):
            if entry.is_symlink() or now - _last_written(Path(entry.path)) < STALE:
                continue
            if entry.is_dir():
                shutil.rmtree(entry.path)
            else:
                os.unlink(entry.path)


def _last_written(path: Path) -> float:
    """The latest change of a file, or of a folder and what lies in it."""
    inside = [entry.stat(follow_symlinks=False).st_mtime for entry in os.scandir(path)] if path.is_dir() else []
    return max([path.stat().st_mtime, *inside])


def require_writable(path: Path) -> None:
    """Raise OSError, before there is anything to write, where `path` is a folder, or its own folder is none or may
    not be written to. Nothing is made."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    path.exists()  # too long a name raises here
    folder = path.parent
    while not folder.exists():
        folder = folder.parent
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))


def project_folder(name: str) -> Path:
    """What the project has beside its code, "weights" or "examples": in a checkout the folder of that name, where
    the package was installed its copy within. The folder may be missing."""
    beside, within = _PACKAGE.parent / name, _PACKAGE / "shipped" / name
    return beside if (beside / "manifest.json").is_file() or not within.is_dir() else within


def own_temporary_folder(name: str) -> Path:
    """The folder of this name among the system's temporary ones, where it is this user's or can be made; where it is
    somebody else's, a new one that nobody else may read."""
    folder = Path(tempfile.gettempdir(), name)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if not hasattr(os, "getuid") or folder.lstat().st_uid == os.getuid():
            return folder
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix=f"{name}-"))


def uploads_folder() -> Path:
    """A new folder for one app's uploads and results, within one that nobody else reads and no other program uses:
    "hidiff" within the one that GRADIO_TEMP_DIR names, unless it is called so itself, or within the system's temporary
    one. Where GRADIO_TEMP_DIR names such a new folder already, that one."""
    given = os.environ.get("GRADIO_TEMP_DIR")
    if given and is_own_uploads_folder(Path(given)):
        return Path(given)
    if given:
        folder = Path(given) if Path(given).name == "hidiff" else Path(given, "hidiff")
    else:
        folder = own_temporary_folder("hidiff")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with suppress(OSError):
        folder.chmod(0o700)
    return Path(tempfile.mkdtemp(prefix=_OWN_UPLOADS, dir=folder))


def is_own_uploads_folder(folder: Path) -> bool:
    """Whether a folder is one app's alone, as `uploads_folder` makes them: all of it may be deleted at that app's end,
    and what is beside it is other apps'."""
    return folder.name.startswith(_OWN_UPLOADS) and folder.parent.name.startswith("hidiff") and folder.is_dir()


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write a file whole or not at all; see `atomic`."""
    with atomic(path) as draft:
        draft.write_bytes(content)


def write_text(path: str | Path, text: str) -> None:
    """Write a file of UTF-8 text whole or not at all; see `atomic`."""
    write_bytes(path, text.encode())


def write_tensors(path: str | Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None) -> None:
    """Write a safetensors file whole or not at all; see `atomic`. Tensors of any strides and any device."""
    from safetensors.torch import save_file

    with atomic(path) as draft:
        save_file({name: value.contiguous() for name, value in tensors.items()}, draft, dict(metadata or {}) or None)
