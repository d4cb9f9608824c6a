"""Files of the sentences that building a concept set keeps between its steps.

A Parquet file, a row per sentence; counts are in its metadata. A pool also has the labels of each
sentence: the concepts that it is positive and negative for.
"""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.concepts.choice import Chosen
from analysis.concepts.harvest import Counts, Sentence
from analysis.files import whole_file

_NUMBERS = pa.list_(pa.int16())
_SENTENCE = {
    "priority": pa.uint64(),
    "document": pa.uint64(),
    "origin": pa.string(),
    "test": pa.bool_(),
    "text": pa.string(),
    "concepts": _NUMBERS,
}
_LABELS = {"positives": 1, "negatives": 0}
_NOTE = b"interlingua"


def write_kept(path: Path, kept: Sequence[Sentence], counts: Counts) -> None:
    """Write sentences and counts, whole or not at all."""
    _write(path, kept, {}, {"counts": _plain(counts)})


def read_kept(path: Path) -> tuple[list[Sentence], Counts]:
    """What `write_kept` wrote."""
    table = pq.read_table(path)
    return _sentences(table), _counts(table)


def write_pool(path: Path, chosen: Chosen, counts: Counts) -> None:
    """Write a pool and the counts of its language, whole or not at all."""
    labels = {
        name: [np.flatnonzero(column == label).tolist() for column in chosen.labels.T]
        for name, label in _LABELS.items()
    }
    note = {"counts": _plain(counts), "same_source": chosen.same_source}
    _write(path, chosen.sentences, labels, note)


def read_pool(path: Path, concepts: int) -> tuple[Chosen, Counts]:
    """What `write_pool` wrote, of a lexicon of so many concepts."""
    table = pq.read_table(path)
    labels: npt.NDArray[np.int8] = np.full((concepts, len(table)), -1, dtype=np.int8)
    for name, label in _LABELS.items():
        for column, numbers in enumerate(table[name].to_pylist()):
            labels[numbers, column] = label
    same_source = json.loads(table.schema.metadata[_NOTE])["same_source"]
    return Chosen(_sentences(table), labels, same_source), _counts(table)


def _write(
    path: Path,
    sentences: Sequence[Sentence],
    labels: dict[str, list[list[int]]],
    note: dict[str, object],
) -> None:
    columns = dict(zip(_SENTENCE, zip(*sentences, strict=True), strict=True)) if sentences else {}
    arrays = {name: pa.array(columns.get(name, ()), kind) for name, kind in _SENTENCE.items()}
    arrays |= {name: pa.array(rows, _NUMBERS) for name, rows in labels.items()}
    table = pa.table(arrays).replace_schema_metadata({_NOTE: json.dumps(note)})
    with whole_file(path) as draft:
        pq.write_table(table, draft, compression="zstd")


def _sentences(table: pa.Table) -> list[Sentence]:
    columns = [table[name].to_pylist() for name in _SENTENCE]
    columns[-1] = [tuple(numbers) for numbers in columns[-1]]
    return [Sentence(*row) for row in zip(*columns, strict=True)]


def _plain(counts: Counts) -> dict[str, object]:
    return {
        "documents": counts.documents,
        "sentences": counts.sentences,
        "accepted": counts.accepted,
        "found": list(counts.found.items()),
        "patterns": list(counts.patterns.items()),
    }


def _counts(table: pa.Table) -> Counts:
    plain = json.loads(table.schema.metadata[_NOTE])["counts"]
    for name in ("found", "patterns"):
        plain[name] = Counter(dict(plain[name]))
    return Counts(**plain)
