from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from analysis.errors import UserError
from analysis.files import UNFINISHED
from analysis.results import made_from, read_table, read_tables, table_path, write_table
from analysis.tables import TABLES, columns

EXAMPLES = {"int64": 3, "float64": 0.5, "str": "en", "bool": True}


def rows_of(table: str, rows: int = 2) -> pd.DataFrame:
    kinds = {name: kind for name, (kind, _) in TABLES[table].items() if name != "step"}
    return pd.DataFrame({name: [EXAMPLES[kind]] * rows for name, kind in kinds.items()})


@pytest.mark.parametrize("table", list(TABLES))
def test_a_table_is_read_as_it_was_written(tmp_path: Path, table: str) -> None:
    rows = rows_of(table)
    path = write_table(tmp_path, table, 5000, rows[rows.columns[::-1]], {})
    assert path == tmp_path / table / "step-00005000.parquet" == table_path(tmp_path, table, 5000)
    read = read_table(path)
    pd.testing.assert_frame_equal(read.drop(columns="step"), rows)
    assert read["step"].tolist() == [5000, 5000]
    assert list(read.columns) == list(TABLES[table])
    assert {name: str(kind) for name, kind in read.dtypes.items()} == {
        name: kind for name, (kind, _) in TABLES[table].items()
    }
    assert pq.read_schema(path).get_field_index("__index_level_0__") == -1


def test_every_column_is_documented_and_a_value_stands_beside_chance() -> None:
    for table, of_table in TABLES.items():
        assert next(iter(of_table)) == "step"
        assert columns(table) == list(of_table)[1:]
        assert all(meaning for _, meaning in of_table.values())
        if {"value", "ap"} & set(of_table):
            assert "chance" in of_table, table
        if "ap_test" in of_table:
            assert "chance_test" in of_table, table


def test_types_are_those_of_the_table_not_of_the_rows(tmp_path: Path) -> None:
    rows = rows_of("overlap").assign(k=7, layer=[0.0, 1.0])
    read = read_table(write_table(tmp_path, "overlap", 1, rows, {}))
    assert (str(read["k"].dtype), str(read["layer"].dtype)) == ("float64", "int64")


@pytest.mark.parametrize("wrong", ["missing", "extra"])
def test_columns_are_checked_before_anything_is_written(tmp_path: Path, wrong: str) -> None:
    rows = rows_of("heldout")
    rows = rows.drop(columns="chance") if wrong == "missing" else rows.assign(mood=1)
    with pytest.raises(AssertionError, match="chance" if wrong == "missing" else "mood"):
        write_table(tmp_path, "heldout", 1, rows, {})
    assert list(tmp_path.iterdir()) == []


def test_a_failing_write_leaves_the_table_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_table(tmp_path, "heldout", 1, rows_of("heldout"), {"weights": "a"})

    def half(_content: object, draft: Path, **_: object) -> None:
        draft.write_bytes(b"PAR1")
        raise ZeroDivisionError

    monkeypatch.setattr(pq, "write_table", half)
    with pytest.raises(ZeroDivisionError):
        write_table(tmp_path, "heldout", 1, rows_of("heldout"), {"weights": "b"})
    assert made_from(path) == {"weights": "a"}
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_table_says_what_it_was_made_from(tmp_path: Path) -> None:
    note = {"weights": "ab12", "settings": {"k": 3, "words": ["é"]}, "seed": 0}
    path = write_table(tmp_path, "heldout", 1, rows_of("heldout"), note)
    assert made_from(path) == note
    assert len(read_table(path)) == 2


def test_what_is_not_ours_says_nothing(tmp_path: Path) -> None:
    rows_of("heldout").to_parquet(tmp_path / "other.parquet")
    (tmp_path / "text.parquet").write_text("no table")
    for name in ("other.parquet", "text.parquet", "missing.parquet"):
        assert made_from(tmp_path / name) == {}


