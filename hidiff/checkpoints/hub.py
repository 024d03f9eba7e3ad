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
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass
from functools import partial, wraps
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from hidiff.checkpoints.manifest import (
    CARD,
    CONFIG,
    MANIFEST,
    REPO_NAME,
    REVISION,
    WORD,
    FileRecord,
    Manifest,
    parse_manifest,
    read_manifest,
)
from hidiff.errors import WeightsError
from hidiff.tasks import TASKS

if TYPE_CHECKING:
    from huggingface_hub import HfApi

EMBEDDED = Path(__file__).resolve().parents[2] / "weights"

_INSTALLED = Path(__file__).resolve().parents[1] / "shipped" / "weights"

ETAG_TIMEOUT = 5.0  # seconds that the Hub has for the headers of one file
REACH = 8.0  # seconds until a Hub that has not answered counts as out of reach
PATIENCE = 60.0  # seconds that all files of a task may take before the embedded copy is used

_ADDRESS = re.compile(rf"(?P<repo>{WORD}/{WORD})(?:/(?P<folder>{WORD}))?")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_ETAG = re.compile(r"[0-9a-fA-F]{1,128}(?:-[0-9]{1,6})?")  # the second part of what was uploaded in pieces

NO_HUB = "the server does not answer as the Hub does"

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

    1. a folder that holds config.json: it is used as it stands, its files being the caller's own; a bare word that
       is a task's name is that task, whatever lies in the working directory;
    2. a task, such as "polyp": a folder of that name in the folder that `HIDIFF_WEIGHTS` names; without that, one
       of the manifest's tasks, from the Hub where a repository is named, else the embedded copy (any trouble with
       the Hub, a file that is not the manifest's included, leads to the embedded copy, and the note tells of it);
       or a folder of that name beside the embedded ones, such as training writes;
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
    path = Path(os.path.expanduser(asked))
    embedded = embedded_weights() if embedded is None else embedded
    is_task = isinstance(task_or_path_or_repo, str) and bool(re.fullmatch(WORD, asked)) and _is_task(asked, embedded)
    if asked and not is_task and os.path.isfile(path / CONFIG):
        return _told(WeightsFolder(path, "folder", f"Weights: the folder {asked}.", _names(path)))
    if isinstance(task_or_path_or_repo, Path):
        raise WeightsError(f"The folder {asked} holds no {CONFIG}: name a folder of weights.")
    if address := _ADDRESS.fullmatch(asked):
        return _told(_from_repository(address["repo"], address["folder"] or "", revision or "main"))
    own = os.environ.get("HIDIFF_WEIGHTS")
    if not own:
        manifest = read_manifest(embedded / MANIFEST)
        if asked in manifest.tasks:
            return _from_task(asked, manifest, embedded, revision, spared or {})
    root = Path(own) if own else embedded
    if asked in _task_folders(root):
        note = f"Weights of {asked}: the folder {asked} of {'HIDIFF_WEIGHTS' if own else 'the weights'}."
        return _told(WeightsFolder(root / asked, "folder", note, _names(root / asked)))
    tasks = ", ".join(available_tasks(embedded)) or "none yet"
    raise WeightsError(
        f"There are no weights called {asked!r}: name a task ({tasks}), a folder that holds {CONFIG}, "
        "or a Hub repository as owner/name or owner/name/folder."
    )


