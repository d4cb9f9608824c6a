"""Pairs of languages that are averaged over: all of them, those within families, those between.

Families are those of `analysis.languages`; a language that it doesn't know has one of its own,
named by its code.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from analysis.languages import LANGUAGES
from analysis.tables import ALL

WITHIN, BETWEEN = "within", "between"


class Group(NamedTuple):
    """Pairs of languages whose mean is a row of the table `families`."""

    relation: str
    family_a: str
    family_b: str
    members: npt.NDArray[np.bool_]
    """Which pairs, in the order of `itertools.combinations`."""


def family_groups(languages: Sequence[str]) -> list[Group]:
    """Pairs within each family, then within any; pairs between each two, then between any.

    Groups without a pair are left out. Families come in the order of their first language.
    """
    families = [LANGUAGES[code].family if code in LANGUAGES else code for code in languages]
    place = {name: number for number, name in enumerate(dict.fromkeys(families))}
    pairs = [tuple(sorted(pair, key=place.__getitem__)) for pair in combinations(families, 2)]
    within = [(name, name) for name in place]
    groups: list[Group] = []
    for relation, kinds in ((WITHIN, within), (BETWEEN, list(combinations(place, 2)))):
        members = [np.array([pair == kind for pair in pairs], dtype=np.bool_) for kind in kinds]
        groups += [Group(relation, *kind, own) for kind, own in zip(kinds, members, strict=True)]
        if members:
            groups.append(Group(relation, ALL, ALL, np.any(members, axis=0)))
    return [group for group in groups if group.members.any()]
