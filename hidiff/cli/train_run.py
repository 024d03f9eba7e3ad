"""Opening or resuming the folder of a training run: it goes on with what it was begun with, or not at all."""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from hidiff.data.cases import DataError
from hidiff.files import sweep_drafts, write_text
from hidiff.models.denoiser import Denoiser
from hidiff.models.segmentor import FEATURE_STRIDES, build_segmentor
from hidiff.tasks import Task
from hidiff.training.autotune import compiling_pays, faster_precision
from hidiff.training.plans import Plan, completed
from hidiff.training.warm_start import PLAN_FILE

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


@dataclass(frozen=True)
class Opened:
    """What a run was begun with: it goes on with the same. segmentor, refiner: the precisions of their stages;
    compiled: of the denoiser. commits: the code's, one for each session of the run that had another."""

    segmentor: torch.dtype
    refiner: torch.dtype
    compiled: bool
    commits: list[str]


def open_run(
    folder: Path, args: argparse.Namespace, task: Task, plan: Plan, begun: Mapping[str, Any], device: torch.device
) -> Opened:
    """Make the run folder, or check that a resumed run is the same one. begun: what else it was begun with, the digest
    of its data among it."""
    for place in (folder, *(path for path in folder.glob("*") if path.is_dir())):
        sweep_drafts(place)
    training = {key: value for key, value in plan.to_json().items() if key != "settings"}
    wanted: dict[str, Any] = {"seed": args.seed, "plan": training, "task": _trained(task.to_json())}
    wanted |= begun
    file = folder / PLAN_FILE
    if file.is_file():
        before = json.loads(file.read_text(encoding="utf-8"))
        if not args.resume:
            raise DataError(f"{folder} holds an earlier run; add --resume to go on, or choose another --run.")
        before.setdefault("datasets", None)
        before["task"] = _trained(before.get("task", wanted["task"]))
        before["plan"] = {key: value for key, value in completed(before["plan"]).items() if key != "settings"}
        if before.get("data", begun["data"]) != begun["data"]:
            raise DataError(
                f"{folder} holds a run on other data or splits; give it the same --data, or choose another --run."
            )
        if {key: before.get(key, value) for key, value in wanted.items()} != wanted:
            raise DataError(f"{folder} holds a run with other settings; repeat its options, or choose another --run.")
        commits = list(dict.fromkeys([*before["commits"], _commit()]))
        write_json(file, {**before, **wanted, "commits": commits})
        kept = before["precision"]  # of all stages, where an earlier version kept it
        segmentor, refiner = (kept["segmentor"], kept["refiner"]) if isinstance(kept, Mapping) else (kept, kept)
        return Opened(PRECISIONS[segmentor], PRECISIONS[refiner], before.get("compiled", False), commits)
    segmentor, refiner, compiled = _fastest(args, plan, device)
    commits = [_commit()]
    names = {
        part: str(dtype).removeprefix("torch.") for part, dtype in (("segmentor", segmentor), ("refiner", refiner))
    }
    write_json(file, {**wanted, "precision": names, "compiled": compiled, "commits": commits})
    return Opened(segmentor, refiner, compiled, commits)


def _trained(task: Mapping[str, Any]) -> dict[str, Any]:
    """Of a task's fields, as JSON has them, those that training asks for: others may differ from what a run had."""
    known: dict[str, Any] = json.loads(json.dumps(task))
    return {name: value for name, value in known.items() if name != "mirrors"}


def _fastest(args: argparse.Namespace, plan: Plan, device: torch.device) -> tuple[torch.dtype, torch.dtype, bool]:
    """The precisions of the segmentor's and the refiner's stages, and whether to compile the denoiser: as asked
    for, or as measured. (Where bfloat16 helps the denoiser's dense convolutions, the backward pass of the
    encoder's depthwise ones may still be slower in it.)"""
    view, batch = plan.refiner_training.crop_size, plan.refiner_training.batch_size
    classes, width = plan.denoiser.classes, plan.denoiser.feature_channels
    image = torch.rand(batch, 3, view, view, device=device)
    y_t = (torch.rand(batch, classes, view, view, device=device) < 0.5).float()
    features = [torch.rand(batch, width, view // s, view // s, device=device) for s in FEATURE_STRIDES]
    t = torch.ones(batch, dtype=torch.int64, device=device)
    denoiser = Denoiser(plan.denoiser).to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    example = (image, y_t, torch.full_like(y_t, 0.3), t, features)
    if args.precision == "auto":
        segmentor = faster_precision(build_segmentor(plan.segmentor).to(device), image[:4])
        refiner = faster_precision(denoiser, *example)
    else:
        segmentor = refiner = PRECISIONS[args.precision]
    if args.compile != "auto":
        return segmentor, refiner, args.compile == "on"
    turns = plan.collaborative.iterations if plan.collaborative else 0
    return segmentor, refiner, compiling_pays(denoiser, example, plan.refiner_training.iterations + turns, refiner)


def write_json(file: Path, data: Mapping[str, Any]) -> None:
    """Write a file of JSON whole or not at all."""
    write_text(file, json.dumps(data, indent=2) + "\n")


def _commit() -> str:
    """The commit of the code, "-dirty" when the package's files differ from it, "unknown" outside a repository."""
    here = Path(__file__).resolve().parent.parent

    def git(*words: str) -> str:
        return subprocess.run(["git", "-C", here, *words], capture_output=True, text=True, check=True).stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("-dirty" if git("status", "--porcelain", ".") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
