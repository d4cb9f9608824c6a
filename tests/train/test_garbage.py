"""Steps leave nothing to Python's collector, which is off while they are made."""

import gc

import pytest
import torch
from lightning import LightningModule, Trainer

from callbacks.garbage import GarbageCollection
from tests.train.conftest import QUIET, Fit
from train.module import Pretraining


def test_steps_leave_no_garbage_and_the_collector_is_off(
    fit: Fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What would pile up, memory of a GPU among it, until the next checkpoint."""
    running: list[bool] = []
    found: list[int] = []
    step = Pretraining.training_step
    original = GarbageCollection.step_completed

    def training_step(
        self: Pretraining, batch: dict[str, torch.Tensor], batch_idx: int
    ) -> torch.Tensor:
        running.append(gc.isenabled())
        return step(self, batch, batch_idx)

    def completed(
        self: GarbageCollection, trainer: Trainer, module: LightningModule, step: int
    ) -> None:
        if step in (3, 9):
            found.append(gc.collect())
        original(self, trainer, module, step)

    monkeypatch.setattr(Pretraining, "training_step", training_step)
    monkeypatch.setattr(GarbageCollection, "step_completed", completed)
    words = ("--checkpoints.powers_of_two", "false", "--checkpoints.every", "0")
    assert fit(*QUIET, *words, "--run.resume_every", "100") == 0
    assert running == [True] * 2 + [False] * 22
    assert found[1] == 0
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_a_run_that_fails_gives_the_collector_back(fit: Fit) -> None:
    words = ("--model.optimizer.lr", "1e30", "--model.optimizer.warmup_steps", "0")
    assert fit(*QUIET, *words) == 2
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
