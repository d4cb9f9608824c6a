"""Loss by language, and the tokens that it took."""

from collections.abc import Sequence

from analysis.languages import by_family
from analysis.report.change import last_step, tell_change, tell_extremes
from analysis.report.charts import STEP, Chart, Lines, Role, line
from analysis.report.groups import Group, table_of
from analysis.report.runs import TOKENS
from analysis.tables import MEAN


def loss_chart(groups: Sequence[Group]) -> Chart:
    """Bits per byte by language, one panel a run."""
    return Chart(
        "loss",
        "Loss on held-out text",
        "Bits per byte of documents that training never saw, by language, their mean, and what a "
        "uniform guess over the vocabulary costs.",
        tuple(_panel(group) for group in groups),
        table_of(groups, "heldout"),
    )


def _panel(group: Group) -> Lines:
    rows = group.tables["heldout"]
    mean = rows[rows["language"] == MEAN]
    codes = by_family(code for code in rows["language"] if code != MEAN)
    languages = (
        line(rows[rows["language"] == code], STEP, code, number, band=False)
        for number, code in enumerate(codes, start=1)
    )
    chance = line(mean, STEP, "uniform guess (mean)", 0, "chance", Role.CHANCE)
    return Lines(group.name, STEP, "bits per byte", (line(mean, STEP, MEAN, 0), *languages, chance))


def tokens_chart(groups: Sequence[Group]) -> Chart:
    """Tokens seen by step."""
    lines = []
    for number, group in enumerate(groups):
        rows = group.tables[TOKENS]
        lines.append(line(rows[rows["value"] > 0], STEP, group.name, number, band=False))
    return Chart(
        "tokens",
        "Tokens seen",
        "Training tokens up to each step, so that every movement can be held against them.",
        (Lines("", STEP, "tokens", tuple(lines), logarithmic=True),),
        table_of(groups, TOKENS),
    )


def loss_words(group: Group) -> list[str]:
    """How far the loss came."""
    rows = group.tables["heldout"]
    mean = rows[rows["language"] == MEAN]
    told = tell_change("Loss (mean over languages)", mean, group.band, _bits)
    guess = last_step(mean)["chance"].item()
    return [
        f"{told} A uniform guess costs {_bits(guess)}.",
        tell_extremes(rows[rows["language"] != MEAN], "language", group.band, _bits, "for"),
    ]


def tokens_words(group: Group) -> list[str]:
    """How many tokens were seen."""
    last = last_step(group.tables[TOKENS]).iloc[0]
    return [f"{int(last['value']):,} training tokens up to step {int(last['step']):,}."]


def _bits(value: float) -> str:
    return f"{value:.2f} bits per byte"
