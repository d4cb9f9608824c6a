"""Overlap of the best few experts, by families of languages, and the layer where it is highest."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.experts.overlap import expert_overlap
from analysis.experts.settings import Ends
from analysis.languages import LANGUAGES
from analysis.statistics.bootstrap import bootstrap_interval
from analysis.tables import columns
from tests.analysis.experts.sets import LAYERS, Sets, in_layer, random_sets, table_of

FAMILIES = ("es", "hi", "pt", "bn", "zh")
"""Two languages of each of two families, and one of a third."""


def row_of(table: pd.DataFrame, **of: object) -> pd.Series:
    chosen = table[np.logical_and.reduce([table[name] == value for name, value in of.items()])]
    assert len(chosen) == 1
    return chosen.iloc[0]


@pytest.mark.parametrize("ends", ["top", "both"])
def test_the_best_few_overlap_as_if_they_were_all(ends: Ends) -> None:
    sets = random_sets(5)
    whole = expert_overlap(
        table_of(sets), LAYERS, seed=3, draws=200, top=(10, 16, 40, 90, 10), ends=ends
    )
    for n in (10, 16):
        best = {
            # Ranked behind the upper half, the lower one starts with the very last unit.
            key: units[:n] if ends == "top" else np.r_[units[: n // 2], units[20 : 20 + n // 2]]
            for key, units in sets.items()
        }
        alone = expert_overlap(table_of(best), LAYERS, seed=3, draws=200)
        for ours, expected in zip(whole, alone, strict=True):
            rows = expected[(expected["layer"] == -1)]
            if "concept" in rows:
                rows = rows[rows["concept"] == "all"]
            pd.testing.assert_frame_equal(
                ours[ours["top"] == n].reset_index(drop=True), rows.reset_index(drop=True)
            )
    full = expert_overlap(table_of(sets), LAYERS, seed=3, draws=200)
    for ours, expected in zip(whole, full, strict=True):
        assert set(ours["top"]) == {10, 16, 40}
        pd.testing.assert_frame_equal(ours[ours["top"] == 40].reset_index(drop=True), expected)


def test_families_are_what_loops_over_sets_and_simulation_give() -> None:
    sets = random_sets(4, languages=FAMILIES)
    del sets["c1", "pt"], sets["c2", "zh"]
    table = expert_overlap(table_of(sets), LAYERS, seed=3, draws=300).families
    assert list(table.columns) == columns("families")
    assert len(table) == 4 * (3 + 4)
    for row in table.to_dict("records"):
        relation, family_a, family_b, layer = (
            row[name] for name in ("relation", "family_a", "family_b", "layer")
        )
        pairs = [
            (a, b)
            for a, b in combinations(FAMILIES, 2)
            if (LANGUAGES[a].family == LANGUAGES[b].family) == (relation == "within")
            and family_a in ("all", LANGUAGES[a].family, LANGUAGES[b].family)
            and family_b in ("all", LANGUAGES[a].family, LANGUAGES[b].family)
        ]
        units = LAYERS.get(layer, 1000)
        by_concept: dict[str, list[tuple[float, float, float]]] = {}
        for number in range(4):
            concept = f"c{number}"
            for pair in pairs:
                if all((concept, code) in sets for code in pair):
                    a, b = (in_layer(sets[concept, code], layer) for code in pair)
                    numbers = (len(a) + len(b)) / 2, len(a & b), len(a) * len(b) / units
                    by_concept.setdefault(concept, []).append(numbers)
        means = np.array([np.mean(found, axis=0) for found in by_concept.values()])
        k, value, chance = means.mean(axis=0)
        assert [row[name] for name in ("k", "value", "chance", "ratio")] == pytest.approx(
            [k, value, chance, value / chance]
        )
        if len(means) == 4:
            ends = bootstrap_interval(means[:, 1], seed=3, draws=300)
            assert (row["low"], row["high"]) == pytest.approx(tuple(map(float, ends)))
        if (family_a, family_b) == ("Romance", "Romance"):
            sizes = [  # Portuguese lacks c1
                [len(in_layer(sets[concept, code], layer)) for code in ("es", "pt")]
                for concept in ("c0", "c2", "c3")
            ]
            null = np.ones(1)
            for first, second in sizes:
                pmf = stats.hypergeom(units, first, second).pmf(np.arange(41))
                null = np.convolve(null, pmf)
            assert row["p_value"] == pytest.approx(null[round(3 * value) :].sum(), rel=1e-6)


def planted(rng: np.random.Generator, concepts: int, k: int = 30) -> Sets:
    """Romance languages share ten of layer 0 for each concept, all share five of layer 1."""
    sets: Sets = {}
    for number in range(concepts):
        own = {code: rng.choice(np.arange(800, 1000), k - 15, replace=False) for code in FAMILIES}
        family = {name: rng.choice(300, 10, replace=False) for name in ("Romance", "es", "hi")}
        all_of_them = rng.choice(np.arange(300, 800), 5, replace=False)
        for code in FAMILIES:
            shared = LANGUAGES[code].family
            first = family[shared] if shared in family else rng.choice(300, 10, replace=False)
            sets[f"c{number}", code] = np.r_[first, all_of_them, own[code]]
    return sets


def test_planted_families_and_layers_are_found() -> None:
    tables = expert_overlap(table_of(planted(np.random.default_rng(1), 12)), LAYERS, seed=0)
    by_chance = {0: 100 / 300, 1: 25 / 500, 2: 225 / 200}
    for relation, a, b, layer, value in [
        ("within", "Romance", "Romance", 0, 10.0),
        ("within", "Indo-Aryan", "Indo-Aryan", 0, by_chance[0]),
        ("within", "all", "all", 0, (10 + by_chance[0]) / 2),
        ("between", "Romance", "Indo-Aryan", 0, by_chance[0]),
        ("between", "all", "all", 0, by_chance[0]),
        ("between", "Indo-Aryan", "Sinitic", 1, 5.0),
        ("between", "all", "all", 2, by_chance[2]),
    ]:
        row = row_of(tables.families, relation=relation, family_a=a, family_b=b, layer=layer)
        assert row["value"] == pytest.approx(value, abs=0.6), (relation, a, b, layer)
        assert row["chance"] == pytest.approx(by_chance[layer])
        assert (row["p_value"] < 1e-6) == (value > 2 * by_chance[layer])
        assert row["other_concepts"] == pytest.approx(by_chance[layer], abs=0.4)
    overlap = tables.overlap
    # Ratios of layers 0, 1, 2: of the Romance languages 30, 100, 1.
    for a, b in (("es", "pt"), ("hi", "bn"), ("all", "all")):
        rows = [
            row_of(overlap, concept="all", language_a=a, language_b=b, layer=layer)
            for layer in (0, 1, 2, -1)
        ]
        assert [row["highest"] for row in rows[:3]] == [0, 1, 0]
        assert np.isnan(rows[3]["highest"])
    assert overlap[overlap["concept"] != "all"]["highest"].isna().all()


def test_random_sets_share_what_chance_gives_in_every_part() -> None:
    tables = [
        expert_overlap(
            table_of(random_sets(8, seed=seed, languages=FAMILIES)),
            LAYERS, seed=0, draws=40, top=(20,),
        )
        for seed in range(9)
    ]  # fmt: skip
    families = pd.concat([table.families for table in tables])
    parts = families.groupby(["relation", "family_a", "family_b", "layer", "top"])
    for _, part in parts:
        assert part["ratio"].mean() == pytest.approx(1, abs=4 * part["ratio"].std() / 3)
    for level in (0.2, 0.05):
        # 9 x 7 x 5 rows, which go together in part.
        assert (families["p_value"] <= level).mean() <= level + 3 * np.sqrt(level / 63)
    assert (families["p_value"] <= 0.5).mean() > 0.3
    highest = pd.concat([table.overlap for table in tables])
    highest = highest[(highest["language_a"] == "all") & (highest["layer"] >= 0)]
    # No layer stands out: the smallest varies most and comes out most often.
    mean = highest.groupby("layer")["highest"].mean()
    assert mean.sum() == pytest.approx(1)
    assert mean.between(0.05, 0.75).all()


def test_the_layer_of_the_highest_ratio_is_as_sure_as_resampling_says() -> None:
    rng = np.random.default_rng(0)
    sets: Sets = {}
    for number in range(10):
        for code in ("en", "es"):
            sets[f"c{number}", code] = np.r_[
                rng.choice(300, 12, replace=False), 300 + rng.choice(500, 20, replace=False)
            ]
    table = expert_overlap(table_of(sets), LAYERS, seed=0, draws=4000).overlap
    rows = table[(table["concept"] == "all") & (table["language_a"] == "en")].set_index("layer")
    value, chance = np.zeros((2, 10, 3))
    for number in range(10):
        for layer in range(3):
            a, b = (in_layer(sets[f"c{number}", code], layer) for code in ("en", "es"))
            value[number, layer], chance[number, layer] = len(a & b), len(a) * len(b)
    units = np.array([300, 500, 200])
    chosen = rng.integers(0, 10, size=(4000, 10))
    with np.errstate(invalid="ignore"):
        ratios = value[chosen].sum(axis=1) / (chance[chosen].sum(axis=1) / units)
    expected = np.bincount(np.nanargmax(ratios, axis=1), minlength=3) / 4000
    assert 0.1 < expected[0] < 0.9
    assert expected[2] == 0, "without experts there is no ratio"
    assert rows.loc[[0, 1, 2], "highest"].tolist() == pytest.approx(expected.tolist(), abs=0.04)
