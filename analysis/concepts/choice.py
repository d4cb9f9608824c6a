"""From the sentences kept of one language to its pool: positives, and negatives that match them.

1. Near-duplicates go, all but the one of lowest priority.
2. A concept takes its positives by priority, as many in each part as are wanted. With too few in
   all, or none in a part, the language goes without it.
3. Negatives are found for each positive among the pool's other sentences of the same part: one that
   certainly doesn't show the concept, of the same source, with the number of characters nearest to
   the positive's. Where the source has none within `REACH` of that length, other sources serve. No
   sentence serves twice for one concept.

A sentence is a negative only for the concepts that it was found for, and not used for the others.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from analysis.concepts.harvest import Sentence, wanted
from analysis.concepts.matching import Matcher
from analysis.concepts.near_duplicates import without_near_duplicates
from analysis.concepts.settings import BuildSettings
from analysis.seeds import uniforms

REACH = 0.25
"""Relative difference in length up to which a negative of the same source is taken."""


@dataclass(frozen=True)
class Chosen:
    """The pool of one language. S sentences, C concepts."""

    sentences: list[Sentence]
    labels: npt.NDArray[np.int8]
    """(C, S): 1 shows the concept, 0 a negative for it, -1 not used for it."""
    same_source: int
    """Negatives that are of the same source as their positive."""


def choose(
    language: str, kept: Sequence[Sentence], matcher: Matcher, settings: BuildSettings
) -> Chosen:
    """The pool of a language from the sentences kept of it, in the order of their priority."""
    words = [matcher.words(sentence.text) for sentence in kept]
    places = without_near_duplicates(words, settings.similarity)
    pool = [kept[place] for place in places]
    labels = np.full((len(matcher.concepts), len(pool)), -1, dtype=np.int8)
    _take_positives(pool, labels, settings)
    near = np.zeros(labels.shape, dtype=bool)
    for column, place in enumerate(places):
        near[list(matcher.near(words[place])), column] = True
    columns = _columns(pool)
    same_source = 0
    for concept, own in enumerate(labels):
        others = np.flatnonzero(~near[concept])
        # Of equal length each concept prefers others: nobody's negatives are everybody's.
        preference = uniforms(settings.seed, "concepts/negatives", others, language, concept)
        same_source += _take_negatives(own, others, preference, columns, settings.negatives)
    used = np.flatnonzero((labels >= 0).any(axis=0))
    return Chosen([pool[column] for column in used], labels[:, used], same_source)


def _take_positives(
    pool: Sequence[Sentence], labels: npt.NDArray[np.int8], settings: BuildSettings
) -> None:
    """Label the positives of every concept."""
    places: list[tuple[list[int], list[int]]] = [([], []) for _ in labels]
    for column, sentence in enumerate(pool):
        for concept in sentence.concepts:
            own = places[concept][sentence.test]
            if len(own) < wanted(settings, test=sentence.test):
                own.append(column)
    for row, (selecting, testing) in zip(labels, places, strict=True):
        if selecting and testing and len(selecting) + len(testing) >= settings.minimum:
            row[selecting + testing] = 1


class _Columns(NamedTuple):
    """What negatives are found by, (S,) each: characters, part, number of the source."""

    length: npt.NDArray[np.int64]
    test: npt.NDArray[np.bool_]
    source: npt.NDArray[np.int64]


def _columns(pool: Sequence[Sentence]) -> _Columns:
    numbers: dict[str, int] = {}
    return _Columns(
        np.array([len(sentence.text) for sentence in pool], dtype=np.int64),
        np.array([sentence.test for sentence in pool], dtype=np.bool_),
        np.array(
            [numbers.setdefault(sentence.origin, len(numbers)) for sentence in pool], np.int64
        ),
    )


def _take_negatives(
    own: npt.NDArray[np.int8],
    others: npt.NDArray[np.int64],
    preference: npt.NDArray[np.float64],
    columns: _Columns,
    negatives: int,
) -> int:
    """Label the negatives of one concept in its row `own`, which has its positives.

    They are chosen among `others`, of equal length those of low `preference` first. Gives back how
    many are of their positive's source.
    """
    others = others[np.lexsort((preference, columns.length[others]))]
    positives = np.flatnonzero(own == 1)
    same_source = 0
    for test in (False, True):
        mine = positives[columns.test[positives] == test].tolist()
        eligible = others[columns.test[others] == test]
        everywhere = _ByLength(eligible, columns.length)
        sources = {
            source: _ByLength(eligible[columns.source[eligible] == source], columns.length)
            for source in set(columns.source[mine].tolist())
        }
        for _ in range(negatives):
            for column in mine:
                length, source = int(columns.length[column]), int(columns.source[column])
                found = sources[source].nearest(length, own)
                if found is None or abs(columns.length[found] - length) > REACH * length:
                    elsewhere = everywhere.nearest(length, own)
                    found = elsewhere if elsewhere is not None else found
                if found is None:
                    break
                own[found] = 0
                same_source += int(columns.source[found] == source)
    return same_source


class _ByLength:
    """Sentences in the order of their lengths, to find the nearest that is not taken yet."""

    def __init__(self, columns: npt.NDArray[np.int64], length: npt.NDArray[np.int64]) -> None:
        self._columns: list[int] = columns.tolist()
        self._lengths: list[int] = length[columns].tolist()

    def nearest(self, length: int, taken: npt.NDArray[np.int8]) -> int | None:
        """The column of the free sentence nearest in length, the shorter of two; None if none."""
        high = bisect_left(self._lengths, length)
        low = high - 1
        while low >= 0 and taken[self._columns[low]] >= 0:
            low -= 1
        while high < len(self._columns) and taken[self._columns[high]] >= 0:
            high += 1
        places = [place for place in (low, high) if 0 <= place < len(self._columns)]
        if not places:
            return None
        return self._columns[min(places, key=lambda place: abs(self._lengths[place] - length))]
