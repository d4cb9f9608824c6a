"""The run folder: opening it, what a run is continued from, and the callbacks that fill it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml
from lightning import Callback, LightningModule
from lightning.pytorch.loggers import Logger

from analysis.checkpoints.manifest import settings_fingerprint
from analysis.errors import UserError
from analysis.files import discard_unfinished, write_text
from analysis.run import open_inputs
from analysis.settings import AnalysisSettings
from callbacks.analyses import OnlineAnalyses, OnlineSettings
from callbacks.checkpoint import CheckpointWriter, Export, Provenance
from callbacks.resume import ResumeState, ResumeWriter, newest_state
from callbacks.schedule import Schedule
from callbacks.stopping import GracefulStop
from callbacks.training_log import TrainingLog
from train.data.datamodule import BlocksDataModule
from train.loggers import MetricsFile, WandbSettings, open_wandb
from train.module import Pretraining

CONFIG = "config.yaml"
FREE = ("loss_chunk_mb", "compile")
"""Keys of `model` that a continued run may change, since they change no result."""


@dataclass(frozen=True)
class RunSettings:
    """Where a run is kept, and how it keeps itself."""

    folder: str = "runs/unnamed"
    """The run folder; its last part names the run."""

    resume_every: int = 1000
    """Steps between the states that the run can continue from; the newest two are kept."""

    log_every: int = 10
    """Steps between two points of the training curve."""

    def __post_init__(self) -> None:
        for name in ("resume_every", "log_every"):
            if getattr(self, name) < 1:
                raise UserError(
                    f"{name} is {getattr(self, name)}", where="run", fix="use 1 or more"
                )


@dataclass(frozen=True)
class Run:
    """A run folder opened for training: where to continue, who logs, who acts."""

    folder: Path
    state: tuple[Path, ResumeState] | None
    loggers: list[Logger]
    callbacks: list[Callback]
    stop: GracefulStop


def open_run(
    settings: RunSettings,
    config: dict[str, Any],
    data: BlocksDataModule,
    module: Pretraining,
    *,
    checkpoints: Schedule,
    analyses: AnalysisSettings,
    online: OnlineSettings,
    wandb: WandbSettings,
) -> Run:
    """Open the folder and build what acts on the run in it.

    `config` is the whole configuration as plain values. Raises `UserError` when tokenizer and model
    differ in vocabulary, when blocks are longer than the model's positions, when the folder holds
    a run of another model or seed, or one whose states are all damaged.
    """
    _check_fit(data, module)
    folder = Path(settings.folder)
    inputs = open_inputs(analyses, data.store.held_out_path) if online.enabled else None
    state = newest_state(folder)
    if state is not None:
        _check_same(folder / CONFIG, config)
    discard_unfinished(folder)
    write_text(folder / CONFIG, yaml.safe_dump(config, sort_keys=False, allow_unicode=True))
    metrics = MetricsFile(folder)
    metrics.rewind(state[1].step if state else -1)
    loggers = [metrics, open_wandb(folder, wandb, config)]
    stop = GracefulStop()
    callbacks: list[Callback] = [
        TrainingLog(
            settings.log_every,
            data.tokens_seen,
            lambda module: float(cast(Pretraining, module).gradient_norm),
            module.network.config,
            data.store.block_size,
        ),
        stop,
        CheckpointWriter(
            folder, checkpoints, _export, data.store.tokenizer_folder, _provenance(data, config)
        ),
        ResumeWriter(folder, settings.resume_every, data.store.fingerprint),
    ]
    if inputs is not None:
        callbacks.append(OnlineAnalyses(folder, checkpoints, online, inputs))
    return Run(folder, state, [logger for logger in loggers if logger], callbacks, stop)


def _export(module: LightningModule) -> Export:
    return cast(Pretraining, module).export()


def _provenance(data: BlocksDataModule, config: Mapping[str, Any]) -> Provenance:
    trained = {key: config[key] for key in ("seed", "model", "data", "trainer")}
    return Provenance(data.store.fingerprint, settings_fingerprint(trained), data.tokens_seen)


def _check_fit(data: BlocksDataModule, module: Pretraining) -> None:
    """Raises `UserError` when data and model do not fit together."""
    model, tokenizer = module.shape.vocab_size, data.store.vocabulary
    if model != tokenizer:
        raise UserError(
            f"the model has {model} words, the tokenizer {tokenizer}",
            where="model.shape.vocab_size",
            fix=f"set it to {tokenizer}, or change data.prepare.tokenizer",
        )
    if data.store.block_size > module.shape.max_position_embeddings:
        raise UserError(
            f"blocks have {data.store.block_size} tokens, the model "
            f"{module.shape.max_position_embeddings} positions",
            where="model.shape.max_position_embeddings",
            fix="raise it, or lower data.prepare.block_size",
        )


def _check_same(path: Path, config: Mapping[str, Any]) -> None:
    """Raises `UserError` naming the first key that makes this another run than the folder's."""
    if not path.is_file():
        return
    before = yaml.safe_load(path.read_text(encoding="utf-8"))
    old, new = (
        _flat({"seed": values["seed"], "model": _without(values["model"], FREE)})
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
