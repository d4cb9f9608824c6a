"""`python -m train status`: where a run is, from its configuration and its record alone."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import mean
from time import time
from typing import Any

import yaml

from analysis.errors import ArgumentParser, UserError
from analysis.layout import CONFIG
from analysis.metrics import METRICS
from analysis.settings import DEFAULTS
from callbacks.analyses import OnlineSettings
from callbacks.schedule import Schedule
from train.plan.times import SECONDS, Watched, read_record, seconds_by_record, span, watched_steps

RECENT = 20
"""Points of the training curve that the speed is averaged over."""

Record = Mapping[str, Any]


def main(argv: Sequence[str]) -> None:
    """Print one line for each run folder named; raises `UserError` for one that is none."""
    parser = ArgumentParser(prog="python -m train status", description="Where runs are.")
    parser.add_argument("run", nargs="+", type=Path, help="run folder")
    for run in parser.parse_args(argv).run:
        print(f"{run}: {status(run)}")


def status(run: Path, clock: Callable[[], float] = time) -> str:
    """Where a run is: step, loss, next checkpoint, time left, and when it was last heard of.

    Raises `UserError` for a folder that is no run.
    """
    config = _configuration(run / CONFIG)
    last = int(config["trainer"]["max_steps"])
    file = run / METRICS
    records = read_record(file)
    logged = [record for record in records if "loss/train" in record]
    if not logged:
        return f"not started, 0 of {last:,} steps"
    step, loss = int(logged[-1]["step"]), logged[-1]["loss/train"]
    if step >= last:
        return f"complete at step {step:,}, loss {loss:.3f}"
    coming = [at for at in Schedule(**config["checkpoints"]).steps(last) if at > step]
    heard = span(clock() - file.stat().st_mtime)
    return (
        f"step {step:,} of {last:,} ({step / last:.0%}), loss {loss:.3f}, next checkpoint at step "
        f"{coming[0]:,}, {span(_left(records, last, _watched(config, last)))} left at its "
        f"speed, last heard of {heard} ago"
    )


def _configuration(file: Path) -> dict[str, Any]:
    if not file.is_file():
        raise UserError(f"no {CONFIG}: not a run", where=file.parent, fix="name a run folder")
    try:
        config = yaml.safe_load(file.read_text(encoding="utf-8"))
        if {"trainer", "checkpoints", "online"} <= set(config):
            return dict(config)
    except (yaml.YAMLError, UnicodeDecodeError, TypeError):
        pass
    raise UserError("not the configuration of a run", where=file, fix="name a run folder")


def _watched(config: Record, last: int) -> Watched:
    """The steps that are analysed as they are written."""
    online = config["online"]
    settings = OnlineSettings(
        enabled=online["enabled"],
        schedule=Schedule(**online["schedule"]) if online["schedule"] else None,
        only={name: Schedule(**one) for name, one in online.get("only", {}).items()},
    )
    names = [name for name in DEFAULTS if config.get("analyses", {}).get(name) is not None]
    return watched_steps(names, Schedule(**config["checkpoints"]), settings, last)


def _left(records: Sequence[Record], last: int, watched: Watched) -> float:
    """Seconds of the training and of the analyses that are left, at the pace of late."""
    logged = [record for record in records if "loss/train" in record]
    step = logged[-1]["step"]
    tokens = logged[-1]["tokens/all"] / step * (last - step)
    speed = mean(record["speed/tokens_per_second"] for record in logged[-RECENT:])
    analysed = [record for record in records if SECONDS in record]
    coming = [at for at in watched if at > step]
    return float(tokens / speed) + (seconds_by_record(analysed[-RECENT:], watched, coming) or 0)
