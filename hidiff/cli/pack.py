"""`python -m hidiff pack DIR...`: make what the packed engine opens from trained float weights.

Beside denoiser.safetensors it writes denoiser.packed.safetensors, and stores the segmentor's numbers in half precision,
which its masks do not notice. The float denoiser stays for training. `--twin` puts the real-valued twin, trained as the
variant real-twin, beside them in half precision.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import load_file

from hidiff.checkpoints.manifest import CARD, MANIFEST, write_manifest
from hidiff.checkpoints.model_card import note_in_card
from hidiff.checkpoints.networks import CONFIG_FILE, DENOISER_FILE, REAL_FILE, SEGMENTOR_FILE
from hidiff.cli.outputs import check_free
from hidiff.errors import SettingsError, WeightsError
from hidiff.files import write_tensors
from hidiff.pipeline import HiDiff


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m hidiff pack`."""
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR", help="a task's weights, such as weights/polyp")
    parser.add_argument("--twin", type=Path, metavar="DIR", help="weights of the real-valued twin to put beside these")
    parser.add_argument("--overwrite", action="store_true", help="replace a twin, and what is no packed file")
    parser.add_argument(
        "--whole-segmentor", action="store_true", help="leave the segmentor in float32, at twice the size"
    )


def run(args: argparse.Namespace) -> int:
    """Pack each folder, and bring the manifest beside it up to date where there is one."""
    if args.twin is not None and len(args.folders) > 1:
        raise SettingsError("A twin belongs to one folder of weights; name one.")
    if not args.overwrite:
        check_free((folder / REAL_FILE for folder in args.folders if args.twin), "folder", overwrite=False)
        check_packed(args.folders)
    for folder in args.folders:
        if args.twin is not None:
            add_twin(folder, args.twin)
        pack_folder(folder, half_segmentor=not args.whole_segmentor)
    for parent in {folder.resolve().parent for folder in args.folders}:
        if (parent / MANIFEST).is_file():
            write_manifest(parent)
    return 0


def check_packed(folders: Sequence[Path]) -> None:
    """Raise OutputError where the packed denoiser would take the place of a file that is none."""
    from hidiff.models.packed.file import PACKED_FILE, is_packed

    files = [folder / PACKED_FILE for folder in folders]
    check_free((file for file in files if not is_packed(file)), "folder", overwrite=False)


def pack_folder(folder: Path, half_segmentor: bool = True) -> None:
    """Write the packed denoiser into a folder of float weights; config and float denoiser stay as they are.

    Raises WeightsError when the folder cannot be read or its denoiser is the real twin.
    """
    from hidiff.models.packed.file import PACKED_FILE, save_packed

    if not (folder / CONFIG_FILE).is_file():
        raise WeightsError(f"The folder {folder} holds no {CONFIG_FILE}: name a folder of weights.")
    model = HiDiff.from_pretrained(folder, trainable=True)
    if not model.config.denoiser.binary:
        raise WeightsError(f"The denoiser in {folder} is the real twin, which has no signs to pack.")
    save_packed(model.denoiser, folder / PACKED_FILE)  # type: ignore[arg-type]
    if half_segmentor:
        _halve(folder / SEGMENTOR_FILE, folder / SEGMENTOR_FILE)


def add_twin(folder: Path, twin: Path) -> None:
    """Write the denoiser of `twin`, a folder of the real twin's weights, beside the binary weights of `folder`.

    Raises WeightsError when the folder cannot be read, is none of the twin, or is the twin of another denoiser.
    """
    own, other = (HiDiff.from_pretrained(path, trainable=True).config.denoiser for path in (folder, twin))
    if replace(own, binary=False) != other:
        raise WeightsError(f"The denoiser in {twin} is not the real-valued twin of that in {folder}.")
    _halve(twin / DENOISER_FILE, folder / REAL_FILE)
    if (folder / CARD).is_file() and (twin / CARD).is_file():
        made_by = json.loads((twin / CARD).read_text(encoding="utf-8"))
        note = {key: made_by[key] for key in ("command", "plan", "start", "seed", "commits") if key in made_by}
        found = made_by.get("val", {}).get("data_sets", {})
        brief = ("cases", "prior", "refined", "refined_minus_prior")
        note["val"] = {name: {key: part[key] for key in brief} for name, part in found.items()}
        note_in_card(folder, "twin", note)


def _halve(source: Path, target: Path) -> None:
    state = {name: value.half() if value.is_floating_point() else value for name, value in load_file(source).items()}
    if not all(torch.isfinite(value).all() for value in state.values() if value.is_floating_point()):
        raise WeightsError(f"{source.name} in {source.parent} has numbers that half precision cannot hold.")
    write_tensors(target, state)
