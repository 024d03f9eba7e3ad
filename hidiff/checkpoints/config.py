"""The configuration that lies beside a model's weights as config.json: architecture, task and default settings.

    {"format": 1, "task": {...}, "segmentor": {...}, "denoiser": {...}, "settings": {...}, "temperatures": {...}}

`read_config(folder)` gives a `HiDiffConfig`, `write_config(folder, config)` puts it back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from hidiff.aliases import current_settings
from hidiff.checkpoints.manifest import CONFIG
from hidiff.errors import WeightsError
from hidiff.files import write_text
from hidiff.models.denoiser import DenoiserConfig
from hidiff.models.segmentor import (
    DEFAULT_SEGMENTOR,
    SEGMENTORS,
    SegmentorConfig,
    segmentor_config,
    segmentor_json,
)
from hidiff.refinement.settings import Settings
from hidiff.refinement.temperature import Temperatures
from hidiff.tasks import Task

CONFIG_FORMAT = 1


@dataclass(frozen=True)
class HiDiffConfig:
    """Everything that `config.json` holds: the task, both networks' shapes, the settings and the temperatures
    chosen on val."""

    task: Task
    segmentor: SegmentorConfig
    denoiser: DenoiserConfig
    settings: Settings = field(default_factory=Settings)
    temperatures: Temperatures = field(default_factory=Temperatures)

    def __post_init__(self) -> None:
        """Raises WeightsError when the networks do not fit one another."""
        check_features(self.segmentor, self.denoiser)

    def to_json(self) -> dict[str, Any]:
        """A dictionary that `from_json` reads back to an equal config."""
        return {"format": CONFIG_FORMAT, **asdict(self), "segmentor": segmentor_json(self.segmentor)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> HiDiffConfig:
        """The inverse of `to_json`. Raises WeightsError when format, segmentor or a field is not known."""
        if not isinstance(data, Mapping) or data.get("format") != CONFIG_FORMAT:
            found = data.get("format") if isinstance(data, Mapping) else data
            raise WeightsError(
                f"The weights' config has format {found!r:.40} and this version reads {CONFIG_FORMAT}; "
                "update hidiff or choose other weights."
            )
        try:
            kind = data["segmentor"].get("kind", DEFAULT_SEGMENTOR)
            if kind not in SEGMENTORS:
                raise WeightsError(
                    f"The weights' segmentor is a {kind!r:.40} and this version knows {', '.join(SEGMENTORS)}; "
                    "update hidiff or choose other weights."
                )
            denoiser = {**data["denoiser"], "channels": tuple(data["denoiser"]["channels"])}
            return cls(
                Task.from_json(data["task"]),
                segmentor_config(data["segmentor"]),
                DenoiserConfig(**denoiser),
                Settings(**current_settings(data["settings"])),
                Temperatures(**data.get("temperatures", {})),
            )
        except WeightsError:
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise WeightsError(
                f"The weights' config is not one this version reads ({error}); update hidiff."
            ) from error


def check_features(segmentor: SegmentorConfig, denoiser: DenoiserConfig) -> None:
    """Raises WeightsError unless the denoiser expects the features that the segmentor gives."""
    if segmentor.feature_channels != denoiser.feature_channels:
        raise WeightsError(
            f"The segmentor gives features of {segmentor.feature_channels} channels and the denoiser expects "
            f"{denoiser.feature_channels}; give both one number."
        )


def read_config(folder: Path) -> HiDiffConfig:
    """The config of a folder of weights. Raises WeightsError when it cannot be read or is not known."""
    try:
        data = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise WeightsError(f"{CONFIG} in {folder.name} cannot be read; fetch the weights again.") from error
    return HiDiffConfig.from_json(data)


def write_config(folder: Path, config: HiDiffConfig) -> None:
    """Write config.json into a folder of weights, whole or not at all."""
    write_text(folder / CONFIG, json.dumps(config.to_json(), indent=2) + "\n")
