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
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO, cast

import torch
import transformers
import yaml
from jsonargparse import Namespace
from lightning import Trainer
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.cli import LightningArgumentParser, LightningCLI
from lightning.pytorch.strategies import Strategy

from analysis.errors import UserError
from analysis.files import locked
from analysis.inputs import Inputs, open_inputs
from analysis.memory import no_memory_is_a_user_error
from analysis.settings import BUILT, AnalysisSettings, needs_concepts, wanted
from callbacks.analyses import OnlineSettings
from callbacks.progress import RunProgressBar
from callbacks.ranks import Ranks
from callbacks.resume import DirectCheckpointIO
from callbacks.schedule import Schedule
from callbacks.stopping import REQUEUE, requeued_before_training
from train import status
from train.config_errors import explain_refusal
from train.cut_loss import check_cut
from train.data.datamodule import BlocksDataModule
from train.data.shards import read_shard
from train.loggers import WandbSettings
from train.module import Pretraining
from train.plan.disk import room, run_shares
from train.plan.machine import read_machine
from train.plan.measure import measure
from train.plan.plan import plan
from train.plan.times import watched_by_run
from train.run import (
    Run,
    RunSettings,
    check_batch,
    check_shapes,
    check_vocabulary,
    less_memory,
    open_run,
    resume_point,
)
from train.strategies import STRATEGIES, build_trainer, is_child, joined, told_once

USAGE = """usage: python -m train COMMAND --config FILE [--KEY VALUE ...]

commands:
  fit       start the run that the configuration describes, or continue it where it stopped
  prepare   only prepare its data and build its concept set
            --shard I/N prepares the I-th of N shares, each on a machine of its own; once all
            are there, prepare (or fit) without it puts them together
  plan      tell what the run will do: tokens, disk, memory, hours; writes nothing
            --hardware NAME --gpus N --mfu SHARE say what on; --measure times a part of the
            analyses, which takes minutes
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

ACCELERATORS = ("auto", "cpu", "gpu", "cuda")
"""Values of `trainer.accelerator`; `auto` is the GPU where there is one."""

INSTEAD = {
    "callbacks": "the run has its own",
    "logger": "see the block wandb",
    "gradient_clip_val": "set model.optimizer.clip",
    "plugins": "leave it out",
}
"""Keys of Lightning's trainer that this project has taken over, and what serves in their place."""

PRECISIONS = None, "32-true", "32", 32, "bf16-mixed", "bf16"
"""What Lightning calls fp32, and products in bf16."""


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
        except UnicodeDecodeError as error:
            raise UserError(f"not a text file ({error})", where="--config") from error
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
        if self.command != "prepare":
            self._check_trainer()
        if self.command == "fit":
            self.trainer = self.instantiate_trainer()

    def instantiate_trainer(self, **kwargs: Any) -> Trainer:
        """The trainer, its callbacks and loggers yet to come; raises `UserError` for its keys."""
        settings = self.config_init.trainer
        bar = [] if settings.enable_progress_bar is False else [RunProgressBar()]

        def build(strategy: str | Strategy) -> Trainer:
            return super(TrainingCLI, self).instantiate_trainer(
                callbacks=bar, logger=False, plugins=[DirectCheckpointIO()], strategy=strategy
            )

        try:
            return build_trainer(settings.strategy, build)
        except (MisconfigurationException, TypeError, ValueError, RuntimeError) as error:
            raise UserError(str(error), where="trainer", fix="see --help for its keys") from error

    def _check_trainer(self) -> None:
        settings = self.config_init.trainer
        for key, instead in INSTEAD.items():
            if settings[key]:
                raise UserError("is not used here", where=f"trainer.{key}", fix=instead)
        if settings.max_steps < 1:
            raise UserError("the run has no end", where="trainer.max_steps", fix="set it")
        if settings.accumulate_grad_batches < 1:
            raise UserError(
                f"{settings.accumulate_grad_batches} batches make no step",
                where="trainer.accumulate_grad_batches",
                fix="give 1 or more",
            )
        if settings.accelerator not in ACCELERATORS:
            raise UserError(
                f"'{settings.accelerator}' is not used here",
                where="trainer.accelerator",
                fix=f"use {', '.join(ACCELERATORS)}",
            )
        if settings.precision not in PRECISIONS:
            raise UserError(
                f"'{settings.precision}' is not used here: 16 bits need a loss scale, and weights "
                "are kept in fp32",
                where="trainer.precision",
                fix="use bf16-mixed or 32-true",
            )
        if settings.strategy not in STRATEGIES:
            raise UserError(
                f"'{settings.strategy}' is not used here",
                where="trainer.strategy",
                fix=f"use {', '.join(STRATEGIES)}",
            )


def main(argv: Sequence[str]) -> None:
    """Run a command; exits with `REQUEUE` or 130 when a signal has stopped the run."""
    command, rest = (argv[0], argv[1:]) if argv else ("--help", [])
    if command in ("-h", "--help"):
        print(USAGE)
        return
    if command == "status":
        status.main(rest)
        return
    if command not in ("fit", "prepare", "plan"):
        raise UserError(
            f"unknown command '{command}'", where="train", fix="use fit, prepare, plan or status"
        )
    _quieten()
    if command == "plan":
        _plan(rest)
        return
    shard, rest = read_shard(rest) if command == "prepare" else (None, rest)
    with told_once():
        cli = TrainingCLI(command, rest)
        check_shapes(cli.config_init.model.shape, cli.config_init.data.settings)
        if command == "fit":
            check_batch(cli.datamodule.batch_blocks, cli.trainer.world_size)
            if cli.model.loss == "cut":
                check_cut(cli.trainer.strategy.root_device)
    if shard is not None:
        cli.datamodule.prepare_shard(shard)
        return
    if command == "prepare":
        _prepare(cli, watched=True)
        return
    with requeued_before_training(), joined(cli.trainer, cli.model) as ranks:
        watched = cli.config_init.online.enabled
        analyses = ranks.from_first(lambda: _prepare(cli, watched=watched))
        code = _fit(cli, analyses, ranks)
    if code and not is_child(cli.trainer):
        raise SystemExit(code)


