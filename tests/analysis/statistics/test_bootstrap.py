import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.statistics import bootstrap
from analysis.statistics.bootstrap import (
    Draws,
    bootstrap_crossed,
    bootstrap_highest,
    bootstrap_interval,
    bootstrap_ratio,
    resampled_ratios,
)
from tests.analysis.statistics.expanded import expanded

Floats = npt.NDArray[np.float64]


def test_the_interval_of_a_mean_agrees_with_scipys_percentile_bootstrap() -> None:
    values = np.random.default_rng(1).gamma(2.0, size=60)
    ours = bootstrap_interval(values, seed=3, draws=20_000)
    low, high = expanded(60)
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method="percentile", confidence_level=high - low,
        rng=np.random.default_rng(5),
    ).confidence_interval  # fmt: skip
    spread = values.std() / np.sqrt(len(values))
    assert abs(ours.low - theirs.low) < 0.05 * spread
    assert abs(ours.high - theirs.high) < 0.05 * spread
    assert ours.low.shape == ()


def test_the_interval_of_a_ratio_agrees_with_resampling_rows_one_by_one() -> None:
    rng = np.random.default_rng(2)
    bottom = rng.integers(5, 400, size=40).astype(float)
    top = bottom * rng.normal(2.0, 0.3, size=40)
    ours = bootstrap_ratio(top, bottom, seed=0, draws=20_000, level=0.9)
    ratios = []
    for _ in range(20_000):
        rows = rng.integers(0, 40, size=40)
        ratios.append(top[rows].sum() / bottom[rows].sum())
    low, high = np.quantile(ratios, expanded(40, 0.9))
    assert ours.low == pytest.approx(low, abs=0.01)
    assert ours.high == pytest.approx(high, abs=0.01)


def test_columns_are_what_each_column_gives_alone() -> None:
    rng = np.random.default_rng(4)
    top, bottom = rng.random((30, 3)), rng.random((30, 3)) + 0.1
    together = bootstrap_ratio(top, bottom, seed=1)
    for column in range(3):
        alone = bootstrap_ratio(top[:, column], bottom[:, column], seed=1)
        assert together.low[column] == pytest.approx(float(alone.low), rel=1e-12)
        assert together.high[column] == pytest.approx(float(alone.high), rel=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=30), st.integers(0, 5))
def test_equal_weights_change_nothing_and_ends_lie_among_the_values(
    values: list[float], seed: int
) -> None:
    plain = bootstrap_interval(values, seed=seed, draws=200)
    weighted = bootstrap_interval(values, np.full(len(values), 2.5), seed=seed, draws=200)
    np.testing.assert_allclose(plain, weighted, rtol=1e-9, atol=1e-9)
    assert min(values) - 1e-9 <= plain.low <= plain.high <= max(values) + 1e-9


def test_an_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(8)
    hits = 0
    for trial in range(300):
        low, high = bootstrap_interval(rng.normal(size=50), seed=trial, draws=400, level=0.9)
        hits += bool(low <= 0 <= high)
    assert 0.83 <= hits / 300 <= 0.95


def test_of_normal_draws_the_ends_lie_where_students_t_has_them() -> None:
    normal = stats.norm.ppf((np.arange(200_000) + 0.5) / 200_000)
    # Units and groups, and what n / (n - 1) is of as many in each group.
    for units, groups, shrinking in ((5, 1, 5 / 4), (30, 1, 30 / 29), (12, 4, 3 / 2)):
        draws = Draws.of(normal, np.asarray(units), groups)
        end = stats.t.ppf(0.975, units - groups) * np.sqrt(shrinking)
        assert draws.interval() == pytest.approx((-end, end), rel=0.02)
    # Of several quantities the one of the fewest units decides.
    both = Draws.of(np.stack([normal, normal], axis=1), np.array([5, 30]))
    few = both.interval().high[0]
    assert few > 1.3 * both.interval().high[1]
    assert both.mean().interval().high == pytest.approx(few)
    one, other = (
        Draws.of(own, np.asarray(units)) for own, units in ((2 * normal, 30), (normal, 5))
    )
    assert one.minus(other).interval().high == pytest.approx(few)


@pytest.mark.parametrize(("units", "least"), [(4, 0.86), (6, 0.9), (10, 0.92), (30, 0.93)])
def test_it_does_so_for_few_units_too(units: int, least: float) -> None:
    values = np.random.default_rng(units).normal(size=(units, 2000))
    low, high = bootstrap_interval(values, seed=0, draws=2000)
    assert least <= ((low <= 0) & (high >= 0)).mean() <= 0.965


def test_few_units_in_many_groups_hold_the_truth_as_well() -> None:
    # Each group's draws lose half of its variance, which no number of groups gives back: plain
    # percentiles would hold it in 80 %.
    names, rng = np.repeat(np.arange(16), 2), np.random.default_rng(0)
    for mean in (False, True):
        hits = 0
        for trial in range(200):
            low, high = bootstrap_ratio(
                rng.normal(size=32), np.ones(32), strata=names, mean_of_strata=mean, seed=trial
            )
            hits += bool(low <= 0 <= high)
        assert 0.88 <= hits / 200 <= 0.98


