"""Charts as plotly draws them in the page: zoom, hover, a legend that hides curves."""

import html

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from analysis.pictures import COLOURS, Grid, edges
from analysis.report.charts import STEP, Chart, Line, Lines, Role, last_x, limits
from analysis.report.styles import style
from analysis.step_axis import label, place, ticks

COLUMNS = 2
HEIGHT = 430
"""Pixels of one row of panels."""

TOP, BOTTOM = 50, 70
"""Pixels above and below the panels."""

ENTRY = 20
"""Pixels of an entry of the legend."""


def height(chart: Chart) -> int:
    """Pixels of a chart, enough for a legend that need not be scrolled."""
    names = {line.name for panel in chart.panels for line in _lines_of(panel)}
    return max(HEIGHT * -(-len(chart.panels) // COLUMNS), TOP + BOTTOM + ENTRY * len(names))


def figure(chart: Chart) -> go.Figure:
    """The panels of a chart, two beside each other; names of runs are text, never markup."""
    across = min(COLUMNS, len(chart.panels))
    down = -(-len(chart.panels) // across)
    drawn = make_subplots(
        down,
        across,
        subplot_titles=[_text(panel.title) for panel in chart.panels],
        horizontal_spacing=0.14 if across > 1 else 0,
        vertical_spacing=0.27 / down,
    )
    ends, last = limits(chart), last_x(chart)
    for number, panel in enumerate(chart.panels):
        row, column = number // across + 1, number % across + 1
        if isinstance(panel, Grid):
            drawn.add_trace(_heat(panel), row, column)
        else:
            # One legend serves all panels: a curve of the same name stands in it once.
            before = {line.name for other in chart.panels[:number] for line in _lines_of(other)}
            for line in panel.lines:
                for trace in _curve(line, panel, legend=line.name not in before):
                    drawn.add_trace(trace, row, column)
        _axes(drawn, panel, last, row, column)
    if ends is not None:
        unit = next(panel.unit for panel in chart.panels if isinstance(panel, Grid))
        drawn.update_layout(
            coloraxis={
                "colorscale": COLOURS,
                "cmin": ends[0],
                "cmax": ends[1],
                "colorbar": {"title": {"text": unit, "side": "right"}},
            }
        )
    drawn.update_layout(
        template="none",
        height=height(chart),
        margin={"l": 70, "r": 20, "t": TOP, "b": BOTTOM},
        hovermode="closest",
        legend={"tracegroupgap": 0, "font": {"size": 11}},
    )
    if all(isinstance(panel, Lines) for panel in chart.panels):
        drawn.update_yaxes(matches="y")  # what stands side by side is compared
    return drawn


def _heat(grid: Grid) -> go.Heatmap:
    columns = grid.columns
    x: list[float] | list[str] = [_text(name) for name in columns]
    if grid.steps:
        x = edges([place(step) for step in grid.steps])
        columns = [f"{step:,}" for step in grid.steps]
    return go.Heatmap(
        z=grid.values.astype(np.float32),
        x=x,
        y=[_text(name) for name in grid.rows],
        customdata=[columns] * len(grid.rows),
        coloraxis="coloraxis",
        hoverongaps=False,
        hovertemplate=(
            f"{grid.column_axis} %{{customdata}}<br>{grid.row_axis} %{{y}}<br>"
            f"%{{z:.4g}} {grid.unit}<extra></extra>"
        ),
    )


def _curve(line: Line, panel: Lines, *, legend: bool) -> list[go.Scatter]:
    """The band, if there is one, and the curve over it; the legend hides both together."""
    look, name = style(line), _text(line.name)
    steps = panel.x_axis == STEP
    x = np.array([place(step) for step in line.x]) if steps else line.x
    traces, bar = [], None
    if line.low is not None and line.high is not None:
        # A point alone has no room for a band.
        if len(x) == 1:
            bar = {"array": line.high - line.y, "arrayminus": line.y - line.low}
        there = np.isfinite(line.low) & np.isfinite(line.high)
        traces.append(
            go.Scatter(
                x=np.concatenate([x[there], x[there][::-1]]),
                y=np.concatenate([line.high[there], line.low[there][::-1]]),
                fill="toself",
                fillcolor=look.colour,
                opacity=look.band,
                mode="none",
                legendgroup=name,
                showlegend=False,
                hoverinfo="skip",
            )
        )
    traces.append(
        go.Scatter(
            x=x,
            y=line.y,
            name=name,
            mode="lines+markers" if look.marker else "lines",
            line={"color": look.colour, "dash": look.dash[0], "width": look.width},
            marker={"symbol": look.marker[0], "size": 7} if look.marker else None,
            customdata=[f"{at:,.0f}" for at in line.x],
            error_y=bar,
            legendgroup=name,
            showlegend=legend,
            legendrank=1000 + line.number if line.role is Role.VALUE else 2000,
            hovertemplate=f"{panel.x_axis} %{{customdata}}<br>%{{y:.4g}} {panel.y_axis}",
        )
    )
    return traces


def _axes(drawn: go.Figure, panel: Grid | Lines, last: int, row: int, column: int) -> None:
    x: dict[str, object] = {"zeroline": False}
    y: dict[str, object] = {"zeroline": False, "automargin": True}
    if isinstance(panel, Grid):
        x["showgrid"] = y["showgrid"] = False  # it would show where there is no value
        x["title"], title = panel.column_axis, panel.row_axis
        y["type"] = "category"
        if panel.steps:
            x |= _step_axis(max(panel.steps), margin=0)
        else:
            x["type"] = "category"
    else:
        x["title"], title = panel.x_axis, panel.y_axis
        if panel.x_axis == STEP:
            x |= _step_axis(last, margin=0.3)
        else:
            x |= {"dtick": 1 + last // 13, "range": [-0.3, last + 0.3]}
        if panel.logarithmic:
            y |= {"type": "log", "dtick": 1}
    y["title"] = {"text": title, "standoff": 12}
    drawn.update_xaxes(x, row=row, col=column)
    drawn.update_yaxes(y, row=row, col=column)


def _step_axis(last: int, margin: float) -> dict[str, object]:
    """From step 0 to the last, whichever of them a panel has; heat maps fill theirs."""
    named = ticks(last)
    axis: dict[str, object] = {
        "tickvals": [place(step) for step in named],
        "ticktext": [label(step) for step in named],
    }
    return axis | ({"range": [-margin, place(last) + margin]} if margin else {})


def _lines_of(panel: Grid | Lines) -> tuple[Line, ...]:
    return panel.lines if isinstance(panel, Lines) else ()


def _text(text: str) -> str:
    """Text in which plotly sees no markup of its own."""
    return html.escape(text, quote=False)
