"""The lexicon: concepts, and the words that show them in each language.

A folder of tables with tabs between the cells, which a person can edit:

* `concepts.tsv`: `concept`, `field`, and the `gloss` that fixes the sense;
* `<language>.tsv`: for every concept `words`, `not` (phrases in which they mean something else),
  `doubt` (what a reader should know of them) and `review` (what a second person said: "ok", or what
  was changed).

`words` and `not` are patterns, separated by ", ". A pattern is a word or several, with alternatives
in parentheses between slashes, of which one may be empty: `house(/s)`, `kni(fe/ves)`. `{name}`
stands for alternatives that the file defines before its first concept, in a row with `{name}` in
the first column and the alternatives in the second: `{case}`, `/a/ak/ari`.
"""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from analysis.errors import UserError
from analysis.files import sha256
from analysis.languages import check_languages

FOLDER = Path(__file__).parent / "lexicon"
"""The lexicon that comes with the package: 200 concepts in sixteen languages."""

CONCEPTS = "concepts.tsv"
CONCEPT_COLUMNS = ("concept", "field", "gloss")
WORD_COLUMNS = ("concept", "words", "not", "doubt", "review")

MOST_FORMS = 20_000
"""Forms that one pattern may stand for."""

_PART = re.compile(r"\(([^(){}]*)\)|\{([^(){}]+)\}|([^(){}]+)")


@dataclass(frozen=True)
class Concept:
    """A concept: its name (an English word), its field and its sense."""

    name: str
    field: str
    gloss: str


@dataclass(frozen=True)
class Pattern:
    """What stands in the table, and all forms that it stands for."""

    text: str
    forms: tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """The words of one concept in one language, the most usual first."""

    words: tuple[Pattern, ...]
    excluded: tuple[Pattern, ...]
    doubt: str
    review: str


@dataclass(frozen=True)
class Lexicon:
    """Concepts by name, and the entries of each language by concept, both in the tables' order."""

    folder: Path
    concepts: Mapping[str, Concept]
    entries: Mapping[str, Mapping[str, Entry]]

    def only(self, concepts: Sequence[str]) -> "Lexicon":
        """The lexicon with these concepts alone, in its own order; with all if none is named.

        Raises `UserError` for a concept that it doesn't have.
        """
        for name in concepts:
            if name not in self.concepts:
                raise UserError(
                    f"unknown concept '{name}'", where=self.folder / CONCEPTS, fix="it lists them"
                )
        chosen = [name for name in self.concepts if not concepts or name in concepts]
        return Lexicon(
            self.folder,
            {name: self.concepts[name] for name in chosen},
            {
                code: {name: entries[name] for name in chosen}
                for code, entries in self.entries.items()
            },
        )

    @cached_property
    def fingerprints(self) -> dict[str, str]:
        """Language -> digest of its table and of the concepts'."""
        concepts = sha256(self.folder / CONCEPTS)
        return {
            language: f"{concepts[:32]}{sha256(self.folder / f'{language}.tsv')[:32]}"
            for language in self.entries
        }


def read_lexicon(languages: Sequence[str], folder: Path = FOLDER) -> Lexicon:
    """The lexicon in `folder`, of these languages.

    Raises `UserError` naming file, line and column for a row that is broken, a concept that is
    missing, unknown or stands twice, an empty cell of words, or a pattern that cannot be read.
    """
    check_languages(languages, where="languages")
    concepts: dict[str, Concept] = {}
    for where, row in _rows(folder / CONCEPTS, CONCEPT_COLUMNS):
        for column in CONCEPT_COLUMNS:
            if not row[column]:
                raise UserError(
                    f"empty '{column}'", where=f"{where} column {column}", fix="fill it"
                )
        name = row["concept"]
        if not re.fullmatch(r"\w[\w-]*", name):
            raise UserError(
                f"concept '{name}' can't name a file",
                where=f"{where} column concept",
                fix="use letters, digits, - and _",
            )
        if name in concepts:
            raise UserError(
                f"'{name}' stands twice", where=f"{where} column concept", fix="keep one"
            )
        concepts[name] = Concept(name, row["field"], row["gloss"])
    if not concepts:
        raise UserError("no concepts", where=folder / CONCEPTS, fix="name some")
    entries = {code: _entries(folder / f"{code}.tsv", concepts) for code in languages}
    return Lexicon(folder, concepts, entries)


