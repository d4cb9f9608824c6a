from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.errors import UserError
from analysis.experts.kept import kept_experts, write_kept
from analysis.results import made_from, read_table, table_path, write_table
from analysis.summary import summarise
from analysis.tables import TABLES, columns
from tests.analysis.statistics.expanded import expanded

NOTE: dict[str, str | int] = {"settings": "s", "text": "t", "version": 2}
SIZES = pd.DataFrame(
    [("dog", "en", 100), ("joy", "en", 100), ("dog", "sw", 100)],
    columns=["concept", "language", "units"],
)
OTHERS: dict[str, float | int | str] = {"float64": 0.5, "int64": 1, "str": "x"}

Units = dict[tuple[str, str], list[int]]


def experts(units: Units) -> pd.DataFrame:
    """Ten units are one module's, the next ten another's."""
    return pd.DataFrame(
        [
            (c, lang, f"m{unit // 10}", unit % 10)
            for (c, lang), own in units.items()
            for unit in own
        ],
        columns=["concept", "language", "module", "unit"],
    )


BEFORE = experts({("dog", "en"): [1, 2, 3, 4], ("joy", "en"): [5, 6, 7, 8], ("dog", "sw"): [1, 2]})
NOW = experts({("dog", "en"): [4, 3, 12, 1], ("joy", "en"): [15, 16, 1, 2], ("dog", "sw"): [2, 1]})


def write(folder: Path, step: int, rows: pd.DataFrame, note: dict[str, str | int]) -> None:
    for table, own in (("experts", rows), ("samples", SIZES)):
        rest = {n: OTHERS[kind] for n, (kind, _) in TABLES[table].items() if n not in own}
        write_table(folder, table, step, own.assign(**rest).drop(columns="step"), note)


def test_experts_kept_are_counted_by_concept_and_language_and_averaged() -> None:
    rows = kept_experts(NOW, BEFORE, SIZES)
    expected = [
        ("dog", "en", 4, 3, 0.16, 1),
        ("joy", "en", 4, 0, 0.16, 4),
        ("dog", "sw", 2, 2, 0.04, 0),
        ("all", "en", 4, 1.5, 0.16, 2.5),
        ("all", "sw", 2, 2, 0.04, 0),
        ("all", "mean", 3, 1.75, 0.1, 1.25),
    ]
    names = ["concept", "language", "k", "value", "chance", "replaced"]
    wanted = pd.DataFrame(expected, columns=names)
    order = ["concept", "language"]
    pd.testing.assert_frame_equal(
        rows[names].sort_values(order, ignore_index=True),
        wanted.sort_values(order, ignore_index=True),
        check_dtype=False,
    )
    np.testing.assert_allclose(rows["ratio"], rows["value"] / rows["chance"])


def test_intervals_are_over_concepts_whose_languages_stay_together() -> None:
    rng = np.random.default_rng(1)
    names = [f"c{number}" for number in range(40)]
    kept = rng.integers(0, 11, size=40)
    # As many are kept in every language; one lacks half of the concepts, one has a single one.
    has = {"en": names, "es": names[:20], "sw": names[:1]}
    before, now = (
        experts(
            {
                (name, code): [*range(10 - stay), *range(20, 20 + stay)] if later else [*range(10)]
                for code, own in has.items()
                for name, stay in zip(own, 10 - kept, strict=False)
            }
        )
        for later in (False, True)
    )
    sizes = pd.DataFrame(
        [(name, code, 100) for code, own in has.items() for name in own],
        columns=["concept", "language", "units"],
    )
    others = [rows[rows["language"] != "sw"] for rows in (now, before)]
    two = kept_experts(others[0], others[1], sizes, draws=4000)
    found = two[two["concept"] == "all"].set_index("language")
    draws: dict[str, list[float]] = {"en": [], "es": [], "mean": []}
    for _ in range(4000):
        rows = rng.integers(0, 40, size=40)
        means = kept[rows].mean(), kept[rows[rows < 20]].mean()
        for name, value in zip(draws, (*means, np.mean(means)), strict=True):
            draws[name].append(value)
    for name, drawn in draws.items():
        low, high = np.quantile(drawn, expanded(40 if name == "en" else 20))
        assert found.loc[name, "low"] == pytest.approx(low, abs=0.15), name
        assert found.loc[name, "high"] == pytest.approx(high, abs=0.15), name
    assert two[two["concept"] != "all"][["low", "high"]].isna().all(axis=None)
    every = kept_experts(now, before, sizes).set_index(["concept", "language"])
    # Of one concept there is no spread, nor of a mean that it is in.
    assert np.isnan(every.loc["all"].loc[["sw", "mean"], ["low", "high"]].to_numpy()).all()


