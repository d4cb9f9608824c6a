"""What the residual stream would predict at each depth: words of which language."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from analysis.pictures import lens_grid, lens_languages_grid
from analysis.report.change import last_step, share, tell_course, tell_extremes, tell_places
from analysis.report.charts import NEUTRAL, Chart, Line, Lines, Role, at_steps, line, numbered
from analysis.report.groups import Group, bands, table_of

PROBABILITY = "probability"
MEASURES = ["value", "low", "high", "chance", "uniform", "text"]


def lens_map(groups: Sequence[Group]) -> Chart:
    """Probability of the words of the language read, by depth and step."""
    return Chart(
        "lens_map",
        "Logit lens, by depth and step",
        "Probability that the next token is a word of the language that is read, as the final norm "
        "and the head tell from each depth; mean over languages.",
        tuple(replace(lens_grid(group.tables["lens"]), title=group.name) for group in groups),
        table_of(groups, _over_languages, ["step", "depth", *MEASURES]),
    )


def lens_curves(groups: Sequence[Group]) -> Chart:
    """The same along the depth at chosen steps, beside chance and what the text has."""
    numbers = numbered(_own(group) for group in groups)
    return Chart(
        "lens_curves",
        "Logit lens along the depth",
        f"At chosen steps; the band belongs to the last step: {bands(groups)}. Chance is what the "
        "same words get where other languages are read; the text's share is what a perfect reader "
        "gives.",
        tuple(Lines(group.name, "depth", PROBABILITY, _curves(group, numbers)) for group in groups),
        table_of(groups, _over_languages, ["step", "depth", *MEASURES]),
    )


def _curves(group: Group, numbers: Mapping[int, int]) -> tuple[Line, ...]:
    rows = _over_languages(group)
    last = last_step(rows)
    return (
        *at_steps(rows, "depth", numbers),
        line(last, "depth", "chance, last step", NEUTRAL, "chance", Role.CHANCE),
        line(last, "depth", "the text's share", NEUTRAL, "text", Role.BASELINE),
    )


def lens_languages(groups: Sequence[Group]) -> Chart:
    """Words of each language by depth at the last step, where it is read."""
    return _languages(
        groups,
        "lens_languages",
        "Logit lens, language by language",
        "At the last step: probability of a language's words where it is read.",
        "value",
    )


def lens_others(groups: Sequence[Group]) -> Chart:
    """Words of each language by depth at the last step, where others are read."""
    return _languages(
        groups,
        "lens_others",
        "Logit lens, words of languages that are not read",
        "At the last step: probability of a language's words where the others are read, mean over "
        "these. A language that leads at some depth may be one that others pass through, or have "
        "more words than others; the table has what a uniform guess gives.",
        "chance",
    )


def _languages(groups: Sequence[Group], key: str, title: str, caption: str, column: str) -> Chart:
    grids = [
        replace(lens_languages_grid(group.tables["lens"], column), title=group.name)
        for group in groups
    ]
    columns = ["step", "depth", "language", *MEASURES]
    table = table_of(groups, lambda group: last_step(_own(group)), columns)
    return Chart(key, title, caption, tuple(grids), table)


def lens_words(group: Group) -> list[str]:
    """What the lens shows."""
    rows, own = _over_languages(group), last_step(_own(group))
    depth = int(rows["depth"].max())
    middle = depth // 2
    what = f"Probability of words of the language read, at depth {middle} of {depth}"
    foremost = own[own["depth"] == middle].sort_values(["chance", "language"]).iloc[-1]
    return [
        tell_course(what, rows[rows["depth"] == middle], group.band, share),
        tell_places(rows, "depth", "depths"),
        tell_extremes(rows, "depth", group.band, share),
        f"Where other languages are read, words of {foremost['language']} lead at depth {middle} "
        f"({share(foremost['chance'])}; a uniform guess gives {share(foremost['uniform'])}); no "
        "interval is known.",
    ]


def _own(group: Group) -> pd.DataFrame:
    rows = group.tables["lens"]
    return rows[rows["language"] == rows["predicted"]]


def _over_languages(group: Group) -> pd.DataFrame:
    """Means over languages; that of the intervals' ends is wide enough however these go.

    Where one interval is not known (of a single document), that of the mean is not.
    """
    return _own(group).groupby(["step", "depth"])[MEASURES].mean(skipna=False).reset_index()
