"""Concept sets: for each language a pool of sentences, labelled for every concept."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from analysis.errors import UserError

PARTS = ("select", "test")
"""Sentences to choose experts on, and sentences to test them on."""

_SHOWN = 60
"""Characters of a sentence that an error shows."""


@dataclass(frozen=True, eq=False)
class ConceptPool:
    """The sentences of one language. S sentences, C concepts."""

    language: str
    """Code."""

    sentences: tuple[str, ...]
    """The S sentences; one may stand twice."""

    labels: npt.NDArray[np.int8]
    """(C, S): 1 the sentence shows the concept, 0 it doesn't, -1 not used for that concept.

    A concept that no sentence is used for is one that the language goes without."""

    part: npt.NDArray[np.str_]
    """(S,): "select" or "test"."""

    def has(self) -> npt.NDArray[np.bool_]:
        """Which concepts the language has, (C,)."""
        return np.asarray((self.labels >= 0).any(axis=1))


@dataclass(frozen=True, eq=False)
class ConceptSet:
    """The same concepts in several languages. Build it with `concept_set`."""

    concepts: tuple[str, ...]
    """Names, in the order of the rows of each pool's labels."""

    pools: dict[str, ConceptPool]
    """Language -> its sentences."""

    fingerprint: str
    """Changes with anything above."""


def concept_set(concepts: Sequence[str], pools: Mapping[str, ConceptPool]) -> ConceptSet:
    """A concept set, checked.

    Raises `UserError` when there are no concepts, no languages, a concept stands twice, a sentence
    stands in both parts of a language or is both positive and negative of a concept, a language or
    a concept has nothing, or a concept that a language has lacks positive or negative sentences
    there to select experts on.
    """
    if not concepts or not pools:
        raise UserError("the concept set is empty", fix="give it concepts and languages")
    if len(set(concepts)) < len(concepts):
        twice = next(name for name in concepts if list(concepts).count(name) > 1)
        raise UserError(f"concept '{twice}' stands twice", fix="name it once")
    for language, pool in pools.items():
        assert pool.language == language, (pool.language, language)
        assert pool.labels.shape == (len(concepts), len(pool.sentences)), pool.labels.shape
        assert pool.labels.dtype == np.int8, pool.labels.dtype
        assert pool.part.shape == (len(pool.sentences),), pool.part.shape
        assert set(pool.part.tolist()) <= set(PARTS), set(pool.part.tolist())
        _check_repeated(concepts, pool)
        there = pool.has()
        if not there.any():
            raise UserError(f"'{language}' has none of the concepts", fix="leave it out")
        selecting = pool.labels[:, pool.part == "select"]
        for label, kind in ((1, "positive"), (0, "negative")):
            present = (selecting == label).any(axis=1) | ~there
            if not present.all():
                raise UserError(
                    f"concept '{concepts[int(present.argmin())]}' has no {kind} sentence in "
                    f"'{language}' to select experts on",
                    fix="add some, or leave the concept or the language out",
                )
    anywhere = np.any([pool.has() for pool in pools.values()], axis=0)
    if not anywhere.all():
        raise UserError(
            f"no language has concept '{concepts[int(anywhere.argmin())]}'", fix="leave it out"
        )
    return ConceptSet(tuple(concepts), dict(pools), _fingerprint(concepts, pools))


def _check_repeated(concepts: Sequence[str], pool: ConceptPool) -> None:
    """Refuse a sentence that stands several times and in ways that do not go together."""
    rows: dict[str, list[int]] = {}
    for row, sentence in enumerate(pool.sentences):
        rows.setdefault(sentence, []).append(row)
    for sentence, places in rows.items():
        if len(places) == 1:
            continue
        if len(set(pool.part[places].tolist())) > 1:
            raise UserError(
                f"'{start(sentence)}' stands in both parts of '{pool.language}'",
                fix="what experts are tested on must not have chosen them: keep one",
            )
        labels = pool.labels[:, places]
        both = (labels == 1).any(axis=1) & (labels == 0).any(axis=1)
        if both.any():
            raise UserError(
                f"'{start(sentence)}' in '{pool.language}' is both positive and negative of "
                f"'{concepts[int(both.argmax())]}'",
                fix="decide which",
            )


def start(sentence: str) -> str:
    """As much of a sentence as a message has room for."""
    return sentence if len(sentence) <= _SHOWN else f"{sentence[:_SHOWN]}..."


def set_at(concepts: Sequence[str], pools: Mapping[str, ConceptPool], path: Path) -> ConceptSet:
    """`concept_set` of the concepts that any of these languages has, errors with their place."""
    rows = np.flatnonzero(np.any([pool.has() for pool in pools.values()], axis=0)).tolist()
    try:
        return concept_set(
            [concepts[row] for row in rows],
            {code: replace(pool, labels=pool.labels[rows]) for code, pool in pools.items()},
        )
    except UserError as error:
        raise UserError(error.what, where=path, fix=error.fix) from error


def _fingerprint(concepts: Iterable[str], pools: Mapping[str, ConceptPool]) -> str:
    digest = hashlib.sha256(json.dumps(list(concepts)).encode())
    for language, pool in pools.items():
        texts = json.dumps([language, pool.sentences, pool.part.tolist()])
        digest.update(texts.encode())
        digest.update(np.ascontiguousarray(pool.labels).tobytes())
    return digest.hexdigest()
