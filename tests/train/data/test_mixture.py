import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from analysis.errors import UserError
from analysis.seeds import derive
from train.data.mixture import Mixture, permuted, temperature_weights

BLOCKS = {"en": 700, "es": 90, "sw": 13, "zh": 1}
WEIGHTS = {"en": 0.5, "es": 0.3, "sw": 0.15, "zh": 0.05}


def test_a_sample_does_not_depend_on_how_it_is_asked_for() -> None:
    languages, blocks = Mixture(3, WEIGHTS, BLOCKS).samples(0, 5000)
    backwards = Mixture(3, WEIGHTS, BLOCKS)
    for i in range(4999, -1, -17):
        assert backwards.sample(i) == (languages[i], blocks[i])
    for start, stop in ((0, 1), (1000, 1050), (1023, 1025), (2048, 4096), (4999, 5000), (7, 7)):
        part = Mixture(3, WEIGHTS, BLOCKS).samples(start, stop)
        np.testing.assert_array_equal(part[0], languages[start:stop])
        np.testing.assert_array_equal(part[1], blocks[start:stop])
    far = 10**14 + 3
    assert Mixture(3, WEIGHTS, BLOCKS).sample(far) == Mixture(3, WEIGHTS, BLOCKS).sample(far)


def test_another_seed_is_another_order() -> None:
    first = Mixture(3, WEIGHTS, BLOCKS)
    other = Mixture(4, WEIGHTS, BLOCKS)
    assert (first.samples(0, 1024)[0] != other.samples(0, 1024)[0]).mean() > 0.3
    assert first.fingerprint != other.fingerprint
    assert first.fingerprint == Mixture(3, WEIGHTS, BLOCKS).fingerprint
    assert first.fingerprint != Mixture(3, WEIGHTS, {**BLOCKS, "sw": 14}).fingerprint
    # Rounds and epochs differ from one another, too.
    languages, blocks = first.samples(0, 4096)
    assert (languages[:1024] != languages[1024:2048]).any()
    english = blocks[languages == 0]
    assert (english[:700] != english[700:1400]).any()


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.01, 1), st.integers(4, 400)), min_size=1, max_size=6),
    st.integers(0, 2**63),
)
def test_each_epoch_has_each_block_once(parts: list[tuple[float, int]], seed: int) -> None:
    names = [f"l{n}" for n in range(len(parts))]
    weights = dict(zip(names, [w for w, _ in parts], strict=True))
    counts = dict(zip(names, [n for _, n in parts], strict=True))
    mixture = Mixture(seed, weights, counts)
    languages, blocks = mixture.samples(0, 3000)
    for number, n in enumerate(counts.values()):
        drawn = blocks[languages == number]
        for epoch in range(len(drawn) // n):
            assert sorted(drawn[epoch * n : (epoch + 1) * n]) == list(range(n))
        rest = drawn[len(drawn) // n * n :]
        assert len(set(rest)) == len(rest)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.floats(2e-5, 1) | st.just(0.0), min_size=2, max_size=16),
    st.integers(0, 10**9),
)
def test_shares_are_met_to_one_sample_at_the_end_of_every_round(
    values: list[float], r: int
) -> None:
    values = [*values, 1.0]
    names = [f"l{n}" for n in range(len(values))]
    mixture = Mixture(1, dict(zip(names, values, strict=True)), dict.fromkeys(names, 5))
    counts = np.array(mixture._counts(r))
    following = np.array(mixture._counts(r + 1))
    assert counts.sum() == r * mixture.round_length
    assert (following >= counts).all()
    exact = [r * mixture.round_length * value / math.fsum(values) for value in values]
    # One sample, and what weights in units of 2^-32 cost.
    slack = 1 + r * mixture.round_length * 2.0**-31
    assert np.abs(counts - exact).max() <= slack
    assert all(counts[n] == 0 for n, value in enumerate(values) if value == 0)


def test_counts_are_those_of_the_samples_before() -> None:
    mixture = Mixture(3, WEIGHTS, BLOCKS)
    languages, _ = mixture.samples(0, 3000)
    for i in (0, 1, 500, 1023, 1024, 1025, 2999, 3000):
        expected = np.bincount(languages[:i], minlength=4)
        np.testing.assert_array_equal(mixture.counts(i), expected)


def test_languages_are_mixed_within_a_round() -> None:
    languages, _ = Mixture(3, WEIGHTS, BLOCKS).samples(0, 1024 * 40)
    places = np.tile(np.arange(1024), 40)[languages == 2]
    assert chisquare(np.histogram(places, bins=16)[0]).pvalue > 1e-4


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 16, 17, 64, 100, 1000, 4097])
def test_permuted_is_a_permutation(n: int) -> None:
    for epoch in range(3):
        assert sorted(permuted(np.arange(n), n, 11, "en", epoch)) == list(range(n))


