"""The progress bar: one bar for the whole run, with the loss logged last and the time left.

Acts when training starts, after each completed optimiser step and at the end. It reads nothing from
the device: to show the loss of each step, it would have to wait for it.
"""

import sys
from typing import Any

from lightning import LightningModule, Trainer
from lightning.pytorch.callbacks import ProgressBar
from tqdm import tqdm

from callbacks.steps import StepCallback, last_step
from callbacks.training_log import TrainingLog


class RunProgressBar(StepCallback, ProgressBar):
    """Counts optimiser steps, in the first process alone."""

    _bar: Any = None
    _shown = True

    def disable(self) -> None:
        """Lightning calls it in all processes but the first."""
        self._shown = False

    def run_started(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        """Show the bar, at the step that the run resumes from."""
        seconds = 1 if sys.stderr.isatty() else 60
        self._bar = tqdm(
            desc="training",
            unit="step",
            initial=step,
            total=last_step(trainer),
            disable=not self._shown,
            dynamic_ncols=True,
            # A file, such as a scheduler keeps, would get a line each time.
            mininterval=seconds,
            maxinterval=seconds,
            smoothing=0.05,
        )

    def step_completed(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        """Move it."""
        self._show_loss(trainer)
        self._bar.update()

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Show the last loss, which is logged after the bar has moved."""
        self._show_loss(trainer)
        self._bar.close()

    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        """Leave the bar where it is, and the line to what is said of the error."""
        if self._bar is not None:
            self._bar.close()

    def _show_loss(self, trainer: Trainer) -> None:
        callbacks: list[Any] = trainer.callbacks  # type: ignore[attr-defined]
        for log in (one for one in callbacks if isinstance(one, TrainingLog)):
            if log.loss is not None:
                self._bar.set_postfix(loss=f"{log.loss:.3f}", refresh=False)
