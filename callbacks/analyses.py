"""Watching a run: the analyses of each checkpoint as it is written, and their curves.

Acts when training starts and after completed optimiser steps; it must stand behind
`CheckpointWriter`, for it analyses the folder that was just written, exactly as `analysis run`
would later. The model in training is not touched, and random states are put back, so watching
changes nothing. An analysis that fails is reported and costs neither checkpoint nor run.

The processes of a run share the parts of a checkpoint's analyses (`analysis.registry`): each opens
the folder, which must be on a disk that all of them see; the first one gathers what they made,
writes the tables and logs them.
"""

import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

import numpy as np
import torch
from lightning import LightningModule, Trainer
from tqdm import tqdm

from analysis import results
from analysis.checkpoints.loading import step_folder
from analysis.checkpoints.sources import OwnFolder
from analysis.errors import UserError
from analysis.inputs import Inputs
from analysis.listing import listed
from analysis.pictures import draw, pictures_so_far
from analysis.registry import ANALYSES, DERIVED, Derive, Tables
from analysis.run import Opening, Outcome, Parts, analyse, explain, make_parts, write_tables
from analysis.summary import summarise
from callbacks.ranks import Ranks
from callbacks.schedule import Schedule
from callbacks.steps import StepCallback, last_step


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

    def made_at(
        self, step: int, last: int, checkpoints: Schedule, names: Sequence[str]
    ) -> tuple[str, ...]:
        """Those of the analyses `names` that are made at a step of a run of `last` steps."""
        chosen = self.schedule or checkpoints
        if not self.enabled or not all(part.includes(step, last) for part in (checkpoints, chosen)):
            return ()
        return tuple(
            name for name in names if name not in self.only or self.only[name].includes(step, last)
        )


_OPENING = "opening the checkpoint"
"""Stands for an analysis where none could be made."""


class Log(Protocol):
    """Where curves go; one that has `log_image` as `WandbLogger` has it is given pictures, too."""

    def log_metrics(self, metrics: dict[str, float], step: int) -> None:
        """Log values of curves at a step."""


