"""Stopping on request: Ctrl-C and SIGTERM end the run after the step under way.

Acts when training starts (takes over the signals), after each completed optimiser step (an
accumulation is not left half-done) and at the end. It must stand before `ResumeWriter`, which saves
the step at which the run stops.
"""

import signal
import sys
from types import FrameType
from typing import Any

from lightning import LightningModule, Trainer

from callbacks.steps import StepCallback


class GracefulStop(StepCallback):
    """Turns the first signal into a stop at the end of the step; a second one stops at once.

    `received` is the signal that stopped the run, or None.
    """

    SIGNALS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        self._previous: dict[signal.Signals, Any] = {}

    def run_started(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        """Take over the signals; Lightning has installed its own handlers by now."""
        self._previous = {number: signal.signal(number, self._handle) for number in self.SIGNALS}

    def step_completed(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        """Ask Lightning to stop, once a signal has come."""
        if self.received is not None:
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
