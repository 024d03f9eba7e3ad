"""Options that several commands share: those of a refinement, from the table of its settings."""

from __future__ import annotations

import argparse
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from hidiff.aliases import VALUES, current_settings
from hidiff.errors import SettingsError
from hidiff.refinement.settings import SETTINGS, Setting

if TYPE_CHECKING:
    from hidiff.priors.onnx import OnnxOptions

_ONNX = ("size", "order", "scale", "mean", "std", "output", "classes", "fit")


def add_settings(parser: argparse.ArgumentParser, names: Collection[str] = SETTINGS) -> None:
    """An option for each of these settings; not given, they are None."""
    for name in names:
        row = SETTINGS[name]
        flag = f"--{name.replace('_', '-')}"
        if row.kind == "switch":
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, help=row.help)
        else:
            metavar = "N" if row.kind == "whole" else name[0].upper()
            parser.add_argument(flag, type=_reader(row), metavar=metavar, help=f"{row.help}: {row.range}")
    if "sampler" in names:
        parser.add_argument("--mean", help=argparse.SUPPRESS)  # deprecated: see `aliases`


def settings_given(args: argparse.Namespace) -> dict[str, Any]:
    """What of the settings a command line gave, by the names of today."""
    values = {name: getattr(args, name, None) for name in (*SETTINGS, "mean")}
    return current_settings({name: value for name, value in values.items() if value is not None})


def _reader(row: Setting) -> Any:
    """What turns a word of the command line into a value; the range is checked by the settings themselves."""
    if row.kind == "choice":
        return lambda word: VALUES.get(row.name, {}).get(word, word)
    return int if row.kind == "whole" else float


def add_onnx(parser: argparse.ArgumentParser) -> None:
    """What the network of --segmentor-onnx is shown and what its output means; not given, they are None."""
    group = parser.add_argument_group("the network of --segmentor-onnx", "it sees (value * scale - mean) / std")
    group.add_argument(
        "--onnx-size", type=_size, metavar="WxH", help="of its input (default: the file's, or the image's)"
    )
    group.add_argument("--onnx-order", choices=("rgb", "bgr"), help="of its channels (default: rgb)")
    group.add_argument("--onnx-scale", type=float, metavar="S", help="of values 0 to 255 (default: 1/255)")
    group.add_argument("--onnx-mean", type=float, nargs=3, metavar="X", help="of its channels (default: ImageNet's)")
    group.add_argument("--onnx-std", type=float, nargs=3, metavar="X", help="of its channels (default: ImageNet's)")
    group.add_argument(
        "--onnx-output",
        choices=("auto", "logits", "probabilities"),
        help="auto (default) takes what lies in 0 to 1 for probabilities",
    )
    group.add_argument(
        "--onnx-classes",
        choices=("auto", "1", "2"),
        help="1: the object alone, 2: background and object, auto (default): as many as there are",
    )
    group.add_argument(
        "--onnx-fit", choices=("stretch", "letterbox"), help="letterbox keeps the aspect (default: stretch)"
    )


def onnx_options_given(args: argparse.Namespace) -> OnnxOptions | None:
    """The options of --segmentor-onnx, None where it was not given. Raises SettingsError."""
    from hidiff.priors.onnx import OnnxOptions

    values = {name: getattr(args, f"onnx_{name}") for name in _ONNX}
    given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items() if v is not None}
    if args.segmentor_onnx is None:
        if given:
            raise SettingsError(f"--onnx-{next(iter(given))} says how to use --segmentor-onnx; give both or neither.")
        return None
    return OnnxOptions(**given)


def _size(word: str) -> tuple[int, int]:
    """WxH -> (width, height)."""
    width, height = word.lower().split("x")
    return int(width), int(height)
