"""Overlap of expert neurons between languages: how many units are experts in both.

Per layer, and over all layers together, beside two baselines.

`chance` is the number that two random sets of the same sizes would share. A concept's sets in two
languages of a and b experts among N units share a b / N by chance, with a hypergeometric tail. Of
the mean over concepts the tail is that of a sum of independent hypergeometrics, exact by
convolution; of the mean over language pairs as well it is approximated from the exact moments
(`total_overlap_tail` says why and how well). It takes units as exchangeable, which they are not:
units that vary a lot, or answer to a sentence's length or form, are chosen for many concepts in
every language, even in a network that has learnt nothing.

`other_concepts` is the number that the experts of a concept in one language share with the experts
of a different concept in the other. It makes no such assumption: what it is exceeded by goes with
the concept.

A pair of languages is compared on the concepts that both have experts of.

Intervals are bootstrapped over concepts, which were sampled; languages and layers were not.

Shapes: C concepts, P pairs of languages, G languages, L layers and, at the end, all of them
together.
"""

from collections.abc import Mapping
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.results import ALL, ALL_LAYERS, columns
from analysis.statistics.bootstrap import bootstrap_interval
from analysis.statistics.hypergeometric import (
    overlap_mean,
    overlap_sum_tail,
    overlap_tail,
    total_overlap_tail,
)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Pairs = list[tuple[str, str]]


class _Counts(NamedTuple):
    """Experts of each language, (C, G, L), and units in common of each pair, (C, P, L).

    `crossed` sums over the other concepts d of a concept c: experts of c in the first language and
    of d in the second, and the other way round.
    """

    size: Ints
    shared: Ints
    crossed: Ints

    def has(self) -> Bools:
        """Which languages have experts of a concept, (C, G)."""
        return np.asarray(self.size[..., -1] > 0)


def expert_overlap(
    experts: pd.DataFrame, layer_units: Mapping[int, int], *, seed: int, draws: int = 1000
) -> pd.DataFrame:
    """The overlap table of an experts table; `layer_units` is the number of units in each layer.

    Rows: the mean over concepts ("all") for every pair of languages, and for the mean over pairs
    ("all", "all"), in each layer and in all (layer -1); then every concept for every pair and the
    mean over pairs, in all layers only. Languages and concepts keep the order in which the experts
    table names them, and a pair is named in that order; a concept's rows are those of the pairs
    that have it in common. Columns: `k` experts of one language
    (mean of the two), `value` shared ones, `chance` their expected number, `ratio` of the two
    (NaN where nothing is expected), `other_concepts` units shared by the experts of a concept in
    one language and of a different one in the other, mean over the different ones and both ways
    round (NaN where there is one concept), `low` and `high` the 95 % interval of `value` over
    concepts (NaN in a concept's own rows), and `p_value`, how often random sets share as many; of
    the means, as many in sum.

    With fewer than two languages the table is empty.
    """
    concepts = list(experts["concept"].unique())
    languages = list(experts["language"].unique())
    pairs = list(combinations(languages, 2))
    layers = sorted(layer_units)
    counts_CPL = _count(experts, concepts, languages, layers)
    units_L = [*(layer_units[layer] for layer in layers), sum(layer_units.values())]
    has_CG = counts_CPL.has()
    first, second = _places_of_pairs(len(languages))
    both_CP = has_CG[:, first] & has_CG[:, second]
    # Of a concept, the other concepts that the first and that the second language has.
    others_P = has_CG.sum(axis=0)[first] + has_CG.sum(axis=0)[second] - 2
    frames = []
    for place, layer in enumerate([*layers, ALL_LAYERS]):
        values = _values(_at_layer(counts_CPL, place), both_CP, others_P, units_L[place])
        frames.append(_mean_rows(values, pairs, layer=layer, seed=seed, draws=draws))
    values = _values(_at_layer(counts_CPL, -1), both_CP, others_P, units_L[-1])
    frames += [_concept_rows(values, row, concept, pairs) for row, concept in enumerate(concepts)]
    table = pd.concat(frames, ignore_index=True)
    return table if pairs else table.iloc[:0]


class _Values(NamedTuple):
    """Numbers of one layer or of all, (C, P) with the mean over a concept's pairs behind them.

    NaN for concepts that a pair has not in common. Tails are computed from counts and units.
    """

    k: Floats
    value: Floats
    chance: Floats
    other_concepts: Floats
    counts: _Counts
    units: int


def _at_layer(counts: _Counts, place: int) -> _Counts:
    return _Counts(*(part[..., place] for part in counts))


def _values(counts_CP: _Counts, both_CP: Bools, others_P: Ints, units: int) -> _Values:
    size_CG, shared_CP, crossed_CP = counts_CP
    first_CP, second_CP = _of_pairs(size_CG)
    with np.errstate(invalid="ignore"):
        # Where there is no other concept nothing was crossed either: 0 / 0.
        other_CP = crossed_CP / others_P
    k, value, chance, other_concepts = (
        _with_mean(np.where(both_CP, values, np.nan))
        for values in (
            (first_CP + second_CP) / 2,
            shared_CP,
            overlap_mean(units, first_CP, second_CP),
            other_CP,
        )
    )
    return _Values(k, value, chance, other_concepts, counts_CP, units)


