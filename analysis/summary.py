"""From tables to curves: the few numbers of each table that are worth a line against the step."""

from collections.abc import Callable

import pandas as pd

from analysis.results import ALL_LAYERS

Summary = dict[str, float]


def summarise(table: str, rows: pd.DataFrame) -> Summary:
    """Curve names and values of one checkpoint's table, for example `probing/accuracy/mean`.

    Tables that only describe what others were computed on have none.
    """
    summary = SUMMARIES.get(table)
    return {f"{table}/{name}": value for name, value in summary(rows).items()} if summary else {}


def _heldout(rows: pd.DataFrame) -> Summary:
    chosen = rows[rows["metric"] == "bits_per_byte"]
    return {
        f"bits_per_byte/{language}": float(value)
        for language, value in zip(chosen["language"], chosen["value"], strict=True)
    }


def _probing(rows: pd.DataFrame) -> Summary:
    """By depth the mean over probe seeds; over depths their mean and standard deviation."""
    summary: Summary = {}
    whole = rows[rows["language"] == "all"]
    for (task, metric), part in whole.groupby(["task", "metric"]):
        name = f"{metric}" if task == "language" else f"control_{metric}"
        by_depth = part.groupby("depth")["value"].mean()
        summary |= _spread(name, by_depth, "depth")
        summary[f"{name}/chance"] = float(part["chance"].mean())
    return summary


def _experts(rows: pd.DataFrame) -> Summary:
    return {
        "ap/mean": float(rows["ap"].mean()),
        "ap/heldout_mean": float(rows["ap_test"].mean()),
        "ap/chance": float(rows["chance"].mean()),
    }


def _overlap(rows: pd.DataFrame) -> Summary:
    """Over all pairs: shared experts as a share of k and over chance, in all and by layer."""
    pairs = rows[(rows["concept"] == "all") & (rows["language_a"] == "all")]
    if pairs.empty:
        return {}  # one language has no pairs
    everything = pairs[pairs["layer"] == ALL_LAYERS]
    by_layer = pairs[pairs["layer"] != ALL_LAYERS].set_index("layer")["ratio"]
    return {
        "share": float((everything["value"] / everything["k"]).sum()),
        "share/chance": float((everything["chance"] / everything["k"]).sum()),
        "ratio": float(everything["ratio"].sum()),
        **_spread("ratio", by_layer, "layer"),
    }


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
    "overlap": _overlap,
}
