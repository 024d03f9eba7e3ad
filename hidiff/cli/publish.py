"""`python -m hidiff publish weights|space --repo OWNER/NAME`: a repository on the Hugging Face Hub in one commit."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from hidiff.checkpoints.hub import embedded_weights
from hidiff.checkpoints.hub_commit import Target
from hidiff.checkpoints.manifest import MANIFEST, read_manifest, write_manifest
from hidiff.checkpoints.publication import check_layout, lay_out, publish_layout
from hidiff.cli import publish_space
from hidiff.cli.publish_report import say, told
from hidiff.errors import SettingsError

_WEIGHTS = """\
The model card, the terms, config, safetensors, packed weights, cards, reports and a manifest of SHA-256 become a model
repository, which is made where there is none; a second run uploads what changed and makes no commit where nothing did.
Afterwards manifest.json in the weights' folder names the repository and the commit: from then on they come from there.
With --create-pr nothing is written back: run the command again, without it, once the pull request is merged.
With --task the rest of the tasks stay where they are, so the manifest is written back only where it lists no other.

Log in first, with `hf auth login` or HF_TOKEN. No image is ever published: masks only where --masks names a folder.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m hidiff publish`."""
    kinds = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    weights = kinds.add_parser(
        "weights",
        help="a model repository of trained weights",
        epilog=_WEIGHTS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_target(weights)
    weights.add_argument("--task", help="this task alone; all of the folder's by default")
    weights.add_argument("--weights", type=Path, metavar="DIR", help="the folder of weights (default: the project's)")
    weights.add_argument(
        "--masks",
        action="append",
        default=[],
        metavar="TASK=DIR",
        help="a folder of masks predicted on the test set, NAME.mask.png as `segment` writes them; may be repeated",
    )
    weights.add_argument(
        "--examples", type=Path, metavar="DIR", help="where the synthetic scenes are (default: beside the weights)"
    )
    space = kinds.add_parser(
        "space",
        help="the app, or the static lessons, as a Space",
        epilog=publish_space.EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_target(space)
    publish_space.add_arguments(space)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = f"{weights.format_usage()}{space.format_usage()}"


def add_target(parser: argparse.ArgumentParser) -> None:
    """Where it goes, or that it does not."""
    parser.add_argument("--repo", required=True, metavar="OWNER/NAME", help="the repository on the Hub")
    parser.add_argument("--create-pr", action="store_true", help="propose the commit as a pull request")
    parser.add_argument("--private", action="store_true", default=None, help="make a new repository a private one")
    parser.add_argument("--dry-run", action="store_true", help="lay the folder out and check it; ask the Hub nothing")
    parser.add_argument("--out", type=Path, metavar="DIR", help="keep the folder that is laid out here")


def run(args: argparse.Namespace) -> int:
    """Lay out, check, and, unless it is a dry run, publish."""
    if args.dry_run and args.out is None:
        raise SettingsError("--dry-run keeps what it lays out: say where with --out DIR.")
    with ExitStack() as stack:
        out = args.out or Path(stack.enter_context(TemporaryDirectory(prefix="hidiff-")), "repository")
        if args.what == "space":
            return publish_space.run(args, out)
        return _publish_weights(args, out)


def _publish_weights(args: argparse.Namespace, out: Path) -> int:
    weights = args.weights or embedded_weights()
    listed = read_manifest(weights / MANIFEST).tasks
    if args.task is not None and args.task not in listed:
        raise SettingsError(f"task is {args.task!r}; choose {' or '.join(listed)}.")
    tasks = listed if args.task is None else (args.task,)
    lay_out(weights, tasks, args.repo, out, args.examples or weights.parent / "examples", _masks(args.masks))
    say(*check_layout(out, args.repo))
    if args.dry_run:
        say(f"laid out in {out}; nothing was published")
        return 0
    target = Target(args.repo, create_pr=args.create_pr, private=args.private)
    done = publish_layout(out, target, f"Publish the weights of {' and '.join(tasks)}")
    say(*told(done))
    if args.create_pr:
        say(f"{MANIFEST} stays as it is until the pull request is merged and the command run again")
    elif set(tasks) != set(listed):
        say(f"{MANIFEST} stays as it is, since it lists other tasks too; HIDIFF_HUB_REPO={args.repo} names the place")
    else:
        write_manifest(weights, done.repo, done.commit)
        say(f"{weights / MANIFEST} names {done.repo} at {done.commit}")
    return 0


def _masks(words: Sequence[str]) -> dict[str, Path]:
    out = {}
    for word in words:
        task, sign, folder = word.partition("=")
        if not task or not sign or not Path(folder).is_dir():
            raise SettingsError(f"--masks is {word!r:.80}; give TASK=DIR with a folder that is there.")
        out[task] = Path(folder)
    return out
