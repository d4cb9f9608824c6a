"""What a model writes while experts of one language are forced: languages, concept, quality."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pandas as pd

from analysis.languages import by_family
from analysis.report.change import change, share, tell_against, tell_change
from analysis.report.charts import STEP, Chart, Line, Lines, Role, line
from analysis.report.groups import Group
from analysis.report.runs import SAMPLES
from analysis.steering.units import EXPERTS, NONE, RANDOM, SHUFFLED
from analysis.tables import ALL

SHARE, ABOUT, NATS, REPETITION = "language_share", "about", "nats_per_token", "repetition"
FORCED = {
    EXPERTS: "experts",
    RANDOM: "random units",
    SHUFFLED: "experts of shuffled labels",
    NONE: "nothing forced",
}
COLUMNS = [
    "run", "step", "source_language", "forcing", "language", "value", "low", "high", "chance",
    "texts",
]  # fmt: skip
TEXT_COLUMNS = [
    "run", "step", "source_language", "forcing", "concept", "language", "confidence", "mentions",
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
        f"Experts of a concept in one language are forced. Curves: its source languages and the "
        f"{SHOWN} languages with the largest shares; band: {groups[0].band} of the source "
        "language's own.",
        SHARE,
        "share of texts",
        lines,
    )


def steering_own(groups: Sequence[Group]) -> Chart:
    """Share of the source language beside the controls."""
    return _controlled(
        groups,
        "steering_own",
        "Texts in the language whose experts are forced",
        "Beside as many random units of the same layers, experts of shuffled labels, and texts "
        f"without forcing; band: {groups[0].band}.",
        SHARE,
        "share of texts",
    )


def steering_about(groups: Sequence[Group]) -> Chart:
    """Share of texts about the concept beside the controls."""
    return _controlled(
        groups,
        "steering_about",
        "Texts about the concept that is forced",
        f"Texts in which a word of the concept stands, in any language; band: {groups[0].band}.",
        ABOUT,
        "share of texts",
    )


def steering_nats(groups: Sequence[Group]) -> Chart:
    """What the texts cost the model without forcing."""
    return _controlled(
        groups,
        "steering_nats",
        "What the texts cost the model without forcing",
        f"Texts that are no language cost much; band: {groups[0].band}.",
        NATS,
        "nats per token",
    )


def steering_repetition(groups: Sequence[Group]) -> Chart:
    """How much of the texts stood there before."""
    return _controlled(
        groups,
        "steering_repetition",
        "Repetition in the texts",
        "Share of pieces of eight characters that stood in the text before; band: "
        f"{groups[0].band}.",
        REPETITION,
        "share repeated",
    )


def _controlled(
    groups: Sequence[Group], key: str, title: str, caption: str, metric: str, unit: str
) -> Chart:
    """One measure by step under every forcing, one panel a source language."""

    def lines(group: Group, source: str) -> list[Line]:
        return [
            replace(line(rows, STEP, name, number), role=_role(forcing))
            for number, (forcing, name) in enumerate(FORCED.items())
            if len(rows := _under(group, forcing, source, metric))
        ]

    return _chart(groups, key, title, caption, metric, unit, lines)


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
    rows = pd.concat([_main(group).assign(run=group.name) for group in groups])
    return Chart(key, title, caption, tuple(panels), rows[rows["metric"] == metric][COLUMNS])


def _role(forcing: str) -> Role:
    return {EXPERTS: Role.VALUE, NONE: Role.CHANCE}.get(forcing, Role.CONTROL)


def steering_words(group: Group) -> list[str]:
    """What forcing does, by source language."""
    told = []
    for source in _sources(group):
        for metric, what in (
            (SHARE, f"Share of texts in {source} under its experts"),
            (ABOUT, f"Share of texts about the concept under experts of {source}"),
        ):
            each = {forcing: _under(group, forcing, source, metric) for forcing in FORCED}
            rows = each.pop(EXPERTS)
            if rows.empty:
                continue
            beside = {f"that with {FORCED[forcing]}": other for forcing, other in each.items()}
            told += [
                tell_change(what, change(rows), group.band, share),
                tell_against("the share", rows, beside, group.band, share),
            ]
        told.append(_frequent(group, source))
    return told


def _frequent(group: Group, source: str) -> str:
    """The languages that texts are in most at the last step, and what they cost."""
    rows = _experts(group, SHARE).query("source_language == @source")
    last = rows[rows["step"] == rows["step"].max()].sort_values("value", ascending=False)
    named = ", ".join(
        f"{row['language']} ({share(row['value'])})" for row in last.head(3).to_dict("records")
    )
    costs = [
        _under(group, forcing, source, NATS).sort_values("step")["value"].iloc[-1]
        for forcing in (EXPERTS, NONE)
    ]
    return (
        f"Most texts are then in {named}; they cost {costs[0]:.2f} nats per token, those without "
        f"forcing {costs[1]:.2f}."
    )


def texts_table(groups: Sequence[Group]) -> Chart:
    """A few texts of each forcing at the last step, which no figure could show."""
    rows = pd.concat([_samples(group).assign(run=group.name) for group in groups])
    return Chart(
        "steering_texts",
        "Texts written under forcing",
        f"The first {SAMPLES} of each source language and forcing, by seed and concept; none is "
        "chosen by hand.",
        (),
        rows[TEXT_COLUMNS],
    )


def texts_words(group: Group) -> list[str]:
    """How many there are and from when."""
    rows = _samples(group)
    return [f"{len(rows)} texts of step {int(rows['step'].max()):,} are shown."]


def _samples(group: Group) -> pd.DataFrame:
    rows = _of_main_forcing(group.tables["steering_texts"])
    rows = rows[rows["step"] == int(rows["step"].max())]
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
    """One measure by step: of a share that of the source language."""
    rows = _main(group)
    language = source if metric == SHARE else ALL
    return rows[
        (rows["forcing"] == forcing)
        & (rows["metric"] == metric)
        & (rows["language"] == language)
        & rows["source_language"].isin([source, ALL])
    ]
