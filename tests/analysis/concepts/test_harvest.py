from random import Random

import pytest

from analysis.concepts.harvest import Harvest, Sentence, wanted
from analysis.concepts.matching import Matcher
from analysis.concepts.settings import BuildSettings
from tests.analysis.concepts.lexicons import entry

SETTINGS = BuildSettings(positives=6, minimum=2, test_share=0.5, shortest=3, longest=12)
MATCHER = Matcher("en", {"house": entry("house(/s)"), "river": entry("river(/s)", "river dance")})
FILLERS = "the old king saw a white horse near that small bridge in winter again".split()


def sentence(number: int) -> str:
    random = Random(number)
    words = random.sample(FILLERS, 5)
    if number % 3:
        words.insert(random.randrange(6), random.choice(["house", "river", "rivers"]))
    return f"{' '.join(words)} {'x' * (number % 40 + 1)}q."


def documents(count: int = 60) -> list[str]:
    return [" ".join(sentence(7 * number + place) for place in range(7)) for number in range(count)]


def harvest(texts: list[str], settings: BuildSettings = SETTINGS) -> Harvest:
    found = Harvest("en", MATCHER, settings)
    assert list(found.read(texts, "a file")) == list(range(1, len(texts) + 1))
    return found


def test_what_is_kept_shows_the_concepts_it_says() -> None:
    kept = harvest(documents()).kept()
    assert kept == sorted(kept)
    for one in kept:
        shown, _ = MATCHER.concepts_of(MATCHER.search(MATCHER.words(one.text)))
        assert one.concepts == tuple(sorted(shown))
        assert one.origin == "a file"
    assert {len(one.concepts) for one in kept} >= {0, 1}


def test_order_and_division_of_the_text_do_not_matter() -> None:
    texts = documents()
    whole = harvest(texts).kept()
    shuffled = Random(1).sample(texts, len(texts))
    assert harvest(shuffled).kept() == whole
    merged = Harvest("en", MATCHER, SETTINGS)
    for part in (texts[:25], texts[25:26], texts[26:]):
        some = harvest(part)
        merged.add(some.kept())
        merged.counts.add(some.counts)
    assert merged.kept() == whole
    assert merged.counts == harvest(texts).counts


def test_a_repetition_counts_once() -> None:
    texts = documents()
    assert harvest(texts + texts).kept() == harvest(texts).kept()
    louder = [text.upper().replace("HOUSE", "house").replace("RIVER", "river") for text in texts]
    kept = [one.priority for one in harvest(texts + louder).kept()]
    assert len(set(kept)) == len(kept)


def test_memory_does_not_grow_with_the_text() -> None:
    few, many = (harvest(documents(count)) for count in (300, 900))
    sizes = [
        sum(len(lowest._sentences) for lowest in found._kept.values()) for found in (few, many)
    ]
    limit = (
        2 * 2 * sum(few._room(concept, test) for concept in (-1, 0, 1) for test in (True, False))
    )
    assert max(sizes) <= limit
    assert many.counts.documents == 900
    assert many.counts.found[0] > 2 * few.counts.found[0] > 0


def test_a_document_is_in_one_part_and_gives_a_bounded_number() -> None:
    settings = BuildSettings(positives=500, minimum=2, shortest=3, per_document=2)
    kept = harvest(documents(40), settings).kept()
    parts: dict[int, set[bool]] = {}
    given: dict[tuple[int, int], int] = {}
    for one in kept:
        parts.setdefault(one.document, set()).add(one.test)
        for concept in one.concepts:
            given[one.document, concept] = given.get((one.document, concept), 0) + 1
    assert all(len(part) == 1 for part in parts.values())
    assert {True, False} == set.union(*parts.values())
    # One chosen for its other concept comes along.
    assert max(given.values()) <= 2 + 2


def test_sentences_out_of_range_are_counted_but_not_kept() -> None:
    found = harvest(["A house. The house is very old. " + "the house is " * 9 + "old."])
    assert [one.text for one in found.kept()] == ["The house is very old."]
    assert (found.counts.sentences, found.counts.accepted, found.counts.found[0]) == (3, 1, 1)
    assert found.counts.patterns[0] == 1 + 1 + 9


def test_a_sentence_in_doubt_is_not_kept_for_its_concept() -> None:
    found = harvest(["We saw a river dance there. We saw a river dance in the house."])
    assert [one.concepts for one in found.kept()] == [(0,)]


@pytest.mark.parametrize("positives", [2, 3, 7, 120])
@pytest.mark.parametrize("share", [0.01, 0.333, 0.99])
def test_both_parts_are_wanted_and_sum_up(positives: int, share: float) -> None:
    settings = BuildSettings(positives=positives, minimum=2, test_share=share)
    both = [wanted(settings, test=test) for test in (True, False)]
    assert min(both) >= 1
    assert sum(both) == positives


def test_priorities_are_uniform_and_of_the_seed() -> None:
    settings = BuildSettings(positives=10_000, minimum=2, shortest=1, longest=400)
    kept = harvest(documents(300), settings).kept()
    share = [one.priority / 2**64 for one in kept]
    assert 0.45 < sum(share) / len(share) < 0.55
    other = harvest(documents(300), BuildSettings(positives=10_000, minimum=2, seed=1)).kept()
    assert not {one.priority for one in kept} & {one.priority for one in other}
    assert isinstance(kept[0], Sentence)
