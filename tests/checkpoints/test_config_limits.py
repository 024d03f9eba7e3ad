"""A config from anybody: what asks for more than any weights need is refused before anything is built of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from small_model import config

from hidiff.checkpoints import config as config_module
from hidiff.checkpoints.config import HiDiffConfig, check_sizes
from hidiff.errors import WeightsError

GREEDY: dict[str, Callable[[dict[str, Any]], object]] = {
    "a million steps": lambda data: data["denoiser"].update(T=1_000_000),
    "a wide level": lambda data: data["denoiser"].update(channels=[48, 64, 96, 128, 100_000]),
    "many levels": lambda data: data["denoiser"].update(channels=[8] * 1000),
    "many blocks": lambda data: data["denoiser"].update(blocks=10**9),
    "wide everywhere": lambda data: data["denoiser"].update(channels=[512] * 5, blocks=8),
    "a wide segmentor": lambda data: data["segmentor"].update(width=10**6),
    "many classes": lambda data: data["task"].update(classes=10**6),
    "a large canvas": lambda data: data["task"].update(side=10**5),
    "a large field of view": lambda data: data["task"].update(fov_diameter=10**6),
    "no number": lambda data: data["denoiser"].update(feature_channels=float("inf")),
    "not even that": lambda data: data["denoiser"].update(blocks=float("nan")),
    "a field of tomorrow": lambda data: data["denoiser"].update(experts=10**6),
}


@pytest.mark.parametrize("name", GREEDY)
def test_too_large_is_refused_before_a_network_is_described(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*given: object, **named: object) -> None:
        raise AssertionError("something was built")

    data = config().to_json()
    data = {**data, **{part: dict(data[part]) for part in ("task", "segmentor", "denoiser")}}
    GREEDY[name](data)
    monkeypatch.setattr(config_module, "DenoiserConfig", never)
    monkeypatch.setattr(config_module, "segmentor_config", never)
    with pytest.raises(WeightsError, match=r"choose other weights\.$"):
        HiDiffConfig.from_json(data)


def test_the_shipped_and_the_small_are_far_from_the_limits() -> None:
    data = config().to_json()
    data["denoiser"]["channels"] = [width * 2 for width in (48, 64, 96, 128, 160)]
    check_sizes(data)


@pytest.mark.parametrize("mirrors", [0, 3, -2, 2.0, True, "2", [2], None])
def test_only_so_many_mirrors_are_taken(mirrors: object) -> None:
    data = config().to_json()
    data["task"]["mirrors"] = mirrors
    with pytest.raises(WeightsError, match=r"mirrors is .*, so choose 1, 2 or 4"):
        HiDiffConfig.from_json(data)


def test_weights_of_before_know_four_mirrors() -> None:
    data = config().to_json()
    del data["task"]["mirrors"]
    assert HiDiffConfig.from_json(data).task.mirrors == 4
