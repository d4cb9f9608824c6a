"""Work spread over processes, with a progress bar; ended by Ctrl-C, an error, or with its parent.

Workers are spawned, not forked: a fork would copy the threads' locks of torch and tokenizers.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection, get_context, parent_process
from multiprocessing.sharedctypes import Synchronized, SynchronizedArray
from typing import Any, TypeVar

from tqdm import tqdm

from analysis.errors import UserError

Task = TypeVar("Task")

_SECONDS = 0.2
"""Between two looks at how far the workers are."""


def begin_worker() -> None:
    """Call this first in a worker process."""
    # Ctrl-C reaches the whole process group; the parent alone decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A killed parent cannot end its workers, and they would wait for work for ever."""
    parent = parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os._exit(1)


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0))


def run_tasks(
    work: Callable[[Task], Iterator[float]],
    tasks: Sequence[Task],
    sizes: Sequence[float],
    *,
    title: str,
    workers: int,
) -> None:
    """Do `work` on each task, in `workers` processes (0 and 1: in this one), with one bar for all.

    `work`, a function of a module, yields the share of its task that is done, between 0 and 1, and
    is left where it stands when another fails or the user stops it; `sizes` are the tasks' weights
    in the bar. Raises the first error of a task, and `UserError` when a process died.
    """
    if not tasks:
        return
    with tqdm(
        total=sum(sizes),
        desc=title,
        bar_format="{desc}: {percentage:3.0f}%|{bar}| {elapsed}<{remaining}",
    ) as bar:
        if workers <= 1:
            done = 0.0
            for task, size in zip(tasks, sizes, strict=True):
                for share in work(task):
                    bar.update(max(0.0, done + share * size - bar.n))
                done += size
                bar.update(max(0.0, done - bar.n))
            return
        _in_processes(work, tasks, sizes, bar, min(workers, len(tasks)))


def _in_processes(
    work: Callable[[Task], Iterator[float]],
    tasks: Sequence[Task],
    sizes: Sequence[float],
    bar: "tqdm[Any]",
    workers: int,
) -> None:
    context = get_context("spawn")
    shares = context.Array("d", len(tasks))
    stop = context.Value("b", 0)
    pool = ProcessPoolExecutor(
        workers, mp_context=context, initializer=_begin, initargs=(shares, stop)
    )
    try:
        left = {pool.submit(_work, work, number, task) for number, task in enumerate(tasks)}
        while left:
            done, left = wait(left, timeout=_SECONDS, return_when=FIRST_EXCEPTION)
            for future in done:
                future.result()
            far = sum(share * size for share, size in zip(shares[:], sizes, strict=True))
            bar.update(max(0.0, far - bar.n))
    except BrokenProcessPool as error:
        raise UserError(
            "a process died (out of memory?)", where=bar.desc, fix="use fewer workers"
        ) from error
    finally:
        stop.value = 1
        pool.shutdown(wait=True, cancel_futures=True)


_shares: "SynchronizedArray[float]"
_stop: "Synchronized[int]"


def _begin(shares: "SynchronizedArray[float]", stop: "Synchronized[int]") -> None:
    global _shares, _stop
    begin_worker()
    _shares, _stop = shares, stop


def _work(work: Callable[[Task], Iterator[float]], number: int, task: Task) -> None:
    for share in work(task):
        _shares[number] = share
        if _stop.value:
            return
    _shares[number] = 1.0
