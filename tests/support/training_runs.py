"""`python -m hidiff train` as a function of its words."""

from __future__ import annotations

import argparse
from pathlib import Path

from hidiff.cli import train as command


def train(data: Path, out: Path, *options: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    words = ["--task", "polyp", "--data", str(data), "--out", str(out), "--precision", "float32", *options]
    return command.run(parser.parse_args(words))
