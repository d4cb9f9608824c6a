"""Documents from local files: txt, jsonl and Parquet, as they are or compressed.

Files are read as streams: memory holds one document (for Parquet one row group's pages), not
the file. What is wrong with a file is told with its place: byte, line or row.
"""

import glob
import hashlib
import io
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import UserError
from analysis.languages import LANGUAGES
from analysis.text.archives import COMPRESSIONS, archive_errors, decompressed

FORMATS = (".txt", ".jsonl", ".parquet")
"""Endings of the three formats."""

_KNOWN = f"known: {' '.join(FORMATS)}, each also with {' '.join(COMPRESSIONS)}"
_CHUNK = 1 << 20
_HASHED_WHOLE = 1 << 30
_SAMPLES = 256
_SAMPLE = 1 << 22


class LocalSource:
    """The documents of local files, file after file in the order of their paths.

    Args:
        files: Language -> paths or globs; or one path or glob with `{language}` in it.
        languages: The languages that must have files.
        text_field: JSON field or Parquet column that holds the text.

    Raises:
        UserError: A language without files, a glob that matches nothing, a path that is no file,
            an ending that is not known, an empty file.

    """

    def __init__(
        self,
        files: Mapping[str, Sequence[str]] | str,
        languages: Sequence[str],
        *,
        text_field: str = "text",
    ) -> None:
        self.text_field = text_field
        self.files = find_files(files, languages)
        self._digests: dict[str, str] = {}
        self._positions: dict[str, Callable[[], int]] = {}

    def documents(self, language: str) -> Iterator[str]:
        """Documents of `language`; those of white space alone are left out.

        Raises `UserError` for a file that cannot be read as its ending promises, with the byte
        (in the decompressed stream), line or row, and for a file without a document.
        """
        done = 0
        for path in self.files[language]:
            size = path.stat().st_size
            empty = True
            watch = partial(self._watch, language, done)
            for document in read_file(path, text_field=self.text_field, watch=watch):
                empty = False
                yield document
            if empty:
                raise UserError(
                    "the file holds no document", where=path, fix="remove it from the list"
                )
            done += size
            self._watch(language, done, lambda: 0)

    def fingerprint(self, language: str) -> str:
        """SHA-256 over the files' formats and contents and the text field.

        Names and times of change do not count: moving or touching a file changes nothing. Files
        above 1 GiB are judged by their size and 256 pieces of 4 MiB spread evenly over them.
        """
        if language not in self._digests:
            digest = hashlib.sha256(self.text_field.encode())
            for path in self.files[language]:
                digest.update(f"\0{'+'.join(_ending(path))}\0{content_digest(path)}".encode())
            self._digests[language] = digest.hexdigest()
        return self._digests[language]

    def size(self, language: str) -> int:
        """Bytes on disk of the files of `language`."""
        return sum(path.stat().st_size for path in self.files[language])

    def position(self, language: str) -> int:
        """Bytes on disk that the latest `documents(language)` has read so far."""
        return self._positions[language]() if language in self._positions else 0

    def _watch(self, language: str, done: int, at: Callable[[], int]) -> None:
        self._positions[language] = lambda: done + at()


def find_files(
    files: Mapping[str, Sequence[str]] | str, languages: Sequence[str]
) -> dict[str, list[Path]]:
    """The files of each language in the order of their paths, each once.

    Raises `UserError` as `LocalSource` does.
    """
    if isinstance(files, str):
        if "{language}" not in files:
            raise UserError(
                f"'{files}' does not say which language it is for",
                where="source.files",
                fix="put {language} into it, or give paths for each language",
            )
        files = {language: [files.replace("{language}", language)] for language in languages}
    for language in files:
        if language not in LANGUAGES:
            raise UserError(
                f"unknown language '{language}'",
                where="source.files",
                fix=f"known: {' '.join(LANGUAGES)}",
            )
    return {language: _find(files.get(language, ()), language) for language in languages}


def read_file(
    path: Path, *, text_field: str, watch: Callable[[Callable[[], int]], None] | None = None
) -> Iterator[str]:
    """Documents of one file.

    `watch` is given a function that tells how many bytes of the file have been read. Raises
    `UserError` as `LocalSource.documents` does.
    """
    kind, compression = _ending(path)
    if watch is None:
        watch = _unwatched
    with _opened(path) as raw:
        size = path.stat().st_size
        # The decompressor closes the file at its end, while the last document is still being told.
        watch(lambda: size if raw.closed else raw.tell())
        if kind == ".parquet":
            with _seekable(raw, compression, path) as file:
                yield from _parquet(file, path, text_field, watch)
            return
        lines = _lines(decompressed(raw, compression), path)
        yield from _paragraphs(lines) if kind == ".txt" else _json(lines, path, text_field)
        watch(lambda: size)


def content_digest(path: Path) -> str:
    """SHA-256 of a file's size and bytes, above 1 GiB of 256 pieces spread evenly over it."""
    state = path.stat()
    return _content_digest(path.resolve(), state.st_size, state.st_mtime_ns)


