"""One atomic commit to a repository on the Hugging Face Hub: what changed of a folder, all of it or nothing.

Files are compared with the Hub's own listing before anything travels: git's SHA-1 of a small file, the SHA-256 of a
large one. A folder that is there already makes no commit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from hidiff.checkpoints.hub_client import address_of_hub, reason_of
from hidiff.checkpoints.manifest import REPO_NAME, FileRecord
from hidiff.errors import PublishError

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

BRANCH = "main"


@dataclass(frozen=True)
class Target:
    """A repository on the Hub.

    repo: owner/name. kind: a model or a Space. sdk: what runs the Space, "gradio", "static" or "docker". create_pr:
    propose the commit as a pull request instead of making it. private: of a repository made anew.
    """

    repo: str
    kind: Literal["model", "space"] = "model"
    sdk: str | None = None
    create_pr: bool = False
    private: bool | None = None


@dataclass(frozen=True)
class Published:
    """What a publication did: the commit of 40 hexadecimal digits that holds the folder now, the paths that it wrote
    and deleted (none: there was nothing to do), and the address to look at."""

    repo: str
    commit: str
    written: tuple[str, ...]
    deleted: tuple[str, ...]
    address: str


def publish_folder(folder: Path, target: Target, message: str, obsolete: Collection[str] = ()) -> Published:
    """Put every file of `folder` into the repository, which is made where there is none, in one commit.

    obsolete: paths to delete where the repository has them and the folder has not. What else lies in the repository
    stays. The commit names the head it was made from, so that nobody's commit in between is overwritten. Raises
    PublishError, one sentence, and then nothing of the folder is to be seen in the repository.
    """
    if not REPO_NAME.fullmatch(target.repo):
        raise PublishError(f"{target.repo!r:.80} is not of the form owner/name.")
    from huggingface_hub import HfApi

    hub = HfApi(endpoint=address_of_hub())
    try:
        return _publish(hub, folder, target, message, obsolete)
    except PublishError:
        raise
    except Exception as error:  # the client's errors, those of its transport and of the disk
        raise PublishError(f"Nothing was published to {target.repo}: {_told(error)}.") from error


def head_files(target: Target) -> dict[str, RepoFile]:
    """What the repository holds, by its paths; nothing where there is no such repository. Raises PublishError."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import RepositoryNotFoundError

    try:
        return _listing(HfApi(endpoint=address_of_hub()), target, BRANCH)
    except RepositoryNotFoundError:
        return {}
    except Exception as error:  # as above
        raise PublishError(f"The repository {target.repo} cannot be read: {_told(error)}.") from error


def _publish(hub: HfApi, folder: Path, target: Target, message: str, obsolete: Collection[str]) -> Published:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    if not target.create_pr:  # a pull request is made to what is there, often somebody else's
        hub.create_repo(target.repo, repo_type=target.kind, private=target.private, exist_ok=True, space_sdk=target.sdk)
    head = hub.repo_info(target.repo, repo_type=target.kind, revision=BRANCH).sha or ""
    there = _listing(hub, target, head)
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    written = [name for name, path in files.items() if name not in there or not is_same(path, there[name])]
    deleted = sorted(name for name in obsolete if name in there and name not in files)
    address = f"{hub.endpoint}/{'spaces/' if target.kind == 'space' else ''}{target.repo}"
    if not written and not deleted:
        return Published(target.repo, head, (), (), address)
    done = hub.create_commit(
        target.repo,
        [
            *(CommitOperationAdd(path_in_repo=name, path_or_fileobj=files[name]) for name in written),
            *(CommitOperationDelete(path_in_repo=name) for name in deleted),
        ],
        commit_message=message,
        repo_type=target.kind,
        revision=BRANCH,
        create_pr=target.create_pr,
        parent_commit=head,
    )
    shown = done.pr_url if target.create_pr and done.pr_url else address
    return Published(target.repo, done.oid, tuple(written), tuple(deleted), shown)


def _listing(hub: HfApi, target: Target, revision: str) -> dict[str, RepoFile]:
    from huggingface_hub.hf_api import RepoFile

    tree = hub.list_repo_tree(target.repo, recursive=True, revision=revision, repo_type=target.kind)
    return {file.path: file for file in tree if isinstance(file, RepoFile)}


def is_same(path: Path, there: RepoFile) -> bool:
    """Whether the file at `path` is the one that the Hub lists."""
    if path.stat().st_size != there.size:
        return False
    if there.lfs:
        return FileRecord.of(path).sha256 == there.lfs.sha256
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest() == there.blob_id


def _told(error: Exception) -> str:
    """The clause that follows a colon."""
    from huggingface_hub.errors import HfHubHTTPError

    status = error.response.status_code if isinstance(error, HfHubHTTPError) else 0
    if status == 412:
        return "somebody committed there in the meantime, so run the command again"
    if status in (401, 403):
        return (
            f"the Hub answered with status {status}: log in with `hf auth login`, or set HF_TOKEN to one that may write"
        )
    if type(error) is ValueError:  # the Hub's own words on the front matter of a README
        return " ".join(str(error).split()).rstrip(".")
    return str(reason_of(error))
