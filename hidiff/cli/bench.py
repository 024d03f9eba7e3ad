"""`python -m hidiff bench`: what the packed engine costs on this machine, beside the float networks it replaces.

Ratios come from interleaved runs (A B A B ...) in this process, medians of them, so that what else the machine does
falls on both. A ratio is other time / our time: larger is better; only samples16_vs_1 is 16 samples / 1 sample. The
floor of a step is computed from its look-ups, real products and bytes with rates measured here and now.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from hidiff.checkpoints.model_card import note_in_card
from hidiff.cli.outputs import check_free
from hidiff.cli.soak import running_app, soak
from hidiff.cli.visitors import crowd
from hidiff.diffusion import bernoulli
from hidiff.diffusion.noise import uniform_field
from hidiff.diffusion.samplers import reverse_mean
from hidiff.errors import SettingsError
from hidiff.evaluation.parity import images_in, parity
from hidiff.files import write_text
from hidiff.imaging.files import read_image
from hidiff.models.backend import TorchBackend
from hidiff.models.denoiser import Denoiser, DenoiserConfig
from hidiff.models.packed.bench import binary_convolution, float_convolution, floor_of_a_step, interleaved, set_threads
from hidiff.models.packed.denoiser import PackedDenoiser
from hidiff.models.packed.simulation import StepFunction
from hidiff.models.segmentor import FEATURE_STRIDES
from hidiff.pipeline import SEGMENTOR_FILE, HiDiff

ROOT = Path(__file__).resolve().parents[2]
SIDE = 256
DRIVE_SIZE = (565, 584)  # width and height of a DRIVE photograph
PUBLISHED = DenoiserConfig(patch=1, channels=(128, 128, 256, 256, 512, 512), binary=False)
THREADS = 2
CONVOLUTIONS = (64, 128, 256)
SOAK_MARKS = (10, 20, 40)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m hidiff bench`."""
    parser.add_argument("--json", type=Path, metavar="F", help="write the figures to this file")
    parser.add_argument("--overwrite", action="store_true", help="replace a file that is there")
    parser.add_argument("--runs", type=int, default=7, metavar="N", help="runs of each measurement (default 7)")
    parser.add_argument("--weights", type=Path, metavar="DIR", help="a folder with one folder of weights a task")
    parser.add_argument("--images", type=Path, metavar="DIR", help="compare the engines' masks on pictures of a folder")
    parser.add_argument("--count", type=int, default=50, metavar="N", help="how many of them (default 50)")
    parser.add_argument(
        "--model-card", action="store_true", help="also write the figures into the cards of the weights"
    )
    parser.add_argument("--no-app", action="store_true", help="do not start the app to see when it is ready")
    parser.add_argument(
        "--soak", type=int, default=12, metavar="N", help="refinements of the app whose memory is read (default 12)"
    )
    parser.add_argument(
        "--visitors", type=int, default=50, metavar="N", help="visitors of the app who come at once (default 50)"
    )
    parser.add_argument(
        "--only", nargs="+", choices=sorted(PARTS), metavar="PART", help=f"only these parts: {', '.join(PARTS)}"
    )


@dataclass
class Bench:
    """What the parts share, and the figures so far."""

    polyp: HiDiff
    fundus: HiDiff
    runs: int
    app: bool
    soak: int
    visitors: int
    ratios: dict[str, float]
    seconds: dict[str, float]
    bytes: dict[str, int]
    floor: dict[str, float]
    counts: dict[str, int] = field(default_factory=dict)


