"""What may be said of a curve: whether it moved, from when on, and whether it is above chance.

Two values count as different when their intervals are apart. No interval, no such claim.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

Form = Callable[[float], str]
"""How a value is written."""


@dataclass(frozen=True)
class Change:
    """A curve from its first step to its last.

    `known` tells whether both have an interval. `since` is the first step from which on, up to the
    last, intervals lie on one side of the first step's: None when the last overlaps it.
    `extreme_step` is a step between whose interval lies outside both ends', the farthest; or None.
    """

    first_step: int
    first: float
    last_step: int
    last: float
    known: bool
    since: int | None
    extreme_step: int | None
    extreme: float

    @property
    def moved(self) -> int:
        """1 for a rise that intervals support, -1 for a fall, 0 for neither."""
        return 0 if self.since is None else (1 if self.last > self.first else -1)


def change(rows: pd.DataFrame) -> Change:
    """The change of a table with a row a step: step, value, low, high."""
    rows = rows.sort_values("step")
    steps = [int(step) for step in rows["step"]]
    values = rows["value"].tolist()
    spans = list(zip(rows["low"].tolist(), rows["high"].tolist(), strict=True))
    known = all(math.isfinite(end) for span in (spans[0], spans[-1]) for end in span)
    sides = [_side(span, spans[0]) for span in spans]
    since = steps[_run_start(sides)] if known and sides[-1] != 0 else None
    middle = [
        place
        for place in range(1, len(steps) - 1)
        if (side := sides[place]) != 0 and _side(spans[place], spans[-1]) == side
    ]
    farthest = max(middle, key=lambda place: abs(values[place] - values[0]), default=None)
    return Change(
        steps[0],
        values[0],
        steps[-1],
        values[-1],
        known,
        since,
        None if farthest is None else steps[farthest],
        math.nan if farthest is None else values[farthest],
    )


def above_chance(rows: pd.DataFrame) -> int | None:
    """The step from which on, up to the last, the whole interval is above chance; or None."""
    rows = rows.sort_values("step")
    sides = [int(low > chance) for low, chance in zip(rows["low"], rows["chance"], strict=True)]
    return int(rows["step"].tolist()[_run_start(sides)]) if sides[-1] else None


def places_moved(rows: pd.DataFrame, place: str) -> tuple[list[int], list[int]]:
    """Values of the column `place` (layers, depths) at which the curve rose, and where it fell."""
    moved = {int(str(at)): change(part).moved for at, part in rows.groupby(place)}
    return [at for at, side in moved.items() if side > 0], [
        at for at, side in moved.items() if side < 0
    ]


def tell_course(what: str, rows: pd.DataFrame, band: str, form: Form) -> str:
    """Whether a curve moved, and how it stands to chance."""
    return f"{tell_change(what, rows, band, form)} {tell_chance(rows, band, form)}"


def tell_change(what: str, rows: pd.DataFrame, band: str, form: Form) -> str:
    """One sentence about a curve from first to last; `band` says what the intervals are."""
    found = change(rows)
    ends = (
        f"{form(found.first)} at step {found.first_step:,}",
        f"{form(found.last)} at step {found.last_step:,}",
    )
    if found.first_step == found.last_step:
        return f"{what} is {ends[0]}, the only step there is."
    if not found.known:
        return f"{what} was {ends[0]} and is {ends[1]}; no interval says how certain that is."
    if found.moved:
        verb = "rose" if found.moved > 0 else "fell"
        sure = f"{_several(band)} apart from step {found.since:,} on"
        told = f"{what} {verb} from {ends[0]} to {ends[1]} ({sure})"
    else:
        told = f"{what}: no change found between {ends[0]} and {ends[1]} ({_several(band)} overlap)"
    if found.extreme_step is not None:
        told += f", and was {form(found.extreme)} at step {found.extreme_step:,} in between"
    return f"{told}."


def tell_chance(rows: pd.DataFrame, band: str, form: Form) -> str:
    """One sentence about a curve and its chance level."""
    last = rows.sort_values("step").iloc[-1]
    chance, step = form(float(last["chance"])), int(last["step"])
    if not math.isfinite(last["low"]):
        return f"Chance gives {chance} at step {step:,}; no interval is known."
    # A multiple of chance is 1 there.
    return tell_level("chance" if form is times else f"chance ({chance})", rows, band)


def tell_level(level: str, rows: pd.DataFrame, band: str) -> str:
    """One sentence about a curve and the column `chance`, called `level`; "" without intervals."""
    last = rows.sort_values("step").iloc[-1]
    step = int(last["step"])
    if not math.isfinite(last["low"]):
        return ""
    since = above_chance(rows)
    if since is not None:
        return f"It is above {level} with its whole {band} from step {since:,} on."
    if last["high"] < last["chance"]:
        return f"At step {step:,} it is below {level} with its whole {band}."
    return f"At step {step:,} it is not told from {level}: inside its {band}."


def tell_places(rows: pd.DataFrame, place: str, whole: str) -> str:
    """One sentence about where a curve rose and fell since the first step."""
    number = rows[place].nunique()
    if not change(rows[rows[place] == rows[place].iloc[0]]).known or rows["step"].nunique() < 2:
        return ""
    told = [
        f"{verb} at {len(at)} of {number} {whole} ({_spans(at)})"
        for verb, at in zip(("rose", "fell"), places_moved(rows, place), strict=True)
        if at
    ]
    return f"By {place}, it {' and '.join(told) or f'changed at none of {number} {whole}'}."


def tell_extremes(
    rows: pd.DataFrame, place: str, band: str, form: Form, where: str | None = None
) -> str:
    """One sentence about where a curve is lowest and highest at its last step.

    `where` leads to a value of the column `place`: "at layer" unless told otherwise.
    """
    where = f"at {place}" if where is None else where
    last = last_step(rows).sort_values(["value", place]).to_dict("records")
    if len(last) < 2:
        return ""
    lowest, highest = last[0], last[-1]
    told = (
        f"At step {lowest['step']:,} it is lowest {where} {lowest[place]} "
        f"({form(lowest['value'])}) and highest {where} {highest[place]} "
        f"({form(highest['value'])})"
    )
    if highest["low"] > lowest["high"]:
        return f"{told}."
    if math.isnan(highest["low"] - lowest["high"]):
        return f"{told}; no interval tells whether they differ."
    return f"{told}, which their {_several(band)} do not tell apart."


def tell_against(
    what: str, rows: pd.DataFrame, others: Mapping[str, pd.DataFrame], band: str, form: Form
) -> str:
    """One sentence about a curve's last value and those of others, told apart by intervals."""
    last = rows.sort_values("step").iloc[-1]
    told: dict[str, list[str]] = {"above": [], "below": [], "not told from": []}
    known = math.isfinite(last["low"])
    for name, other in others.items():
        for row in other[other["step"] == last["step"]].to_dict("records"):
            known = known and math.isfinite(row["low"])
            side = _side((last["low"], last["high"]), (row["low"], row["high"]))
            words = {1: "above", -1: "below", 0: "not told from"}[side]
            told[words].append(f"{name} ({form(row['value'])})")
    if not any(told.values()):
        return ""
    start = f"At step {int(last['step']):,}, {what} ({form(last['value'])})"
    if not known:
        beside = ", ".join(one for at in told.values() for one in at)
        return f"{start} stands beside {beside}; no interval is known."
    sides = " and ".join(f"{words} {', '.join(at)}" for words, at in told.items() if at)
    return f"{start} is {sides} ({_several(band)})."


