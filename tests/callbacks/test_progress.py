"""The progress bar: steps, not batches; the loss that was logged; the first process alone."""

from types import SimpleNamespace
from typing import Any

import pytest

from callbacks.progress import RunProgressBar
from callbacks.training_log import TrainingLog


def drive(bar: RunProgressBar, log: TrainingLog, *, start: int, steps: int) -> None:
    """Two batches a step; a loss of step / 10 is logged at every step."""
    trainer: Any = SimpleNamespace(global_step=start, max_steps=12, callbacks=[bar, log])
    module: Any = None
    bar.on_train_start(trainer, module)
    for batch in range(2 * steps):
        trainer.global_step += batch % 2
        bar.on_train_batch_end(trainer, module, None, None, batch)
        if batch % 2:
            log.loss = trainer.global_step / 10
    bar.on_train_end(trainer, module)


@pytest.fixture
def log() -> TrainingLog:
    anything: Any = SimpleNamespace(d_model=1, ffn_dim=1, num_layers=1, vocab_size=1)
    return TrainingLog(1, anything, anything, anything, anything, 1)


def test_it_counts_steps_from_where_the_run_resumes(
    log: TrainingLog, capsys: pytest.CaptureFixture[str]
) -> None:
    drive(RunProgressBar(), log, start=4, steps=8)
    first, *_, last = capsys.readouterr().err.strip().split("\r")
    assert "4/12" in first
    assert "loss" not in first
    assert "100%" in last
    assert "12/12" in last
    assert "loss=1.200" in last


def test_only_the_first_process_shows_one(
    log: TrainingLog, capsys: pytest.CaptureFixture[str]
) -> None:
    bar = RunProgressBar()
    bar.disable()  # as Lightning does in the others
    drive(bar, log, start=0, steps=12)
    assert capsys.readouterr().err == ""
