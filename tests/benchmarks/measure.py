"""Timing two ways of doing the same thing, turn by turn, so that both see the same machine."""

from collections.abc import Callable
from statistics import median
from time import perf_counter


def compare(
    ours: Callable[[], object], theirs: Callable[[], object], turns: int = 5
) -> tuple[float, float]:
    """Median seconds of both after one turn each that does not count."""
    ours(), theirs()
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(turns):
        for seconds, work in zip(times, (ours, theirs), strict=True):
            start = perf_counter()
            work()
            seconds.append(perf_counter() - start)
    return median(times[0]), median(times[1])
