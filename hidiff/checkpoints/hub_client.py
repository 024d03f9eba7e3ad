"""The Hugging Face Hub's client, with an end to every wait: which commit a revision is, and its files in the cache.

What goes wrong is told as `Unavailable`, a clause for a sentence of `checkpoints.hub`. A Hub that kept one task waiting
is not waited for again by the next one, so that an app of many tasks starts as soon as an app of one.
"""

from __future__ import annotations

import errno
import os
import re
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from functools import partial, wraps
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

from hidiff.checkpoints.manifest import CARD, CONFIG, MANIFEST, REPO_NAME, REVISION, FileRecord

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

ETAG_TIMEOUT = 5.0  # seconds that the Hub has for the headers of one file
REACH = 4.0  # seconds until a Hub that has not answered counts as out of reach
AT_START = 3.0  # seconds in all that the files of a task may take where the same bytes are at hand
PATIENCE = 600.0  # seconds that a download may take where nothing stands in for it
AGAIN = 30.0  # seconds until a Hub that was out of reach is waited for again

MOST_BYTES = 256 << 20  # of one file of somebody else's weights
MOST_JSON = 8 << 20  # of one of its JSON files

COMMIT = re.compile(r"[0-9a-f]{40}")
_ETAG = re.compile(r"[0-9a-fA-F]{1,128}(?:-[0-9]{1,6})?")  # the second part of what was uploaded in pieces

NO_HUB = "the server does not answer as the Hub does"

_READ_ONLY = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.ENOENT, errno.ENOSPC)

_silent: dict[str, float] = {}  # address of a Hub -> until when it is not waited for, in time.monotonic()'s seconds
_T = TypeVar("_T")


class Unavailable(Exception):  # noqa: N818 (the reason why another source is used, not an error of its own)
    """The Hub did not give the weights; the text is a clause without a full stop."""


class Unreachable(Unavailable):
    """There was no answer at all, or none that a Hub gives."""


class _Late(Unreachable):
    """The answer took longer than it may."""


def address_of_hub() -> str | None:
    """HF_ENDPOINT as it is now, where the client itself reads it once, when it is imported; None: the Hub."""
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or None


def _reach(repo: str, revision: str, seconds: float) -> tuple[HfApi, str]:
    """The Hub's client, and the commit for which the revision stands or, where no Hub answers, stood last."""
    if not REPO_NAME.fullmatch(repo):
        raise Unavailable("that is not of the form owner/name")
    if not REVISION.fullmatch(revision):
        raise Unavailable(f"{revision!r} is not a branch, a tag or a commit")
    from huggingface_hub import HfApi

    _guard_etags()
    hub = HfApi(endpoint=address_of_hub())
    resolve = partial(hub.resolve_revision, repo, revision=revision)
    try:
        if not seconds:
            raise Unreachable("it did not answer a moment ago")
        commit = _within(seconds, resolve).resolved
    except Unreachable as reason:
        commit = _from_cache(resolve, reason).resolved
    if not COMMIT.fullmatch(commit):
        raise Unavailable(NO_HUB)
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
            raise Unavailable(NO_HUB)
        return found

    guarded.guarded = True  # type: ignore[attr-defined]
    file_download._get_metadata_or_catch_error = guarded


def fetch_snapshot(repo: str, folder: str, revision: str) -> Path:
    """The root, named by its commit, of the manifest, if there is one, and the JSON and safetensors of `folder`.

    Raises Unavailable, also where a file is larger than anybody's weights may be, which is known before it travels.
    """
    hub, commit = _reach(repo, revision, REACH)
    prefix = f"{folder}/" if folder else ""
    get = partial(
        hub.snapshot_download,
        repo,
        revision=commit,
        etag_timeout=ETAG_TIMEOUT,
        ignore_patterns=f"{prefix}*/*",
    )
    whole = partial(get, allow_patterns=[MANIFEST, f"{prefix}{CONFIG}", f"{prefix}{CARD}", f"{prefix}*.safetensors"])
    small = partial(get, allow_patterns=[MANIFEST, f"{prefix}{CONFIG}"])
    try:
        if not _is_cached(repo, f"{prefix}{CONFIG}", commit):
            _within(REACH, partial(_check_sizes, hub, repo, commit, folder))
        _within(REACH, small)  # is the Hub there?
    except Unreachable as reason:
        return Path(_from_cache(whole, reason))
    return Path(_within(PATIENCE, whole))


def fetch_manifest(repo: str, revision: str) -> Path | None:
    """The manifest at the top of a repository, None where it has none. Raises Unavailable."""
    hub, commit = _reach(repo, revision, REACH)
    get = partial(hub.snapshot_download, repo, revision=commit, etag_timeout=ETAG_TIMEOUT, allow_patterns=MANIFEST)
    try:
        root = Path(_within(REACH, get))
    except Unreachable as reason:
        root = Path(_from_cache(get, reason))
    found = root / MANIFEST
    return found if found.is_file() and found.stat().st_size <= MOST_JSON else None