def available_tasks(embedded: Path | None = None) -> tuple[str, ...]:
    """The tasks that `find_weights` knows by name, the presets first: what lies in the folder that `HIDIFF_WEIGHTS`
    names, else the manifest's tasks and what lies beside them. Raises WeightsError when the manifest cannot be read."""
    if own := os.environ.get("HIDIFF_WEIGHTS"):
        found = set(_task_folders(Path(own)))
    else:
        embedded = embedded_weights() if embedded is None else embedded
        found = {*read_manifest(embedded / MANIFEST).tasks, *_task_folders(embedded)}
    return (*(name for name in TASKS if name in found), *sorted(found - set(TASKS)))


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
    records = {name: record for name, record in listed.items() if name not in unread}
    repo = os.environ.get("HIDIFF_HUB_REPO") or manifest.repo
    if not repo:
        reason, level = "no Hub repository is named", logging.INFO
    else:
        # The manifest's revision is one of the manifest's repository: it says nothing about another one.
        theirs = manifest.revision if repo == manifest.repo else None
        revision = revision or os.environ.get("HIDIFF_HUB_REVISION") or theirs or "main"
        try:
            root = _fetch_listed(repo, revision, records)
        except _Unavailable as trouble:
            reason, level = f"Hub repository {repo}: {trouble}", logging.WARNING
        else:
            note = f"Weights of {task}: Hub repository {repo} at commit {root.name[:10]}."
            return _told(WeightsFolder(root / task, "hub", note, names))
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
        root = _fetch_snapshot(repo, folder, revision)
        if problem := _amiss(root, folder):
            raise _Unavailable(f"{problem}, so it was refused")
    except _Unavailable as reason:
        hint = "" if folder else "; a folder within a repository is named owner/name/folder"
        raise WeightsError(
            f"The weights {address} did not come from the Hub ({reason}), and no folder here of that name "
            f"holds {CONFIG}{hint}."
        ) from reason
    listed = (root / MANIFEST).is_file()
    checked = "checked against its manifest" if listed else "which has no manifest to check against"
    note = f"Weights: Hub repository {address} at commit {root.name[:10]}, {checked}."
    return WeightsFolder(root / folder, "hub", note, _names(root / folder))


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


class _Unavailable(Exception):  # noqa: N818 (the reason why another source is used, not an error of its own)
    """The Hub did not give the weights; the text is a clause without a full stop."""


class _Unreachable(_Unavailable):
    """There was no answer at all, or none that a Hub gives."""


def _reach(repo: str, revision: str) -> tuple[HfApi, str]:
    """The Hub's client, and the commit for which the revision stands or, where no Hub answers, stood last."""
    if not REPO_NAME.fullmatch(repo):
        raise _Unavailable("that is not of the form owner/name")
    if not REVISION.fullmatch(revision):
        raise _Unavailable(f"{revision!r} is not a branch, a tag or a commit")
    from huggingface_hub import HfApi

    _guard_etags()
    # The address as it is now: the client itself reads the variable once, when it is imported.
    hub = HfApi(endpoint=os.environ.get("HF_ENDPOINT", "").rstrip("/") or None)
    resolve = partial(hub.resolve_revision, repo, revision=revision)
    try:
        commit = _within(REACH, resolve).resolved
    except _Unreachable as reason:
        commit = _from_cache(resolve, reason).resolved
    if not _COMMIT.fullmatch(commit):
        raise _Unavailable(NO_HUB)
    return hub, commit


def _guard_etags() -> None:
    """Have the Hub's client refuse an ETag that is not hexadecimal: it makes a path of its cache from it.

    A server that is not the Hub could else have a file of its own choice written outside the cache, before any digest
    is looked at. A second call changes nothing.
    """
    from huggingface_hub import file_download

    ask = file_download._get_metadata_or_catch_error
    if getattr(ask, "guarded", False):
        return

    @wraps(ask)
    def guarded(**asked: Any) -> Any:
        found = ask(**asked)
        etag = found[1]
        if etag is not None and not _ETAG.fullmatch(etag):
            raise _Unavailable(NO_HUB)
        return found

    guarded.guarded = True  # type: ignore[attr-defined]
    file_download._get_metadata_or_catch_error = guarded


def _fetch_snapshot(repo: str, folder: str, revision: str) -> Path:
    """The root, named by its commit, of the manifest, if there is one, and the JSON and safetensors of `folder`."""
    hub, commit = _reach(repo, revision)
    prefix = f"{folder}/" if folder else ""
    get = partial(
        hub.snapshot_download,
        repo,
        revision=commit,
        etag_timeout=ETAG_TIMEOUT,
        ignore_patterns=f"{prefix}*/*",
    )
    whole = partial(get, allow_patterns=[MANIFEST, f"{prefix}{CONFIG}", f"{prefix}{CARD}", f"{prefix}*.safetensors"])
    try:
        _within(REACH, partial(get, allow_patterns=f"{prefix}{CONFIG}"))  # is the Hub there?
    except _Unreachable as reason:
        return Path(_from_cache(whole, reason))
    return Path(_within(10 * PATIENCE, whole))


