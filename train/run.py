"""The run folder: opening it, what a run is continued from, and the callbacks that fill it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml
from lightning import Callback, LightningModule
from lightning.pytorch.loggers import Logger

from analysis.checkpoints.loading import find_checkpoints
from analysis.checkpoints.manifest import NAME, read_manifest, settings_fingerprint
from analysis.errors import UserError
from analysis.files import discard_unfinished, write_text
from analysis.inputs import Inputs
from analysis.layout import CHECKPOINTS, CONFIG
from callbacks.analyses import OnlineAnalyses, OnlineSettings
from callbacks.checkpoint import CheckpointWriter, Export, Provenance
from callbacks.garbage import GarbageCollection
from callbacks.ranks import Ranks
from callbacks.resume import ResumeState, ResumeWriter, newest_state
from callbacks.schedule import Schedule
from callbacks.stopping import GracefulStop
from callbacks.training_log import ClockRestart, TrainingLog
from train.data.datamodule import BlocksDataModule
from train.data.settings import DataSettings
from train.loggers import MetricsFile, WandbSettings, open_wandb
from train.module import Pretraining
from train.settings import Shape

FREE = ("loss", "loss_chunk_mb", "compile")
"""Keys of `model` that a continued run may change: they change rounding at most."""


@dataclass(frozen=True)
class RunSettings:
    """Where a run is kept, and how it keeps itself."""

    folder: str = "runs/unnamed"
    """The run folder; its last part names the run."""

    resume_every: int = 1000
    """Steps between the states that the run can continue from; the newest two are kept."""

    log_every: int = 10
    """Steps between two points of the training curve."""

    peak_tflops: float | None = None
    """What one device could do, in 10^12 operations a second, for `speed/mfu`; null for the dense
    bf16 peak of an H200, H100 or A100."""

    def __post_init__(self) -> None:
        for name in ("resume_every", "log_every"):
            if getattr(self, name) < 1:
                raise UserError(
                    f"{name} is {getattr(self, name)}", where="run", fix="use 1 or more"
                )
        if self.peak_tflops is not None and not self.peak_tflops > 0:
            raise UserError(
                f"peak_tflops is {self.peak_tflops}",
                where="run",
                fix="give the maker's figure for dense bf16, or null",
            )


@dataclass(frozen=True)
class Run:
    """A run folder opened for training: who logs, who acts, who stops it."""

    loggers: list[Logger]
    callbacks: list[Callback]
    stop: GracefulStop


def resume_point(
    folder: Path, config: Mapping[str, Any], data: BlocksDataModule
) -> tuple[Path, ResumeState] | None:
    """The state that a run in the folder continues from; None for a fresh start. Changes nothing.

    Raises `UserError` when the folder holds a run of another model, seed or data, or one whose
    states are all damaged.
    """
    before = folder / CONFIG
    if before.is_file():
        _check_same(before, config, order=not data.allow_other_data)
    trained_on = {read_manifest(path).data for path in _checkpoints(folder)}
    if trained_on - {data.store.fingerprint} and not data.allow_other_data:
        raise UserError(
            "the prepared data is not what this run was started with",
            where=folder,
            fix="restore it, name another run.folder, or set data.allow_other_data to true",
        )
    return newest_state(folder)


def open_run(
    folder: Path,
    settings: RunSettings,
    config: dict[str, Any],
    data: BlocksDataModule,
    module: Pretraining,
    *,
    done: int,
    checkpoints: Schedule,
    online: OnlineSettings,
    inputs: Inputs | None,
    wandb: WandbSettings,
    ranks: Ranks,
) -> Run:
    """Write the configuration, take the record back to step `done`, build what acts on the run.

    `config` is the whole configuration as plain values; `inputs` are those of the online analyses,
    None for a run that is not watched. Of several processes, the first alone writes and logs.
    """
    loggers: list[Logger] = []
    if ranks.first:
        discard_unfinished(folder)
        write_text(folder / CONFIG, yaml.safe_dump(config, sort_keys=False, allow_unicode=True))
        metrics = MetricsFile(folder)
        metrics.rewind(done)
        mirror = open_wandb(folder, wandb, config)
        loggers = [metrics, mirror] if mirror else [metrics]
    states = ResumeWriter(folder, settings.resume_every, checkpoints)
    log = TrainingLog(
        settings.log_every,
        data.tokens_seen,
        lambda module: cast(Pretraining, module).gradient_norm(),
        states.due,
        module.network.config,
        data.store.block_size,
        None if settings.peak_tflops is None else settings.peak_tflops * 1e12,
    )
    provenance = Provenance(data.store.fingerprint, _fingerprint(config), data.tokens_seen)
    stop = GracefulStop(states, ranks)
    watching = [OnlineAnalyses(folder, checkpoints, online, inputs, ranks)] if inputs else []
    callbacks: list[Callback] = [
        log,
        GarbageCollection(states.due),
        CheckpointWriter(folder, checkpoints, _export, data.store.tokenizer_folder, provenance),
        states,
        *watching,
        stop,
        ClockRestart(log),
    ]
    return Run(loggers, callbacks, stop)


def check_shapes(shape: Shape, data: DataSettings) -> None:
    """Raises `UserError` when data that is yet to be prepared could not fit the model."""
    if data.tokenizer.path is None:
        check_vocabulary(shape, data.tokenizer.vocab_size)
    if data.block_size > shape.max_position_embeddings:
        raise UserError(
            f"blocks have {data.block_size} tokens, the model {shape.max_position_embeddings} "
            "positions",
            where="model.shape.max_position_embeddings",
            fix="raise it, or lower data.prepare.block_size",
        )


def check_batch(blocks: int, processes: int) -> None:
    """Raises `UserError` when a batch cannot be shared equally among the processes."""
    if blocks < processes:
        raise UserError(
            f"{processes} processes cannot share {blocks} blocks",
            where="data.batch_blocks",
            fix=f"raise it to {processes} or more, or use fewer devices",
        )
    if blocks % processes:
        raise UserError(
            f"{blocks} blocks do not divide among {processes} processes",
            where="data.batch_blocks",
            fix=f"use {blocks - blocks % processes} or another multiple of {processes}",
        )


def less_memory(blocks: int, processes: int) -> str:
    """What to do when a device's memory does not suffice for its share of a batch."""
    if blocks % (2 * processes):
        return (
            "lower model.loss_chunk_mb, or use more or larger devices, with trainer.strategy fsdp"
        )
    return (
        f"data.batch_blocks {blocks // 2} instead of {blocks} halves what is needed at a time; "
        "double trainer.accumulate_grad_batches, and a step stays what it is"
    )


