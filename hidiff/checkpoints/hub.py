"""Finding weights: a folder, the Hugging Face Hub, or the copy that the project carries.

`weights/manifest.json` names the size and the sha256 of every file that may be used, and the Hub repository
that holds the same tree (`null` until one is published). The environment goes before it: `HIDIFF_HUB_REPO`
(owner/name) and `HIDIFF_HUB_REVISION`. A file of a task is used only if it is the file that the manifest
names, so the copy on the Hub and the embedded copy are the same bytes. Only safetensors and JSON are
listed, fetched or read: neither can run code when it is loaded.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hidiff.checkpoints import hub_client
from hidiff.checkpoints.hub_client import (
    Unavailable,
    fetch_listed,
    fetch_manifest,
    fetch_snapshot,
)
from hidiff.checkpoints.manifest import (
    CARD,
    CONFIG,
    MANIFEST,
    WORD,
    FileRecord,
    Manifest,
    parse_manifest,
    read_manifest,
)
from hidiff.errors import WeightsError
from hidiff.tasks import TASKS

EMBEDDED = Path(__file__).resolve().parents[2] / "weights"

_INSTALLED = Path(__file__).resolve().parents[1] / "shipped" / "weights"

_ADDRESS = re.compile(rf"(?P<repo>{WORD}/{WORD})(?:/(?P<folder>{WORD}))?")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WeightsFolder:
    """A folder of config.json and *.safetensors, and one sentence for the user that says whence it came.

    names: the files that can be had from there, those that were spared included. card: the model card where it lies
    elsewhere, in the embedded copy.
    """

    path: Path
    source: Literal["folder", "hub", "embedded"]
    note: str
    names: frozenset[str] = frozenset()
    card: Path | None = None

    @property
    def card_file(self) -> Path:
        """Where the model card is, if there is one."""
        return self.card or self.path / CARD


def find_weights(
    task_or_path_or_repo: str | Path,
    revision: str | None = None,
    embedded: Path | None = None,
    spared: Mapping[str, str] | None = None,
) -> WeightsFolder:
    """The folder to load weights from, with one sentence on where it came from (which is logged as well).

    `task_or_path_or_repo` is, in this order:

    1. a folder that holds config.json: it is used as it stands, its files being the caller's own; a bare word that
       is a task's name is that task, whatever lies in the working directory;
    2. a task, such as "polyp": a folder of that name in the folder that `HIDIFF_WEIGHTS` names; without that, one
       of the manifest's tasks, from the Hub where a repository is named, else the embedded copy (any trouble with
       the Hub, a file that is not the manifest's included, leads to the embedded copy, and the note tells of it);
       or a folder of that name beside the embedded ones, such as training writes;
    3. "owner/name" or "owner/name/folder": that Hub repository, its top (or, where its manifest lists one folder
       alone, that one) or one of its folders. The caller asked for this one, so nothing takes its place. Its files
       are checked against its own manifest.json if it has one, and none may be larger than `hub_client` allows.

    `revision` is a branch, a tag or a commit, by default `HIDIFF_HUB_REVISION`, then the manifest's, then
    "main" (for 3: "main"). A commit of 40 hexadecimal digits that is in the cache needs no request.
    `embedded` is the folder of the embedded copy, by default `weights` beside the package. `spared` names
    files of a task that are neither fetched nor checked where the manifest lists what is used in their place.

    Raises WeightsError when there is nothing to load or when what there is has been damaged.
    """
    asked = str(task_or_path_or_repo)
    path = Path(os.path.expanduser(asked))
    embedded = embedded_weights() if embedded is None else embedded
    is_task = isinstance(task_or_path_or_repo, str) and bool(re.fullmatch(WORD, asked)) and _is_task(asked, embedded)
    if asked and not is_task and os.path.isfile(path / CONFIG):
        return _told(WeightsFolder(path, "folder", f"Weights: the folder {asked}.", _names(path)))
    if isinstance(task_or_path_or_repo, Path):
        raise WeightsError(f"The folder {asked} holds no {CONFIG}: name a folder of weights.")
    if address := _ADDRESS.fullmatch(asked):
        return _told(_from_repository(address["repo"], address["folder"] or "", revision or "main"))
    own, _ = _named_by_owner()
    if own is None:
        manifest = read_manifest(embedded / MANIFEST)
        if asked in manifest.tasks:
            return _from_task(asked, manifest, embedded, revision, spared or {})
    root = embedded if own is None else own
    if asked in _task_folders(root):
        note = f"Weights of {asked}: the folder {asked} of {'HIDIFF_WEIGHTS' if own is not None else 'the weights'}."
        return _told(WeightsFolder(root / asked, "folder", note, _names(root / asked)))
    tasks = ", ".join(available_tasks(embedded)) or "none yet"
    raise WeightsError(
        f"There are no weights called {asked!r}: name a task ({tasks}), a folder that holds {CONFIG}, "
        "or a Hub repository as owner/name or owner/name/folder."
    )


def available_tasks(embedded: Path | None = None) -> tuple[str, ...]:
    """The tasks that `find_weights` knows by name, the presets first: what lies in the folder that `HIDIFF_WEIGHTS`
    names, else the manifest's tasks and what lies beside them. Raises WeightsError when the manifest cannot be read."""
    own, _ = _named_by_owner()
    if own is not None:
        found = set(_task_folders(own))
    else:
        embedded = embedded_weights() if embedded is None else embedded
        found = {*read_manifest(embedded / MANIFEST).tasks, *_task_folders(embedded)}
    return (*(name for name in TASKS if name in found), *sorted(found - set(TASKS)))


