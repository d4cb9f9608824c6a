"""Documents from Hugging Face data sets, read by streaming: nothing is downloaded ahead."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import datasets

from analysis.errors import UserError
from analysis.languages import LANGUAGES
from analysis.network import network_fix, of_the_network
from analysis.text.local import content_digest
from analysis.text.sources import SourceSettings


class HubSource:
    """The documents of one data set per language, in the order in which the data set has them.

    Failed requests are repeated by `datasets` itself. A local folder may stand for a data set.
    """

    def __init__(self, settings: SourceSettings, languages: Sequence[str]) -> None:
        self._settings = settings
        for language in (*languages, *settings.hub_datasets):
            if language not in LANGUAGES:
                raise UserError(
                    f"unknown language '{language}'",
                    where="source.hub_datasets",
                    fix=f"known: {' '.join(LANGUAGES)}",
                )

    def documents(self, language: str) -> Iterator[str]:
        """Documents of `language`; those of white space alone are left out.

        Raises `UserError` when the data set, its configuration, split or column is not there, when
        it cannot be reached, and when a cell holds something other than text.
        """
        field = self._settings.text_field
        empty = True
        rows = iter(self._open(language))
        number = 0
        while True:
            with self._errors_told(language):
                row = next(rows, None)
            if row is None:
                break
            if field not in row:
                raise self._no_column(language, list(row))
            text = row[field]
            if not isinstance(text, str):
                raise UserError(
                    f"column '{field}' holds {type(text).__name__}, not text",
                    where=f"{self._name(language)}, row {number}",
                )
            number += 1
            if text.strip():
                empty = False
                yield text
        if empty:
            raise UserError("the data set holds no document", where=self._name(language))

    def fingerprint(self, language: str) -> str:
        """SHA-256 of what names the text: data set, configuration, revision, split, column.

        What the Hub serves under these names is not asked, so pin `hub_revisions` to a commit if
        the data set may change. A local folder is judged by its files' contents.
        """
        name, config = self._id(language), self._config(language)
        folder = Path(name).expanduser()
        parts = [name, str(config), str(self._settings.hub_revisions.get(name))]
        if folder.is_dir():
            parts = [str(config)]
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    parts += [str(path.relative_to(folder)), content_digest(path)]
        parts += [self._settings.hub_split, self._settings.text_field]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def _id(self, language: str) -> str:
        name = self._settings.hub_datasets.get(language, self._settings.hub_dataset)
        return name.replace("{language}", language)

    def _config(self, language: str) -> str | None:
        config = self._settings.hub_config
        if config is None:
            return None
        return config.replace("{fineweb}", LANGUAGES[language].fineweb).replace(
            "{language}", language
        )

    def _name(self, language: str) -> str:
        config = self._config(language)
        return self._id(language) + (f" ({config})" if config else "")

    def _open(self, language: str) -> datasets.IterableDataset:
        name, field = self._id(language), self._settings.text_field
        with self._errors_told(language):
            data = datasets.load_dataset(
                str(Path(name).expanduser()) if name.startswith("~") else name,
                self._config(language),
                split=self._settings.hub_split,
                revision=self._settings.hub_revisions.get(name),
                streaming=True,
            )
        columns = data.column_names
        if columns is None:
            return data
        if field not in columns:
            raise self._no_column(language, columns)
        return data.select_columns([field])

    def _no_column(self, language: str, columns: Sequence[str]) -> UserError:
        return UserError(
            f"no column '{self._settings.text_field}'",
            where=self._name(language),
            fix=f"set source.text_field to one of: {' '.join(columns)}",
        )

    @contextmanager
    def _errors_told(self, language: str) -> Iterator[None]:
        """Turn what `datasets` and the clients of the network raise into a `UserError`."""
        known = (OSError, ValueError, datasets.exceptions.DatasetsError)
        try:
            yield
        except Exception as error:
            if not isinstance(error, known) and not of_the_network(error):
                raise
            raise self._error(language, error) from error

    def _error(self, language: str, error: Exception) -> UserError:
        """One line for an error, told apart by type and, for lack of types, text."""
        text = str(error)
        where = self._name(language)
        if isinstance(error, datasets.exceptions.DatasetNotFoundError):
            return UserError(
                "no such data set, or no access to it", where=where, fix="check source.hub_dataset"
            )
        if of_the_network(error) or "OfflineModeIsEnabled" in text:
            return UserError(
                f"cannot be reached ({text or type(error).__name__})",
                where=where,
                fix=network_fix("check the network, or use local files (source.kind=files)"),
            )
        if isinstance(error, FileNotFoundError):
            return UserError(
                f"holds no data files ({text})", where=where, fix="check source.hub_dataset"
            )
        if text.startswith("BuilderConfig") or "Config name" in text:
            return UserError(
                f"no such configuration ({text})",
                where=where,
                fix="set source.hub_config (null if the data set has one only)",
            )
        if "split" in text.lower() and isinstance(error, ValueError):
            return UserError(
                f"no split '{self._settings.hub_split}' ({text})",
                where=where,
                fix="set source.hub_split",
            )
        return UserError(f"cannot be read ({text})", where=where)
