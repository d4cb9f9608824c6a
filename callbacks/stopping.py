"""Stopping on request: Ctrl-C and a scheduler's signals end the run after the step under way.

A run of several processes stops as one: a signal to any of them stops all at the same step. A
scheduler says SIGTERM when it wants the machine back, or what it was told to say some time before
(`sbatch --signal=USR1@120`); the run saves and ends with `REQUEUE`, upon which a job script has the
same command started again (in SLURM, `scontrol requeue $SLURM_JOB_ID`). What a scheduler repeats
says nothing new, and never cuts a save short. Ctrl-C does, if it comes again: states and
checkpoints are written whole or not at all, so the newest whole one remains.

Acts when training starts (takes over the signals) and after completed optimiser steps, so that an
accumulation is not left half-done. It must stand last: a signal that comes while the step's
checkpoint is written or analysed then stops the run at that step.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from types import FrameType
from typing import Any

from lightning import LightningModule, Trainer

from callbacks.ranks import Ranks
from callbacks.resume import ResumeWriter
from callbacks.steps import StepCallback

REQUEUE = os.EX_TEMPFAIL
"""Exit code 75, "try again later" (sysexits.h): a scheduler has stopped the run, all is saved."""

OF_SCHEDULERS = (signal.SIGTERM, signal.SIGUSR1)
"""What schedulers send before they take a machine away."""

_AT_ONCE = 1.0
"""Seconds within which signals count as one: a launcher passes on what a terminal sends to all."""


class GracefulStop(StepCallback):
    """Turns the first signal into a saved stop at the end of the step; Ctrl-C then stops at once.

    `received` is the signal that asked for the stop, or None.
    """

    SIGNALS = (signal.SIGINT, *OF_SCHEDULERS)

    def __init__(self, states: ResumeWriter, ranks: Ranks) -> None:
        self.states = states
        self.ranks = ranks
        self.received: signal.Signals | None = None
        self._since = 0.0
        self._previous: dict[signal.Signals, Any] = {}

    @property
    def exit_code(self) -> int | None:
        """What the process ends with after the stop: as shells expect for a Ctrl-C; or None."""
        if self.received is None:
            return None
        return REQUEUE if self.received in OF_SCHEDULERS else 128 + self.received

    def run_started(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        """Take over the signals; Lightning has installed its own handlers by now."""
        self._previous = {number: signal.signal(number, self._handle) for number in self.SIGNALS}

    def step_completed(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        """Once a signal has come to any process, save the state and ask Lightning to stop."""
        received = self.ranks.highest(self.received or 0)
        if received:
            self.received = signal.Signals(received)
            self.states.write(trainer, step)
            trainer.should_stop = True

    def teardown(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Give the signals back."""
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        self._previous = {}

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.received is None:
            self.received = signal.Signals(number)
            self._since = monotonic()
            if self.ranks.first:
                print("\nstopping after this step; Ctrl-C stops at once", file=sys.stderr)
        elif number == signal.SIGINT and monotonic() - self._since > _AT_ONCE:
            raise KeyboardInterrupt


@contextmanager
def requeued_before_training() -> Iterator[None]:
    """End at once, with `REQUEUE`, on a scheduler's signal that comes while no run listens.

    What is done by then, such as prepared languages, is on the disk.
    """
    previous = {number: signal.signal(number, _end) for number in OF_SCHEDULERS}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _end(*_: object) -> None:
    raise SystemExit(REQUEUE)
