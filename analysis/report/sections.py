"""The sections of a report: which table each needs, what it draws and what it says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analysis.report.charts import Chart
from analysis.report.deactivation import (
    deactivation_course,
    deactivation_map,
    deactivation_words,
)
from analysis.report.division import division_course, division_depth, division_words
from analysis.report.families import (
    families_course,
    families_depth,
    families_grid,
    families_words,
)
from analysis.report.groups import Group
from analysis.report.highest import highest_map
from analysis.report.kept import kept_chart, kept_words
from analysis.report.lape import lape_course, lape_map, lape_words
from analysis.report.lens import (
    lens_curves,
    lens_languages,
    lens_map,
    lens_others,
    lens_words,
)
from analysis.report.loss import loss_chart, loss_words, tokens_chart, tokens_words
from analysis.report.overlap import (
    overlap_course,
    overlap_depth,
    overlap_excess,
    overlap_languages,
    overlap_map,
    overlap_words,
)
from analysis.report.probing import probing_curves, probing_map, probing_spread, probing_words
from analysis.report.runs import TOKENS, Run
from analysis.report.steering import (
    CONTROLLED,
    steering_shares,
    steering_words,
    texts_table,
    texts_words,
)


@dataclass(frozen=True)
class Section:
    """A part of the page, made of one table; `made_with` says how the table is come by.

    The first of its `words` is what the summary says, the others stand in the section alone.
    """

    title: str
    table: str
    made_with: str
    charts: tuple[Callable[[Sequence[Group]], Chart], ...]
    words: Callable[[Group], list[str]]


SECTIONS = (
    Section("Loss", "heldout", "the analysis heldout", (loss_chart,), loss_words),
    Section(
        "Tokens seen",
        TOKENS,
        "a run's checkpoints or its record",
        (tokens_chart,),
        tokens_words,
    ),
    Section(
        "Probing",
        "probing",
        "the analysis probing",
        (probing_spread, probing_map, probing_curves),
        probing_words,
    ),
    Section(
        "Overlap of experts",
        "overlap",
        "the analysis experts, with two languages or more",
        (
            overlap_course,
            overlap_excess,
            overlap_map,
            highest_map,
            overlap_depth,
            overlap_languages,
        ),
        overlap_words,
    ),
    Section(
        "Families of languages",
        "families",
        "the analysis experts, with two languages or more",
        (families_course, families_depth, families_grid),
        families_words,
    ),
    Section(
        "Experts kept",
        "kept",
        "the analysis experts, of two steps or more",
        (kept_chart,),
        kept_words,
    ),
    Section(
        "Language neurons",
        "lape",
        "the analysis lape, with two languages or more",
        (lape_map, lape_course),
        lape_words,
    ),
    Section(
        "Experts and language neurons",
        "division",
        "the analyses experts and lape together",
        (division_course, division_depth),
        division_words,
    ),
    Section(
        "Neurons set to zero",
        "deactivation",
        "the analysis deactivation, with two languages or more",
        (deactivation_course, deactivation_map),
        deactivation_words,
    ),
    Section(
        "Logit lens",
        "lens",
        "the analysis lens, with two languages or more",
        (lens_map, lens_curves, lens_languages, lens_others),
        lens_words,
    ),
    Section(
        "Steering",
        "steering",
        "the analysis steering",
        (steering_shares, *CONTROLLED),
        steering_words,
    ),
    Section(
        "Texts under forcing",
        "steering_texts",
        "the analysis steering",
        (texts_table,),
        texts_words,
    ),
)


@dataclass(frozen=True)
class Part:
    """A section as it stands on the page: what it says of each run, and its charts."""

    title: str
    words: dict[str, list[str]]
    charts: list[Chart]


def parts(groups: Sequence[Group]) -> list[Part]:
    """The sections of which at least one run has the table."""
    made = []
    for section in SECTIONS:
        having = [group for group in groups if section.table in group.tables]
        if having:
            words = {
                group.name: [one for one in map(str.strip, section.words(group)) if one]
                for group in having
            }
            charts = [chart(having) for chart in section.charts]
            made.append(Part(section.title, words, charts))
    return made


def missing(groups: Sequence[Group]) -> list[str]:
    """What the report lacks or leaves out, and why, one sentence each."""
    runs = [run for group in groups for run in group.runs]
    lacking = []
    for section in SECTIONS:
        names = [run.name for run in runs if section.table not in run.tables]
        if names:
            title, made_with = section.title.lower(), section.made_with
            lacking.append(f"{', '.join(names)}: {title} is not shown; it comes from {made_with}.")
    notes = [f"{run.name}: {note}." for run in runs for note in run.notes]
    return [*lacking, *notes, *_unlike(runs)]


def _unlike(runs: Sequence[Run]) -> list[str]:
    """Sections whose tables were not made in the same way of all runs."""
    titles = []
    for section in SECTIONS:
        made = {str(run.origins[section.table]) for run in runs if section.table in run.origins}
        if len(made) > 1:
            titles.append(section.title)
    if not titles:
        return []
    return [
        f"{', '.join(titles)}: the runs were analysed with other settings or on other text, so "
        "that differences between them may be owed to that."
    ]
