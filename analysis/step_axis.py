"""The axis of training steps: logarithmic, and yet with a place for step 0."""

import math
from collections.abc import Iterable, Sequence


def place(step: float) -> float:
    """Where a step stands along the axis: log2(step + 1), which is 0 for step 0."""
    return math.log2(step + 1)


def ticks(last: int) -> list[int]:
    """Steps named along an axis that ends with `last`: 0 and the powers of 2, 4, ... or 16.

    The smallest base that names ten steps at most.
    """
    for base in (2, 4, 8):
        steps = _powers(base, last)
        if len(steps) <= 10:
            return steps
    return _powers(16, last)


def _powers(base: int, last: int) -> list[int]:
    steps = [0]
    power = 1
    while power <= last:
        steps.append(power)
        power *= base
    return steps


def label(step: int) -> str:
    """A step in few characters: 512, 4,096, 131k."""
    return f"{step:,}" if step < 10_000 else f"{step / 1000:.0f}k"


def chosen(steps: Iterable[int], number: int = 6) -> list[int]:
    """The first, the last and others between, `number` at most, about evenly along the axis."""
    known = sorted(set(steps))
    if len(known) <= number:
        return known
    low, high = place(known[0]), place(known[-1])
    wanted = [low + (high - low) * part / (number - 1) for part in range(number)]
    return sorted({_nearest(known, at) for at in wanted})


def _nearest(steps: Sequence[int], at: float) -> int:
    return min(steps, key=lambda step: (abs(place(step) - at), step))