def tell_differences(
    what: str, rows: pd.DataFrame, names: Mapping[str, str], band: str, form: Form, more: Form
) -> str:
    """One sentence about a curve's last value and what it differs from, by paired differences.

    `names` says by column of a difference (its interval in `<column>_low` and `_high`) what the
    value is held against; differences that are NaN are left out. `more` writes them.
    """
    last = rows.sort_values("step").iloc[-1]
    told: dict[str, list[str]] = {"above": [], "below": [], "not told from": [], "beside": []}
    for column, name in names.items():
        low, high = last[f"{column}_low"], last[f"{column}_high"]
        if math.isnan(last[column]):
            continue
        if not math.isfinite(low):
            told["beside"].append(f"{name} ({more(last[column])}, no interval is known)")
            continue
        side = int(low > 0) - int(high < 0)
        words = {1: "above", -1: "below", 0: "not told from"}[side]
        told[words].append(f"{name} ({more(last[column])}, {more(low)} to {more(high)})")
    sides = " and ".join(f"{words} {', '.join(at)}" for words, at in told.items() if at)
    if not sides:
        return ""
    start = f"At step {int(last['step']):,}, {what} ({form(last['value'])})"
    return f"{start} is {sides} (differences with their {_several(band)})."


def last_step(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of the last step that there is."""
    return rows[rows["step"] == int(rows["step"].max())] if len(rows) else rows


def share(value: float) -> str:
    """A share as a percentage."""
    return f"{100 * value:.1f} %"


def points(value: float) -> str:
    """A difference of shares in percentage points."""
    return f"{100 * value:+.1f} points"


def times(value: float) -> str:
    """A multiple of chance."""
    return f"{value:.2f} times chance"


def _several(band: str) -> str:
    return band.replace("interval", "intervals").replace("range", "ranges")


def _spans(places: list[int]) -> str:
    """Numbers in ascending order, neighbours drawn together: 0-3, 5."""
    spans: list[list[int]] = []
    for place in sorted(places):
        if spans and place == spans[-1][1] + 1:
            spans[-1][1] = place
        else:
            spans.append([place, place])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in spans)


def _side(span: tuple[float, float], of: tuple[float, float]) -> int:
    """1 for an interval above another, -1 for one below it, 0 for one that overlaps it."""
    return int(span[0] > of[1]) - int(span[1] < of[0])


def _run_start(sides: list[int]) -> int:
    """Where the run of equal sides begins that the last belongs to."""
    start = len(sides) - 1
    while start > 0 and sides[start - 1] == sides[-1]:
        start -= 1
    return start
