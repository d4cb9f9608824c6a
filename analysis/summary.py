"""From tables to curves: the few numbers of each table that are worth a line against the step."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd

from analysis.tables import ALL, ALL_LAYERS, MEAN

Summary = dict[str, float]

LOW, HIGH = 0.025, 0.975
"""Shares of the draws at the ends of a 95 % interval."""


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
    """Over all pairs: shared experts as a share of k beside both baselines, and over them.

    What is beyond the experts of other concepts has its interval, to be held against 0.
    Of the layers, which has the highest ratio, beside the bootstrap's say; of the best few experts,
    the ratios alone.
    """
    pairs = rows[(rows["concept"] == ALL) & (rows["language_a"] == ALL)]
    if pairs.empty:
        return {}  # one language has no pairs
    whole = pairs[pairs["layer"] == ALL_LAYERS].set_index("top")
    k = whole.index.max()
    everything = _only(whole.loc[[k]])
    by_layer = pairs[pairs["layer"] != ALL_LAYERS].set_index("layer")
    summary = {
        "share": everything["value"] / everything["k"],
        "share/chance": everything["chance"] / everything["k"],
        "share/other_concepts": everything["other_concepts"] / everything["k"],
        "excess": everything["excess"] / everything["k"],
        "excess/low": everything["excess_low"] / everything["k"],
        "excess/high": everything["excess_high"] / everything["k"],
        **_ratios(everything),
        **_spread("ratio", by_layer["ratio"], "layer"),
        **highest_layer(by_layer),
    }
    for top in whole.index.drop(k):
        ratios = _ratios(_only(whole.loc[[top]]))
        summary |= {f"{name}/top_{top}": value for name, value in ratios.items()}
    return summary


def _ratios(row: Summary) -> Summary:
    """Shared experts over what random sets share, and over what other concepts' experts do."""
    value, other = row["value"], row["other_concepts"]
    return {
        "ratio": row["ratio"],
        "ratio_to_other_concepts": value / other if other else math.nan,
    }


def highest_layer(by_layer: pd.DataFrame) -> Summary:
    """The layer of the highest ratio, how sure that is, and layers within which it is at 95 %.

    `by_layer` is the table `overlap`, indexed by the layer, of one step and all pairs.
    """
    layers = by_layer[by_layer["ratio"].notna()].sort_index()
    if layers.empty:
        return {}
    names = layers.index.to_numpy(dtype=np.float64)
    best = int(layers["ratio"].to_numpy().argmax())
    summary = {"highest_layer": float(names[best])}
    if layers["highest"].notna().all():  # more than one concept
        share = layers["highest"].to_numpy(dtype=np.float64)
        low, high = np.searchsorted(share.cumsum(), [LOW, HIGH])
        summary |= {
            "highest_layer/share": float(share[best]),
            "highest_layer/low": float(names[low]),
            "highest_layer/high": float(names[high]),
        }
    return summary


def _families(rows: pd.DataFrame) -> Summary:
    """Within and between families: shared experts over both baselines."""
    whole = rows[(rows["family_a"] == ALL) & (rows["layer"] == ALL_LAYERS)]
    whole = whole[whole["top"] == whole["top"].max()]
    return {
        f"{name}/{relation}": value
        for relation, part in whole.groupby("relation")
        for name, value in _ratios(_only(part)).items()
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


def _lens(rows: pd.DataFrame) -> Summary:
    """By depth, mean over texts: mass on the own language, on English, on the foremost other.

    The last two are of texts of other languages, which is what the table calls their chance.
    """
    if rows.empty:
        return {}  # one language has no words of its own
    own = rows[rows["language"] == rows["predicted"]]
    elsewhere = own.set_index("predicted")["chance"]
    by_depth = own.groupby("depth")["value"].mean()
    summary = {
        **_spread("own", by_depth, "depth"),
        "own/chance": float(own["chance"].mean()),
        "own/text": float(own["text"].mean()),
        **_spread("foremost_other", own.groupby("depth")["chance"].max(), "depth"),
    }
    if "en" in elsewhere:
        english = own[own["predicted"] == "en"]
        summary |= _spread("english_elsewhere", english.set_index("depth")["chance"], "depth")
    return summary


def _deactivation(rows: pd.DataFrame) -> Summary:
    """Bits per byte that a language pays for its own neurons and for others', beside chance."""
    rows = rows[rows["neurons"] > 0]
    if rows.empty:
        return {}  # one language, or none with neurons
    own = rows["neurons_of"] == rows["language"]
    summary: Summary = {}
    for name, column in (("", "value"), ("/chance", "chance")):
        mean = rows.groupby(own)[column].mean()
        summary[f"own{name}"] = float(mean.get(True, math.nan))
        summary[f"others{name}"] = float(mean.get(False, math.nan))
        summary[f"difference{name}"] = summary[f"own{name}"] - summary[f"others{name}"]
    for language, value in zip(rows.loc[own, "language"], rows.loc[own, "value"], strict=True):
        summary[f"own/{language}"] = float(value)
    return summary


def _steering(rows: pd.DataFrame) -> Summary:
    """By source language, of its experts: shares of all languages, and other measures.

    Beside the source language's own share and the measures, of which the probability of words is
    that of its own words, stand those without forcing (chance) and under the controls, and the
    difference from random units with its interval. Of several k and factors these are the first,
    which are the main ones.
    """
    summary: Summary = {}
    means = rows[(rows["concept"] == ALL) & (rows["source_language"] != ALL)]
    for source, part in means.groupby("source_language", sort=False):
        first = part.iloc[0]
        same = part[(part["k"] == first["k"]) & (part["factor"] == first["factor"])]
        of = {
            (str(forcing), str(metric), str(language)): row
            for (forcing, metric, language), row in same.set_index(
                ["forcing", "metric", "language"]
            ).iterrows()
        }
        beside = [("about", ALL), ("repetition", ALL), ("nats_per_token", ALL)]
        beside += [(name, str(source)) for name in ("language_share", "word_log_probability")]
        for (forcing, metric, language), row in of.items():
            name = f"share/{language}" if metric == "language_share" else metric
            main = (metric, language) in beside
            if forcing != "experts" and main:
                summary[f"{source}/{name}/{forcing}"] = float(row["value"])
            elif forcing == "experts" and (main or metric == "language_share"):
                summary[f"{source}/{name}"] = float(row["value"])
                if main:
                    summary[f"{source}/{name}/chance"] = float(row["chance"])
                    for end in ("", "_low", "_high"):
                        told = f"{source}/{name}/over_random{end.replace('_', '/')}"
                        summary[told] = float(row[f"over_random{end}"])
    return summary


def _kept(rows: pd.DataFrame) -> Summary:
    """Over all languages: experts that stayed as a share of k, beside chance."""
    summary: Summary = {}
    for since, part in rows[rows["language"] == MEAN].groupby("since"):
        mean = _only(part)
        summary[f"share_since_{since}"] = mean["value"] / mean["k"]
        summary[f"share_since_{since}/chance"] = mean["chance"] / mean["k"]
    return summary


def _division(rows: pd.DataFrame) -> Summary:
    """Language neurons among the experts of each kind, as a multiple of what chance gives."""
    whole = rows[(rows["layer"] == ALL_LAYERS) & rows["language"].isin([ALL, MEAN])]
    return {
        f"ratio/{kind}": float(ratio)
        for kind, ratio in zip(whole["experts"], whole["ratio"], strict=True)
    }


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
    "families": _families,
    "lape": _lape,
    "lens": _lens,
    "deactivation": _deactivation,
    "steering": _steering,
    "kept": _kept,
    "division": _division,
}
