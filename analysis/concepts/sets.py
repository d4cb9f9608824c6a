"""Concept sets: for each language a pool of sentences, labelled for every concept.

Two layouts are read and written.

*One Parquet table*, a row per sentence: `language`, `part` ("select" or "test"), `sentence`,
`positives` (list of the concepts it shows) and `negatives` (list of the concepts it is a negative
for; null: for all that it doesn't show). The file's metadata keeps the order of the concepts; in a
table without it they are in alphabetical order.

*ml-selfcond's JSON*, one folder per language: `<language>/concept_list.csv` with the columns
`group` and `concept`, and per concept `<language>/<group>/<concept>.json` (without a group:
`<language>/<concept>.json`) with `concept` and `sentences: {positive: [...], negative: [...]}`.
There a concept's negatives are its own, and all sentences serve to select experts. Sentences to
test them on may stand under `held_out`, in the same form, which ml-selfcond doesn't look at.
"""

import csv
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import UserError
from analysis.files import whole_file, whole_folder
from analysis.languages import check_languages

PARTS = ("select", "test")
"""Sentences to choose experts on, and sentences to test them on."""

TABLE = "concepts.parquet"
"""The table's name in a folder that `analysis concepts build` made."""

_GROUP = "sense"
"""ml-selfcond's name for concepts that are word senses."""

_COLUMNS = ("language", "part", "sentence", "positives", "negatives")
_LISTS = (("sentences", "select"), ("held_out", "test"))
_LABELS = (("positive", 1), ("negative", 0))

_SHOWN = 60
"""Characters of a sentence that an error shows."""


@dataclass(frozen=True, eq=False)
class ConceptPool:
    """The sentences of one language. S sentences, C concepts."""

    language: str
    """Code."""

    sentences: tuple[str, ...]
    """The S sentences; one may stand twice."""

    labels: npt.NDArray[np.int8]
    """(C, S): 1 the sentence shows the concept, 0 it doesn't, -1 not used for that concept.

    A concept that no sentence is used for is one that the language goes without."""

    part: npt.NDArray[np.str_]
    """(S,): "select" or "test"."""

    def has(self) -> npt.NDArray[np.bool_]:
        """Which concepts the language has, (C,)."""
        return np.asarray((self.labels >= 0).any(axis=1))


@dataclass(frozen=True, eq=False)
class ConceptSet:
    """The same concepts in several languages. Build it with `concept_set`."""

    concepts: tuple[str, ...]
    """Names, in the order of the rows of each pool's labels."""

    pools: dict[str, ConceptPool]
    """Language -> its sentences."""

    fingerprint: str
    """Changes with anything above."""


def concept_set(concepts: Sequence[str], pools: Mapping[str, ConceptPool]) -> ConceptSet:
    """A concept set, checked.

    Raises `UserError` when there are no concepts, no languages, a concept stands twice, a sentence
    stands in both parts of a language or is both positive and negative of a concept, a language or
    a concept has nothing, or a concept that a language has lacks positive or negative sentences
    there to select experts on.
    """
    if not concepts or not pools:
        raise UserError("the concept set is empty", fix="give it concepts and languages")
    if len(set(concepts)) < len(concepts):
        twice = next(name for name in concepts if list(concepts).count(name) > 1)
        raise UserError(f"concept '{twice}' stands twice", fix="name it once")
    for language, pool in pools.items():
        assert pool.language == language, (pool.language, language)
        assert pool.labels.shape == (len(concepts), len(pool.sentences)), pool.labels.shape
        assert pool.labels.dtype == np.int8, pool.labels.dtype
        assert pool.part.shape == (len(pool.sentences),), pool.part.shape
        assert set(pool.part.tolist()) <= set(PARTS), set(pool.part.tolist())
        _check_repeated(concepts, pool)
        there = pool.has()
        if not there.any():
            raise UserError(f"'{language}' has none of the concepts", fix="leave it out")
        selecting = pool.labels[:, pool.part == "select"]
        for label, kind in ((1, "positive"), (0, "negative")):
            present = (selecting == label).any(axis=1) | ~there
            if not present.all():
                raise UserError(
                    f"concept '{concepts[int(present.argmin())]}' has no {kind} sentence in "
                    f"'{language}' to select experts on",
                    fix="add some, or leave the concept or the language out",
                )
    anywhere = np.any([pool.has() for pool in pools.values()], axis=0)
    if not anywhere.all():
        raise UserError(
            f"no language has concept '{concepts[int(anywhere.argmin())]}'", fix="leave it out"
        )
    return ConceptSet(tuple(concepts), dict(pools), _fingerprint(concepts, pools))


