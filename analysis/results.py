"""Results tables: how they are written, found and read; `analysis.tables` has their columns.

`results/<table>/step-00005000.parquet` holds one tidy table of one checkpoint, whole or not at all.
The file's metadata says what the table was computed from.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import UserError
from analysis.files import whole_file
from analysis.layout import CONFIG
from analysis.tables import TABLES

Filters = Sequence[tuple[str, str, object]]
"""Conditions that all hold of a row: (column, comparison, value), as pyarrow has them."""

FOLDER = "results"
METADATA = b"interlingua"


def table_path(results: Path, table: str, step: int) -> Path:
    """Where the table of a step is kept."""
    return results / table / f"step-{step:08d}.parquet"


def write_table(
    results: Path, table: str, step: int, rows: pd.DataFrame, made_from: Mapping[str, object]
) -> Path:
    """Write one table, whole or not at all; `rows` has all its columns but `step`.

    `made_from` (settings, fingerprints, versions) is kept in the file's metadata.
    """
    kinds = {name: kind for name, (kind, _) in TABLES[table].items()}
    rows = rows.assign(step=step)
    assert set(rows.columns) == set(kinds), sorted(set(rows.columns) ^ set(kinds))
    rows = rows[list(kinds)].astype(kinds)
    content = pa.Table.from_pandas(rows, preserve_index=False)
    note = json.dumps(made_from, sort_keys=True, default=str).encode()
    content = content.replace_schema_metadata({**content.schema.metadata, METADATA: note})
    path = table_path(results, table, step)
    with whole_file(path) as draft:
        pq.write_table(content, draft, compression="zstd")
    return path


def write_derived(
    results: Path,
    table: str,
    step: int,
    source: Mapping[str, object],
    make: Callable[[], pd.DataFrame],
    *,
    version: int,
) -> None:
    """Write a table that is made from other tables, unless it stands, made from the same ones.

    `source` says what these are, for the file's metadata; `version` counts the changes that make
    `make` give others from them: a table of another is stale.
    """
    origin = {**source, "version": version}
    if made_from(table_path(results, table, step)) != origin:
        write_table(results, table, step, make(), origin)


def made_from(path: Path) -> dict[str, object]:
    """What a table's metadata says it was computed from; empty when it is not one of ours."""
    try:
        return _note(path)
    except (OSError, pa.ArrowException):
        return {}


def _note(path: Path) -> dict[str, object]:
    metadata = pq.read_schema(path).metadata or {}
    note: dict[str, object] = json.loads(metadata.get(METADATA, b"{}"))
    return note


def read_table(
    path: Path, columns: Sequence[str] | None = None, where: Filters | None = None
) -> pd.DataFrame:
    """One table of one checkpoint, or some `columns` of it in the rows in which `where` holds.

    Raises `UserError` for a file that is missing or damaged, or lacks one of the columns.
    """
    try:
        return pd.read_parquet(
            path,
            columns=None if columns is None else list(columns),
            filters=None if where is None else list(where),
        )
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(path, columns or (), error) from error


def chosen_step(results: Path, table: str, step: int | None = None) -> int:
    """The step given, or the last that has the table.

    Raises `UserError` when the step, or any, lacks it.
    """
    steps = list(comparable(results, table))
    if not steps:
        raise UserError(
            f"no table '{table}'",
            where=results,
            fix="make it with: python -m analysis run (--analyses NAME where it is off by default)",
        )
    if step is not None and step not in steps:
        raise UserError(
            f"step {step} has no table '{table}'",
            where=results,
            fix=f"use one of {' '.join(map(str, steps))}",
        )
    return steps[-1] if step is None else step


def find_results(word: str) -> Path:
    """The results folder that a word on the command line means: its own, or that of the run.

    Raises `UserError` when there is none.
    """
    folder = Path(word)
    if not folder.is_dir():
        raise UserError("no such folder", where=word, fix="name a run or a results folder")
    inner = folder / FOLDER
    for place in (inner, folder):
        if next(place.glob("*/step-*.parquet"), None):
            return place
    if (folder / CONFIG).is_file() or inner.is_dir():
        raise UserError(
            "no results yet", where=word, fix=f"make them with: python -m analysis run {word}"
        )
    raise UserError(
        "neither a run nor a results folder", where=word, fix="name one that holds either"
    )


def comparable(results: Path, table: str, last_step: int | None = None) -> dict[int, Path]:
    """Steps (up to `last_step`) and their tables, in the order of steps.

    Only what compares: tables made with other settings than the newest of them, or from other text,
    are left out. Raises `UserError` for a file that is damaged.
    """
    paths = {
        int(path.stem.removeprefix("step-")): path
        for path in results.glob(f"{table}/step-*.parquet")
    }
    made: dict[int, tuple[object, object]] = {}
    for step in sorted(paths):
        if last_step is None or step <= last_step:
            try:
                note = _note(paths[step])
            except (OSError, pa.ArrowException) as error:
                raise _damaged(paths[step], error) from error
            made[step] = note.get("settings"), note.get("text")
    newest = made[max(made)] if made else None
    return {step: paths[step] for step, source in made.items() if source == newest}


def read_tables(
    results: Path,
    table: str,
    last_step: int | None = None,
    *,
    columns: Sequence[str] | None = None,
    where: Filters | None = None,
) -> pd.DataFrame:
    """The tables of all steps that compare, one under the other, in the order of steps.

    Raises `UserError` as `comparable` and `read_table` do.
    """
    chosen = comparable(results, table, last_step).values()
    if not chosen:
        return pd.DataFrame(columns=list(TABLES[table] if columns is None else columns))
    return pd.concat([read_table(path, columns, where) for path in chosen], ignore_index=True)


def _unreadable(path: Path, columns: Sequence[str], error: Exception) -> UserError:
    """Why a table cannot be read: it is older than a column, or damaged."""
    try:
        there = pq.read_schema(path).names
    except (OSError, pa.ArrowException):
        return _damaged(path, error)
    lacking = [name for name in columns if name not in there]
    if not lacking:
        return _damaged(path, error)
    return UserError(
        f"made by an earlier version, without '{lacking[0]}'",
        where=path,
        fix="make it anew with: python -m analysis run",
    )


def _damaged(path: Path, error: Exception) -> UserError:
    return UserError(
        f"not a whole results table ({error})", where=path, fix="delete it and run again"
    )
