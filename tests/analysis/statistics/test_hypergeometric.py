from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.statistics.hypergeometric import (
    overlap_mean,
    overlap_pmf,
    overlap_sum_tail,
    overlap_tail,
    total_moments,
    total_overlap_tail,
)


@st.composite
def sizes(draw: st.DrawFn) -> tuple[int, int, int]:
    units = draw(st.integers(1, 3000))
    return units, draw(st.integers(0, units)), draw(st.integers(0, units))


@settings(max_examples=150, deadline=None)
@given(sizes(), st.data())
def test_probabilities_tails_and_moments_are_scipys(
    case: tuple[int, int, int], data: st.DataObject
) -> None:
    units, first, second = case
    null = stats.hypergeom(units, first, second)
    low, pmf = overlap_pmf(units, first, second)
    theirs = null.pmf(np.arange(low, low + len(pmf)))
    np.testing.assert_allclose(pmf, theirs, rtol=1e-7, atol=1e-290)
    shared = data.draw(st.integers(0, min(first, second) + 1))
    assert overlap_tail(shared, units, first, second) == pytest.approx(
        null.sf(shared - 1), rel=1e-6, abs=1e-290
    )
    x = np.arange(low, low + len(pmf))
    mean = float((x * theirs).sum())
    variance = float(((x - mean) ** 2 * theirs).sum())
    third = float(((x - mean) ** 3 * theirs).sum())
    assert float(overlap_mean(units, first, second)) == pytest.approx(mean, rel=1e-6, abs=1e-6)
    moments = total_moments(units, np.array([[first, second]]))
    assert moments.mean == pytest.approx(mean, rel=1e-6, abs=1e-6)
    assert moments.variance == pytest.approx(variance, rel=1e-5, abs=1e-6)
    assert moments.third == pytest.approx(third, rel=1e-4, abs=1e-4 * variance + 1e-6)


@pytest.mark.parametrize(
    ("shared", "units", "first", "second", "golden"),
    [
        # Exact: sums of products of binomials as integers, divided once.
        (2, 159_744, 500, 500, 0.4642690289651446),
        (10, 159_744, 500, 500, 5.192288548111674e-06),
        (20, 6656, 100, 80, 8.126274804261347e-20),
    ],
)
def test_tails_at_the_scale_of_the_study(
    shared: int, units: int, first: int, second: int, golden: float
) -> None:
    assert overlap_tail(shared, units, first, second) == pytest.approx(golden, rel=1e-12, abs=0)


def test_the_tail_of_a_sum_is_what_enumeration_gives() -> None:
    terms = [(7, 5), (3, 9), (6, 6), (1, 11)]
    totals = np.zeros(40)
    supports = [range(min(pair) + 1) for pair in terms]
    for values in np.ndindex(*(len(support) for support in supports)):
        chance = np.prod(
            [stats.hypergeom(12, *pair).pmf(x) for pair, x in zip(terms, values, strict=True)]
        )
        totals[sum(values)] += chance
    for shared in range(22):
        assert overlap_sum_tail(shared, 12, terms) == pytest.approx(
            totals[shared:].sum(), rel=1e-9, abs=1e-28
        )


def test_the_tail_of_one_term_is_its_own_and_far_tails_stay_above_the_truth() -> None:
    assert overlap_sum_tail(9, 2000, [(100, 80)]) == pytest.approx(
        overlap_tail(9, 2000, 100, 80), rel=1e-9
    )
    far = overlap_sum_tail(80, 2000, [(100, 80)])
    assert overlap_tail(80, 2000, 100, 80) <= far < 1e-28


def test_the_tail_of_a_sum_over_many_concepts_agrees_with_simulation() -> None:
    rng = np.random.default_rng(0)
    pairs = [(int(a), int(b)) for a, b in rng.integers(5, 40, size=(50, 2))]
    draws = np.zeros(40_000)
    for first, second in pairs:
        draws += rng.hypergeometric(first, 2000 - first, second, size=len(draws))
    for shared in (10, 13, 18):
        expected = (draws >= shared).mean()
        error = 5 * np.sqrt(expected / len(draws))
        assert expected > 1e-3
        assert abs(overlap_sum_tail(shared, 2000, pairs) - expected) < error


def simulated(
    units: int,
    sizes: list[list[int]],
    draws: int,
    chosen_pairs: npt.NDArray[np.bool_] | None = None,
) -> npt.NDArray[np.int64]:
    """Totals of pairs' overlaps, one for each draw, from sets that are drawn."""
    rng = np.random.default_rng(7)
    totals = np.zeros(draws, dtype=np.int64)
    for family in sizes:
        members = np.zeros((len(family), draws, units), dtype=np.int16)
        for size, member in zip(family, members, strict=True):
            chosen = rng.random((draws, units), dtype=np.float32).argpartition(size - 1, axis=1)
            np.put_along_axis(member, chosen[:, :size], 1, axis=1)
        for a, b in combinations(range(len(family)), 2):
            if chosen_pairs is None or chosen_pairs[a, b]:
                totals += (members[a] * members[b]).sum(axis=1, dtype=np.int64)
    return totals


