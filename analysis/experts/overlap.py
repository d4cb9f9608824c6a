"""Overlap of expert neurons between languages: how many units are experts in both.

Per layer, and over all layers together, beside the number that two random sets of the same sizes
would share. A concept's sets in two languages of a and b experts among N units share a b / N by
chance, with a hypergeometric tail. Of the mean over concepts the tail is that of a sum of
independent hypergeometrics, exact by convolution; of the mean over language pairs as well it is
normal with the exact variance (`mean_tail` says why). Intervals are bootstrapped over concepts,
which were sampled; languages and layers were not.

Shapes: C concepts, P pairs of languages, L layers and, at the end, all of them together.
"""

from collections.abc import Mapping
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.results import ALL_LAYERS, columns
from analysis.statistics.bootstrap import bootstrap_interval
from analysis.statistics.hypergeometric import (
    mean_tail,
    overlap_mean,
    overlap_sum_tail,
    overlap_tail,
    overlap_variance,
)

ALL = "all"
"""Stands for the mean over concepts, and for the mean over language pairs."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Pairs = list[tuple[str, str]]


class _Counts(NamedTuple):
    """Experts of the first and the second language of a pair, and those in common."""

    first: Ints
    second: Ints
    shared: Ints


def expert_overlap(
    experts: pd.DataFrame, layer_units: Mapping[int, int], *, seed: int, draws: int = 1000
) -> pd.DataFrame:
    """The overlap table of an experts table; `layer_units` is the number of units in each layer.

    Rows: the mean over concepts ("all") for every pair of languages, and for the mean over pairs
    ("all", "all"), in each layer and in all (layer -1); then every concept for every pair and the
    mean over pairs, in all layers only. Languages and concepts keep the order in which the experts
    table names them, and a pair is named in that order. Columns: `k` experts of one language
    (mean of the two), `value` shared ones, `chance` their expected number, `ratio` of the two
    (NaN where nothing is expected), `low` and `high` the 95 % interval of `value` over concepts
    (NaN in a concept's own rows), and `p_value`, how often random sets share as many.

    With fewer than two languages the table is empty.
    """
    concepts = list(experts["concept"].unique())
    languages = list(experts["language"].unique())
    pairs = list(combinations(languages, 2))
    layers = sorted(layer_units)
    counts_CPL = _count(experts, concepts, languages, layers)
    units_L = [*(layer_units[layer] for layer in layers), sum(layer_units.values())]
    frames = []
    for place, layer in enumerate([*layers, ALL_LAYERS]):
        counts_CP = _Counts(*(part[..., place] for part in counts_CPL))
        frames.append(
            _mean_rows(counts_CP, pairs, layer=layer, units=units_L[place], seed=seed, draws=draws)
        )
    for row, concept in enumerate(concepts):
        counts_P = _Counts(*(part[row, :, -1] for part in counts_CPL))
        frames.append(_concept_rows(counts_P, concept, pairs, units_L[-1]))
    table = pd.concat(frames, ignore_index=True)
    return table if pairs else table.iloc[:0]


def _mean_rows(
    counts_CP: _Counts, pairs: Pairs, *, layer: int, units: int, seed: int, draws: int
) -> pd.DataFrame:
    """Means over concepts in one layer."""
    first_CP, second_CP, shared_CP = counts_CP
    low, high = bootstrap_interval(_with_mean(shared_CP), seed=seed, draws=draws)
    tails = [
        overlap_sum_tail(
            int(shared_CP[:, pair].sum()),
            units,
            zip(first_CP[:, pair].tolist(), second_CP[:, pair].tolist(), strict=True),
        )
        for pair in range(len(pairs))
    ]
    return _frame(
        ALL,
        pairs,
        layer,
        k=_with_mean((first_CP + second_CP) / 2).mean(axis=0),
        value=_with_mean(shared_CP).mean(axis=0),
        chance=_with_mean(overlap_mean(units, first_CP, second_CP)).mean(axis=0),
        low=low,
        high=high,
        p_value=[*tails, _total_tail(counts_CP, units)],
    )


def _concept_rows(counts_P: _Counts, concept: str, pairs: Pairs, units: int) -> pd.DataFrame:
    """One concept over all layers."""
    first_P, second_P, shared_P = counts_P
    tails = [
        overlap_tail(int(shared), units, int(first), int(second))
        for first, second, shared in zip(first_P, second_P, shared_P, strict=True)
    ]
    return _frame(
        concept,
        pairs,
        ALL_LAYERS,
        k=_with_mean((first_P + second_P) / 2),
        value=_with_mean(shared_P),
        chance=_with_mean(overlap_mean(units, first_P, second_P)),
        low=np.nan,
        high=np.nan,
        p_value=[*tails, _total_tail(counts_P, units)],
    )


def _frame(
    concept: str, pairs: Pairs, layer: int, **values: Floats | list[float] | float
) -> pd.DataFrame:
    """Rows for every pair and, at the end, the mean over pairs."""
    frame = pd.DataFrame([*pairs, (ALL, ALL)], columns=["language_a", "language_b"])
    frame = frame.assign(concept=concept, layer=layer, **values)
    expected = frame["chance"].where(frame["chance"] > 0)
    return frame.assign(ratio=frame["value"] / expected)[columns("overlap")]


def _count(
    experts: pd.DataFrame, concepts: list[str], languages: list[str], layers: list[int]
) -> _Counts:
    """Experts by concept, pair and layer; the last layer is the sum of all. Arrays (C, P, L)."""
    first, second = np.array(list(combinations(range(len(languages)), 2)), int).reshape(-1, 2).T
    shape = len(concepts), len(first), len(layers) + 1
    counts = _Counts(*(np.zeros(shape, dtype=np.int64) for _ in range(3)))
    language = pd.Categorical(experts["language"], languages).codes
    layer = np.searchsorted(layers, experts["layer"].to_numpy())
    unit = _unit_codes(experts)
    for row, chosen in enumerate(_rows_by(experts["concept"], concepts)):
        # Membership of each unit that is an expert of this concept in any language, sorted by
        # layer, so that counting per layer is a sum over runs.
        keys, place = np.unique(
            np.stack([layer[chosen], unit[chosen]]), axis=1, return_inverse=True
        )
        member = np.zeros((len(languages), keys.shape[1]), dtype=bool)
        member[language[chosen], place] = True
        in_layer = keys[0][:, None] == np.arange(len(layers))
        for part, sets in zip(
            counts, (member[first], member[second], member[first] & member[second]), strict=True
        ):
            part[row, :, :-1] = sets.astype(np.float32) @ in_layer.astype(np.float32)
            part[row, :, -1] = sets.sum(axis=1)
    return counts


def _unit_codes(experts: pd.DataFrame) -> Ints:
    """One number for each (module, unit)."""
    module, _ = pd.factorize(experts["module"])
    unit = experts["unit"].to_numpy(dtype=np.int64)
    codes: Ints = module * (int(unit.max()) + 1) + unit
    return codes


def _rows_by(column: pd.Series, names: list[str]) -> list[Ints]:
    """Row numbers of each name."""
    codes = pd.Categorical(column, names).codes
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.searchsorted(codes[order], np.arange(1, len(names))))


def _with_mean(values: npt.NDArray[np.generic]) -> Floats:
    """Values over pairs (the last axis), and their mean behind them."""
    pairs = values.astype(np.float64)
    mean = pairs.mean(axis=-1, keepdims=True) if pairs.shape[-1] else pairs.sum(-1, keepdims=True)
    return np.concatenate([pairs, mean], axis=-1)


def _total_tail(counts: _Counts, units: int) -> float:
    """P-value of the total over everything in `counts`."""
    first, second, shared = counts
    return mean_tail(
        float(shared.sum()),
        float(overlap_mean(units, first, second).sum()),
        float(overlap_variance(units, first, second).sum()),
    )
