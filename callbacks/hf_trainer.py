"""Watching `transformers.Trainer`: its model is written and analysed, its own logs get the curves.

Acts when training starts and after completed optimiser steps, in all processes of a run.
"""

from typing import Any

import torch
from transformers import (
    PreTrainedModel,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from callbacks.elsewhere import Watch


class TrainerAnalyses(TrainerCallback):
    """Watches a trainer: `trainer.add_callback(TrainerAnalyses(trainer, watch))`.

    Raises `UserError` when the held-out text or concepts of `watch` are missing or damaged.
    """

    def __init__(self, trainer: Trainer, watch: Watch) -> None:
        self._writer = watch.writer(lambda model: model)
        self._analyses = watch.analyses()
        self._log = _TrainersLog(trainer)

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any
    ) -> None:
        """Write and analyse step 0, or what the step resumed from still lacks."""
        self._look(args.device, state, given["model"])

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any
    ) -> None:
        """Write and analyse the step just completed, if it is scheduled."""
        self._look(args.device, state, given["model"])

    def _look(self, device: torch.device, state: TrainerState, model: PreTrainedModel) -> None:
        step, last = state.global_step, state.max_steps
        # By torch's rank, where the weights come together: not in each mode is it the trainer's.
        self._writer.write_if_due(model, step, last, first=self._analyses.ranks.first)
        self._analyses.analyse_if_due(step, last, device, [self._log])


class _TrainersLog:
    """The trainer's own logging."""

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer

    def log_metrics(self, metrics: dict[str, float], step: int) -> None:
        """Log at the trainer's step, which is this one."""
        due = self.trainer.control.should_log
        self.trainer.log(dict(metrics))
        # Logging takes it for done: without this, the trainer would leave out the step's own loss.
        self.trainer.control.should_log = due
