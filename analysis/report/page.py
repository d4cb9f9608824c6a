"""The page: one HTML file with everything in it, which opens from the disk without a network.

What comes from runs (names, texts) is escaped, and the page's policy lets a browser run the two
scripts that are written here and nothing else, and load nothing.
"""

import base64
import hashlib
import html
import json
import math
from collections.abc import Mapping, Sequence
from importlib.resources import files
from string import Template

import pandas as pd
from plotly.offline import get_plotlyjs

from analysis.report.charts import Chart
from analysis.report.interactive import figure, height
from analysis.report.sections import Part

DIGITS = 6
"""Significant digits of numbers in the page's tables; the CSV files have all."""


def page(title: str, parts: Sequence[Part], missing: Sequence[str]) -> str:
    """The whole page as HTML."""
    plotly, script = get_plotlyjs(), _file("page.js")
    charts = [chart for part in parts for chart in part.charts]
    several = len({name for part in parts for name in part.words}) > 1
    return Template(_file("page.html")).substitute(
        policy=_policy(plotly, script),
        title=html.escape(title),
        css=_file("page.css"),
        contents="".join(map(_link, parts)),
        summary="".join(_summary(part, several=several) for part in parts),
        missing=_missing(missing),
        parts="".join(_part(part, several=several) for part in parts),
        charts="".join(map(_data, charts)),
        plotly=plotly,
        script=script,
    )


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _policy(*scripts: str) -> str:
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    allowed = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:"
    )


def _id(part: Part) -> str:
    return part.title.lower().replace(" ", "-")


def _link(part: Part) -> str:
    return f'<a href="#{_id(part)}">{html.escape(part.title)}</a>'


def _summary(part: Part, *, several: bool) -> str:
    """What the part says first of each run."""
    told = {name: sentences[:1] for name, sentences in part.words.items()}
    return f"<dt>{_link(part)}</dt><dd>{_words(told, several=several)}</dd>"


def _words(words: Mapping[str, Sequence[str]], *, several: bool) -> str:
    """Sentences by run; its name stands before the first where the page has several."""
    told = []
    for name, sentences in words.items():
        of = f'<b dir="auto">{html.escape(name)}</b>: ' if several else ""
        told += [f"<p>{of}" + "</p><p>".join(map(html.escape, sentences)) + "</p>"]
    return "".join(told).replace(" %", "&nbsp;%")


def _missing(missing: Sequence[str]) -> str:
    if not missing:
        return ""
    told = "".join(f'<li dir="auto">{html.escape(one)}</li>' for one in missing)
    return f'<div class="missing"><h3>What is not here, or not whole</h3><ul>{told}</ul></div>'


def _part(part: Part, *, several: bool) -> str:
    heading = f"<h2>{html.escape(part.title)}</h2>"
    words = f'<div class="words">{_words(part.words, several=several)}</div>'
    charts = "".join(map(_chart, part.charts))
    return f'<section id="{_id(part)}">{heading}{words}{charts}</section>'


def _chart(chart: Chart) -> str:
    key, drawn = chart.key, bool(chart.panels)
    pictures = f'<a href="figures/{key}.png">PNG</a><a href="figures/{key}.svg">SVG</a>'
    return (
        f'<article id="chart-{key}"><h3>{html.escape(chart.title)}</h3>'
        f'<p class="caption">{html.escape(chart.caption)}</p>'
        f"{_place(chart) if drawn else ''}"
        f'<p class="files">{pictures if drawn else ""}<a href="tables/{key}.csv">CSV</a></p>'
        f'<details id="table-{key}"{"" if drawn else " open"}>'
        f"<summary>Table ({len(chart.table):,} rows)</summary>"
        '<div class="scroll"></div></details></article>'
    )


def _place(chart: Chart) -> str:
    """Where the script draws the chart when it comes into view, as high as it will be."""
    told = html.escape(f"{chart.title}. {chart.caption} The table has the numbers.")
    return (
        f'<div class="figure" id="figure-{chart.key}" style="height:{height(chart)}px" '
        f'role="figure" aria-label="{told}"></div>'
    )


def _data(chart: Chart) -> str:
    """What the script needs of a chart, as JSON; it is not read before it is needed."""
    drawn = f'"figure":{figure(chart).to_json()},' if chart.panels else ""
    table = json.dumps(_plain(chart.table), allow_nan=False)
    data = f'{{{drawn}"table":{table}}}'.replace("<", "\\u003c")
    return f'<script type="application/json" id="data-{chart.key}">{data}</script>\n'


def _plain(table: pd.DataFrame) -> dict[str, object]:
    """Columns and rows; what is not defined is null."""
    rows = [[_value(value) for value in row] for row in table.itertuples(index=False)]
    return {"columns": list(table.columns), "rows": rows}


def _value(value: object) -> object:
    if not isinstance(value, float):
        return value
    if not math.isfinite(value):
        return None
    rounded = float(f"{value:.{DIGITS}g}")
    return int(rounded) if rounded.is_integer() else rounded
