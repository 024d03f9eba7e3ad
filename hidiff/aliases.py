"""Deprecated names: what the version before called a setting, a flag or a parameter, and what it is called now.

They work for this version. `config.json`, command lines and calls of the API and of `HiDiff.refine` pass through here;
nothing else knows an old name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hidiff.errors import SettingsError

SETTINGS = {"flips": "mirror", "answer": "aggregate"}
VALUES = {"aggregate": {"votes": "mean", "shared": "blend"}}
PARAMETERS = {**SETTINGS, "start": "prior_source", "start_seed": "prior_seed", "strokes": "scribbles"}
_MEAN = "mean"  # an axis of its own once, beside the sampler "ancestral"; "ddim" took no notice of it
MEANS = {"mixture": "ancestral", "plug_in": "plug_in"}  # to the samplers of today

PARTS = {"hand": "user"}  # of an evaluation
_REPORT = {**PARTS, "flips": "mirrors", "flips_window": "mirrors_window", "stroke": "scribble"}
AXES = {  # of an ablation
    "mean": "sampler",
    "answer": "aggregate",
    "answer of four chains": "aggregate of four chains",
    "flips": "mirror",
}
_CHOICES = {
    **VALUES["aggregate"],
    "mixture": "ancestral",
    "plug-in": "plug_in",
    "DDIM-like": "ddim",
    "four chains, upright": "four chains, unmirrored",
    "four chains, a flip each": "four chains, a mirror each",
}  # of an ablation, whose axis "mean" had the same first value as "sampler"
_TRAINING = {"warm": "warmup", "decay": "ema_decay", "cut": "threshold"}
_PLAN = {
    **_TRAINING,
    "batch": "batch_size",
    "view": "crop_size",
    "rate": "lr",
    "encoder_rate": "encoder_lr",
    "decoder_rate": "decoder_lr",
    "closer": "focus_share",
    "astray": "background_share",
    "own_bits": "chain_share",
    "first_learn": "chain_after",
    "every_step": "full_chain_share",
    "corrupted": "corruption_share",
    "corrupting": "corruption",
    "by_hand": "user_share",
}
_COLLABORATION = {
    **_TRAINING,
    "warm_up": "weight_warmup",
    "denoiser_rate": "denoiser_lr",
    "encoder_rate": "encoder_lr",
    "decoder_rate": "decoder_lr",
    "denoiser_decay": "denoiser_weight_decay",
    "segmentor_decay": "segmentor_weight_decay",
}

_REFINING = {"--answer": "--aggregate", "--flips": "--mirror", "--no-flips": "--no-mirror"}
FLAGS: Mapping[str, Mapping[str, str]] = {
    "segment": {
        **_REFINING,
        "--start": "--prior-source",
        "--start-seed": "--prior-seed",
        "--strokes": "--scribbles",
    },
    "evaluate": {**_REFINING, "--card": "--model-card", "--engine": "--backend"},
    "bench": {"--card": "--model-card"},
    "train": {
        "--card": "--task-file",
        "--start": "--init-from",
        "--look-every": "--validate-every",
        "--refiner-batch": "--refiner-batch-size",
    },
}


def current_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings under the names and values of today; those that have them already stay as they are. Raises SettingsError
    for a mean that there never was."""
    out: dict[str, Any] = {}
    for name, value in given.items():
        name = SETTINGS.get(name, name)
        known = VALUES.get(name, {})
        out[name] = known.get(value, value) if isinstance(value, str) else value
    mean = out.pop(_MEAN, None)
    if mean is not None:
        if mean not in MEANS:
            raise SettingsError(f"mean is {mean!r:.40}; choose one of {', '.join(MEANS)}.")
        if out.get("sampler") in (None, "ancestral"):
            out["sampler"] = MEANS[mean]
    return out


def current_report(report: Any) -> Any:
    """A report of an evaluation, as JSON, with its keys under the names of today."""
    if isinstance(report, list):
        return [current_report(value) for value in report]
    if not isinstance(report, Mapping):
        return report
    out = {}
    for key, value in report.items():
        if key in ("settings", "protocol") and isinstance(value, Mapping):
            out[key] = current_settings(value)
        elif key == "choices" and isinstance(value, Mapping):
            out[key] = _current_choices(value)
        else:
            out[" - ".join(_REPORT.get(word, word) for word in key.split(" - "))] = current_report(value)
    return out


def _current_choices(choices: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for axis, values in choices.items():
        out.setdefault(AXES.get(axis, axis), {}).update({_CHOICES.get(k, k): v for k, v in values.items()})
    return out


def current_plan(plan: Mapping[str, Any]) -> dict[str, Any]:
    """The plan of a training run, as JSON, with its fields under the names of today."""
    out: dict[str, Any] = {}
    for part, value in plan.items():
        names = _PLAN if part.endswith("_training") else _COLLABORATION if part == "collaborative" else {}
        if isinstance(value, Mapping):
            value = current_settings(value) if part == "settings" else {names.get(k, k): v for k, v in value.items()}
        out[part] = value
    return out


def current_parameters(given: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of the API under the names and values of today. An old name that was given (not None) goes before the
    default of the new one."""
    new = {name: value for name, value in given.items() if name not in PARAMETERS and name != _MEAN}
    old = {PARAMETERS.get(name, name): value for name, value in given.items() if name not in new and value is not None}
    return current_settings({**new, **old})


def current_words(command: str, words: Sequence[str]) -> list[str]:
    """The words of a command line with its flags under the names of today; what follows `--` stays."""
    flags = FLAGS.get(command, {})
    end = list(words).index("--") if "--" in words else len(words)
    parts = (word.partition("=") for word in words[:end])
    return [*(flags.get(flag, flag) + equals + value for flag, equals, value in parts), *words[end:]]