def run(args: argparse.Namespace) -> int:
    """Measure, print the table, write the JSON."""
    if args.count < 1:
        raise SettingsError(f"--count is {args.count}; give a whole number from 1.")
    if args.runs < 1:
        raise SettingsError(f"--runs is {args.runs}; give a whole number from 1.")
    if args.soak < 1:
        raise SettingsError(f"--soak is {args.soak}; give a whole number from 1.")
    if args.visitors < 1:
        raise SettingsError(f"--visitors is {args.visitors}; give a whole number from 1.")
    if args.json:
        check_free([args.json], "--json", args.overwrite)
    before = torch.get_num_threads()
    torch.set_num_threads(THREADS)
    try:
        models = [HiDiff.from_pretrained(args.weights / task if args.weights else task) for task in ("polyp", "fundus")]
        bench = Bench(models[0], models[1], args.runs, not args.no_app, args.soak, args.visitors, {}, {}, {}, {})
        packed = isinstance(models[0].denoiser, PackedDenoiser) and models[0].denoiser.packed
        for name in args.only or [part for part in PARTS if part != "visitors"]:
            PARTS[name](bench)
        files = images_in(args.images, args.count) if args.images else []
        agreed = parity(bench.polyp, files).to_json() if files and packed else {}
    finally:
        torch.set_num_threads(before)
    figures: dict[str, Any] = {
        "machine": machine(packed),
        "ratios": bench.ratios,
        "seconds": bench.seconds,
        "bytes": bench.bytes,
    }
    if bench.counts:
        figures["counts"] = bench.counts
    if agreed:
        figures["agreement"] = agreed
    sys.stdout.write(table(figures, bench.floor))
    if args.model_card:
        for model in models:
            assert model.source is not None
            note_in_card(model.source.path, "bench", figures)
    if args.json:
        write_text(args.json, json.dumps(figures, indent=2) + "\n")
    return 0


def machine(packed: bool) -> dict[str, Any]:
    """What the figures were measured on."""
    from numba import __version__ as numba_version

    name = platform.processor()
    if Path("/proc/cpuinfo").is_file():
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), name)
    return {
        "processor": name,
        "cores": os.cpu_count(),
        "threads": THREADS,
        "engine": "packed kernels" if packed else "float simulation",
        "torch": torch.__version__,
        "numba": numba_version,
        "system": platform.platform(),
    }


def table(figures: Mapping[str, Any], floor: Mapping[str, float]) -> str:
    """The figures as lines of text."""
    lines = [f"{key}: {value}" for key, value in figures["machine"].items()]
    for part, form in (("ratios", "{:10.2f} x"), ("seconds", "{:10.4f} s"), ("bytes", "{:12,d} B")):
        lines += ["", part]
        lines += [f"  {name:42}{form.format(value)}" for name, value in figures[part].items()]
    if figures.get("counts"):
        lines += ["", "counts"]
        lines += [f"  {name:42}{value:12,d}" for name, value in figures["counts"].items()]
    if figures.get("agreement"):
        lines += ["", "agreement of the engines"]
        lines += [f"  {name:52}{value:14,.9g}" for name, value in figures["agreement"].items()]
    if floor:
        lines += ["", "the floor of a step"]
        lines += [f"  {name:42}{value:12.4g}" for name, value in floor.items()]
    return "\n".join(lines) + "\n"


