"""Charts as files: PNG and SVG."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis import pictures
from analysis.pictures import Grid
from analysis.report.charts import STEP, Array, Chart, Lines, last_x, limits
from analysis.report.styles import style
from analysis.step_axis import label, place, ticks

COLUMNS = 2
WIDTH, HEIGHT = 6.0, 4.2
"""Inches of one panel."""

TITLE = 9
"""Points of a panel's title."""

INSIDE = 8
"""Curves that a legend among them has room for; that of more stands beside the panel."""


def save(chart: Chart, folder: Path) -> None:
    """Write `<key>.png` and `<key>.svg`, the same bytes each time."""
    with rc_context({"svg.hashsalt": chart.key, "axes.formatter.use_mathtext": False}):
        figure = draw(chart)
        figure.savefig(folder / f"{chart.key}.png", dpi=110)
        figure.set_layout_engine("none")  # what was found for the first serves the second
        figure.savefig(folder / f"{chart.key}.svg", metadata={"Date": None})


def draw(chart: Chart) -> Figure:
    """The panels of a chart, two beside each other."""
    across = min(COLUMNS, len(chart.panels))
    down = -(-len(chart.panels) // across)
    # A figure of its own, not pyplot's: drawing changes no state of the process.
    figure = Figure(figsize=(WIDTH * across, HEIGHT * down), layout="constrained")
    # What stands side by side is compared, unless it has rows of its own.
    alike = all(isinstance(panel, Lines) for panel in chart.panels)
    places = figure.subplots(down, across, squeeze=False, sharey=alike).ravel()
    ends = limits(chart)
    for axes, panel in zip(places, chart.panels, strict=False):
        if isinstance(panel, Grid):
            shown = pictures.show(axes, replace(panel, title=_plain(panel.title)), ends)
            axes.title.set_fontsize(TITLE)
            figure.colorbar(shown, ax=axes, label=panel.unit)
        else:
            _lines(axes, panel, last_x(chart))
    for axes in places[len(chart.panels) :]:
        axes.remove()
    figure.suptitle(_plain(chart.title))
    return figure


def _lines(axes: Axes, panel: Lines, last: int) -> None:
    for line in panel.lines:
        look = style(line)
        x = _along(line.x, panel)
        axes.plot(
            x,
            line.y,
            label=_plain(line.name),
            color=look.colour,
            linestyle=look.dash[1],
            marker=look.marker[1] if look.marker else None,
            markersize=4,
            linewidth=0.8 * look.width,
        )
        if line.low is None or line.high is None:
            continue
        if len(x) == 1:  # a point alone has no room for a band
            axes.vlines(x, line.low, line.high, color=look.colour, linewidth=0.8)
        elif len(x):
            axes.fill_between(x, line.low, line.high, color=look.colour, alpha=look.band, lw=0)
    if panel.x_axis == STEP:
        named = ticks(last)
        axes.set_xticks([place(step) for step in named], [label(step) for step in named])
        axes.set_xlim(-0.3, place(last) + 0.3)
        axes.tick_params(axis="x", rotation=60)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlim(-0.3, last + 0.3)
    if panel.logarithmic:
        axes.set_yscale("log")
    axes.tick_params(which="both", labelsize=7, labelleft=True)
    axes.grid(alpha=0.3)
    axes.set_xlabel(panel.x_axis)
    axes.set_ylabel(panel.y_axis)
    axes.set_title(_plain(panel.title), fontsize=TITLE)
    if len(panel.lines) > INSIDE:
        axes.legend(fontsize=6, loc="upper left", bbox_to_anchor=(1.01, 1))
    else:
        axes.legend(fontsize=6)


def _along(x: Array, panel: Lines) -> Array:
    """Where points stand along the horizontal axis."""
    return np.array([place(step) for step in x]) if panel.x_axis == STEP else x


def _plain(text: str) -> str:
    """Text that is not taken for mathematics."""
    return text.replace("$", r"\$")
