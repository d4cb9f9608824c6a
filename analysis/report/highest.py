"""The layer in which two languages share most experts, and how sure that is."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from analysis.pictures import highest_grid
from analysis.report.change import last_step, share
from analysis.report.charts import Chart
from analysis.report.groups import Group, table_of
from analysis.summary import highest_layer
from analysis.tables import ALL, ALL_LAYERS


def highest_map(groups: Sequence[Group]) -> Chart:
    """In which share of draws over concepts each layer has the highest ratio, by step."""
    return Chart(
        "overlap_highest",
        "The layer with most experts shared",
        "Share of bootstrap draws over concepts in which a layer's overlap over chance is the "
        "highest: one bright layer is certain, several are not told apart.",
        tuple(replace(highest_grid(_layers(group)), title=group.name) for group in groups),
        table_of(groups, _layers, ["step", "layer", "ratio", "highest", "k"]),
    )


def highest_words(group: Group) -> str:
    """Which layer it is at the last step."""
    found = highest_layer(last_step(_layers(group)).set_index("layer"))
    if "highest_layer/share" not in found:
        return ""
    low, high = int(found["highest_layer/low"]), int(found["highest_layer/high"])
    among = f"layer {low}" if low == high else f"layers {low} to {high}"
    return (
        f"Drawn anew over concepts, layer {int(found['highest_layer'])} is the highest in "
        f"{share(found['highest_layer/share'])} of draws; 95 % of draws give {among}."
    )


def _layers(group: Group) -> pd.DataFrame:
    rows = group.tables["overlap"]
    return rows[(rows["language_a"] == ALL) & (rows["layer"] != ALL_LAYERS)]
