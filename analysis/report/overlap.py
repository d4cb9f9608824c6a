"""Whether two languages use the same units for the same concept: experts shared, over chance."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pandas as pd

from analysis.pictures import Grid, language_grid, overlap_grid
from analysis.report.change import (
    change,
    tell_chance,
    tell_change,
    tell_extremes,
    tell_places,
    times,
)
from analysis.report.charts import STEP, Chart, Line, Lines, Role, line
from analysis.report.groups import Group
from analysis.report.highest import highest_words
from analysis.step_axis import chosen
from analysis.tables import ALL, ALL_LAYERS

RATIO = "times chance"
COLUMNS = ["k", "value", "chance", "ratio", "other_concepts", "low", "high", "p_value"]


def overlap_map(groups: Sequence[Group]) -> Chart:
    """Overlap by layer and step."""
    return Chart(
        "overlap_map",
        "Experts shared, by layer and step",
        "Units that are experts of one concept in two languages, over the number that two random "
        "sets share: mean over concepts and pairs of languages.",
        tuple(replace(overlap_grid(group.tables["overlap"]), title=group.name) for group in groups),
        _table(groups, _by_layer),
    )


def overlap_course(groups: Sequence[Group]) -> Chart:
    """Overlap over all layers by step, beside that of different concepts."""
    lines: list[Line] = []
    for number, group in enumerate(groups):
        of = f" ({group.name})" if len(groups) > 1 else ""
        rows = over_chance(_everything(group))
        lines += [
            line(rows, STEP, f"same concept{of}", number),
            line(rows, STEP, f"different concepts{of}", number, "other_concepts", Role.CONTROL),
        ]
    lines.append(line(rows, STEP, "chance", 0, "chance", Role.CHANCE))
    return Chart(
        "overlap_course",
        "Experts shared, all layers",
        f"Over chance, with the {groups[0].band}. Experts of different concepts shared by two "
        "languages show how much is owed to units that answer to many concepts.",
        (Lines("", STEP, RATIO, tuple(lines)),),
        _table(groups, _everything),
    )


def overlap_depth(groups: Sequence[Group]) -> Chart:
    """Where in depth the shared experts are, at chosen steps."""
    return Chart(
        "overlap_depth",
        "Where in depth the shared experts are",
        "Units of each layer that are experts in both languages, mean over concepts and pairs. "
        f"Chance and the band ({groups[0].band}) belong to the last step.",
        tuple(Lines(group.name, "layer", "shared experts", _depth(group)) for group in groups),
        _table(groups, _by_layer),
    )


def _depth(group: Group) -> tuple[Line, ...]:
    rows = _by_layer(group)
    steps = chosen(rows["step"])
    lines = [
        line(rows[rows["step"] == step], "layer", f"step {step:,}", number, band=step == steps[-1])
        for number, step in enumerate(steps)
    ]
    last = rows[rows["step"] == steps[-1]]
    return *lines, line(last, "layer", "chance", len(steps) - 1, "chance", Role.CHANCE)


def overlap_languages(groups: Sequence[Group]) -> Chart:
    """Overlap language by language at chosen steps."""
    return Chart(
        "overlap_languages",
        "Experts shared, language by language",
        "Over chance, all layers, mean over concepts; languages of one family stand together.",
        tuple(panel for group in groups for panel in _languages(group)),
        _table(groups, _pairs),
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
    told = [
        tell_change("Experts shared by two languages", change(everything), group.band, times),
        tell_chance(everything, group.band, times),
        tell_places(layers, "layer", "layers"),
        tell_extremes(layers, "layer", group.band, times),
        highest_words(group),
    ]
    last = everything.sort_values("step").iloc[-1]
    if pd.notna(last["other_concepts"]):
        told.append(f"Experts of different concepts share {times(last['other_concepts'])} there.")
    pairs = _pairs(group)
    pairs = pairs[pairs["step"] == last["step"]].sort_values("ratio")
    if len(pairs) > 1:
        least, most = pairs.iloc[0], pairs.iloc[-1]
        told.append(
            f"Most is shared by {most['language_a']}-{most['language_b']} "
            f"({times(most['ratio'])}), least by {least['language_a']}-{least['language_b']} "
            f"({times(least['ratio'])})."
        )
    return told


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


def _table(groups: Sequence[Group], rows: Callable[[Group], pd.DataFrame]) -> pd.DataFrame:
    whole = pd.concat([rows(group).assign(run=group.name) for group in groups])
    about = [name for name in ("language_a", "language_b", "layer") if whole[name].nunique() > 1]
    return whole[["run", "step", *about, *COLUMNS]]
