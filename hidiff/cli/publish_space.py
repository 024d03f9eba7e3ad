"""The app as a Space: `python -m hidiff publish space`, or the static edition of the lessons."""

from __future__ import annotations

import argparse
import re
import subprocess
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from shutil import copyfile
from typing import Any

from hidiff.checkpoints.hub_client import COMMIT
from hidiff.checkpoints.hub_commit import Target, head_files, publish_folder
from hidiff.checkpoints.manifest import CONFIG, MANIFEST, REPO_NAME, Manifest, read_manifest
from hidiff.cli.publish_report import say, told
from hidiff.errors import PublishError
from hidiff.files import write_text
from hidiff.models.packed.file import PACKED_FILE

ROOT = Path(__file__).resolve().parents[2]
README = "README.md"
PARTS = ("app.py", "hidiff", "weights", "examples", "requirements.txt", "pyproject.toml", "setup.py", "LICENSE")
THUMBNAIL = "hidiff/interface/card.png"
SEGMENTOR = "segmentor.safetensors"

KINDS: Mapping[str, Mapping[str, Any]] = {
    "gradio": {"sdk": "gradio", "suggested_hardware": "cpu-upgrade", "python_version": "3.11"},
    "zerogpu": {"sdk": "gradio", "suggested_hardware": "zero-a10g", "python_version": "3.12"},
    "static": {"sdk": "static", "app_file": "index.html"},
}
"""What the front matter says of each kind. ZeroGPU has a few Pythons only; the project runs on 3.12 of them."""

EPILOG = """\
gradio   the repository as it is, on a CPU (since 2026 that wants a paid plan).
zerogpu  the same on ZeroGPU, where free accounts may run a Gradio app.
static   the lessons as plain pages, which cost nothing: what `python -m hidiff lessons --out DIR` writes.

What is published is what git tracks of the app, the package, the weights and the examples; nothing else in the folder.
Where weights/manifest.json names a repository and a commit (`publish weights` writes them), the Space loads its weights
while it is built and asks nothing when it starts; the copy in weights/ stands in.

ZeroGPU. It wants the Gradio SDK, a Python that it has (3.12 here) and no torch.compile. A function that is marked for
the GPU runs in a forked worker: its arguments and its result are pickled, and what it changes of a session stays behind
in the worker. Stop, and a new run that takes an old one's place, live in the session in the main process; so no part of
a visitor's run is marked for the GPU, and the packed engine on the CPU, ten milliseconds a step, is the default there
as everywhere. One endpoint, /refine_on_gpu, is marked: sixteen chains in floats, an array in and an array out. None of
this could be tried on ZeroGPU itself, which wants an account.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m hidiff publish space`, beside where it goes."""
    parser.add_argument("--kind", choices=tuple(KINDS), default="gradio", help="what runs it (default: gradio)")


def run(args: argparse.Namespace, out: Path) -> int:
    """Lay the Space out in `out`, check its front matter, and, unless it is a dry run, publish it in one commit."""
    lay_out = lay_out_lessons if args.kind == "static" else lay_out_app
    lay_out(args.repo, args.kind, out)
    say(*check_space(out, args.kind))
    if args.dry_run:
        say(f"laid out in {out}; nothing was published")
        return 0
    target = Target(args.repo, "space", KINDS[args.kind]["sdk"], args.create_pr, args.private)
    ours = tuple(f"{part}/" for part in PARTS)
    obsolete = [name for name in head_files(target) if name in PARTS or name.startswith(ours)]
    say(*told(publish_folder(out, target, f"Publish the Space ({args.kind})", obsolete)))
    return 0


def lay_out_app(repo: str, kind: str, out: Path, root: Path = ROOT) -> None:
    """Copy what git tracks of the app at `root` into `out`, with the front matter of the kind in README.md."""
    _require_empty(repo, out)
    for name in tracked(root):
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        copyfile(root / name, out / name)
    manifest = read_manifest(root / "weights" / MANIFEST)
    write_text(out / README, with_front_matter((root / README).read_text(encoding="utf-8"), repo, kind, manifest))


