"""What both training loops share: generators, learning rate, moving average, checkpoints, log."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from hidiff.data.rng import generator_on, iteration_generator
from hidiff.errors import WeightsError
from hidiff.training import autotune as machine
from hidiff.training.autotune import compiling_pays, faster_precision
from hidiff.training.optimization import (
    ExponentialMovingAverage,
    RunLog,
    load_checkpoint,
    one_cycle_lr,
    save_checkpoint,
)


class Network(nn.Module):
    """A convolution in channels-last memory, a BatchNorm with its counter, and a table."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.table = nn.Parameter(torch.zeros(4))
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.norm(self.conv(x)) + self.table[:, None, None]
        return out


def adamw(network: nn.Module) -> torch.optim.AdamW:
    return torch.optim.AdamW(network.parameters(), lr=1e-2, weight_decay=0.1, betas=(0.9, 0.99))


def train(
    network: nn.Module,
    average: ExponentialMovingAverage,
    optimizer: torch.optim.Optimizer,
    first: int,
    last: int,
    total: int = 8,
) -> None:
    """Iterations first..last-1, each from its own generator."""
    network.train()
    for iteration in range(first, last):
        generator = iteration_generator(3, "test", iteration)
        x = torch.randn(4, 3, 8, 8, generator=generator)
        for group in optimizer.param_groups:
            group["lr"] = one_cycle_lr(iteration, total, 1e-2, 0.25)
        loss = (network(x) - x.mean(1, keepdim=True)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        average.update(network, iteration)


def same(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(value, second[name]) for name, value in first.items())


# --- randomness and learning rate ------------------------------------------------------------------------


def test_an_iterations_generator_depends_on_its_address_alone() -> None:
    def numbers(seed: int, stage: str, iteration: int) -> list[float]:
        return torch.rand(4, generator=iteration_generator(seed, stage, iteration)).tolist()

    addresses = [(0, "refiner", 0), (0, "refiner", 1), (1, "refiner", 0), (0, "segmentor", 0), (0, "refiner", 10)]
    addresses += [(1, "refiner", 1), (11, "refiner", 1), (1, "refiner", 11)]
    before = torch.get_rng_state()
    forward = [numbers(*address) for address in addresses]
    backward = [numbers(*address) for address in reversed(addresses)][::-1]
    assert forward == backward
    assert len({tuple(values) for values in forward}) == len(addresses)
    assert torch.equal(torch.get_rng_state(), before)
    first, second = (iteration_generator(0, "a", 0) for _ in range(2))
    torch.rand(100, generator=first)
    assert torch.rand(1, generator=second).item() == numbers(0, "a", 0)[0]


@pytest.mark.parametrize("warm", [0.05, 0.15, 0.5])
@pytest.mark.parametrize("total", [20, 1000])
def test_one_cycle_rises_to_its_peak_and_falls_to_zero(total: int, warm: float) -> None:
    rates = [one_cycle_lr(i, total, 2e-3, warm) for i in range(total + 1)]
    rise = round(warm * total)
    assert rates[0] == pytest.approx(2e-3 / 25)
    assert rates[rise] == pytest.approx(2e-3)
    assert rates[total] == pytest.approx(0, abs=1e-12)
    assert all(a < b for a, b in pairwise(rates[: rise + 1]))
    assert all(a > b for a, b in pairwise(rates[rise:]))


def test_one_cycle_is_a_cosine() -> None:
    assert one_cycle_lr(10, 100, 1.0, 0.2) == pytest.approx((1 + 1 / 25) / 2)
    assert one_cycle_lr(5, 100, 1.0, 0.2) == pytest.approx(1 / 25 + 24 / 25 * (1 - 2**-0.5) / 2)
    assert one_cycle_lr(60, 100, 1.0, 0.2) == pytest.approx(0.5)
    assert one_cycle_lr(40, 100, 1.0, 0.2) == pytest.approx((1 + 2**-0.5) / 2)


@pytest.mark.parametrize("total", [1, 2, 3])
def test_the_shortest_runs_have_a_rate(total: int) -> None:
    for warm in (0.0, 0.05, 1.0):
        rates = [one_cycle_lr(i, total, 1.0, warm) for i in range(total)]
        assert all(0 <= rate <= 1 for rate in rates)
        assert max(rates) > 0


# --- moving average --------------------------------------------------------------------------------------


def test_the_average_starts_at_the_network_and_is_a_copy() -> None:
    network = Network()
    average = ExponentialMovingAverage(network, 0.9)
    assert same(average.state, network.state_dict())
    with torch.no_grad():
        network.conv.weight.add_(1)
    assert not torch.equal(average.state["conv.weight"], network.conv.weight)


@pytest.mark.parametrize(("iteration", "decay"), [(0, 0.1), (8, 0.5), (90, 0.9), (10_000, 0.9)])
def test_the_average_moves_faster_at_the_start(iteration: int, decay: float) -> None:
    network = Network()
    average = ExponentialMovingAverage(network, 0.9)
    before = average.state["table"].clone()
    with torch.no_grad():
        network.table.add_(2)
    average.update(network, iteration)
    expected = decay * before + (1 - decay) * network.table.detach()
    torch.testing.assert_close(average.state["table"], expected)


def test_the_average_includes_the_buffers() -> None:
    network = Network()
    average = ExponentialMovingAverage(network, 0.5)
    optimizer = adamw(network)
    train(network, average, optimizer, 0, 4)
    assert average.state["norm.num_batches_tracked"].item() == 4
    assert average.state["norm.num_batches_tracked"].dtype == torch.int64
    for name in ("norm.running_mean", "norm.running_var"):
        start = torch.zeros(4) if name.endswith("mean") else torch.ones(4)
        assert not torch.equal(average.state[name], start)
        assert not torch.equal(average.state[name], network.state_dict()[name])
    Network().load_state_dict(average.state)


def test_the_average_of_the_buffers_by_hand() -> None:
    network = Network()
    average = ExponentialMovingAverage(network, 0.25)
    running = network.norm.running_mean
    assert running is not None
    running.fill_(8.0)
    average.update(network, 1000)
    assert average.state["norm.running_mean"].tolist() == [6.0] * 4


# --- checkpoints -----------------------------------------------------------------------------------------


def test_a_checkpoint_gives_everything_back(tmp_path: Path) -> None:
    network = Network()
    average, optimizer = ExponentialMovingAverage(network, 0.9), adamw(network)
    train(network, average, optimizer, 0, 3)
    save_checkpoint(tmp_path / "deep" / "a.safetensors", 3, network, average, optimizer)
    other = Network(seed=1)
    other_average, other_optimizer = ExponentialMovingAverage(other, 0.9), adamw(other)
    assert load_checkpoint(tmp_path / "deep" / "a.safetensors", other, other_average, other_optimizer) == 3
    assert same(network.state_dict(), other.state_dict())
    assert same(average.state, other_average.state)
    state, other_state = optimizer.state_dict()["state"], other_optimizer.state_dict()["state"]
    assert state.keys() == other_state.keys()
    for index, slots in state.items():
        assert same(slots, other_state[index])
        assert slots["step"].item() == 3


@pytest.mark.parametrize("stop", [1, 3, 7])
def test_a_run_that_was_stopped_ends_where_one_that_was_not_does(tmp_path: Path, stop: int) -> None:
    whole = Network()
    whole_average, whole_optimizer = ExponentialMovingAverage(whole, 0.9), adamw(whole)
    train(whole, whole_average, whole_optimizer, 0, 8)

    network = Network()
    average, optimizer = ExponentialMovingAverage(network, 0.9), adamw(network)
    train(network, average, optimizer, 0, stop)
    save_checkpoint(tmp_path / "a.safetensors", stop, network, average, optimizer)

    resumed = Network(seed=9)
    resumed_average, resumed_optimizer = ExponentialMovingAverage(resumed, 0.9), adamw(resumed)
    first = load_checkpoint(tmp_path / "a.safetensors", resumed, resumed_average, resumed_optimizer)
    train(resumed, resumed_average, resumed_optimizer, first, 8)
    assert same(whole.state_dict(), resumed.state_dict())
    assert same(whole_average.state, resumed_average.state)


def test_without_a_checkpoint_a_run_starts_at_zero(tmp_path: Path) -> None:
    network = Network()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    average, optimizer = ExponentialMovingAverage(network, 0.9), adamw(network)
    assert load_checkpoint(tmp_path / "none.safetensors", network, average, optimizer) == 0
    assert same(network.state_dict(), before)


@pytest.mark.parametrize("content", [b"", b"half", b"\x10\0\0\0\0\0\0\0{}              ", "cut"])
def test_a_damaged_checkpoint_is_one_sentence(tmp_path: Path, content: bytes | str) -> None:
    network = nn.Linear(3, 2)
    average, optimizer = ExponentialMovingAverage(network, 0.9), adamw(network)
    file = tmp_path / "a.safetensors"
    save_checkpoint(file, 3, network, average, optimizer)
    file.write_bytes(content if isinstance(content, bytes) else file.read_bytes()[:-9])
    with pytest.raises(
        WeightsError, match=r"a\.safetensors is damaged; delete it, and the run begins that stage again"
    ):
        load_checkpoint(file, network, average, optimizer)


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    network = Network()
    average, optimizer = ExponentialMovingAverage(network, 0.9), adamw(network)
    save_checkpoint(tmp_path / "a.safetensors", 0, network, average, optimizer)
    other = nn.Linear(2, 2)
    with pytest.raises(RuntimeError):
        load_checkpoint(tmp_path / "a.safetensors", other, ExponentialMovingAverage(other, 0.9), adamw(other))


# --- log and precision -----------------------------------------------------------------------------------


def test_the_log_keeps_running_means_and_lines(tmp_path: Path) -> None:
    log = RunLog(tmp_path / "deep" / "log.jsonl", "refiner")
    assert log.observe(loss=1.0) == {"loss": 1.0}
    assert log.observe(loss=2.0, dice=0.5) == pytest.approx({"loss": 1.03, "dice": 0.5})
    log.write(iteration=1, loss=1.0)
    log.write(iteration=2, loss=1.03)
    lines = [json.loads(line) for line in log.path.read_text().splitlines()]
    assert lines == [
        {"stage": "refiner", "iteration": 1, "loss": 1.0},
        {"stage": "refiner", "iteration": 2, "loss": 1.03},
    ]


def test_a_stopped_stages_later_lines_are_forgotten_and_others_kept(tmp_path: Path) -> None:
    refiner, segmentor = RunLog(tmp_path / "log.jsonl", "refiner"), RunLog(tmp_path / "log.jsonl", "segmentor")
    refiner.rewind(0)
    segmentor.write(iteration=9)
    for iteration in (2, 4, 6):
        refiner.write(iteration=iteration)
    with refiner.path.open("a") as stream:
        stream.write('{"stage": "refiner", "itera')  # killed in the midst of a line
    refiner.rewind(4)
    refiner.write(iteration=6)
    lines = [json.loads(line) for line in refiner.path.read_text().splitlines()]
    assert [(line["stage"], line["iteration"]) for line in lines] == [
        ("segmentor", 9), ("refiner", 2), ("refiner", 4), ("refiner", 6)
    ]  # fmt: skip


def test_a_short_run_is_not_compiled_and_no_time_is_spent_on_it() -> None:
    def forbidden(_: nn.Module) -> None:
        raise AssertionError("compiled")

    assert not compiling_pays(Network(), (torch.rand(1, 3, 8, 8),), 10, compile_it=forbidden)


@pytest.mark.parametrize(("eager", "compiled", "pays"), [(2.0, 1.0, True), (2.0, 1.99, False), (1.0, 2.0, False)])
def test_a_long_run_is_compiled_where_that_saves_more_than_it_costs(
    eager: float, compiled: float, pays: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = 0.0
    first = True

    class Timed(Network):
        seconds = eager

        def forward(self, x: Tensor) -> Tensor:
            nonlocal clock, first
            clock += self.seconds
            if self.seconds == compiled and first:
                clock, first = clock + 60, False  # what compiling takes
            return super().forward(x)

    def compile_it(network: nn.Module) -> None:
        network.seconds = compiled  # type: ignore[assignment]

    monkeypatch.setattr(machine.time, "perf_counter", lambda: clock)
    network = Timed()
    assert compiling_pays(network, (torch.rand(1, 3, 8, 8),), 1000, compile_it=compile_it) == pays
    assert network.seconds == eager


def test_where_nothing_can_be_compiled_a_run_goes_on_without() -> None:
    def broken(network: nn.Module) -> None:
        def forward(x: Tensor) -> Tensor:
            raise RuntimeError("no C++ compiler")

        network.forward = forward  # type: ignore[method-assign]

    assert not compiling_pays(Network(), (torch.rand(1, 3, 8, 8),), 10**7, compile_it=broken)


def test_measuring_the_precision_leaves_the_network_alone() -> None:
    network = Network()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    assert faster_precision(network, torch.rand(1, 3, 8, 8)) in (torch.float32, torch.bfloat16)
    assert same(network.state_dict(), before)
    assert all(parameter.grad is None for parameter in network.parameters())


def test_a_resumed_optimizer_keeps_its_moments_in_the_layout_of_the_parameters(tmp_path: Path) -> None:
    network = Network()
    average, optimizer = ExponentialMovingAverage(network, 0.9), adamw(network)
    train(network, average, optimizer, 0, 2)
    save_checkpoint(tmp_path / "stage.safetensors", 2, network, average, optimizer)
    resumed = Network(seed=1)
    again = adamw(resumed)
    load_checkpoint(tmp_path / "stage.safetensors", resumed, ExponentialMovingAverage(resumed, 0.9), again)
    for before, after in zip(network.parameters(), resumed.parameters(), strict=True):
        for slot in ("exp_avg", "exp_avg_sq"):
            assert again.state[after][slot].stride() == after.stride()
            assert torch.equal(again.state[after][slot], optimizer.state[before][slot])


def test_on_the_cpu_a_field_comes_from_the_very_generator() -> None:
    generator = iteration_generator(0, "refiner", 7)
    assert generator_on("cpu", generator) is generator


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_field_on_a_cuda_device_depends_on_the_generator_alone() -> None:
    fields = [
        torch.rand(64, generator=generator_on("cuda", iteration_generator(0, "refiner", 7)), device="cuda")
        for _ in range(2)
    ]
    assert torch.equal(*fields)
