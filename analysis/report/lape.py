"""Language neurons: neurons that fire for few languages, by layer and step."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from analysis.pictures import lape_grid
from analysis.report.change import share, tell_course, tell_extremes, tell_places
from analysis.report.charts import STEP, Chart, Line, Lines, Role, line
from analysis.report.groups import Group, of, table_of
from analysis.tables import ALL, ALL_LAYERS

COLUMNS = ["step", "layer", "value", "low", "high", "chance", "neurons", "tokens"]


def lape_map(groups: Sequence[Group]) -> Chart:
    """Share of language neurons by layer and step."""
    return Chart(
        "lape_map",
        "Language neurons, by layer and step",
        "Share of a layer's neurons whose entropy over the languages is as low as shuffled "
        "documents hardly ever give.",
        tuple(replace(lape_grid(group.tables["lape"]), title=group.name) for group in groups),
        table_of(groups, _layers, COLUMNS),
    )


def lape_course(groups: Sequence[Group]) -> Chart:
    """Share of language neurons in all layers by step."""
    lines: list[Line] = []
    for number, group in enumerate(groups):
        name = of(group, groups)
        rows = _everything(group)
        lines += [
            line(rows, STEP, f"language neurons{name}", number),
            line(rows, STEP, f"documents shuffled{name}", number, "chance", Role.CHANCE),
        ]
    return Chart(
        "lape_course",
        "Language neurons, all layers",
        "Beside the share that documents shuffled over the languages give.",
        (Lines("", STEP, "share of the neurons", tuple(lines)),),
        table_of(groups, _everything, COLUMNS),
    )


def lape_words(group: Group) -> list[str]:
    """What became of language neurons."""
    everything, layers = _everything(group), _layers(group)
    return [
        tell_course("Language neurons (share of all neurons)", everything, group.band, share),
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
