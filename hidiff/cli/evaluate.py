"""`python -m hidiff evaluate`: prior, refined mask and honest baselines on the same images, at their own resolution.

Every figure is a mean over cases beside the paired difference and its bootstrap interval, also when the news is
bad. Pixels count within the field of view where the data name one.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hidiff.aliases import AXES as AXES_BEFORE
from hidiff.cli.options import add_settings, settings_given
from hidiff.cli.outputs import check_free
from hidiff.data.cases import SPLITS, Case, DataError, check_files, mask_doubts, read_splits, set_digest
from hidiff.data.leaks import leak_warnings
from hidiff.errors import SettingsError
from hidiff.evaluation.ablation import AXES, ablate, ablation_table
from hidiff.evaluation.evaluate import ModelOf, evaluate, in_parallel
from hidiff.evaluation.operating_points import read_points
from hidiff.evaluation.protocol import PARTS, Protocol, parse_parts
from hidiff.evaluation.record import RECORDED, record_calibration, record_in_card, record_settings, rounded
from hidiff.evaluation.score import CaseResult, evaluate_case
from hidiff.evaluation.sheets import SHEETS, check_outside, write_sheets
from hidiff.evaluation.store import CaseStore, fingerprint
from hidiff.evaluation.summary import table
from hidiff.files import require_writable, write_text
from hidiff.models.backend import BACKENDS
from hidiff.pipeline import HiDiff
from hidiff.priors.corruption import BENCHMARK

__all__ = [
    "CaseResult",
    "Protocol",
    "add_arguments",
    "evaluate",
    "evaluate_case",
    "in_parallel",
    "record_in_card",
    "run",
    "table",
]

_log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m hidiff evaluate`."""
    parser.add_argument("--task", help="the task whose weights are evaluated")
    parser.add_argument("--data", type=Path, help="a folder with splits.csv")
    parser.add_argument("--split", choices=SPLITS, default="val")
    parser.add_argument("--datasets", help="only these data sets of the folder, separated by commas")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every Nth case of the split")
    parser.add_argument(
        "--json", type=Path, help="write the whole report here; each case is kept beside it at once, in a .jsonl"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace a --json that is no report, and sheets")
    parser.add_argument("--weights", type=Path, help="a folder of weights instead of the task's own")
    parser.add_argument(
        "--out-of-fold",
        type=Path,
        metavar="RUN",
        help="with --split train: each case with the segmentor of that run's fold which never saw it",
    )
    parser.add_argument("--twin", type=Path, help="a folder with the real-valued twin's weights, to be compared")
    add_settings(parser, (*RECORDED, "seed"))
    words = "; ".join(f"{name}: {what}" for name, what in PARTS.items())
    parser.add_argument(
        "--parts", default="", help=f"what else is measured, separated by commas, PART:N on every Nth case. {words}"
    )
    parser.add_argument("--corruptions", action="store_true", help="the same as --parts corruptions")
    parser.add_argument("--model-card", action="store_true", help="also write the summaries into the weights' card")
    parser.add_argument(
        "--record-settings", action="store_true", help="make the settings given here the weights' own, chosen on val"
    )
    parser.add_argument("--calibrate", action="store_true", help="fit the temperatures and write them to the weights")
    parser.add_argument(
        "--operating-points",
        type=Path,
        metavar="REPORT.json",
        help="a report of val, whose thresholds and temperatures are taken beside 0.5 and 1; without it val is "
        "cross-validated and other splits go without",
    )
    parser.add_argument(
        "--ablate",
        nargs="?",
        const="",
        metavar="CHOICES",
        help=f"change one choice at a time instead; of {', '.join(AXES)} (separated by commas; by default all)",
    )
    parser.add_argument("--label", help="the variant's name in RESULTS.md, for weights that are compared with others")
    parser.add_argument("--sheets", type=Path, metavar="DIR", help="draw the worst cases and some others into DIR")
    parser.add_argument(
        "--backend",
        choices=BACKENDS,
        default=BACKENDS[0],
        type=lambda word: "simulation" if word == "float" else word,
        help="how a binary denoiser is computed; the simulation, from the float weights, is slower",
    )
    parser.add_argument("--workers", type=int, help="cases at a time (default: one for each core)")
    parser.add_argument(
        "--results", type=Path, metavar="DIR", help="only write DIR/RESULTS.md and its figures from DIR/results/*.json"
    )


def run(args: argparse.Namespace) -> int:
    """Evaluate, print the table, write what is asked for."""
    if args.results:
        from hidiff.evaluation.report import write_results

        write_results(args.results)
        return 0
    if not args.task or not args.data:
        raise SettingsError("Name the task with --task and the data folder with --data.")
    if args.sheets:
        check_outside(args.sheets)
    if args.record_settings and args.split != "val":
        raise SettingsError(f"Settings are chosen on val, not on {args.split}; use --split val.")
    if args.calibrate and args.split != "val":
        raise SettingsError(f"Temperatures are fitted on val, not on {args.split}; use --split val.")
    _check_out_of_fold(args)
    protocol = protocol_of(args)
    points = read_points(args.operating_points, args.task) if args.operating_points else None
    cases = cases_of(args)
    check_files(cases)
    check_places(args)
    every = read_splits(args.data)
    for sentence in (*mask_doubts(cases), *leak_warnings(every, near=False)):
        _log.warning("%s", sentence)
    model = HiDiff.from_pretrained(args.weights or args.task, trainable=args.backend == "simulation")
    header = {
        "task": args.task,
        "split": args.split,
        "weights": fingerprint(model),
        "settings": asdict(model.config.settings),
    }
    if points:
        points.check_weights(header["weights"])
    model_of: HiDiff | ModelOf = model
    if args.out_of_fold is not None:
        model_of, header["out_of_fold"] = _out_of_fold(args, model)
    if args.ablate is not None:
        return _ablate(args, model, cases, {**header, "seed": protocol.seed})
    twin = HiDiff.from_pretrained(args.twin) if args.twin else None
    if twin is None and _names("twin", protocol.parts) and model.has_real:
        twin = HiDiff.from_pretrained(args.weights or args.task, network="real")
    identity = {"kind": "evaluation", **header, "protocol": protocol.identity}
    journal = CaseStore(args.json and args.json.with_suffix(".jsonl"), identity)
    report = evaluate(
        model_of, cases, protocol, journal=journal, twin=twin, workers=args.workers, operating_points=points
    )
    sys.stdout.write(table(report) + "\n")
    if args.json:
        more = {"every": args.every, "label": args.label, "temperatures": asdict(model.config.temperatures)}
        write_report(args.json, {"kind": "evaluation", **header, **more, **report})
    if args.model_card and model.source:
        record_in_card(model.source.path, args.split, args.every, report)
    if args.record_settings and model.source:
        record_settings(model.source.path, args.split, {name: getattr(protocol, name) for name in RECORDED})
    if args.calibrate and model.source:
        found = record_calibration(model.source.path, args.split, report)
        _log.info("Temperatures: %s.", ", ".join(f"{name} {value:.3f}" for name, value in found.items()))
    if args.sheets:
        for path in write_sheets(args.sheets, model, cases, report, protocol):
            _log.info("%s shows the data: keep it to yourself.", path)
    return 0


def _check_out_of_fold(args: argparse.Namespace) -> None:
    """Raises SettingsError for what goes with --out-of-fold and not without, or the other way round."""
    if args.out_of_fold is None:
        return
    if args.split != "train":
        raise SettingsError(f"No case of {args.split} was held back by a fold; use --split train.")
    if args.model_card or args.ablate is not None or args.sheets:
        raise SettingsError("A card, an ablation and sheets are about weights as they are; leave --out-of-fold out.")


def _out_of_fold(args: argparse.Namespace, model: HiDiff) -> tuple[ModelOf, dict[str, str]]:
    """The model of each case of the training split, and the digests of the segmentors behind it."""
    from hidiff.cli.out_of_fold import out_of_fold

    every = [case for case in read_splits(args.data) if not args.datasets or case.dataset in _data_sets(args)]
    return out_of_fold(args.out_of_fold, model, [c for c in every if c.split == "train"], set_digest(every))


def check_places(args: argparse.Namespace) -> None:
    """Before anything is computed: raise where a report or a sheet cannot be written, or would take the place of a
    file that is no such thing."""
    if args.json is not None:
        if args.json.suffix == ".jsonl":
            raise SettingsError(f"{args.json.name} is the name of the journal beside a report; end it in .json.")
        require_writable(args.json)
        if args.json.is_file() and not args.overwrite and not _is_report(args.json):
            raise DataError(f"{args.json} is there and no report; choose another --json, or give --overwrite.")
    if args.sheets is not None:
        check_free((args.sheets / name for name in SHEETS), "--sheets", args.overwrite)


def _is_report(file: Path) -> bool:
    try:
        return json.loads(file.read_text(encoding="utf-8"))["kind"] in ("evaluation", "ablation")
    except (ValueError, KeyError, TypeError):
        return False


def _ablate(args: argparse.Namespace, model: HiDiff, cases: list[Case], header: Mapping[str, Any]) -> int:
    identity = {"kind": "ablation", **header}
    journal = CaseStore(args.json and args.json.with_suffix(".jsonl"), identity)
    words = (word.strip() for word in args.ablate.split(","))
    wanted = [AXES_BEFORE.get(word, word) for word in words if word]
    report = ablate(model, cases, wanted, header["seed"], journal, args.workers)
    sys.stdout.write(ablation_table(report) + "\n")
    if args.json:
        rest = {name: value for name, value in header.items() if name != "seed"}
        write_report(args.json, {"kind": "ablation", **rest, "every": args.every, **report})
    return 0


def _names(part: str, parts: Iterable[str]) -> bool:
    """Whether the part is asked for, on every case or on some."""
    return any(given.partition(":")[0] == part for given in parts)


def protocol_of(args: argparse.Namespace) -> Protocol:
    """The protocol that the options ask for."""
    parts = parse_parts(args.parts) if args.parts else ()
    if args.twin and not _names("twin", parts):
        parts = (*parts, "twin")
    if args.corruptions and not _names("corruptions", parts):
        parts = (*parts, "corruptions")
    broken = _names("corruptions", parts)
    return Protocol(**settings_given(args), corruptions=tuple(BENCHMARK) if broken else (), parts=parts)


def _data_sets(args: argparse.Namespace) -> set[str]:
    """The names that --datasets gives."""
    return {name.strip() for name in args.datasets.split(",")}


def cases_of(args: argparse.Namespace) -> list[Case]:
    """The cases that the options name. Raises DataError when there are none."""
    every = read_splits(args.data)
    if args.datasets:
        wanted = _data_sets(args)
        known = {case.dataset for case in every}
        if unknown := sorted(wanted - known):
            raise DataError(f"{args.data} has no data set {unknown[0]!r}; choose from {', '.join(sorted(known))}.")
        every = [case for case in every if case.dataset in wanted]
    cases = [case for case in every if case.split == args.split][:: max(1, args.every)]
    if not cases:
        raise DataError(f"{args.data} has no cases in the split {args.split}; choose another split.")
    return cases


def write_report(file: Path, report: dict[str, Any]) -> None:
    """Write a report as JSON, a case a line, whole or not at all."""
    rest = {key: value for key, value in report.items() if key != "cases"}
    head = json.dumps(rounded(rest), indent=1)
    rows = ",\n".join("  " + json.dumps(rounded(case)) for case in report["cases"])
    write_text(file, f'{head[:-2]},\n "cases": [\n{rows}\n ]\n}}\n')
