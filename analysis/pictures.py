"""Pictures of tables: layer by step, and language by language."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from analysis.languages import by_family
from analysis.results import Filters, read_tables
from analysis.step_axis import label, place, ticks
from analysis.tables import ALL, ALL_LAYERS, NONE

COLOURS = "cividis"
"""Safe for colour-blind readers and rising in lightness, so that it reads in grey."""

SHOWN: dict[str, tuple[tuple[str, ...], Filters]] = {
    "probing": (
        ("step", "depth", "task", "language", "metric", "value", "chance"),
        [("language", "==", ALL), ("metric", "==", "accuracy"), ("task", "==", "language")],
    ),
    "overlap": (
        ("step", "concept", "language_a", "language_b", "layer", "top", "ratio"),
        [("concept", "==", ALL)],
    ),
    "lape": (
        ("step", "layer", "language", "metric", "value", "neurons"),
        [("language", "==", ALL), ("metric", "==", "below_null")],
    ),
    "lens": (
        ("step", "depth", "language", "predicted", "value", "chance"),
        [("predicted", "!=", NONE)],
    ),
    "deactivation": (("step", "neurons_of", "language", "value"), [("neurons", ">", 0)]),
}
"""The columns and rows of each table that pictures show, a small part of them."""


@dataclass(frozen=True)
class Grid:
    """A heat map: values (rows, columns), what its axes are, and what stands along them.

    With `steps` the columns are these training steps, and stand along the axis of steps.
    """

    title: str
    values: npt.NDArray[np.float64]
    rows: Sequence[str]
    columns: Sequence[str]
    row_axis: str
    column_axis: str
    unit: str
    steps: Sequence[int] | None = None


def pictures_so_far(results: Path, last_step: int | None = None) -> dict[str, Grid]:
    """Heat maps of the tables in a results folder, up to a step; reads no more than they show."""
    return pictures(
        *(
            read_tables(results, name, last_step, columns=chosen, where=where)
            for name, (chosen, where) in SHOWN.items()
        )
    )


def pictures(
    probing: pd.DataFrame | None,
    overlap: pd.DataFrame | None,
    lape: pd.DataFrame | None = None,
    lens: pd.DataFrame | None = None,
    deactivation: pd.DataFrame | None = None,
) -> dict[str, Grid]:
    """Heat maps of the tables of all steps so far; a grid of languages is that of the last step."""
    grids: dict[str, Grid] = {}
    if probing is not None and len(probing):
        grids["probing/accuracy_by_depth_and_step"] = probing_grid(probing)
    if overlap is not None and len(overlap):
        grids["overlap/ratio_by_layer_and_step"] = overlap_grid(overlap)
        grids["overlap/ratio_by_languages"] = language_grid(overlap)
    if lape is not None and len(lape):
        grids["lape/share_by_layer_and_step"] = lape_grid(lape)
    if lens is not None and len(lens):
        grids["lens/own_by_depth_and_step"] = lens_grid(lens)
        grids["lens/other_by_depth_and_language"] = lens_languages_grid(lens)
    if deactivation is not None and len(deactivation):
        grids["deactivation/by_languages"] = deactivation_grid(deactivation)
    return grids


def probing_grid(rows: pd.DataFrame) -> Grid:
    """Accuracy by depth and step, mean over probe seeds."""
    chosen = rows[
        (rows["task"] == "language") & (rows["language"] == ALL) & (rows["metric"] == "accuracy")
    ]
    table = chosen.pivot_table(index="depth", columns="step", values="value", aggfunc="mean")
    chance = float(chosen["chance"].mean())
    return _grid(table, f"language probing, chance {chance:.3f}", "depth", "accuracy")


def overlap_grid(rows: pd.DataFrame) -> Grid:
    """Experts shared by two languages over chance, by layer and step."""
    chosen = rows[
        (rows["concept"] == ALL) & (rows["language_a"] == ALL) & (rows["layer"] != ALL_LAYERS)
    ]
    table = chosen.pivot_table(index="layer", columns="step", values="ratio", aggfunc="mean")
    return _grid(table, "experts shared by two languages", "layer", "times chance")


def highest_grid(rows: pd.DataFrame) -> Grid:
    """How sure it is that a layer shares most: share of bootstrap draws, by layer and step."""
    chosen = rows[
        (rows["concept"] == ALL) & (rows["language_a"] == ALL) & (rows["layer"] != ALL_LAYERS)
    ]
    table = chosen.pivot_table(index="layer", columns="step", values="highest", aggfunc="mean")
    return _grid(table, "layer with most experts shared", "layer", "share of draws")


def lape_grid(rows: pd.DataFrame) -> Grid:
    """Share of each layer's neurons that are language neurons, by layer and step."""
    chosen = rows[
        (rows["metric"] == "below_null") & (rows["language"] == ALL) & (rows["layer"] != ALL_LAYERS)
    ]
    table = chosen.assign(value=chosen["value"] / chosen["neurons"]).pivot_table(
        index="layer", columns="step", values="value", aggfunc="mean"
    )
    return _grid(table, "neurons of few languages", "layer", "share of the layer's neurons")