def _check_repeated(concepts: Sequence[str], pool: ConceptPool) -> None:
    """Refuse a sentence that stands several times and in ways that do not go together."""
    rows: dict[str, list[int]] = {}
    for row, sentence in enumerate(pool.sentences):
        rows.setdefault(sentence, []).append(row)
    for sentence, places in rows.items():
        if len(places) == 1:
            continue
        if len(set(pool.part[places].tolist())) > 1:
            raise UserError(
                f"'{_start(sentence)}' stands in both parts of '{pool.language}'",
                fix="what experts are tested on must not have chosen them: keep one",
            )
        labels = pool.labels[:, places]
        both = (labels == 1).any(axis=1) & (labels == 0).any(axis=1)
        if both.any():
            raise UserError(
                f"'{_start(sentence)}' in '{pool.language}' is both positive and negative of "
                f"'{concepts[int(both.argmax())]}'",
                fix="decide which",
            )


def _start(sentence: str) -> str:
    """As much of a sentence as a message has room for."""
    return sentence if len(sentence) <= _SHOWN else f"{sentence[:_SHOWN]}..."


def open_concepts(source: str | Path, languages: Sequence[str]) -> ConceptSet:
    """The concept set at `source`, of these languages in this order.

    `source` is "demo" (the built-in set), a Parquet file, a folder that `analysis concepts build`
    made, or one in ml-selfcond's layout.

    Raises `UserError` for what is missing, broken or incomplete.
    """
    check_languages(languages, where="languages")
    if source == "demo":
        from analysis.concepts.demo import demo_concepts  # noqa: PLC0415 (it imports this module)

        return demo_concepts(languages)
    path = Path(source)
    if (path / TABLE).is_file():
        return read_parquet(path / TABLE, languages)
    if path.is_dir():
        return read_json(path, languages)
    if path.is_file():
        return read_parquet(path, languages)
    raise UserError(
        "no such concept set", where=path, fix="give a Parquet file, a folder or 'demo'"
    )


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
    by_language: dict[str, list[dict[str, Any]]] = {language: [] for language in languages}
    for number, row in enumerate(table.select(_COLUMNS).to_pylist()):
        if row["language"] in by_language:
            _check_row(row, f"{path} row {number}")
            by_language[row["language"]].append(row)
    named = {
        name
        for rows in by_language.values()
        for row in rows
        for name in [*(row["positives"] or ()), *(row["negatives"] or ())]
    }
    known = (table.schema.metadata or {}).get(b"concepts")
    first: list[str] = json.loads(known) if known else []
    concepts = first + sorted(named - set(first))
    number_of = {name: place for place, name in enumerate(concepts)}
    pools = {}
    for language, rows in by_language.items():
        if not rows:
            raise UserError(f"no sentence in '{language}'", where=path, fix="leave it out")
        labels = np.zeros((len(concepts), len(rows)), dtype=np.int8)
        for column, row in enumerate(rows):
            if row["negatives"] is not None:
                labels[:, column] = -1
                labels[[number_of[name] for name in row["negatives"]], column] = 0
            labels[[number_of[name] for name in row["positives"] or ()], column] = 1
        part = np.array([row["part"] for row in rows])
        pools[language] = ConceptPool(
            language, tuple(row["sentence"] for row in rows), labels, part
        )
    return _checked(concepts, pools, path)


def _check_row(row: Mapping[str, Any], where: str) -> None:
    """Refuse a row of a table whose fields are not what they should be."""
    if row["part"] not in PARTS:
        raise UserError(f"part '{row['part']}'", where=where, fix=" or ".join(PARTS))
    if not isinstance(row["sentence"], str):
        raise UserError("no sentence", where=where, fix="give it one, or delete the row")
    for field in ("positives", "negatives"):
        names = row[field]
        listed = isinstance(names, list) and all(isinstance(name, str) for name in names)
        if names is not None and not listed:
            raise UserError(f"'{field}' is not a list of concepts", where=where)
    both = set(row["positives"] or ()) & set(row["negatives"] or ())
    if both:
        raise UserError(
            f"'{_start(row['sentence'])}' is both positive and negative of '{min(both)}'",
            where=where,
            fix="decide which",
        )


def write_json(folder: Path, concepts: ConceptSet) -> None:
    """Write the set in ml-selfcond's layout, whole or not at all.

    Raises `UserError` for a concept whose name can't be a file's.
    """
    for name in concepts.concepts:
        if "/" in name or name.startswith("."):
            raise UserError(f"concept '{name}' can't name a file", fix="rename it")
    with whole_folder(folder) as draft:
        for language, pool in concepts.pools.items():
            group = draft / language / _GROUP
            group.mkdir(parents=True)
            listed = draft / language / "concept_list.csv"
            own = [row for row, there in enumerate(pool.has()) if there]
            names = [concepts.concepts[row] for row in own]
            with listed.open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows(
                    [("group", "concept"), *((_GROUP, name) for name in names)]
                )
            for name, labels in zip(names, pool.labels[own], strict=True):
                entry: dict[str, Any] = {"concept": name, "group": _GROUP}
                for key, part in _LISTS:
                    entry[key] = {
                        kind: [
                            pool.sentences[row]
                            for row in np.flatnonzero((labels == label) & (pool.part == part))
                        ]
                        for kind, label in _LABELS
                    }
                text = json.dumps(entry, ensure_ascii=False, indent=1)
                (group / f"{name}.json").write_text(text, encoding="utf-8")


