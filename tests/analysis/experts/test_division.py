from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.experts.division import division, write_division
from analysis.results import made_from, read_table, table_path, write_table
from analysis.statistics.bootstrap import bootstrap_interval
from analysis.tables import TABLES, columns

NEURONS = {0: 200, 1: 300}
LANGUAGES = ("en", "es", "sw")
OTHERS: dict[str, float | int | str | bool] = {"float64": 0.5, "int64": 1, "str": "x", "bool": True}

Unit = tuple[int, int]
Sets = dict[tuple[str, str], set[Unit]]
"""(concept, language) -> (layer, unit of fc1)"""


def experts_of(sets: Sets) -> pd.DataFrame:
    """Beside each expert among the MLP's neurons stands one of attention."""
    return pd.DataFrame(
        [
            (concept, language, layer, f"m.{layer}.{module}", unit)
            for (concept, language), units in sets.items()
            for layer, unit in sorted(units)
            for module in ("fc1", "self_attn.k_proj")
        ],
        columns=["concept", "language", "layer", "module", "unit"],
    )


def neurons_of(languages: dict[Unit, str]) -> pd.DataFrame:
    return pd.DataFrame(
        [(layer, f"m.{layer}.fc1", unit, names) for (layer, unit), names in languages.items()],
        columns=["layer", "module", "unit", "languages"],
    )


def random_case(
    seed: int, concepts: int = 6, k: int = 30, neurons: int = 40
) -> tuple[Sets, dict[Unit, str]]:
    rng = np.random.default_rng(seed)
    everything = [(layer, unit) for layer, width in NEURONS.items() for unit in range(width)]

    def some(number: int) -> list[Unit]:
        return [everything[place] for place in rng.choice(500, number, replace=False)]

    sets = {(f"c{c}", code): set(some(k)) for code in LANGUAGES for c in range(concepts)}
    names = ["en", "es", "sw", "en es", "es sw"]
    return sets, {unit: str(rng.choice(names)) for unit in some(neurons)}


def row_of(table: pd.DataFrame, kind: str, language: str, layer: int) -> pd.Series:
    chosen = table[
        (table["experts"] == kind) & (table["language"] == language) & (table["layer"] == layer)
    ]
    assert len(chosen) == 1
    return chosen.iloc[0]


@pytest.mark.parametrize("seed", [0, 1])
def test_every_number_is_what_sets_and_scipy_give(seed: int) -> None:
    sets, languages = random_case(seed)
    del sets["c1", "en"], sets["c2", "sw"]
    table = division(experts_of(sets), neurons_of(languages), NEURONS, draws=200)
    assert list(table.columns) == columns("division")
    assert len(table) == 3 * (3 + 2 * 4)
    concepts = list(dict.fromkeys(concept for concept, _ in sets))
    for layer in (-1, 0, 1):
        size = NEURONS.get(layer, 500)

        def here(units: set[Unit], layer: int = layer) -> set[Unit]:
            return {unit for unit in units if layer in (-1, unit[0])}

        own = here(set(languages))
        shared: set[Unit] = set()
        for concept in concepts:
            of = [units for (name, _), units in sets.items() if name == concept]
            shared |= {u for units in of for u in units if sum(u in other for other in of) > 1}
        everything = here(set().union(*sets.values()))
        kinds = {"any": everything, "shared": here(shared), "single": everything - shared}
        for kind, units in kinds.items():
            row = row_of(table, kind, "all", layer)
            counts = [len(units), len(own), len(units & own), size]
            assert row[["k", "language_neurons", "value", "neurons"]].tolist() == counts
            assert row["chance"] == pytest.approx(len(units) * len(own) / size)
            assert row["ratio"] == pytest.approx(row["value"] / row["chance"])
            tail = stats.hypergeom(size, len(units), len(own)).sf(len(units & own) - 1)
            assert row["p_value"] == pytest.approx(tail, rel=1e-6)
            assert np.isnan(row["low"])
        for kind in ("own", "other"):
            found: dict[str, dict[str, list[float]]] = {}
            for code in LANGUAGES:
                of_code = {unit for unit in own if code in languages[unit].split()}
                for concept in concepts:
                    members = [
                        here(units)
                        for (name, other), units in sets.items()
                        if name == concept and (other == code) == (kind == "own")
                    ]
                    if members:
                        k = float(np.mean([len(units) for units in members]))
                        both = float(np.mean([len(units & of_code) for units in members]))
                        found.setdefault(code, {})[concept] = [k, both, k * len(of_code) / size]
            found["mean"] = {
                concept: list(
                    np.mean([own[concept] for own in found.values() if concept in own], 0)
                )
                for concept in concepts
            }
            for code, by_concept in found.items():
                row = row_of(table, kind, code, layer)
                numbers = np.array(list(by_concept.values()))
                assert row[["k", "value", "chance"]].tolist() == pytest.approx(
                    numbers.mean(axis=0).tolist()
                )
                assert np.isnan(row["p_value"])
                if len(by_concept) == len(concepts):
                    ends = bootstrap_interval(numbers[:, 1], seed=0, draws=200)
                    assert (row["low"], row["high"]) == pytest.approx(tuple(map(float, ends)))


