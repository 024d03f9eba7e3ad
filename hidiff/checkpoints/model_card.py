"""The model card: `card.json` beside the weights, what made them and how good they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hidiff.checkpoints.manifest import CARD, MANIFEST, write_manifest
from hidiff.files import write_text


def note_in_card(folder: Path, name: str, content: object) -> None:
    """Put something under a name of its own into `folder/card.json`, and renew the manifest."""
    change_json(folder / CARD, {name: content})
    renew_manifest(folder)


def change_json(file: Path, changes: dict[str, Any]) -> None:
    """Put `changes` into a JSON file, whole or not at all."""
    text = json.dumps({**json.loads(file.read_text(encoding="utf-8")), **changes}, indent=2) + "\n"
    write_text(file, text)


def renew_manifest(folder: Path) -> None:
    if (folder.parent / MANIFEST).is_file():
        write_manifest(folder.parent)
