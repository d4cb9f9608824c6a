"""Word lists of the demo corpus: one editable table of inflected forms per language.

A `.lex` file is UTF-8 text. A line `@ kind | column | ...` opens a block and names its columns;
each row below it is `identifier | form | ...`; `-` is an empty cell; `#` opens a comment line.
Columns are each language's own affair (gender, cases, classifiers, ...): its grammar reads them by
name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import UserError

FOLDER = Path(__file__).parent / "lexicons"


@dataclass(frozen=True)
class Lexicon:
    """Forms of every lexeme of the world in one language: `words[identifier, column]`."""

    language: str
    kinds: Mapping[str, str]
    forms: Mapping[tuple[str, str], str]

    def __getitem__(self, key: tuple[str, str]) -> str:
        return self.forms[key]

    def kind(self, identifier: str) -> str:
        """Name of the block in which a lexeme stands."""
        return self.kinds[identifier]


def read_lexicon(language: str, path: Path | None = None) -> Lexicon:
    """Read a language's word list.

    Raises `UserError` naming line and column for a row that does not fit its block.
    """
    path = path or FOLDER / f"{language}.lex"
    kinds: dict[str, str] = {}
    forms: dict[tuple[str, str], str] = {}
    kind = ""
    columns: list[str] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        where = f"{path}:{number}"
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in line.removeprefix("@").split("|")]
        if line.startswith("@"):
            kind, *columns = cells
            continue
        if not kind:
            raise UserError("a row before the first block", where=where, fix="open one with @")
        identifier, *values = cells
        if len(values) != len(columns):
            raise UserError(
                f"'{identifier}' has {len(values)} forms", where=where, fix=f"give {columns}"
            )
        if identifier in kinds:
            raise UserError(f"'{identifier}' stands twice", where=where, fix="keep one row")
        kinds[identifier] = kind
        for column, value in zip(columns, values, strict=True):
            if not value:
                raise UserError(
                    f"'{identifier}' has an empty '{column}'", where=where, fix="write - for none"
                )
            forms[identifier, column] = "" if value == "-" else value
    return Lexicon(language, kinds, forms)