def added_weights() -> tuple[str, ...]:
    """What `HIDIFF_WEIGHTS` adds from the Hub: the addresses in it, each owner/name whose manifest lists folders
    replaced by owner/name/folder. What cannot be asked stands as it is: `find_weights` says why."""
    added: list[str] = []
    for address in _named_by_owner()[1]:
        found = _ADDRESS.fullmatch(address)
        folders = () if found is None or found["folder"] else _folders_of(found["repo"], "main")
        added += [f"{address}/{folder}" for folder in folders] or [address]
    return tuple(added)


def hub_address(word: str) -> bool:
    """Whether a word names a Hub repository: owner/name or owner/name/folder, and no folder that is here."""
    return bool(_ADDRESS.fullmatch(word)) and not Path(word).is_dir()


def _named_by_owner() -> tuple[Path | None, tuple[str, ...]]:
    """`HIDIFF_WEIGHTS`: the folder that takes the place of the project's weights, and the Hub addresses beside it."""
    value = os.environ.get("HIDIFF_WEIGHTS", "")
    if not value or Path(value).is_dir():  # a folder's name may have a comma
        return (Path(value) if value else None), ()
    words = [word for part in value.split(",") if (word := part.strip())]
    addresses = tuple(word for word in words if hub_address(word))
    folders = [word for word in words if word not in addresses]
    if len(folders) > 1:
        raise WeightsError(
            f"HIDIFF_WEIGHTS names {len(folders)} folders, {folders[0]} and {folders[1]}; name one, and any number of "
            "Hub repositories as owner/name, with commas between."
        )
    return (Path(folders[0]) if folders else None), addresses


def _folders_of(repo: str, revision: str) -> tuple[str, ...]:
    """The folders that the manifest of a repository lists; none where there is no manifest that can be read."""
    try:
        found = fetch_manifest(repo, revision)
        return () if found is None else read_manifest(found).tasks
    except (Unavailable, WeightsError):
        return ()


def embedded_weights() -> Path:
    """The folder of the embedded copy: beside the package in a checkout, else where `pip install` has put it."""
    return EMBEDDED if (EMBEDDED / MANIFEST).is_file() or not (_INSTALLED / MANIFEST).is_file() else _INSTALLED


def _is_task(name: str, embedded: Path) -> bool:
    try:
        return name in available_tasks(embedded)
    except WeightsError:
        return False


def _task_folders(root: Path) -> tuple[str, ...]:
    try:
        folders = sorted(path for path in root.iterdir() if (path / CONFIG).is_file())
    except OSError:
        return ()
    return tuple(path.name for path in folders if re.fullmatch(WORD, path.name))


def _told(found: WeightsFolder, level: int = logging.INFO) -> WeightsFolder:
    _log.log(level, found.note)
    return found


def _names(folder: Path) -> frozenset[str]:
    return frozenset(path.name for path in folder.iterdir() if path.is_file())


def _wrong(records: Mapping[str, FileRecord], root: Path) -> str:
    """The first file under `root` that is not the one on record, and what is wrong with it; "" if all are right."""
    problems = ((name, record.difference(root / name)) for name, record in records.items())
    return next((f"{name} {problem}" for name, problem in problems if problem), "")