def lay_out_lessons(repo: str, kind: str, out: Path) -> None:
    """The lessons' static edition in `out`. Raises PublishError where this version has no command that writes it."""
    _require_empty(repo, out)
    from hidiff.__main__ import COMMANDS

    if "lessons" not in COMMANDS:
        raise PublishError(
            "This version has no static edition of the lessons (there is no `python -m hidiff lessons`); choose "
            "--kind gradio or zerogpu."
        )
    command = import_module(COMMANDS["lessons"][0])
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    if command.run(parser.parse_args(["--out", str(out)])):
        raise PublishError("The static edition of the lessons could not be written; run `python -m hidiff lessons`.")
    text = (ROOT / README).read_text(encoding="utf-8")
    write_text(out / README, with_front_matter(text, repo, kind, Manifest()))


def with_front_matter(readme: str, repo: str, kind: str, manifest: Manifest) -> str:
    """The README with the front matter of this kind of Space; what it said of title, licence and tags stays."""
    from huggingface_hub import SpaceCard

    card = SpaceCard(readme, ignore_metadata_errors=False)
    told = card.data.to_dict()
    said = {key: told[key] for key in told if key not in ("sdk", "sdk_version", "python_version", "app_file")}
    said |= KINDS[kind]
    if KINDS[kind]["sdk"] == "gradio":
        said |= {"sdk_version": told["sdk_version"], "app_file": "app.py"}
        said["thumbnail"] = f"https://huggingface.co/spaces/{repo}/resolve/main/{THUMBNAIL}"
        said |= of_weights(manifest)
    card.data.__dict__.clear()
    card.data.__dict__.update(said)
    return str(card)


def of_weights(manifest: Manifest) -> dict[str, list[str]]:
    """`models` and `preload_from_hub` of the repository that the manifest names; nothing where it names none."""
    if manifest.repo is None:
        return {}
    said = {"models": [manifest.repo]}
    if manifest.revision is not None and COMMIT.fullmatch(manifest.revision):
        wanted = (CONFIG, PACKED_FILE, SEGMENTOR)
        files = [f"{task}/{name}" for task in manifest.tasks for name in wanted if f"{task}/{name}" in manifest.files]
        said["preload_from_hub"] = [f"{manifest.repo} {','.join(files)} {manifest.revision}"]
    return said


def check_space(folder: Path, kind: str) -> tuple[str, ...]:
    """Read the front matter back with the Hub's own classes; a line each of what is right. Raises PublishError."""
    from huggingface_hub import SpaceCard, SpaceHardware

    try:
        data = SpaceCard.load(folder / README, ignore_metadata_errors=False).data.to_dict()
        hardware = data.get("suggested_hardware")
        if hardware is not None:
            SpaceHardware(hardware)
    except (ValueError, TypeError) as error:
        raise PublishError(f"The Hub's validator refuses the front matter of {README} ({error}).") from error
    if len(data.get("short_description", "")) > 60:
        raise PublishError(f"short_description in {README} has more than the 60 characters that the Hub shows.")
    if not (folder / data["app_file"]).is_file():
        raise PublishError(f"{README} names {data['app_file']}, which is not there.")
    if kind != "static":
        _check_pin(folder, "gradio", data["sdk_version"])
    files = [path for path in folder.rglob("*") if path.is_file()]
    return (
        f"{README}: front matter valid, sdk {data['sdk']}" + (f" on {hardware}" if hardware else ""),
        f"{len(files)} files, {sum(path.stat().st_size for path in files) / 1e6:.1f} MB",
    )


def tracked(root: Path) -> list[str]:
    """What git tracks of the app's parts, relative to `root`. Raises PublishError where there is no clone."""
    try:
        words = ["git", "ls-files", "-z", "--", *PARTS]
        done = subprocess.run(words, cwd=root, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise PublishError(f"{root} is no clone that git knows; publish from a clone of the project.") from error
    names = [name for name in done.stdout.split("\0") if name and (root / name).is_file()]
    if "app.py" not in names:
        raise PublishError(f"{root} holds no app.py that git tracks; publish a Space from a clone of the project.")
    return names


def _check_pin(folder: Path, package: str, version: str) -> None:
    pins = dict(re.findall(r"^([\w-]+)==(\S+)", (folder / "requirements.txt").read_text(encoding="utf-8"), re.M))
    if pins.get(package, version) != version:
        raise PublishError(f"{README} names {package} {version} and requirements.txt {pins[package]}; name one.")


def _require_empty(repo: str, out: Path) -> None:
    if not REPO_NAME.fullmatch(repo):
        raise PublishError(f"{repo!r:.80} is not of the form owner/name.")
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()):
        raise PublishError(f"The folder {out} is not empty; name a new one.")
