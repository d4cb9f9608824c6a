"""What a report shows of groups of runs: its charts by key, their parts, its words."""

from analysis.pictures import Grid
from analysis.report.charts import Chart, Line, Lines
from analysis.report.groups import Group
from analysis.report.sections import parts


def charts(groups: list[Group]) -> dict[str, Chart]:
    return {chart.key: chart for part in parts(groups) for chart in part.charts}


def lines(chart: Chart, panel: int = 0) -> dict[str, Line]:
    shown = chart.panels[panel]
    assert isinstance(shown, Lines)
    return {line.name: line for line in shown.lines}


def grid(chart: Chart, panel: int = 0) -> Grid:
    shown = chart.panels[panel]
    assert isinstance(shown, Grid)
    return shown


def words(groups: list[Group]) -> dict[str, str]:
    return {part.title: " ".join(*part.words.values()) for part in parts(groups)}
