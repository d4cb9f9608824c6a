from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lightning import LightningModule, Trainer

from analysis.errors import UserError
from callbacks.schedule import Schedule
from callbacks.steps import StepCallback

STUDY = [
    0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 5000, 8192, 10000, 15000, 16384,
    20000, 25000, 30000, 32768, 35000, 40000, 45000, 50000, 55000, 60000, 65000, 65536, 70000,
    75000, 80000, 85000, 90000, 95000, 100000, 105000, 110000, 115000, 120000, 125000, 130000,
    131072,
]  # fmt: skip


def test_the_studys_44_checkpoints_and_step_0() -> None:
    assert len(STUDY) == 45
    assert Schedule().steps(131_072) == STUDY
    assert [step for step in range(131_073) if Schedule().includes(step, 131_072)] == STUDY


@pytest.mark.parametrize(
    ("schedule", "last", "steps"),
    [
        (Schedule(every=0), 20, [0, 1, 2, 4, 8, 16, 20]),
        (Schedule(powers_of_two=False, every=6), 20, [0, 6, 12, 18, 20]),
        (Schedule(powers_of_two=False, every=0), 20, [0, 20]),
        (Schedule(every=4), 16, [0, 1, 2, 4, 8, 12, 16]),
        (Schedule(every=100), 1, [0, 1]),
        (Schedule(every=1), 3, [0, 1, 2, 3]),
        (Schedule(), 0, [0]),
    ],
)
def test_each_part_can_be_left_out(schedule: Schedule, last: int, steps: list[int]) -> None:
    assert schedule.steps(last) == steps


@given(st.booleans(), st.integers(0, 60), st.integers(0, 400))
def test_the_list_and_the_question_agree(powers: bool, every: int, last: int) -> None:
    schedule = Schedule(powers, every)
    steps = schedule.steps(last)
    assert steps == [step for step in range(last + 1) if schedule.includes(step, last)]
    assert steps[0] == 0
    assert steps[-1] == last
    assert not schedule.includes(last + 1, last)
    assert not schedule.includes(-1, last)


def test_a_negative_interval_is_refused() -> None:
    with pytest.raises(UserError, match="every is -1"):
        Schedule(every=-1)


class Recorder(StepCallback):
    """Keeps the scheduled steps that it is called at."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.seen: list[int] = []

    def run_started(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        self.step_completed(trainer, module, step)

    def step_completed(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        if self.schedule.includes(step, trainer.max_steps):
            self.seen.append(step)


@pytest.mark.parametrize("accumulated", [1, 4])
@pytest.mark.parametrize("resumed", [0, 7, 8])
def test_each_step_comes_once_whatever_is_accumulated(accumulated: int, resumed: int) -> None:
    recorder = Recorder(Schedule(every=5))
    trainer = cast(Any, SimpleNamespace(global_step=resumed, max_steps=23))
    module = cast(LightningModule, None)
    recorder.on_train_start(trainer, module)
    for batch in range(resumed * accumulated, 23 * accumulated):
        if (batch + 1) % accumulated == 0:
            trainer.global_step += 1
        recorder.on_train_batch_end(trainer, module, {}, {}, batch)
    scheduled = [0, 1, 2, 4, 5, 8, 10, 15, 16, 20, 23]
    assert recorder.seen == [step for step in scheduled if step >= resumed]
