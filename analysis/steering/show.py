"""`python -m analysis show steering`: what a model wrote under each forcing, in the terminal."""

import argparse
from collections.abc import Iterator
from typing import Any

import pandas as pd

from analysis.results import chosen_step, find_results, read_table, table_path
from analysis.steering.units import NONE
from analysis.tables import ALL, TABLES

SHARES = 5
"""Languages that are told of each forcing, the most frequent ones."""


def add_command(of: "argparse._SubParsersAction[Any]") -> None:
    """Add `steering` to what `python -m analysis show` can print."""
    steering = of.add_parser("steering", help="texts under forced units, and their languages")
    steering.add_argument("target", metavar="RUN_OR_RESULTS", help="run folder or results folder")
    steering.add_argument("--step", type=int, help="step to show (default: the last)")
    steering.add_argument("--texts", type=int, default=3, help="texts of each forcing (default: 3)")
    steering.set_defaults(command=_show)


def _show(arguments: argparse.Namespace) -> None:
    folder = find_results(arguments.target)
    step = chosen_step(folder, "steering", arguments.step)
    texts = read_table(table_path(folder, "steering_texts", step))
    # By name, so that a table of an earlier version is told and not taken for a whole one.
    scores = read_table(table_path(folder, "steering", step), list(TABLES["steering"]))
    print("\n".join(report(texts, scores, arguments.texts)))


def report(texts: pd.DataFrame, scores: pd.DataFrame, sample: int) -> Iterator[str]:
    """Lines: shares and measures of each forcing, and its first texts, by source language.

    Texts are as the model wrote them but for line breaks and control characters, which would
    disarrange the terminal.
    """
    keys = ["source_language", "forcing", "k", "factor"]
    yield f"step {texts['step'].iloc[0]}, texts from {texts['start'].iloc[0]}"
    means = scores[(scores["concept"] == ALL) & ~scores["metric"].str.startswith("identifier_")]
    for _, rows in means.groupby(keys, sort=False):
        first = rows.iloc[0]
        own = texts[(texts[keys] == first[keys]).all(axis=1)]
        yield ""
        yield f"{_title(first)}: {len(own)} texts"
        yield f"  {_shares(rows)}"
        yield f"  {_measures(rows)}"
        yield from _differences(rows)
        # Spread over concepts: the first seeds of each would all be about the first concept.
        spread = own.sort_values(["seed", "concept"], kind="stable").iloc[:sample]
        for row in spread.to_dict("records"):
            about = f" {row['concept']}" if row["concept"] != ALL else ""
            said = f", says it in {row['mentions']}" if row["mentions"] else ""
            yield (
                f"  [{row['language']} {row['confidence']:.2f}{about} seed {row['seed']}{said}] "
                f"{_line(str(row['text']))}"
            )


def _title(row: pd.Series) -> str:
    if row["forcing"] == NONE:
        return "nothing forced"
    times = "" if row["factor"] == 1 else f" at {row['factor']:g} times their values"
    kind = {
        "experts": "experts",
        "random": "random units beside the experts",
        "shuffled": "experts of shuffled labels",
    }[str(row["forcing"])]
    return f"{row['source_language']}, {row['k']} {kind}{times}"


def _differences(rows: pd.DataFrame) -> Iterator[str]:
    """What forcing changes of these shares: a line for each thing that it is compared with."""
    for column, words in (
        ("difference", "no forcing"),
        ("over_random", "random units"),
        ("over_shuffled", "shuffled labels"),
    ):
        told = [
            f"{row['language']} {100 * row[column]:+.0f}"
            f" [{100 * row[f'{column}_low']:+.0f} {100 * row[f'{column}_high']:+.0f}]"
            for row in _most(rows[rows[column].notna()]).to_dict("records")
        ]
        if told:
            yield f"  points above {words}: {', '.join(told)}"


def _most(rows: pd.DataFrame) -> pd.DataFrame:
    """The largest shares of languages."""
    shares = rows[(rows["metric"] == "language_share") & (rows["value"] > 0)]
    return shares.sort_values("value", ascending=False, kind="stable").head(SHARES)


def _shares(rows: pd.DataFrame) -> str:
    return ", ".join(
        f"{row['language']} {100 * row['value']:.0f} %"
        f" [{100 * row['low']:.0f} {100 * row['high']:.0f}] (unforced {100 * row['chance']:.0f} %)"
        for row in _most(rows).to_dict("records")
    )


def _measures(rows: pd.DataFrame) -> str:
    told = {row["metric"]: row for row in rows[rows["language"] == ALL].to_dict("records")}
    parts = []
    for metric, words, scale, unit in (
        ("about", "about the concept", 100, " %"),
        ("repetition", "repeated", 100, " %"),
        ("nats_per_token", "nats a token", 1, ""),
    ):
        if metric in told:
            value, chance = (scale * told[metric][name] for name in ("value", "chance"))
            digits = 0 if unit else 2
            parts.append(f"{words} {value:.{digits}f}{unit} ({chance:.{digits}f}{unit})")
    return ", ".join(parts)


def _line(text: str) -> str:
    """The text on one line; whether a character is shown is asked of Python, not of the terminal.

    Joiners and direction marks, which scripts need, stay.
    """
    return "".join(
        letter if letter.isprintable() or letter in _KEPT else " " for letter in text
    ).strip()


_KEPT = "\u200c\u200d\u200e\u200f"
