"""Recording an evaluation beside the weights: figures in the model card, temperatures in the config."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from hidiff.checkpoints.config import read_config, write_config
from hidiff.checkpoints.manifest import CARD, CONFIG
from hidiff.checkpoints.model_card import change_json, renew_manifest
from hidiff.errors import SettingsError
from hidiff.evaluation.summary import ALL

DIGITS = 7  # significant, in a report and in a card
_NOT_IN_THE_CARD = ("calibration", "by_t", "worst_dice", "by_size")  # a report has them; the card, its own calibration
_MASKS_IN_THE_CARD = ("prior", "window", "refined", "chains")
_CALIBRATED = ("prior", "refined")
RECORDED = ("samples", "steps", "aggregate", "mirror", "both_looks", "corrects")  # settings that a task may have chosen


def record_in_card(folder: Path, split: str, every: int, report: dict[str, Any]) -> None:
    """Write a report in short into `folder/card.json`, under the split's name, and renew the manifest: without its
    cases, and of its masks those that a default is or could have been."""
    protocol = {**report["protocol"], "every": every}
    partly = every > 1 and protocol["corruptions"]
    name = f"{split}_broken_priors" if partly else split
    data_sets = {
        data_set: _in_short({key: value for key, value in summary.items() if key not in _NOT_IN_THE_CARD})
        for data_set, summary in report["data_sets"].items()
    }
    change_json(folder / CARD, {name: rounded({"protocol": protocol, "data_sets": data_sets})})
    renew_manifest(folder)


def _in_short(summary: Mapping[str, Any]) -> dict[str, Any]:
    """A summary with the masks of the card, and the differences between two of them."""

    def told(pair: str) -> bool:
        return set(pair.split(" - ")) <= set(_MASKS_IN_THE_CARD)

    chosen = {
        "masks": {name: value for name, value in summary.get("masks", {}).items() if name in _MASKS_IN_THE_CARD},
        "differences": {pair: value for pair, value in summary.get("differences", {}).items() if told(pair)},
    }
    return {key: chosen.get(key, value) for key, value in summary.items()}


def rounded(value: Any) -> Any:
    """JSON whose numbers keep `DIGITS` digits."""
    if isinstance(value, Mapping):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


def record_settings(folder: Path, split: str, given: Mapping[str, Any]) -> None:
    """Make settings the weights' own in `folder/config.json`; None leaves one as it was. Raises SettingsError for any
    split but val, where they are chosen."""
    if split != "val":
        raise SettingsError(f"Settings are chosen on val, not on {split}; use --split val.")
    config = read_config(folder)
    chosen = {name: value for name, value in given.items() if value is not None}
    write_config(folder, replace(config, settings=replace(config.settings, **chosen)))
    renew_manifest(folder)


def record_calibration(folder: Path, split: str, report: dict[str, Any]) -> dict[str, float]:
    """Write the temperatures that suit the report's cases best into the config, and how good they are into the card.

    Returns the temperatures. Raises SettingsError for any split but val: test is for judging, and on its own
    training cases a network is surer than it may be.
    """
    if split != "val":
        raise SettingsError(f"Temperatures are fitted on val, not on {split}; use --split val.")
    found = report[ALL]["calibration"]
    fitted = {name: found[name]["fitted"] for name in _CALIBRATED}
    temperatures = {name: fitted[name]["temperature"] for name in _CALIBRATED}
    note = {"split": split, "cases": report[ALL]["cases"], "protocol": report["protocol"]}
    change_json(folder / CONFIG, {"temperatures": temperatures})
    change_json(folder / CARD, {"calibration": {**note, **fitted}})
    renew_manifest(folder)
    return temperatures