@pytest.mark.parametrize(
    ("units", "sizes", "draws"),
    [
        (60, [[2, 2, 2]], 60_000),  # 0.2 expected
        (60, [[1, 2, 3, 2]] * 3, 20_000),  # 1.1
        (40, [[6] * 10], 20_000),  # a thin layer and many languages: skewed by units in many sets
        (120, [[30] * 5], 20_000),
        (60, [[50] * 4], 20_000),  # more than half: skewed the other way
        (100, [[1, 5, 20, 70]] * 2, 10_000),
    ],
)
def test_the_tail_over_all_pairs_of_languages_agrees_with_simulation(
    units: int, sizes: list[list[int]], draws: int
) -> None:
    agrees_with_simulation(units, sizes, draws)


def two_families(first: int, second: int, *, within: bool) -> npt.NDArray[np.bool_]:
    """Pairs of languages of one family, or of two."""
    family = np.repeat([0, 1], [first, second])
    same = family[:, None] == family
    return np.asarray(same & ~np.eye(first + second, dtype=np.bool_) if within else ~same)


@pytest.mark.parametrize(
    ("units", "sizes", "pairs", "draws"),
    [
        (60, [[2, 2, 2, 2]] * 2, two_families(2, 2, within=False), 60_000),  # 0.5 expected
        (40, [[6] * 7], two_families(4, 3, within=False), 20_000),
        (60, [[1, 2, 3, 4, 5]] * 2, two_families(1, 4, within=False), 20_000),
        (40, [[6] * 7], two_families(4, 3, within=True), 20_000),
        (100, [[1, 5, 20, 70, 9]] * 2, two_families(2, 3, within=True), 10_000),
    ],
)
def test_the_tail_over_pairs_of_families_agrees_with_simulation(
    units: int, sizes: list[list[int]], pairs: npt.NDArray[np.bool_], draws: int
) -> None:
    agrees_with_simulation(units, sizes, draws, pairs)


def agrees_with_simulation(
    units: int, sizes: list[list[int]], draws: int, pairs: npt.NDArray[np.bool_] | None = None
) -> None:
    totals = simulated(units, sizes, draws, pairs)
    moments = total_moments(units, np.array(sizes), pairs)
    centred = totals - moments.mean
    assert totals.mean() == pytest.approx(moments.mean, abs=5 * np.sqrt(moments.variance / draws))
    assert (centred**2).mean() == pytest.approx(moments.variance, rel=0.05)
    assert abs((centred**3).mean() - moments.third) < 0.1 * moments.variance**1.5
    compared = 0
    for shared in range(1, int(totals.max()) + 1):
        truth = (totals >= shared).mean()
        if truth * draws >= 200:  # known to a fifth, three standard errors
            compared += 1
            ratio = total_overlap_tail(shared, units, np.array(sizes), pairs) / truth
            assert 0.7 < ratio < (1.5 if moments.mean >= 1 else 4), (shared, truth)
    assert compared >= 2


def test_of_one_pair_among_many_sets_the_tail_is_exact() -> None:
    one = np.zeros((3, 3), dtype=np.bool_)
    one[0, 2] = one[2, 0] = True
    assert total_overlap_tail(4, 50, np.array([[3, 40, 9], [7, 40, 5]]), one) == pytest.approx(
        overlap_sum_tail(4, 50, [(3, 9), (7, 5)]), rel=1e-12
    )


def test_where_little_is_expected_the_tail_is_not_far_below_the_truth() -> None:
    # Three pairs of two among 2000: P(nothing shared) = P(b misses a) P(c misses both).
    misses_two = (1998 * 1997) / (2000 * 1999)
    misses_four = (1996 * 1995) / (2000 * 1999)
    truth = 1 - misses_two * misses_four  # overlaps of a and b, which let c miss fewer, are rare
    tail = total_overlap_tail(1, 2000, np.array([[2, 2, 2]]))
    assert tail == pytest.approx(truth, rel=0.2)
    # Two shared units need two pairs that share one each, 3 (1/500)^2, or so.
    assert total_overlap_tail(2, 2000, np.array([[2, 2, 2]])) > 3 * (2 * 2 / 2000) ** 2


def test_of_two_sets_the_tail_is_exact() -> None:
    sizes = np.array([[3, 9], [7, 5]])
    for shared in range(10):
        assert total_overlap_tail(shared, 50, sizes) == pytest.approx(
            overlap_sum_tail(shared, 50, [(3, 9), (7, 5)]), rel=1e-12
        )


def test_a_total_that_cannot_vary_has_a_tail_of_zero_or_one() -> None:
    whole = np.array([[5, 5, 5]])
    assert total_overlap_tail(15, 5, whole) == 1.0
    assert total_overlap_tail(16, 5, whole) == 0.0
    assert total_overlap_tail(3, 1, np.array([[1, 1, 1]])) == 1.0
    assert total_overlap_tail(4, 1, np.array([[1, 1, 1]])) == 0.0
    assert total_overlap_tail(0, 9, np.array([[0, 3, 0]])) == 1.0
    assert total_overlap_tail(1, 9, np.array([[0, 3, 0]])) == 0.0
