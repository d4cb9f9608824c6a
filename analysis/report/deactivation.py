"""What setting a language's neurons to zero costs it and the others."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from analysis.pictures import deactivation_grid
from analysis.report.change import last_step, tell_against, tell_course
from analysis.report.charts import STEP, Chart, Line, Lines, Role, line
from analysis.report.groups import Group, bands, table_of

BITS = "bits per byte added"
OWN, OTHERS = "its own neurons", "another language's neurons"


def deactivation_map(groups: Sequence[Group]) -> Chart:
    """Loss added language by language at the last step, beside that of random neurons."""
    grids = [
        replace(
            deactivation_grid(group.tables["deactivation"], column), title=f"{group.name}, {which}"
        )
        for group in groups
        for column, which in (("value", "language neurons"), ("chance", "random neurons"))
    ]
    return Chart(
        "deactivation_map",
        "Loss without a language's neurons",
        "Bits per byte that each text costs more at the last step, without a language's neurons "
        "and without as many random ones of the same layers (chance).",
        tuple(grids),
        table_of(groups, lambda group: last_step(group.tables["deactivation"])),
    )


def deactivation_course(groups: Sequence[Group]) -> Chart:
    """Loss added by step: of a language's own neurons and of the others'."""
    panels = tuple(Lines(group.name, STEP, BITS, _lines(group)) for group in groups)
    columns = ["step", "neurons_of", "value", "low", "high", "chance"]
    return Chart(
        "deactivation_course",
        "Loss without language neurons, by step",
        f"Mean over languages, with the {bands(groups)}; random neurons beside them.",
        panels,
        table_of(groups, _means, columns),
    )


def _lines(group: Group) -> tuple[Line, ...]:
    lines: list[Line] = []
    for number, (name, rows) in enumerate(_each(group).items()):
        random = f"random ones for {name}"
        lines += [
            line(rows, STEP, f"without {name}", number),
            line(rows, STEP, random, number, "chance", Role.CHANCE),
        ]
    return tuple(lines)


def deactivation_words(group: Group) -> list[str]:
    """Whether languages depend on neurons of their own."""
    each = _each(group)
    if OWN not in each:
        return []
    own = each[OWN]
    beside = {f"that without {name}": rows for name, rows in each.items() if name != OWN}
    told = [
        tell_course(f"Loss added to a language without {OWN}", own, group.band, _bits),
        tell_against(f"loss added without {OWN}", own, beside, group.band, _bits),
    ]
    return [" ".join(told)]


def _each(group: Group) -> dict[str, pd.DataFrame]:
    rows = _means(group)
    return {name: part for name in (OWN, OTHERS) if len(part := rows[rows["neurons_of"] == name])}


def _means(group: Group) -> pd.DataFrame:
    """By step, means over languages; that of the intervals' ends is wide enough, however they go.

    Only languages that have neurons at all steps are in it: others would move the mean. Where the
    interval of one of them is not known (of a single document), that of the mean is not.
    """
    rows = group.tables["deactivation"]
    steps = rows["step"].nunique()
    always = rows.groupby("neurons_of")["step"].transform("nunique") == steps
    rows = rows[always]
    own = (rows["neurons_of"] == rows["language"]).map({True: OWN, False: OTHERS})
    keys = [rows["step"], own.rename("neurons_of")]
    return rows.groupby(keys)[["value", "low", "high", "chance"]].mean(skipna=False).reset_index()


def _bits(value: float) -> str:
    return f"{value:+.3f} bits per byte"
