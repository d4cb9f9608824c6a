"""`python -m train`: `fit` starts a run, or continues it where it stopped; `status` says where.

1. The configuration is read (`LightningCLI`): YAML files and single keys on the command line.
2. The data is prepared and the concept set built from its text, or both are found up to date.
3. The run folder is opened; the callbacks and loggers that fill it are built (`train/run.py`).
4. Training starts, from the newest whole state should the run have one.
"""

import argparse
import logging
import signal
import sys
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import torch
import transformers
import yaml
from jsonargparse import Namespace
from lightning import Trainer
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.cli import LightningArgumentParser, LightningCLI

from analysis.errors import UserError
from analysis.files import locked
from analysis.run import open_inputs
from analysis.settings import BUILT, AnalysisSettings
from callbacks.analyses import OnlineSettings
from callbacks.progress import RunProgressBar
from callbacks.resume import DirectCheckpointIO
from callbacks.schedule import Schedule
from train import status
from train.config_errors import explain_refusal
from train.data.datamodule import BlocksDataModule
from train.loggers import WandbSettings
from train.module import Pretraining
from train.run import (
    Run,
    RunSettings,
    check_shapes,
    check_vocabulary,
    open_run,
    resume_point,
)

USAGE = """usage: python -m train COMMAND --config FILE [--KEY VALUE ...]

commands:
  fit       start the run that the configuration describes, or continue it where it stopped
  prepare   only prepare its data and build its concept set
  status    say where runs are: python -m train status RUN ...

  --print_config shows the whole configuration, --help every key with its meaning
"""

TRAINER_DEFAULTS = {
    "max_epochs": -1,
    "enable_checkpointing": False,
    "enable_model_summary": False,
    "use_distributed_sampler": False,
}
"""One epoch is the whole run; checkpoints and data order are this project's own affair."""


INSTEAD = {
    "callbacks": "the run has its own",
    "logger": "see the block wandb",
    "gradient_clip_val": "set model.optimizer.clip",
    "plugins": "leave it out",
}
"""Keys of Lightning's trainer that this project has taken over, and what serves in their place."""


