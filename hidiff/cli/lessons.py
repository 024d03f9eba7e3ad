"""`python -m hidiff lessons --out DIR`: the lessons as plain files, for a stick, a school's network or a static host.

Player, lessons, every language and the small examples; a page that needs no server and asks nothing of any other.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from hidiff.checkpoints.hub import available_tasks
from hidiff.errors import WeightsError
from hidiff.pipeline import HiDiff

_log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m hidiff lessons`."""
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the files are put; it is made")
    parser.add_argument("--one-file", action="store_true", help="everything in one index.html, for a mail or a stick")


def run(args: argparse.Namespace) -> int:
    """Refine the examples, or find them refined in the app's cache, and write the edition."""
    from hidiff.interface.static_edition import edition_of, write_edition

    models: dict[str, HiDiff] = {}
    for name in available_tasks():
        try:
            model = HiDiff.from_pretrained(name, wait=False)
            models.setdefault(model.task.name, model)
        except WeightsError as error:
            _log.warning("%s: %s", name, error)
    size = write_edition(args.out, edition_of(models, args.one_file))
    _log.warning("%s: %.2f MB", args.out / "index.html", size / 1e6)
    return 0
