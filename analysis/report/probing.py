"""Whether the language of a token can be read off its state: by depth and step."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from analysis.pictures import probing_grid
from analysis.report.change import (
    last_step,
    share,
    tell_against,
    tell_course,
    tell_extremes,
    tell_places,
)
from analysis.report.charts import (
    NEUTRAL,
    STEP,
    Chart,
    Line,
    Lines,
    Role,
    at_steps,
    level,
    line,
    numbered,
)
from analysis.report.groups import Group, bands, of, table_of

ACCURACY = "accuracy"
COLUMNS = ["step", "depth", "task", "value", "low", "high", "chance"]


def probing_map(groups: Sequence[Group]) -> Chart:
    """Accuracy by depth and step."""
    return Chart(
        "probing_map",
        "Language probing, by depth and step",
        "Accuracy of a linear probe that tells a token's language; depth 0 is the embeddings, "
        "depth d what block d leaves.",
        tuple(replace(probing_grid(group.tables["probing"]), title=group.name) for group in groups),
        table_of(groups, "probing", COLUMNS),
    )


def probing_curves(groups: Sequence[Group]) -> Chart:
    """Accuracy along the depth at chosen steps; the interval is that of the last."""
    numbers = numbered(_task(group, "language") for group in groups)
    return Chart(
        "probing_curves",
        "Language probing along the depth",
        f"At chosen steps, beside chance and the control task (labels drawn at random for each "
        f"token type). The band belongs to the last step: {bands(groups)}; of several probe seeds "
        "from the lowest end of theirs to the highest.",
        tuple(Lines(group.name, "depth", ACCURACY, _curves(group, numbers)) for group in groups),
        table_of(groups, "probing", COLUMNS),
    )


def _curves(group: Group, numbers: Mapping[int, int]) -> tuple[Line, ...]:
    rows, control = _task(group, "language"), last_step(_task(group, "control"))
    lines = at_steps(rows, "depth", numbers)
    lines.append(line(last_step(rows), "depth", "chance", NEUTRAL, "chance", Role.CHANCE))
    if len(control):
        name = "control task, last step"
        lines.append(line(control, "depth", name, NEUTRAL, role=Role.CONTROL))
    return tuple(lines)


def probing_spread(groups: Sequence[Group]) -> Chart:
    """Mean over depths by step, and the depths with the lowest and the highest accuracy."""
    lines: list[Line] = []
    for number, group in enumerate(groups):
        name = of(group, groups)
        rows = _over_depths(_task(group, "language"))
        spread = rows.assign(low=rows["lowest"], high=rows["highest"])
        mean = line(spread, STEP, f"mean{name}", number)
        lines += [mean, line(rows, STEP, f"chance{name}", number, "chance", Role.CHANCE)]
        untrained = rows.loc[rows["step"] == 0, "value"]
        if len(untrained):
            lines.append(level(mean, untrained.item(), f"untrained{name}", Role.BASELINE))
        control = _task(group, "control")
        if len(control):
            means = _over_depths(control)
            lines.append(line(means, STEP, f"control task{name}", number, role=Role.CONTROL))
    return Chart(
        "probing_spread",
        "Language probing: mean and spread over depths",
        "Mean over depths; the band reaches from the depth with the lowest accuracy to the one "
        "with the highest. Beside it the untrained network (step 0), chance and the control task.",
        (Lines("", STEP, ACCURACY, tuple(lines)),),
        table_of(
            groups,
            lambda group: _over_depths(_task(group, "language")),
            ["step", "value", "low", "high", "lowest", "highest", "chance"],
        ),
    )


def probing_words(group: Group) -> list[str]:
    """What the probes found."""
    rows = _task(group, "language")
    mean, control = _over_depths(rows), _over_depths(_task(group, "control"))
    beside = {"that of the control task": control}
    told = [
        tell_course("Probing accuracy (mean over depths)", mean, group.band, share),
        tell_against("accuracy", mean, beside, group.band, share),
    ]
    return [
        " ".join(told),
        tell_places(rows, "depth", "depths"),
        tell_extremes(rows, "depth", group.band, share),
    ]


def _task(group: Group, task: str) -> pd.DataFrame:
    rows = group.tables["probing"]
    return rows[rows["task"] == task]


def _over_depths(rows: pd.DataFrame) -> pd.DataFrame:
    """By step: means over depths of value, interval's ends and chance, and the extreme depths.

    The mean of the ends is wide enough however the depths' errors go together.
    """
    steps = rows.groupby("step")
    means = steps[["value", "low", "high", "chance"]].mean(skipna=False)
    means["lowest"], means["highest"] = steps["value"].min(), steps["value"].max()
    return means.reset_index()
