"""`python -m hidiff segment`: image files in, masks, priors and probabilities as files out, one JSON line a file.

Everything here works on files; the arrays are `HiDiff.refine`'s. PyTorch is imported only when there is work.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hidiff.checkpoints.hub import available_tasks, hub_address
from hidiff.cli.options import add_onnx, add_settings, onnx_options_given, settings_given
from hidiff.cli.outputs import (
    Outputs,
    Told,
    check_nothing_replaced,
    check_place,
    check_space,
    folded,
    plan_outputs,
    write_results,
)
from hidiff.errors import HiDiffError, ImageError, SettingsError, WeightsError
from hidiff.files import sweep_drafts
from hidiff.imaging.files import read_image
from hidiff.imaging.picture_kind import picture_doubt
from hidiff.priors.plausibility import mask_doubt
from hidiff.priors.scribbles import read_scribbles
from hidiff.priors.sources import (
    PRIOR_SOURCES,
    SEGMENTOR,
    GivenMap,
    check_prior_source,
    check_scribbles_size,
    fitted_to,
    prior_from_source,
    read_prior,
)
from hidiff.refinement.reference import read_reference, scored
from hidiff.refinement.trace import saved_bytes
from hidiff.tasks import TASKS, check_canvas, check_samples
from hidiff.visuals.exports import EXPORTS, LIGHT_TRACE, TRACE, suffixes, writers

if TYPE_CHECKING:
    from hidiff.imaging.frames import Frame
    from hidiff.pipeline import HiDiff
    from hidiff.priors.onnx import OnnxSegmentor
    from hidiff.refinement.chain import Refinement
    from hidiff.refinement.trace import Step

_log = logging.getLogger(__name__)

_EPILOG = """\
For each image, in DIR: NAME.mask.png (255 on, 0 off, the image's own size), NAME.prior.png (the mask before the
refinement, same form) and NAME.prob.png (16 bits, 0 to 65535: the refined probability; the mask is what exceeds
32767). NAME is the file's name without its suffix; files that share it keep their suffix, then take a number.

With --reference the line also has scores: Dice, IoU, HD95 in pixels, missed and false pixels of prior and refined mask.

Earlier results of the same image are renewed. Where DIR holds any other file of one of these names the command stops
before it computes; --overwrite replaces it, unless it is one of the files given here.

