"""The training curve under gradient accumulation, driven by a clock of the test's own."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch
from lightning import LightningModule, Trainer

from callbacks.steps import StepCallback
from callbacks.throughput import training_flops_per_token
from callbacks.training_log import ClockRestart, TrainingLog
from train.settings import Shape

SHAPE = Shape(100, 16, 16, 1, 2, 32).config()


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Slow(StepCallback):
    """What a checkpoint or an analysis is to the clock: 1,000 seconds after each step."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def step_completed(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        self.clock.now += 1000


def drive(
    every: int,
    steps: int,
    accumulate: int = 2,
    peak: float | None = None,
    device: str = "cpu",
    world_size: int = 1,
    written: tuple[int, ...] = (),
    behind: float = 0.0,
) -> list[tuple[int, dict[str, float]]]:
    """Run the callbacks through fake steps of 3 seconds a batch and 100 tokens a step.

    The device is `behind` seconds late whenever it is waited for.
    """
    clock = Clock()
    logged: list[tuple[int, dict[str, float]]] = []
    logger = SimpleNamespace(log_metrics=lambda metrics, step: logged.append((step, metrics)))
    alone = SimpleNamespace(reduce=lambda loss: loss)
    trainer: Any = SimpleNamespace(
        global_step=0,
        max_steps=steps,
        loggers=[logger],
        strategy=alone,
        world_size=world_size,
        is_global_zero=True,
        accumulate_grad_batches=accumulate,
    )
    module: Any = SimpleNamespace(device=torch.device(device))

    def gradient_norm(_: LightningModule) -> float:
        clock.now += behind
        return 0.5

    log = TrainingLog(
        every, lambda step: {"en": 60 * step, "sw": 40 * step}, gradient_norm,
        lambda step, _: step in written, SHAPE, 32, peak, clock,
    )  # fmt: skip
    callbacks: list[StepCallback] = [log, Slow(clock), ClockRestart(log)]
    for callback in callbacks:
        callback.on_train_start(trainer, module)
    for batch in range(steps * accumulate):
        clock.now += 3
        if (batch + 1) % accumulate == 0:
            rate = SimpleNamespace(param_groups=[{"lr": float(trainer.global_step)}])
            log.on_before_optimizer_step(trainer, module, cast(Any, rate))
            trainer.global_step += 1
        for callback in callbacks:
            outputs = {"loss": torch.tensor(batch / accumulate)}  # as Lightning gives it
            callback.on_train_batch_end(trainer, module, outputs, None, batch)
    return logged


def test_the_first_every_nth_and_the_last_step_are_logged_once() -> None:
    assert [step for step, _ in drive(every=3, steps=7)] == [1, 3, 6, 7]


def test_values_are_means_since_the_last_time_and_speed_leaves_other_work_out() -> None:
    first, third, sixth, last = (metrics for _, metrics in drive(every=3, steps=7))
    assert first["loss/train"] == 0.5  # batches 0 and 1
    assert third["loss/train"] == 3.5  # batches 2 to 5
    assert sixth["loss/train"] == 8.5
    assert last["loss/train"] == 12.5
    for metrics in (first, third, sixth, last):
        assert metrics["speed/tokens_per_second"] == pytest.approx(100 / 6)
    assert (first["optimizer/lr"], sixth["optimizer/lr"]) == (0.0, 5.0)
    assert (sixth["tokens/all"], sixth["tokens/en"], sixth["tokens/sw"]) == (600, 360, 240)
    assert "speed/mfu" not in last  # a CPU has no peak in the table


def test_what_the_device_is_behind_counts_before_others_write() -> None:
    """Not on their time: once at step 3, once at step 6, which is logged."""
    _, sixth = drive(every=6, steps=6, written=(3, 6), behind=7)
    assert sixth[1]["speed/tokens_per_second"] == pytest.approx(500 / (5 * 6 + 2 * 7))


def test_mfu_is_a_share_of_what_all_devices_could_do() -> None:
    """100 tokens in 6 seconds; four devices of 1,000 FLOP/s each."""
    expected = 100 / 6 * training_flops_per_token(SHAPE, 32) / 4000
    _, metrics = drive(every=1, steps=1, peak=1000.0, world_size=4)[0]
    assert metrics["speed/mfu"] == pytest.approx(expected)


def test_an_unknown_gpu_is_said_once_and_has_no_mfu(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "NVIDIA L4")
    assert all("speed/mfu" not in metrics for _, metrics in drive(1, 3, device="cuda"))
    said = capsys.readouterr().err
    assert said.count("NVIDIA L4") == 1
    assert "run.peak_tflops" in said
    assert all("speed/mfu" in metrics for _, metrics in drive(1, 3, peak=1e9, device="cuda"))
    assert not capsys.readouterr().err


def test_a_known_gpu_needs_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "NVIDIA H200")
    _, metrics = drive(every=1, steps=1, device="cuda")[0]
    expected = 100 / 6 * training_flops_per_token(SHAPE, 32) / 989e12
    assert metrics["speed/mfu"] == pytest.approx(expected)
