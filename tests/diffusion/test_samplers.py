"""The table of samplers: an entry is all that a sampler needs, and the entries are the equations."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from segment_runs import Segment, picture, saved
from small_model import build
from small_model import picture as noisy_disc
from torch import Tensor

from hidiff.__main__ import main
from hidiff.diffusion import bernoulli
from hidiff.diffusion.samplers import SAMPLERS, Rule, reverse, reverse_mean
from hidiff.errors import SettingsError
from hidiff.evaluation.ablation import values_of
from hidiff.refinement.settings import SETTINGS, Settings
from hidiff.refinement.trace import Trace

pytest_plugins = ["segment_runs"]

ALPHA_BAR = bernoulli.cosine_schedule(10)
JUMPS = [(10, 9), (10, 1), (7, 3), (2, 1)]

SHIPPED = tuple(SAMPLERS)


def cells(seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """y_t of 0 and 1, y0_hat and p in (0,1), (2,1,16,16) float64."""
    generator = torch.Generator().manual_seed(seed)
    y_t, y0_hat, p = (torch.rand(2, 1, 16, 16, generator=generator, dtype=torch.float64) for _ in range(3))
    return (y_t < 0.5).double(), y0_hat, 0.01 + 0.98 * p


def halfway(y_t: Tensor, y0_hat: Tensor, p: Tensor, alpha_bar_t: float, alpha_bar_s: float) -> Tensor:
    """Half way from the bit to the guess."""
    return (y_t + y0_hat) / 2


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch) -> str:
    """One more sampler, put into the table and nowhere else."""
    monkeypatch.setitem(SAMPLERS, "halfway", Rule("half way to the guess", halfway, needs_prior=False))
    return "halfway"


# -------------------------------------------------------------------------------------------------- the socket
def test_a_sampler_in_the_table_refines(added: str) -> None:
    refinement = build().refine(noisy_disc(64, 64), sampler=added, steps=3, samples=2).finish()
    assert refinement.settings.sampler == added
    trace = refinement.trace()
    for index in range(2):
        mean = (trace.y_t[:, index].astype(np.float32) + trace.y0_hat[:, index]) / 2
        assert np.array_equal(trace.mean[:, index], mean)
        assert np.array_equal(trace.y_prev[:, index], trace.u[:, index] < mean)


def test_a_sampler_in_the_table_is_one_of_the_command_line(
    added: str, segment: Segment, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["segment", "--help"]) == 0
    assert f"{', '.join(SHIPPED)} or halfway" in " ".join(capsys.readouterr().out.split())
    (record,) = segment("--sampler", added, "--trace", saved(tmp_path / "a.png", picture(60, 80))).records
    assert record["ok"] and record["settings"]["sampler"] == added
    trace = Trace.load(record["outputs"]["trace"])
    assert np.array_equal(trace.mean[:, 0], (trace.y_t[:, 0].astype(np.float32) + trace.y0_hat[:, 0]) / 2)


def test_a_sampler_in_the_table_is_in_texts_and_ablation(added: str) -> None:
    assert SETTINGS["sampler"].range == f"{', '.join(SHIPPED)} or halfway"
    assert Settings(sampler=added).sampler == added
    assert values_of("sampler")[added] == {"sampler": added}
    assert list(values_of("sampler")) == list(SAMPLERS)


def test_without_it_the_name_is_unknown_everywhere(segment: Segment, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=f"sampler is 'halfway'; choose one of {', '.join(SHIPPED)}"):
        Settings(sampler="halfway")
    with pytest.raises(SettingsError, match="halfway"):
        build().refine(noisy_disc(64, 64), sampler="halfway")
    with pytest.raises(ValueError, match=f"sampler is 'halfway'; choose one of {', '.join(SHIPPED)}"):
        reverse_mean(*cells(), 0.5, 0.8, "halfway")
    with pytest.raises(ValueError, match="choose one of") as caught:
        reverse_mean(*cells(), 0.5, 0.8, "x" * 5000)
    assert len(str(caught.value)) < 200
    y_t, _, p = cells()
    with pytest.raises(ValueError, match="halfway"):
        next(reverse(lambda y, t: y * 0, p, ALPHA_BAR, (10, 5), lambda t: y_t, "halfway"))
    run = segment("--sampler", "halfway", saved(tmp_path / "a.png"))
    assert run.status == 2 and "sampler is 'halfway'" in run.err
    assert "halfway" not in json.dumps(values_of("sampler"))


# --------------------------------------------------------------------------------------------------- the rules
@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize(("t", "s"), JUMPS)
def test_a_rule_needs_the_prior_where_its_mean_depends_on_it_and_nowhere_else(sampler: str, t: int, s: int) -> None:
    y_t, y0_hat, p = cells()
    first, second = (
        reverse_mean(y_t, y0_hat, q, float(ALPHA_BAR[t]), float(ALPHA_BAR[s]), sampler) for q in (p, 1 - p)
    )
    differ = (first - second).abs()
    if SAMPLERS[sampler].needs_prior:
        assert (differ > 1e-6).double().mean() > 0.9
    else:
        assert torch.equal(first, second)


@pytest.mark.parametrize(("t", "s"), JUMPS)
def test_the_rules_are_the_equations(t: int, s: int) -> None:
    y_t, y0_hat, p = cells(1)
    later, earlier = float(ALPHA_BAR[t]), float(ALPHA_BAR[s])
    expected = {
        "ancestral": bernoulli.mixture_mean(y_t, y0_hat, p, later / earlier, earlier),
        "plug_in": bernoulli.plug_in_mean(y_t, y0_hat, p, later / earlier, earlier),
        "ddim": bernoulli.ddim_mean(y_t, y0_hat, later, earlier),
    }
    for name, mean in expected.items():
        assert torch.equal(reverse_mean(y_t, y0_hat, p, later, earlier, name), mean)
        assert torch.equal(SAMPLERS[name].mean(y_t, y0_hat, p, later, earlier), mean)


def test_titles_tell_the_samplers_apart() -> None:
    titles = [rule.title for rule in SAMPLERS.values()]
    assert len(set(titles)) == len(titles) and all(titles)
