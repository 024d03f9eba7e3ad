"""Where weights come from: a folder, the Hugging Face Hub, or the copy that the project carries.

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
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

from hidiff.checkpoints.manifest import (
    CARD,
    CONFIG,
    MANIFEST,
    REPO_NAME,
    REVISION,
    SHA256,
    WORD,
    FileRecord,
    Manifest,
    build_manifest,
    parse_manifest,
    read_manifest,
    write_manifest,
)
from hidiff.errors import WeightsError

__all__ = ["WeightsFolder", "build_manifest", "find_weights", "read_manifest", "write_manifest"]

EMBEDDED = Path(__file__).resolve().parents[2] / "weights"

ETAG_TIMEOUT = 5.0  # seconds that the Hub has for the headers of one file
REACH = 8.0  # seconds until a Hub that has not answered at all counts as out of reach
PATIENCE = 60.0  # seconds that all files of a task may take before the embedded copy is used

_ADDRESS = re.compile(rf"(?P<repo>{WORD}/{WORD})(?:/(?P<folder>{WORD}))?")
_COMMIT = re.compile(r"[0-9a-f]{40}")

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


@dataclass(frozen=True)
class WeightsFolder:
    """A folder of config.json and *.safetensors, and one sentence for the user that says whence it came.

    names: the files that can be had from there, those that were spared included.
    """

    path: Path
    source: Literal["folder", "hub", "embedded"]
    note: str
    names: frozenset[str] = frozenset()


def find_weights(
    task_or_path_or_repo: str | Path,
    revision: str | None = None,
    embedded: Path | None = None,
    spared: Mapping[str, str] | None = None,
) -> WeightsFolder:
    """The folder to load weights from, with one sentence on where it came from (which is logged as well).

    `task_or_path_or_repo` is, in this order:

    1. a folder that holds config.json: it is used as it stands, its files being the caller's own;
    2. a task of the manifest, such as "polyp": the Hub where a repository is named, else the embedded copy.
       Any trouble with the Hub, a file that is not the manifest's included, leads to the embedded copy, and
       the note tells of it;
    3. "owner/name" or "owner/name/folder": that Hub repository, its top or one of its folders. The caller
       asked for this one, so nothing takes its place. Its files are checked against its own manifest.json
       if it has one.

    `revision` is a branch, a tag or a commit, by default `HIDIFF_HUB_REVISION`, then the manifest's, then
    "main" (for 3: "main"). A commit of 40 hexadecimal digits that is in the cache needs no request.
    `embedded` is the folder of the embedded copy, by default `weights` beside the package. `spared` names
    files of a task that are neither fetched nor checked where the manifest lists what is used in their place.

    Raises WeightsError when there is nothing to load or when what there is has been damaged.
    """
    asked = str(task_or_path_or_repo)
    folder = os.path.expanduser(asked)
    if asked and os.path.isfile(os.path.join(folder, CONFIG)):
        path = Path(folder)
        return _told(WeightsFolder(path, "folder", f"Weights: the folder {asked}.", _names(path)))
    if isinstance(task_or_path_or_repo, Path):
        raise WeightsError(f"The folder {asked} holds no {CONFIG}: name a folder of weights.")
    if address := _ADDRESS.fullmatch(asked):
        return _told(_from_repository(address["repo"], address["folder"] or "", revision or "main"))
    embedded = EMBEDDED if embedded is None else embedded
    manifest = read_manifest(embedded / MANIFEST)
    if asked in manifest.tasks:
        names = frozenset(name.rpartition("/")[2] for name in manifest.under(asked))
        found = _from_task(asked, _without(manifest, asked, spared or {}), embedded, revision)
        return replace(found, names=names)
    tasks = ", ".join(manifest.tasks) or "none yet"
    raise WeightsError(
        f"There are no weights called {asked!r}: name a task ({tasks}), a folder that holds {CONFIG}, "
        "or a Hub repository as owner/name or owner/name/folder."
    )


def _told(found: WeightsFolder, level: int = logging.INFO) -> WeightsFolder:
    _log.log(level, found.note)
    return found


# A task: the Hub if it can give the very files of the manifest, else the embedded copy


def _without(manifest: Manifest, task: str, spared: Mapping[str, str]) -> Manifest:
    unread = {f"{task}/{name}" for name, used in spared.items() if f"{task}/{used}" in manifest.files}
    files = {name: record for name, record in manifest.files.items() if name not in unread}
    return Manifest(manifest.repo, manifest.revision, files)


def _from_task(task: str, manifest: Manifest, embedded: Path, revision: str | None) -> WeightsFolder:
    repo = os.environ.get("HIDIFF_HUB_REPO") or manifest.repo
    if not repo:
        path = _embedded(task, manifest, embedded)
        return _told(
            WeightsFolder(path, "embedded", f"Weights of {task}: the embedded copy (no Hub repository is named).")
        )
    # The manifest's revision is one of the manifest's repository: it says nothing about another one.
    theirs = manifest.revision if repo == manifest.repo else None
    revision = revision or os.environ.get("HIDIFF_HUB_REVISION") or theirs or "main"
    try:
        path, commit = _fetch_listed(repo, revision, manifest.under(task), f"{task}/{CONFIG}")
    except _Unavailable as reason:
        path = _embedded(task, manifest, embedded, also=f"; Hub repository {repo}: {reason}")
        note = f"Weights of {task}: the embedded copy (Hub repository {repo}: {reason})."
        return _told(WeightsFolder(path, "embedded", note), logging.WARNING)
    return _told(WeightsFolder(path, "hub", f"Weights of {task}: Hub repository {repo} at commit {commit[:10]}."))


def _embedded(task: str, manifest: Manifest, embedded: Path, also: str = "") -> Path:
    for name, record in manifest.under(task).items():
        if problem := record.difference(embedded / name):
            raise WeightsError(
                f"The embedded weights file {embedded / name} {problem}: restore it from the project's "
                f"repository{also}."
            )
    return embedded / task


def _fetch_listed(repo: str, revision: str, records: Mapping[str, FileRecord], config: str) -> tuple[Path, str]:
    """All listed files, from one commit. Returns their folder in the Hub client's cache and the commit."""
    if not REPO_NAME.fullmatch(repo):
        raise _Unavailable("that is not of the form owner/name")
    commit = _reach(repo, revision, config)
    paths = _ask(PATIENCE, lambda: {n: _fetch_file(repo, commit, n, r) for n, r in records.items()})
    return paths[config].parent, commit


