import re
from functools import cache

import numpy as np

from analysis.concepts.demo import CONCEPTS, demo_concepts
from analysis.concepts.sets import ConceptSet
from analysis.languages import LANGUAGES
from analysis.text.demo import world
from analysis.text.demo.lexicon import read_lexicon


@cache
def demo() -> ConceptSet:
    return demo_concepts(tuple(LANGUAGES))


def test_concepts_are_nouns_of_the_world() -> None:
    assert len(CONCEPTS) == len(set(CONCEPTS)) == 24
    assert set(CONCEPTS) <= set(world.NOUNS)
    assert demo().concepts == tuple(CONCEPTS)


def test_all_languages_say_the_same_meanings_under_the_same_labels() -> None:
    english = demo().pools["en"]
    assert list(demo().pools) == list(LANGUAGES)
    for pool in demo().pools.values():
        assert len(pool.sentences) == len(english.sentences)
        np.testing.assert_array_equal(pool.labels, english.labels)
        np.testing.assert_array_equal(pool.part, english.part)
        if pool.language != "en":
            assert not set(pool.sentences) & set(english.sentences)


def test_english_sentences_name_the_concepts_that_they_are_labelled_with() -> None:
    words, pool = read_lexicon("en"), demo().pools["en"]
    for row, concept in enumerate(CONCEPTS):
        forms = [words[concept, "one"]]
        if words.kind(concept) == "noun" and words[concept, "many"]:
            forms.append(words[concept, "many"])
        pattern = re.compile(rf"\b({'|'.join(map(re.escape, forms))})\b", re.IGNORECASE)
        named = [bool(pattern.search(sentence)) for sentence in pool.sentences]
        np.testing.assert_array_equal(pool.labels[row] == 1, named, err_msg=concept)


def test_every_concept_has_its_sentences_in_both_parts() -> None:
    pool = demo().pools["sw"]
    for part, least in (("select", 35), ("test", 15)):
        chosen = pool.labels[:, pool.part == part]
        assert ((chosen == 1).sum(axis=1) >= least).all()
        assert ((chosen == 0).sum(axis=1) >= 5 * (chosen == 1).sum(axis=1)).all()
    share = (pool.part == "test").mean()
    assert 0.30 < share < 0.36


def test_english_sentences_stand_once() -> None:
    sentences = demo().pools["en"].sentences
    assert len(set(sentences)) == len(sentences)


def test_the_set_is_a_function_of_its_arguments() -> None:
    first = demo_concepts(["es", "en"], positives=6)
    again = demo_concepts(["es", "en"], positives=6)
    assert first.fingerprint == again.fingerprint
    assert first.pools["es"].sentences == again.pools["es"].sentences
    assert demo_concepts(["es", "en"], positives=6, seed=1).fingerprint != first.fingerprint
    assert demo_concepts(["es"], positives=6).pools["es"].sentences == first.pools["es"].sentences
    assert len(first.pools["es"].sentences) <= 6 * len(CONCEPTS)