def fetch_listed(repo: str, revision: str, records: Mapping[str, FileRecord], seconds: float = PATIENCE) -> Path:
    """The root, named by its commit, of the files of a task in the Hub client's cache, each as its record says.

    What is in the cache and right is not asked for; what the Hub itself says is another file is not downloaded. All
    of it has `seconds`, or nothing at all where this Hub has just kept another task waiting.
    """
    from huggingface_hub import HfApi, try_to_load_from_cache  # noqa: F401 (HfApi: a second's import, before the clock)

    key = address_of_hub() or ""
    end = time.monotonic() + seconds
    left = 0.0 if seconds <= AT_START and _silent.get(key, 0.0) > time.monotonic() else min(REACH, seconds)
    try:
        hub, commit = _reach(repo, revision, left)

        def cached(name: str) -> Path | None:
            found = try_to_load_from_cache(repo, name, revision=commit)
            return Path(found) if isinstance(found, str) else None

        missing = [n for n, record in records.items() if (path := cached(n)) is None or record.difference(path)]

        def download() -> None:
            # Not snapshot_download: its own threads would keep the process from ending while a download stalls.
            _check_listing(hub, repo, commit, records)
            for name in missing:
                damaged = cached(name) is not None
                hub.hf_hub_download(repo, name, revision=commit, etag_timeout=ETAG_TIMEOUT, force_download=damaged)

        if missing and not left:
            raise Unreachable("it did not answer a moment ago")
        if missing:
            _within(max(0.0, end - time.monotonic()), download)
    except _Late as reason:
        _silent[key] = time.monotonic() + AGAIN
        raise Unreachable(f"no answer within {seconds:g} seconds") from reason
    first = cached(next(iter(records)))
    if first is None or (root := first.parents[1]).name != commit:
        raise Unavailable(NO_HUB)  # it answered for one commit with another
    problems = ((name, record.difference(root / name)) for name, record in records.items())
    if wrong := next((f"{name} {problem}" for name, problem in problems if problem), ""):
        raise Unavailable(f"{wrong}, so it was refused")
    return root


def _is_cached(repo: str, name: str, commit: str) -> bool:
    from huggingface_hub import try_to_load_from_cache

    return isinstance(try_to_load_from_cache(repo, name, revision=commit), str)


def _files(hub: HfApi, repo: str, commit: str) -> dict[str, RepoFile]:
    from huggingface_hub.hf_api import RepoFile

    tree = hub.list_repo_tree(repo, recursive=True, revision=commit)
    return {file.path: file for file in tree if isinstance(file, RepoFile)}


def _check_listing(hub: HfApi, repo: str, commit: str, records: Mapping[str, FileRecord]) -> None:
    there = _files(hub, repo, commit)
    for name, record in records.items():
        if name not in there:
            raise Unavailable(f"it has no file {name}")
        file = there[name]
        if file.size != record.size or (file.lfs and file.lfs.sha256 != record.sha256):
            raise Unavailable(f"{name} there is not the file that the manifest names, so it was refused")


def _check_sizes(hub: HfApi, repo: str, commit: str, folder: str) -> None:
    """Raises Unavailable where a file that would be fetched is larger than weights may be."""
    for name, file in _files(hub, repo, commit).items():
        if name.rpartition("/")[0] != folder and name != MANIFEST:
            continue
        most = MOST_BYTES if name.endswith(".safetensors") else MOST_JSON
        if name.endswith((".safetensors", ".json")) and file.size > most:
            raise Unavailable(f"{name} has {file.size} bytes where {most} are the most, so it was refused")


def _from_cache(call: Callable[..., _T], reason: Unreachable) -> _T:
    """What `call` finds without the Hub; raises `reason`, which kept it from the Hub, if that is nothing."""
    try:
        return _within(REACH, partial(call, local_files_only=True))
    except Unavailable:
        raise reason from None


def _within(seconds: float, call: Callable[[], _T]) -> _T:
    """`call()` in a thread of its own; a failure, or a wait longer than `seconds`, becomes Unavailable.

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
        raise _Late(f"no answer within {seconds:g} seconds")
    if error := answer.exception():
        raise reason_of(error) from error
    return answer.result()


def reason_of(error: BaseException) -> Unavailable:
    """What went wrong with the Hub, as a clause."""
    from huggingface_hub import errors

    match error:
        case Unavailable():
            return error
        case errors.RevisionResolutionError() | errors.LocalEntryNotFoundError() if error.__cause__:
            return reason_of(error.__cause__)
        case errors.GatedRepoError():
            return Unavailable("its owner has not given this computer access")
        case errors.RepositoryNotFoundError():
            return Unavailable("there is no such repository, or it is private")
        case errors.RevisionNotFoundError():
            return Unavailable("it has no such revision")
        case errors.HFValidationError():
            return Unavailable("the Hub allows no such name")
        case errors.OfflineModeIsEnabled():
            return Unreachable("HF_HUB_OFFLINE is set")
        case errors.HfHubHTTPError():
            return _refusal(error.response.status_code, error.response.headers.get("Retry-After", ""))
        case OSError() if error.errno in _READ_ONLY:
            return Unavailable(f"its cache cannot be written to, {type(error).__name__}")
        case OSError():
            return Unavailable(f"the download failed, {type(error).__name__}")
        case ValueError() | TypeError() | LookupError() | AssertionError():
            return Unreachable(NO_HUB)
    return Unreachable(f"the Hub could not be reached, {type(error).__name__}")


def _refusal(status: int, retry_after: str) -> Unavailable:
    if status in (401, 403):
        return Unavailable(f"the Hub answered with status {status}: it did not take this computer's token")
    later = f" and asks to wait {retry_after} seconds" if retry_after.isdigit() else ""
    return Unreachable(f"the Hub answered with status {status}{later}")