def _fetch_file(repo: str, commit: str, name: str, record: FileRecord) -> Path:
    from huggingface_hub import hf_hub_download

    cached = _cached(repo, commit, name)
    if cached is not None and not record.difference(cached):
        return cached
    head = _head(repo, commit, name)
    # The tag of a large file is its sha256. It proves nothing, but a file that owns up to being another one
    # need not be fetched.
    tag = head.etag if head.etag and SHA256.fullmatch(head.etag) else record.sha256
    if head.size not in (None, record.size) or tag != record.sha256:
        raise _Unavailable(f"{name} there is not the file that the manifest names and was refused")
    path = Path(
        hf_hub_download(
            repo,
            name,
            revision=commit,
            endpoint=_endpoint(),
            etag_timeout=ETAG_TIMEOUT,
            force_download=cached is not None,
        )
    )
    if problem := record.difference(path):
        raise _Unavailable(f"{name} from there {problem} and was refused")
    return path


# A repository that the caller named: it or nothing


def _from_repository(repo: str, folder: str, revision: str) -> WeightsFolder:
    address = f"{repo}/{folder}" if folder else repo
    try:
        root = _fetch_folder(repo, revision, folder)
    except _Unavailable as reason:
        hint = "" if folder else "; a folder within a repository is named owner/name/folder"
        raise WeightsError(
            f"The weights {address} did not come from the Hub ({reason}), and no folder here of that name "
            f"holds {CONFIG}{hint}."
        ) from reason
    path = root / folder
    if not (path / CONFIG).is_file() or not any(path.glob("*.safetensors")):
        raise WeightsError(f"The Hub repository {address} holds no {CONFIG} with *.safetensors beside it.")
    checked = "which has no manifest to check against"
    if (root / MANIFEST).is_file():
        for name, record in _listed_by(address, root / MANIFEST, folder).items():
            if problem := record.difference(root / name):
                raise WeightsError(
                    f"{name} of the Hub repository {repo} {problem} and was refused: name another revision, "
                    "or empty the Hub client's cache and try again."
                )
        checked = "checked against its manifest"
    note = f"Weights: Hub repository {address} at commit {root.name[:10]}, {checked}."
    return WeightsFolder(path, "hub", note, _names(path))


def _names(folder: Path) -> frozenset[str]:
    return frozenset(path.name for path in folder.iterdir() if path.is_file())


def _listed_by(address: str, path: Path, folder: str) -> dict[str, FileRecord]:
    try:
        listed = parse_manifest(json.loads(path.read_text(encoding="utf-8"))).under(folder)
    except (OSError, ValueError, RecursionError) as error:
        raise WeightsError(f"The manifest.json of the Hub repository {address} is not valid ({error}).") from error
    present = {p.relative_to(path.parent).as_posix() for p in (path.parent / folder).glob("*.safetensors")}
    if missing := sorted((present | {f"{folder}/{CONFIG}".lstrip("/")}) - set(listed)):
        raise WeightsError(f"The manifest.json of the Hub repository {address} does not list {missing[0]}.")
    return listed


