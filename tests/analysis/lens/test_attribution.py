import numpy as np

from analysis.lens.attribution import attribute, count_tokens
from tests.analysis.tiny import word_tokenizer

TOKENIZER = word_tokenizer(["the", "casa", "1", "rare"])
NONE = 3


def test_a_token_is_the_languages_that_nearly_all_its_occurrences_are() -> None:
    # One more elsewhere is added to each: 4 of 5 are 0.8, 3 of 4 are not, nor 8 of 11.
    counts_LV = np.array([
        [4, 3, 8, 0, 0, 1, 9],
        [0, 0, 2, 0, 0, 1, 0],
        [0, 0, 0, 12, 0, 1, 0],
    ])  # fmt: skip
    assert attribute(counts_LV, [], 0.8).tolist() == [0, NONE, NONE, 2, NONE, NONE, 0]
    assert attribute(counts_LV, [6], 0.8).tolist() == [0, NONE, NONE, 2, NONE, NONE, NONE]
    assert attribute(counts_LV, [], 0.7).tolist() == [0, 0, 0, 2, NONE, NONE, 0]


def test_as_many_tokens_of_every_language_are_counted() -> None:
    documents = {"en": ["the the 1", "the the the the"], "es": ["casa 1", "", "casa casa casa"]}
    counts_LV = count_tokens(TOKENIZER, documents, tokens=100, vocabulary=10)
    assert counts_LV.shape == (2, 10)
    # Spanish has five tokens, so English is cut after five.
    assert counts_LV[:, 4:8].tolist() == [[4, 0, 1, 0], [0, 4, 1, 0]]
    assert counts_LV.sum() == 10
    three = count_tokens(TOKENIZER, documents, tokens=3, vocabulary=10)
    assert three[:, 4:8].tolist() == [[2, 0, 1, 0], [0, 2, 1, 0]]
