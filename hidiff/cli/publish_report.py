"""What a publication to the Hub reports on standard output."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from hidiff.checkpoints.hub_commit import Published


def told(done: Published) -> Sequence[str]:
    """What a publication did, a line each."""
    if not done.written and not done.deleted:
        return (f"nothing has changed since commit {done.commit}", done.address)
    gone = f", {len(done.deleted)} deleted" if done.deleted else ""
    return (f"{len(done.written)} files written{gone} in commit {done.commit}", done.address)


def say(*lines: str) -> None:
    """Lines on standard output."""
    for line in lines:
        sys.stdout.write(f"{line}\n")
