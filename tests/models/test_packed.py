"""The packed engine against the float simulation: integers equal, and the network's numbers equal too."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import weakref
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from test_denoiser import CONFIG, inputs, made
from torch import nn

from hidiff.models.backend import TorchBackend
from hidiff.models.packed import denoiser as packed
from hidiff.models.packed.denoiser import PackedDenoiser, backend_of, kernels_ready
from hidiff.models.packed.engine import Engine
from hidiff.models.packed.network import PackedNetwork
from hidiff.models.packed.simulation import Simulation, exp, gelu

pytest.importorskip("numba")

ROUNDING = 1e-4  # what the order of sums may change in logits of a few
LAST_SUM = 3e-5  # the same in the head alone, the one float32 sum of the kernels
CONFIGS = {
    "as shipped, small": CONFIG,
    "two blocks, odd channels": replace(CONFIG, blocks=2, channels=(5, 6, 7, 9, 12)),
    "three classes, prior skip": replace(CONFIG, classes=3, prior_skip=True),
    "prior skip": replace(CONFIG, prior_skip=True),
    "patch 4": replace(CONFIG, patch=4, channels=(6, 8, 11, 16)),
    "patch 1": replace(CONFIG, patch=1, channels=(4, 4, 4, 4, 4, 8)),
    "no features": replace(CONFIG, features=False),
    "no cross transformer": replace(CONFIG, cross_transformer=False),
}


@pytest.fixture(scope="module", autouse=True)
def kernels() -> None:
    if not kernels_ready().result():
        pytest.skip("this processor has no kernels")


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 5),
    st.integers(1, 300),
    st.integers(1, 9),
    st.integers(1, 23),
    st.integers(1, 75),
    st.sampled_from([1, 2]),
    st.integers(0, 2**32 - 1),
)
def test_a_binary_convolution_is_bit_exact(
    batch: int, channels: int, outputs: int, height: int, width: int, stride: int, seed: int
) -> None:
    from hidiff.models.packed.engine import convolve

    rng = np.random.default_rng(seed)
    seen, weights = (
        rng.integers(0, 2, shape) > 0 for shape in ((batch, channels, height, width), (outputs, channels, 3, 3))
    )
    floats = [torch.from_numpy(part.astype(np.float32) * 2 - 1) for part in (seen, weights)]
    expected = nn.functional.conv2d(*floats, padding=1, stride=stride).numpy()
    assert np.array_equal(convolve(seen, weights, stride), expected)


@pytest.mark.parametrize("name", CONFIGS)
def test_the_kernels_give_the_simulations_numbers(name: str) -> None:
    config = CONFIGS[name]
    network = made(config)
    image, y_t, p, features = inputs(batch=3, classes=config.classes, size=(64, 96), features_of=1)
    engine, simulation = PackedDenoiser(network), backend_of(network)
    assert isinstance(simulation, Simulation) and engine.packed
    with torch.no_grad():
        ours = engine.conditioned(image[:1], p[:1], features)
        theirs = simulation.conditioned(image[:1], p[:1], features)
        for t in range(1, config.T + 1):
            torch.testing.assert_close(ours(y_t, t), theirs(y_t, t), rtol=0, atol=LAST_SUM)


@pytest.mark.parametrize("name", CONFIGS)
def test_the_simulation_is_the_network_but_for_rounding(name: str) -> None:
    """A sign within rounding of zero may turn, and then turns what lies round it; at most times none does."""
    config = CONFIGS[name]
    network = made(config)
    image, y_t, p, features = inputs(batch=1, classes=config.classes)
    with torch.no_grad():
        steps = Simulation(PackedNetwork.of(network)).conditioned(image, p, features)
        furthest = [
            (steps(y_t, t) - network(image, y_t, p, torch.tensor([t]), features)).abs().max().item()
            for t in range(1, config.T + 1)
        ]
    assert sorted(furthest)[len(furthest) // 2] < ROUNDING


def test_it_stands_in_for_the_denoiser() -> None:
    network = made()
    engine = PackedDenoiser(network)
    image, y_t, p, features = inputs(batch=2)
    t = torch.tensor([2, 9])
    with torch.no_grad():
        torch.testing.assert_close(
            engine(image, y_t, p, t, features), network(image, y_t, p, t, features), rtol=0, atol=ROUNDING
        )


def test_a_sample_does_not_depend_on_its_neighbours_nor_on_what_ran_before() -> None:
    engine = PackedDenoiser(made())
    image, y_t, p, features = inputs(batch=4, features_of=1)
    y_t[1:] = (torch.rand(y_t[1:].shape, generator=torch.Generator().manual_seed(4)) < 0.5).float()
    with torch.no_grad():
        step = engine.conditioned(image[:1], p[:1], features)
        together = step(y_t, 5)
        other = engine.conditioned(image[1:2], p[1:2], features)  # the same canvas, another refinement under way
        alone = []
        for n in range(4):
            other(y_t[:1], 7)
            alone.append(step(y_t[n : n + 1], 5))
    assert torch.equal(together, torch.cat(alone))


def test_refinements_of_one_size_share_what_their_steps_write_and_the_last_takes_it_along() -> None:
    engine = Engine(PackedDenoiser(made()).network)
    image, _, p, features = inputs(batch=1)
    parts = image[0].numpy(), p[0].numpy(), [one[0].numpy() for one in features]
    first, second = engine.condition(*parts), engine.condition(*parts)
    assert first.space is second.space
    kept = weakref.ref(first.space)
    del first
    assert kept() is not None
    del second
    gc.collect()
    assert kept() is None


def test_the_number_of_threads_changes_no_bit() -> None:
    engine = PackedDenoiser(made())
    image, y_t, p, features = inputs(batch=1, size=(96, 128))
    before = torch.get_num_threads()
    answers = []
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            with torch.no_grad():
                answers.append(engine.conditioned(image, p, features)(y_t, 4))
    finally:
        torch.set_num_threads(before)
    assert torch.equal(answers[0], answers[1]) and torch.equal(answers[0], answers[2])


@pytest.mark.parametrize("why", ["no kernels here", "not ready and not waited for"])
def test_without_kernels_the_answer_is_the_same(why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = PackedDenoiser(made(), wait=False)
    image, y_t, p, features = inputs(batch=1)
    with torch.no_grad():
        expected = engine.conditioned(image, p, features)(y_t, 3)
        state: Future[bool] = Future()
        if why == "no kernels here":
            state.set_result(False)
        monkeypatch.setattr(packed, "kernels_ready", lambda: state)
        assert not engine.packed
        torch.testing.assert_close(engine.conditioned(image, p, features)(y_t, 3), expected, rtol=0, atol=LAST_SUM)


def test_a_damaged_cache_of_numba_is_compiled_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def tried() -> None:
        said.append("tried")
        if "forgotten" not in said:
            raise EOFError("Ran out of input")

    monkeypatch.setattr(packed, "_try_kernels", tried)
    monkeypatch.setattr(packed, "forget_compiled", lambda: said.append("forgotten"))
    assert packed._prepare() and said == ["tried", "forgotten", "tried"]


@pytest.mark.parametrize("fault", [ImportError("No module named 'numba'"), RuntimeError("a compiler's")])
def test_kernels_that_cannot_be_had_are_no_error(fault: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def tried() -> None:
        raise fault

    monkeypatch.setattr(packed, "_try_kernels", tried)
    monkeypatch.setattr(packed, "forget_compiled", lambda: None)
    assert packed._prepare() is False


def test_what_is_forgotten_is_the_kernels_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hidiff.models.packed import kernels as room

    kept = ["vectors.pool-1.py311.nbi", "kernels.py", "kernels.other-1.py311.nbi", "notes.nbi"]
    gone = ["kernels.pool-1.py311.nbi", "kernels.pool-1.py311.1.nbc", "kernels.attend-9.py312.nbi"]
    for name in kept + gone:
        (tmp_path / name).touch()
    stats = SimpleNamespace(cache_path=str(tmp_path))
    named = {name: SimpleNamespace(stats=stats, __name__=name) for name in ("pool", "attend")}
    monkeypatch.setattr(room, "pool", named["pool"])
    monkeypatch.setattr(room, "attend", named["attend"])
    monkeypatch.setattr(packed, "vars", lambda _: named, raising=False)
    packed.forget_compiled()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kept)


@pytest.mark.nightly
@pytest.mark.parametrize("damage", ["cut", "empty", "noise"])
def test_the_kernels_are_there_after_any_damage_to_what_numba_keeps(tmp_path: Path, damage: str) -> None:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    code = "from hidiff.models.packed.denoiser import kernels_ready; print(kernels_ready().result())"

    def start() -> str:
        return subprocess.run([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True).stdout

    assert start() == "True\n"
    for file in tmp_path.rglob("*.nb[ic]"):
        data = file.read_bytes()
        file.write_bytes({"cut": data[: len(data) // 2], "empty": b"", "noise": bytes(len(data))}[damage])
    assert start() == "True\n"


def test_the_real_twin_is_not_packed() -> None:
    twin = made(replace(CONFIG, binary=False))
    with pytest.raises(ValueError, match="twin"):
        PackedDenoiser(twin)
    backend = backend_of(twin)
    assert isinstance(backend, TorchBackend) and backend.network is twin


def test_exp_and_gelu_are_themselves() -> None:
    x = torch.linspace(-90, 3, 4001)
    torch.testing.assert_close(exp(x), x.double().exp().float(), rtol=1e-6, atol=1e-37)
    x = torch.linspace(-12, 12, 4001)
    torch.testing.assert_close(gelu(x), nn.functional.gelu(x), rtol=1e-6, atol=1e-6)
