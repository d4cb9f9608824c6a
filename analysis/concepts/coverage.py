"""What a concept set holds: sentences per concept and language, and what length would tell."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis.concepts.sets import ConceptPool, ConceptSet

STEPS = (20, 50, 100)
"""Numbers of positive sentences that the summary counts concepts by."""


def coverage(concepts: ConceptSet) -> pd.DataFrame:
    """Positive sentences of each concept (rows) in each language (columns)."""
    counts = {code: (pool.labels == 1).sum(axis=1) for code, pool in concepts.pools.items()}
    return pd.DataFrame(counts, index=pd.Index(concepts.concepts, name="concept"))


def summary(concepts: ConceptSet) -> pd.DataFrame:
    """A row per language: sentences, concepts with as many positives as `STEPS` say, length AUC."""
    table = coverage(concepts)
    return pd.DataFrame(
        {
            "sentences": {code: len(pool.sentences) for code, pool in concepts.pools.items()},
            **{f">={least}": (table >= least).sum() for least in STEPS},
            "length AUC": {code: length_auc(pool) for code, pool in concepts.pools.items()},
        }
    )


def length_auc(pool: ConceptPool) -> float:
    """How well the number of characters tells positives from negatives, concepts pooled.

    Area under the ROC curve of the better direction: 0.5 when length tells nothing.
    """
    length = np.array([len(sentence) for sentence in pool.sentences], dtype=np.int64)
    most = int(length.max()) + 1
    positive, negative = (
        np.bincount(
            np.broadcast_to(length, pool.labels.shape)[pool.labels == label], minlength=most
        )
        for label in (1, 0)
    )
    below = np.cumsum(negative) - negative
    area = (positive * (below + negative / 2)).sum() / (positive.sum() * negative.sum())
    return float(max(area, 1 - area))


def too_few(table: pd.DataFrame, minimum: int) -> list[dict[str, int]]:
    """Concepts, and languages, with cells below `minimum`: how many of them, most first."""
    below = table < minimum
    counts = [
        {str(name): int(count) for name, count in below.sum(axis=axis).items()} for axis in (1, 0)
    ]
    return [
        {name: count for name, count in sorted(some.items(), key=lambda item: -item[1]) if count}
        for some in counts
    ]


def unseen_words(counts: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    """Language -> "concept: pattern" of the lexicon that occurs nowhere, by a set's manifest."""
    return {code: list(_unseen(count["words"])) for code, count in counts.items()}


def _unseen(words: Iterable[tuple[str, str, int]]) -> Iterable[str]:
    return (f"{concept}: {pattern}" for concept, pattern, times in words if not times)