def check_vocabulary(shape: Shape, tokenizer: int) -> None:
    """Raises `UserError` when the tokenizer's vocabulary is not the model's."""
    if shape.vocab_size != tokenizer:
        raise UserError(
            f"the model has {shape.vocab_size} words, the tokenizer {tokenizer}",
            where="model.shape.vocab_size",
            fix=f"set it to {tokenizer}, or change data.prepare.tokenizer",
        )


def _export(module: LightningModule) -> Export:
    return cast(Pretraining, module).export()


def _checkpoints(folder: Path) -> list[Path]:
    return find_checkpoints(folder) if any(folder.glob(f"{CHECKPOINTS}/*/{NAME}")) else []


def _fingerprint(config: Mapping[str, Any]) -> str:
    """Of what results depend on: not of folders, workers or progress bars."""
    data, trainer = config["data"], config["trainer"]
    return settings_fingerprint(
        {
            "seed": config["seed"],
            "model": _without(config["model"], FREE),
            "data": {key: data[key] for key in ("mixture", "batch_blocks")},
            "trainer": {
                key: trainer.get(key)
                for key in ("max_steps", "accumulate_grad_batches", "precision")
            },
        }
    )


def _check_same(path: Path, config: Mapping[str, Any], *, order: bool) -> None:
    """Raises `UserError` naming the first key that makes this another run than the folder's.

    `order` compares the mixture too, on which the order of the samples depends.
    """
    before = yaml.safe_load(path.read_text(encoding="utf-8"))
    old, new = (
        _flat(
            {
                "seed": values["seed"],
                "model": _without(values["model"], FREE),
                "data": {"mixture": values["data"]["mixture"]} if order else {},
            }
        )
        for values in (before, config)
    )
    for key in sorted({*old, *new}):
        if old.get(key) != new.get(key):
            raise UserError(
                f"{key} is {new.get(key)}, the run in this folder was started with {old.get(key)}",
                where=path,
                fix="set it back, or name another run.folder",
            )


def _without(values: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in keys}


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in values.items():
        name = f"{prefix}{key}"
        flat |= _flat(value, f"{name}.") if isinstance(value, dict) else {name: value}
    return flat
