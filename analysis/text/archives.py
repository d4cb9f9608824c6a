"""Reading compressed files as streams, and telling when they are cut off."""

import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from gzip import BadGzipFile, GzipFile
from pathlib import Path
from typing import cast

import zstandard

from analysis.errors import UserError

COMPRESSIONS = (".gz", ".xz", ".zst")
"""Endings of compressed files."""

_BROKEN = (EOFError, BadGzipFile, zlib.error, lzma.LZMAError, zstandard.ZstdError)
_BUFFER = 1 << 20


def decompressed(raw: io.FileIO, compression: str) -> io.BufferedReader:
    """What an open file holds; `compression` is one of `COMPRESSIONS`, or "" for none."""
    streams: dict[str, Callable[[], object]] = {
        "": lambda: raw,
        ".gz": lambda: GzipFile(fileobj=raw, mode="rb"),
        ".xz": lambda: lzma.LZMAFile(raw),  # noqa: SIM115 (closed with `raw`)
        ".zst": lambda: _ZstdReader(raw),
    }
    return io.BufferedReader(cast(io.RawIOBase, streams[compression]()), _BUFFER)


@contextmanager
def archive_errors(path: Path) -> Iterator[None]:
    """Turn what reading a cut off or damaged file raises into a `UserError` that names it."""
    try:
        yield
    except _BROKEN as error:
        raise UserError(
            f"the archive is cut off or damaged ({error})", where=path, fix="fetch it again"
        ) from error
    except OSError as error:
        raise UserError(f"cannot be read: {error}", where=path) from error


class _ZstdReader(io.RawIOBase):
    """The decompressed bytes of a file of one or more zstd frames; EOFError if it is cut off.

    zstandard's own stream reader takes a truncated file for a complete one.
    """

    def __init__(self, raw: io.FileIO) -> None:
        self._raw = raw
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._begun = False
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]  # typeshed: any buffer
        while not self._ready:
            compressed = self._frame.unused_data if self._frame.eof else b""
            compressed = compressed or self._raw.read(1 << 16)
            if not compressed:
                if self._begun and not self._frame.eof:
                    raise EOFError("compressed file ended before the end of its last frame")
                return 0
            if self._frame.eof:
                self._frame = zstandard.ZstdDecompressor().decompressobj()
            self._begun = True
            self._ready = self._frame.decompress(compressed)
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count
