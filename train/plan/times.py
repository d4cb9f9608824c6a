"""At which steps which analyses are made while a run trains, and how long they take together.

How long is known from the run's own record, or from a measurement (`train.plan.measure`).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

from analysis.errors import UserError
from analysis.metrics import read_metrics
from analysis.settings import wanted
from callbacks.analyses import OnlineSettings
from callbacks.ranks import Ranks
from callbacks.schedule import Schedule

SECONDS = "speed/analysis_seconds"
"""Key of a record that says how long the analyses of its step have taken, all together."""

Watched = dict[int, tuple[str, ...]]
"""Step -> the analyses that are made at it."""


def read_record(file: Path) -> list[dict[str, Any]]:
    """A run's local record; empty where there is none. Raises `UserError` when it is damaged."""
    try:
        return read_metrics(file) if file.is_file() else []
    except json.JSONDecodeError as error:
        raise UserError(f"not whole ({error})", where=file, fix="delete the line") from error


def watched_steps(
    names: Sequence[str], checkpoints: Schedule, online: OnlineSettings, last: int
) -> Watched:
    """The steps of a run of `last` steps that are analysed, and what is made at each."""
    steps = {
        step: online.made_at(step, last, checkpoints, names) for step in checkpoints.steps(last)
    }
    return {step: made for step, made in steps.items() if made}


def watched_by_run(values: Any) -> Watched:  # noqa: ANN401 (jsonargparse's)
    """The steps that a run analyses while it trains, and what is made at each."""
    names = wanted(values.analyses)
    return watched_steps(names, values.checkpoints, values.online, values.trainer.max_steps)


def seconds_by_record(
    records: Iterable[Mapping[str, Any]], watched: Watched, steps: Iterable[int]
) -> float | None:
    """Seconds that the analyses of some of the `watched` steps take; None when none are logged.

    A step takes the median of those logged steps at which the same was made, or, as long as there
    are none, of all logged.
    """
    logged: dict[tuple[str, ...], list[float]] = {}
    for record in records:
        if SECONDS in record:
            made = watched.get(record["step"], ())
            logged.setdefault(made, []).append(record[SECONDS])
    if not logged:
        return None
    usual = median(seconds for some in logged.values() for seconds in some)
    typical = {made: median(some) for made, some in logged.items()}
    return sum(typical.get(watched[step], usual) for step in steps)


def seconds_shared(
    each: Mapping[str, float], shares: Mapping[str, int], watched: Watched, processes: int
) -> float:
    """Seconds of all `watched` steps, from those that each analysis takes by its name.

    The processes share the parts of a step's analyses, of which each has `shares`, equally long;
    the slowest process decides.
    """
    whole = 0.0
    for made in watched.values():
        parts = [each[name] / shares[name] for name in made for _ in range(shares[name])]
        whole += max(sum(Ranks(number, processes).share(parts)) for number in range(processes))
    return whole


def times_text(watched: Watched) -> str:
    """Which analyses are made how often, for the user to read."""
    counts: dict[str, int] = {}
    for made in watched.values():
        for name in made:
            counts[name] = counts.get(name, 0) + 1
    by_count: dict[int, list[str]] = {}
    for name, count in counts.items():
        by_count.setdefault(count, []).append(name)
    return ", ".join(
        f"{' '.join(names)} at {count:,} steps" for count, names in sorted(by_count.items())[::-1]
    )


def span(seconds: float) -> str:
    """Hours, minutes and seconds."""
    return str(timedelta(seconds=max(0, round(seconds))))
