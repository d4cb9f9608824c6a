"""Building a concept set from a corpus.

1. The documents of every language are read in parts (its files, grouped), several at a time in as
   many processes; each part keeps a bounded sample of sentences (`analysis.concepts.harvest`).
2. Per language the parts' samples are merged, and positives and negatives chosen from them
   (`analysis.concepts.choice`).
3. All languages together become a folder:

       concepts.parquet      the set (`analysis.concepts.parquet_layout`), with two columns more:
                             `source`, and `document`, a hash of it
       manifest.json         what it was made from, and counts
       json/<language>/...   the same in ml-selfcond's layout (the command line adds it)

The folder is filled as `<out>.unfinished/set` and renamed when all is there. What steps 1 and 2
have finished is not done again after an interruption. The result depends on neither interruptions
nor the number of processes.
"""

import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from analysis.concepts.choice import choose
from analysis.concepts.harvest import Harvest
from analysis.concepts.kept import read_kept, read_pool, write_kept, write_pool
from analysis.concepts.lexicon import FOLDER, Lexicon, read_lexicon
from analysis.concepts.matching import Matcher, list_rules
from analysis.concepts.parquet_layout import TABLE, write_parquet
from analysis.concepts.sets import ConceptPool, ConceptSet, concept_set
from analysis.concepts.settings import BuildSettings
from analysis.errors import UserError
from analysis.files import (
    UNFINISHED,
    begin_or_continue,
    differences,
    locked,
    no_space_is_a_user_error,
    sha256,
    stands,
    sync,
    write_text,
)
from analysis.languages import check_languages
from analysis.processes import cores, run_tasks
from analysis.text.sources import MeasuredSource, Part, SourceSettings, open_source, source_parts

MANIFEST = "manifest.json"
JSON = "json"
FORMAT = 1

MOST_PARTS = 32
"""Parts of one language that are read on their own; more files than that are grouped."""

_PARTS = "parts"
_POOLS = "pools"
_SET = "set"
_CUTTERS = ("sentencex", "rjieba", "opencc")
"""Packages that say what sentences and words are."""

_PLACES = ("workers", "lexicon")
"""Settings that the set does not depend on."""


@dataclass(frozen=True)
class _Task:
    """Some files of one language, read by one process."""

    language: str
    parts: tuple[Part, ...]
    settings: BuildSettings
    """Its `documents` are those of this task."""
    out: Path

    @property
    def size(self) -> float:
        """Bytes on disk."""
        return sum(part.size for part in self.parts)


def build_concepts(
    settings: BuildSettings,
    source: SourceSettings,
    languages: Sequence[str],
    out: Path,
) -> Path:
    """Build the concept set that `settings` describe from `source` in `out`, unless it is there.

    Returns the table's path.

    Raises:
        UserError: A lexicon that cannot be read; text that cannot be read; no concept with enough
            sentences; another set at `out`, or another process at work on it; no space left.

    """
    check_languages(languages, where="languages")
    lexicon = read_lexicon(languages, _lexicon_folder(settings)).only(settings.concepts)
    made_from = _made_from(settings, source, lexicon, languages)
    before = None
    if stands(out, MANIFEST, "a concept set"):
        before = read_manifest(out).get("made_from", {})
    if before is None:
        _build(settings, source, lexicon, made_from, out)
    elif before != made_from:
        raise UserError(
            f"holds a concept set of other {differences(before, made_from)}",
            where=out,
            fix="name another folder, or delete it",
        )
    table = out / TABLE
    print(f"concepts: {'up to date' if before else 'built'} ({table})", file=sys.stderr)
    return table


def _build(
    settings: BuildSettings,
    source: SourceSettings,
    lexicon: Lexicon,
    made_from: Mapping[str, Any],
    out: Path,
) -> None:
    """Make the folder `out`."""
    languages = list(lexicon.entries)
    draft = out.with_name(out.name + UNFINISHED)
    workers = cores() if settings.workers is None else settings.workers
    with (
        no_space_is_a_user_error(out),
        locked(draft, "another process is building this concept set"),
    ):
        begin_or_continue(draft, made_from)
        tasks = _tasks(settings, source, languages, draft / _PARTS)
        reading = [task for task in tasks if not task.out.is_file()]
        sizes = [task.size for task in reading]
        run_tasks(_read, reading, sizes, title="reading sentences", workers=workers)
        pools = {code: draft / _POOLS / f"{code}.parquet" for code in languages}
        choosing = [
            _Choosing(
                code, tuple(task.out for task in tasks if task.language == code), settings, path
            )
            for code, path in pools.items()
            if not path.is_file()
        ]
        ones = [1.0] * len(choosing)
        run_tasks(_choose, choosing, ones, title="choosing sentences", workers=workers)
        _write_set(draft / _SET, pools, lexicon, made_from)
        if out.exists():
            out.rmdir()  # an empty folder may stand in the place
        (draft / _SET).rename(out)
        sync(out.parent)
        shutil.rmtree(draft)


