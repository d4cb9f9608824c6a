"""What a figure shows, before anything is drawn: heat maps and curves as plain values.

`interactive.py` draws them for the page and `stills.py` for files, each from the same values.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.pictures import Grid
from analysis.step_axis import chosen

Array = npt.NDArray[np.float64]

NEUTRAL = 4
"""Number, and so colour, of what belongs to no curve alone: black."""

STEP = "step"
"""The horizontal axis of curves against training steps; it is drawn as `step_axis` has it."""


class Role(Enum):
    """What a curve is, which its dashes tell."""

    VALUE = "value"
    BASELINE = "baseline"
    CONTROL = "control"
    CHANCE = "chance"


@dataclass(frozen=True)
class Line:
    """A curve; `low` and `high` bound the band around it, NaN where there is none.

    `number` chooses colour and marker: what belongs together has one number.
    """

    name: str
    x: Array
    y: Array
    number: int
    role: Role = Role.VALUE
    low: Array | None = None
    high: Array | None = None


@dataclass(frozen=True)
class Lines:
    """Curves over one another, and what the axes are."""

    title: str
    x_axis: str
    y_axis: str
    lines: tuple[Line, ...]
    logarithmic: bool = False


Panel = Grid | Lines


@dataclass(frozen=True)
class Chart:
    """One figure: panels side by side, and the table that they show.

    `key` names its files. Heat maps of one figure share their colours. Without panels it is a table
    alone, which stands open.
    """

    key: str
    title: str
    caption: str
    panels: tuple[Panel, ...]
    table: pd.DataFrame


def line(
    rows: pd.DataFrame,
    x: str,
    name: str,
    number: int,
    y: str = "value",
    role: Role = Role.VALUE,
    *,
    band: bool = True,
) -> Line:
    """The curve of a table's columns `x` and `y`; the interval of a value is the band around it."""
    rows = rows.sort_values(x)
    band = band and role is Role.VALUE and y == "value" and {"low", "high"} <= set(rows.columns)
    return Line(
        name,
        rows[x].to_numpy(np.float64),
        rows[y].to_numpy(np.float64),
        number,
        role,
        rows["low"].to_numpy(np.float64) if band else None,
        rows["high"].to_numpy(np.float64) if band else None,
    )


def numbered(tables: Iterable[pd.DataFrame]) -> dict[int, int]:
    """The steps chosen of each table, and the number of each step in whichever it is."""
    steps = {step for rows in tables for step in chosen(rows["step"])}
    return {step: number for number, step in enumerate(sorted(steps))}


def at_steps(rows: pd.DataFrame, x: str, numbers: Mapping[int, int]) -> list[Line]:
    """Curves along `x` at chosen steps, `numbered`; the last alone has its band."""
    steps = chosen(rows["step"])
    return [
        line(rows[rows["step"] == step], x, f"step {step:,}", numbers[step], band=step == steps[-1])
        for step in steps
    ]


def level(over: Line, value: float, name: str, role: Role) -> Line:
    """A horizontal line as long as a curve and of its colour."""
    ends = np.array([over.x.min(), over.x.max()])
    return Line(name, ends, np.full(2, value), over.number, role)


def last_x(chart: Chart) -> int:
    """Where the longest curve of a chart ends, and so the axis of each of its panels."""
    panels = [panel for panel in chart.panels if isinstance(panel, Lines)]
    ends = [line.x.max() for panel in panels for line in panel.lines if len(line.x)]
    return int(max(ends, default=0))


def limits(chart: Chart) -> tuple[float, float] | None:
    """Lowest and highest value of a chart's heat maps; None where there is none."""
    grids = [panel.values for panel in chart.panels if isinstance(panel, Grid)]
    values = np.concatenate([grid.ravel() for grid in grids]) if grids else np.empty(0)
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if len(finite) else None
