"""Warm start: the earlier weights, or the stages of an earlier run, that a new run begins from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from hidiff.checkpoints.config import HiDiffConfig
from hidiff.checkpoints.manifest import CARD, FileRecord
from hidiff.errors import SettingsError, WeightsError
from hidiff.pipeline import DENOISER_FILE, SEGMENTOR_FILE, HiDiff

State = Mapping[str, Tensor]

PLAN_FILE = "plan.json"
SEGMENTOR, REFINER = "segmentor", "refiner"  # stages
FOLD = "fold"  # those of the folds are fold0, fold1, ...
TABLES = ("table", "trust", "gain")  # how the names of time tables end
LATER = ("trust", "gain")  # tables that older weights lack, and that begin at their neutral value


@dataclass(frozen=True)
class WarmStart:
    """states: of networks by the stage that goes on from them. origin: what they are, as JSON: the digest of each
    file, and what is known of the data and the code that made them. config: that of weights; a run has none."""

    states: Mapping[str, State]
    origin: Mapping[str, Any]
    config: HiDiffConfig | None = None

    @classmethod
    def of(cls, folder: Path) -> WarmStart:
        """Of a run's folder or of one with weights. Raises WeightsError as those do."""
        return cls.of_run(folder) if (folder / PLAN_FILE).is_file() else cls.of_weights(folder)

    @classmethod
    def of_weights(cls, folder: Path) -> WarmStart:
        """A folder of weights. It has no fold's segmentor: the full one has seen what a fold must not see.

        Raises WeightsError when they are missing or damaged.
        """
        model = HiDiff.from_pretrained(folder, trainable=True)
        card = folder / CARD
        made_by = json.loads(card.read_text(encoding="utf-8")) if card.is_file() else {}
        origin = {
            "files": {name: FileRecord.of(folder / name).sha256 for name in (SEGMENTOR_FILE, DENOISER_FILE)},
            "task": model.task.name,
            **{key: made_by[key] for key in ("data", "commits", "start") if key in made_by},
        }
        states = {SEGMENTOR: model.segmentor.state_dict(), REFINER: model.denoiser.state_dict()}
        return cls(states, origin, model.config)

    @classmethod
    def of_run(cls, run: Path) -> WarmStart:
        """The averaged networks of every stage of a run, those of its folds included.

        Raises WeightsError when the folder holds no run or a checkpoint is damaged.
        """
        plan = run / PLAN_FILE
        files = sorted((run / "checkpoints").glob("*.safetensors"))
        if not plan.is_file() or not files:
            raise WeightsError(f"{run} holds no run; name the folder that train --run made.")
        made_by = json.loads(plan.read_text(encoding="utf-8"))
        origin = {
            "files": {file.name: FileRecord.of(file).sha256 for file in files},
            **{key: made_by[key] for key in ("seed", "commits", "start", "datasets", "data") if key in made_by},
            "folds": made_by["plan"]["folds"],
        }
        return cls({file.stem: _average(file) for file in files}, origin)

    def check_folds(self, count: int, seed: int) -> None:
        """Raises SettingsError where folds of this count and seed would be others than those whose segmentors go on:
        they would have seen what they must not see."""
        if not count or not any(name.startswith(FOLD) for name in self.states):
            return
        for name, value in (("seed", seed), ("folds", count)):
            if self.origin[name] != value:
                raise SettingsError(
                    f"The run to go on from has --{name} {self.origin[name]}; give the same, for its folds' segmentors "
                    "must not see what other folds hold back."
                )

    def check_datasets(self, names: Sequence[str] | None) -> None:
        """Raises SettingsError where what goes on has learned from other data sets than these (None: from all): a set
        that is held apart must not have been seen, and folds hold back the same cases. names: sorted."""
        if "folds" in self.origin:
            before = self.origin.get("datasets")
            if before != (None if names is None else list(names)):
                raise SettingsError(
                    f"The run to go on from learned from {', '.join(before) if before else 'all data sets'}; "
                    "give the same --datasets."
                )
        elif names is not None:
            known = self.origin.get("data", {})
            seen = [name for name, splits in known.items() if splits.get("train")]
            if other := sorted(set(seen) - set(names)):
                raise SettingsError(
                    f"The weights to go on from have learned from {other[0]}, which --datasets leaves out; "
                    "begin without --init-from."
                )


def _average(file: Path) -> State:
    try:
        with safe_open(file, "pt") as tensors:
            names = [key for key in tensors.keys() if key.startswith("average/")]  # noqa: SIM118 (not a dictionary)
            return {key.removeprefix("average/"): tensors.get_tensor(key) for key in names}
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{file.name} in {file.parent} cannot be read; repeat the run.") from error


def load_matching(network: nn.Module, state: State) -> None:
    """Fill the network from an earlier one's state; what the network has no place for is left out. Time tables of a
    network that did not tell priors apart are repeated for every kind.

    A table of `LATER` that the state lacks stays as it is. Raises WeightsError when anything else is lacking or
    has another shape.
    """
    own = network.state_dict()
    state = {
        name: _for_every_kind(name, value, own[name]) if name.endswith(TABLES) and name in own else value
        for name, value in state.items()
    }
    lacking = [name for name in own if name not in state and name not in LATER]
    misfits = [name for name in own if name in state and state[name].shape != own[name].shape]
    if lacking or misfits:
        raise WeightsError(
            f"The weights to go on from do not fit the plan ({(lacking + misfits)[0]}); "
            "choose weights of the same task."
        )
    network.load_state_dict({name: state.get(name, value) for name, value in own.items()})


def _for_every_kind(name: str, value: Tensor, own: Tensor) -> Tensor:
    """A table (T,C) where the network's own is (S * T,C): repeated; anything else as it is. The segmentor's rows of
    `trust` begin as in a new network, so that with a gain of 0 its prior is the answer."""
    kinds, rest = divmod(len(own), len(value))
    if kinds < 2 or rest or value.shape[1] != own.shape[1]:
        return value
    repeated = value.repeat(kinds, 1)
    if name == "trust":
        repeated[: len(value)] = own[: len(value)]
    return repeated
