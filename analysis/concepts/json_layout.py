"""Concept sets in ml-selfcond's layout of JSON files, one folder per language.

`<language>/concept_list.csv` has the columns `group` and `concept`, and per concept
`<language>/<group>/<concept>.json` (without a group: `<language>/<concept>.json`) has `concept` and
`sentences: {positive: [...], negative: [...]}`. A concept's negatives are its own, and all
sentences serve to select experts. Sentences to test them on may stand under `held_out`, in the same
form, which ml-selfcond doesn't look at.
"""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from analysis.concepts.sets import ConceptPool, ConceptSet, set_at
from analysis.errors import UserError
from analysis.files import whole_folder

GROUP = "sense"
"""ml-selfcond's name for concepts that are word senses."""

_LISTS = (("sentences", "select"), ("held_out", "test"))
_LABELS = (("positive", 1), ("negative", 0))


def write_json(folder: Path, concepts: ConceptSet) -> None:
    """Write the set in ml-selfcond's layout, whole or not at all.

    Raises `UserError` for a concept whose name can't be a file's.
    """
    for name in concepts.concepts:
        if "/" in name or name.startswith("."):
            raise UserError(f"concept '{name}' can't name a file", fix="rename it")
    with whole_folder(folder) as draft:
        for language, pool in concepts.pools.items():
            group = draft / language / GROUP
            group.mkdir(parents=True)
            listed = draft / language / "concept_list.csv"
            own = [row for row, there in enumerate(pool.has()) if there]
            names = [concepts.concepts[row] for row in own]
            with listed.open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows(
                    [("group", "concept"), *((GROUP, name) for name in names)]
                )
            for name, labels in zip(names, pool.labels[own], strict=True):
                entry: dict[str, Any] = {"concept": name, "group": GROUP}
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
    return set_at(names, pools, folder)


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
