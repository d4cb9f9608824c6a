"""The built-in concept set: sentences of the demo world that name a concept, in every language.

The sentences of a language are the same meanings as those of every other, so a concept's positives
differ between languages in form alone. Each sentence is labelled for all concepts at once.
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
    "mother teacher doctor king dog horse bird elephant bread rice water apple book door boat "
    "tree song joy house school market river earthquake wedding"
).split()
"""Twenty-four nouns of many fields."""

TRIES = 100
"""Draws after which nothing new is expected to be said about a concept."""


def demo_concepts(languages: Sequence[str], *, positives: int = 60, seed: int = 0) -> ConceptSet:
    """The concept set of the demo world.

    Every concept has `positives` sentences made about it, fewer where the world has fewer to say,
    and those made about others that name it too. Two in three sentences are there to choose experts
    on ("select"), one in three to test them on ("test"); those that do not name a concept are its
    negatives.
    """
    turns = _clauses(positives, seed)
    clauses = list(turns)
    named = [lexemes(clause) for clause in clauses]
    labels = np.array([[concept in names for names in named] for concept in CONCEPTS], np.int8)
    part = np.where(np.array(list(turns.values())) % 3 == 2, "test", "select")
    pools = {
        language: ConceptPool(
            language, tuple(say(clause, language) for clause in clauses), labels, part
        )
        for language in languages
    }
    return concept_set(CONCEPTS, pools)


def _clauses(positives: int, seed: int) -> dict[Clause, int]:
    """Distinct clauses, each with the turn it was made in; in a turn all concepts have one."""
    random = Random(derive(seed, "demo/concepts"))
    clauses: dict[Clause, int] = {}
    for turn in range(positives):
        for concept in CONCEPTS:
            drawn = (clause_about(concept, random) for _ in range(TRIES))
            new = next((clause for clause in drawn if clause not in clauses), None)
            if new is not None:
                clauses[new] = turn
    return clauses
