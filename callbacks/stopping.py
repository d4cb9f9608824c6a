"""Stopping on request: Ctrl-C and SIGTERM end the run after the step under way.

Acts when training starts (takes over the signals) and after completed optimiser steps, so that an
accumulation is not left half-done. It must stand last: a signal that comes while the step's
checkpoint is written or analysed then stops the run at that step.
"""

import signal
import sys
from types import FrameType
from typing import Any

from lightning import LightningModule, Trainer

from callbacks.resume import ResumeWriter
from callbacks.steps import StepCallback


class GracefulStop(StepCallback):
    """Turns the first signal into a saved stop at the end of the step; a second stops at once.

    `received` is the signal that asked for the stop, or None.
    """

    SIGNALS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self, states: ResumeWriter) -> None:
        self.states = states
        self.received: signal.Signals | None = None
        self._previous: dict[signal.Signals, Any] = {}

    def run_started(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        """Take over the signals; Lightning has installed its own handlers by now."""
        self._previous = {number: signal.signal(number, self._handle) for number in self.SIGNALS}

    def step_completed(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        """Once a signal has come, save the state and ask Lightning to stop."""
        if self.received is not None:
            self.states.write(trainer, step)
            trainer.should_stop = True

    def teardown(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Give the signals back."""
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        self._previous = {}

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.received is not None:
            raise KeyboardInterrupt
        self.received = signal.Signals(number)
        print("\nstopping after this step; once more to stop at once", file=sys.stderr)