@pytest.mark.parametrize("left", [0, 3, 0.5, 0.99])
def test_a_damaged_table_is_named(tmp_path: Path, left: float) -> None:
    path = write_table(tmp_path, "heldout", 1, rows_of("heldout", 100), {"weights": "a"})
    content = path.read_bytes()
    path.write_bytes(content[: int(left * len(content)) if left < 1 else int(left)])
    with pytest.raises(UserError, match="not a whole results table") as caught:
        read_table(path)
    assert caught.value.where == str(path)
    assert made_from(path) == {}  # so that it is made again


def test_a_table_that_is_older_than_a_column_is_told_so(tmp_path: Path) -> None:
    path = write_table(tmp_path, "kept", 5, rows_of("kept"), {})
    pq.write_table(pq.read_table(path).drop_columns(["low"]), path)
    assert len(read_table(path)) == 2
    with pytest.raises(UserError, match="made by an earlier version, without 'low'; make it anew"):
        read_table(path, ["value", "low"])


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"heldout/step-00000001\.parquet"):
        read_table(table_path(tmp_path, "heldout", 1))


def test_tables_of_all_steps_stand_in_the_order_of_steps(tmp_path: Path) -> None:
    steps = [5000, 0, 131072, 64, 10000]
    for step in steps:
        write_table(tmp_path, "heldout", step, rows_of("heldout", 1), {})
    write_table(tmp_path, "overlap", 7, rows_of("overlap", 1), {})
    draft = table_path(tmp_path, "heldout", 9)
    draft.with_name(f"{draft.name}.1{UNFINISHED}").write_bytes(b"half")
    whole = read_tables(tmp_path, "heldout")
    assert whole["step"].tolist() == sorted(steps)
    assert whole.index.tolist() == list(range(5))
    assert read_tables(tmp_path, "heldout", last_step=5000)["step"].tolist() == [0, 64, 5000]
    assert read_tables(tmp_path, "heldout", last_step=4999)["step"].tolist() == [0, 64]


@pytest.mark.parametrize("changed", ["settings", "text"])
def test_tables_that_do_not_compare_with_the_newest_are_left_out(
    tmp_path: Path, changed: str
) -> None:
    note = {"settings": "a", "text": "t", "weights": "x"}
    for step in (0, 10, 20, 30):
        made = note | {"weights": str(step)} | ({changed: "b"} if step >= 20 else {})
        write_table(tmp_path, "heldout", step, rows_of("heldout", 1), made)
    assert read_tables(tmp_path, "heldout")["step"].tolist() == [20, 30]
    assert read_tables(tmp_path, "heldout", last_step=10)["step"].tolist() == [0, 10]


def test_later_tables_are_not_even_opened_and_a_damaged_one_is_told(tmp_path: Path) -> None:
    for step in (0, 10, 20):
        write_table(tmp_path, "heldout", step, rows_of("heldout", 1), {})
    table_path(tmp_path, "heldout", 20).write_bytes(b"PAR1")
    assert read_tables(tmp_path, "heldout", last_step=19)["step"].tolist() == [0, 10]
    with pytest.raises(UserError, match=r"step-00000020\.parquet: not a whole results table"):
        read_tables(tmp_path, "heldout")


def test_some_columns_of_some_rows_can_be_read(tmp_path: Path) -> None:
    rows = rows_of("heldout", 3).assign(language=["en", "es", "mean"])
    for step in (0, 10):
        write_table(tmp_path, "heldout", step, rows, {})
    some = read_tables(
        tmp_path, "heldout", columns=["step", "value"], where=[("language", "==", "es")]
    )
    assert some.to_dict("list") == {"step": [0, 10], "value": [0.5, 0.5]}
    with pytest.raises(UserError, match="mood"):
        read_tables(tmp_path, "heldout", columns=["mood"])
    nothing = read_tables(tmp_path, "probing", columns=["step", "value"])
    assert list(nothing.columns) == ["step", "value"]


def test_no_tables_are_an_empty_one(tmp_path: Path) -> None:
    empty = read_tables(tmp_path, "probing")
    assert len(empty) == 0
    assert list(empty.columns) == list(TABLES["probing"])
