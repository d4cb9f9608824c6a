"""Whether two languages use the same units for the same concept: experts shared, over chance."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from analysis.pictures import Grid, language_grid, overlap_grid
from analysis.report.change import (
    last_step,
    tell_change,
    tell_course,
    tell_extremes,
    tell_level,
    tell_places,
    times,
)
from analysis.report.charts import (
    NEUTRAL,
    STEP,
    Chart,
    Line,
    Lines,
    Role,
    at_steps,
    line,
    numbered,
)
from analysis.report.groups import Group, bands, of, table_of
from analysis.report.highest import highest_words
from analysis.step_axis import chosen
from analysis.tables import ALL, ALL_LAYERS

RATIO = "times chance"
COLUMNS = [
    "k", "value", "chance", "ratio", "other_concepts", "low", "high", "excess", "excess_low",
    "excess_high", "p_value",
]  # fmt: skip


def overlap_map(groups: Sequence[Group]) -> Chart:
    """Overlap by layer and step."""
    return Chart(
        "overlap_map",
        "Experts shared, by layer and step",
        "Units that are experts of one concept in two languages, over the number that two random "
        "sets share: mean over concepts and pairs of languages.",
        tuple(replace(overlap_grid(group.tables["overlap"]), title=group.name) for group in groups),
        table_of(groups, _by_layer, ["step", "layer", *COLUMNS]),
    )


def overlap_course(groups: Sequence[Group]) -> Chart:
    """Overlap over all layers by step, beside that of different concepts."""
    lines: list[Line] = []
    for number, group in enumerate(groups):
        name = of(group, groups)
        rows = over_chance(_everything(group))
        lines += [
            line(rows, STEP, f"same concept{name}", number),
            line(rows, STEP, f"different concepts{name}", number, "other_concepts", Role.CONTROL),
        ]
    lines.append(line(rows, STEP, "chance", 0, "chance", Role.CHANCE))
    return Chart(
        "overlap_course",
        "Experts shared, all layers",
        f"Over chance, with the {bands(groups)}. Experts of different concepts shared by two "
        "languages show how much is owed to units that answer to many concepts.",
        (Lines("", STEP, RATIO, tuple(lines)),),
        table_of(groups, _everything, ["step", *COLUMNS]),
    )


def overlap_excess(groups: Sequence[Group]) -> Chart:
    """What is shared beyond experts of different concepts, by step, all layers."""
    lines: list[Line] = []
    for number, group in enumerate(groups):
        rows = excess(_everything(group))
        lines.append(line(rows, STEP, f"same less different concepts{of(group, groups)}", number))
    lines.append(line(rows, STEP, "nothing goes with the concept", 0, "chance", Role.CHANCE))
    return Chart(
        "overlap_excess",
        "Experts shared beyond those of different concepts",
        f"The difference of the two curves, which vary together, with its own {bands(groups)}: "
        "what goes with the concept.",
        (Lines("", STEP, RATIO, tuple(lines)),),
        table_of(groups, _everything, ["step", *COLUMNS]),
    )


def overlap_depth(groups: Sequence[Group]) -> Chart:
    """Where in depth the shared experts are, at chosen steps."""
    numbers = numbered(map(_by_layer, groups))
    return Chart(
        "overlap_depth",
        "Where in depth the shared experts are",
        "Units of each layer that are experts in both languages, mean over concepts and pairs. "
        f"Chance and the band ({bands(groups)}) belong to the last step.",
        tuple(
            Lines(group.name, "layer", "shared experts", _depth(group, numbers)) for group in groups
        ),
        table_of(groups, _by_layer, ["step", "layer", *COLUMNS]),
    )


def _depth(group: Group, numbers: Mapping[int, int]) -> tuple[Line, ...]:
    rows = _by_layer(group)
    chance = line(last_step(rows), "layer", "chance", NEUTRAL, "chance", Role.CHANCE)
    return *at_steps(rows, "layer", numbers), chance


def overlap_languages(groups: Sequence[Group]) -> Chart:
    """Overlap language by language at chosen steps."""
    return Chart(
        "overlap_languages",
        "Experts shared, language by language",
        "Over chance, all layers, mean over concepts; languages of one family stand together.",
        tuple(panel for group in groups for panel in _languages(group)),
        table_of(groups, _pairs, ["step", "language_a", "language_b", *COLUMNS]),
    )


def _languages(group: Group) -> list[Grid]:
    rows = group.tables["overlap"]
    steps = chosen(rows["step"], number=4)
    return [
        replace(language_grid(rows, step), title=f"{group.name}, step {step:,}") for step in steps
    ]


def overlap_words(group: Group) -> list[str]:
    """What the overlap of experts shows."""
    everything, layers = (over_chance(rows) for rows in (_everything(group), _by_layer(group)))
    pairs = over_chance(_pairs(group))
    pairs["pair"] = pairs["language_a"] + "-" + pairs["language_b"]
    what = "Experts shared by two languages"
    return [
        f"{tell_course(what, everything, group.band, times)} "
        f"{tell_excess(_everything(group), group.band)}",
        tell_places(layers, "layer", "layers"),
        tell_extremes(layers, "layer", group.band, times),
        highest_words(group),
        tell_extremes(pairs, "pair", group.band, times, "between"),
    ]


def tell_excess(rows: pd.DataFrame, band: str) -> str:
    """What experts of different concepts share, and whether the same concept has more."""
    level = last_step(over_chance(rows))["other_concepts"].item()
    if pd.isna(level):
        return ""  # there is one concept
    beyond = excess(rows)
    return (
        f"Experts of different concepts share {times(level)} there. "
        f"{tell_change('What the same concept has beyond that', beyond, band, _more)} "
        f"{tell_level('0', beyond, band)}"
    )


def _more(value: float) -> str:
    return f"{value:+.2f} times chance"


def excess(rows: pd.DataFrame) -> pd.DataFrame:
    """What is shared beyond different concepts, over chance, beside 0."""
    ends = {"value": "excess", "low": "excess_low", "high": "excess_high"}
    over = {name: rows[column] / rows["chance"] for name, column in ends.items()}
    return rows.assign(**over, chance=0.0)


def over_chance(rows: pd.DataFrame) -> pd.DataFrame:
    """The same rows with all counts over the count that chance gives."""
    names = ["value", "low", "high", "other_concepts", "chance"]
    return rows.assign(**{name: rows[name] / rows["chance"] for name in names})


def _everything(group: Group) -> pd.DataFrame:
    rows = _all_experts(group)
    return rows[(rows["language_a"] == ALL) & (rows["layer"] == ALL_LAYERS)]


def _by_layer(group: Group) -> pd.DataFrame:
    rows = _all_experts(group)
    return rows[(rows["language_a"] == ALL) & (rows["layer"] != ALL_LAYERS)]


def _pairs(group: Group) -> pd.DataFrame:
    rows = _all_experts(group)
    return rows[(rows["language_a"] != ALL) & (rows["layer"] == ALL_LAYERS)]


def _all_experts(group: Group) -> pd.DataFrame:
    """The rows about all k experts, not about the best few of them."""
    return group.tables["overlap"].query("top == top.max()")
