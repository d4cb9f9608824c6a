"""`python -m train fit`: one command that starts a run, or continues it where it stopped.

1. The configuration is read (`LightningCLI`): YAML files and single keys on the command line.
2. The data is prepared, or found up to date.
3. The run folder is opened; the callbacks and loggers that fill it are built (`train/run.py`).
4. Training starts, from the newest whole state should the run have one.
"""

import argparse
import logging
import sys
import warnings
from collections.abc import Sequence
from typing import Any

import torch
import transformers
import yaml
from lightning import Trainer
from lightning.pytorch.cli import LightningArgumentParser, LightningCLI

from analysis.errors import UserError
from analysis.settings import AnalysisSettings
from callbacks.analyses import OnlineSettings
from callbacks.progress import RunProgressBar
from callbacks.schedule import Schedule
from train.config_errors import explain_refusal
from train.data.datamodule import BlocksDataModule
from train.loggers import WandbSettings
from train.module import Pretraining
from train.run import Run, RunSettings, open_run

USAGE = """usage: python -m train COMMAND --config FILE [--KEY VALUE ...]

commands:
  fit       start the run that the configuration describes, or continue it where it stopped
  prepare   only prepare its data

  --print_config shows the whole configuration, --help every key with its meaning
"""

TRAINER_DEFAULTS = {
    "max_epochs": -1,
    "enable_checkpointing": False,
    "enable_model_summary": False,
    "use_distributed_sampler": False,
}
"""One epoch is the whole run; checkpoints and data order are this project's own affair."""


class TrainingCLI(LightningCLI):
    """The configuration of a run: model, data and trainer, and the blocks of this project."""

    opened: Run

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
            parser_kwargs={"prog": "python -m train", "exit_on_error": False},
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
        """Build model, data and trainer; raises `UserError` for a value that a block refuses."""
        try:
            super().instantiate_classes()
        except ValueError as error:
            if "Does not validate against" not in str(error):
                raise
            raise explain_refusal(self.parser, str(error)) from error

    def instantiate_trainer(self, **kwargs: Any) -> Trainer:
        """Prepare the data, open the run folder, and build the trainer around both."""
        self.datamodule.prepare_data()
        if self.command == "prepare":
            return super().instantiate_trainer(logger=False)
        self.datamodule.setup()
        values = self.config_init
        plain = yaml.safe_load(self.parser.dump(self.config, skip_link_targets=False))
        plain.pop("config", None)
        self.opened = open_run(
            values.run,
            plain,
            self.datamodule,
            self.model,
            checkpoints=values.checkpoints,
            analyses=values.analyses,
            online=values.online,
            wandb=values.wandb,
        )
        acting = list(self.opened.callbacks)
        if values.trainer.enable_progress_bar is not False:
            acting.append(RunProgressBar())
        return super().instantiate_trainer(callbacks=acting, logger=self.opened.loggers)


def main(argv: Sequence[str]) -> None:
    """Run `fit` or `prepare`; exits with 128 + n when signal n has stopped the run."""
    command, rest = (argv[0], argv[1:]) if argv else ("--help", [])
    if command in ("-h", "--help"):
        print(USAGE)
        return
    if command not in ("fit", "prepare"):
        raise UserError(f"unknown command '{command}'", where="train", fix="use fit or prepare")
    _quieten()
    cli = TrainingCLI(command, rest)
    if command == "fit":
        _fit(cli)


def _fit(cli: TrainingCLI) -> None:
    run, trainer = cli.opened, cli.trainer
    path, done = (str(run.state[0]), run.state[1].step) if run.state else (None, 0)
    if done >= trainer.max_steps:
        print(f"{run.folder}: complete at step {done}")
        return
    if done:
        print(f"{run.folder}: continuing from step {done}", file=sys.stderr)
    # Lightning's checkpoint holds plain values and tensors alone, so nothing is unpickled.
    trainer.fit(cli.model, cli.datamodule, ckpt_path=path, weights_only=True)
    if run.stop.received is not None:
        print(
            f"{run.folder}: stopped at step {trainer.global_step}; the same command continues",
            file=sys.stderr,
        )
        raise SystemExit(128 + run.stop.received)
    print(f"{run.folder}: complete at step {trainer.global_step}")


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
    torch.set_float32_matmul_precision("high")
