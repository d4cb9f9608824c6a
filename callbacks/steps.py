"""Hooks that come once an optimiser step, whatever the gradient accumulation."""

from typing import Any

from lightning import Callback, LightningModule, Trainer


class StepCallback(Callback):
    """A callback that acts when training starts and after each completed optimiser step.

    Lightning's own hook comes once a batch and repeats `global_step` while gradients accumulate;
    acting on each of them would save, log and analyse one step several times.
    """

    _last_step: int

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Call `run_started` with the step that the run starts or resumes from."""
        self._last_step = trainer.global_step
        self.run_started(trainer, pl_module, trainer.global_step)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, *_: Any, **__: Any
    ) -> None:
        """Call `step_completed` if the batch completed a step."""
        if trainer.global_step != self._last_step:
            self._last_step = trainer.global_step
            self.step_completed(trainer, pl_module, trainer.global_step)

    def run_started(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        """Training starts at `step`, which is 0 or the step resumed from."""

    def step_completed(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        """Update number `step` (from 1) has been made."""


def last_step(trainer: Trainer) -> int:
    """Number of optimiser steps of the whole run; of one that ends by epochs, once it trains."""
    return trainer.max_steps if trainer.max_steps >= 0 else int(trainer.estimated_stepping_batches)
