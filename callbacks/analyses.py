"""Watching a run: the analyses of each checkpoint as it is written, and their curves.

Acts when training starts and after completed optimiser steps; it must stand behind
`CheckpointWriter`, for it analyses the folder that was just written, exactly as `analysis run`
would later. The model in training is not touched, and random states are put back, so watching
changes nothing. An analysis that fails is reported and costs neither checkpoint nor run.

The processes of a run share the analyses of a checkpoint by name: each opens the folder, which must
be on a disk that all of them see, and writes its tables there; the first one gathers and logs them.
"""

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from lightning import LightningModule, Trainer

from analysis import results
from analysis.checkpoints.loading import step_folder
from analysis.errors import UserError
from analysis.listing import listed
from analysis.pictures import draw, pictures_so_far
from analysis.run import ANALYSES, DERIVED, Derive, Inputs, Outcome, Tables, analyse, explain
from analysis.summary import summarise
from callbacks.ranks import Ranks
from callbacks.schedule import Schedule
from callbacks.steps import StepCallback


@dataclass(frozen=True)
class OnlineSettings:
    """When checkpoints are analysed while the run goes on."""

    enabled: bool = True
    """Whether the run is watched at all; `analysis run` can make up for it later."""

    schedule: Schedule | None = None
    """Steps that are analysed, as far as they are checkpoints; null for every checkpoint."""

    only: dict[str, Schedule] = field(default_factory=dict)
    """Analyses that are made at some of these steps alone, by name, for example
    `{steering: {powers_of_two: false, every: 20000}}`."""

    stop_on_error: bool = False
    """Whether a failing analysis stops the run."""

    def __post_init__(self) -> None:
        for name in self.only:
            if name not in ANALYSES:
                raise UserError(
                    f"unknown analysis '{name}'",
                    where="online.only",
                    fix=f"there are {' '.join(ANALYSES)}",
                )


class OnlineAnalyses(StepCallback):
    """Analyses the checkpoints of a schedule and logs what they show.

    Raises an analysis' own error when `stop_on_error` is set.
    """

    def __init__(
        self,
        run: Path,
        checkpoints: Schedule,
        settings: OnlineSettings,
        inputs: Inputs,
        ranks: Ranks,
    ) -> None:
        self.run = run
        self.checkpoints = checkpoints
        self.settings = settings
        self.inputs = inputs
        self.ranks = ranks

    def run_started(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        """Analyse step 0, or what the step resumed from still lacks."""
        self._analyse_if_due(trainer, module, step)

    def step_completed(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        """Analyse the checkpoint just written, if the step is scheduled."""
        self._analyse_if_due(trainer, module, step)

    def _analyse_if_due(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        chosen = self.settings.schedule or self.checkpoints
        if not all(part.includes(step, trainer.max_steps) for part in (self.checkpoints, chosen)):
            return
        began = perf_counter()
        out = self.run / results.FOLDER
        with preserved_random_state():
            outcome = self._analyse(step, trainer.max_steps, out, module.device)
            if not self.ranks.first:
                return
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

    def _due(self, step: int, last: int) -> tuple[str, ...]:
        """Names of the analyses that are made at a step."""
        only = self.settings.only
        return tuple(
            name
            for name in self.inputs.names
            if name not in only or only[name].includes(step, last)
        )

    def _analyse(self, step: int, last: int, out: Path, device: torch.device) -> Outcome:
        """What came of this process's share, and in the first one of everyone's."""
        inputs = replace(self.inputs, names=tuple(self.ranks.share(self._due(step, last))))
        self.ranks.wait()  # the first one has just written the checkpoint
        try:
            mine = analyse(step_folder(self.run, step), out, inputs, device=device)
        except Exception as problem:
            mine = Outcome(failed={"opening the checkpoint": problem})
        if self.ranks.processes > 1:  # an error of any kind may not travel
            mine.failed = {name: UserError(explain(error)) for name, error in mine.failed.items()}
        together = Outcome()
        for outcome in self.ranks.gather(mine):
            together.tables |= outcome.tables
            together.failed |= outcome.failed
        return together

    def _log(self, trainer: Trainer, step: int, outcome: Outcome, seconds: float) -> None:
        metrics = {"speed/analysis_seconds": seconds}
        for name, rows in outcome.tables.items():
            metrics |= summarise(name, rows)
        for logger in trainer.loggers:
            logger.log_metrics(metrics, step)
        for name, rows in outcome.tables.items():
            table = listed(name, rows)
            for logger in trainer.loggers:
                if table is not None and hasattr(logger, "log_table"):
                    logger.log_table(f"tables/{name}", dataframe=table, step=step)
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
