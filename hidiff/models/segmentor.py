"""SEGMENTORS: the kinds of segmentor that there are. An entry adds one; nothing else names a kind.

`config["segmentor"]["kind"]` says which one a folder of weights holds. The protocol is in `segmentor_base`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from hidiff.models.lite_segmentor import LiteConfig, LiteSegmentor
from hidiff.models.segmentor_base import (
    CANVAS_MULTIPLE,
    FEATURE_STRIDES,
    ParameterGroup,
    Segmentor,
    SegmentorConfig,
    SegmentorOutput,
    TrainableSegmentor,
)
from hidiff.models.unet import UNet, UNetConfig

__all__ = [
    "CANVAS_MULTIPLE",
    "DEFAULT_SEGMENTOR",
    "FEATURE_STRIDES",
    "SEGMENTORS",
    "LiteConfig",
    "LiteSegmentor",
    "ParameterGroup",
    "Segmentor",
    "SegmentorConfig",
    "SegmentorKind",
    "SegmentorOutput",
    "TrainableSegmentor",
    "build_segmentor",
    "kind_of",
    "segmentor_config",
    "segmentor_json",
]


@dataclass(frozen=True)
class SegmentorKind:
    """title: words for people. config: a frozen dataclass of this kind alone; `config()` is what training begins with.
    build: the network that a config describes, with random weights."""

    title: str
    config: type[SegmentorConfig]
    build: Callable[[Any], TrainableSegmentor]


SEGMENTORS: dict[str, SegmentorKind] = {
    "lite": SegmentorKind("EfficientNet-Lite0 with a light decoder", LiteConfig, LiteSegmentor),
    "unet": SegmentorKind("a plain U-Net, without pre-training", UNetConfig, UNet),
}
DEFAULT_SEGMENTOR = "lite"  # of weights whose config names none


def kind_of(config: SegmentorConfig) -> str:
    """The name of the kind whose config this is."""
    return next(name for name, kind in SEGMENTORS.items() if kind.config is type(config))


def build_segmentor(config: SegmentorConfig) -> TrainableSegmentor:
    """The network that a config describes, with random weights."""
    return SEGMENTORS[kind_of(config)].build(config)


def segmentor_config(data: Mapping[str, Any]) -> SegmentorConfig:
    """The inverse of `segmentor_json`. Raises KeyError for a kind that is not known, TypeError for a field."""
    values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in data.items()}
    return SEGMENTORS[values.pop("kind", DEFAULT_SEGMENTOR)].config(**values)


def segmentor_json(config: SegmentorConfig) -> dict[str, Any]:
    """What `config.json` and the plan of a run keep of it: the kind and its fields."""
    return {"kind": kind_of(config), **asdict(config)}