def _plan(argv: Sequence[str]) -> None:
    machine, rest = read_machine(argv)
    # The model's shape is enough, unless its analyses are to be timed.
    with nullcontext() if machine.measure else torch.device("meta"):
        values = TrainingCLI("plan", rest).config_init
    check_shapes(values.model.shape, values.data.settings)
    told = plan(values, machine)  # which finds what is wrong before anything is timed
    print(plan(values, machine, measure(values)) if machine.measure else told)


def _prepare(cli: TrainingCLI, *, watched: bool) -> AnalysisSettings:
    """Prepare the data and, for a run that is `watched`, what experts are found with."""
    cli.datamodule.prepare_data()
    analyses: AnalysisSettings = cli.config_init.analyses
    if watched and needs_concepts(wanted(analyses)) and analyses.concepts == BUILT:
        return replace(analyses, concepts=str(cli.datamodule.build_concepts()))
    return analyses


def _fit(cli: TrainingCLI, analyses: AnalysisSettings, ranks: Ranks) -> int:
    """Train, from where the run in the folder stands, to its last step or to a signal.

    Returns the exit code.
    """
    values, data, trainer = cli.config_init, cli.datamodule, cli.trainer
    inputs = ranks.in_turn(lambda: _open_data(cli, analyses))
    config = yaml.safe_load(cli.parser.dump(cli.config, skip_link_targets=False))
    config.pop("config", None)
    folder = Path(values.run.folder)
    busy = "another process is training here"
    with locked(folder, busy) if ranks.first else nullcontext():
        state = ranks.from_first(lambda: resume_point(folder, config, data))
        done = state[1].step if state else 0
        if done >= trainer.max_steps:
            _say(ranks, f"{folder}: complete at step {done}", sys.stdout)
            return 0
        if state:
            _say(ranks, f"{folder}: continuing from step {done}", sys.stderr)
        if ranks.first:
            _warn_of_little_room(cli)
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
            ranks=ranks,
        )
        cast(Any, trainer).callbacks += run.callbacks  # an attribute that its class lacks
        trainer.loggers = run.loggers
        # Products in TF32 where a GPU has it; the analyses set their own precision.
        torch.set_float32_matmul_precision("high")
        _train(cli, run, state[0] if state else None)
        if trainer.global_step >= trainer.max_steps:
            _say(ranks, f"{folder}: complete at step {trainer.global_step}", sys.stdout)
            return 0
        stopped = f"stopped at step {trainer.global_step}; the same command continues"
        _say(ranks, f"{folder}: {stopped}", sys.stderr)
        return run.stop.exit_code or 1


def _warn_of_little_room(cli: TrainingCLI) -> None:
    """Tell when the disk may not suffice; the run may start, for what it has by then stays."""
    values = cli.config_init
    parameters = sum(weight.numel() for weight in cli.model.network.parameters())
    shares = run_shares(values, parameters, watched_by_run(values))
    for text, enough in room({Path(values.run.folder): sum(share.bytes for share in shares)}):
        if not enough:
            print(f"warning: {text}", file=sys.stderr)


def _open_data(cli: TrainingCLI, analyses: AnalysisSettings) -> Inputs | None:
    """Open the training data, and what the online analyses read, if there are any."""
    data = cli.datamodule
    data.setup()
    check_vocabulary(cli.model.shape, data.store.vocabulary)
    if not cli.config_init.online.enabled:
        return None
    return open_inputs(analyses, data.store.held_out_path)


def _say(ranks: Ranks, text: str, where: TextIO) -> None:
    if ranks.first:
        print(text, file=where)


def _train(cli: TrainingCLI, run: Run, state: Path | None) -> None:
    """Lightning's `fit`; where that ends the process for a Ctrl-C, with the code shells expect.

    It does so before the first step, when `GracefulStop` does not listen yet, and for a second one.
    Raises `UserError` when the device has too little memory.
    """
    advice = less_memory(cli.datamodule.batch_blocks, cli.trainer.world_size)
    try:
        with no_memory_is_a_user_error("training", where="data.batch_blocks", fix=advice):
            # Its checkpoints hold plain values and tensors alone, so nothing is unpickled.
            cli.trainer.fit(cli.model, cli.datamodule, ckpt_path=state, weights_only=True)
    except SystemExit as ended:
        _say(run.stop.ranks, "stopped at once; the same command continues", sys.stderr)
        code = REQUEUE if ended.code == REQUEUE else run.stop.exit_code
        raise SystemExit(code or 128 + signal.SIGINT) from None


def _quieten() -> None:
    """Keep other libraries' notes off the screen, where a user could not act on them."""
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    for part in ("pytorch", "fabric"):
        logging.getLogger(f"lightning.{part}").setLevel(logging.WARNING)
    for note in (
        ".*does not have many workers.*",
        ".*GPU available but not used.*",
        ".*smaller than the logging interval.*",
        ".*isinstance\\(treespec, LeafSpec\\).*",
        ".*`broadcast_buffers` is deprecated.*",  # torch 2.11 has no other name for it
    ):
        warnings.filterwarnings("ignore", note)
