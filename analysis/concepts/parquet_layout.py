"""Concept sets as one Parquet table, a row per sentence.

Columns: `language`, `part` ("select" or "test"), `sentence`, `positives` (list of the concepts it
shows) and `negatives` (list of the concepts it is a negative for; null: for all that it doesn't
show). The file's metadata keeps the order of the concepts; in a table without it they are in
alphabetical order.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analysis.concepts.sets import PARTS, ConceptPool, ConceptSet, set_at, start
from analysis.errors import UserError
from analysis.files import whole_file

TABLE = "concepts.parquet"
"""The table's name in a folder that `analysis concepts build` made."""

_COLUMNS = ("language", "part", "sentence", "positives", "negatives")


def write_parquet(
    path: Path, concepts: ConceptSet, more: Mapping[str, Sequence[str]] | None = None
) -> None:
    """Write the set as one Parquet table, whole or not at all.

    `more` are columns beside the table's own, a text for each row; reading the set ignores them.
    """
    columns: dict[str, list[Any]] = {name: [] for name in _COLUMNS}
    names = np.array(concepts.concepts)
    for language, pool in concepts.pools.items():
        columns["language"] += [language] * len(pool.sentences)
        columns["part"] += pool.part.tolist()
        columns["sentence"] += pool.sentences
        for labels in pool.labels.T:
            columns["positives"].append(names[labels == 1].tolist())
            full = bool((labels >= 0).all())
            columns["negatives"].append(None if full else names[labels == 0].tolist())
    words = pa.list_(pa.string())
    kinds = (pa.string(), pa.string(), pa.string(), words, words)
    table = pa.table(columns, schema=pa.schema(list(zip(_COLUMNS, kinds, strict=True))))
    for name, texts in (more or {}).items():
        table = table.append_column(name, pa.array(texts, pa.string()))
    table = table.replace_schema_metadata({"concepts": json.dumps(concepts.concepts)})
    with whole_file(path) as draft:
        pq.write_table(table, draft, compression="zstd")


def read_parquet(path: Path, languages: Sequence[str]) -> ConceptSet:
    """Read what `write_parquet` wrote, or a table with the same columns made elsewhere.

    Raises `UserError` for a file that is not such a table, a row that is wrong (with its number in
    the file, from 0), and as `concept_set` does.
    """
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise UserError(
            f"not a readable concept table ({error})",
            where=path,
            fix=f"it needs the columns {' '.join(_COLUMNS)}",
        ) from error
    missing = [name for name in _COLUMNS if name not in table.column_names]
    if missing:
        raise UserError(f"no column '{missing[0]}'", where=path, fix=f"{' '.join(_COLUMNS)}")
    known = (table.schema.metadata or {}).get(b"concepts")
    language = np.array(table["language"].to_pylist(), dtype=np.object_)
    chosen = np.flatnonzero(np.isin(language, languages))
    table, language = table.select(_COLUMNS).take(chosen), language[chosen]
    rows = _Rows(path, chosen)
    part = np.array(table["part"].to_pylist(), dtype=np.object_)
    rows.refuse(~np.isin(part, PARTS), lambda at: f"part '{part[at]}'", fix=" or ".join(PARTS))
    sentences = np.array(table["sentence"].to_pylist(), dtype=np.object_)
    texts = np.array([isinstance(sentence, str) for sentence in sentences], dtype=np.bool_)
    rows.refuse(~texts, lambda _: "no sentence", fix="give it one, or delete the row")
    positive, negative = (_named(table[name], name, rows) for name in ("positives", "negatives"))
    first: list[str] = json.loads(known) if known else []
    concepts = first + sorted({*positive.names, *negative.names} - set(first))
    number_of = {name: place for place, name in enumerate(concepts)}
    negatives, positives = (
        np.array([number_of[name] for name in named.names], dtype=np.int64)[named.which]
        for named in (negative, positive)
    )
    has_negatives = ~np.asarray(pc.is_null(table["negatives"]))
    labels = np.zeros((len(concepts), len(chosen)), dtype=np.int8)
    labels[:, has_negatives] = -1
    labels[negatives, negative.row] = 0
    twice = (labels[positives, positive.row] == 0) & has_negatives[positive.row]
    if twice.any():
        at, number = (int(values[twice.argmax()]) for values in (positive.row, positives))
        raise rows.error(
            at,
            f"'{start(sentences[at])}' is both positive and negative of '{concepts[number]}'",
            fix="decide which",
        )
    labels[positives, positive.row] = 1
    pools = {}
    for code in languages:
        own = np.flatnonzero(language == code)
        if not len(own):
            raise UserError(f"no sentence in '{code}'", where=path, fix="leave it out")
        pools[code] = ConceptPool(
            code, tuple(sentences[own]), labels[:, own], part[own].astype(np.str_)
        )
    return set_at(concepts, pools, path)


class _Rows(NamedTuple):
    """The rows that are read, by their numbers in the file."""

    path: Path
    number: npt.NDArray[np.int64]

    def error(self, at: int, what: str, *, fix: str | None = None) -> UserError:
        """What is wrong with one of them."""
        return UserError(what, where=f"{self.path} row {self.number[at]}", fix=fix)

    def refuse(
        self, bad: npt.NDArray[np.bool_], what: Callable[[int], str], *, fix: str | None = None
    ) -> None:
        """Raise the error of the first row that is bad."""
        if bad.any():
            at = int(bad.argmax())
            raise self.error(at, what(at), fix=fix)


class _Named(NamedTuple):
    """Concepts that a column of lists names; for each naming, which it is and in which row."""

    names: list[str]
    which: npt.NDArray[np.int64]
    row: npt.NDArray[np.int64]


def _named(column: pa.ChunkedArray, field: str, rows: _Rows) -> _Named:
    """The concepts in a column of lists.

    Raises `UserError` for a row whose field is not a list of names.
    """
    if pa.types.is_null(column.type) or not len(column):
        nothing = np.zeros(0, dtype=np.int64)
        return _Named([], nothing, nothing)
    lists = pa.concat_arrays(column.chunks)
    message = f"'{field}' is not a list of concepts"
    if not (pa.types.is_list(lists.type) or pa.types.is_large_list(lists.type)):
        raise rows.error(0, message)
    flat = pc.dictionary_encode(pc.list_flatten(lists), null_encoding="encode")
    which, row = (
        values.to_numpy(zero_copy_only=False).astype(np.int64)
        for values in (flat.indices, pc.list_parent_indices(lists))
    )
    names = flat.dictionary.to_pylist()
    good = np.array([isinstance(name, str) for name in names], dtype=np.bool_)
    if not good.all():
        raise rows.error(int(row[(~good[which]).argmax()]), message)
    return _Named(names, which, row)
