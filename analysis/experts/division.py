"""How experts and language neurons divide the neurons of the MLPs among themselves.

Experts are outputs of all linear layers; language neurons are those of the MLP's first one, past
the non-linearity. Only units of the modules that language neurons are named after compare, and
`neurons` counts these alone. A layer without language neurons is read at the module of the same
name.

Each neuron once ("shared", "single", "any"): it is a shared expert when it is an expert of some
concept in two languages or more, and a single one when it is an expert but never of a concept in
two languages. `chance` is what a random set of as many neurons has in common with the language
neurons, with its hypergeometric tail. It takes neurons as exchangeable. They are not: those that
fire seldom are rather both, whatever they know.

By concept ("own", "other"): of the neurons that are experts of a concept in a language, those that
are language neurons of this language ("own"), or of a given language while the experts are another
one's ("other"). Experts of different concepts are the same neurons in part, so there is no honest
p-value; intervals are bootstrapped over concepts.

Reads nothing but the tables of a results folder, so a run gets the same while it goes on as later.

Shapes: A languages of language neurons, G languages of experts, C concepts, L layers and, at the
end, all of them together.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.results import comparable, made_from, read_table, table_path, write_derived
from analysis.statistics.bootstrap import bootstrap_interval
from analysis.statistics.hypergeometric import overlap_tail
from analysis.statistics.missing import mean_known
from analysis.tables import ALL, ALL_LAYERS, MEAN, columns

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

ANY, SHARED, SINGLE, OWN, OTHER = "any", "shared", "single", "own", "other"

_VERSION = 1
"""Counts the changes that make the table another, as those of `analysis.run.ANALYSES` do."""

_UNIT = ["module", "unit"]
_SEED = 0
"""Of the bootstrap: the table is made from tables alone, whose settings are not at hand."""


def write_division(results: Path, last_step: int | None = None) -> None:
    """Write the table of every step (up to `last_step`) that has experts and language neurons.

    Both must be of the same weights. Raises `UserError` for a table that is damaged.
    """
    neurons = comparable(results, "language_neurons", last_step)
    experts = comparable(results, "experts", last_step) if neurons else {}
    for step in sorted(experts.keys() & neurons.keys()):
        first, second = (
            made_from(table_path(results, name, step)) for name in ("experts", "language_neurons")
        )
        if first.get("weights") == second.get("weights"):
            source = {"experts": first, "language_neurons": second}
            make = partial(_of_step, results, step)
            write_derived(results, "division", step, source, make, version=_VERSION)


def _of_step(results: Path, step: int) -> pd.DataFrame:
    names = {
        "experts": ["concept", "language", "layer", *_UNIT],
        "language_neurons": ["layer", *_UNIT, "languages"],
        "lape": ["layer", "neurons"],
    }
    experts, neurons, lape = (
        read_table(table_path(results, name, step), columns=chosen)
        for name, chosen in names.items()
    )
    layers = lape[lape["layer"] != ALL_LAYERS]
    sizes = dict(zip(layers["layer"].tolist(), layers["neurons"].tolist(), strict=True))
    return division(experts, neurons, sizes)


def division(
    experts: pd.DataFrame,
    language_neurons: pd.DataFrame,
    layer_neurons: Mapping[int, int],
    *,
    draws: int = 1000,
) -> pd.DataFrame:
    """The table "division"; `layer_neurons` is the number of the MLP's neurons in each layer.

    Rows, in each layer and in all (-1): for all languages "any", "shared" and "single" experts;
    "own" and "other" for every language that has experts and language neurons, and for the mean
    over these. Empty without language neurons.
    """
    if language_neurons.empty:
        return pd.DataFrame(columns=columns("division"))
    layers = sorted(layer_neurons)
    sizes_L = np.array([*(layer_neurons[layer] for layer in layers), sum(layer_neurons.values())])
    comparing = _name_in_block(experts).isin(set(_name_in_block(language_neurons)))
    rows = [
        *_each_neuron_once(experts[comparing], language_neurons, layers, sizes_L),
        *_by_concept(experts, comparing, language_neurons, layers, sizes_L, draws),
    ]
    table = pd.concat(
        [part.assign(layer=[*layers, ALL_LAYERS], neurons=sizes_L) for part in rows],
        ignore_index=True,
    )
    expected = table["chance"].where(table["chance"] > 0)
    return table.assign(ratio=table["value"] / expected)[columns("division")]


def _name_in_block(units: pd.DataFrame) -> pd.Series:
    """Name of the module without the number of its block, the same in every block."""
    modules = units[["module", "layer"]].drop_duplicates("module")
    names = {
        module: module.replace(f".{layer}.", "..", 1)
        for module, layer in zip(modules["module"], modules["layer"], strict=True)
    }
    return units["module"].map(names)


def _each_neuron_once(
    experts: pd.DataFrame, language_neurons: pd.DataFrame, layers: Sequence[int], sizes_L: Ints
) -> Iterator[pd.DataFrame]:
    """Rows of the kinds of experts that count a neuron once."""
    languages = experts.groupby(["concept", "layer", *_UNIT]).size().rename("languages")
    most = languages.reset_index().groupby(["layer", *_UNIT])["languages"].max().reset_index()
    most["both"] = pd.MultiIndex.from_frame(most[_UNIT]).isin(
        pd.MultiIndex.from_frame(language_neurons[_UNIT])
    )
    own_L = _by_layer(language_neurons, layers)
    for kind, chosen in (
        (ANY, most),
        (SHARED, most[most["languages"] > 1]),
        (SINGLE, most[most["languages"] == 1]),
    ):
        k_L, value_L = _by_layer(chosen, layers), _by_layer(chosen[chosen["both"]], layers)
        numbers = list(
            zip(value_L.tolist(), sizes_L.tolist(), k_L.tolist(), own_L.tolist(), strict=True)
        )
        yield pd.DataFrame(
            {
                "experts": kind,
                "language": ALL,
                "k": k_L,
                "language_neurons": own_L,
                "value": value_L,
                "chance": k_L * own_L / sizes_L,
                "low": np.nan,
                "high": np.nan,
                "p_value": [overlap_tail(*four) for four in numbers],
            }
        )


def _by_concept(
    experts: pd.DataFrame,
    comparing: pd.Series,
    language_neurons: pd.DataFrame,
    layers: Sequence[int],
    sizes_L: Ints,
    draws: int,
) -> Iterator[pd.DataFrame]:
    """Rows of "own" and "other" experts of each language, and of the mean over languages."""
    each = language_neurons.assign(code=language_neurons["languages"].str.split()).explode("code")
    concepts, languages = (list(experts[name].unique()) for name in ("concept", "language"))
    having = set(each["code"])
    chosen = [code for code in languages if code in having]
    if not chosen:
        return
    has_GC1 = _counted(experts, concepts, languages, layers)[..., -1:] > 0
    size_GCL = _counted(experts[comparing], concepts, languages, layers)
    both = experts[comparing].merge(each[[*_UNIT, "code"]], on=_UNIT)
    own_AL = np.stack([_by_layer(each[each["code"] == code], layers) for code in chosen])
    both_AGCL = np.stack(
        [_counted(both[both["code"] == code], concepts, languages, layers) for code in chosen]
    )
    chance_AGCL = own_AL[:, None, None] * size_GCL / sizes_L
    own_AG = np.array([[code == other for other in languages] for code in chosen])
    for kind, members_AG in ((OWN, own_AG), (OTHER, ~own_AG)):
        k, value, chance = (
            _means(np.broadcast_to(numbers, both_AGCL.shape), members_AG, has_GC1)
            for numbers in (size_GCL, both_AGCL, chance_AGCL)
        )
        there = ~np.isnan(value)
        ends = bootstrap_interval(
            np.where(there, value, 0.0).reshape(len(concepts), -1),
            there.reshape(len(concepts), -1),
            seed=_SEED,
            draws=draws,
        )
        low, high = (end.reshape(value.shape[1:]) for end in ends)
        k, value, chance = (mean_known(numbers, axis=0) for numbers in (k, value, chance))
        neurons = np.concatenate([own_AL, own_AL.mean(axis=0, keepdims=True)])
        for row, language in enumerate([*chosen, MEAN]):
            yield pd.DataFrame(
                {
                    "experts": kind,
                    "language": language,
                    "k": k[row],
                    "language_neurons": neurons[row],
                    "value": value[row],
                    "chance": chance[row],
                    "low": low[row],
                    "high": high[row],
                    "p_value": np.nan,
                }
            )


def _means(numbers_AGCL: npt.NDArray[np.generic], members_AG: Bools, has_GC1: Bools) -> Floats:
    """Mean over the members that have a concept, and behind them the mean over A: (C, A + 1, L)."""
    there = members_AG[:, :, None, None] & has_GC1
    of_A = mean_known(np.where(there, numbers_AGCL, np.nan), axis=1)
    of_all = mean_known(of_A, axis=0)
    return np.concatenate([of_A, of_all[None]]).transpose(1, 0, 2)


def _counted(
    experts: pd.DataFrame, concepts: list[str], languages: list[str], layers: Sequence[int]
) -> Ints:
    """Number of experts, (G, C, L)."""
    counts = np.zeros((len(languages), len(concepts), len(layers) + 1), dtype=np.int64)
    language, concept = (
        pd.Categorical(experts[name], names).codes
        for name, names in (("language", languages), ("concept", concepts))
    )
    np.add.at(counts, (language, concept, np.searchsorted(layers, experts["layer"])), 1)
    counts[..., -1] = counts.sum(axis=-1)
    return counts


def _by_layer(units: pd.DataFrame, layers: Sequence[int]) -> Ints:
    """Number of units, (L,)."""
    place = np.searchsorted(layers, units["layer"])
    counts = np.bincount(place, minlength=len(layers))
    return np.array([*counts, len(units)])
