"""Laying out a model repository for the Hugging Face Hub, and checking it with the Hub's own validators.

README.md  LICENSE-WEIGHTS.md  manifest.json
TASK/config.json  TASK/card.json  TASK/*.safetensors
results/*.json, *.png, *.md   scenes/ (synthetic ones)   masks/TASK/*.png (predicted ones; no image)
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hidiff.checkpoints.config import read_config
from hidiff.checkpoints.hub_card import LICENCE, LICENCE_FILE, Described, model_card
from hidiff.checkpoints.hub_client import Unavailable, fetch_manifest
from hidiff.checkpoints.hub_commit import BRANCH, Published, Target, head_files, publish_folder
from hidiff.checkpoints.manifest import CARD, CONFIG, MANIFEST, REPO_NAME, Manifest, read_manifest, write_manifest
from hidiff.errors import PublishError, WeightsError
from hidiff.files import write_text

README = "README.md"
MOTION = "refinement.webp"
_MASK_SUFFIX = ".mask.png"
_MASK_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_KINDS = {"": {".md", ".json"}, "results": {".json", ".png", ".md"}, "scenes": {".jpg", ".png", ".webp"}}
_KINDS |= {"masks": {".png"}}


def lay_out(
    weights: Path,
    tasks: Sequence[str],
    repo: str,
    out: Path,
    examples: Path | None = None,
    masks: Mapping[str, Path] | None = None,
) -> None:
    """Write the repository `repo` of these tasks of a weights folder into the folder `out`, which is empty or new.

    examples: the folder with manifest.json of which the synthetic scenes are taken. masks: task -> a folder in which
    `segment` wrote NAME.mask.png; only these masks are taken. Raises PublishError, and WeightsError where the weights
    cannot be read.
    """
    if not REPO_NAME.fullmatch(repo):
        raise PublishError(f"{repo!r:.80} is not of the form owner/name.")
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()):
        raise PublishError(f"The folder {out} is not empty; name a new one.")
    if unknown := next((task for task in masks or {} if task not in tasks), None):
        raise PublishError(f"Masks are given for {unknown}, which is not published here; leave them out.")
    scenes = _copy_scenes(examples, tasks, out / "scenes")
    described = []
    for task in tasks:
        source = weights / task
        config = read_config(source)
        if config.task.name != task:
            raise PublishError(f"The weights in {source} are for {config.task.name}; name their folder so.")
        for path in sorted(source.iterdir()):
            if path.name in (CONFIG, CARD) or path.suffix == ".safetensors":
                _copy(path, out / task / path.name)
        described.append(Described(config.task, _read_json(source / CARD), scenes.get(task, "")))
        _copy_results(weights, task, out / "results")
        if masks and task in masks:
            _copy_masks(masks[task], out / "masks" / task)
    write_text(out / LICENCE_FILE, LICENCE)
    write_text(out / README, model_card(repo, described, scenes.get("", "")))
    write_manifest(out, repo)


def check_layout(folder: Path, repo: str) -> tuple[str, ...]:
    """Check a folder that `lay_out` has written; returns what was found to be right, a line each.

    The front matter is read back by the Hub's own classes, which validate it. Raises PublishError for the first thing
    that is wrong.
    """
    from huggingface_hub import ModelCard
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(repo)
        data = ModelCard.load(folder / README, ignore_metadata_errors=False).data
    except HFValidationError as error:
        raise PublishError(f"The Hub allows no repository called {repo!r:.80}; choose another name.") from error
    except (ValueError, TypeError, KeyError) as error:
        raise PublishError(f"The Hub's validator refuses the front matter of {README} ({error}).") from error
    if data.license != "other" or not (folder / str(data.license_link)).is_file():
        raise PublishError(f"{README} names no licence whose text lies beside it.")
    manifest = read_manifest(folder / MANIFEST)
    for name, record in manifest.files.items():
        if wrong := record.difference(folder / name):
            raise PublishError(f"{name} {wrong}; lay the folder out again.")
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    for name in files:
        first = name.split("/")[0] if "/" in name else ""
        if name not in manifest.files and Path(name).suffix not in _KINDS.get(first, set()):
            raise PublishError(f"{name} is no file that a repository of weights holds; take it away.")
    scores = len(data.eval_results or ())
    size = sum((folder / name).stat().st_size for name in files)
    return (
        f"{README}: front matter valid, {scores} results in model-index, licence {data.license_name}",
        f"{MANIFEST}: {len(manifest.files)} files of {', '.join(manifest.tasks)}, each of its SHA-256",
        f"{len(files)} files, {size / 1e6:.1f} MB",
    )


def publish_layout(folder: Path, target: Target, message: str) -> Published:
    """Put a folder that `lay_out` has written into its repository, in one commit; a second time only what changed.

    Files of weights that the repository's own manifest lists and this one does not are deleted. Raises PublishError,
    also where the repository lists other tasks than the folder holds, which its card would pass over in silence.
    """
    ours = read_manifest(folder / MANIFEST)
    listed: frozenset[str] = frozenset()
    if MANIFEST in head_files(target):
        try:
            found = fetch_manifest(target.repo, BRANCH)
            theirs = Manifest() if found is None else read_manifest(found)
        except (Unavailable, WeightsError) as error:
            raise PublishError(f"The {MANIFEST} of {target.repo} cannot be read; mend or delete it there.") from error
        if others := sorted(set(theirs.tasks) - set(ours.tasks)):
            raise PublishError(
                f"The repository {target.repo} holds {', '.join(others)} too: publish all tasks together, without "
                "--task, or name another repository."
            )
        listed = frozenset(theirs.files)
    return publish_folder(folder, target, message, listed - set(ours.files))


def _copy_scenes(examples: Path | None, tasks: Sequence[str], out: Path) -> dict[str, str]:
    """Task -> path of its scene in the repository; "" -> that of the moving picture. Only what is marked synthetic."""
    if examples is None or not (examples / MANIFEST).is_file():
        return {}
    found = {}
    if (examples / MOTION).is_file():
        _copy(examples / MOTION, out / MOTION)
        found[""] = f"{out.name}/{MOTION}"
    for entry in json.loads((examples / MANIFEST).read_text(encoding="utf-8")):
        task = entry.get("task")
        if task in tasks and task not in found and entry.get("synthetic") is True:
            _copy(examples / entry["file"], out / entry["file"])
            found[task] = f"{out.name}/{entry['file']}"
    return found


def _copy_results(weights: Path, task: str, out: Path) -> None:
    """The reports of a task and the figures drawn from them."""
    folder = weights / "results"
    for report in sorted(folder.glob("*.json")):
        if _read_json(report).get("task") == task:
            for path in (report, *sorted(folder.glob(f"{report.stem}_*.png"))):
                _copy(path, out / path.name)
    for path in (weights / "RESULTS.md", folder / "notes.md"):
        if path.is_file():
            _copy(path, out / path.name)


def _copy_masks(source: Path, out: Path) -> None:
    """Masks of two values, written anew so that nothing but their pixels travels."""
    from PIL import Image

    found = sorted(source.glob(f"*{_MASK_SUFFIX}"))
    if not found:
        raise PublishError(f"The folder {source} holds no NAME{_MASK_SUFFIX}, such as `segment` writes; name another.")
    out.mkdir(parents=True)
    for path in found:
        name = path.name.removesuffix(_MASK_SUFFIX)
        if not _MASK_NAME.fullmatch(name):
            raise PublishError(f"{path.name!r:.80} cannot be published: use letters, digits, '_', '-' and '.' only.")
        try:
            with Image.open(path) as image:
                pixels = np.asarray(image)
        except OSError as error:
            raise PublishError(f"{path} cannot be read as a mask; take it away.") from error
        if pixels.ndim != 2 or not np.isin(pixels, (0, 255)).all():
            raise PublishError(f"{path} is no mask of two values, 0 and 255; nothing else is published.")
        Image.fromarray(pixels > 0).save(out / f"{name}.png", optimize=True)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise PublishError(f"{path} is no JSON that can be read; mend it or take it away.") from error
    return found if isinstance(found, dict) else {}
