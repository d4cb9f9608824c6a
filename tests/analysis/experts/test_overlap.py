import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.experts.counts import count_experts
from analysis.experts.overlap import _means, _rows_of, _values, expert_overlap
from analysis.statistics.bootstrap import bootstrap_interval
from analysis.tables import columns
from tests.analysis.experts.sets import LAYERS, Sets, in_layer, random_sets, table_of


def overlap_of(
    experts: pd.DataFrame, layer_units: dict[int, int], *, seed: int, draws: int = 1000
) -> pd.DataFrame:
    return expert_overlap(experts, layer_units, seed=seed, draws=draws).overlap


def row_of(table: pd.DataFrame, concept: str, pair: tuple[str, str], layer: int) -> pd.Series:
    chosen = table[
        (table["concept"] == concept)
        & (table["language_a"] == pair[0])
        & (table["language_b"] == pair[1])
        & (table["layer"] == layer)
    ]
    assert len(chosen) == 1
    return chosen.iloc[0]


def test_every_number_is_what_sets_and_scipy_give() -> None:
    sets = random_sets(5)
    table = overlap_of(table_of(sets), LAYERS, seed=3, draws=500)
    for pair in (("zh", "en"), ("zh", "ar"), ("en", "ar")):
        for layer in (-1, 0, 1, 2):
            units = LAYERS.get(layer, 1000)
            first, second = (
                [in_layer(sets[f"c{c}", language], layer) for c in range(5)] for language in pair
            )
            shared = np.array([len(a & b) for a, b in zip(first, second, strict=True)])
            row = row_of(table, "all", pair, layer)
            assert row["value"] == pytest.approx(shared.mean())
            chance = np.mean([len(a) * len(b) / units for a, b in zip(first, second, strict=True)])
            assert row["chance"] == pytest.approx(chance)
            assert row["ratio"] == pytest.approx(shared.mean() / chance)
            assert row["k"] == pytest.approx(np.mean([len(x) for x in [*first, *second]]))
            low, high = bootstrap_interval(shared, seed=3, draws=500)
            assert (row["low"], row["high"]) == pytest.approx((float(low), float(high)))
            crossed = [len(first[c] & second[d]) for c in range(5) for d in range(5) if c != d]
            assert row["other_concepts"] == pytest.approx(np.mean(crossed))
            null = np.ones(1)
            for a, b in zip(first, second, strict=True):
                support = np.arange(min(len(a), len(b)) + 1)
                null = np.convolve(null, stats.hypergeom(units, len(a), len(b)).pmf(support))
            assert row["p_value"] == pytest.approx(null[shared.sum() :].sum(), rel=1e-6)
            if layer == -1:
                for concept, (a, b) in enumerate(zip(first, second, strict=True)):
                    own = row_of(table, f"c{concept}", pair, -1)
                    assert own["value"] == len(a & b)
                    others = [
                        len(a & second[d]) + len(first[d] & b) for d in range(5) if d != concept
                    ]
                    assert own["other_concepts"] == pytest.approx(np.mean(others) / 2)
                    golden = stats.hypergeom(1000, 40, 40).sf(len(a & b) - 1)
                    assert own["p_value"] == pytest.approx(golden, rel=1e-6)
                    assert np.isnan([own["low"], own["high"]]).all()


def test_the_mean_over_pairs_is_the_mean_of_their_rows() -> None:
    table = overlap_of(table_of(random_sets(4)), LAYERS, seed=0)
    for layer in (-1, 0, 1, 2):
        rows = table[(table["concept"] == "all") & (table["layer"] == layer)]
        pairs = rows[rows["language_a"] != "all"]
        every = row_of(table, "all", ("all", "all"), layer)
        for column in ("k", "value", "chance", "other_concepts"):
            assert every[column] == pytest.approx(pairs[column].mean())
        assert every["low"] <= every["value"] <= every["high"]