@pytest.mark.parametrize("n", [3, 7, 20])
def test_permutations_are_uniform_by_place(n: int) -> None:
    table = np.zeros((n, n))
    for epoch in range(40 * n):
        table[np.arange(n), permuted(np.arange(n), n, 11, "en", epoch)] += 1
    for row in table:
        assert chisquare(row).pvalue > 1e-5


def test_neighbours_are_strewn() -> None:
    sent = permuted(np.arange(100_000), 100_000, 1, "en", 0)
    steps = np.abs(np.diff(sent))
    assert abs(steps.mean() / 100_000 - 1 / 3) < 0.01
    assert abs(np.corrcoef(np.arange(100_000), sent)[0, 1]) < 0.02


def test_temperature() -> None:
    tokens = {"en": 1000, "sw": 10, "zh": 100}
    assert temperature_weights(tokens, 1) == pytest.approx(
        {"en": 1000 / 1110, "sw": 10 / 1110, "zh": 100 / 1110}
    )
    assert temperature_weights(tokens, 0) == pytest.approx(dict.fromkeys(tokens, 1 / 3))
    warm = temperature_weights(tokens, 0.3)
    assert warm["en"] / warm["sw"] == pytest.approx(100**0.3)
    assert math.fsum(warm.values()) == pytest.approx(1)
    for bad in (-0.1, math.nan, math.inf):
        with pytest.raises(UserError, match="is no temperature"):
            temperature_weights(tokens, bad)


def by_hand(seed: int, weights: list[float], blocks: dict[str, int], i: int) -> tuple[int, int]:
    """Sample i from the head of the module, in whole numbers and without arrays."""

    def uniform(name: str, index: int, *keys: int | str) -> float:
        mask = 2**64 - 1
        bits = (derive(seed, name, *keys) + (index + 1) * 0x9E3779B97F4A7C15) & mask
        bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & mask
        bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & mask
        return ((bits ^ (bits >> 31)) >> 11) / 2**53

    def count(language: int, rounds: int) -> int:
        low, high = (
            Fraction(round(sum(weights[:n]) * 2**32), 2**32) for n in (language, language + 1)
        )
        return math.floor(rounds * 1024 * high) - math.floor(rounds * 1024 * low)

    r, place = divmod(i, 1024)
    order = sorted(range(1024), key=lambda at: uniform("mixture order", at, r))
    labels = [0] * 1024
    taken = 0
    for language in range(len(weights)):
        here = count(language, r + 1) - count(language, r)
        for at in order[taken : taken + here]:
            labels[at] = language
        taken += here
    language = labels[place]
    j = count(language, r) + labels[:place].count(language)
    code = list(blocks)[language]
    epoch, value = divmod(j, blocks[code])
    half = 1
    while 4**half < blocks[code]:
        half += 1
    while True:
        left, right = divmod(value, 2**half)
        for number in range(6):
            draw = uniform("mixture block", right, code, epoch, number)
            left, right = right, left ^ int(draw * 2**half)
        value = left * 2**half + right
        if value < blocks[code]:
            return language, value


def test_golden_order() -> None:
    """The order is part of what a run is: it must not change with the code."""
    mixture = Mixture(0, WEIGHTS, BLOCKS)
    samples = (0, 1, 2, 1023, 1024, 999_999, 10**12)
    expected = [(1, 16), (1, 84), (1, 89), (1, 41), (0, 240), (1, 10), (1, 74)]
    assert [mixture.sample(i) for i in samples] == expected
    assert [by_hand(0, list(WEIGHTS.values()), BLOCKS, i) for i in samples] == expected


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ({"fr": 1.0}, "no data in language 'fr'"),
        ({"en": 1.0, "sw": -0.5}, "-0.5 is no weight for 'sw'"),
        ({"en": math.nan}, "nan is no weight for 'en'"),
        ({"en": 0.0, "sw": 0.0}, "the weights sum to 0"),
        ({}, "the weights sum to 0"),
        ({"en": 1.0, "sw": 1e-9}, "'sw' would get less than one sample in 1,048,576"),
        ({"en": 1.0, "sw": 1e-15}, "'sw' would get less than one sample in 1,048,576"),
    ],
)
def test_weights_that_are_refused(weights: dict[str, float], words: str) -> None:
    with pytest.raises(UserError, match=words):
        Mixture(0, weights, BLOCKS)


def test_a_language_of_weight_zero_never_comes() -> None:
    mixture = Mixture(0, {"en": 2.0, "zh": 2.0}, BLOCKS)
    assert mixture.weights == {"en": 0.5, "es": 0.0, "sw": 0.0, "zh": 0.5}
    assert mixture.counts(2048).tolist() == [1024, 0, 0, 1024]