def test_random_sets_have_in_common_what_chance_gives() -> None:
    tables = [
        division(experts_of(sets), neurons_of(languages), NEURONS, draws=2)
        for sets, languages in (random_case(seed, concepts=3) for seed in range(16))
    ]
    rows = pd.concat(tables)
    for _, part in rows.groupby(["layer", "experts", "language"]):
        spread = part["ratio"].std() / 4
        assert part["ratio"].mean() == pytest.approx(1, abs=4 * spread)
    assert (rows["p_value"] <= 0.05).sum() <= 0.05 * 144 + 3 * (0.05 * 144 * 3) ** 0.5


def test_language_neurons_that_are_experts_of_their_own_language_are_told() -> None:
    sets, languages = random_case(3)
    for (_, code), units in sets.items():
        units |= set([unit for unit, names in languages.items() if names == code][:4])
    table = division(experts_of(sets), neurons_of(languages), NEURONS)
    own, other = (row_of(table, kind, "mean", -1) for kind in ("own", "other"))
    assert own["low"] > own["chance"] + 2.5
    assert other["ratio"] == pytest.approx(1, abs=0.4)
    single = row_of(table, "single", "all", -1)
    assert single["ratio"] < row_of(table, "any", "all", -1)["ratio"]


def test_intervals_are_over_the_concepts_that_a_language_has() -> None:
    # Each of these has one language neuron among its experts, so that nothing varies.
    sets: Sets = {(f"c{c}", "en"): {(0, 1), (1, 10 + c)} for c in range(6)}
    sets |= {("c0", "es"): {(0, 2)}, **{(f"d{c}", "es"): {(0, 2)} for c in range(3)}}
    table = division(experts_of(sets), neurons_of({(0, 1): "en", (0, 2): "es"}), NEURONS)
    for language in ("en", "es"):
        row = row_of(table, "own", language, -1)
        assert row[["value", "low", "high"]].tolist() == [1, 1, 1]


def test_a_layer_without_language_neurons_is_read_at_the_same_module() -> None:
    sets: Sets = {("c0", code): {(0, 1), (1, 2)} for code in LANGUAGES}
    table = division(experts_of(sets), neurons_of({(1, 2): "en"}), NEURONS)
    row = row_of(table, "shared", "all", 0)
    assert row[["k", "language_neurons", "value", "p_value"]].tolist() == [1, 0, 0, 1]
    assert np.isnan(row["ratio"])
    assert row_of(table, "shared", "all", 1)["value"] == 1
    assert set(table["language"]) == {"all", "en", "mean"}
    assert division(experts_of(sets), neurons_of({}), NEURONS).empty


def write(folder: Path, table: str, rows: pd.DataFrame, note: dict[str, object]) -> None:
    rest = {n: OTHERS[kind] for n, (kind, _) in TABLES[table].items() if n not in rows}
    write_table(folder, table, 8, rows.assign(**rest).drop(columns="step"), note)


def test_it_is_made_from_tables_of_the_same_weights_and_once(tmp_path: Path) -> None:
    sets, languages = random_case(0)
    note: dict[str, object] = {"settings": "s", "text": "t", "weights": "a"}
    lape = pd.DataFrame({"layer": [0, 0, 1, -1], "neurons": [200, 200, 300, 500]})
    write(tmp_path, "experts", experts_of(sets), note)
    write_division(tmp_path)
    assert not (tmp_path / "division").exists()
    write(tmp_path, "language_neurons", neurons_of(languages), note | {"weights": "b"})
    write(tmp_path, "lape", lape, note)
    write_division(tmp_path)
    assert not (tmp_path / "division").exists()
    write(tmp_path, "language_neurons", neurons_of(languages), note | {"settings": "other"})
    write_division(tmp_path, 7)
    assert not (tmp_path / "division").exists()
    write_division(tmp_path)
    path = table_path(tmp_path, "division", 8)
    expected = division(experts_of(sets), neurons_of(languages), NEURONS)
    pd.testing.assert_frame_equal(read_table(path).drop(columns="step"), expected)
    time = path.stat().st_mtime_ns
    write_division(tmp_path)
    assert path.stat().st_mtime_ns == time
    write(tmp_path, "experts", experts_of(sets), note | {"text": "new"})
    write_division(tmp_path)
    assert path.stat().st_mtime_ns != time
    assert made_from(path)["experts"] == note | {"text": "new"}