def _fetch_folder(repo: str, revision: str, folder: str) -> Path:
    """The root of a snapshot: the manifest, if there is one, and the JSON and safetensors of `folder`."""
    from huggingface_hub import snapshot_download

    prefix = f"{folder}/" if folder else ""

    def snapshot(only_cached: bool) -> Path:
        return Path(
            snapshot_download(
                repo,
                revision=revision,
                endpoint=_endpoint(),
                etag_timeout=ETAG_TIMEOUT,
                allow_patterns=[MANIFEST, f"{prefix}{CONFIG}", f"{prefix}{CARD}", f"{prefix}*.safetensors"],
                ignore_patterns=[f"{prefix}*/*"],
                local_files_only=only_cached,
            )
        )

    try:
        _reach(repo, revision, f"{prefix}{CONFIG}")
    except _Unreachable as reason:
        try:
            return _ask(REACH, lambda: snapshot(only_cached=True))
        except _Unavailable:
            raise reason from None
    return _ask(10 * PATIENCE, lambda: snapshot(only_cached=False))


# The Hub's client


class _Unavailable(Exception):  # noqa: N818 (the reason why another source is used, not an error of its own)
    """The Hub did not give the weights; the text is a clause without a full stop."""


class _Unreachable(_Unavailable):
    """There was no answer at all, or none that a Hub gives."""


def _endpoint() -> str | None:
    """The Hub's address now: the client itself reads the variable once, when it is imported."""
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or None


def _cached(repo: str, commit: str, name: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(repo, name, revision=commit)
    return Path(found) if isinstance(found, str) else None


def _head(repo: str, revision: str, name: str) -> Any:
    """The client's `HfFileMetadata` of one file, asked for once: its downloads would ask for minutes."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    endpoint = _endpoint()
    url = hf_hub_url(repo, name, revision=revision, endpoint=endpoint)
    return get_hf_file_metadata(url, timeout=ETAG_TIMEOUT, endpoint=endpoint)


def _reach(repo: str, revision: str, name: str) -> str:
    """The commit that `revision` stands for. A commit whose `name` is in the cache is not asked about."""
    if not REVISION.fullmatch(revision):
        raise _Unavailable(f"{revision!r} is not a branch, a tag or a commit")
    pinned = revision if _COMMIT.fullmatch(revision) else None

    def commit() -> str | None:
        if pinned and _cached(repo, pinned, name):
            return pinned
        answer: str | None = _head(repo, revision, name).commit_hash
        return answer

    answer = _ask(REACH, commit)
    if answer is None or not _COMMIT.fullmatch(answer) or pinned not in (None, answer):
        raise _Unreachable("the server does not answer as the Hub does")
    return answer


def _ask(seconds: float, call: Callable[[], _T]) -> _T:
    """`call()` in a thread of its own; a failure, or a wait longer than `seconds`, becomes _Unavailable.

    The client's time limits hold for one request, its retries add up, and name resolution has no limit.
    What is late goes on to its end in the background and is in the cache the next time.
    """
    results: list[_T] = []
    errors: list[Exception] = []

    def work() -> None:
        try:
            results.append(call())
        except Exception as error:  # whatever went wrong, the caller learns of it below
            errors.append(error)

    thread = threading.Thread(target=work, name="hidiff-hub", daemon=True)
    thread.start()
    thread.join(seconds)
    if results:
        return results[0]
    if errors:
        if isinstance(errors[0], _Unavailable):
            raise errors[0]
        raise _reason(errors[0]) from errors[0]
    raise _Unreachable(f"no answer within {seconds:g} seconds")


def _reason(error: Exception) -> _Unavailable:
    from huggingface_hub import errors

    match error:
        case errors.GatedRepoError():
            return _Unavailable("its owner has not given this computer access")
        case errors.RepositoryNotFoundError():
            return _Unavailable("there is no such repository, or it is private")
        case errors.RevisionNotFoundError():
            return _Unavailable("it has no such revision")
        case errors.EntryNotFoundError() if isinstance(error, errors.HfHubHTTPError):
            return _Unavailable(f"it has no file {str(error.response.url).partition('/resolve/')[2].partition('/')[2]}")
        case errors.LocalEntryNotFoundError():
            return _Unreachable("the Hub could not be reached")
        case errors.OfflineModeIsEnabled():
            return _Unreachable("HF_HUB_OFFLINE is set")
        case errors.HfHubHTTPError():
            return _Unreachable(f"the Hub answered with status {error.response.status_code}")
        case errors.HFValidationError():
            return _Unavailable("the Hub allows no such name")
        case OSError():
            return _Unavailable(f"the download failed, {type(error).__name__}")
    return _Unreachable(f"the Hub could not be reached, {type(error).__name__}")