@cache
def _content_digest(path: Path, size: int, _changed: int) -> str:
    """Kept: training data and the concept set are made from the same files, one after the other."""
    digest = hashlib.sha256(str(size).encode())
    with _opened(path) as file:
        if size <= _HASHED_WHOLE:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
        else:
            for piece in range(_SAMPLES):
                file.seek((size - _SAMPLE) * piece // (_SAMPLES - 1))
                digest.update(file.read(_SAMPLE))
    return digest.hexdigest()


def _find(patterns: Sequence[str], language: str) -> list[Path]:
    where = f"source.files.{language}"
    found: set[Path] = set()
    for pattern in [patterns] if isinstance(patterns, str) else patterns:
        path = Path(pattern).expanduser()
        if path.exists() or not glob.has_magic(pattern):
            found.add(path)
            continue
        # glob.glob rather than Path.glob: patterns may be absolute.
        matches = [Path(match) for match in glob.glob(str(path), recursive=True)]  # noqa: PTH207 (as said)
        matches = [match for match in matches if match.is_file()]
        if not matches:
            raise UserError(f"no file matches '{pattern}'", where=where, fix="check the pattern")
        found.update(matches)
    if not found:
        raise UserError(
            f"no file for language '{language}'", where=where, fix="name one, or drop the language"
        )
    for path in sorted(found):
        if path.is_dir():
            raise UserError("is a folder", where=path, fix=f"name its files: {path}/*.txt")
        if not path.exists():
            raise UserError(f"no such file (language '{language}')", where=path)
        _ending(path)
        if path.stat().st_size == 0:
            raise UserError("the file is empty", where=path, fix="remove it from the list")
    return sorted(found)


def _ending(path: Path) -> tuple[str, str]:
    """(format, compression or "") of a file by its name."""
    name = path.name.lower()
    compression = next((ending for ending in COMPRESSIONS if name.endswith(ending)), "")
    name = name.removesuffix(compression)
    for kind in FORMATS:
        if name.endswith(kind):
            return kind, compression
    raise UserError("unknown ending", where=path, fix=_KNOWN)


def _unwatched(_: Callable[[], int]) -> None:
    pass


@contextmanager
def _opened(path: Path) -> Iterator[io.FileIO]:
    try:
        # Unbuffered, so that `tell` is how far the file itself has been read.
        file = path.open("rb", buffering=0)
    except OSError as error:
        raise UserError(f"cannot be opened: {error.strerror}", where=path) from error
    with file:
        yield file


def _lines(stream: io.BufferedReader, path: Path) -> Iterator[str]:
    """Lines without their ends (LF or CR LF), a byte order mark at the start left out."""
    offset = 0
    while True:
        with archive_errors(path):
            line = stream.readline()
        if not line:
            return
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as error:
            raise UserError(
                f"invalid UTF-8 at byte {offset + error.start} (0x{line[error.start]:02x})",
                where=path,
                fix="convert the file to UTF-8",
            ) from error
        if offset == 0:
            text = text.removeprefix("\ufeff")
        offset += len(line)
        yield text.removesuffix("\n").removesuffix("\r")


def _paragraphs(lines: Iterator[str]) -> Iterator[str]:
    """Runs of lines between blank ones."""
    document: list[str] = []
    for line in lines:
        if line.strip():
            document.append(line)
        elif document:
            yield "\n".join(document)
            document = []
    if document:
        yield "\n".join(document)


def _json(lines: Iterator[str], path: Path, text_field: str) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UserError(f"not a JSON object ({error})", where=where) from error
        if not isinstance(record, dict):
            raise UserError(f"not a JSON object but {_named(record)}", where=where)
        if text_field not in record:
            raise UserError(
                f"no field '{text_field}'",
                where=where,
                fix=f"set source.text_field to one of: {' '.join(record)}",
            )
        text = record[text_field]
        if not isinstance(text, str):
            raise UserError(f"field '{text_field}' holds {_named(text)}, not text", where=where)
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise UserError(
                f"field '{text_field}' holds half a surrogate pair at character {error.start}",
                where=where,
            ) from error
        if text.strip():
            yield text


def _named(value: object) -> str:
    names = {dict: "an object", list: "a list", bool: "a truth value", str: "a string"}
    return "null" if value is None else names.get(type(value), "a number")


@contextmanager
def _seekable(raw: io.FileIO, compression: str, path: Path) -> Iterator[IO[bytes]]:
    """The file itself, or what it decompresses to in a temporary file: Parquet is read by seeks."""
    if not compression:
        yield io.BufferedReader(raw)
        return
    with tempfile.TemporaryFile() as file:
        with archive_errors(path):
            shutil.copyfileobj(decompressed(raw, compression), file, _CHUNK)
        file.seek(0)
        yield file


def _parquet(
    file: IO[bytes], path: Path, text_field: str, watch: Callable[[Callable[[], int]], None]
) -> Iterator[str]:
    try:
        table = pq.ParquetFile(file, pre_buffer=False)
    except (pa.ArrowException, OSError) as error:
        raise UserError(f"not a whole Parquet file ({error})", where=path) from error
    schema = table.schema_arrow
    if text_field not in schema.names:
        raise UserError(
            f"no column '{text_field}'",
            where=path,
            fix=f"set source.text_field to one of: {' '.join(schema.names)}",
        )
    kind = schema.field(text_field).type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if not (
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    ):
        raise UserError(f"column '{text_field}' holds {kind}, not text", where=path)
    rows, size, row = table.metadata.num_rows, path.stat().st_size, 0
    batches = table.iter_batches(batch_size=256, columns=[text_field])
    while True:
        try:
            batch = next(batches, None)
        except (pa.ArrowException, OSError) as error:
            raise UserError(f"the file is damaged ({error})", where=path) from error
        if batch is None:
            return
        # Rows stand for bytes: a reader that seeks has no position of its own.
        watch(partial(int, size * row // max(1, rows)))
        for cell in batch.column(0):
            try:
                text = cell.as_py()
            except UnicodeDecodeError as error:
                raise UserError(
                    f"invalid UTF-8 at byte {error.start} of column '{text_field}'",
                    where=f"{path}, row {row}",
                ) from error
            if text is None:
                raise UserError(
                    f"column '{text_field}' holds null, not text", where=f"{path}, row {row}"
                )
            row += 1
            if text.strip():
                yield text
