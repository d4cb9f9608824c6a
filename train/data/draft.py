"""The folder that data is prepared in, before it stands under its own name.

made_from.json              what it was begun for (`analysis.files.begin_or_continue`)
data/                       the prepared data to be (`train.data.store`)
languages/<lang>.mark.json  how far a language is (`train.data.pack.Mark`)
languages/<lang>.json       a language that is finished (`Finished`)
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from analysis.errors import UserError
from analysis.files import write_text
from train.data.store import TOKENIZER, token_file

_LAYOUT = 2
"""Version of this folder; one of another version is begun anew."""


def begun_with(made_from: Mapping[str, Any]) -> dict[str, Any]:
    """What a draft of data that is made from `made_from` is begun for."""
    return {**made_from, "layout": _LAYOUT}


@dataclass(frozen=True)
class Finished:
    """What was made of a language, and with which tokenizer."""

    counts: dict[str, dict[str, int]]
    held_out: list[str]
    sha256: str
    """Of the file of its tokens."""

    tokenizer: str
    """The tokenizer's fingerprint."""


@dataclass(frozen=True)
class Draft:
    """The places in such a folder."""

    folder: Path

    @property
    def data(self) -> Path:
        """The prepared data to be."""
        return self.folder / "data"

    @property
    def tokenizer(self) -> Path:
        """Its tokenizer."""
        return self.data / TOKENIZER

    def tokens(self, language: str) -> Path:
        """The tokens of a language; while it is unfinished its mark says how many count."""
        return token_file(self.data, language)

    def mark(self, language: str) -> Path:
        """How far an unfinished language is."""
        return self.folder / "languages" / f"{language}.mark.json"

    def note(self, language: str) -> Path:
        """What is known of a finished language; there when it is finished."""
        return self.folder / "languages" / f"{language}.json"

    def finish(self, language: str, finished: Finished) -> None:
        """Tell that a language is finished."""
        write_text(self.note(language), json.dumps(asdict(finished)))
        self.mark(language).unlink(missing_ok=True)

    def finished(self, language: str) -> Finished | None:
        """What is known of a language, None as long as it is not finished.

        Raises `UserError` for a note that is damaged.
        """
        note = self.note(language)
        if not note.is_file():
            return None
        try:
            return Finished(**json.loads(note.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            raise UserError(
                "the note of a finished language is damaged",
                where=note,
                fix="delete it to prepare the language again, or copy the shard again",
            ) from error
