import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.statistics.hypergeometric import (
    mean_tail,
    overlap_mean,
    overlap_pmf,
    overlap_sum_tail,
    overlap_tail,
    overlap_variance,
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
    assert float(overlap_mean(units, first, second)) == pytest.approx(mean, rel=1e-6, abs=1e-6)
    assert float(overlap_variance(units, first, second)) == pytest.approx(
        variance, rel=1e-5, abs=1e-6
    )


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
        assert overlap_sum_tail(shared, 2000, pairs) == pytest.approx(expected, abs=0.01)


def test_the_normal_tail_over_all_pairs_of_languages_agrees_with_simulation() -> None:
    # Five languages draw 60 of 800 units each, 200 times over; what is summed is every pair.
    rng = np.random.default_rng(1)
    sets = rng.random((4000, 5, 800)).argpartition(60, axis=-1)[..., :60]
    member = np.zeros((4000, 5, 800), dtype=np.float32)
    np.put_along_axis(member, sets, 1, axis=-1)
    counts = member.sum(axis=1)
    totals = (counts * (counts - 1) / 2).sum(axis=1)
    mean = 10 * float(overlap_mean(800, 60, 60))
    variance = 10 * float(overlap_variance(800, 60, 60))
    assert totals.mean() == pytest.approx(mean, rel=0.01)
    assert totals.var() == pytest.approx(variance, rel=0.1)
    for shared in (45, 52, 60):
        assert mean_tail(shared, mean, variance) == pytest.approx(
            (totals >= shared).mean(), abs=0.03
        )


def test_a_total_that_cannot_vary_has_a_tail_of_zero_or_one() -> None:
    assert mean_tail(5, 5, 0) == 1.0
    assert mean_tail(6, 5, 0) == 0.0