def read_json(folder: Path, languages: Sequence[str]) -> ConceptSet:
    """Read ml-selfcond's layout, one subfolder per language.

    A sentence that several concepts list is one sentence of the pool; one that a concept lists
    twice counts twice. A language goes without the concepts that its list lacks. Concepts come in
    the order in which the languages' lists first name them.
    """
    files: dict[str, dict[str, Path]] = {}
    for language in languages:
        if not (folder / language).is_dir():
            raise UserError(
                f"no folder for '{language}'", where=folder, fix="make it, or leave it out"
            )
        files[language] = _concept_files(folder / language / "concept_list.csv")
    names = list(dict.fromkeys(name for own in files.values() for name in own))
    pools = {language: _json_pool(language, names, own) for language, own in files.items()}
    return _checked(names, pools, folder)


def _json_pool(language: str, names: Sequence[str], files: Mapping[str, Path]) -> ConceptPool:
    # A sentence is known by its text, its part and how often the concept has listed it before.
    places: dict[tuple[str, str, int], int] = {}
    labelled: list[tuple[int, int, int]] = []
    for concept, name in enumerate(names):
        if name not in files:
            continue
        entry = _read_entry(files[name])
        listed: dict[tuple[str, str], int] = {}
        for key, part in _LISTS:
            for kind, label in _LABELS:
                for sentence in _sentences(entry, key, kind, files[name]):
                    times = listed.get((sentence, part), 0)
                    listed[sentence, part] = times + 1
                    place = places.setdefault((sentence, part, times), len(places))
                    labelled.append((concept, place, label))
    labels = np.full((len(names), len(places)), -1, dtype=np.int8)
    for concept, place, label in labelled:
        labels[concept, place] = label
    sentences = tuple(sentence for sentence, _, _ in places)
    return ConceptPool(language, sentences, labels, np.array([part for _, part, _ in places]))


def _concept_files(path: Path) -> dict[str, Path]:
    """Concept -> its JSON file, by the list at `path`."""
    try:
        rows = list(csv.DictReader(_text(path).splitlines()))
    except csv.Error as error:
        raise UserError(f"broken CSV ({error})", where=path) from error
    files: dict[str, Path] = {}
    for line, row in enumerate(rows, start=2):
        name = row.get("concept")
        if not name:
            raise UserError("no concept", where=f"{path}:{line}", fix="columns group,concept")
        if name in files:
            raise UserError(f"concept '{name}' stands twice", where=f"{path}:{line}")
        files[name] = path.parent / (row.get("group") or "") / f"{name}.json"
    if not files:
        raise UserError("it lists no concept", where=path, fix="columns group,concept")
    return files


def _read_entry(path: Path) -> dict[str, Any]:
    """A concept's JSON file."""
    try:
        entry = json.loads(_text(path))
    except json.JSONDecodeError as error:
        raise UserError(f"broken JSON ({error.msg})", where=f"{path}:{error.lineno}") from error
    if not isinstance(entry, dict) or "sentences" not in entry:
        raise UserError("no 'sentences'", where=path, fix="give positive and negative sentences")
    for key, _ in _LISTS:
        positive, negative = (set(_sentences(entry, key, kind, path)) for kind, _ in _LABELS)
        for sentence in sorted(positive & negative)[:1]:
            raise UserError(f"'{sentence}' is both positive and negative", where=path)
    return entry


def _sentences(entry: Mapping[str, Any], key: str, kind: str, path: Path) -> list[str]:
    """One of the lists of a concept's entry; empty where `held_out` is absent."""
    lists = entry.get(key, {})
    found = lists.get(kind, []) if isinstance(lists, dict) else None
    if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
        raise UserError(f"'{key}.{kind}' is not a list of sentences", where=path)
    return found


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise UserError(
            "no such file", where=path, fix="make it, or take it off the list"
        ) from error
    except UnicodeDecodeError as error:
        raise UserError(f"not UTF-8 at byte {error.start}", where=path) from error


def _checked(concepts: Sequence[str], pools: Mapping[str, ConceptPool], path: Path) -> ConceptSet:
    """`concept_set` of the concepts that any of these languages has, errors with their place."""
    rows = np.flatnonzero(np.any([pool.has() for pool in pools.values()], axis=0)).tolist()
    try:
        return concept_set(
            [concepts[row] for row in rows],
            {code: replace(pool, labels=pool.labels[rows]) for code, pool in pools.items()},
        )
    except UserError as error:
        raise UserError(error.what, where=path, fix=error.fix) from error


def _fingerprint(concepts: Iterable[str], pools: Mapping[str, ConceptPool]) -> str:
    digest = hashlib.sha256(json.dumps(list(concepts)).encode())
    for language, pool in pools.items():
        texts = json.dumps([language, pool.sentences, pool.part.tolist()])
        digest.update(texts.encode())
        digest.update(np.ascontiguousarray(pool.labels).tobytes())
    return digest.hexdigest()
