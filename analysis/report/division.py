"""Whether experts of concepts are language neurons: their number over what chance gives."""

from collections.abc import Sequence

import pandas as pd

from analysis.report.change import last_step, tell_against, tell_course, times
from analysis.report.charts import STEP, Chart, Line, Lines, Role, line
from analysis.report.groups import Group, bands, table_of
from analysis.report.overlap import RATIO
from analysis.tables import ALL, ALL_LAYERS, MEAN

KINDS = {
    "own": "experts in the same language",
    "other": "experts in another language",
    "shared": "experts shared by languages",
    "single": "experts in one language only",
}
COLUMNS = [
    "step", "layer", "experts", "language", "neurons", "k", "language_neurons", "value",
    "chance", "ratio", "low", "high", "p_value",
]  # fmt: skip


def division_course(groups: Sequence[Group]) -> Chart:
    """Language neurons among experts by step, all layers."""
    return Chart(
        "division_course",
        "Language neurons among experts",
        "Neurons of the MLPs that are experts of a concept and language neurons, over the number "
        f"of random sets; band: {bands(groups)}. Below 1 the two divide the neurons.",
        tuple(Lines(group.name, STEP, RATIO, _lines(_whole(group), STEP)) for group in groups),
        table_of(groups, _whole, COLUMNS),
    )


def division_depth(groups: Sequence[Group]) -> Chart:
    """Language neurons among experts by layer, at the last step."""
    return Chart(
        "division_depth",
        "Language neurons among experts, along the depth",
        f"At the last step; band: {bands(groups)}. Layers without language neurons are left out.",
        tuple(Lines(group.name, "layer", RATIO, _lines(_last(group), "layer")) for group in groups),
        table_of(groups, _last, COLUMNS),
    )


def _lines(rows: pd.DataFrame, x: str) -> tuple[Line, ...]:
    lines = [
        line(part, x, name, number)
        for number, (kind, name) in enumerate(KINDS.items())
        if len(part := _over_chance(rows, kind))
    ]
    if not lines:
        return ()
    every = rows[rows["chance"] > 0].drop_duplicates(x).assign(one=1.0)
    return *lines, line(every, x, "chance", 0, "one", Role.CHANCE)


def division_words(group: Group) -> list[str]:
    """Whether experts and language neurons go together."""
    rows = _whole(group)
    each = {name: part for kind, name in KINDS.items() if len(part := _over_chance(rows, kind))}
    own, other = KINDS["own"], KINDS["other"]
    told = []
    if own in each:
        what, beside = f"anguage neurons among {own}", {}
        if other in each:
            beside = {f"those among {other}": each[other]}
        told.append(
            f"{tell_course(f'L{what}', each[own], group.band, times)} "
            f"{tell_against(f'l{what}', each[own], beside, group.band, times)}"
        )
    for kind in ("shared", "single"):
        if KINDS[kind] in each:
            last = last_step(each[KINDS[kind]]).iloc[0]
            p_value = last["p_value"]
            known = "no p-value is known" if pd.isna(p_value) else f"p = {p_value:.2g}"
            told.append(
                f"Among {KINDS[kind]} there are {times(last['value'])} at step "
                f"{int(last['step']):,}; that random sets give as many: {known}."
            )
    return told


def _over_chance(rows: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Rows of one kind of experts as multiples of chance; none where chance gives nothing."""
    part = rows[(rows["experts"] == kind) & (rows["chance"] > 0)]
    over = {name: part[name] / part["chance"] for name in ("value", "low", "high", "chance")}
    return part.assign(**over)


def _whole(group: Group) -> pd.DataFrame:
    rows = _of_languages(group)
    return rows[rows["layer"] == ALL_LAYERS]


def _last(group: Group) -> pd.DataFrame:
    rows = _of_languages(group)
    return last_step(rows[rows["layer"] != ALL_LAYERS])


def _of_languages(group: Group) -> pd.DataFrame:
    """All languages together: each neuron once, or their mean."""
    rows = group.tables["division"]
    return rows[rows["language"].isin([ALL, MEAN])]
