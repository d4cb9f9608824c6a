"""Keeping what a run needs to continue exactly: the newest two states, each written whole.

Acts after completed optimiser steps: every `every` steps, at the last step, and when a stop has
been asked for. A state is Lightning's own checkpoint (weights, optimiser, schedules, loops, data
position) beside a note with its SHA-256, written last, and the fingerprints that must not change.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from lightning import LightningModule, Trainer

from analysis.errors import UserError
from analysis.files import sha256, whole_file, write_text
from callbacks.steps import StepCallback

FOLDER = "resume"
KEPT = 2


@dataclass(frozen=True)
class ResumeState:
    """A state to continue from: its step, the SHA-256 of its file, the data it was trained on."""

    step: int
    sha256: str
    data: str


class ResumeWriter(StepCallback):
    """Writes `resume/step-00005000.ckpt` and its note, and deletes all but the newest two."""

    def __init__(self, run: Path, every: int, data: str) -> None:
        self.folder = run / FOLDER
        self.every = every
        self.data = data

    def step_completed(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        """Write the state of the step just completed, if it is due or the run is to stop."""
        if step % self.every == 0 or step >= trainer.max_steps or trainer.should_stop:
            self.write(trainer, step)

    def write(self, trainer: Trainer, step: int) -> None:
        """Write the state of `step`, then forget the oldest."""
        path = self.folder / f"step-{step:08d}.ckpt"
        _note(path).unlink(missing_ok=True)
        with whole_file(path) as draft:
            trainer.save_checkpoint(draft)
        state = ResumeState(step, sha256(path), self.data)
        write_text(_note(path), json.dumps(asdict(state)) + "\n")
        for old in sorted(self.folder.glob("step-*.ckpt"))[:-KEPT]:
            _note(old).unlink(missing_ok=True)
            old.unlink()


def newest_state(run: Path) -> tuple[Path, ResumeState] | None:
    """The newest whole state of a run, or None when it has none.

    A state whose file is missing or damaged is passed over for the one before; when states are
    there but none is whole, `UserError` is raised, for a fresh start would overwrite the run.
    """
    notes = sorted((run / FOLDER).glob("step-*.json"), reverse=True)
    for note in notes:
        path = note.with_suffix(".ckpt")
        try:
            state = ResumeState(**json.loads(note.read_text(encoding="utf-8")))
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


def _note(path: Path) -> Path:
    return path.with_suffix(".json")
