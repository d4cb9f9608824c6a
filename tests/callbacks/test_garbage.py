"""When Python's collector runs while a run trains, and that it is given back."""

import gc
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from callbacks.garbage import GarbageCollection


@pytest.fixture(autouse=True)
def _collector() -> Iterator[None]:
    """A test that fails leaves the collector as it was."""
    yield
    gc.unfreeze()
    gc.enable()


class Knot:
    """An object that only the collector frees."""

    alive = 0

    def __init__(self) -> None:
        self.itself = self
        Knot.alive += 1

    def __del__(self) -> None:
        Knot.alive -= 1


def drive(callback: GarbageCollection, steps: int) -> list[tuple[bool, int]]:
    """Whether the collector ran in each step's two batches, and how many knots were left after."""
    trainer: Any = SimpleNamespace(global_step=0, max_steps=100)
    module: Any = None
    seen = []
    callback.on_train_start(trainer, module)
    for _ in range(steps):
        Knot()
        for half in range(2):
            callback.on_train_batch_start(trainer, module, None, half)
            trainer.global_step += half
            running = gc.isenabled()
            callback.on_train_batch_end(trainer, module, None, None, half)
        seen.append((running, Knot.alive))
    return seen


def test_it_rests_after_the_first_step_and_runs_where_something_is_written() -> None:
    callback = GarbageCollection(lambda step, last: step == 4 and last == 100)
    before = gc.get_freeze_count()
    seen = drive(callback, 6)
    assert seen == [(True, 0), (False, 1), (False, 2), (False, 0), (False, 1), (False, 2)]
    assert gc.get_freeze_count() > before + 1000
    trainer: Any = None
    callback.teardown(trainer, trainer, "fit")
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
    gc.collect()
    assert Knot.alive == 0


def test_it_is_on_while_others_write_and_analyse() -> None:
    callback = GarbageCollection(lambda step, _: step == 4)
    drive(callback, 4)
    assert gc.isenabled()


def test_an_error_gives_it_back() -> None:
    callback = GarbageCollection(lambda *_: False)
    drive(callback, 2)
    assert not gc.isenabled()
    trainer: Any = None
    callback.on_exception(trainer, trainer, RuntimeError())
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
