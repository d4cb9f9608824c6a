"""From tables to curves: the few numbers of each table that are worth a line against the step."""

import math
from collections.abc import Callable

import pandas as pd

from analysis.results import ALL, ALL_LAYERS, MEAN

Summary = dict[str, float]


def summarise(table: str, rows: pd.DataFrame) -> Summary:
    """Curve names and values of one checkpoint's table, for example `probing/accuracy/mean`.

    A number that is not defined at this checkpoint is left out. A table that only lists things has
    no curve.
    """
    summary = SUMMARIES.get(table)
    values = summary(rows) if summary else {}
    return {f"{table}/{name}": value for name, value in values.items() if math.isfinite(value)}


def _heldout(rows: pd.DataFrame) -> Summary:
    chosen = rows[rows["metric"] == "bits_per_byte"]
    return {
        f"bits_per_byte/{language}": float(value)
        for language, value in zip(chosen["language"], chosen["value"], strict=True)
    }


def _probing(rows: pd.DataFrame) -> Summary:
    """By depth the mean over probe seeds; over depths their mean and standard deviation."""
    summary: Summary = {}
    whole = rows[rows["language"] == ALL]
    for (task, metric), part in whole.groupby(["task", "metric"]):
        name = f"{metric}" if task == "language" else f"control_{metric}"
        by_depth = part.groupby("depth")["value"].mean()
        summary |= _spread(name, by_depth, "depth")
        summary[f"{name}/chance"] = float(part["chance"].mean())
    return summary


def _experts(rows: pd.DataFrame) -> Summary:
    """Means over experts: on held-out sentences, beside chance; and on those that chose them.

    The latter are the best of many: chance gives the best of all as much as `samples/null_max`.
    """
    return {
        "ap_heldout": float(rows["ap_test"].mean()),
        "ap_heldout_chance": float(rows["chance_test"].mean()),
        "ap_selected": float(rows["ap"].mean()),
        "ap_best": float(rows.loc[rows["rank"] == 0, "ap"].mean()),
    }


def _samples(rows: pd.DataFrame) -> Summary:
    """Of a concept in a language, mean over both: units discovered, and the best one by chance."""
    return {name: float(rows[name].mean()) for name in ("discoveries", "null_max")}


def _overlap(rows: pd.DataFrame) -> Summary:
    """Over all pairs: shared experts as a share of k beside both baselines, and over them."""
    pairs = rows[(rows["concept"] == ALL) & (rows["language_a"] == ALL)]
    if pairs.empty:
        return {}  # one language has no pairs
    everything = _only(pairs[pairs["layer"] == ALL_LAYERS])
    by_layer = pairs[pairs["layer"] != ALL_LAYERS].set_index("layer")["ratio"]
    value, other = everything["value"], everything["other_concepts"]
    return {
        "share": value / everything["k"],
        "share/chance": everything["chance"] / everything["k"],
        "share/other_concepts": other / everything["k"],
        "ratio": everything["ratio"],
        "ratio_to_other_concepts": value / other if other else math.nan,
        **_spread("ratio", by_layer, "layer"),
    }


def _lape(rows: pd.DataFrame) -> Summary:
    """Neurons that depend on the language as a share of all, and the mean entropy, over chance."""
    if rows.empty:
        return {}  # one language has no neurons of its own
    below = rows[rows["metric"] == "below_null"]
    shares = below.assign(value=below["value"] / below["neurons"])
    shares["chance"] = below["chance"] / below["neurons"]
    whole = shares[shares["layer"] == ALL_LAYERS].set_index("language")["value"]
    everything = _only(shares[(shares["layer"] == ALL_LAYERS) & (shares["language"] == ALL)])
    by_layer = shares[(shares["layer"] != ALL_LAYERS) & (shares["language"] == ALL)]
    entropy = _only(rows[(rows["metric"] == "entropy_mean") & (rows["layer"] == ALL_LAYERS)])
    return {
        "share": everything["value"],
        "share/chance": everything["chance"],
        "entropy": entropy["value"],
        "entropy/chance": entropy["chance"],
        **{f"share/{code}": float(value) for code, value in whole.items() if code != ALL},
        **_spread("share", by_layer.set_index("layer")["value"], "layer"),
    }


def _kept(rows: pd.DataFrame) -> Summary:
    """Over all languages: experts that stayed as a share of k, beside chance."""
    summary: Summary = {}
    for since, part in rows[rows["language"] == MEAN].groupby("since"):
        mean = _only(part)
        summary[f"share_since_{since}"] = mean["value"] / mean["k"]
        summary[f"share_since_{since}/chance"] = mean["chance"] / mean["k"]
    return summary


def _only(rows: pd.DataFrame) -> Summary:
    """The numbers of the one row there is."""
    assert len(rows) == 1, rows
    numbers = rows.select_dtypes("number")
    return {str(name): float(column.item()) for name, column in numbers.items()}


def _spread(name: str, values: pd.Series, axis: str) -> Summary:
    return {
        f"{name}/mean": float(values.mean()),
        f"{name}/std": float(values.std(ddof=0)),
        **{f"{name}/{axis}_{int(str(key)):02d}": float(value) for key, value in values.items()},
    }


SUMMARIES: dict[str, Callable[[pd.DataFrame], Summary]] = {
    "heldout": _heldout,
    "probing": _probing,
    "experts": _experts,
    "samples": _samples,
    "overlap": _overlap,
    "lape": _lape,
    "kept": _kept,
}
