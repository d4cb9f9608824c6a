"""Tables that are worth reading as they are beside the curves, and how much of each."""

from collections.abc import Callable

import pandas as pd

from analysis.tables import ALL

TEXTS = 2000
"""Texts that are listed of a step at most; a table of results has all of them."""


def listed(table: str, rows: pd.DataFrame) -> pd.DataFrame | None:
    """The part of a checkpoint's table that people read, or None of a table that they don't."""
    part = LISTED.get(table)
    return part(rows) if part else None


def _texts(rows: pd.DataFrame) -> pd.DataFrame:
    """The first seed of every forcing, then the second, as far as there is room; in their order."""
    return rows.sort_values("seed", kind="stable").head(TEXTS).sort_index()


def _means(rows: pd.DataFrame) -> pd.DataFrame:
    """Means over concepts."""
    return rows[rows["concept"] == ALL]


LISTED: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "steering_texts": _texts,
    "steering": _means,
}