def lens_grid(rows: pd.DataFrame) -> Grid:
    """Probability of the words of the language that is read, by depth and step."""
    own = rows[rows["language"] == rows["predicted"]]
    table = own.pivot_table(index="depth", columns="step", values="value", aggfunc="mean")
    return _grid(table, "logit lens: words of the language read", "depth", "probability")


def lens_languages_grid(rows: pd.DataFrame, column: str = "chance") -> Grid:
    """What each depth gives each language's words on texts of others; on its own: `value`."""
    step = int(rows["step"].max())
    # The chance level of a language's row on its own text, as on any other.
    own = rows[(rows["step"] == step) & (rows["language"] == rows["predicted"])]
    table = own.pivot(index="depth", columns="predicted", values=column)
    table = table[by_family(table.columns)]
    return Grid(
        f"logit lens at step {step}: words of a language that is not read",
        table.to_numpy(dtype=np.float64),
        [str(name) for name in table.index],
        list(table.columns),
        "depth",
        "language of the words",
        "probability",
    )


def deactivation_grid(rows: pd.DataFrame, column: str = "value") -> Grid:
    """What each language pays, at the last step, for the neurons of each; or for random ones."""
    step = int(rows["step"].max())
    table = rows[rows["step"] == step].pivot(index="neurons_of", columns="language", values=column)
    table = table.loc[by_family(table.index), by_family(table.columns)]
    return Grid(
        f"loss added without a language's neurons at step {step}",
        table.to_numpy(dtype=np.float64),
        list(table.index),
        list(table.columns),
        "neurons of",
        "text",
        "bits per byte",
    )


def _grid(table: pd.DataFrame, title: str, row_axis: str, unit: str) -> Grid:
    return Grid(
        title,
        table.to_numpy(dtype=np.float64),
        [str(name) for name in table.index],
        [str(name) for name in table.columns],
        row_axis,
        "step",
        unit,
        [int(step) for step in table.columns],
    )


def language_grid(rows: pd.DataFrame, step: int | None = None) -> Grid:
    """Experts that two languages share over chance, at a step (the last), family by family."""
    step = int(rows["step"].max()) if step is None else step
    chosen = rows[
        (rows["step"] == step)
        & (rows["concept"] == ALL)
        & (rows["language_a"] != ALL)
        & (rows["layer"] == ALL_LAYERS)
        & (rows["top"] == rows["top"].max())
    ]
    names = by_family([*chosen["language_a"], *chosen["language_b"]])
    place = {name: number for number, name in enumerate(names)}
    values = np.full((len(names), len(names)), np.nan)
    for a, b, ratio in zip(
        chosen["language_a"], chosen["language_b"], chosen["ratio"], strict=True
    ):
        values[place[a], place[b]] = values[place[b], place[a]] = ratio
    title = f"experts shared at step {step}"
    return Grid(title, values, names, names, "language", "language", "times chance")


def show(axes: Axes, grid: Grid, limits: tuple[float, float] | None = None) -> AxesImage | QuadMesh:
    """Draw the heat map into axes; `limits` are the values of the darkest and lightest colour."""
    low, high = limits or (None, None)
    shown: AxesImage | QuadMesh
    if grid.steps:
        shown = axes.pcolormesh(
            edges([place(step) for step in grid.steps]),
            np.arange(len(grid.rows) + 1) - 0.5,
            grid.values,
            cmap=COLOURS,
            vmin=low,
            vmax=high,
        )
        named = ticks(max(grid.steps))
        axes.set_xticks([place(step) for step in named], [label(step) for step in named])
    else:
        shown = axes.imshow(
            grid.values, aspect="auto", cmap=COLOURS, origin="lower", vmin=low, vmax=high
        )
        axes.set_xticks(range(len(grid.columns)), grid.columns)
    axes.tick_params(axis="x", rotation=60, labelsize=7)
    axes.set_yticks(range(len(grid.rows)), grid.rows, fontsize=7)
    axes.set_xlabel(grid.column_axis)
    axes.set_ylabel(grid.row_axis)
    axes.set_title(grid.title)
    return shown


def edges(places: Sequence[float]) -> list[float]:
    """Borders of cells around ascending places: halfway between them, and as far at both ends.

    At the ends no farther than half a place, so that the axis starts and ends near its steps.
    """
    between = [(a + b) / 2 for a, b in pairwise(places)]
    first = min(0.5, between[0] - places[0]) if between else 0.5
    last = min(0.5, places[-1] - between[-1]) if between else 0.5
    return [places[0] - first, *between, places[-1] + last]


def draw(grid: Grid) -> npt.NDArray[np.uint8]:
    """The heat map as pixels (height, width, 3)."""
    # A figure of its own, not pyplot's: drawing changes no state of the process that watches.
    figure = Figure(figsize=(8, 5), dpi=100, layout="constrained")
    axes = figure.subplots()
    figure.colorbar(show(axes, grid), ax=axes, label=grid.unit)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="rgba")
    width, height = (int(side) for side in figure.get_size_inches() * figure.dpi)
    pixels = np.frombuffer(buffer.getvalue(), np.uint8).reshape(height, width, 4)
    return pixels[:, :, :3]