def _from_task(
    task: str, manifest: Manifest, embedded: Path, revision: str | None, spared: Mapping[str, str]
) -> WeightsFolder:
    """The Hub's copy if its files are those of the manifest, else the embedded one."""
    listed = manifest.under(task)
    names = frozenset(name.rpartition("/")[2] for name in listed)
    unread = {f"{task}/{name}" for name, used in spared.items() if used in names}
    card = listed.get(f"{task}/{CARD}")
    at_hand = card is not None and not card.difference(embedded / task / CARD)
    if at_hand:
        unread.add(f"{task}/{CARD}")  # nothing computes with it, so it need not travel
    records = {name: record for name, record in listed.items() if name not in unread}
    repo = os.environ.get("HIDIFF_HUB_REPO") or manifest.repo
    if not repo:
        reason, level = "no Hub repository is named", logging.INFO
    else:
        # The manifest's revision is one of the manifest's repository: it says nothing about another one.
        theirs = manifest.revision if repo == manifest.repo else None
        revision = revision or os.environ.get("HIDIFF_HUB_REVISION") or theirs or "main"
        wrong = _wrong(records, embedded)
        try:
            # The embedded copy is the same bytes: the Hub is worth a short wait where that is whole, a long one else.
            root = fetch_listed(repo, revision, records, hub_client.PATIENCE if wrong else hub_client.AT_START)
        except Unavailable as trouble:
            reason, level = f"Hub repository {repo}: {trouble}", logging.WARNING
        else:
            note = f"Weights of {task}: Hub repository {repo} at commit {root.name[:10]}."
            return _told(WeightsFolder(root / task, "hub", note, names, embedded / task / CARD if at_hand else None))
    if wrong := _wrong(records, embedded):
        raise WeightsError(
            f"The embedded weights file {embedded}/{wrong}: restore it from the project's repository ({reason})."
        )
    note = f"Weights of {task}: the embedded copy ({reason})."
    return _told(WeightsFolder(embedded / task, "embedded", note, names), level)


def _from_repository(repo: str, folder: str, revision: str) -> WeightsFolder:
    """What the caller named or nothing."""
    address = f"{repo}/{folder}" if folder else repo
    try:
        root = fetch_snapshot(repo, folder, revision)
        if not folder and not (root / CONFIG).is_file() and (root / MANIFEST).is_file():
            folder = _only_folder(root / MANIFEST)
            root = fetch_snapshot(repo, folder, root.name)
        if problem := _amiss(root, folder):
            raise Unavailable(f"{problem}, so it was refused")
    except Unavailable as reason:
        hint = "" if folder else "; a folder within a repository is named owner/name/folder"
        raise WeightsError(
            f"The weights {address} did not come from the Hub ({reason}), and no folder here of that name "
            f"holds {CONFIG}{hint}."
        ) from reason
    listed = (root / MANIFEST).is_file()
    checked = "checked against its manifest" if listed else "which has no manifest to check against"
    note = f"Weights: Hub repository {address} at commit {root.name[:10]}, {checked}."
    return WeightsFolder(root / folder, "hub", note, _names(root / folder))


def _only_folder(manifest: Path) -> str:
    """The folder that a repository is about whose top holds no weights, "" where it lists none."""
    try:
        folders = read_manifest(manifest).tasks
    except WeightsError:
        return ""  # `_amiss` says what is wrong with it
    if len(folders) > 1:
        raise Unavailable(f"it holds {' and '.join(folders)}: name one")
    return folders[0] if folders else ""


def _amiss(root: Path, folder: str) -> str:
    """What keeps a folder of a repository from being used: a file that is missing, or not its own manifest's."""
    present = [path.relative_to(root).as_posix() for path in (root / folder).glob("*.safetensors")]
    config = (Path(folder) / CONFIG).as_posix()
    if not present or not (root / config).is_file():
        return f"it holds no {config} with *.safetensors beside it"
    if not (root / MANIFEST).is_file():
        return ""
    try:
        listed = parse_manifest(json.loads((root / MANIFEST).read_text(encoding="utf-8"))).under(folder)
    except (OSError, ValueError, RecursionError) as error:
        return f"its {MANIFEST} is not valid ({error})"
    missing = sorted({*present, config} - set(listed))
    return f"its {MANIFEST} does not list {missing[0]}" if missing else _wrong(listed, root)