def test_random_sets_keep_what_chance_says() -> None:
    rng = np.random.default_rng(0)
    names = [f"c{number}" for number in range(300)]
    first, second = (
        experts({(name, "en"): list(rng.choice(200, 40, replace=False)) for name in names})
        for _ in range(2)
    )
    sizes = pd.DataFrame({"concept": names, "language": "en", "units": 200})
    row = kept_experts(second, first, sizes).iloc[-1]
    assert row["chance"] == pytest.approx(8)
    assert row["value"] == pytest.approx(8, abs=4 * 2.3 / np.sqrt(300))


def test_each_step_is_compared_with_the_first_and_the_one_before(tmp_path: Path) -> None:
    write_kept(tmp_path)
    write(tmp_path, 0, BEFORE, NOTE)
    write_kept(tmp_path)
    assert not (tmp_path / "kept").exists()
    write(tmp_path, 2, NOW, NOTE)
    write(tmp_path, 10, NOW, NOTE)
    write_kept(tmp_path, last_step=2)
    assert not table_path(tmp_path, "kept", 10).exists()
    write_kept(tmp_path)
    for step, since in ((2, {"first": 0, "previous": 0}), (10, {"first": 0, "previous": 2})):
        rows = read_table(table_path(tmp_path, "kept", step))
        assert list(rows.columns) == ["step", *columns("kept")]
        assert dict(zip(rows["since"], rows["since_step"], strict=True)) == since
    curves = summarise("kept", read_table(table_path(tmp_path, "kept", 10)))
    assert curves == pytest.approx(
        {
            "kept/share_since_first": 1.75 / 3,
            "kept/share_since_first/chance": 0.1 / 3,
            "kept/share_since_previous": 1,
            "kept/share_since_previous/chance": 0.1 / 3,
        }
    )


def test_only_what_changed_is_made_again(tmp_path: Path) -> None:
    for step in (0, 4, 8, 9):
        write(tmp_path, step, NOW, NOTE | {"weights": str(step)})
    write_kept(tmp_path)
    times = {p: p.stat().st_mtime_ns for p in (tmp_path / "kept").iterdir()}
    assert len(times) == 3
    write_kept(tmp_path)
    assert {p: p.stat().st_mtime_ns for p in times} == times
    write(tmp_path, 4, BEFORE, NOTE | {"weights": "other"})
    write_kept(tmp_path)
    changed = {int(p.stem[5:]) for p, time in times.items() if p.stat().st_mtime_ns != time}
    assert changed == {4, 8}
    assert made_from(table_path(tmp_path, "kept", 9))["settings"] == "s"


def test_tables_of_an_earlier_version_are_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step in (0, 4):
        write(tmp_path, step, NOW, NOTE)
    write_kept(tmp_path)
    path = table_path(tmp_path, "kept", 4)
    assert made_from(path)["version"] == 1
    before = path.stat().st_mtime_ns
    monkeypatch.setattr("analysis.experts.kept._VERSION", 2)
    write_kept(tmp_path)
    assert path.stat().st_mtime_ns != before
    assert made_from(path)["version"] == 2


def test_tables_of_other_settings_are_not_compared_with(tmp_path: Path) -> None:
    write(tmp_path, 0, BEFORE, NOTE | {"settings": "other"})
    write(tmp_path, 1, BEFORE, NOTE)
    write(tmp_path, 2, NOW, NOTE)
    write_kept(tmp_path)
    rows = read_table(table_path(tmp_path, "kept", 2))
    assert set(rows["since_step"]) == {1}
    table_path(tmp_path, "experts", 1).write_bytes(b"x")
    with pytest.raises(UserError, match="not a whole results table"):
        write_kept(tmp_path)
