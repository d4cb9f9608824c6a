"""How a run is spread over processes: copies of the model (DDP) or shards of it (FSDP2).

Whatever the way, weights and states to continue from are written whole and in the same form, so
that a run can go on with another number of processes and in another way.
"""

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import sleep
from typing import Any, cast

from lightning import LightningModule, Trainer
from lightning.fabric.plugins.environments.lightning import LightningEnvironment
from lightning.pytorch.core.optimizer import LightningOptimizer
from lightning.pytorch.strategies import DDPStrategy, ModelParallelStrategy, Strategy
from torch import Tensor
from torch.distributed.checkpoint.state_dict import StateDictOptions, set_model_state_dict
from torch.distributed.tensor import DTensor, distribute_tensor
from torch.optim import Optimizer

from analysis.errors import UserError, exit_code
from analysis.ranks import this_rank
from callbacks.lifeline import lifeline
from callbacks.ranks import Ranks

STRATEGIES = ("auto", "ddp", "fsdp")
"""Values of `trainer.strategy`: `auto` is `ddp` where there are several processes."""

_TIME_TO_TELL = 5.0
"""Seconds within which the processes of a machine find the same mistake."""


class Sharded(ModelParallelStrategy):
    """FSDP2 whose states look like those of one process.

    Lightning's own numbers the optimiser's states by the model's parameters, a plain optimiser by
    its groups: read by the other, moments would land at the wrong weights.
    """

    def __init__(self, processes: int) -> None:
        super().__init__(processes, 1, save_distributed_checkpoint=False)

    @property
    def lightning_restore_optimizer(self) -> bool:
        """Lightning is to call `load_optimizer_state_dict`."""
        return True

    def optimizer_state(self, optimizer: Optimizer) -> dict[str, Any]:
        """The whole state on rank 0, an empty one elsewhere; all ranks call it."""
        if isinstance(optimizer, LightningOptimizer):
            optimizer = optimizer.optimizer
        state: dict[str, Any] = optimizer.state_dict()
        gathered = {}
        for number, values in state["state"].items():  # in the same order everywhere
            full = {name: whole(value).cpu() for name, value in values.items()}
            if self.is_global_zero:
                gathered[number] = full
        return {**state, "state": gathered} if self.is_global_zero else {}

    def load_checkpoint(self, checkpoint_path: Any, weights_only: bool | None = None) -> Any:  # noqa: ANN401 (Lightning's)
        """Read the file, in each process."""
        return self.checkpoint_io.load_checkpoint(checkpoint_path, weights_only=weights_only)

    def load_model_state_dict(
        self,
        checkpoint: Mapping[str, Any],
        strict: bool = True,
    ) -> None:
        """Give each process its shard of the whole weights."""
        assert self.lightning_module is not None
        options = StateDictOptions(full_state_dict=True, strict=strict)
        set_model_state_dict(self.lightning_module, checkpoint["state_dict"], options=options)

    def load_optimizer_state_dict(self, checkpoint: Mapping[str, Any]) -> None:
        """Give each process its shard of the whole moments."""
        for optimizer, state in zip(self.optimizers, checkpoint["optimizer_states"], strict=True):
            parameters = [p for group in optimizer.param_groups for p in group["params"]]
            numbers = [n for group in state["param_groups"] for n in group["params"]]
            for number, parameter in zip(numbers, parameters, strict=True):
                for name, value in state["state"].get(number, {}).items():
                    if isinstance(parameter, DTensor) and value.shape == parameter.shape:
                        state["state"][number][name] = _shard(value, parameter)
            optimizer.load_state_dict(state)


def _shard(whole: Tensor, like: DTensor) -> DTensor:
    mesh, placements = like.device_mesh, like.placements
    # Each process has read the whole: nothing need be sent.
    return distribute_tensor(whole.to(mesh.device_type), mesh, placements, src_data_rank=None)


def check_strategy(name: str, processes: int) -> None:
    """Raises `UserError` for a strategy that wants more processes than there are."""
    if name == "fsdp" and processes == 1:
        raise UserError(
            "one process has nothing to share", where="trainer.strategy", fix="set it to auto"
        )


def build_trainer(name: str, build: Callable[[str | Strategy], Trainer]) -> Trainer:
    """A trainer that spreads a run in one of `STRATEGIES`; `build` makes one with a strategy.

    Raises `UserError` for shards in a single process, and when a launcher has started another
    number of processes than the trainer counts.
    """
    trainer = build("auto")
    processes, launched = trainer.num_devices * trainer.num_nodes, this_rank().processes
    if launched not in (1, processes):
        raise UserError(
            f"{launched} processes were launched, trainer.devices x trainer.num_nodes is "
            f"{processes}",
            where="trainer.devices",
            fix="set both to what the launcher was told",
        )
    check_strategy(name, processes)
    if processes == 1:
        return trainer
    if name == "fsdp":
        return build(Sharded(processes))
    # The buffers are the same everywhere: the table of positions, and what all judge alike of a
    # gradient that they share.
    return build(DDPStrategy(broadcast_buffers=False, gradient_as_bucket_view=True))


@contextmanager
def told_once() -> Iterator[None]:
    """Let the first process of each machine tell a mistake that all find before they are joined."""
    try:
        yield
    except UserError as error:
        if this_rank().local == 0:
            raise
        sleep(_TIME_TO_TELL)  # a launcher may end all with the first that ends
        raise SystemExit(exit_code(error)) from None


@contextmanager
def joined(trainer: Trainer, module: LightningModule) -> Iterator[Ranks]:
    """The processes of a run, started where no launcher has done it, and joined.

    Within it all of them do the same, and when one fails or dies, all end.
    """
    if trainer.world_size == 1:
        yield Ranks()
        return
    strategy = cast(Any, trainer.strategy)
    strategy.connect(module)
    launcher = strategy.launcher
    if launcher is not None:
        launcher.launch(lambda: None)
        strategy._launcher = None  # or `fit` would start them once more
    try:
        strategy.setup_environment()
        ranks = Ranks.of_this_run()
    except BaseException:
        if launcher is not None:  # nothing else ends those that are still joining
            launcher.kill(signal.SIGKILL)
        raise
    # Lightning's own agreement on a SIGTERM waits for the device at every batch, and its handler
    # for the other processes in the middle of a step; `GracefulStop` has one that does neither.
    cast(Any, trainer.fit_loop.epoch_loop)._broadcast_sigterm_tensor = lambda: None
    cast(Any, trainer)._signal_connector.register_signal_handlers = lambda: None
    with lifeline(ranks, strategy.cluster_environment.main_address):
        yield ranks


def is_child(trainer: Trainer) -> bool:
    """Whether another process of the run has started this one, and answers for it.

    That one's Lightning takes any exit code but 0 for a failure, and would end it.
    """
    environment = getattr(trainer.strategy, "cluster_environment", None)
    return trainer.global_rank > 0 and isinstance(environment, LightningEnvironment)


def whole(value: Tensor) -> Tensor:
    """A tensor that may be spread over processes, in full; all of them call it."""
    return value.full_tensor() if isinstance(value, DTensor) else value