Standard output holds one JSON line a file: image, ok, then outputs, size, areas and flips in pixels, settings,
seconds, and warnings where a mask or an image looks like a mistake (on standard error too); or the error. Exit
status: 0, 1 when any file failed (the others are done all the same), 2 for wrong usage. Settings that are not given
are those chosen for the weights. For research and teaching only, never for diagnosis.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m hidiff segment`."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument("images", nargs="+", type=Path, metavar="IMAGE", help="PNG, JPEG, WebP, BMP or TIFF")
    parser.add_argument("--task", required=True, help=f"{', '.join(available_tasks())}, or what --weights are for")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="where the results go")
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--prior",
        type=Path,
        metavar="MASK",
        help="a mask to refine instead of the segmentor's, for every image; more than two greys are a probability",
    )
    source.add_argument(
        "--prior-source",
        choices=PRIOR_SOURCES,
        default=SEGMENTOR,
        metavar="S",
        help=f"what to refine: {', '.join(PRIOR_SOURCES)}; noise is one half everywhere, the others break the "
        "segmentor's proposal on purpose, each task in its own ways",
    )
    source.add_argument(
        "--segmentor-onnx",
        type=Path,
        metavar="FILE",
        help="another segmentor than the weights' own, for the prior alone: an ONNX network",
    )
    parser.add_argument("--invert-prior", action="store_true", help="on and off of the mask of --prior change places")
    parser.add_argument(
        "--prior-seed", type=int, default=0, metavar="N", help="of --prior-source, apart from the noise's"
    )
    parser.add_argument("--scribbles", type=Path, metavar="FILE", help="a PNG of painted bits: 255 on, 0 off, 128 free")
    parser.add_argument(
        "--reference",
        type=Path,
        metavar="MASK",
        help="score prior and refined mask against this mask; or a folder that holds NAME.png, NAME.mask.png or "
        "NAME_mask.png, of any format, for each image NAME",
    )
    add_settings(parser)
    parser.add_argument("--overwrite", action="store_true", help="replace files of these names that DIR holds already")
    parser.add_argument("--device", default="cpu", metavar="D", help="cpu (default), cuda or mps")
    parser.add_argument(
        "--weights", metavar="DIR", help="a folder of weights, or a Hub repository's as owner/name[/folder]"
    )
    for row in EXPORTS.values():
        if row.flag:
            said = f"also write NAME{row.suffix}, {row.help}"
            parser.add_argument(row.flag, action="append_const", const=row.kind, dest="exports", help=said)
    add_onnx(parser)


def run(args: argparse.Namespace) -> int:
    """Segment every image; 0, or 1 when any of them failed.

    Raises HiDiffError, before anything is written, for what concerns all of them: SettingsError, WeightsError,
    ImageError for a prior or scribbles that cannot be read.
    """
    from tqdm import tqdm

    from hidiff.pipeline import HiDiff
    from hidiff.priors.onnx import OnnxSegmentor
    from hidiff.refinement.settings import Settings

    given = settings_given(args)
    Settings(**given)  # before weights are fetched for nothing
    _require_device(args.device)
    tasks = available_tasks()
    unknown = SettingsError(f"task is {args.task!r}; choose {' or '.join(tasks) or 'one'}, or give its --weights.")
    if args.weights is None and args.task not in tasks:
        raise unknown
    if args.task in TASKS:
        check_prior_source(TASKS[args.task], args.prior_source, args.prior_seed)
    check_exports(args.exports or (), args.reference)
    references = references_of(args.images, args.reference)
    prior = given_prior_of(args)
    scribbles = None if args.scribbles is None else read_scribbles(args.scribbles)
    onnx_options = onnx_options_given(args)
    onnx = None if onnx_options is None else OnnxSegmentor.of(args.segmentor_onnx, onnx_options)
    named = args.weights if args.weights is None or hub_address(args.weights) else Path(args.weights)
    model = HiDiff.from_pretrained(named or args.task, device=args.device)
    if model.task.name != args.task and args.task not in {*TASKS, *tasks}:
        raise unknown
    if model.task.name != args.task:
        raise WeightsError(f"The weights in {args.weights} are for {model.task.name}; give --task {model.task.name}.")
    check_prior_source(model.task, args.prior_source, args.prior_seed)
    settings = model.settings(**given)
    inputs = (args.prior, args.scribbles, args.segmentor_onnx, *references)
    given_files = [path for path in inputs if path is not None]
    kinds = suffixes(model.task, args.exports or ())
    plan = plan_outputs(args.images, args.out, kinds, given_files)
    if not args.overwrite:
        check_nothing_replaced(plan, args.images)
    sweep_drafts(args.out)
    start = Start(prior, args.prior_source, args.prior_seed, scribbles, onnx, overwrite=args.overwrite)
    failed, told = False, Told()
    bar = tqdm(total=settings.steps * len(plan), unit="step", disable=not sys.stderr.isatty())
    with bar:
        for index, (source, outputs) in enumerate(zip(args.images, plan, strict=True)):
            bar.set_postfix_str(source.name, refresh=False)
            try:
                begun = replace(start, reference=references[index])
                record = segment_file(model, source, outputs, begun, settings=given, on_step=lambda _: bar.update())
            except HiDiffError as error:
                record = failure(source, str(error))
            except Exception as error:  # whatever it is, the other files are still to be done
                _log.debug("%s", source, exc_info=True)
                record = failure(source, f"{source.name} could not be segmented, {type(error).__name__}: {error}.")
            failed = failed or not record["ok"]
            bar.update((index + 1) * settings.steps - bar.n)
            for warning in record.get("warnings", ()):
                tqdm.write(f"{source.name}: {warning}", file=sys.stderr)
            told.write(json.dumps(record))
    told.check()
    return int(failed)


def given_prior_of(args: argparse.Namespace) -> GivenPrior | None:
    """What --prior and --invert-prior give. Raises ImageError, SettingsError."""
    if args.prior is None:
        if args.invert_prior:
            raise SettingsError("--invert-prior says how to read the mask of --prior; give both or neither.")
        return None
    doubt = mask_doubt(args.prior, inverted=args.invert_prior)
    warning = "" if doubt is None else doubt.sentence(args.prior.name)
    if doubt is not None and doubt.inverting_helps:
        warning += " --invert-prior inverts it." if not args.invert_prior else " Without --invert-prior it is not."
    return GivenPrior(read_prior(args.prior, inverted=args.invert_prior), args.prior.name, warning)


def failure(source: Path, sentence: str) -> dict[str, Any]:
    """The record of a file that could not be done."""
    return {"image": str(source), "ok": False, "error": " ".join(sentence.split())}


# ------------------------------------------------------------------------------------------------- references
_OF_MASKS = ("", ".mask", "_mask")  # what may stand between an image's stem and the suffix of its reference


def check_exports(kinds: Iterable[str], reference: Path | None) -> None:
    """Raise SettingsError where a kind of file needs a reference and there is none."""
    for kind in kinds:
        if EXPORTS[kind].needs_reference and reference is None:
            raise SettingsError(f"{EXPORTS[kind].flag} compares with a reference; give --reference as well.")


def references_of(images: Sequence[Path], given: Path | None) -> list[Path | None]:
    """The reference of each image: the file that is given, for one image, or by the image's stem in a folder.

    An image without one in the folder has None. Raises SettingsError where one file is given for several images, and
    ImageError where a folder has none at all or two that fit one image.
    """
    if given is None:
        return [None] * len(images)
    if not given.is_dir():
        if len(images) > 1:
            raise SettingsError("One --reference is a mask of one image; give a folder of masks for several images.")
        return [given]
    try:
        files = sorted(path for path in given.iterdir() if path.is_file() and not path.name.startswith("."))
    except OSError as error:
        raise ImageError(f"{given.name} could not be read; check its permissions and try again.") from error
    own = {os.path.realpath(image) for image in images}  # the folder may be the images' own
    found = [_reference_of(image, [file for file in files if os.path.realpath(file) not in own]) for image in images]
    if not any(found):
        raise ImageError(f"{given.name} has no mask with the name of an image; call it {images[0].stem}.png.")
    return found


def _reference_of(image: Path, files: Sequence[Path]) -> Path | None:
    stems = {folded(image.stem + between) for between in _OF_MASKS}
    fitting = [file for file in files if folded(file.stem) in stems]
    if len(fitting) > 1:
        names = " and ".join(file.name for file in fitting[:2])
        raise ImageError(f"Both {names} could be the reference of {image.name}; leave one of them in the folder.")
    return fitting[0] if fitting else None


# --------------------------------------------------------------------------------------------------- one file
@dataclass(frozen=True)
class GivenPrior:
    """A mask or probability (h,w) as `read_prior` gives it, what to call it, and what is odd about it, or ""."""

    map: GivenMap
    name: str
    warning: str = ""


@dataclass(frozen=True)
class Start:
    """What every image is refined from. prior: of the image's proportions; of another size it is resampled, and a note
    says so. source, seed: of the prior where none is given, see
    `prior_from_source`. scribbles: uint8 (H,W) of the image's size, see `read_scribbles`. onnx: what proposes the
    prior where none is given, instead of the weights' own segmentor; a note says so. reference: a mask's file to score
    against. overwrite: whether results take the place of files that are there."""

    prior: GivenPrior | None = None
    source: str = SEGMENTOR
    seed: int = 0
    scribbles: NDArray[np.uint8] | None = None
    onnx: OnnxSegmentor | None = None
    reference: Path | None = None
    overwrite: bool = False


def segment_file(
    model: HiDiff,
    source: str | Path,
    outputs: Outputs,
    start: Start,
    settings: Mapping[str, Any] | None = None,
    on_step: Callable[[Step], object] | None = None,
) -> dict[str, Any]:
    """Segment one image file and write its results; returns what the JSON line says.

    settings: keywords of `HiDiff.refine`. on_step: called after each reverse step. The files appear together, when
    all of them are whole.

    Areas are pixels of the image that are on, in all classes; flips are bits of the working frame, in all chains,
    padding left out.
    Raises HiDiffError, and then has written nothing.
    """
    began = time.perf_counter()
    source = Path(source)
    image = read_image(source)
    check_canvas(model.task, image, source.name)
    note, given = "", dict(settings or {})
    check_samples(model.task, image, model.settings(**given).samples, source.name)
    check_place(outputs.files.values(), source.name)
    size = (image.shape[0], image.shape[1])
    reference, said = None, ""
    if start.reference is not None:
        reference, said = read_reference(start.reference, start.reference.name, size)
    given_map: Any = None
    if start.prior is not None:
        given_map, note = fitted_to(start.prior.map, size, start.prior.name)
    if start.scribbles is not None:
        check_scribbles_size(start.scribbles, size, source.name)
    if given_map is None and start.onnx is not None:
        proposal = start.onnx.prior(image)
        given_map, note = proposal.p, proposal.note
    if given_map is None and start.source != SEGMENTOR:
        proposed = model.prior(image, model.settings(**given).mirror)
        given_map = prior_from_source(model.task, proposed, start.source, start.seed)
    refinement = model.refine(image, given_map, scribbles=start.scribbles, **given)
    check_space(outputs.folder, traced_bytes(refinement, outputs.files), source.name)
    for step in refinement:
        if on_step is not None:
            on_step(step)
    mask, before = refinement.probability() > 0.5, refinement.prior_map > 0.5
    lacking = {row.kind for row in EXPORTS.values() if row.needs_reference and reference is None}
    files = {kind: path for kind, path in outputs.files.items() if kind not in lacking}
    drawn = writers(model, image, refinement, reference)
    write_results(files, {kind: drawn[kind] for kind in files}, source, start.overwrite)
    return {
        "image": str(source),
        "ok": True,
        "outputs": {kind: str(path) for kind, path in files.items()},
        "size": {"width": size[1], "height": size[0]},
        "prior_area": int(before.sum()),
        "refined_area": int(mask.sum()),
        "flips": [_flips(refinement.frame, step) for step in refinement.steps],
        "steps": refinement.settings.steps,
        "seed": refinement.settings.seed,
        "settings": asdict(refinement.settings),
        "window": list(refinement.window),
        "notes": [one for one in (note, said) if one],
        "warnings": _warnings(model, image, start),
        "reference": None if start.reference is None else str(start.reference),
        "scores": None if reference is None else scored(refinement, reference).document,
        "seconds": round(time.perf_counter() - began, 3),
        "weights": model.source.note if model.source else "",
    }


def traced_bytes(refinement: Refinement, kinds: Iterable[str]) -> int:
    """About how many bytes the traces among these kinds of results will have: by far the largest of them."""
    shape = (refinement.settings.samples, refinement.settings.steps, *refinement.p.shape)
    return sum(saved_bytes(shape, kind == LIGHT_TRACE) for kind in kinds if kind in (TRACE, LIGHT_TRACE))


def _warnings(model: HiDiff, image: NDArray[np.uint8], start: Start) -> list[str]:
    """What looks like a mistake: an odd mask, the wrong kind of picture."""
    doubt = picture_doubt(image, model.task.image_kind)
    about_mask = "" if start.prior is None else start.prior.warning
    return [sentence for sentence in (about_mask, "" if doubt is None else doubt.sentence) if sentence]


def _flips(frame: Frame, step: Step) -> dict[str, int]:
    before, after = (frame.content_of(bits) for bits in (step.y_t, step.after))
    return {"t": step.t, "on": int((after & ~before).sum()), "off": int((before & ~after).sum())}


def _require_device(device: str) -> None:
    import torch

    try:
        torch.zeros(1, device=device).cpu()
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise SettingsError(f"device is {device!r}, which this computer does not offer; choose cpu.") from error
