import re
from functools import cache

import numpy as np
import pytest

from analysis.concepts.demo import CONCEPTS, _sentences, demo_concepts
from analysis.concepts.lexicon import read_lexicon as concept_lexicon
from analysis.concepts.sets import ConceptSet
from analysis.languages import LANGUAGES
from analysis.text.demo import world
from analysis.text.demo.clauses import lexemes
from analysis.text.demo.grammars import say
from analysis.text.demo.lexicon import read_lexicon


@cache
def demo() -> ConceptSet:
    return demo_concepts(tuple(LANGUAGES))


def test_concepts_are_nouns_of_the_world() -> None:
    assert len(CONCEPTS) == len(set(CONCEPTS)) == 24
    assert set(CONCEPTS) <= set(world.NOUNS) & set(concept_lexicon(["en"]).concepts)
    assert demo().concepts == tuple(CONCEPTS)


def test_languages_say_meanings_of_their_own() -> None:
    assert list(demo().pools) == list(LANGUAGES)
    for first, second in (("en", "es"), ("zh", "sw")):
        a, b = (_sentences(code, 60, 0) for code in (first, second))
        assert tuple(a) == demo().pools[first].sentences
        meanings = [{clause for clause, _ in said.values()} for said in (a, b)]
        # The world is small, but most of what one language says the other does not.
        assert len(meanings[0] & meanings[1]) < 0.5 * min(map(len, meanings))
        one, other = (demo().pools[code].labels for code in (first, second))
        common = min(one.shape[1], other.shape[1])
        assert not np.array_equal(one[:, :common], other[:, :common])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_stands_once_in_a_language_and_so_in_one_part(language: str) -> None:
    pool = demo().pools[language]
    assert len(set(pool.sentences)) == len(pool.sentences)
    parts = [
        {text for text, part in zip(pool.sentences, pool.part, strict=True) if part == name}
        for name in ("select", "test")
    ]
    assert all(parts)
    assert not parts[0] & parts[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_are_the_concepts_that_the_meaning_names(language: str) -> None:
    pool, said = demo().pools[language], _sentences(language, 60, 0)
    assert tuple(said) == pool.sentences
    for column, (sentence, (clause, turn)) in enumerate(said.items()):
        assert say(clause, language) == sentence
        names = {CONCEPTS[row] for row in np.flatnonzero(pool.labels[:, column])}
        assert names == lexemes(clause) & set(CONCEPTS)
        assert pool.part[column] == ("test" if turn % 3 == 2 else "select")


def test_english_sentences_name_the_concepts_that_they_are_labelled_with() -> None:
    words, pool = read_lexicon("en"), demo().pools["en"]
    for row, concept in enumerate(CONCEPTS):
        forms = [words[concept, "one"]]
        if words.kind(concept) == "noun" and words[concept, "many"]:
            forms.append(words[concept, "many"])
        pattern = re.compile(rf"\b({'|'.join(map(re.escape, forms))})\b", re.IGNORECASE)
        named = [bool(pattern.search(sentence)) for sentence in pool.sentences]
        np.testing.assert_array_equal(pool.labels[row] == 1, named, err_msg=concept)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_concept_has_its_sentences_in_both_parts(language: str) -> None:
    pool = demo().pools[language]
    for part, least in (("select", 30), ("test", 10)):
        chosen = pool.labels[:, pool.part == part]
        assert ((chosen == 1).sum(axis=1) >= least).all()
        assert ((chosen == 0).sum(axis=1) >= 5 * (chosen == 1).sum(axis=1)).all()
    share = (pool.part == "test").mean()
    assert 0.30 < share < 0.36


def test_the_set_is_a_function_of_its_arguments() -> None:
    first = demo_concepts(["es", "en"], positives=6)
    again = demo_concepts(["es", "en"], positives=6)
    assert first.fingerprint == again.fingerprint
    assert first.pools["es"].sentences == again.pools["es"].sentences
    assert demo_concepts(["es", "en"], positives=6, seed=1).fingerprint != first.fingerprint
    alone = demo_concepts(["es"], positives=6).pools["es"]
    assert alone.sentences == first.pools["es"].sentences
    assert np.array_equal(alone.labels, first.pools["es"].labels)
    assert len(first.pools["es"].sentences) <= 6 * len(CONCEPTS)
