"""What a report reads: the tables of runs and of results folders, and the tokens they have seen."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from analysis import results
from analysis.checkpoints.loading import find_checkpoints
from analysis.checkpoints.manifest import read_manifest
from analysis.errors import UserError
from analysis.layout import CHECKPOINTS, CONFIG
from analysis.metrics import METRICS, read_metrics
from analysis.results import Filters
from analysis.tables import ALL, NONE, TABLES

SAMPLES = 3
"""Texts that are shown of each forcing, at most; of so many seeds there are as many at least."""

READ: dict[str, Filters] = {
    "heldout": [("metric", "==", "bits_per_byte")],
    "probing": [("language", "==", ALL), ("metric", "==", "accuracy")],
    "overlap": [("concept", "==", ALL)],
    "kept": [("concept", "==", ALL)],
    "families": [],
    "lape": [("metric", "==", "below_null")],
    "division": [],
    "lens": [("predicted", "!=", NONE)],
    "deactivation": [("neurons", ">", 0)],
    "steering": [("concept", "==", ALL)],
    "steering_texts": [("seed", "<", SAMPLES)],
}
"""The tables that a report shows, and the rows of them that it needs."""

LAST_STEP = ("steering_texts",)
"""Tables of which the last step alone is shown."""

TOKENS = "tokens"
"""Name of a table that no analysis makes: `value` is the training tokens seen up to a step."""


@dataclass(frozen=True)
class Run:
    """A run, or a results folder without one; only tables with rows are among `tables`.

    `config` is None for a results folder. `origins` tells by table the settings and the text that
    it was made from; `notes` what the reader should know.
    """

    name: str
    results: Path
    config: Mapping[str, Any] | None
    tables: Mapping[str, pd.DataFrame]
    origins: Mapping[str, object] = field(default_factory=dict)
    notes: Sequence[str] = ()


def run_around(folder: Path) -> Path | None:
    """The run that a results folder belongs to, if any."""
    run = folder.resolve().parent
    return run if (run / CONFIG).is_file() and folder.name == results.FOLDER else None


def read_runs(words: Sequence[str]) -> list[Run]:
    """The runs of the words, each once however it is spelt, with names that differ.

    Raises `UserError` for a word that means none, and for a damaged table or configuration.
    """
    folders = {folder.resolve(): folder for folder in map(results.find_results, words)}
    names = _names(list(folders))
    return [_read(folder, names[folder]) for folder in folders]


def _read(folder: Path, name: str) -> Run:
    run = run_around(folder)
    tables, origins, notes = {}, {}, []
    for table, rows in READ.items():
        kept = results.comparable(folder, table)
        shown = list(kept)[-1:] if table in LAST_STEP else list(kept)
        made = [results.read_table(kept[step], where=rows or None) for step in shown]
        lacking = [set(TABLES[table]) - set(one.columns) for one in made]
        if any(lacking):
            notes.append(
                f"{table}: {sum(map(bool, lacking))} steps are left out: made by an earlier "
                f"version, without {min(set().union(*lacking))}; analyse the run again"
            )
        whole = [one for one, lacks in zip(made, lacking, strict=True) if not lacks]
        found = pd.concat(whole, ignore_index=True) if whole else pd.DataFrame()
        if found.empty:
            continue
        tables[table] = found
        note = results.made_from(kept[max(kept)])
        origins[table] = note.get("settings"), note.get("text")
        others = len(list(folder.glob(f"{table}/step-*.parquet"))) - len(kept)
        if others:
            notes.append(
                f"{table}: {others} steps are left out: made with other settings or from other "
                f"text than step {max(kept)}"
            )
    config = _config(run / CONFIG) if run else None
    seen = _tokens(run) if run else {}
    if seen:
        tables[TOKENS] = pd.DataFrame({"step": list(seen), "value": list(seen.values())})
    return Run(name, folder, config, tables, origins, notes)


def _names(folders: Sequence[Path]) -> dict[Path, str]:
    """As many of the last parts of each path as tell them apart, without the last `results`."""
    parts = {
        folder: (folder.parent if folder.name == results.FOLDER else folder).parts
        for folder in folders
    }
    for length in range(1, max(map(len, parts.values())) + 1):
        names = {folder: "/".join(part[-length:]) for folder, part in parts.items()}
        if len(set(names.values())) == len(names):
            break
    return names


def _config(file: Path) -> Mapping[str, Any]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"not a YAML file ({error})", where=file, fix="correct it") from error
    if not isinstance(content, dict):
        raise UserError("it holds no keys", where=file, fix="correct it")
    return content


def _tokens(run: Path) -> dict[int, int]:
    """Tokens seen by step: what the checkpoints' manifests say, else the curve of the record."""
    if any((run / CHECKPOINTS).glob("step-*")):
        manifests = [read_manifest(folder) for folder in find_checkpoints(run)]
        return {manifest.step: manifest.tokens for manifest in manifests}
    return _recorded_tokens(run / METRICS)


def _recorded_tokens(file: Path) -> dict[int, int]:
    if not file.is_file():
        return {}
    try:
        records = read_metrics(file)
    except json.JSONDecodeError as error:
        raise UserError(f"not whole ({error})", where=file, fix="delete the line") from error
    return {one["step"]: int(one["tokens/all"]) for one in records if "tokens/all" in one}
