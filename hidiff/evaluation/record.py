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

_NOT_IN_THE_CARD = ("calibration", "by_t", "worst_dice")  # a report has them; the card has its own calibration
_CALIBRATED = ("prior", "refined")
RECORDED = ("samples", "steps", "aggregate", "mirror", "both_looks", "corrects")  # settings that a task may have chosen


def record_in_card(folder: Path, split: str, every: int, report: dict[str, Any]) -> None:
    """Write a report without its cases into `folder/card.json`, under the split's name, and renew the manifest."""
    protocol = {**report["protocol"], "every": every}
    partly = every > 1 and protocol["corruptions"]
    name = f"{split}_broken_priors" if partly else split
    data_sets = {
        data_set: {key: value for key, value in summary.items() if key not in _NOT_IN_THE_CARD}
        for data_set, summary in report["data_sets"].items()
    }
    change_json(folder / CARD, {name: {"protocol": protocol, "data_sets": data_sets}})
    renew_manifest(folder)


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
