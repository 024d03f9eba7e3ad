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

LARGEST = {"T": 1000, "blocks": 8, "channels": 512, "feature_channels": 512, "heads": 32, "kinds": 16, "width": 256}
LARGEST |= {"classes": 16, "patch": 16, "side": 2000, "fov_diameter": 4000, "tile": 2000, "overlap": 1000}
MOST_NUMBERS = 64_000_000  # weights of the denoiser's 3 x 3 convolutions, there and back on each level
_LARGEST_OTHER = 255  # of any other number, such as a colour's
_LONGEST = 16  # numbers in a list


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
            check_sizes(data)
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


def check_sizes(data: Mapping[str, Any]) -> None:
    """Raises WeightsError where decoded config.json asks for networks or a canvas that no weights for HiDiff need.

    It looks at numbers alone, before anything is built of them: a config may come from anybody.
    """
    for part in ("task", "segmentor", "denoiser"):
        for name, value in data[part].items():
            several = value if isinstance(value, list) else [value]
            most = LARGEST.get(name, _LARGEST_OTHER)
            if len(several) > _LONGEST or any(type(one) in (int, float) and not one <= most for one in several):
                raise WeightsError(
                    f"The weights' config has {part} {name} {value!r:.40}, more than the {most:g} that this version "
                    "builds; choose other weights."
                )
    denoiser = data["denoiser"]
    numbers = 18 * denoiser.get("blocks", 1) * sum(width * width for width in denoiser["channels"])
    if numbers > MOST_NUMBERS:
        raise WeightsError(
            f"The weights' config asks for a denoiser of {numbers:,} numbers or more; choose other weights."
        )


def check_features(segmentor: SegmentorConfig, denoiser: DenoiserConfig) -> None:
    """Raises WeightsError unless the denoiser expects the features that the segmentor gives."""
    if segmentor.feature_channels != denoiser.feature_channels:
        raise WeightsError(
            f"The segmentor gives features of {segmentor.feature_channels!r:.40} channels and the denoiser expects "
            f"{denoiser.feature_channels!r:.40}; give both one number."
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
