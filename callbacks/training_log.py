"""The training curve: loss, learning rate, gradient norm, tokens and speed, against the step.

Acts around each batch and after completed optimiser steps. Losses stay on the device until a step
is logged, so the steps between cost no synchronisation. The clock runs from the start of a step's
first batch to the end of its last and is read before other callbacks act on the step, so writing
checkpoints and analysing them does not count as training: this callback must stand first.
"""

from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

import torch
from lightning import LightningModule, Trainer
from transformers import PreTrainedConfig

from callbacks.steps import StepCallback
from callbacks.throughput import peak_flops, training_flops_per_token


class TrainingLog(StepCallback):
    """Logs the first step, every `every`-th and the last; tests replace `clock`.

    The module's `training_step` returns its loss, and `gradient_norm` gives that of the latest
    step. `tokens_seen` gives the training tokens per language after a number of steps.
    """

    def __init__(
        self,
        every: int,
        tokens_seen: Callable[[int], Mapping[str, int]],
        gradient_norm: Callable[[LightningModule], float],
        config: PreTrainedConfig,
        block_size: int,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        self.every = every
        self.tokens_seen = tokens_seen
        self.gradient_norm = gradient_norm
        self.flops = training_flops_per_token(config, block_size)
        self.clock = clock
        self._losses: list[torch.Tensor] = []
        self._seconds = 0.0
        self._logged = 0
        self._begun: float | None = None

    def run_started(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        """Speed is counted from here."""
        self._logged = step

    def on_train_batch_start(self, *_: Any, **__: Any) -> None:
        """Start the clock at the first batch of a step."""
        if self._begun is None:
            self._begun = self.clock()

    def on_train_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any = None,  # noqa: ANN401
        *_: Any,
        **__: Any,
    ) -> None:
        """Keep the batch's loss, which belongs to the step that it may complete."""
        self._losses.append(outputs["loss"].detach())
        super().on_train_batch_end(trainer, pl_module)

    def step_completed(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        """Stop the clock; if the step is due, log means since the one logged before."""
        due = step == 1 or step % self.every == 0 or step >= trainer.max_steps
        loss = torch.stack(self._losses).mean().item() if due else None  # waits for the device
        assert self._begun is not None
        self._seconds += self.clock() - self._begun
        self._begun = None
        if loss is None:
            return
        seen = self.tokens_seen(step)
        trained = sum(seen.values()) - sum(self.tokens_seen(self._logged).values())
        speed = trained / self._seconds
        metrics = {
            "loss/train": loss,
            "optimizer/lr": float(trainer.optimizers[0].param_groups[0]["lr"]),
            "optimizer/gradient_norm": self.gradient_norm(module),
            "tokens/all": float(sum(seen.values())),
            **{f"tokens/{language}": float(count) for language, count in seen.items()},
            "speed/tokens_per_second": speed,
        }
        peak = peak_flops(module.device)
        if peak is not None:
            metrics["speed/mfu"] = speed * self.flops / (peak * trainer.world_size)
        for logger in trainer.loggers:
            logger.log_metrics(metrics, step)
        self._losses, self._seconds, self._logged = [], 0.0, step
