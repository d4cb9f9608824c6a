"""Loss by language, and the tokens that it took."""

from collections.abc import Sequence

from analysis.languages import by_family
from analysis.report.change import change, tell_change
from analysis.report.charts import STEP, Chart, Lines, Role, line
from analysis.report.groups import Group, table_of
from analysis.report.runs import TOKENS
from analysis.tables import MEAN


def loss_chart(groups: Sequence[Group]) -> Chart:
    """Bits per byte by language, one panel a run."""
    return Chart(
        "loss",
        "Loss on held-out text",
        "Bits per byte of documents that training never saw, by language; the mean over languages "
        "with its interval, and what a uniform guess over the vocabulary costs.",
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
    found = change(mean)
    told = [tell_change("Loss (mean over languages)", found, group.band, _bits)]
    last = rows[(rows["step"] == found.last_step) & (rows["language"] != MEAN)]
    if len(last) > 1:
        last = last.sort_values("value")
        lowest, highest = last.iloc[0], last.iloc[-1]
        guess = float(mean.sort_values("step")["chance"].iloc[-1])
        told.append(
            f"At step {found.last_step:,} it is lowest for {lowest['language']} "
            f"({_bits(lowest['value'])}) and highest for {highest['language']} "
            f"({_bits(highest['value'])}); a uniform guess costs {_bits(guess)}."
        )
    return told


def tokens_words(group: Group) -> list[str]:
    """How many tokens were seen."""
    last = group.tables[TOKENS].sort_values("step").iloc[-1]
    return [f"{int(last['value']):,} training tokens up to step {int(last['step']):,}."]


def _bits(value: float) -> str:
    return f"{value:.2f} bits per byte"