def test_pairs_are_compared_on_the_concepts_that_both_have() -> None:
    sets = random_sets(5)
    del sets["c1", "en"], sets["c2", "ar"], sets["c3", "en"], sets["c3", "ar"]
    table = overlap_of(table_of(sets), LAYERS, seed=3, draws=300)
    means = []
    for pair in (("zh", "en"), ("zh", "ar"), ("en", "ar")):
        both = [f"c{c}" for c in range(5) if all((f"c{c}", code) in sets for code in pair)]
        alone = {(c, code): sets[c, code] for c in both for code in pair}
        expected = overlap_of(table_of(alone), LAYERS, seed=3, draws=300)
        for layer in (-1, 0, 1, 2):
            row = row_of(table, "all", pair, layer)
            golden = row_of(expected, "all", pair, layer)
            for column in ("k", "value", "chance", "ratio", "p_value"):
                assert row[column] == pytest.approx(golden[column], rel=1e-9), column
        assert set(table[table["language_a"] == pair[0]]["concept"]) >= {"all", *both}
        own = table[(table["language_a"] == pair[0]) & (table["language_b"] == pair[1])]
        assert set(own["concept"]) == {"all", *both}
        # Both ways round, over the other concepts that the one or the other language has.
        for concept in both:
            crossed = [
                len(set(sets[concept, one].tolist()) & set(units.tolist()))
                for one, other in (pair, pair[::-1])
                for (name, code), units in sets.items()
                if code == other and name != concept
            ]
            assert row_of(table, concept, pair, -1)["other_concepts"] == pytest.approx(
                np.mean(crossed)
            )
        means.append({c: row_of(table, c, pair, -1)["value"] for c in both})
    by_concept = [
        np.mean([values[c] for values in means if c in values])
        for c in ("c0", "c1", "c2", "c4")
    ]  # fmt: skip
    every = row_of(table, "all", ("all", "all"), -1)
    assert every["value"] == pytest.approx(np.mean(by_concept))
    assert every["low"] <= every["value"] <= every["high"]
    assert "c3" not in set(table["concept"])


def test_the_interval_of_a_pair_is_over_the_concepts_that_it_has_in_common() -> None:
    # Equal sets: every concept in common shares all 30, so that nothing varies.
    units = np.arange(30)
    sets: Sets = {(f"c{c}", code): units for c in range(6) for code in ("en", "es", "sw")}
    for c in range(3):
        del sets[f"c{c}", "es"]
    for c in range(1, 6):
        del sets[f"c{c}", "sw"]
    table = overlap_of(table_of(sets), LAYERS, seed=0)
    row = row_of(table, "all", ("en", "es"), -1)
    assert row[["value", "low", "high"]].tolist() == [30, 30, 30]
    # One concept in common says nothing about the spread over concepts.
    row = row_of(table, "all", ("en", "sw"), -1)
    assert row["value"] == 30
    assert row[["low", "high"]].isna().all()


def test_the_table_has_the_columns_and_rows_that_it_says() -> None:
    table = overlap_of(table_of(random_sets(4)), LAYERS, seed=0)
    assert list(table.columns) == columns("overlap")
    assert len(table) == (3 + 1) * (3 + 1) + 4 * (3 + 1)
    assert table["layer"][table["concept"] != "all"].eq(-1).all()
    pairs = table[["language_a", "language_b"]].drop_duplicates().itertuples(index=False)
    assert [tuple(pair) for pair in pairs] == [
        ("zh", "en"), ("zh", "ar"), ("en", "ar"), ("all", "all"),
    ]  # fmt: skip


def test_the_order_of_rows_does_not_matter() -> None:
    rows = table_of(random_sets(4))
    mixed = pd.concat([rows.iloc[::-1], rows.iloc[:0]], ignore_index=True)
    mixed = mixed.sort_values("layer", kind="stable")
    order = {"c0": 0, "c1": 1, "c2": 2, "c3": 3}
    mixed = mixed.sort_values("concept", key=lambda c: c.map(order), kind="stable")
    mixed = mixed.sort_values(
        "language", key=lambda c: c.map({"zh": 0, "en": 1, "ar": 2}), kind="stable"
    )
    pd.testing.assert_frame_equal(
        overlap_of(mixed, LAYERS, seed=1), overlap_of(rows, LAYERS, seed=1)
    )


@pytest.mark.parametrize("k", [2, 12, 40])
def test_random_sets_reach_a_p_value_no_more_often_than_it_says(k: int) -> None:
    # With k = 2 a layer holds half a unit of a set, and shares 0.002 with another by chance.
    tables = [
        overlap_of(table_of(random_sets(6, k=k, seed=seed)), LAYERS, seed=0, draws=2)
        for seed in range(60)
    ]
    rows = pd.concat(tables, keys=range(60), names=["seed"]).reset_index(level=0)
    means = rows[rows["concept"] == "all"]
    for pairs in (means[means["language_a"] == "all"], means[means["language_a"] != "all"]):
        for level in (0.2, 0.05, 0.01):
            # 240 and 720 rows, of which those of a seed go together in part.
            assert (pairs["p_value"] <= level).mean() <= level + 3 * np.sqrt(level / 120)
    assert means["p_value"].between(0, 1).all()
    assert (means[means["value"] == 0]["p_value"] == 1).all()


