"""`python -m analysis show`: what an analysis found at one step, in the terminal.

Most of it are tables; texts written under a forcing are `analysis.steering.show`'s.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.results import chosen_step, find_results, read_table, table_path
from analysis.steering import show as steering
from analysis.tables import ALL, ALL_LAYERS


@dataclass(frozen=True)
class View:
    """What is shown: `make` builds it from a results folder at a step that has the table `table`.

    `title` says what the rows and numbers are.
    """

    title: str
    table: str
    make: Callable[[Path, int], pd.DataFrame]


def add_command(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add `show`, with a command of its own for each view, to those of `python -m analysis`."""
    parser = commands.add_parser("show", help="print what an analysis found at one step")
    of = parser.add_subparsers(required=True, metavar="WHAT")
    for name, view in VIEWS.items():
        what = of.add_parser(name, help=view.title)
        what.add_argument("target", metavar="RUN_OR_RESULTS", help="run folder or results folder")
        what.add_argument("--step", type=int, help="step to show (default: the last)")
        what.set_defaults(command=_show, view=name)
    steering.add_command(of)


def _show(arguments: argparse.Namespace) -> None:
    print(show(arguments.view, find_results(arguments.target), arguments.step))


def show(name: str, results: Path, step: int | None = None) -> str:
    """The table of a view as text, under a line that says what it is.

    Raises `UserError` when the step, or any, has not been analysed.
    """
    view = VIEWS[name]
    step = chosen_step(results, view.table, step)
    rows = view.make(results, step)
    return f"step {step}: {view.title}\n{rows.to_string(index=False, float_format=_number)}"


def _number(value: float) -> str:
    return f"{value:.4g}"


def _probing(results: Path, step: int) -> pd.DataFrame:
    where = [("language", "==", ALL), ("metric", "==", "accuracy")]
    rows = read_table(table_path(results, "probing", step), where=where)
    # Of several probe seeds the interval holds all of theirs: their mean has none.
    ends = {"value": "mean", "low": "min", "high": "max", "chance": "mean"}
    means = rows.groupby(["task", "depth"]).agg(ends)
    control = means["value"].get("control")
    return means.loc["language"].assign(control=control).reset_index()


def _overlap(results: Path, step: int) -> pd.DataFrame:
    where = [("concept", "==", ALL), ("language_a", "==", ALL)]
    names = [
        "layer", "k", "value", "low", "high", "chance", "ratio", "p_value", "other_concepts",
        "excess", "excess_low", "excess_high",
    ]  # fmt: skip
    rows = read_table(table_path(results, "overlap", step), [*names, "top"], where)
    rows = rows.query("top == top.max()")[names]  # all experts, not the best few
    return rows.assign(layer=rows["layer"].astype(str).replace(str(ALL_LAYERS), ALL))


def _experts(results: Path, step: int) -> pd.DataFrame:
    """By language, means over concepts; the best expert beside the best of permuted labels."""
    experts = read_table(table_path(results, "experts", step))
    samples = read_table(table_path(results, "samples", step))
    by_language = experts.groupby("language", sort=False)
    sampled = samples.groupby("language", sort=False)
    return pd.DataFrame(
        {
            "discoveries": sampled["discoveries"].mean(),
            "ap_best": experts[experts["rank"] == 0].groupby("language")["ap"].mean(),
            "best_by_chance": sampled["null_max"].mean(),
            "ap_heldout": by_language["ap_test"].mean(),
            "chance_heldout": by_language["chance_test"].mean(),
        }
    ).reset_index(names="language")


VIEWS: dict[str, View] = {
    "probing": View(
        "probing accuracy by depth, mean over probe seeds, interval around all of theirs, with the "
        "control task's",
        "probing",
        _probing,
    ),
    "overlap": View(
        "experts shared by two languages, by layer, mean over concepts and pairs",
        "overlap",
        _overlap,
    ),
    "experts": View(
        "average precision of experts by language, mean over concepts", "experts", _experts
    ),
}
"""What can be shown, by the word on the command line."""
