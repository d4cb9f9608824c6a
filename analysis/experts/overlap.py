"""Overlap of expert neurons between languages: how many units are experts in both.

Per layer, and over all layers together, beside two baselines.

`chance` is the number that two random sets of the same sizes would share. A concept's sets in two
languages of a and b experts among N units share a b / N by chance, with a hypergeometric tail. Of
the mean over concepts the tail is that of a sum of independent hypergeometrics, exact by
convolution; of the mean over several language pairs as well it is approximated from the exact
moments (`total_overlap_tail` says why and how well). It takes units as exchangeable, which they are
not: units that vary a lot, or answer to a sentence's length or form, are chosen for many concepts
in every language, even in a network that has learnt nothing.

`other_concepts` is the number that the experts of a concept in one language share with the experts
of a different concept in the other. It makes no such assumption: what it is exceeded by (`excess`)
goes with the concept.

A pair of languages is compared on the concepts that both have experts of.

Intervals are bootstrapped over concepts, which were sampled; languages and layers were not. So is
`highest`, which says how sure it is in which layer the ratio is highest. A concept's experts are
compared with its own in the other language once but with other concepts' twice, as the one and as
the other; so what it adds to the mean excess is value - 2 other_concepts, and this is resampled
(the projection of a U-statistic: Hoeffding, "A Class of Statistics with Asymptotically Normal
Distribution", 1948).

Shapes: C concepts, P pairs of languages, G languages, R pairs and groups of pairs, L layers.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.experts.counts import (
    Bools,
    Counts,
    count_experts,
    of_pairs,
    places_of_pairs,
)
from analysis.experts.families import Group, family_groups
from analysis.experts.settings import Ends
from analysis.statistics.bootstrap import bootstrap_highest, bootstrap_interval
from analysis.statistics.hypergeometric import (
    overlap_mean,
    overlap_tail,
    total_overlap_tail,
)
from analysis.statistics.missing import mean_known
from analysis.tables import ALL, ALL_LAYERS, columns

Floats = npt.NDArray[np.float64]


class OverlapTables(NamedTuple):
    """The tables `overlap` and `families`."""

    overlap: pd.DataFrame
    families: pd.DataFrame


def expert_overlap(
    experts: pd.DataFrame,
    layer_units: Mapping[int, int],
    *,
    seed: int,
    draws: int = 1000,
    top: Sequence[int] = (),
    ends: Ends = "top",
) -> OverlapTables:
    """The overlap of an experts table; `layer_units` is the number of units in each layer.

    Rows of `overlap`: the mean over concepts ("all") for every pair of languages, and for the mean
    over pairs ("all", "all"), in each layer and in all (layer -1); then every concept for every
    pair and the mean over pairs, in all layers only; then, for each size of `top` below k, the
    means over concepts in all layers, of the best so many experts alone: from either end half of
    them where the experts are from both `ends`. Languages and concepts keep the order in which the
    experts table names them, and a pair is named in that order; a concept's rows are those of the
    pairs that have it in common.

    Columns: `top` experts chosen, `k` experts of one language there (mean of the two), `value`
    shared ones, `chance` their expected number, `ratio` of the two (NaN where nothing is expected),
    `other_concepts` units shared by the experts of a concept in one language and of a different one
    in the other, mean over the different ones and both ways round (NaN where there is one concept),
    `low` and `high` the 95 % interval of `value` over concepts (NaN in a concept's own rows),
    `excess` what `value` has over `other_concepts`, `excess_low` and `excess_high` its interval,
    `p_value`, how often random sets share as many; of the means, as many in sum; and `highest`, the
    share of bootstrap draws in which the layer's ratio is the highest (NaN but for one layer).

    `families` has the means over concepts alone, in the same layers and for the same sizes, for the
    mean over the pairs of each group of `family_groups`.

    With fewer than two languages the tables are empty.
    """
    concepts = list(experts["concept"].unique())
    languages = list(experts["language"].unique())
    if len(languages) < 2:
        return OverlapTables(
            *(pd.DataFrame(columns=columns(name)) for name in ("overlap", "families"))
        )
    of = _rows_of(languages)
    layers = sorted(layer_units)
    counts = count_experts(experts, concepts, languages, layers)
    k = int(counts.size[..., -1].max())
    sizes_L = [*(layer_units[layer] for layer in layers), sum(layer_units.values())]
    values_L = [_values(counts, place, of, units) for place, units in enumerate(sizes_L)]
    highest_LR = _highest(values_L[:-1], seed, draws)
    means = [
        _means(values, of, seed, draws).assign(layer=layer, top=k, highest=highest_R)
        for layer, values, highest_R in zip(
            [*layers, ALL_LAYERS], values_L, [*highest_LR, np.nan], strict=True
        )
    ]
    for size in sorted(set(top)):
        if size < k:
            best = count_experts(_best(experts, size, k, ends), concepts, languages, [])
            values = _values(best, -1, of, sizes_L[-1])
            means.append(
                _means(values, of, seed, draws).assign(layer=ALL_LAYERS, top=size, highest=np.nan)
            )
    of_concepts = [
        _of_concept(values_L[-1], row, of).assign(concept=concept, top=k)
        for row, concept in enumerate(concepts)
    ]
    by_pair = [
        rows.iloc[: len(of.pairs) + 1].assign(concept=ALL, **of.languages()) for rows in means
    ]
    by_family = [rows.iloc[len(of.pairs) + 1 :].assign(**of.families()) for rows in means]
    return OverlapTables(
        pd.concat([*by_pair, *of_concepts], ignore_index=True)[columns("overlap")],
        pd.concat(by_family, ignore_index=True)[columns("families")],
    )


class _RowsOf(NamedTuple):
    """What rows are of: each pair of languages; then groups of them, all pairs and families'."""

    pairs: list[tuple[str, str]]
    groups: list[Group]
    members_RP: Bools
    """The pairs that a row is the mean over."""

    def languages(self) -> dict[str, list[str]]:
        """Names of the rows of pairs and of all of them."""
        first, second = zip(*self.pairs, (ALL, ALL), strict=True)
        return {"language_a": list(first), "language_b": list(second)}

    def families(self) -> dict[str, list[str]]:
        """Names of the rows of families' pairs."""
        names = ("relation", "family_a", "family_b")
        return {name: [getattr(group, name) for group in self.groups] for name in names}


def _rows_of(languages: list[str]) -> _RowsOf:
    pairs = list(combinations(languages, 2))
    groups = family_groups(languages)
    everything = np.ones(len(pairs), dtype=np.bool_)
    of_groups = [everything, *(group.members for group in groups)]
    return _RowsOf(pairs, groups, np.stack([*np.eye(len(pairs), dtype=np.bool_), *of_groups]))


def _best(experts: pd.DataFrame, size: int, k: int, ends: Ends) -> pd.DataFrame:
    """The best `size` experts of the k of each concept and language."""
    if ends == "top":
        return experts[experts["rank"] < size]
    # The lower half is ranked from the very last unit on.
    return experts[experts["rank"] % (k // 2) < size // 2]


class _Values(NamedTuple):
    """Numbers of one layer or of all, (C, R).

    NaN for concepts that a pair has not in common. Tails are computed from counts and units.
    """

    k: Floats
    value: Floats
    chance: Floats
    other_concepts: Floats
    counts: Counts
    units: int


def _values(counts: Counts, place: int, of: _RowsOf, units: int) -> _Values:
    has_CG = counts.has()
    first, second = places_of_pairs(has_CG.shape[1])
    both_CP = has_CG[:, first] & has_CG[:, second]
    # Of a concept, the other concepts that the first and that the second language has.
    others_P = has_CG.sum(axis=0)[first] + has_CG.sum(axis=0)[second] - 2
    here = counts.at(place)
    first_CP, second_CP = of_pairs(here.size)
    with np.errstate(invalid="ignore"):
        # Where there is no other concept nothing was crossed either: 0 / 0.
        other_CP = here.crossed / others_P
    k, value, chance, other_concepts = (
        _over_members(np.where(both_CP, values, np.nan), of.members_RP)
        for values in (
            (first_CP + second_CP) / 2,
            here.shared,
            overlap_mean(units, first_CP, second_CP),
            other_CP,
        )
    )
    return _Values(k, value, chance, other_concepts, here, units)


def _means(values: _Values, of: _RowsOf, seed: int, draws: int) -> pd.DataFrame:
    """Means over concepts in one layer, R rows."""
    size_CG, shared_CP, _ = values.counts
    there = ~np.isnan(values.value)
    low, high = bootstrap_interval(
        np.where(there, values.value, 0.0), there, seed=seed, draws=draws
    )
    known = there & ~np.isnan(values.other_concepts)
    moved = np.where(known, values.value - 2 * values.other_concepts, 0.0)
    ends = bootstrap_interval(moved, known, seed=seed, draws=draws)
    other = mean_known(values.other_concepts, axis=0)
    # A set of no units shares none: concepts that a pair has not in common add nothing to a sum.
    shared_R = of.members_RP @ shared_CP.sum(axis=0)
    tails = [
        total_overlap_tail(int(shared), values.units, size_CG, _square(members_P))
        for shared, members_P in zip(shared_R, of.members_RP, strict=True)
    ]
    return _frame(
        k=mean_known(values.k, axis=0),
        value=mean_known(values.value, axis=0),
        chance=mean_known(values.chance, axis=0),
        other_concepts=other,
        low=low,
        high=high,
        excess_low=ends.low + other,
        excess_high=ends.high + other,
        p_value=tails,
    )


def _of_concept(values: _Values, row: int, of: _RowsOf) -> pd.DataFrame:
    """One of the concepts over all layers, for the pairs that have it in common and all of them."""
    size_G, shared_P = values.counts.size[row], values.counts.shared[row]
    first_P, second_P = of_pairs(size_G)
    tails = [
        overlap_tail(int(shared), values.units, int(first), int(second))
        for first, second, shared in zip(first_P, second_P, shared_P, strict=True)
    ]
    names = of.languages()
    rows = slice(len(of.pairs) + 1)
    frame = _frame(
        k=values.k[row, rows],
        value=values.value[row, rows],
        chance=values.chance[row, rows],
        other_concepts=values.other_concepts[row, rows],
        low=np.nan,
        high=np.nan,
        excess_low=np.nan,
        excess_high=np.nan,
        p_value=[*tails, total_overlap_tail(int(shared_P.sum()), values.units, size_G[None])],
    ).assign(layer=ALL_LAYERS, highest=np.nan, **names)
    return frame[frame["value"].notna()]


def _highest(values_L: Sequence[_Values], seed: int, draws: int) -> Floats:
    """Share of bootstrap draws in which a layer's ratio is the highest, (L, R)."""
    value_CLR, chance_CLR = (
        np.stack([np.nan_to_num(getattr(values, name)) for values in values_L], axis=1)
        for name in ("value", "chance")
    )
    return bootstrap_highest(value_CLR, chance_CLR, seed=seed, draws=draws)


def _frame(**numbers: Floats | list[float] | float) -> pd.DataFrame:
    frame = pd.DataFrame(numbers)
    expected = frame["chance"].where(frame["chance"] > 0)
    return frame.assign(
        ratio=frame["value"] / expected, excess=frame["value"] - frame["other_concepts"]
    )


def _square(members_P: Bools) -> Bools:
    """Pairs as a symmetric matrix over languages."""
    languages = round((1 + (1 + 8 * len(members_P)) ** 0.5) / 2)
    square = np.zeros((languages, languages), dtype=np.bool_)
    square[places_of_pairs(languages)] = members_P
    return np.asarray(square | square.T)


def _over_members(values_CP: Floats, members_RP: Bools) -> Floats:
    """Of each row's pairs, the mean of the values that are not NaN, (C, R); NaN where none is."""
    there_CP = ~np.isnan(values_CP)
    members_PR = members_RP.T.astype(np.float64)
    with np.errstate(invalid="ignore"):
        mean: Floats = (np.where(there_CP, values_CP, 0.0) @ members_PR) / (there_CP @ members_PR)
    return mean
