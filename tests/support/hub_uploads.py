"""The upload routes of the Hub: what a client asks for to make a repository and to put one commit into it.

POST  /api/repos/create                                 409 where there is one already
POST  /api/validate-yaml                                the front matter of a README, refused where it is no YAML
POST  /api/{models|spaces}/{owner}/{name}/preupload/{revision}   how each file travels, and what is there already
POST  /{owner}/{name}.git/info/lfs/objects/batch        where large files are to be put
PUT   /upload/{sha256}                                  a large file, taken only if it is the one announced
POST  /api/{models|spaces}/{owner}/{name}/commit/{revision}      lines of JSON; the parent has to be the head

Xet, the Hub's own protocol for large files, is not spoken: a client has to have it switched off.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

import yaml


@dataclass
class Received:
    """What clients have sent: `commits` holds the header of each commit and the paths it wrote and deleted."""

    commits: list[dict[str, Any]] = field(default_factory=list)
    created: list[dict[str, Any]] = field(default_factory=list)
    uploaded: list[str] = field(default_factory=list)


class UploadRoutes:
    """A mixin of the server's request handler, which brings `hub`, `answer` and `find`."""

    hub: Any

    def read_body(self: Any) -> bytes:
        handler: BaseHTTPRequestHandler = self
        if handler.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        body = b""
        while size := int(handler.rfile.readline().split(b";")[0], 16):
            body += handler.rfile.read(size)
            handler.rfile.readline()
        handler.rfile.readline()
        return body

    def reply(self: Any, content: object, status: int = 200) -> None:
        self.answer(status, {"Content-Type": "application/json"}, json.dumps(content).encode())

    def receive(self: Any, parts: list[str], body: bytes) -> None:
        """Answer one POST or PUT."""
        if self.hub.token and self.headers.get("Authorization") != f"Bearer {self.hub.token}" and parts[0] != "upload":
            return self.reply({"error": "Invalid username or password."}, 401)
        match parts:
            case ["api", "repos", "create"]:
                self.create(json.loads(body))
            case ["api", "validate-yaml"]:
                self.validate(json.loads(body)["content"])
            case ["upload", digest] if hashlib.sha256(body).hexdigest() == digest:
                self.hub.large[digest] = body
                self.hub.received.uploaded.append(digest)
                self.answer(200, {}, b"")
            case ["api", ("models" | "spaces") as kind, owner, name, "preupload", revision]:
                self.preupload(repository_key(kind, owner, name), revision, json.loads(body)["files"])
            case ["api", ("models" | "spaces") as kind, owner, name, "commit", revision]:
                lines = [json.loads(line) for line in body.splitlines()]
                self.commit(repository_key(kind, owner, name), revision, lines, "create_pr=1" in self.path)
            case [*_, "info", "lfs", "objects", "batch"]:
                self.batch(json.loads(body)["objects"])
            case _:
                self.answer(404, {}, b"no such route")

    def create(self: Any, asked: dict[str, Any]) -> None:
        kind = "spaces" if asked.get("type") == "space" else "models"
        key = repository_key(kind, asked["organization"], asked["name"])
        prefix = "spaces/" if kind == "spaces" else ""
        address = f"{self.hub.address}/{prefix}{asked['organization']}/{asked['name']}"
        if key in self.hub.repositories:
            return self.reply({"error": "You already created this repo", "url": address}, 409)
        self.hub.received.created.append(asked)
        self.hub.repository(key).commit({".gitattributes": b"*.safetensors filter=lfs\n"})
        self.reply({"url": address, "name": key})

    def validate(self: Any, content: str) -> None:
        front = re.match(r"---\n(.*?)\n---\n", content, re.S)
        try:
            data = yaml.safe_load(front[1]) if front else None
        except yaml.YAMLError as error:
            return self.reply({"errors": [{"message": str(error)}], "warnings": []}, 400)
        warnings = [] if isinstance(data, dict) and data else [{"message": "empty or missing yaml metadata"}]
        self.reply({"errors": [], "warnings": warnings})

    def preupload(self: Any, repo: str, revision: str, asked: list[dict[str, Any]]) -> None:
        from hub_server import git_sha1, is_large

        if (found := self.find(repo, revision)) is None:
            return
        there = found[1]
        described = []
        for file in asked:
            path = file["path"]
            entry: dict[str, Any] = {"path": path, "shouldIgnore": False}
            entry["uploadMode"] = "lfs" if is_large(path) else "regular"
            if path in there:
                content = there[path]
                entry["oid"] = hashlib.sha256(content).hexdigest() if is_large(path) else git_sha1(content)
            described.append(entry)
        self.reply({"files": described})

    def batch(self: Any, asked: list[dict[str, Any]]) -> None:
        objects = []
        for one in asked:
            entry: dict[str, Any] = {"oid": one["oid"], "size": one["size"]}
            if one["oid"] not in self.hub.large:
                entry["actions"] = {"upload": {"href": f"{self.hub.address}/upload/{one['oid']}"}}
            objects.append(entry)
        self.reply({"transfer": "basic", "objects": objects})

    def commit(self: Any, repo: str, revision: str, lines: list[dict[str, Any]], as_pull_request: bool) -> None:
        if (found := self.find(repo, revision)) is None:
            return
        head, files = found[0], dict(found[1])
        header = next(line["value"] for line in lines if line["key"] == "header")
        if header.get("parentCommit") not in (None, head):
            return self.reply({"error": "A commit has happened since. Please refresh and try again."}, 412)
        written, deleted = [], []
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
                written.append(value["path"])
            elif line["key"] == "lfsFile":
                if value["oid"] not in self.hub.large:
                    return self.reply({"error": f"{value['path']} was never uploaded"}, 400)
                files[value["path"]] = self.hub.large[value["oid"]]
                written.append(value["path"])
            elif line["key"] == "deletedFile":
                del files[value["path"]]
                deleted.append(value["path"])
        repository = self.hub.repositories[repo]
        ref = f"refs/pr/{len(repository.refs)}" if as_pull_request else revision
        commit = repository.commit(files, ref)
        self.hub.received.commits.append({**header, "repo": repo, "ref": ref, "written": written, "deleted": deleted})
        reply = {"commitUrl": f"{self.hub.address}/{repo}/commit/{commit}", "commitOid": commit}
        if as_pull_request:
            reply["pullRequestUrl"] = f"{self.hub.address}/{repo}/discussions/{ref.rpartition('/')[2]}"
        self.reply(reply)


def repository_key(kind: str, owner: str, name: str) -> str:
    """The name under which the server keeps a repository: a Space's begins with spaces/."""
    return f"{'spaces/' if kind == 'spaces' else ''}{owner}/{name}"
