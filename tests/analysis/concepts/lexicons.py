"""Small lexicons for tests."""

from collections.abc import Mapping
from pathlib import Path

from analysis.concepts.lexicon import Entry, Pattern, expand

WORDS = "concept\twords\tnot\tdoubt\treview\n"


def entry(words: str, excluded: str = "") -> Entry:
    """An entry from cells of the table."""
    return Entry(_patterns(words), _patterns(excluded), doubt="", review="ok")


def _patterns(cell: str) -> tuple[Pattern, ...]:
    texts = [text for text in (part.strip() for part in cell.split(",")) if text]
    return tuple(Pattern(text, expand(text, {}, where="test")) for text in texts)


def write_lexicon(folder: Path, tables: Mapping[str, Mapping[str, str]]) -> Path:
    """Tables of language -> concept -> words; "house: x; y" are words and excluded phrases."""
    folder.mkdir(parents=True, exist_ok=True)
    concepts = list(next(iter(tables.values())))
    rows = "".join(f"{name}\tthings\twhat {name} means\n" for name in concepts)
    (folder / "concepts.tsv").write_text(f"concept\tfield\tgloss\n{rows}", encoding="utf-8")
    for language, cells in tables.items():
        text = WORDS
        for name, cell in cells.items():
            words, _, excluded = cell.partition(";")
            text += f"{name}\t{words.strip()}\t{excluded.strip()}\t\tok\n"
        (folder / f"{language}.tsv").write_text(text, encoding="utf-8")
    return folder
