"""The bench's arithmetic and form; it measures nothing here."""

from __future__ import annotations

import argparse

import pytest

from hidiff.cli import bench
from hidiff.errors import SettingsError
from hidiff.models.denoiser import DenoiserConfig
from hidiff.models.packed.bench import interleaved, work


def test_calls_alternate_and_the_first_turn_does_not_count() -> None:
    order: list[str] = []
    taken = interleaved({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 3)
    assert order == ["a", "b"] * 4
    assert taken.keys() == {"a", "b"} and all(value >= 0 for value in taken.values())


def test_the_work_of_a_step_is_counted() -> None:
    config = DenoiserConfig()
    count = work(config, 256)
    sides = [128, 64, 32, 16, 8]
    blocks = [4, 4, 4, 4, 2]
    macs = sum(n * s * s * c * c * 9 for n, s, c in zip(blocks, sides, config.channels, strict=True))
    assert count["popcounts"] * 64 == pytest.approx(macs)
    assert work(config, 512)["popcounts"] == pytest.approx(4 * count["popcounts"])
    least = sum(n * s * s * c * 8 for n, s, c in zip(blocks, sides, config.channels, strict=True))
    assert least < count["bytes"] < 3 * least
    assert count["products"] > 2 * 128 * 128 * 4 * 48 * 9


def test_the_table_shows_every_figure() -> None:
    figures = {
        "machine": {"processor": "one"},
        "ratios": {"packed_step_vs_float_simulation": 9.5},
        "seconds": {"step": 0.0071},
        "bytes": {"weights_polyp": 8_000_000},
    }
    text = bench.table(figures, {"popcounts in a step": 3.0e7})
    for part in ("one", "packed_step_vs_float_simulation", "9.50", "0.0071", "8,000,000", "3e+07"):
        assert part in text


def test_the_published_network_has_128_channels_at_full_resolution_and_five_levels_below() -> None:
    assert bench.PUBLISHED.patch == 1 and bench.PUBLISHED.channels[0] == 128
    assert len(bench.PUBLISHED.channels) == 6 and not bench.PUBLISHED.binary


def test_no_runs_at_all_are_refused() -> None:
    parser = argparse.ArgumentParser()
    bench.add_arguments(parser)
    with pytest.raises(SettingsError, match="--runs"):
        bench.run(parser.parse_args(["--runs", "0"]))