def test_one_pair_of_languages_has_one_exact_p_value() -> None:
    sets = {key: units for key, units in random_sets(6, k=12).items() if key[1] != "ar"}
    table = overlap_of(table_of(sets), LAYERS, seed=0)
    pair = table[table["language_a"] != "all"].reset_index(drop=True)
    every = table[table["language_a"] == "all"].reset_index(drop=True)
    np.testing.assert_allclose(every["p_value"], pair["p_value"], rtol=1e-6)


def test_units_of_the_concept_exceed_other_concepts_and_units_of_everything_do_not() -> None:
    rng = np.random.default_rng(5)
    own: Sets = {}
    everything: Sets = {}
    for number in range(6):
        for language in ("en", "es", "sw"):
            rest = 300 + rng.choice(700, size=20, replace=False)
            own[f"c{number}", language] = np.r_[20 * number : 20 * number + 20, rest]
            everything[f"c{number}", language] = np.r_[0:20, rest]
    concept = row_of(overlap_of(table_of(own), LAYERS, seed=0), "all", ("all", "all"), -1)
    alike = row_of(overlap_of(table_of(everything), LAYERS, seed=0), "all", ("all", "all"), -1)
    by_chance = 20 * 20 / 700
    for row in (concept, alike):  # random sets cannot tell the two apart
        assert row["value"] == pytest.approx(20 + by_chance, abs=0.5)
        assert row["ratio"] > 10
        assert row["p_value"] < 1e-20
    assert concept["other_concepts"] == pytest.approx(by_chance, abs=0.3)
    assert alike["other_concepts"] == pytest.approx(alike["value"], abs=0.5)


def of_a_hub(rng: np.random.Generator, concepts: int) -> pd.DataFrame:
    """Experts of two languages among 50 units, of which each concept has some share in both."""
    rows = []
    for concept in range(concepts):
        share = rng.uniform(0.1, 0.9)
        for code in ("en", "es"):
            units = np.flatnonzero(rng.random(50) < share)
            rows += [(f"c{concept}", code, 0, "m", unit, row) for row, unit in enumerate(units)]
    columns = ["concept", "language", "layer", "module", "unit", "rank"]
    return pd.DataFrame(rows, columns=columns)


def test_the_interval_of_the_excess_holds_the_truth_as_often_as_it_says() -> None:
    # Shares of a concept's sets have the variance 0.8^2 / 12, by which it exceeds other concepts.
    truth = 50 * 0.8**2 / 12
    rng = np.random.default_rng(0)
    of = _rows_of(["en", "es"])
    hits = []
    for trial in range(250):
        names = [f"c{number}" for number in range(15)]
        values = _values(count_experts(of_a_hub(rng, 15), names, ["en", "es"], []), -1, of, 500)
        row = _means(values, of, trial, 400).iloc[0]
        assert row["excess"] == pytest.approx(row["value"] - row["other_concepts"])
        assert row["excess_low"] < row["excess"] < row["excess_high"]
        hits.append(row["excess_low"] <= truth <= row["excess_high"])
    assert 0.91 <= np.mean(hits) <= 0.99


def test_one_concept_has_no_others() -> None:
    table = overlap_of(table_of(random_sets(1)), LAYERS, seed=0)
    assert table["other_concepts"].isna().all()


def test_equal_sets_share_everything_and_disjoint_ones_nothing() -> None:
    units = np.arange(0, 1000, 25)
    same = {("c", "en"): units, ("c", "es"): units}
    row = row_of(overlap_of(table_of(same), LAYERS, seed=0), "all", ("en", "es"), -1)
    assert row["value"] == row["k"] == 40
    assert row["ratio"] == pytest.approx(1000 / 40)
    apart = {("c", "en"): units, ("c", "es"): units + 1}
    row = row_of(overlap_of(table_of(apart), LAYERS, seed=0), "all", ("en", "es"), -1)
    assert row["value"] == 0
    assert row["p_value"] == 1


def test_a_layer_without_experts_expects_nothing() -> None:
    only_first = {(c, code): np.arange(20) for c in ("x", "y") for code in ("en", "es")}
    table = overlap_of(table_of(only_first), LAYERS, seed=0)
    row = row_of(table, "all", ("en", "es"), 2)
    assert (row["value"], row["chance"], row["p_value"]) == (0, 0, 1)
    assert np.isnan(row["ratio"])


def test_one_language_has_no_pairs() -> None:
    table = overlap_of(table_of({("c", "en"): np.arange(20)}), LAYERS, seed=0)
    assert table.empty
    assert list(table.columns) == columns("overlap")
