"""The place of this process among those that share work: what torchrun or SLURM says."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from lightning.fabric.plugins.environments.cluster_environment import ClusterEnvironment
from lightning.fabric.plugins.environments.slurm import SLURMEnvironment
from lightning.fabric.plugins.environments.torchelastic import TorchElasticEnvironment

from analysis.errors import UserError

T = TypeVar("T")


@dataclass(frozen=True)
class Rank:
    """One of `processes`, numbered over all nodes, and by `local` on its own node."""

    number: int = 0
    processes: int = 1
    local: int = 0

    def share(self, things: Sequence[T]) -> list[T]:
        """Every `processes`-th of the things."""
        return list(things[self.number :: self.processes])

    def device(self, name: str) -> str:
        """The GPU of this process where `name` is that of no particular one."""
        if name != "cuda" or self.processes == 1 or not torch.cuda.is_available():
            return name
        return f"cuda:{self.local % torch.cuda.device_count()}"


def this_rank() -> Rank:
    """What the launcher says in its variables; without one, the process is alone.

    Raises `UserError` for a SLURM job that Lightning does not support.
    """
    environment: ClusterEnvironment
    if {"RANK", "LOCAL_RANK", "WORLD_SIZE"} <= os.environ.keys():  # torchrun, and what is like it
        environment = TorchElasticEnvironment()
    elif {"SLURM_PROCID", "SLURM_LOCALID"} <= os.environ.keys() and SLURMEnvironment.detect():
        try:
            environment = SLURMEnvironment(auto_requeue=False)
        except RuntimeError as error:
            raise UserError(str(error), where="SLURM") from error
    else:
        return Rank()
    return Rank(environment.global_rank(), environment.world_size(), environment.local_rank())
