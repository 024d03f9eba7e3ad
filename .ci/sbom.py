"""Write a CycloneDX bill of materials of the app from its lock file: `python .ci/sbom.py FILE.cdx.json [LOCK]`.

Every package with version, address, the hashes of its wheels, and its licence where this environment has it installed.
The weights stand in it too, each with its digest. The same lock and weights give the same file.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
import uuid
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lock import CPU, ROOT, Entries, entries_of

_LINE = re.compile(r"(?P<name>[a-z0-9.-]+)==(?P<version>[^ ;]+)")


def locked(file: Path) -> Entries:
    """The entries of a lock file and of those that it names."""
    text = file.read_text(encoding="utf-8")
    out: Entries = {}
    for other in re.findall(r"^-r (\S+)", text, re.M):
        out |= locked(file.parent / other)
    return out | entries_of(text)


def licence_of(name: str) -> list[dict[str, Any]]:
    """What the installed package says of its licence; nothing where it is not installed or says nothing short."""
    try:
        said = metadata(name)
    except PackageNotFoundError:
        return []
    if said["License-Expression"]:
        return [{"expression": said["License-Expression"]}]
    kinds = [kind.rpartition(" :: ")[2] for kind in said.get_all("Classifier", []) if kind.startswith("License")]
    words = kinds or [line for line in (said["License"] or "").splitlines()[:1] if line]
    return [{"license": {"name": word}} for word in words]


def package(line: str, hashes: set[str]) -> dict[str, Any]:
    """The component of one entry of a lock."""
    found = _LINE.match(line)
    if found is None:
        raise ValueError(f"{line} is no entry of a lock")
    address = f"pkg:pypi/{found['name']}@{found['version']}"
    digests = [{"alg": "SHA-256", "content": one.removeprefix("sha256:")} for one in sorted(hashes)]
    part = {"type": "library", "bom-ref": address, "name": found["name"], "version": found["version"], "purl": address}
    licences = licence_of(found["name"])
    return {**part, "hashes": digests, **({"licenses": licences} if licences else {})}


def weights() -> list[dict[str, Any]]:
    """The components of the files of weights, as their manifest has them."""
    listed: Mapping[str, Any] = json.loads((ROOT / "weights" / "manifest.json").read_text(encoding="utf-8"))["files"]
    return [
        {"type": "data", "bom-ref": f"weights/{name}", "name": name, "data": [{"type": "dataset", "name": name}]}
        | {"hashes": [{"alg": "SHA-256", "content": record["sha256"]}]}
        for name, record in sorted(listed.items())
    ]


def bill(file: Path) -> dict[str, Any]:
    """The whole document, CycloneDX 1.6."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    app = {"type": "application", "bom-ref": "hidiff", "name": project["name"], "version": project["version"]}
    parts = [*(package(*entry) for entry in locked(file).items()), *weights()]
    unique = list({part["bom-ref"]: part for part in parts}.values())
    number = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(unique))
    licence = [{"license": {"id": project["license"]}}]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{number}",
        "version": 1,
        "metadata": {"component": {**app, "licenses": licence}},
        "components": unique,
        "dependencies": [{"ref": "hidiff", "dependsOn": [part["bom-ref"] for part in unique]}],
    }


def main(words: Sequence[str]) -> None:
    """Write the file."""
    target, *rest = words
    Path(target).write_text(json.dumps(bill(Path(rest[0]) if rest else CPU), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