# ------------------------------------------------------------------------------------------------ the whole step
def given(config: DenoiserConfig, side: int = SIDE) -> tuple[Tensor, Tensor, list[Tensor]]:
    """image, p and features to time a step with; the time does not depend on what they hold."""
    generator = torch.Generator().manual_seed(0)
    image = torch.rand(1, 3, side, side, generator=generator)
    p = torch.rand(1, config.classes, side, side, generator=generator)
    channels = config.feature_channels
    return image, p, [torch.randn(1, channels, side // s, side // s, generator=generator) for s in FEATURE_STRIDES]


def reverse_step(steps: StepFunction, p: Tensor, t: int = 6) -> Callable[[], object]:
    """One whole reverse step: the denoiser, the mean of the posterior, the noise, the new bits."""
    alpha_bar = bernoulli.cosine_schedule(10)
    y_t = (p > 0.5).float()

    def step() -> Tensor:
        with torch.inference_mode():
            y0_hat = bernoulli.estimate(y_t, steps(y_t, t).sigmoid())
            mean = reverse_mean(y_t, y0_hat, p, float(alpha_bar[t]), float(alpha_bar[t - 1]))
            u = uniform_field(0, 0, t - 1, (p.shape[1], p.shape[2], p.shape[3]))
            return bernoulli.draw(mean, torch.from_numpy(u))

    return step


def float_step(network: nn.Module) -> Callable[[], object]:
    """The same for a float network as PyTorch runs it."""
    frozen = network.eval().requires_grad_(False).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    image, p, features = given(network.config)  # type: ignore[arg-type]
    return reverse_step(TorchBackend(frozen).conditioned(image, p, features), p)


def packed_step(model: HiDiff) -> tuple[PackedDenoiser, Callable[[], object]]:
    """A model's packed denoiser, and a reverse step with it."""
    denoiser = model.denoiser
    assert isinstance(denoiser, PackedDenoiser)
    image, p, features = given(denoiser.config)
    with torch.inference_mode():
        ours = reverse_step(denoiser.conditioned(image, p, features), p)
    return denoiser, ours


def steps_part(bench: Bench) -> None:
    """The packed step beside its float simulation and the real twin."""
    denoiser, ours = packed_step(bench.polyp)
    twin = Denoiser(replace(denoiser.config, binary=False))
    calls = {"ours": ours, "simulation": float_step(denoiser.trained), "twin": float_step(twin)}
    for threads, suffix in ((THREADS, ""), (1, "_1thread")):
        torch.set_num_threads(threads)
        taken = interleaved(calls, bench.runs)
        bench.ratios[f"packed_step_vs_float_simulation{suffix}"] = taken["simulation"] / taken["ours"]
        bench.ratios[f"packed_step_vs_real_twin{suffix}"] = taken["twin"] / taken["ours"]
        bench.seconds[f"step{suffix}"] = taken["ours"]
    torch.set_num_threads(THREADS)


def published_part(bench: Bench) -> None:
    """A float network of the published width beside ours."""
    _, ours = packed_step(bench.polyp)
    taken = interleaved({"ours": ours, "published": float_step(Denoiser(PUBLISHED))}, min(3, bench.runs))
    bench.ratios["published_width_step_vs_ours"] = taken["published"] / taken["ours"]


# ----------------------------------------------------------------------------------------------- one convolution
def convolutions_part(bench: Bench) -> None:
    """One binary convolution beside one float convolution, at 128 x 128."""
    for channels in CONVOLUTIONS:
        calls = {"ours": binary_convolution(channels, 128), "float": float_convolution(channels, 128)}
        for threads, suffix in ((THREADS, ""), (1, "_1thread")):
            set_threads(threads)
            taken = interleaved(calls, bench.runs)
            bench.ratios[f"packed_conv_vs_float_conv_{channels}{suffix}"] = taken["float"] / taken["ours"]
    set_threads(THREADS)


# ----------------------------------------------------------------------------------------- refinements and the app
def refinements_part(bench: Bench) -> None:
    """Whole refinements, from a prior that is there to the answer; the segmentor's look at the window included."""
    polyp, fundus = bench.polyp, bench.fundus
    image = read_image(ROOT / "examples" / "polyp_flat.jpg")
    prior = polyp.prior(image)
    T = polyp.config.denoiser.T
    frame = torch.zeros(1, 3, polyp.task.side, polyp.task.side)

    def refine(samples: int) -> Callable[[], object]:
        return lambda: polyp.refine(image, prior, steps=T, samples=samples, mirror=False).finish().probability()

    def segment() -> None:
        with torch.inference_mode():
            polyp.segmentor(frame)

    taken = interleaved(
        {"one": refine(1), "sixteen": refine(16), "segmentor": segment, "first": lambda: polyp.prior(image)}, bench.runs
    )
    bench.ratios["samples16_vs_1"] = taken["sixteen"] / taken["one"]
    bench.ratios["refinement_vs_segmentor"] = taken["segmentor"] / taken["one"]
    bench.seconds["first_picture"] = taken["first"]
    bench.seconds["refinement"] = taken["one"]
    retina = cv2.resize(
        read_image(ROOT / "examples" / "retina_synthetic_1.jpg"), DRIVE_SIZE, interpolation=cv2.INTER_AREA
    ).astype(np.uint8)
    seen = fundus.prior(retina)
    whole = {"drive": lambda: fundus.refine(retina, seen, steps=T, samples=1).finish().probability()}
    bench.seconds["refinement_drive"] = interleaved(whole, min(3, bench.runs))["drive"]


def memory_part(bench: Bench) -> None:
    """Resident memory after 5 and after 50 refinements."""
    image = read_image(ROOT / "examples" / "polyp_flat.jpg")
    prior = bench.polyp.prior(image)
    for count in range(1, 51):
        bench.polyp.refine(image, prior, samples=1).finish()
        if count in (5, 50):
            bench.bytes[f"resident_after_{count}_runs"] = resident()


def resident() -> int:
    """Bytes of this process that are in memory."""
    statm = Path("/proc/self/statm")
    if statm.is_file():
        return int(statm.read_text(encoding="utf-8").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def weights_part(bench: Bench) -> None:
    """Bytes of what `segment` opens by default."""
    from hidiff.checkpoints.networks import CONFIG_FILE, DENOISER_FILE
    from hidiff.models.packed.file import PACKED_FILE

    for name, model in (("polyp", bench.polyp), ("fundus", bench.fundus)):
        assert model.source is not None
        folder = model.source.path
        denoiser = PACKED_FILE if (folder / PACKED_FILE).is_file() else DENOISER_FILE
        opened = (CONFIG_FILE, SEGMENTOR_FILE, denoiser)
        bench.bytes[f"weights_{name}"] = sum((folder / file).stat().st_size for file in opened)


def app_part(bench: Bench) -> None:
    """Seconds from `python app.py` to its first page, with no kernel compiled before."""
    if not bench.app:
        return
    with tempfile.TemporaryDirectory() as empty:
        start = time.perf_counter()
        with running_app(ROOT, NUMBA_CACHE_DIR=empty) as (app, _):
            if app.poll() is None:
                bench.seconds["app_ready"] = time.perf_counter() - start


def soak_part(bench: Bench) -> None:
    """Resident memory of the app, from outside, after 10 refinements of both tasks and after as many as were asked."""
    if not bench.app:
        return

    def seen(count: int, held: int) -> None:
        if held and (count in SOAK_MARKS or count == bench.soak):
            bench.bytes[f"app_resident_after_{count}_runs"] = held

    soak(ROOT, bench.soak, seen)


def visitors_part(bench: Bench) -> None:
    """Visitors of the app who all come at once, and one more who wants little."""
    if not bench.app:
        return
    seen = crowd(ROOT, {"polyp": bench.polyp, "fundus": bench.fundus}, bench.visitors)
    bench.counts |= seen.counts
    bench.seconds |= seen.times
    bench.bytes |= seen.memory
    for sentence in seen.failed:
        sys.stderr.write(f"not answered: {sentence}\n")


def floor_part(bench: Bench) -> None:
    """What a step cannot be faster than."""
    config = bench.polyp.config.denoiser
    bench.seconds["floor_step"], details = floor_of_a_step(config, SIDE, THREADS, bench.runs)
    bench.floor.update(details)


PARTS: dict[str, Callable[[Bench], None]] = {
    "weights": weights_part,
    "steps": steps_part,
    "convolutions": convolutions_part,
    "published": published_part,
    "floor": floor_part,
    "refinements": refinements_part,
    "memory": memory_part,
    "app": app_part,
    "soak": soak_part,
    "visitors": visitors_part,
}

__all__: Sequence[str] = ["add_arguments", "run"]
