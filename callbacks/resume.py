"""Keeping what a run needs to continue exactly: the newest two states, each written whole.

Acts when training starts (states that were passed over are deleted) and after completed optimiser
steps: every `every` steps, at each checkpoint, and at the last step. A state is Lightning's own
checkpoint (weights, optimiser, schedules, loops, data position) beside a note with its SHA-256,
which is written last.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from lightning import LightningModule, Trainer
from lightning.pytorch.plugins.io import TorchCheckpointIO

from analysis.errors import UserError
from analysis.files import sha256, whole_file, write_text
from callbacks.schedule import Schedule
from callbacks.steps import StepCallback

FOLDER = "resume"
KEPT = 2


class DirectCheckpointIO(TorchCheckpointIO):
    """Writes a state straight to its place.

    Lightning's own way serialises it twice in memory and goes through the temporary folder, which
    may be too small for it.
    """

    def save_checkpoint(
        self,
        checkpoint: dict[str, Any],
        path: str | Path,
        storage_options: Any = None,  # noqa: ANN401 (Lightning's)
    ) -> None:
        """Write the file; "no space left" stays the `OSError` that it is."""
        with Path(path).open("wb") as file:
            torch.save(checkpoint, file)


@dataclass(frozen=True)
class ResumeState:
    """A state to continue from: its step and the SHA-256 of its file."""

    step: int
    sha256: str


class ResumeWriter(StepCallback):
    """Writes `resume/step-00005000.ckpt` and its note, and deletes all but the newest two.

    The trainer needs `DirectCheckpointIO` among its plugins.
    """

    def __init__(self, run: Path, every: int, checkpoints: Schedule) -> None:
        self.folder = run / FOLDER
        self.every = every
        self.checkpoints = checkpoints
        self._written: int | None = None

    def run_started(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        """Delete states of later steps: had they been whole, the run would go on from there."""
        for path in _states(self.folder) if trainer.is_global_zero else ():
            if int(path.stem.removeprefix("step-")) > step:
                _delete(path)

    def step_completed(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        """Write the state of the step just completed, if it is due."""
        if self.due(step, trainer.max_steps):
            self.write(trainer, step)

    def due(self, step: int, last: int) -> bool:
        """Whether the state of `step` of a run of `last` steps is written."""
        return step % self.every == 0 or self.checkpoints.includes(step, last)

    def write(self, trainer: Trainer, step: int) -> None:
        """Write the state of `step` unless that is done, then forget the oldest.

        All processes call it: each may add its part, and the first writes.
        """
        if self._written == step:
            return
        self._written = step
        if not trainer.is_global_zero:
            trainer.save_checkpoint(self.folder)
            return
        path = self.folder / f"step-{step:08d}.ckpt"
        _note(path).unlink(missing_ok=True)
        with whole_file(path) as draft:
            trainer.save_checkpoint(draft)
        write_text(_note(path), json.dumps(asdict(ResumeState(step, sha256(path)))) + "\n")
        for old in _states(self.folder)[:-KEPT]:
            _delete(old)


def newest_state(run: Path) -> tuple[Path, ResumeState] | None:
    """The newest whole state of a run, or None when it has none.

    A state whose file is missing or damaged is passed over for the one before; when states are
    there but none is whole, `UserError` is raised, for a fresh start would overwrite the run.
    """
    notes = sorted((run / FOLDER).glob("step-*.json"), reverse=True)
    for note in notes:
        path = note.with_suffix(".ckpt")
        try:
            fields: Mapping[str, Any] = json.loads(note.read_text(encoding="utf-8"))
            state = ResumeState(**fields)
        except (ValueError, TypeError):
            continue
        if path.is_file() and sha256(path) == state.sha256:
            return path, state
    if notes:
        raise UserError(
            "no state to continue from is whole (SHA-256 differs)",
            where=run / FOLDER,
            fix="delete the run folder, or name another one",
        )
    return None


def _states(folder: Path) -> list[Path]:
    """Files of states, the oldest step first."""
    return sorted(folder.glob("step-*.ckpt"))


def _delete(path: Path) -> None:
    _note(path).unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def _note(path: Path) -> Path:
    return path.with_suffix(".json")
