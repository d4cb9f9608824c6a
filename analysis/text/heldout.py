"""The held-out part: which documents it takes, and the file that keeps it.

A document is a candidate when a hash of its text, read as a number in [0, 1), lies below
`share`. The first `limit` distinct candidates of a language are held out. Since that
depends on the text alone, a copy of a held-out document is recognised wherever it stands, and never
reaches the training part; of the copies only the first is kept.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from analysis.errors import UserError
from analysis.files import whole_file
from analysis.text.sources import Source

COLUMNS = {"language": "str", "document": "int64", "text": "str"}
"""Columns of a held-out file: code; number among the language's held-out documents; text."""


class HeldOutRule:
    """Sorts the documents of one language, told in their order, into held out and training.

    Memory grows with `limit`, not with the corpus.
    """

    def __init__(self, *, share: float, limit: int) -> None:
        self.limit = limit
        self._bound = int(share * 2**64)
        self._taken: set[bytes] = set()

    def part(self, text: str) -> str:
        """`"held out"`, `"training"`, or `"copy"` of a held-out document, which goes nowhere."""
        digest = hashlib.blake2b(text.encode(), digest_size=16, person=b"held out").digest()
        if int.from_bytes(digest[:8], "little") >= self._bound:
            return "training"
        if digest in self._taken:
            return "copy"
        if len(self._taken) >= self.limit:
            return "training"
        self._taken.add(digest)
        return "held out"


class TrainingPart:
    """A source without the held-out documents of another."""

    def __init__(self, source: Source, *, share: float, limit: int) -> None:
        self._source = source
        self._share = share
        self._limit = limit

    def documents(self, language: str) -> Iterator[str]:
        """Documents of the training part."""
        rule = HeldOutRule(share=self._share, limit=self._limit)
        for text in self._source.documents(language):
            if rule.part(text) == "training":
                yield text

    def fingerprint(self, language: str) -> str:
        """Digest of the documents and of the rule."""
        key = f"{self._source.fingerprint(language)} {self._share!r} {self._limit}"
        return hashlib.sha256(key.encode()).hexdigest()


def write_held_out(path: Path, documents: dict[str, list[str]]) -> None:
    """Write language -> texts as a Parquet file of `COLUMNS`, whole or not at all."""
    rows = [
        (language, number, text)
        for language, texts in documents.items()
        for number, text in enumerate(texts)
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)
    with whole_file(path) as draft:
        table.to_parquet(draft, index=False)


def read_held_out(path: Path) -> pd.DataFrame:
    """The table of `COLUMNS` that `write_held_out` wrote.

    Raises `UserError` when the file is missing, damaged, or has other columns.
    """
    if not path.is_file():
        raise UserError("no such file", where=path, fix="prepare the data, or correct the path")
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise UserError(f"not a whole Parquet file ({error})", where=path) from error
    missing = [column for column in COLUMNS if column not in table.columns]
    if missing:
        raise UserError(f"no column '{missing[0]}'", where=path, fix=f"needed: {' '.join(COLUMNS)}")
    return table[list(COLUMNS)].astype(COLUMNS)