def _write_set(
    folder: Path, paths: Mapping[str, Path], lexicon: Lexicon, made_from: Mapping[str, Any]
) -> None:
    """Put the pools of all languages together: the table, and last the manifest."""
    names = tuple(lexicon.concepts)
    pools: dict[str, ConceptPool] = {}
    more: dict[str, list[str]] = {"source": [], "document": []}
    counts: dict[str, dict[str, Any]] = {}
    for code, path in paths.items():
        chosen, read = read_pool(path, len(names))
        sentences = chosen.sentences
        part = np.where([sentence.test for sentence in sentences], "test", "select")
        texts = tuple(sentence.text for sentence in sentences)
        pools[code] = ConceptPool(code, texts, chosen.labels, part.astype(np.str_))
        more["source"] += [sentence.origin for sentence in sentences]
        more["document"] += [f"{sentence.document:016x}" for sentence in sentences]
        rules = list_rules(lexicon.entries[code])
        counts[code] = {
            "documents": read.documents,
            "sentences": read.sentences,
            "sentences of an accepted length": read.accepted,
            "negatives of their positive's source": chosen.same_source,
            "found": {name: read.found[number] for number, name in enumerate(names)},
            "words": [
                [names[rule.concept], rule.pattern.text, read.patterns[place]]
                for place, rule in enumerate(rules)
                if not rule.excludes
            ],
        }
    concepts = _with_any(names, pools)
    write_parquet(folder / TABLE, concepts, more)
    manifest = {
        "format": FORMAT,
        "made_from": made_from,
        "concepts": list(concepts.concepts),
        "fingerprint": concepts.fingerprint,
        "counts": counts,
    }
    write_text(folder / MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")


def _with_any(names: Sequence[str], pools: Mapping[str, ConceptPool]) -> ConceptSet:
    """The set of the concepts that any language has.

    Raises `UserError` for a language that has none.
    """
    for code, pool in pools.items():
        if not pool.has().any():
            raise UserError(
                f"no concept has enough sentences in '{code}'",
                where="concepts.minimum",
                fix="give more text of it, lower this, or leave the language out",
            )
    rows = np.flatnonzero(np.any([pool.has() for pool in pools.values()], axis=0))
    return concept_set(
        [names[row] for row in rows.tolist()],
        {code: replace(pool, labels=pool.labels[rows]) for code, pool in pools.items()},
    )


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a set that `build_concepts` made.

    Raises `UserError` when there is none, or none that can be read.
    """
    path = folder / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(
            f"no manifest of a concept set ({error})", where=path, fix="build the set"
        ) from error
    return manifest


def _made_from(
    settings: BuildSettings, source: SourceSettings, lexicon: Lexicon, languages: Sequence[str]
) -> dict[str, Any]:
    """All that the set depends on; paths and the number of workers are not among it."""
    text = open_source(source, languages)
    plain = {key: value for key, value in asdict(settings).items() if key not in _PLACES}
    return {
        "format": FORMAT,
        "languages": list(languages),
        "text": {code: text.fingerprint(code) for code in languages},
        "lexicon": lexicon.fingerprints,
        "settings": plain,
        "cut by": {name: version(name) for name in _CUTTERS},
    }


def _tasks(
    settings: BuildSettings, source: SourceSettings, languages: Sequence[str], folder: Path
) -> list[_Task]:
    """The parts of all languages, grouped.

    One language after the other, for its forms are many to get ready; the biggest first, so that
    none is waited for alone.
    """
    tasks: list[list[_Task]] = []
    for code in languages:
        parts = source_parts(source, code)
        step = -(-len(parts) // MOST_PARTS)
        groups = [tuple(parts[start : start + step]) for start in range(0, len(parts), step)]
        mine = []
        for number, group in enumerate(groups):
            own = settings
            if settings.documents is not None:
                share = (settings.documents + len(groups) - 1 - number) // len(groups)
                if share == 0:
                    break
                own = replace(settings, documents=share)
            mine.append(_Task(code, group, own, folder / f"{code}-{number:02d}.parquet"))
        tasks.append(sorted(mine, key=lambda task: -task.size))
    tasks.sort(key=lambda mine: -sum(task.size for task in mine))
    return [task for mine in tasks for task in mine]


def _read(task: _Task) -> Iterator[float]:
    """Read the files of a task and write what is kept of them; yields the share done."""
    harvest = Harvest(task.language, _matcher_of(task.language, task.settings), task.settings)
    limit, done = task.settings.documents, 0.0
    for part in task.parts:
        source = open_source(part.settings, [task.language])
        for _ in harvest.read(source.documents(task.language), part.name):
            if harvest.counts.documents == limit:
                break
            if harvest.counts.documents % 64 == 0:
                shares = [0.0]
                if isinstance(source, MeasuredSource):
                    shares.append((done + source.position(task.language)) / task.size)
                if limit is not None:
                    shares.append(harvest.counts.documents / limit)
                yield min(1.0, max(shares))
        if harvest.counts.documents == limit:
            break
        done += part.size
    write_kept(task.out, harvest.kept(), harvest.counts)


@dataclass(frozen=True)
class _Choosing:
    """The samples of one language, and where its pool goes."""

    language: str
    parts: tuple[Path, ...]
    settings: BuildSettings
    out: Path


def _choose(task: _Choosing) -> Iterator[float]:
    """Merge the samples of a language and write the pool chosen from them."""
    matcher = _matcher_of(task.language, task.settings)
    harvest = Harvest(task.language, matcher, task.settings)
    for number, path in enumerate(task.parts, start=1):
        kept, counts = read_kept(path)
        harvest.add(kept)
        harvest.counts.add(counts)
        yield number / len(task.parts) / 2
    chosen = choose(task.language, harvest.kept(), matcher, task.settings)
    write_pool(task.out, chosen, harvest.counts)


def _matcher_of(language: str, settings: BuildSettings) -> Matcher:
    folder = _lexicon_folder(settings)
    return _matcher(language, folder, tuple(settings.concepts), sha256(folder / f"{language}.tsv"))


@lru_cache(maxsize=2)
def _matcher(language: str, folder: Path, concepts: tuple[str, ...], _digest: str) -> Matcher:
    """Kept, since several parts of one language come one after the other and its forms are many."""
    return Matcher(language, read_lexicon([language], folder).only(concepts).entries[language])


def _lexicon_folder(settings: BuildSettings) -> Path:
    return FOLDER if settings.lexicon is None else Path(settings.lexicon)
