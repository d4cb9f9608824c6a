from hypothesis import given
from hypothesis import strategies as st

from analysis.concepts.near_duplicates import without_near_duplicates

SENTENCES = st.lists(
    st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=9), min_size=0, max_size=25
)


def compared_with_all(sentences: list[list[str]], similarity: float) -> list[int]:
    """The definition, every pair compared."""
    kept: list[int] = []
    for place, words in enumerate(sentences):
        own = set(words)
        others = [set(sentences[other]) for other in kept]
        if not any(len(own & other) / len(own | other) >= similarity - 1e-9 for other in others):
            kept.append(place)
    return kept


@given(SENTENCES, st.sampled_from([0.3, 0.5, 0.6, 0.75, 0.8, 1.0]))
def test_it_keeps_what_comparing_all_pairs_keeps(
    sentences: list[list[str]], similarity: float
) -> None:
    expected = compared_with_all(sentences, similarity)
    assert without_near_duplicates(sentences, similarity) == expected


def test_a_word_more_or_less_makes_no_new_sentence() -> None:
    first = "the old king saw a white horse near the river".split()
    same = "the old king saw a white horse near that river".split()
    other = "the old queen sold a black cow in the market".split()
    assert without_near_duplicates([first, same, other, first], 0.7) == [0, 2]
