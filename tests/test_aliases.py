"""The names of the version before: in files, on command lines, in calls. They mean what they meant."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from segment_runs import Segment, disc, picture, results, saved
from small_model import build
from training_runs import train

from hidiff import aliases
from hidiff.__main__ import COMMANDS, _parser, main
from hidiff.checkpoints.networks import CONFIG_FILE
from hidiff.cli.evaluate import protocol_of
from hidiff.cli.options import settings_given
from hidiff.data.cases import Case, DataError
from hidiff.errors import SettingsError
from hidiff.evaluation.ablation import AXES, values_of
from hidiff.evaluation.comparison import MAIN
from hidiff.evaluation.protocol import COMPARISONS, MASKS, PARTS, Protocol
from hidiff.evaluation.report import write_results
from hidiff.evaluation.store import CaseStore
from hidiff.pipeline import HiDiff
from hidiff.refinement.settings import AGGREGATES, SETTINGS, Settings
from hidiff.training.collaborative import Collaboration
from hidiff.training.plans import PLANS, completed

pytest_plugins = ["segment_runs"]

ROOT = Path(__file__).resolve().parents[1]
OLD_SETTINGS = {
    "steps": 5,
    "samples": 2,
    "seed": 3,
    "sampler": "ancestral",
    "mean": "plug_in",
    "answer": "votes",
    "focus": False,
    "flips": True,
    "confidence": 0.8,
}
CHANGED = {  # in the presets: the denoiser is told the kinds of prior apart; folds learn the segmentor's features
    ("fold_training", "alignment"),
    ("refiner_training", "mixed_times"),
    ("refiner_training", "packed_rollouts"),
    ("settings", "mirror"),
    ("denoiser", "kinds"),
    ("refiner_training", "kind_shares"),
    ("refiner_training", "user_share"),
    ("refiner_training", "both_looks"),
    ("settings", "both_looks"),
}
SINCE = ("hold", "both_looks", "corrects")  # settings that there were none of; by default they change nothing
SETTINGS_NOW = Settings(5, 2, 3, "plug_in", False, True, "mean", 0.8)


# ---------------------------------------------------------------------------------------------------- settings
def test_every_old_name_leads_to_one_of_today() -> None:
    assert set(aliases.SETTINGS.values()) <= set(SETTINGS)
    assert not set(aliases.SETTINGS) & set(SETTINGS) and "mean" not in SETTINGS
    assert set(aliases.VALUES["aggregate"].values()) < set(AGGREGATES)
    assert set(aliases.MEANS.values()) <= set(SETTINGS["sampler"].choices or ())
    assert set(aliases.PARTS.values()) <= set(PARTS)
    assert set(aliases.AXES.values()) <= set(AXES)
    assert {"mirrors", "mirrors_window"} <= set(MASKS)
    assert set(MAIN) <= {f"{a} - {b}" for a, b in COMPARISONS}


@pytest.mark.parametrize(
    ("sampler", "mean", "now"),
    [
        ("ancestral", "mixture", "ancestral"),
        ("ancestral", "plug_in", "plug_in"),
        ("ddim", "mixture", "ddim"),
        ("ddim", "plug_in", "ddim"),
        (None, "mixture", "ancestral"),
        (None, "plug_in", "plug_in"),
    ],
)
def test_sampler_and_mean_are_one_name_now(sampler: str | None, mean: str, now: str) -> None:
    given = {"mean": mean} | ({"sampler": sampler} if sampler else {})
    assert aliases.current_settings(given) == {"sampler": now}


def test_what_has_the_names_of_today_stays_as_it_is() -> None:
    now = {"steps": 3, "sampler": "ddim", "mirror": True, "aggregate": "mean", "seed": 0}
    assert aliases.current_settings(now) == now
    assert aliases.current_parameters(now) == now
    assert aliases.current_report({"settings": now, "mirrors - prior": 1}) == {"settings": now, "mirrors - prior": 1}


def test_a_mean_that_there_never_was_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"mean is 'median'; choose one of mixture, plug_in\.$"):
        aliases.current_settings({"mean": "median"})


@pytest.mark.parametrize(("old", "new"), [("last", "last"), ("votes", "mean"), ("shared", "blend")])
def test_a_config_of_the_version_before_is_read(tmp_path: Path, old: str, new: str) -> None:
    build().save_pretrained(tmp_path)
    file = tmp_path / CONFIG_FILE
    data = json.loads(file.read_text())
    file.write_text(json.dumps({**data, "settings": {**OLD_SETTINGS, "answer": old}}))
    assert HiDiff.from_pretrained(tmp_path, trainable=True).config.settings == replace(SETTINGS_NOW, aggregate=new)


def test_the_shipped_configs_are_such_ones_and_are_read() -> None:
    for task in ("polyp", "fundus"):
        found = json.loads((ROOT / "weights" / task / CONFIG_FILE).read_text())["settings"]
        settings = Settings(**aliases.current_settings(found))
        assert settings.aggregate == "mean" and settings.sampler == "ancestral"


def test_a_refinement_takes_the_old_names() -> None:
    model, image = build(), picture(64, 64)
    old = model.refine(image, **OLD_SETTINGS)  # type: ignore[arg-type]
    assert old.settings == SETTINGS_NOW
    new = model.refine(image, **{f.name: getattr(SETTINGS_NOW, f.name) for f in fields(Settings)})
    for a, b in zip(old, new, strict=True):
        assert np.array_equal(a.y_t, b.y_t) and np.array_equal(a.eps_hat, b.eps_hat)
    assert np.array_equal(old.probability(), new.probability())


# -------------------------------------------------------------------------------------------------------- API
def test_parameters_of_the_api() -> None:
    old = {"start": "noise", "start_seed": 3, "strokes": "a.png", "flips": True, "answer": "shared", "mean": "plug_in"}
    now = {"prior_source": "noise", "prior_seed": 3, "scribbles": "a.png", "mirror": True, "aggregate": "blend"}
    assert aliases.current_parameters(old) == {**now, "sampler": "plug_in"}


def test_an_old_parameter_goes_before_the_new_one_s_default_only_where_it_was_given() -> None:
    defaults = {"prior_source": "segmentor", "mirror": None, "aggregate": None, "sampler": None, "steps": 4}
    nothing = dict.fromkeys(("start", "start_seed", "strokes", "flips", "answer", "mean"))
    assert aliases.current_parameters({**defaults, **nothing}) == defaults
    given = aliases.current_parameters({**defaults, **nothing, "flips": False, "answer": "votes", "start": "blur"})
    assert given == {**defaults, "mirror": False, "aggregate": "mean", "prior_source": "blur"}


# ------------------------------------------------------------------------------------------------ command lines
def parsed(command: str, words: str) -> dict[str, Any]:
    """What a command line gives: its options, its settings by the names of today, and for `evaluate` its protocol."""
    current = aliases.current_words(command, [command, *words.split()])
    args = _parser(current).parse_args(current)
    out = {name: value for name, value in vars(args).items() if name not in ("mean", "sampler", "module")}
    out["settings"] = settings_given(args)
    if command == "evaluate":
        del out["parts"]
        out["protocol"] = protocol_of(args)
    return out


SEGMENT = "a.png --task polyp --out o "
LINES = [
    (
        "segment",
        SEGMENT + "--steps 5 --samples 4 --flips --answer shared --mean plug_in --start false_blob --start-seed 3 "
        "--no-focus",
        SEGMENT + "--steps 5 --samples 4 --mirror --aggregate blend --sampler plug_in --prior-source false_blob "
        "--prior-seed 3 --no-focus",
    ),
    ("segment", SEGMENT + "--strokes s.png --no-flips", SEGMENT + "--scribbles s.png --no-mirror"),
    ("segment", SEGMENT + "--answer=votes --start=noise", SEGMENT + "--aggregate=mean --prior-source=noise"),
    ("segment", SEGMENT + "--mean mixture --sampler ddim", SEGMENT + "--sampler ddim"),
    ("segment", SEGMENT + "--mean mixture", SEGMENT + "--sampler ancestral"),
    (
        "evaluate",
        "--task polyp --data d --split val --parts all:2,hand:3 --calibrate --card --engine float --flips "
        "--answer last --samples 4 --seed 2 --twin t --json r.json",
        "--task polyp --data d --split val --parts all:2,user:3 --calibrate --model-card --backend simulation --mirror "
        "--aggregate last --samples 4 --seed 2 --twin t --json r.json",
    ),
    ("evaluate", "--engine packed --no-flips --answer votes", "--backend packed --no-mirror --aggregate mean"),
    (
        "train",
        "--task scenes --card c.json --data d --out o --start w --look-every 50 --refiner-batch 12",
        "--task scenes --task-file c.json --data d --out o --init-from w --validate-every 50 --refiner-batch-size 12",
    ),
    ("bench", "--card --no-app", "--model-card --no-app"),
]


@pytest.mark.parametrize(("command", "old", "new"), LINES)
def test_recorded_command_lines_mean_what_they_meant(command: str, old: str, new: str) -> None:
    assert parsed(command, old) == parsed(command, new)


def test_the_lines_above_hold_every_old_flag() -> None:
    for command, flags in aliases.FLAGS.items():
        words = {word.partition("=")[0] for line in LINES if line[0] == command for word in line[1].split()}
        assert set(flags) <= words, command


def test_what_follows_two_dashes_is_no_flag() -> None:
    words = ["segment", "--flips", "--", "--flips"]
    assert aliases.current_words("segment", words) == ["segment", "--mirror", "--", "--flips"]
    assert aliases.current_words("train", ["train", "--flips"]) == ["train", "--flips"]


def test_segment_writes_the_same_files_for_the_old_words_as_for_the_new(segment: Segment, tmp_path: Path) -> None:
    image = saved(tmp_path / "a.png", picture(60, 80))
    scribbles = saved(tmp_path / "s.png", np.where(disc(60, 80, 20, 50, 9) > 0, np.uint8(255), np.uint8(128)))
    old = "--steps 5 --samples 4 --flips --answer shared --mean plug_in --start false_blob --start-seed 3 --no-focus"
    new = (
        "--steps 5 --samples 4 --mirror --aggregate blend --sampler plug_in --prior-source false_blob --prior-seed 3 "
        "--no-focus"
    )
    runs = [
        segment(*words.split(), flag, scribbles, "--out", tmp_path / name, "--trace", "--sheet", image)
        for words, flag, name in ((old, "--strokes", "old"), (new, "--scribbles", "new"))
    ]
    assert [run.status for run in runs] == [0, 0]
    first, second = (results(tmp_path / name) for name in ("old", "new"))
    times = {name for name in first if name.endswith(".npz")}  # whose meta says how long each step took
    assert len(first) == 5 and first.keys() == second.keys() and len(times) == 1
    assert [name for name in first.keys() - times if first[name] != second[name]] == []
    traces = [np.load(tmp_path / name / "a.trace.npz") for name in ("old", "new")]
    for key in set(traces[0].files) - {"meta"}:  # a float's last digit may depend on where its array lies in memory
        assert np.allclose(traces[0][key], traces[1][key], rtol=0, atol=1e-6), key
    told = [{k: v for k, v in run.records[0].items() if k not in ("outputs", "seconds")} for run in runs]
    assert told[0] == told[1]
    assert (told[0]["settings"]["aggregate"], told[0]["settings"]["sampler"]) == ("blend", "plug_in")


@pytest.mark.parametrize("command", COMMANDS)
def test_no_help_names_what_is_deprecated(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    text = capsys.readouterr().out
    shown = set(re.findall(r"--[a-z][a-z-]*", text))
    old = set(aliases.FLAGS.get(command, {})) | {"--mean"}
    assert not shown & old
    assert set(aliases.FLAGS.get(command, {}).values()) <= shown
    words = set(re.findall(r"[a-z_]+", text))
    assert not words & {*aliases.VALUES["aggregate"], "mixture", "strokes", "stroke", "answer", "hand"}


# ------------------------------------------------------------------------------------------------------ training
def renamed(plan: dict[str, Any]) -> dict[str, Any]:
    """A plan with the fields of its trainings under their names of before."""
    old = json.loads((Path(__file__).parent / "training" / "plans_of_0_1.json").read_text())["in turns"]
    out = dict(plan)
    for part, kept in old.items():
        if isinstance(plan.get(part), dict) and part not in ("segmentor", "denoiser", "settings"):
            names = {next(iter(aliases.current_plan({part: {name: 0}})[part])): name for name in kept}
            out[part] = {names.get(name, name): value for name, value in plan[part].items()}
    return out


def test_the_plans_of_the_version_before_are_those_of_today() -> None:
    old = json.loads((Path(__file__).parent / "training" / "plans_of_0_1.json").read_text())
    new = {**PLANS, "in turns": replace(PLANS["polyp"], collaborative=Collaboration())}
    assert old.keys() == new.keys()
    for name, plan in old.items():
        then, now = completed(plan), new[name].to_json()
        assert completed(now) == now, name
        changed = {
            (part, field)
            for part, values in now.items()
            if isinstance(values, dict)
            for field, value in values.items()
            if value != then[part][field]
        }
        assert changed <= CHANGED, name
        assert {part: value for part, value in then.items() if not isinstance(value, dict)}.items() <= now.items()
        assert completed(plan).keys() == plan.keys()


def test_a_run_of_the_version_before_goes_on(tiny_task: str, folder: Path, tmp_path: Path) -> None:
    run = ("--run", str(tmp_path / "run"), "--folds", "0", "--collaborative-iterations", "2")
    train(folder, tmp_path / "out", *run)
    file = tmp_path / "run" / "plan.json"
    kept = json.loads(file.read_text())
    old = renamed(kept["plan"])
    assert {"batch", "own_bits", "by_hand"} <= set(old["refiner_training"]) and "warm_up" in old["collaborative"]
    file.write_text(json.dumps({**kept, "plan": old}))
    assert train(folder, tmp_path / "out", *run, "--resume") == 0
    assert json.loads(file.read_text())["plan"] == kept["plan"]


# -------------------------------------------------------------------------------------------------------- reports
def test_the_results_follow_from_reports_of_the_version_before(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "weights" / "results", tmp_path / "results")
    assert '"answer"' in (tmp_path / "results" / "variant_full.json").read_text()
    text = write_results(tmp_path).read_text()
    assert text == (ROOT / "weights" / "RESULTS.md").read_text()
    for word in ("votes", "answer of", "mixture", "plug-in", "a flip", "four flips", "stroke"):
        assert word not in text.lower(), word


def test_a_report_s_keys_are_renamed_and_nothing_else() -> None:
    old = {
        "settings": OLD_SETTINGS,
        "protocol": {"samples": 1, "flips": False, "answer": None, "steps": None},
        "all": {"masks": {"flips": 1, "flips_window": 2, "refined": 3}, "differences": {"chains - flips": {"mean": 4}}},
        "cases": [{"hand": {"box": 5}, "stroke": {"before": 6}, "scores": {"flips": 7}, "name": "flips"}],
    }
    assert aliases.current_report(old) == {
        "settings": {f.name: getattr(SETTINGS_NOW, f.name) for f in fields(Settings) if f.name not in SINCE},
        "protocol": {"samples": 1, "mirror": False, "aggregate": None, "steps": None},
        "all": {
            "masks": {"mirrors": 1, "mirrors_window": 2, "refined": 3},
            "differences": {"chains - mirrors": {"mean": 4}},
        },
        "cases": [{"user": {"box": 5}, "scribble": {"before": 6}, "scores": {"mirrors": 7}, "name": "flips"}],
    }


def test_an_old_ablation_has_the_choices_of_today() -> None:
    old = json.loads((ROOT / "weights" / "results" / "polyp_ablation.json").read_text())["all"]["choices"]
    new = aliases.current_report({"choices": old})["choices"]
    assert set(new) == set(AXES)
    for axis, values in new.items():
        assert list(values) == [name for name in values_of(axis) if name in values]
        assert values.keys() == values_of(axis).keys()
    assert old["mean"]["mixture"] == old["sampler"]["ancestral"] == new["sampler"]["ancestral"]
    assert new["sampler"]["plug_in"] == old["mean"]["plug-in"]
    assert new["aggregate"]["blend"] == old["answer"]["shared"]
    assert new["mirror"]["four chains, a mirror each"] == old["flips"]["four chains, a flip each"]


def test_figures_that_the_version_before_kept_are_found_again(tmp_path: Path) -> None:
    header = {"kind": "evaluation", "task": "polyp", "split": "val", "weights": "ab"}
    old_protocol = {"samples": 4, "flips": True, "steps": None, "answer": "votes", "seed": 0, "seeds": 3}
    parts = {"core": {"scores": {"prior": 1}}, "baselines": {"scores": {"flips": 2}}, "hand": {"box": 3}, "stroke": {}}
    case = Case(dataset="d", name="a", image=tmp_path / "a.png", mask=tmp_path / "m.png", group="g", split="val")
    case.image.write_bytes(b"image")
    case.mask.write_bytes(b"mask")
    line = {"dataset": "d", "name": "a", "group": "g", "area": 0.1, "diagonal": 9.0, "parts": parts}
    line["digest"] = case.digest
    file = tmp_path / "r.jsonl"
    kept = [{**header, "settings": OLD_SETTINGS, "protocol": old_protocol}, line]
    file.write_text("".join(json.dumps(part) + "\n" for part in kept))
    identity = {
        **header,
        "settings": asdict(SETTINGS_NOW),
        "protocol": Protocol(samples=4, mirror=True, aggregate="mean").identity,
    }
    found = CaseStore(file, identity).result(case)
    assert set(found.parts) == {"core", "baselines", "user", "scribble"}
    assert found.parts["baselines"] == {"scores": {"mirrors": 2}}
    with pytest.raises(DataError, match="other weights or settings"):
        CaseStore(file, {**identity, "weights": "cd"})
