"""Language neurons: neurons that fire for few languages, by layer and step."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pandas as pd

from analysis.pictures import lape_grid
from analysis.report.change import (
    change,
    share,
    tell_chance,
    tell_change,
    tell_extremes,
    tell_places,
)
from analysis.report.charts import STEP, Chart, Line, Lines, Role, line
from analysis.report.groups import Group
from analysis.tables import ALL, ALL_LAYERS


def lape_map(groups: Sequence[Group]) -> Chart:
    """Share of language neurons by layer and step."""
    return Chart(
        "lape_map",
        "Language neurons, by layer and step",
        "Share of a layer's neurons whose entropy over the languages is as low as shuffled "
        "documents hardly ever give.",
        tuple(replace(lape_grid(group.tables["lape"]), title=group.name) for group in groups),
        _table(groups, _layers),
    )


def lape_course(groups: Sequence[Group]) -> Chart:
    """Share of language neurons in all layers by step."""
    lines: list[Line] = []
    for number, group in enumerate(groups):
        of = f" ({group.name})" if len(groups) > 1 else ""
        rows = _everything(group)
        lines += [
            line(rows, STEP, f"language neurons{of}", number),
            line(rows, STEP, f"documents shuffled{of}", number, "chance", Role.CHANCE),
        ]
    return Chart(
        "lape_course",
        "Language neurons, all layers",
        f"With the {groups[0].band}, beside the share that documents shuffled over the languages "
        "give.",
        (Lines("", STEP, "share of the neurons", tuple(lines)),),
        _table(groups, _everything),
    )


def lape_words(group: Group) -> list[str]:
    """What became of language neurons."""
    everything, layers = _everything(group), _layers(group)
    return [
        tell_change(
            "Language neurons (share of all neurons)", change(everything), group.band, share
        ),
        tell_chance(everything, group.band, share),
        tell_places(layers, "layer", "layers"),
        tell_extremes(layers, "layer", group.band, share),
    ]


def _layers(group: Group) -> pd.DataFrame:
    rows = _shares(group)
    return rows[rows["layer"] != ALL_LAYERS]


def _everything(group: Group) -> pd.DataFrame:
    rows = _shares(group)
    return rows[rows["layer"] == ALL_LAYERS]


def _shares(group: Group) -> pd.DataFrame:
    """All languages together: counts as shares of the layer's neurons."""
    rows = group.tables["lape"]
    rows = rows[rows["language"] == ALL]
    names = ["value", "low", "high", "chance"]
    return rows.assign(**{name: rows[name] / rows["neurons"] for name in names})


def _table(groups: Sequence[Group], rows: Callable[[Group], pd.DataFrame]) -> pd.DataFrame:
    whole = pd.concat([rows(group).assign(run=group.name) for group in groups])
    return whole[["run", "step", "layer", "value", "low", "high", "chance", "neurons", "tokens"]]