class OnlineAnalyses(StepCallback):
    """Analyses the checkpoints of a schedule and logs what they show.

    Raises an analysis' own error when `stop_on_error` is set. Without `ranks`, the processes are
    those that `torch.distributed` has joined when training starts.
    """

    def __init__(
        self,
        run: Path,
        checkpoints: Schedule,
        settings: OnlineSettings,
        inputs: Inputs,
        ranks: Ranks | None,
    ) -> None:
        self.run = run
        self.checkpoints = checkpoints
        self.settings = settings
        self.inputs = inputs
        self._ranks = ranks

    @property
    def ranks(self) -> Ranks:
        """The processes that share the analyses; asked for first by all of them together."""
        self._ranks = self._ranks or Ranks.joined_by_now()
        return self._ranks

    def run_started(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        """Analyse step 0, or what the step resumed from still lacks."""
        self._analyse_if_due(trainer, module, step)

    def step_completed(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        """Analyse the checkpoint just written, if the step is scheduled."""
        self._analyse_if_due(trainer, module, step)

    def _analyse_if_due(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        self.analyse_if_due(step, last_step(trainer), module.device, trainer.loggers)

    def analyse_if_due(
        self, step: int, last: int, device: torch.device, loggers: Sequence[Log]
    ) -> None:
        """Analyse the checkpoint of `step` if it is scheduled in a run of `last` steps.

        All processes of a run call it; the first one logs. They go on, or end, together.
        """
        names = self.settings.made_at(step, last, self.checkpoints, self.inputs.names)
        if not names:
            return
        began = perf_counter()
        out = self.run / results.FOLDER
        with preserved_random_state(device), _bars(shown=self.ranks.first):
            outcome = self._analyse(step, names, out, device)

            def finish() -> Exception | None:
                failure = self._finish(step, outcome, out, loggers, began)
                return failure if failure is None or self.ranks.processes == 1 else _told(failure)

            # Here the others wait, however long it takes: in the gradients of the next step there
            # is a time-out.
            failure = self.ranks.from_first(finish)
        if failure is not None:
            raise failure

    def _finish(
        self, step: int, outcome: Outcome, out: Path, loggers: Sequence[Log], began: float
    ) -> Exception | None:
        """Derive what comes of the tables, tell what failed, log; returns what ends the run."""
        for name, write in DERIVED.items():
            try:
                outcome.tables |= _derived(name, write, out, step)
            except Exception as problem:
                outcome.failed[name] = problem
        for name, failure in outcome.failed.items():
            print(f"\nstep {step}: {name} failed: {explain(failure)}", file=sys.stderr)
            if self.settings.stop_on_error:
                return failure
        try:
            self._log(loggers, step, outcome, perf_counter() - began)
        except UserError as problem:
            return problem  # no space left for the local record
        except Exception as problem:
            print(f"\nstep {step}: curves not logged: {explain(problem)}", file=sys.stderr)
        return None

    def _analyse(
        self, step: int, names: tuple[str, ...], out: Path, device: torch.device
    ) -> Outcome:
        """What came of the analyses, in the first process; the others' outcome is empty."""
        inputs = replace(self.inputs, names=names)
        folder = step_folder(self.run, step)
        if self.ranks.processes == 1:
            try:
                return analyse(folder, out, inputs, device=device)
            except Exception as problem:
                return Outcome(failed={_OPENING: problem})
        self.ranks.wait()  # the first one has just written the checkpoint
        opening = Opening(OwnFolder(folder), device)
        try:
            mine = make_parts(opening, out, inputs, share=self.ranks.share)
        except Exception as problem:
            mine = Parts(failed={_OPENING: problem})
        told: dict[str, Exception] = {name: _told(error) for name, error in mine.failed.items()}
        gathered = self.ranks.gather(replace(mine, failed=told))
        for parts in gathered:
            if _OPENING in parts.failed:  # as with one process: no table, not even a former one
                return Outcome(failed=dict(parts.failed))
        return write_tables(opening, out, inputs, gathered) if self.ranks.first else Outcome()

    def _log(self, loggers: Sequence[Log], step: int, outcome: Outcome, seconds: float) -> None:
        metrics = {"speed/analysis_seconds": seconds}
        for name, rows in outcome.tables.items():
            metrics |= summarise(name, rows)
        for logger in loggers:
            logger.log_metrics(metrics, step)
        for name, rows in outcome.tables.items():
            table = listed(name, rows)
            for logger in loggers:
                if table is not None and hasattr(logger, "log_table"):
                    logger.log_table(f"tables/{name}", dataframe=table, step=step)
        painters = [logger for logger in loggers if hasattr(logger, "log_image")]
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


def _told(error: Exception) -> UserError:
    """What can go to another process, as not every error can: its line, and its notes."""
    told = UserError(explain(error))
    for note in getattr(error, "__notes__", ()):
        told.add_note(note)
    return told


@contextmanager
def _bars(*, shown: bool) -> Iterator[None]:
    """Keep the analyses' progress bars off the screen unless they are `shown`."""
    original = tqdm.__init__

    def hidden(bar: Any, *given: Any, **named: Any) -> None:  # noqa: ANN401 (tqdm's)
        original(bar, *given, **{**named, "disable": True})

    if not shown:
        tqdm.__init__ = hidden  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        tqdm.__init__ = original  # type: ignore[method-assign]


@contextmanager
def preserved_random_state(device: torch.device) -> Iterator[None]:
    """Put the random states of torch (CPU and `device`), NumPy and Python back afterwards."""
    python, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002 (to restore it)
    try:
        # Of this process's GPU alone: torch warns where it is to ask all of a machine's.
        with torch.random.fork_rng([] if device.type == "cpu" else [device]):
            yield
    finally:
        random.setstate(python)
        np.random.set_state(legacy)  # noqa: NPY002 (restored)
