"""Experts that stay: how many of an earlier step's experts are experts still.

Each analysed step is compared with the one analysed before it and with the first. `chance` is what
two random sets of k among N units share, k^2 / N. Weights that change little keep most experts,
whatever these know; the first step shows what an untrained network already had. Intervals are
bootstrapped over concepts, which were sampled; all languages of a concept stay together.

Reads nothing but the tables of a results folder, so a run gets the same while it goes on as later.
"""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.results import comparable, made_from, read_table, table_path, write_derived
from analysis.statistics.bootstrap import Interval, resampled_ratios
from analysis.tables import ALL, MEAN, columns

FIRST, PREVIOUS = "first", "previous"

_VERSION = 1
"""Counts the changes that make the table another, as those of `analysis.run.ANALYSES` do."""

_SEED = 0
"""Of the bootstrap: the table is made from tables alone, whose settings are not at hand."""

_UNITS = ["concept", "language", "module", "unit"]


def write_kept(results: Path, last_step: int | None = None) -> None:
    """Write the table of every step (up to `last_step`) that has one before it.

    Those that stand, made from the same tables, are not made again. Raises `UserError` for a table
    that is damaged.
    """
    steps = list(comparable(results, "experts", last_step))
    for number, step in enumerate(steps[1:], start=1):
        since = {FIRST: steps[0], PREVIOUS: steps[number - 1]}
        notes = {name: made_from(table_path(results, "experts", at)) for name, at in since.items()}
        own = made_from(table_path(results, "experts", step))
        source = {
            "settings": own.get("settings"),
            "text": own.get("text"),
            "experts": own,
            "since": {name: [at, notes[name]] for name, at in since.items()},
        }
        make = partial(_of_step, results, step, since)
        write_derived(results, "kept", step, source, make, version=_VERSION)


def _of_step(results: Path, step: int, since: dict[str, int]) -> pd.DataFrame:
    sizes = read_table(
        table_path(results, "samples", step), columns=["concept", "language", "units"]
    )
    now, *earlier = (
        read_table(table_path(results, "experts", at), columns=_UNITS)
        for at in (step, *since.values())
    )
    frames = [
        kept_experts(now, before, sizes).assign(since=name, since_step=at)
        for (name, at), before in zip(since.items(), earlier, strict=True)
    ]
    return pd.concat(frames, ignore_index=True)


def kept_experts(
    now: pd.DataFrame, before: pd.DataFrame, sizes: pd.DataFrame, *, draws: int = 1000
) -> pd.DataFrame:
    """Experts of `before` that are experts in `now`: two experts tables of the same k.

    `sizes` gives the `units` that experts of a concept and language are chosen among. Rows: every
    concept in every language that both tables have; the mean over concepts ("all") of each
    language; the mean over languages ("mean", "all") of these. Columns: those of the table "kept"
    but the two that say which step `before` is of.
    """
    keys = ["concept", "language"]
    # A unit is an expert of a concept once, so that a match is one expert kept.
    shared = now.merge(before, on=_UNITS).groupby(keys).size().rename("value")
    k, k_before = (
        rows.groupby(keys, sort=False).size().rename(name)
        for rows, name in ((now, "k"), (before, "k_before"))
    )
    each = pd.concat([k, k_before], axis=1, join="inner").join(shared)
    assert (each["k"] == each["k_before"]).all(), "tables of different k"
    each = each.drop(columns="k_before").fillna({"value": 0}).astype("float64").reset_index()
    each = each.merge(sizes, on=keys)
    each["chance"] = each["k"] ** 2 / each.pop("units")
    each["replaced"] = each["k"] - each["value"]
    numbers = ["k", "value", "chance", "replaced"]
    languages = each.groupby("language", sort=False)[numbers].mean().reset_index()
    mean = languages[numbers].mean().to_frame().T.assign(language=MEAN)
    means = pd.concat([languages, mean], ignore_index=True).assign(concept=ALL)
    means["low"], means["high"] = _ends(each, list(languages["language"]), draws)
    rows = pd.concat([each.assign(low=np.nan, high=np.nan), means], ignore_index=True)
    rows["ratio"] = rows["value"] / rows["chance"]
    return rows[[name for name in columns("kept") if name in rows]]


def _ends(each: pd.DataFrame, languages: list[str], draws: int) -> Interval:
    """Intervals of the value's mean over concepts, of every language and of the mean over these."""
    value_CL = each.pivot(index="concept", columns="language", values="value")[languages].to_numpy()
    there_CL = ~np.isnan(value_CL)
    own = resampled_ratios(np.nan_to_num(value_CL), there_CL, seed=_SEED, draws=draws)
    alone, mean = own.interval(), own.mean().interval()
    return Interval(np.append(alone.low, mean.low), np.append(alone.high, mean.high))