def _entries(path: Path, concepts: Mapping[str, Concept]) -> dict[str, Entry]:
    """The entries of one language's table."""
    sets: dict[str, list[str]] = {}
    found: dict[str, Entry] = {}
    for where, row in _rows(path, WORD_COLUMNS):
        name = row["concept"]
        at = f"{where} column concept"
        if name.startswith("{"):
            if not re.fullmatch(r"\{[^{}()]+\}", name):
                raise UserError(f"'{name}' is no name of endings", where=at, fix="write {name}")
            if found:
                raise UserError(f"'{name}' stands after a concept", where=at, fix="put it first")
            if name[1:-1] in sets:
                raise UserError(f"'{name}' stands twice", where=at, fix="keep one")
            sets[name[1:-1]] = [form.strip() for form in row["words"].split("/")]
            continue
        if name not in concepts:
            raise UserError(
                f"unknown concept '{name}'", where=at, fix=f"{CONCEPTS} lists those there are"
            )
        if name in found:
            raise UserError(f"'{name}' stands twice", where=at, fix="keep one row")
        if not row["words"]:
            raise UserError(
                f"no word for '{name}'", where=f"{where} column words", fix="name at least one"
            )
        words, excluded = (
            tuple(
                Pattern(text, expand(text, sets, where=f"{where} column {column}"))
                for text in _split(row[column])
            )
            for column in ("words", "not")
        )
        found[name] = Entry(words, excluded, row["doubt"], row["review"])
    missing = [name for name in concepts if name not in found]
    if missing:
        raise UserError(f"no row for '{missing[0]}'", where=path, fix="add it")
    return {name: found[name] for name in concepts}


def _rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Place and cells of each row of a table with these columns; blank lines are passed over."""
    if not path.is_file():
        raise UserError("no such table", where=path, fix="write it, or leave the language out")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise UserError(f"not UTF-8 (byte {error.start})", where=path, fix="convert it") from error
    for number, line in enumerate(lines, start=1):
        cells = [cell.strip() for cell in line.split("\t")]
        if number == 1:
            if cells != list(columns):
                raise UserError(
                    f"the columns are {' '.join(cells)!r}",
                    where=f"{path}:1",
                    fix=f"they must be {' '.join(columns)}, with tabs between them",
                )
        elif line.strip():
            if len(cells) > len(columns):
                raise UserError(
                    f"{len(cells)} cells",
                    where=f"{path}:{number} column {len(columns) + 1}",
                    fix=f"the columns are {' '.join(columns)}",
                )
            if len(cells) < len(columns):
                raise UserError(
                    f"no cell '{columns[len(cells)]}'",
                    where=f"{path}:{number} column {columns[len(cells)]}",
                    fix="an empty cell needs its tab, too",
                )
            yield f"{path}:{number}", dict(zip(columns, cells, strict=True))


def _split(cell: str) -> list[str]:
    """The patterns of a cell."""
    return [part for part in (part.strip() for part in cell.split(",")) if part]


def expand(pattern: str, sets: Mapping[str, Sequence[str]], *, where: str) -> tuple[str, ...]:
    """All forms of a pattern, each once, in the order of its alternatives.

    Raises `UserError` naming `where` for brackets that don't match, alternatives that are not
    defined, an empty form, or more than `MOST_FORMS`.
    """
    parts: list[Sequence[str]] = []
    end, count = 0, 1
    while end < len(pattern):
        match = _PART.match(pattern, end)
        if match is None:
            raise UserError(
                f"'{pattern}' can't be read from '{pattern[end:]}' on",
                where=where,
                fix="close each ( and {, and put none inside another",
            )
        end = match.end()
        inline, name, literal = match.groups()
        if name is not None and name not in sets:
            raise UserError(
                f"'{pattern}' uses {{{name}}}, which is not defined",
                where=where,
                fix=f"defined: {' '.join(f'{{{known}}}' for known in sets) or 'none'}",
            )
        if name is not None:
            parts.append(sets[name])
        else:
            parts.append([literal] if inline is None else inline.split("/"))
        count *= len(parts[-1])
    if count > MOST_FORMS:
        raise UserError(
            f"'{pattern}' has {count:,} forms", where=where, fix=f"at most {MOST_FORMS:,}"
        )
    forms = tuple(dict.fromkeys("".join(form) for form in itertools.product(*parts)))
    if not all(form.strip() for form in forms):
        raise UserError(f"'{pattern}' has an empty form", where=where, fix="give it a stem")
    return forms
