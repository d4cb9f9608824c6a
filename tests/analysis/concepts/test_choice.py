from random import Random

import numpy as np
import numpy.typing as npt
import pytest

from analysis.concepts.choice import REACH, Chosen, choose
from analysis.concepts.coverage import length_auc
from analysis.concepts.harvest import Sentence, wanted
from analysis.concepts.matching import Matcher
from analysis.concepts.sets import ConceptPool
from analysis.concepts.settings import BuildSettings
from tests.analysis.concepts.lexicons import entry

MATCHER = Matcher(
    "en", {"house": entry("house(/s)"), "river": entry("river(/s)"), "rare": entry("quokka")}
)
SETTINGS = BuildSettings(positives=40, minimum=10, negatives=3, test_share=0.333)
LETTERS = "abcdefghijklmnop"


def candidates(count: int = 9000, seed: int = 0) -> list[Sentence]:
    """Houses in long sentences of the novel, rivers in short ones of the news."""
    random = Random(seed)
    found = []
    for priority in range(count):
        origin = random.choice(["novel", "news"])
        word = random.choices(["house", "river", "household", ""], [1, 1, 1, 6])[0]
        longer = 2 * (word == "house") + 5 * (origin == "novel")
        words = [
            "".join(random.choices(LETTERS, k=random.randint(4, 6)))
            for _ in range(random.randint(4 + longer // 2, 9 + longer))
        ]
        text = " ".join([*words, word]).strip()
        numbers = {"house": (0,), "river": (1,)}.get(word, ())
        found.append(Sentence(priority, priority % 97, origin, priority % 97 < 32, text, numbers))
    return found


def chosen(settings: BuildSettings = SETTINGS, seed: int = 0) -> Chosen:
    return choose("en", candidates(seed=seed), MATCHER, settings)


def test_positives_are_those_of_lowest_priority_in_each_part() -> None:
    pool = chosen()
    for concept in (0, 1):
        for test in (False, True):
            first = [
                sentence
                for sentence in candidates()
                if concept in sentence.concepts and sentence.test == test
            ][: wanted(SETTINGS, test=test)]
            mine = [
                sentence
                for sentence, label in zip(pool.sentences, pool.labels[concept], strict=True)
                if label == 1 and sentence.test == test
            ]
            assert mine == first


def test_negatives_match_their_positives_in_part_source_and_length() -> None:
    pool = chosen()
    for concept in (0, 1):
        counts: dict[tuple[int, bool, str], int] = {}
        for label in (1, 0):
            for column in np.flatnonzero(pool.labels[concept] == label):
                sentence = pool.sentences[column]
                key = label, sentence.test, sentence.origin
                counts[key] = counts.get(key, 0) + 1
        for (label, test, origin), count in list(counts.items()):
            if label == 1:
                assert counts[0, test, origin] == 3 * count
    assert pool.same_source == (pool.labels == 0).sum()


def auc_of(sentences: list[Sentence], labels: npt.NDArray[np.int8]) -> float:
    part = np.array(["test" if sentence.test else "select" for sentence in sentences])
    texts = tuple(sentence.text for sentence in sentences)
    return length_auc(ConceptPool("en", texts, labels, part))


def test_length_tells_nothing_although_it_would() -> None:
    kept = candidates()
    for concept in (0, 1):
        everything = np.array([[concept in sentence.concepts for sentence in kept]], np.int8)
        pool = chosen()
        assert auc_of(pool.sentences, pool.labels[[concept]]) < 0.54
        if concept == 0:
            assert auc_of(kept, everything) > 0.6


def test_no_negative_might_show_the_concept() -> None:
    pool = chosen()
    for column, sentence in enumerate(pool.sentences):
        for concept in MATCHER.near(MATCHER.words(sentence.text)):
            assert pool.labels[concept, column] != 0
    # Every sentence serves some concept.
    assert (pool.labels >= 0).any(axis=0).all()


def test_a_concept_with_too_few_is_left_out() -> None:
    pool = chosen()
    assert (pool.labels[2] == -1).all()
    many = chosen(BuildSettings(positives=9000, minimum=5000, negatives=1))
    assert many.sentences == []


def test_where_a_source_has_no_negatives_others_serve() -> None:
    kept = [s for s in candidates() if s.origin == "news" or 0 in s.concepts]
    pool = choose("en", kept, MATCHER, SETTINGS)
    negatives = (pool.labels[0] == 0).sum()
    assert negatives == 3 * (pool.labels[0] == 1).sum()
    assert 0 < pool.same_source < (pool.labels == 0).sum()


def test_the_nearest_length_of_other_sources_beats_a_far_one_of_the_same() -> None:
    settings = BuildSettings(positives=2, minimum=2, negatives=1, test_share=0.5)
    kept = []
    for test in (False, True):
        base = 100 * test
        for place, (origin, text, concepts) in enumerate(
            [
                ("a", f"one big house for all of {'abcdefgh'[test]}us", (0,)),
                ("a", f"tiny thing {test}", ()),
                ("b", f"some other sentence as long {test}", ()),
            ]
        ):
            kept.append(Sentence(base + place, base, origin, test, text, concepts))
    pool = choose("en", kept, MATCHER, settings)
    for test in (False, True):
        (positive,) = (
            s for s, row in zip(pool.sentences, pool.labels.T, strict=True)
            if row[0] == 1 and s.test == test
        )  # fmt: skip
        (negative,) = (
            s for s, row in zip(pool.sentences, pool.labels.T, strict=True)
            if row[0] == 0 and s.test == test
        )  # fmt: skip
        assert negative.origin == "b"
        assert abs(len(negative.text) - len(positive.text)) <= REACH * len(positive.text)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_choice_is_a_function_of_what_was_kept(seed: int) -> None:
    one, same = chosen(seed=seed), chosen(seed=seed)
    assert one.sentences == same.sentences
    assert np.array_equal(one.labels, same.labels)
