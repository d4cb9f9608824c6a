"""Counting experts: of each language, shared by two languages, and by different concepts' experts.

Shapes: C concepts, G languages, P pairs of languages, U units, L layers and, at the end, all of
them together.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class Counts(NamedTuple):
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

    def at(self, place: int) -> "Counts":
        """Those of one layer, by its place, or of all (-1); without the last axis."""
        return Counts(*(part[..., place] for part in self))


def count_experts(
    experts: pd.DataFrame, concepts: list[str], languages: list[str], layers: Sequence[int]
) -> Counts:
    """Experts by concept, language or pair, and layer; the last layer is the sum of all."""
    first, second = places_of_pairs(len(languages))
    language = pd.Categorical(experts["language"], languages).codes
    # Units that are experts of anything.
    units, place = np.unique(_unit_codes(experts), return_inverse=True)
    layer_U = np.zeros(len(units), dtype=np.int64)
    layer_U[place] = experts["layer"]
    named_GU = np.zeros((len(languages), len(units)), dtype=np.int64)
    np.add.at(named_GU, (language, place), 1)
    counts = Counts(
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
        in_layer = (layer_U[own, None] == np.array(layers, dtype=np.int64)).astype(np.float64)
        for part, per_unit in zip(counts, (member_GU, shared_PU, crossed_PU), strict=True):
            part[row, :, :-1] = per_unit @ in_layer  # whole numbers far below 2^53
            part[row, :, -1] = per_unit.sum(axis=1)
    return counts


def places_of_pairs(languages: int) -> tuple[Ints, Ints]:
    """Places of the first and of the second language of each pair."""
    first, second = np.array(list(combinations(range(languages), 2)), int).reshape(-1, 2).T
    return first, second


def of_pairs(size_G: Ints) -> tuple[Ints, Ints]:
    """Of sizes by language (the last axis), those of each pair's first and second language."""
    first, second = places_of_pairs(size_G.shape[-1])
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
