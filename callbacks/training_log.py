"""The training curve: loss, learning rate, gradient norm, tokens and speed, against the step.

Acts around each batch and after completed optimiser steps. Losses stay on the device until a step
is logged. The clock runs all the time, waiting for data included, but for what other callbacks do
after a step: `TrainingLog` stands first and stops it, `ClockRestart` stands last and starts it
again, so that writing checkpoints and analysing them does not count as training. Before others
write, it waits for the device: otherwise they would, on their own time, for steps that belong here.
"""

import sys
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

import torch
from lightning import LightningModule, Trainer
from torch.optim import Optimizer
from transformers import PreTrainedConfig

from callbacks.steps import StepCallback
from callbacks.throughput import peak_flops, training_flops_per_token


class TrainingLog(StepCallback):
    """Logs the first step, every `every`-th and the last; tests replace `clock`.

    The module's `training_step` returns its loss, and `gradient_norm` waits for that of the latest
    step. `tokens_seen` gives the training tokens per language after a number of steps, on all
    devices; `written` tells of a step and of the last one whether other callbacks write it; `peak`
    is what one device could do in FLOP/s, None to go by its name. `loss` is the one logged last.
    """

    def __init__(
        self,
        every: int,
        tokens_seen: Callable[[int], Mapping[str, int]],
        gradient_norm: Callable[[LightningModule], float],
        written: Callable[[int, int], bool],
        config: PreTrainedConfig,
        block_size: int,
        peak: float | None = None,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        self.every = every
        self.tokens_seen = tokens_seen
        self.gradient_norm = gradient_norm
        self.written = written
        self.flops = training_flops_per_token(config, block_size)
        self.peak = peak
        self.clock = clock
        self.loss: float | None = None
        self._losses: list[torch.Tensor] = []
        self._seconds = 0.0
        self._logged = 0
        self._rate = 0.0
        self._begun: float | None = None

    def run_started(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        """Speed is counted from here; a GPU whose peak is not known is said to be so, once."""
        self._logged = step
        self.peak = self.peak or peak_flops(module.device)
        if self.peak is None and module.device.type == "cuda" and trainer.is_global_zero:
            print(
                f"speed/mfu is not logged: {torch.cuda.get_device_name(module.device)} is not in "
                "the table of peaks; set run.peak_tflops",
                file=sys.stderr,
            )

    def start_clock(self) -> None:
        """Training goes on: `ClockRestart` calls it when the other callbacks have acted."""
        if self._begun is None:
            self._begun = self.clock()

    def on_before_optimizer_step(
        self, trainer: Trainer, pl_module: LightningModule, optimizer: Optimizer
    ) -> None:
        """Note the rate that the update is made with; afterwards it is the next one's."""
        self._rate = float(optimizer.param_groups[0]["lr"])

    def on_train_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any = None,  # noqa: ANN401 (Lightning's)
        *_: Any,
        **__: Any,
    ) -> None:
        """Keep the batch's loss, which belongs to the step that it may complete."""
        # Lightning has divided it by the number of batches of a step.
        self._losses.append(outputs["loss"].detach() * trainer.accumulate_grad_batches)
        super().on_train_batch_end(trainer, pl_module)

    def step_completed(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        """Stop the clock; if the step is due, log means since the one logged before.

        Raises what `gradient_norm` raises, before anything is logged or written.
        """
        logged = step == 1 or step % self.every == 0 or step >= trainer.max_steps
        norm = 0.0
        if logged or self.written(step, trainer.max_steps):
            norm = self.gradient_norm(module)
        if logged:  # which waits for the other processes, too
            self.loss = float(trainer.strategy.reduce(torch.stack(self._losses).mean()))
        assert self._begun is not None
        self._seconds += self.clock() - self._begun
        self._begun = None
        if logged:
            self._log(trainer, step, norm)

    def _log(self, trainer: Trainer, step: int, norm: float) -> None:
        assert self.loss is not None
        seen = self.tokens_seen(step)
        trained = sum(seen.values()) - sum(self.tokens_seen(self._logged).values())
        speed = trained / self._seconds
        metrics = {
            "loss/train": self.loss,
            "optimizer/lr": self._rate,
            "optimizer/gradient_norm": norm,
            "tokens/all": float(sum(seen.values())),
            **{f"tokens/{language}": float(count) for language, count in seen.items()},
            "speed/tokens_per_second": speed,
        }
        if self.peak is not None:
            metrics["speed/mfu"] = speed * self.flops / (self.peak * trainer.world_size)
        for logger in trainer.loggers:
            logger.log_metrics(metrics, step)
        self._losses, self._seconds, self._logged = [], 0.0, step


class ClockRestart(StepCallback):
    """Starts a `TrainingLog`'s clock when the callbacks before it have acted; stands last."""

    def __init__(self, log: TrainingLog) -> None:
        self.training_log = log

    def run_started(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        """Training starts."""
        self.training_log.start_clock()

    def step_completed(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        """Training goes on."""
        self.training_log.start_clock()
