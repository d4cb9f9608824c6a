"""How curves look, in the page and in the files alike.

Colours are Okabe and Ito's, safe for colour-blind readers, without the yellow that white hides.
Markers tell curves apart in grey, dashes tell what a curve is.
"""

from dataclasses import dataclass

from analysis.report.charts import Line, Role

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9")

MARKERS = (
    ("circle", "o"), ("square", "s"), ("triangle-up", "^"), ("diamond", "D"), ("x", "X"),
    ("triangle-down", "v"), ("star", "*"), ("cross", "P"), ("pentagon", "p"), ("hexagon", "h"),
    ("triangle-left", "<"), ("triangle-right", ">"), ("octagon", "8"), ("hexagon2", "H"),
    ("diamond-tall", "d"), ("asterisk-open", "1"), ("y-up-open", "2"), ("y-down-open", "3"),
)  # fmt: skip
"""Each as plotly and as matplotlib call it."""

DASHES = {
    Role.VALUE: ("solid", "-"),
    Role.BASELINE: ("longdash", (0, (8, 3))),
    Role.CONTROL: ("dashdot", "-."),
    Role.CHANCE: ("dot", ":"),
}
"""Each as plotly and as matplotlib call it."""


@dataclass(frozen=True)
class Style:
    """Colour, marker, dashes and width of a curve, and the opacity of its band.

    Baselines have no markers. A value with a band is what a figure is about: its curve is wider,
    and its band darker than those of what it is compared with.
    """

    colour: str
    marker: tuple[str, str] | None
    dash: tuple[str, object]
    width: float
    band: float


def style(line: Line) -> Style:
    """How a curve is drawn."""
    value = line.role is Role.VALUE
    marked = value or len(line.x) == 1  # a point alone would not be seen
    return Style(
        COLOURS[line.number % len(COLOURS)],
        MARKERS[line.number % len(MARKERS)] if marked else None,
        DASHES[line.role],
        2.4 if value and line.low is not None else 1.5,
        0.2 if value else 0.08,
    )
