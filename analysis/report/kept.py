"""Experts gained and kept from step to step."""

from collections.abc import Sequence

import pandas as pd

from analysis.report.change import share
from analysis.report.charts import STEP, Chart, Line, Lines, Role, line
from analysis.report.groups import Group, bands, of, table_of
from analysis.tables import MEAN

FIRST, PREVIOUS = "first", "previous"


def kept_chart(groups: Sequence[Group]) -> Chart:
    """Shares of the experts that were experts before, and that are new."""
    lines: list[Line] = []
    for number, group in enumerate(groups):
        name = of(group, groups)
        first, previous = (shares(group, since) for since in (FIRST, PREVIOUS))
        lines += [
            line(first, STEP, f"kept since the first step{name}", 3 * number),
            line(previous, STEP, f"kept since the step before{name}", 3 * number + 1),
            line(previous, STEP, f"gained since the step before{name}", 3 * number + 2, "gained"),
            line(first, STEP, f"chance of being kept{name}", 3 * number, "chance", Role.CHANCE),
        ]
    return Chart(
        "kept",
        "Experts kept and gained",
        "Of each concept's experts in a language: the share that were experts at the first step "
        f"analysed and at the one before, with the {bands(groups)}, and that are new. Weights that "
        "change little keep most.",
        (Lines("", STEP, "share of experts", tuple(lines)),),
        table_of(groups, "kept"),
    )


def kept_words(group: Group) -> list[str]:
    """What became of the experts."""
    first, previous = (shares(group, since).iloc[-1] for since in (FIRST, PREVIOUS))
    return [
        f"Of the experts at step {int(first['step']):,}, {_at(first, group.band)} and "
        f"{_at(previous, group.band)}; random sets give {share(first['chance'])}."
    ]


def _at(row: pd.Series, band: str) -> str:
    ends = f"{band} {share(row['low'])} to {share(row['high'])}"
    known = "no interval is known" if pd.isna(row["low"]) else ends
    return f"{share(row['value'])} were experts at step {int(row['since_step']):,} ({known})"


def shares(group: Group, since: str) -> pd.DataFrame:
    """By step: experts kept (with interval) and gained since an earlier one as shares of all."""
    rows = group.tables["kept"]
    rows = rows[(rows["language"] == MEAN) & (rows["since"] == since)].sort_values("step")
    return pd.DataFrame(
        {
            "step": rows["step"],
            "since_step": rows["since_step"],
            "value": rows["value"] / rows["k"],
            "low": rows["low"] / rows["k"],
            "high": rows["high"] / rows["k"],
            "gained": rows["replaced"] / rows["k"],
            "chance": rows["chance"] / rows["k"],
        }
    )