def _fetch_listed(repo: str, revision: str, records: Mapping[str, FileRecord]) -> Path:
    """The root, named by its commit, of the files of a task in the Hub client's cache, each as its record says.

    What is in the cache and right is not asked for; what the Hub itself says is another file is not downloaded.
    """
    from huggingface_hub import try_to_load_from_cache

    hub, commit = _reach(repo, revision)

    def cached(name: str) -> Path | None:
        found = try_to_load_from_cache(repo, name, revision=commit)
        return Path(found) if isinstance(found, str) else None

    missing = [n for n, record in records.items() if (path := cached(n)) is None or record.difference(path)]

    def download() -> None:
        # Not snapshot_download: its own threads would keep the process from ending while a download stalls.
        for name in missing:
            damaged = cached(name) is not None
            hub.hf_hub_download(repo, name, revision=commit, etag_timeout=ETAG_TIMEOUT, force_download=damaged)

    if missing:
        _within(REACH, partial(_check_listing, hub, repo, commit, records))
        _within(PATIENCE, download)
    first = cached(next(iter(records)))
    if first is None or (root := first.parents[1]).name != commit:
        raise _Unavailable(NO_HUB)  # it answered for one commit with another
    if wrong := _wrong(records, root):
        raise _Unavailable(f"{wrong}, so it was refused")
    return root


def _check_listing(hub: HfApi, repo: str, commit: str, records: Mapping[str, FileRecord]) -> None:
    from huggingface_hub.hf_api import RepoFile

    tree = hub.list_repo_tree(repo, recursive=True, revision=commit)
    there = {file.path: file for file in tree if isinstance(file, RepoFile)}
    for name, record in records.items():
        if name not in there:
            raise _Unavailable(f"it has no file {name}")
        file = there[name]
        if file.size != record.size or (file.lfs and file.lfs.sha256 != record.sha256):
            raise _Unavailable(f"{name} there is not the file that the manifest names, so it was refused")


def _from_cache(call: Callable[..., _T], reason: _Unreachable) -> _T:
    """What `call` finds without the Hub; raises `reason`, which kept it from the Hub, if that is nothing."""
    try:
        return _within(REACH, partial(call, local_files_only=True))
    except _Unavailable:
        raise reason from None


def _within(seconds: float, call: Callable[[], _T]) -> _T:
    """`call()` in a thread of its own; a failure, or a wait longer than `seconds`, becomes _Unavailable.

    The client limits the time of some of its requests only, its retries add up, and name resolution has no limit.
    What is late goes on to its end in the background and is in the cache the next time.
    """
    answer: Future[_T] = Future()

    def work() -> None:
        try:
            answer.set_result(call())
        except Exception as error:  # whatever went wrong, the caller learns of it below
            answer.set_exception(error)

    Thread(target=work, name="hidiff-hub", daemon=True).start()
    if not wait([answer], seconds).done:
        raise _Unreachable(f"no answer within {seconds:g} seconds")
    if error := answer.exception():
        raise _reason(error) from error
    return answer.result()


def _reason(error: BaseException) -> _Unavailable:
    from huggingface_hub import errors

    match error:
        case _Unavailable():
            return error
        case errors.RevisionResolutionError() | errors.LocalEntryNotFoundError() if error.__cause__:
            return _reason(error.__cause__)
        case errors.GatedRepoError():
            return _Unavailable("its owner has not given this computer access")
        case errors.RepositoryNotFoundError():
            return _Unavailable("there is no such repository, or it is private")
        case errors.RevisionNotFoundError():
            return _Unavailable("it has no such revision")
        case errors.HFValidationError():
            return _Unavailable("the Hub allows no such name")
        case errors.OfflineModeIsEnabled():
            return _Unreachable("HF_HUB_OFFLINE is set")
        case errors.HfHubHTTPError():
            return _Unreachable(f"the Hub answered with status {error.response.status_code}")
        case OSError():
            return _Unavailable(f"the download failed, {type(error).__name__}")
        case ValueError() | TypeError() | LookupError() | AssertionError():
            return _Unreachable(NO_HUB)
    return _Unreachable(f"the Hub could not be reached, {type(error).__name__}")
