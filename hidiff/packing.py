"""`python -m hidiff pack DIR...`: make what the packed engine opens from trained float weights.

Beside denoiser.safetensors it writes denoiser.packed.safetensors, and stores the segmentor's numbers in half precision,
which its masks do not notice. The float denoiser stays for training and for the real twin.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from hidiff.errors import WeightsError
from hidiff.hybrid import CONFIG_FILE, SEGMENTOR_FILE, HiDiff
from hidiff.manifest import MANIFEST, write_manifest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m hidiff pack`."""
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR", help="a task's weights, such as weights/polyp")
    parser.add_argument(
        "--whole-segmentor", action="store_true", help="leave the segmentor in float32, at twice the size"
    )


def run(args: argparse.Namespace) -> int:
    """Pack each folder, and bring the manifest beside it up to date where there is one."""
    for folder in args.folders:
        pack_folder(folder, half_segmentor=not args.whole_segmentor)
    for parent in {folder.resolve().parent for folder in args.folders}:
        if (parent / MANIFEST).is_file():
            write_manifest(parent)
    return 0


def pack_folder(folder: Path, half_segmentor: bool = True) -> None:
    """Write the packed denoiser into a folder of float weights; config and float denoiser stay as they are.

    Raises WeightsError when the folder cannot be read or its denoiser is the real twin.
    """
    from hidiff.denoiser.packed_weights import PACKED_FILE, save_packed

    if not (folder / CONFIG_FILE).is_file():
        raise WeightsError(f"The folder {folder} holds no {CONFIG_FILE}: name a folder of weights.")
    model = HiDiff.from_pretrained(folder, engine="float")
    if not model.config.denoiser.binary:
        raise WeightsError(f"The denoiser in {folder} is the real twin, which has no signs to pack.")
    draft = folder / f".{PACKED_FILE}.{os.getpid()}"
    save_packed(model.denoiser, draft)  # type: ignore[arg-type]
    _put(draft, folder / PACKED_FILE)
    if half_segmentor:
        state = {
            name: value.half() if value.is_floating_point() else value
            for name, value in load_file(folder / SEGMENTOR_FILE).items()
        }
        if not all(torch.isfinite(value).all() for value in state.values() if value.is_floating_point()):
            raise WeightsError(f"The segmentor in {folder} has numbers that half precision cannot hold.")
        draft = folder / f".{SEGMENTOR_FILE}.{os.getpid()}"
        save_file(state, draft)
        _put(draft, folder / SEGMENTOR_FILE)


def _put(draft: Path, path: Path) -> None:
    """Move the whole file to its place, readable as other files are: safetensors writes it for the owner alone."""
    draft.chmod(0o644)
    os.replace(draft, path)
