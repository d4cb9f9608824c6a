"""What a model writes while experts of one language are forced: languages, concept, quality."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from analysis.languages import by_family
from analysis.report.change import (
    last_step,
    points,
    share,
    tell_change,
    tell_course,
    tell_differences,
)
from analysis.report.charts import STEP, Chart, Line, Lines, Role, line
from analysis.report.groups import Group, bands, table_of
from analysis.report.runs import SAMPLES
from analysis.steering.units import EXPERTS, NONE, RANDOM, SHUFFLED
from analysis.tables import ALL

SHARE, ABOUT, NATS, REPETITION = "language_share", "about", "nats_per_token", "repetition"
WORDS, WRONG = "word_log_probability", "identifier_wrong"
FORCED = {
    EXPERTS: "experts",
    RANDOM: "random units",
    SHUFFLED: "experts of shuffled labels",
    NONE: "nothing forced",
}
AGAINST = {"difference": NONE, "over_random": RANDOM, "over_shuffled": SHUFFLED}
"""What experts are held against, by the column of the paired difference."""

COLUMNS = [
    "step", "source_language", "forcing", "language", "value", "low", "high", "chance",
    *(f"{name}{end}" for name in AGAINST for end in ("", "_low", "_high")), "texts",
]  # fmt: skip
TEXT_COLUMNS = [
    "step", "source_language", "forcing", "concept", "language", "confidence", "mentions",
    "repeated", "text",
]  # fmt: skip

SHOWN = 6
"""Languages that have curves, those of the largest shares; the table has all."""


def steering_shares(groups: Sequence[Group]) -> Chart:
    """Shares of languages by step, one panel a source language."""
    rows = pd.concat([_experts(group, SHARE) for group in groups])
    largest = rows.groupby("language")["value"].max().sort_values(ascending=False, kind="stable")
    names = by_family({*largest.index[:SHOWN], *(set(rows["source_language"]) & {*largest.index})})

    def lines(group: Group, source: str) -> list[Line]:
        own = _experts(group, SHARE).query("source_language == @source")
        return [
            line(own[own["language"] == name], STEP, name, number, band=name == source)
            for number, name in enumerate(names)
        ]

    return _chart(
        groups,
        "steering_shares",
        "Languages of texts under forced experts",
        f"Experts of a concept in one language are forced. Curves: the source languages and the "
        f"{SHOWN} largest shares; mixed is what the identifier gives to no single language, short "
        f"what is too short for it. Band: {bands(groups)} of the source language's own.",
        SHARE,
        "share of texts",
        lines,
    )


@dataclass(frozen=True)
class Controlled:
    """A chart of one measure by step under every forcing, one panel a source language."""

    key: str
    title: str
    caption: str
    metric: str
    unit: str

    def __call__(self, groups: Sequence[Group]) -> Chart:
        """Draw it."""
        caption = f"{self.caption}; band: {bands(groups)}."
        return _chart(groups, self.key, self.title, caption, self.metric, self.unit, self._lines)

    def _lines(self, group: Group, source: str) -> list[Line]:
        each = {forcing: _under(group, forcing, source, self.metric) for forcing in FORCED}
        lines = [
            replace(line(each[forcing], STEP, name, number), role=_role(forcing))
            for number, (forcing, name) in enumerate(FORCED.items())
            if len(each[forcing])
        ]
        if each[NONE].empty:  # what is measured against it has it beside each value
            unforced = line(each[EXPERTS], STEP, FORCED[NONE], len(FORCED) - 1, "chance")
            lines.append(replace(unforced, role=Role.CHANCE))
        return lines


CONTROLLED = (
    Controlled(
        "steering_own",
        "Texts in the language whose experts are forced",
        "Beside as many random units of the same layers, experts of shuffled labels, and texts "
        "without forcing. Words and table hold these against one another by their differences, of "
        "the same concepts and seeds: bands that overlap may differ",
        SHARE,
        "share of texts",
    ),
    Controlled(
        "steering_about",
        "Texts about the concept that is forced",
        "Texts in which a word of the concept stands, in any language",
        ABOUT,
        "share of texts",
    ),
    Controlled(
        "steering_words",
        "Words of the concept at the start of a document",
        "How much likelier a document begins with a word of the concept in the language whose "
        "experts are forced than without forcing; no text is drawn",
        WORDS,
        "nats",
    ),
    Controlled(
        "steering_nats",
        "What the texts cost the model without forcing",
        "Texts that are no language cost much",
        NATS,
        "nats per token",
    ),
    Controlled(
        "steering_repetition",
        "Repetition in the texts",
        "Share of pieces of eight characters that stood in the text before",
        REPETITION,
        "share repeated",
    ),
)


def _chart(
    groups: Sequence[Group],
    key: str,
    title: str,
    caption: str,
    metric: str,
    unit: str,
    lines: Callable[[Group, str], list[Line]],
) -> Chart:
    panels = [
        Lines(f"{group.name}, experts of {source}", STEP, unit, tuple(lines(group, source)))
        for group in groups
        for source in _sources(group)
    ]

    def rows(group: Group) -> pd.DataFrame:
        main = _main(group)
        return main[main["metric"] == metric]

    table = table_of(groups, rows, COLUMNS)
    return Chart(key, title, caption, tuple(panels), table)


def _role(forcing: str) -> Role:
    return {EXPERTS: Role.VALUE, NONE: Role.CHANCE}.get(forcing, Role.CONTROL)


def steering_words(group: Group) -> list[str]:
    """What forcing does, by source language."""
    sources = _sources(group)
    about = "Share of texts about the concept under experts of"
    return [
        " ".join(
            _beside_controls(group, source, SHARE, f"Share of texts in {source} under its experts")
            for source in sources
        ),
        *(_beside_controls(group, source, ABOUT, f"{about} {source}") for source in sources),
        *(_likelier(group, source) for source in sources),
        *(_frequent(group, source) for source in sources),
    ]


def _beside_controls(group: Group, source: str, metric: str, what: str) -> str:
    """How a share went, and how it stands to those under the other forcings."""
    rows = _under(group, EXPERTS, source, metric)
    if rows.empty:
        return ""
    names = {column: f"that with {FORCED[forcing]}" for column, forcing in AGAINST.items()}
    told = tell_differences("the share", rows, names, group.band, share, points)
    return f"{tell_change(what, rows, group.band, share)} {told}"


def _likelier(group: Group, source: str) -> str:
    """How much likelier words of the concept are than without forcing, and under the controls."""
    rows = _under(group, EXPERTS, source, WORDS)
    if rows.empty:
        return ""
    what = f"likelier words of the concept in {source} under its experts"
    names = {
        column: f"that with {FORCED[forcing]}"
        for column, forcing in AGAINST.items()
        if forcing != NONE  # the gain is over it already
    }
    return (
        f"{tell_course(f'How much {what}', rows, group.band, _nats)} "
        f"{tell_differences('the gain', rows, names, group.band, _nats, _nats)}"
    )


def _nats(value: float) -> str:
    return f"{value:+.2f} nats"


def _frequent(group: Group, source: str) -> str:
    """The languages that texts are in most at the last step, and what they cost."""
    rows = _experts(group, SHARE).query("source_language == @source")
    last = last_step(rows).sort_values("value", ascending=False, kind="stable")
    named = ", ".join(
        f"{row['language']} ({share(row['value'])})" for row in last.head(3).to_dict("records")
    )
    costs = [
        last_step(_under(group, forcing, source, NATS))["value"].item()
        for forcing in (EXPERTS, NONE)
    ]
    return (
        f"Under experts of {source} most texts are told to be {named}; they cost {costs[0]:.2f} "
        f"nats per token, those without forcing {costs[1]:.2f}.{_errs(group, source)}"
    )


def _errs(group: Group, language: str) -> str:
    """How often the identifier errs, on which all shares of languages rest."""
    rows = last_step(_under(group, NONE, language, WRONG))
    if rows.empty:
        return ""
    return (
        f" The identifier gives {share(rows['value'].item())} of held-out snippets in {language} "
        "to another language."
    )


def texts_table(groups: Sequence[Group]) -> Chart:
    """A few texts of each forcing at the last step, which no figure could show."""
    return Chart(
        "steering_texts",
        "Texts written under forcing",
        f"The first {SAMPLES} of each source language and forcing, by seed and concept; none is "
        "chosen by hand.",
        (),
        table_of(groups, _samples, TEXT_COLUMNS),
    )


def texts_words(group: Group) -> list[str]:
    """How many there are and from when."""
    rows = _samples(group)
    return [f"{len(rows)} texts of step {int(rows['step'].max()):,} are shown."]


def _samples(group: Group) -> pd.DataFrame:
    rows = last_step(_of_main_forcing(group.tables["steering_texts"]))
    rows = rows.sort_values(["seed", "concept"], kind="stable")
    rows = rows.groupby(["source_language", "forcing"], sort=False).head(SAMPLES)
    order = rows["forcing"].map(list(FORCED).index)
    return rows.assign(order=order).sort_values(["source_language", "order"], kind="stable")


def _main(group: Group) -> pd.DataFrame:
    return _of_main_forcing(group.tables["steering"])


def _of_main_forcing(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows about the main number of units and the main factor, which are first, and unforced."""
    first = rows[rows["forcing"] != NONE].iloc[0]
    same = (rows["k"] == int(first["k"])) & (rows["factor"] == float(first["factor"]))
    return rows[same | (rows["forcing"] == NONE)]


def _sources(group: Group) -> list[str]:
    rows = group.tables["steering"]
    return list(rows.loc[rows["forcing"] == EXPERTS, "source_language"].unique())


def _experts(group: Group, metric: str) -> pd.DataFrame:
    rows = _main(group)
    return rows[(rows["forcing"] == EXPERTS) & (rows["metric"] == metric)]


def _under(group: Group, forcing: str, source: str, metric: str) -> pd.DataFrame:
    """One measure by step: what is measured language by language, of the source language."""
    rows = _main(group)
    language = source if metric in (SHARE, WORDS, WRONG) else ALL
    return rows[
        (rows["forcing"] == forcing)
        & (rows["metric"] == metric)
        & (rows["language"] == language)
        & rows["source_language"].isin([source, ALL])
    ]