def _mean_rows(values: _Values, pairs: Pairs, *, layer: int, seed: int, draws: int) -> pd.DataFrame:
    """Means over concepts in one layer."""
    size_CG, shared_CP, _ = values.counts
    first_CP, second_CP = _of_pairs(size_CG)
    there = ~np.isnan(values.value)
    low, high = bootstrap_interval(
        np.where(there, values.value, 0.0), there, seed=seed, draws=draws
    )
    # A set of no units shares none: concepts that a pair has not in common add nothing to a sum.
    tails = [
        overlap_sum_tail(
            int(shared_CP[:, pair].sum()),
            values.units,
            zip(first_CP[:, pair].tolist(), second_CP[:, pair].tolist(), strict=True),
        )
        for pair in range(len(pairs))
    ]
    return _frame(
        ALL,
        pairs,
        layer,
        k=_mean(values.k, axis=0),
        value=_mean(values.value, axis=0),
        chance=_mean(values.chance, axis=0),
        other_concepts=_mean(values.other_concepts, axis=0),
        low=low,
        high=high,
        p_value=[*tails, total_overlap_tail(int(shared_CP.sum()), values.units, size_CG)],
    )


def _concept_rows(values: _Values, row: int, concept: str, pairs: Pairs) -> pd.DataFrame:
    """One of the concepts over all layers, for the pairs that have it in common."""
    size_G, shared_P = values.counts.size[row], values.counts.shared[row]
    first_P, second_P = _of_pairs(size_G)
    tails = [
        overlap_tail(int(shared), values.units, int(first), int(second))
        for first, second, shared in zip(first_P, second_P, shared_P, strict=True)
    ]
    frame = _frame(
        concept,
        pairs,
        ALL_LAYERS,
        k=values.k[row],
        value=values.value[row],
        chance=values.chance[row],
        other_concepts=values.other_concepts[row],
        low=np.nan,
        high=np.nan,
        p_value=[*tails, total_overlap_tail(int(shared_P.sum()), values.units, size_G[None])],
    )
    return frame[frame["value"].notna()]


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
    """Experts by concept, language or pair, and layer; the last layer is the sum of all."""
    first, second = _places_of_pairs(len(languages))
    language = pd.Categorical(experts["language"], languages).codes
    layer = np.searchsorted(layers, experts["layer"].to_numpy())
    # Units that are experts of anything, sorted by layer.
    keys, place = np.unique(np.stack([layer, _unit_codes(experts)]), axis=1, return_inverse=True)
    named_GU = np.zeros((len(languages), keys.shape[1]), dtype=np.int64)
    np.add.at(named_GU, (language, place), 1)
    counts = _Counts(
        *(
            np.zeros((len(concepts), rows, len(layers) + 1), dtype=np.int64)
            for rows in (len(languages), len(first), len(first))
        )
    )
    for row, chosen in enumerate(_rows_by(experts["concept"], concepts)):
        own, column = np.unique(place[chosen], return_inverse=True)
        member_GU = np.zeros((len(languages), len(own)), dtype=np.int64)
        member_GU[language[chosen], column] = 1
        other_GU = named_GU[:, own] - member_GU  # how many other concepts the unit is an expert of
        shared_PU = member_GU[first] * member_GU[second]
        crossed_PU = member_GU[first] * other_GU[second] + other_GU[first] * member_GU[second]
        in_layer = (keys[0][own, None] == np.arange(len(layers))).astype(np.float64)
        for part, per_unit in zip(counts, (member_GU, shared_PU, crossed_PU), strict=True):
            part[row, :, :-1] = per_unit @ in_layer  # whole numbers far below 2^53
            part[row, :, -1] = per_unit.sum(axis=1)
    return counts


def _places_of_pairs(languages: int) -> tuple[Ints, Ints]:
    """Places of the first and of the second language of each pair."""
    first, second = np.array(list(combinations(range(languages), 2)), int).reshape(-1, 2).T
    return first, second


def _of_pairs(size_G: Ints) -> tuple[Ints, Ints]:
    """Of sizes by language (the last axis), those of each pair's first and second language."""
    first, second = _places_of_pairs(size_G.shape[-1])
    return size_G[..., first], size_G[..., second]


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


def _with_mean(values: Floats) -> Floats:
    """Values over pairs (the last axis), and behind them the mean of those that are not NaN."""
    return np.concatenate([values, _mean(values, axis=-1)[..., None]], axis=-1)


def _mean(values: Floats, *, axis: int) -> Floats:
    """Mean of what is not NaN; NaN where nothing is."""
    there = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        mean: Floats = np.where(there, values, 0.0).sum(axis=axis) / there.sum(axis=axis)
    return mean
