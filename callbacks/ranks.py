"""What the processes of a run tell each other beside gradients: values, waits, agreements.

They do so on the CPU (gloo), in a group of its own: there a process may wait for hours, while
rank 0 prepares data or another one analyses, without a GPU that spins and without the time-out
that gradients have. A process that dies meanwhile is `callbacks/lifeline.py`'s affair.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
from torch import distributed

T = TypeVar("T")

_PATIENCE = timedelta(days=30)
"""Longest wait for another process."""


@dataclass(frozen=True)
class Ranks:
    """The processes of a run as one of them sees them; by default it is alone."""

    number: int = 0
    processes: int = 1
    group: Any = None

    @staticmethod
    def of_this_run() -> "Ranks":
        """The processes that `torch.distributed` has joined; all of them call it together."""
        group = distributed.new_group(backend="gloo", timeout=_PATIENCE)
        return Ranks(distributed.get_rank(), distributed.get_world_size(), group)

    @staticmethod
    def joined_by_now() -> "Ranks":
        """The processes of whoever trains: those of `torch.distributed`, or this one alone."""
        together = distributed.is_available() and distributed.is_initialized()
        return Ranks.of_this_run() if together else Ranks()

    @property
    def first(self) -> bool:
        """Whether this is the process that writes and speaks for all."""
        return self.number == 0

    def share(self, things: Sequence[T]) -> list[T]:
        """The share of `things` that falls here: each falls to exactly one process."""
        return list(things[self.number :: self.processes])

    def from_first(self, make: Callable[[], T]) -> T:
        """What `make` returns in the first process, which alone calls it."""
        if self.processes == 1:
            return make()
        held: list[Any] = [make() if self.first else None]
        distributed.broadcast_object_list(held, src=0, group=self.group)
        value: T = held[0]
        return value

    def in_turn(self, work: Callable[[], T]) -> T:
        """What `work` returns here, the first process going ahead.

        A mistake of the user's that all would find is so told once.
        """
        if self.first:
            value = work()
            self.wait()
            return value
        self.wait()
        return work()

    def wait(self) -> None:
        """Return when all have come here."""
        if self.processes > 1:
            distributed.barrier(group=self.group)

    def gather(self, value: T) -> list[T]:
        """The values of all, by rank, in the first process; an empty list in the others."""
        if self.processes == 1:
            return [value]
        held: list[Any] | None = [None] * self.processes if self.first else None
        distributed.gather_object(value, held, dst=0, group=self.group)
        return held or []

    def highest(self, value: int) -> int:
        """The highest of the values that the processes give."""
        if self.processes == 1:
            return value
        agreed = torch.tensor(value)
        distributed.all_reduce(agreed, distributed.ReduceOp.MAX, group=self.group)
        return int(agreed)
