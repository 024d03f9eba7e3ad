"""`python -m hidiff COMMAND ...`: finds the command and turns what ends it into an exit status.

0: done. 1: something failed, said in one sentence on standard error. 2: wrong usage. 130: Ctrl-C.
141: whoever read standard output has gone away, as the shell itself reports it for other programs. 143: SIGTERM, after
which nothing half done is left.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from types import FrameType

from hidiff import __version__
from hidiff.aliases import current_words
from hidiff.errors import HiDiffError, SettingsError

_log = logging.getLogger(__name__)

# A module offers add_arguments(parser) and run(args) -> exit status. It is imported when its command is asked for:
# PyTorch alone takes seconds.
COMMANDS = {
    "app": ("hidiff.app", "serve the app in the browser"),
    "segment": ("hidiff.cli.segment", "segment images with trained weights; masks and more are written as files"),
    "train": ("hidiff.cli.train", "train a task's weights from a folder of images and masks"),
    "pack": ("hidiff.cli.pack", "make the packed engine's weights from trained float weights"),
    "bench": ("hidiff.cli.bench", "measure the packed engine beside the float networks on this machine"),
    "lessons": ("hidiff.cli.lessons", "write the lessons as plain files: a page that needs no server"),
    "texts": ("hidiff.cli.texts", "list the interface's texts for translators, and what a language lacks"),
    "publish": ("hidiff.cli.publish", "publish weights or app in a repository, in one commit"),
    "evaluate": ("hidiff.cli.evaluate", "score prior and refined masks against references"),
}

INTERRUPTED, PIPE_CLOSED, TERMINATED = 130, 141, 143


class Terminated(BaseException):
    """SIGTERM: like Ctrl-C, what is open is closed and drafts are taken away."""


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line `words` (None: the process's own) and return its exit status."""
    words = sys.argv[1:] if words is None else words
    _open_closed_streams()
    try:
        try:
            with _ended_by_sigterm(), _notes_on_stderr():
                words = current_words(_command(words), words)
                args = _parser(words).parse_args(words)
                status: int = args.module.run(args)
                return status
        finally:
            _flush()  # here a closed pipe can still be caught, at the interpreter's end not
    except SystemExit as end:  # argparse: help, version, wrong usage
        return end.code if isinstance(end.code, int) else 0
    except HiDiffError as error:
        sys.stderr.write(f"{error}\n")
        return 2 if isinstance(error, SettingsError) else 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except Terminated:
        return TERMINATED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except OSError as error:  # a full disk, a folder that may not be written to
        _log.debug("%s", error, exc_info=True)
        what = error.filename or "A file"
        sys.stderr.write(f"{what} could not be read or written ({error.strerror or error}).\n")
        return 1


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """The parser with every command, of which only the one that `words` name knows its options."""
    parser = argparse.ArgumentParser(
        prog="python -m hidiff",
        description="HiDiff: a segmentor proposes a mask, a binary Bernoulli diffusion model refines it. "
        "For research and teaching only, never for diagnosis.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"hidiff {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    asked = _command(words)
    for name, (module, purpose) in COMMANDS.items():
        command = commands.add_parser(name, help=purpose, description=f"{purpose.capitalize()}.", allow_abbrev=False)
        if name == asked:
            found = import_module(module)
            found.add_arguments(command)
            command.set_defaults(module=found)
    return parser


def _command(words: Sequence[str]) -> str:
    """The command that the words name, "" where they name none."""
    return next((word for word in words if not word.startswith("-")), "")


def _open_closed_streams() -> None:
    """A standard stream that was closed swallows what is written; else the next file would take its number."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 (open as long as the process)


def _flush() -> None:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise HiDiffError(f"Standard output could not be written ({error.strerror}); check its disk.") from error


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """SIGTERM (docker stop, timeout, a queue's time limit) raises `Terminated` where the command is."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may say what a signal does
        return

    def end(number: int, frame: FrameType | None) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _notes_on_stderr() -> Iterator[None]:
    """What the package logs, such as where the weights came from, is said on standard error."""
    log = logging.getLogger("hidiff")
    level, handler = log.level, logging.StreamHandler(sys.stderr)
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)


if __name__ == "__main__":
    sys.exit(main())
