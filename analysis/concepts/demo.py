"""The built-in concept set: sentences of the demo world that name a concept, in every language.

Every language says meanings of its own, drawn from a random stream of its own. Were its sentences
the translations of another's, whatever else they share (length, tense, negation, other nouns) would
go along with a concept alike in both, and experts would agree between languages without any
knowledge of the concept. The world is small: meanings that two languages happen to share remain.

A sentence stands once in its language, also where two meanings sound the same in it. Each is
labelled for all concepts at once.
"""

from collections.abc import Sequence
from random import Random

import numpy as np

from analysis.concepts.sets import ConceptPool, ConceptSet, concept_set
from analysis.seeds import derive
from analysis.text.demo.clauses import Clause, lexemes
from analysis.text.demo.grammars import say
from analysis.text.demo.stories import clause_about

CONCEPTS = (
    "mother teacher doctor king dog horse bird elephant bread rice water egg book door boat "
    "tree song joy house school market river earthquake wedding"
).split()
"""Twenty-four nouns of many fields, which are concepts of the lexicon too."""

TRIES = 100
"""Draws after which nothing new is expected to be said about a concept."""


def demo_concepts(languages: Sequence[str], *, positives: int = 60, seed: int = 0) -> ConceptSet:
    """The concept set of the demo world.

    Every concept has `positives` sentences made about it, fewer where the language has fewer to
    say, and those made about others that name it too. Two in three sentences are there to choose
    experts on ("select"), one in three to test them on ("test"); those that do not name a concept
    are its negatives. A language's sentences do not depend on which others are asked for.
    """
    return concept_set(CONCEPTS, {code: _pool(code, positives, seed) for code in languages})


def _pool(language: str, positives: int, seed: int) -> ConceptPool:
    said = _sentences(language, positives, seed)
    named = [lexemes(clause) for clause, _ in said.values()]
    labels = np.array([[concept in names for names in named] for concept in CONCEPTS], np.int8)
    turn = np.array([turn for _, turn in said.values()])
    part = np.where(turn % 3 == 2, "test", "select")
    return ConceptPool(language, tuple(said), labels, part)


def _sentences(language: str, positives: int, seed: int) -> dict[str, tuple[Clause, int]]:
    """Distinct sentences, each with its meaning and the turn in which it was made.

    In a turn all concepts have one.
    """
    random = Random(derive(seed, "demo/concepts", language))
    said: dict[str, tuple[Clause, int]] = {}
    for turn in range(positives):
        for concept in CONCEPTS:
            for _ in range(TRIES):
                clause = clause_about(concept, random)
                sentence = say(clause, language)
                if sentence not in said:
                    said[sentence] = clause, turn
                    break
    return said