class TrainingCLI(LightningCLI):
    """The configuration of a run: model, data and trainer, and the blocks of this project."""

    config_init: Namespace

    def __init__(self, command: str, argv: Sequence[str]) -> None:
        self.command = command
        super().__init__(
            Pretraining,
            BlocksDataModule,
            args=list(argv),
            run=False,
            save_config_callback=None,
            seed_everything_default=False,
            trainer_defaults=TRAINER_DEFAULTS,
            auto_configure_optimizers=False,
            parser_kwargs={
                "prog": "python -m train",
                "exit_on_error": False,
                "allow_abbrev": False,
            },
        )

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        """Add the blocks that Lightning does not know, and one seed for all."""
        parser.add_argument("--seed", type=int, default=0, help="Of weights, dropout and order.")
        parser.add_class_arguments(RunSettings, "run")
        parser.add_class_arguments(Schedule, "checkpoints")
        parser.add_class_arguments(AnalysisSettings, "analyses")
        parser.add_class_arguments(OnlineSettings, "online")
        parser.add_class_arguments(WandbSettings, "wandb")
        parser.link_arguments("seed", "model.seed")
        parser.link_arguments("seed", "data.seed")

    def parse_arguments(self, parser: LightningArgumentParser, args: Any) -> None:  # noqa: ANN401
        """Read the configuration; raises `UserError` for a key or value that does not fit."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Lightning's about `args` beside `sys.argv`
                super().parse_arguments(parser, args)
        except (argparse.ArgumentError, TypeError) as error:
            raise explain_refusal(parser, str(error)) from error

    def instantiate_classes(self) -> None:
        """Build data, model and, for `fit`, trainer; raises `UserError` for what does not fit."""
        try:
            self.config_init = self.parser.instantiate(self.config)
        except ValueError as error:
            if "Does not validate against" not in str(error):
                raise
            raise explain_refusal(self.parser, str(error)) from error
        self.datamodule, self.model = self.config_init.data, self.config_init.model
        if self.command == "fit":
            self.trainer = self.instantiate_trainer()

    def instantiate_trainer(self, **kwargs: Any) -> Trainer:
        """The trainer, its callbacks and loggers yet to come; raises `UserError` for its keys."""
        settings = self.config_init.trainer
        for key in ("callbacks", "logger", "gradient_clip_val", "plugins"):
            if settings[key]:
                raise UserError("is not used here", where=f"trainer.{key}", fix=INSTEAD[key])
        if settings.max_steps < 1:
            raise UserError("the run has no end", where="trainer.max_steps", fix="set it")
        if str(settings.precision).startswith("16"):
            raise UserError(
                f"precision {settings.precision} needs a loss scale, which this loop has not",
                where="trainer.precision",
                fix="use bf16-mixed or 32-true",
            )
        bar = [] if settings.enable_progress_bar is False else [RunProgressBar()]
        try:
            trainer = super().instantiate_trainer(
                callbacks=bar, logger=False, plugins=[DirectCheckpointIO()]
            )
        except (MisconfigurationException, ValueError, RuntimeError) as error:
            raise UserError(str(error), where="trainer", fix="see --help for its keys") from error
        if trainer.world_size > 1:
            raise UserError(
                f"{trainer.world_size} devices, and a run takes one",
                where="trainer.devices",
                fix="set trainer.devices and trainer.num_nodes to 1",
            )
        return trainer


def main(argv: Sequence[str]) -> None:
    """Run `fit` or `prepare`; exits with 128 + n when signal n has stopped the run."""
    command, rest = (argv[0], argv[1:]) if argv else ("--help", [])
    if command in ("-h", "--help"):
        print(USAGE)
        return
    if command == "status":
        status.main(rest)
        return
    if command not in ("fit", "prepare"):
        raise UserError(
            f"unknown command '{command}'", where="train", fix="use fit, prepare or status"
        )
    _quieten()
    cli = TrainingCLI(command, rest)
    check_shapes(cli.config_init.model.shape, cli.config_init.data.settings)
    cli.datamodule.prepare_data()
    analyses = cli.config_init.analyses
    watched = command == "prepare" or cli.config_init.online.enabled
    if watched and analyses.experts is not None and analyses.concepts == BUILT:
        analyses = replace(analyses, concepts=str(cli.datamodule.build_concepts()))
    if command == "fit":
        _fit(cli, analyses)


def _fit(cli: TrainingCLI, analyses: AnalysisSettings) -> None:
    """Train, from where the run in the folder stands, to its last step or to a signal."""
    values, data, trainer = cli.config_init, cli.datamodule, cli.trainer
    data.setup()
    check_vocabulary(cli.model.shape, data.store.vocabulary)
    inputs = None
    if values.online.enabled:
        inputs = open_inputs(analyses, data.store.held_out_path)
    config = yaml.safe_load(cli.parser.dump(cli.config, skip_link_targets=False))
    config.pop("config", None)
    folder = Path(values.run.folder)
    with locked(folder, "another process is training here"):
        state = resume_point(folder, config, data)
        done = state[1].step if state else 0
        if done >= trainer.max_steps:
            print(f"{folder}: complete at step {done}")
            return
        if state:
            print(f"{folder}: continuing from step {done}", file=sys.stderr)
        run = open_run(
            folder,
            values.run,
            config,
            data,
            cli.model,
            done=done,
            checkpoints=values.checkpoints,
            online=values.online,
            inputs=inputs,
            wandb=values.wandb,
        )
        cast(Any, trainer).callbacks += run.callbacks  # an attribute that its class lacks
        trainer.loggers = run.loggers
        # Products in TF32 where a GPU has it; the analyses set their own precision.
        torch.set_float32_matmul_precision("high")
        _train(cli, run, state[0] if state else None)
        finished = trainer.global_step >= trainer.max_steps
        if not finished:
            print(
                f"{folder}: stopped at step {trainer.global_step}; the same command continues",
                file=sys.stderr,
            )
            raise SystemExit(128 + run.stop.received if run.stop.received else 1)
        print(f"{folder}: complete at step {trainer.global_step}")


def _train(cli: TrainingCLI, run: Run, state: Path | None) -> None:
    """Lightning's `fit`; where that ends the process for a Ctrl-C, with the code shells expect.

    It does so before the first step, when `GracefulStop` does not listen yet, and for a second one.
    """
    try:
        # Its checkpoints hold plain values and tensors alone, so nothing is unpickled.
        cli.trainer.fit(cli.model, cli.datamodule, ckpt_path=state, weights_only=True)
    except SystemExit:
        print("stopped at once; the same command continues", file=sys.stderr)
        raise SystemExit(128 + (run.stop.received or signal.SIGINT)) from None


def _quieten() -> None:
    """Keep other libraries' notes off the screen, where a user could not act on them."""
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    for note in (
        ".*does not have many workers.*",
        ".*GPU available but not used.*",
        ".*smaller than the logging interval.*",
        ".*isinstance\\(treespec, LeafSpec\\).*",
    ):
        warnings.filterwarnings("ignore", note)
