"""Whether languages share more with their own family: overlap within and between families."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.languages import FAMILIES
from analysis.pictures import Grid
from analysis.report.change import last_step, tell_against, tell_course, times
from analysis.report.charts import STEP, Chart, Line, Lines, Role, line
from analysis.report.groups import Group, bands, table_of
from analysis.report.overlap import RATIO, over_chance, tell_excess
from analysis.tables import ALL, ALL_LAYERS

RELATIONS = {"within": "within families", "between": "between families"}
COLUMNS = [
    "step", "relation", "family_a", "family_b", "layer", "k", "value", "chance", "ratio",
    "other_concepts", "low", "high", "excess", "excess_low", "excess_high", "p_value",
]  # fmt: skip


def families_course(groups: Sequence[Group]) -> Chart:
    """Overlap within and between families by step, all layers."""
    return Chart(
        "families_course",
        "Experts shared within and between families",
        f"All layers, over chance, with the {bands(groups)}. Experts of different concepts show "
        "how much is owed to units that answer to many concepts.",
        tuple(Lines(group.name, STEP, RATIO, _lines(_whole(group), STEP)) for group in groups),
        table_of(groups, _whole, COLUMNS),
    )


def families_depth(groups: Sequence[Group]) -> Chart:
    """Overlap within and between families by layer, at the last step."""
    return Chart(
        "families_depth",
        "Within and between families, along the depth",
        f"At the last step, over chance, with the {bands(groups)}.",
        tuple(Lines(group.name, "layer", RATIO, _lines(_last(group), "layer")) for group in groups),
        table_of(groups, _last, COLUMNS),
    )


def _lines(rows: pd.DataFrame, x: str) -> tuple[Line, ...]:
    rows = over_chance(rows)
    lines: list[Line] = []
    for number, (relation, name) in enumerate(RELATIONS.items()):
        part = rows[rows["relation"] == relation]
        other = f"{name}, different concepts"
        if len(part):
            lines += [
                line(part, x, name, number),
                line(part, x, other, number, "other_concepts", Role.CONTROL),
            ]
    return *lines, line(rows.drop_duplicates(x), x, "chance", 0, "chance", Role.CHANCE)


def families_grid(groups: Sequence[Group]) -> Chart:
    """Overlap family by family at the last step."""
    return Chart(
        "families_grid",
        "Experts shared, family by family",
        "Over chance, all layers, at the last step. A family of one language has no pair of its "
        "own.",
        tuple(_grid(group) for group in groups),
        table_of(groups, _pairs, COLUMNS),
    )


def _grid(group: Group) -> Grid:
    rows = _pairs(group)
    known = {*rows["family_a"], *rows["family_b"]}
    names = [*(one for one in FAMILIES if one in known), *sorted(known - set(FAMILIES))]
    place = {name: number for number, name in enumerate(names)}
    values = np.full((len(names), len(names)), np.nan)
    for a, b, ratio in zip(rows["family_a"], rows["family_b"], rows["ratio"], strict=True):
        values[place[a], place[b]] = values[place[b], place[a]] = ratio
    title = f"{group.name}, step {int(rows['step'].max()):,}"
    return Grid(title, values, names, names, "family", "family", RATIO)


def families_words(group: Group) -> list[str]:
    """What the overlap within and between families shows."""
    whole = _whole(group)
    rows = over_chance(whole)
    each = {
        name: part
        for relation, name in RELATIONS.items()
        if len(part := rows[rows["relation"] == relation])
    }
    first, *others = each
    beside = {f"what is shared {name}": each[name] for name in others}
    return [
        tell_against(f"what is shared {first}", each[first], beside, group.band, times),
        *(
            f"{tell_course(f'Experts shared {name}', part, group.band, times)} "
            f"{tell_excess(whole.loc[part.index], group.band)}"
            for name, part in each.items()
        ),
    ]


def _of_all(group: Group) -> pd.DataFrame:
    """The rows about all k experts, not about the best few of them."""
    return group.tables["families"].query("top == top.max()")


def _whole(group: Group) -> pd.DataFrame:
    rows = _of_all(group)
    return rows[(rows["family_a"] == ALL) & (rows["layer"] == ALL_LAYERS)]


def _last(group: Group) -> pd.DataFrame:
    rows = _of_all(group)
    return last_step(rows[(rows["family_a"] == ALL) & (rows["layer"] != ALL_LAYERS)])


def _pairs(group: Group) -> pd.DataFrame:
    rows = _of_all(group)
    return last_step(rows[(rows["family_a"] != ALL) & (rows["layer"] == ALL_LAYERS)])