def test_the_kind_with_fewer_units_decides_how_far_out_the_ends_lie() -> None:
    # All that varies are five concepts, so that a hundred seeds say nothing more.
    rng = np.random.default_rng(1)
    hits = 0
    for trial in range(200):
        values = np.repeat(rng.normal(size=(5, 1, 1)), 100, axis=1)
        values = np.concatenate([values, np.full((3, 100, 1), 9.0)])  # of which none counts
        there = np.ones_like(values)
        there[5:] = 0
        ends = bootstrap_crossed(values * there, there, seed=trial, draws=400)
        hits += bool(ends.low[0] <= 0 <= ends.high[0])
    assert 0.86 <= hits / 200 <= 0.97


def test_one_unit_and_empty_denominators_give_nan_rather_than_a_false_certainty() -> None:
    assert np.isnan(bootstrap_interval([3.0], seed=0)).all()
    low, _ = bootstrap_ratio([[1.0, 0.0], [1.0, 0.0]], [[1.0, 0.0], [1.0, 0.0]], seed=0)
    assert low[0] == 1.0
    assert np.isnan(low[1])


def test_slices_of_the_draws_do_not_change_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(0).random((25, 2))
    whole = bootstrap_interval(values, seed=9, draws=500)
    monkeypatch.setattr(bootstrap, "_COUNTS_AT_ONCE", 300)
    np.testing.assert_allclose(bootstrap_interval(values, seed=9, draws=500), whole, rtol=1e-12)


def test_a_non_finite_value_is_refused() -> None:
    with pytest.raises(AssertionError):
        bootstrap_interval([1.0, float("nan")], seed=0)


def strata_of_two(rng: np.random.Generator) -> tuple[Floats, Floats, npt.NDArray[np.str_]]:
    """Documents of two languages whose ratios are far apart, in a mixed order."""
    names = rng.permutation(np.array(["en"] * 30 + ["zh"] * 12))
    bottom = rng.integers(5, 50, size=42).astype(float)
    return bottom * (rng.normal(0, 0.3, size=42) + np.where(names == "en", 1, 9)), bottom, names


@pytest.mark.parametrize("mean_of_strata", [False, True])
def test_strata_agree_with_resampling_each_group_row_by_row(mean_of_strata: bool) -> None:
    rng = np.random.default_rng(2)
    top, bottom, names = strata_of_two(rng)
    ours = bootstrap_ratio(
        top, bottom, strata=names, mean_of_strata=mean_of_strata, seed=0, draws=20_000
    )
    found = []
    groups = [np.flatnonzero(names == name) for name in ("en", "zh")]
    for _ in range(20_000):
        rows = [rng.choice(group, size=len(group)) for group in groups]
        if mean_of_strata:
            found.append(np.mean([top[own].sum() / bottom[own].sum() for own in rows]))
        else:
            both = np.concatenate(rows)
            found.append(top[both].sum() / bottom[both].sum())
    low, high = np.quantile(found, expanded(42, groups=2))
    assert ours.low == pytest.approx(low, abs=0.03 * (high - low))
    assert ours.high == pytest.approx(high, abs=0.03 * (high - low))


def test_differences_between_strata_do_not_widen_the_interval() -> None:
    rng = np.random.default_rng(3)
    top, bottom, names = strata_of_two(rng)
    pot = bootstrap_ratio(top, bottom, seed=0)
    apart = bootstrap_ratio(top, bottom, strata=names, seed=0)
    assert apart.high - apart.low < 0.5 * (pot.high - pot.low)
    # Names and order of the groups' rows are nothing but names.
    renamed = np.where(names == "en", 3, 8)
    np.testing.assert_array_equal(bootstrap_ratio(top, bottom, strata=renamed, seed=0), apart)
    np.testing.assert_array_equal(bootstrap_ratio(top, bottom, strata=np.zeros(42), seed=0), pot)


def test_groups_of_one_size_are_resampled_independently() -> None:
    # One group's values are the other's with the sign changed: drawn alike they would cancel out.
    values = np.random.default_rng(0).normal(size=20)
    low, high = bootstrap_interval_of(np.r_[values, -values], np.repeat([0, 1], 20))
    assert high - low > 0.3 * values.std() * 2 * 1.96 / np.sqrt(40)


def bootstrap_interval_of(values: Floats, strata: npt.NDArray[np.int64]) -> tuple[float, float]:
    low, high = bootstrap_ratio(values, np.ones(len(values)), strata=strata, seed=0)
    return float(low), float(high)


