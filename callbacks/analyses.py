"""Watching a run: the analyses of each checkpoint as it is written, and their curves.

Acts when training starts and after completed optimiser steps; it must stand behind
`CheckpointWriter`, for it analyses the folder that was just written, exactly as `analysis run`
would later. The model in training is not touched, and random states are put back, so watching
changes nothing. An analysis that fails is reported and costs neither checkpoint nor run.
"""

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from lightning import LightningModule, Trainer

from analysis import results
from analysis.checkpoints.loading import step_folder
from analysis.errors import UserError
from analysis.pictures import draw, pictures_so_far
from analysis.run import DERIVED, Derive, Inputs, Outcome, Tables, analyse, explain
from analysis.summary import summarise
from callbacks.schedule import Schedule
from callbacks.steps import StepCallback


@dataclass(frozen=True)
class OnlineSettings:
    """When checkpoints are analysed while the run goes on."""

    enabled: bool = True
    """Whether the run is watched at all; `analysis run` can make up for it later."""

    schedule: Schedule | None = None
    """Steps that are analysed, as far as they are checkpoints; null for every checkpoint."""

    stop_on_error: bool = False
    """Whether a failing analysis stops the run."""


class OnlineAnalyses(StepCallback):
    """Analyses the checkpoints of a schedule and logs what they show.

    Raises an analysis' own error when `stop_on_error` is set.
    """

    def __init__(
        self, run: Path, checkpoints: Schedule, settings: OnlineSettings, inputs: Inputs
    ) -> None:
        self.run = run
        self.checkpoints = checkpoints
        self.settings = settings
        self.inputs = inputs

    def run_started(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        """Analyse step 0, or what the step resumed from still lacks."""
        self._analyse_if_due(trainer, module, step)

    def step_completed(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        """Analyse the checkpoint just written, if the step is scheduled."""
        self._analyse_if_due(trainer, module, step)

    def _analyse_if_due(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        wanted = self.settings.schedule or self.checkpoints
        if not all(part.includes(step, trainer.max_steps) for part in (self.checkpoints, wanted)):
            return
        began = perf_counter()
        folder, out = step_folder(self.run, step), self.run / results.FOLDER
        with preserved_random_state():
            try:
                outcome = analyse(folder, out, self.inputs, device=module.device)
            except Exception as problem:
                outcome = Outcome(failed={"opening the checkpoint": problem})
            for name, write in DERIVED.items():
                try:
                    outcome.tables |= _derived(name, write, out, step)
                except Exception as problem:
                    outcome.failed[name] = problem
            for name, failure in outcome.failed.items():
                print(f"\nstep {step}: {name} failed: {explain(failure)}", file=sys.stderr)
                if self.settings.stop_on_error:
                    raise failure
            try:
                self._log(trainer, step, outcome, perf_counter() - began)
            except UserError:
                raise  # no space left for the local record
            except Exception as problem:
                print(f"\nstep {step}: curves not logged: {explain(problem)}", file=sys.stderr)

    def _log(self, trainer: Trainer, step: int, outcome: Outcome, seconds: float) -> None:
        metrics = {"speed/analysis_seconds": seconds}
        for name, rows in outcome.tables.items():
            metrics |= summarise(name, rows)
        for logger in trainer.loggers:
            logger.log_metrics(metrics, step)
        painters = [logger for logger in trainer.loggers if hasattr(logger, "log_image")]
        if not painters:
            return
        folder = self.run / results.FOLDER
        for name, grid in pictures_so_far(folder, step).items():
            for logger in painters:
                logger.log_image(name, [draw(grid)], step)


def _derived(name: str, write: Derive, folder: Path, step: int) -> Tables:
    """A table that is made from tables; none where a step lacks these, as the first has no kept."""
    write(folder, step)
    path = results.table_path(folder, name, step)
    return {name: results.read_table(path)} if path.is_file() else {}


@contextmanager
def preserved_random_state() -> Iterator[None]:
    """Put the random states of torch (CPU and GPUs), NumPy and Python back afterwards."""
    python, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002 (to restore it)
    try:
        with torch.random.fork_rng():
            yield
    finally:
        random.setstate(python)
        np.random.set_state(legacy)  # noqa: NPY002 (restored)
