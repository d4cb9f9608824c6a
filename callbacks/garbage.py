"""Python's collector of garbage, kept out of the steps.

It walks through all objects whenever it pleases, a quarter of a second for what is imported here,
and in each process of a run at another moment, upon which the others wait. A step leaves it
nothing to find (a test sees to that), so it can rest.

Acts after completed optimiser steps; it must stand behind `TrainingLog`, which stops the clock, and
before those who write. The first step still sets things up (it compiles and makes the optimiser's
moments): what there is after it is frozen, never to be walked through again. From then on the
collector runs where a checkpoint or a state is written, every `run.resume_every` steps at least: it
collects there, and stays on for the analyses until the next batch.
"""

import gc
from collections.abc import Callable
from typing import Any

from lightning import LightningModule, Trainer

from callbacks.steps import StepCallback


class GarbageCollection(StepCallback):
    """Runs the collector at steps of which `written` says, given the last one, that they are."""

    def __init__(self, written: Callable[[int, int], bool]) -> None:
        self.written = written
        self._frozen = False

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, *_: Any, **__: Any
    ) -> None:
        """Rest, once everything is set up."""
        if self._frozen:
            gc.disable()

    def step_completed(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        """Collect if the step is the first here, or one that is written."""
        if not self._frozen:
            gc.collect()
            gc.freeze()
            self._frozen = True
        elif self.written(step, trainer.max_steps):
            gc.enable()
            gc.collect()

    def teardown(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Let it run again, and find everything."""
        if self._frozen:
            self._frozen = False
            gc.unfreeze()
            gc.enable()

    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        """The same; Lightning calls no `teardown` then."""
        self.teardown(trainer, pl_module, "fit")