def test_a_group_of_one_unit_leaves_the_interval_unknown() -> None:
    ends = bootstrap_ratio([1.0, 2.0, 3.0], [1.0, 1.0, 1.0], strata=["a", "a", "b"], seed=0)
    assert np.isnan(ends).all()
    assert np.isnan(bootstrap_ratio([], [], seed=0)).all()


def test_the_highest_of_several_ratios_agrees_with_resampling_rows_one_by_one() -> None:
    rng = np.random.default_rng(6)
    bottom = rng.integers(5, 40, size=(25, 3, 2)).astype(float)
    top = bottom * rng.normal([[1.0], [1.02], [0.9]], 0.3, size=(25, 3, 2))
    ours = bootstrap_highest(top, bottom, seed=0, draws=10_000)
    chosen = rng.integers(0, 25, size=(10_000, 25))
    ratios = top[chosen].sum(axis=1) / bottom[chosen].sum(axis=1)
    for column in range(2):
        expected = np.bincount(ratios[..., column].argmax(axis=1), minlength=3) / 10_000
        assert expected.max() < 0.95
        np.testing.assert_allclose(ours[:, column], expected, atol=0.02)


def test_equal_ratios_share_a_draw_and_those_not_defined_take_no_part() -> None:
    top = np.zeros((4, 3, 2))
    bottom = np.ones((4, 3, 2))
    bottom[:, 2, 0] = 0
    bottom[:, :, 1] = 0
    shares = bootstrap_highest(top, bottom, seed=0)
    np.testing.assert_array_equal(shares[:, 0], [0.5, 0.5, 0.0])
    assert np.isnan(shares[:, 1]).all()
    assert np.isnan(bootstrap_highest(top[:1], bottom[:1], seed=0)).all()


def test_the_interval_over_crossed_units_agrees_with_resampling_both_one_by_one() -> None:
    rng = np.random.default_rng(4)
    bottom = rng.integers(1, 9, size=(12, 20)).astype(float)
    top = bottom * (rng.normal(size=(12, 1)) + rng.normal(size=(1, 20)) + rng.normal(size=(12, 20)))
    ours = bootstrap_crossed(top[..., None], bottom[..., None], seed=0, draws=4000)
    ratios = []
    for _ in range(4000):
        rows = np.ix_(rng.integers(0, 12, size=12), rng.integers(0, 20, size=20))
        ratios.append(top[rows].sum() / bottom[rows].sum())
    np.testing.assert_allclose(
        [ours.low[0], ours.high[0]], np.quantile(ratios, expanded(12)), atol=0.08
    )


def test_one_unit_of_a_kind_stays_as_it_is_and_one_of_each_says_nothing() -> None:
    values = np.random.default_rng(5).normal(size=(1, 50, 2))
    ones = np.ones_like(values)
    ours = bootstrap_crossed(values, ones, seed=0, draws=4000)
    theirs = bootstrap_interval(values[0], seed=1, draws=4000)
    np.testing.assert_allclose(ours, theirs, atol=0.02)
    other = bootstrap_crossed(values.transpose(1, 0, 2), ones.transpose(1, 0, 2), seed=0, draws=400)
    np.testing.assert_allclose(other, theirs, atol=0.06)
    assert np.isnan(bootstrap_crossed(values[:, :1], ones[:, :1], seed=0)).all()
    nothing = bootstrap_crossed(np.zeros((3, 4, 1)), np.zeros((3, 4, 1)), seed=0)
    assert np.isnan(nothing).all()


def test_a_column_in_which_one_unit_counts_says_nothing_about_its_spread() -> None:
    values = np.random.default_rng(0).normal(size=(6, 3))
    there = np.ones_like(values)
    there[1:, 1] = 0
    there[2:, 2] = 0
    low, high = bootstrap_interval(values, there, seed=0)
    assert np.isnan(low).tolist() == np.isnan(high).tolist() == [False, True, False]
    assert [low[2], high[2]] == pytest.approx(sorted(values[:2, 2]))
    # Of two groups one knows its spread; what is made of both does not.
    for mean in (False, True):
        ends = bootstrap_ratio(
            values[:, 0], there[:, 1], strata=[0, 0, 1, 1, 0, 1], mean_of_strata=mean, seed=0
        )
        assert np.isnan(ends).all()
    crossed = bootstrap_crossed(values[None], there[None], seed=0)
    assert np.isnan(crossed.low).tolist() == [False, True, False]


def test_draws_of_the_same_units_are_paired() -> None:
    rng = np.random.default_rng(7)
    values = rng.normal(size=(40, 1)) * 5 + rng.normal(size=(40, 2))
    first, second = (resampled_ratios(own, np.ones(40), seed=3) for own in values.T)
    paired = first.minus(second).interval()
    differences = bootstrap_interval(values[:, 0] - values[:, 1], seed=3)
    np.testing.assert_allclose(paired, differences, rtol=1e-9)
    apart = first.minus(resampled_ratios(values[:, 1], np.ones(40), seed=4)).interval()
    assert apart.high - apart.low > 3 * (paired.high - paired.low)
