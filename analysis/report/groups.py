"""Runs that differ in their seed only are one group: their mean, and the range they span."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.report.runs import TOKENS, Run

KEYS: dict[str, list[str]] = {
    "heldout": ["step", "language", "metric"],
    "probing": ["step", "depth", "task", "language", "metric"],
    "overlap": ["step", "concept", "language_a", "language_b", "layer", "top"],
    "kept": ["step", "since", "since_step", "concept", "language"],
    "families": ["step", "relation", "family_a", "family_b", "layer", "top"],
    "lape": ["step", "layer", "language", "metric"],
    "division": ["step", "layer", "experts", "language"],
    "lens": ["step", "depth", "language", "predicted"],
    "deactivation": ["step", "neurons_of", "language"],
    "steering": ["step", "source_language", "forcing", "k", "factor", "metric", "language"],
    TOKENS: ["step"],
}
"""What a row of each table of numbers is about; probe seeds are not among it."""

NOT_COMPARED = ("run", "wandb", "resume", "online")
"""Blocks of a configuration that do not change what is learnt."""


@dataclass(frozen=True)
class Group:
    """One run, or several that differ in their seed only, as figures show it.

    `band` says what `low` and `high` of its tables are.
    """

    name: str
    tables: Mapping[str, pd.DataFrame]
    runs: Sequence[Run]

    @property
    def band(self) -> str:
        """What the interval of a value is."""
        return "95 % interval" if len(self.runs) < 2 else f"range over {len(self.runs)} seeds"


def group(runs: Sequence[Run]) -> list[Group]:
    """The runs in their order, those that differ in their seed only together with the first."""
    together: list[list[Run]] = []
    for run in runs:
        for others in together:
            if run.config is not None and _same_but_seed(run.config, others[0].config):
                others.append(run)
                break
        else:
            together.append([run])
    return [_group(part) for part in together]


def _group(runs: list[Run]) -> Group:
    others = len(runs) - 1
    more = f" and {others} more seed{'s' if others > 1 else ''}" if others else ""
    name = f"{runs[0].name}{more}"
    shared = [name for name in runs[0].tables if all(name in run.tables for run in runs)]
    tables = {name: _merge(name, [run.tables[name] for run in runs]) for name in shared}
    return Group(name, tables, runs)


def _merge(table: str, frames: list[pd.DataFrame]) -> pd.DataFrame:
    """One row for each thing that all the runs have a row about; texts are those of the first.

    p-values of several runs have no mean that is one.
    """
    if table not in KEYS:
        return frames[0]
    keys = KEYS[table]
    each = [_mean(frame, keys) for frame in frames]
    if len(each) == 1:
        return each[0].reset_index()
    stacked = pd.concat(each)
    rows = stacked.groupby(level=keys, sort=False)
    merged = rows.mean()
    ends = [str(name) for name in merged if str(name).endswith("low")]
    for prefix in (name.removesuffix("low") for name in ends):
        of = prefix.removesuffix("_") or "value"
        merged[f"{prefix}low"], merged[f"{prefix}high"] = rows[of].min(), rows[of].max()
    if "p_value" in merged:
        merged["p_value"] = np.nan
    return merged[rows.size() == len(frames)].reset_index()


def _mean(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Mean over what the keys leave open, the probe seeds.

    The interval reaches from the lowest end of theirs to the highest.
    """
    numbers = [name for name in frame.select_dtypes("number") if name not in {*keys, "seed"}]
    rows = frame.groupby(keys, sort=False)
    mean = rows[numbers].mean(skipna=False)
    if "seed" in frame:
        mean["low"], mean["high"] = rows["low"].min(skipna=False), rows["high"].max(skipna=False)
    return mean


def _same_but_seed(one: Mapping[str, Any], other: Mapping[str, Any] | None) -> bool:
    return other is not None and _without_seed(one, top=True) == _without_seed(other, top=True)


def _without_seed(value: Any, *, top: bool = False) -> Any:  # noqa: ANN401 (any plain value)
    if not isinstance(value, Mapping):
        return value
    left_out = {"seed", *(NOT_COMPARED if top else ())}
    return {key: _without_seed(inner) for key, inner in value.items() if key not in left_out}


def table_of(
    groups: Sequence[Group],
    rows: str | Callable[[Group], pd.DataFrame],
    columns: Sequence[str] = (),
) -> pd.DataFrame:
    """Tables of groups, or rows made of them, one under the other; the column `run` is in front.

    Without `columns` all are in it.
    """
    made = [group.tables[rows] if isinstance(rows, str) else rows(group) for group in groups]
    names = [group.name for group in groups]
    whole = pd.concat([part.assign(run=name) for part, name in zip(made, names, strict=True)])
    return whole[["run", *(columns or whole.columns.drop("run"))]]


def bands(groups: Sequence[Group]) -> str:
    """What the intervals in a figure are, of which group where they differ."""
    if len({group.band for group in groups}) == 1:
        return groups[0].band
    return ", ".join(f"{group.band} ({group.name})" for group in groups)


def of(group: Group, groups: Sequence[Group]) -> str:
    """What is added to a curve's name where several groups have one in a figure."""
    return f" ({group.name})" if len(groups) > 1 else ""
