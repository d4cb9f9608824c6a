"""One language: its documents parted, tokenised and written as whole blocks of token ids.

Every `MARK` tokens the file is synced and a mark written: the documents read so far, the blocks
that count, the ids that fill no block yet, the held-out documents. A start after an interruption
cuts the file there, reads over those documents without tokenising them, and goes on.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from analysis.errors import UserError
from analysis.files import write_text
from analysis.text.heldout import HeldOutRule
from analysis.text.sources import Source
from train.data.encode import Encoded, EncoderPool
from train.data.settings import DataSettings

MARK = 1 << 24
"""Tokens between two marks, the most that an interruption costs: about a minute of one core."""

_BATCH = 200_000
"""Characters after which a batch of documents is full."""


@dataclass(frozen=True)
class Packed:
    """What was made of a language: counts of both parts, and the held-out documents."""

    counts: dict[str, dict[str, int]]
    """`train`: documents, bytes, tokens, blocks; `held_out`: documents, bytes, tokens. Bytes are
    those of the documents as UTF-8; tokens of the held-out part include one eos each."""

    held_out: list[str]


@dataclass
class Mark:
    """How far a language is."""

    read: int = 0
    """Documents of the source that have been read and dealt with."""

    documents: int = 0
    """Documents of the training part that were written at least in part."""

    bytes: int = 0
    """Their bytes as UTF-8."""

    blocks: int = 0
    """Blocks written."""

    rest: list[int] = field(default_factory=list)
    """Token ids that come next and fill no block yet."""

    held_out: list[str] = field(default_factory=list)
    """Held-out documents so far."""


def pack_language(
    language: str,
    path: Path,
    mark_path: Path,
    *,
    source: Source,
    settings: DataSettings,
    encoder: EncoderPool,
    dtype: str,
    progress: Callable[[int], None],
) -> Packed:
    """Write the training tokens of `language` to `path`, from where the file `mark_path` says.

    `progress` is told the number of tokens so far. What is read ahead of the budget's end, which
    depends on the number of workers, leaves no trace: the held-out documents of a batch count when
    its training documents are written. Interruptions leave none either: marks stand between two
    batches.

    Raises `UserError` when the text fills no block or has no held-out document.
    """
    mark = _read_mark(mark_path, path, settings.block_size * np.dtype(dtype).itemsize)
    read: list[_Batch] = []
    batches = _batches(source, language, settings, mark)

    def training() -> Iterator[list[str]]:
        for batch in batches:
            read.append(batch)
            yield batch.training

    budget = settings.tokens_per_language
    limit = None if budget is None else budget // settings.block_size
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.truncate(mark.blocks * settings.block_size * np.dtype(dtype).itemsize)
        writer = _BlockWriter(file, settings.block_size, dtype, limit, mark)
        marked = writer.tokens
        with closing(encoder.encode_all(training())) as encoded:
            for result in encoded:
                batch = read.pop(0)
                used = writer.add(result)
                mark.read += batch.documents
                mark.documents += used
                mark.bytes += _bytes(batch.training[:used])
                mark.held_out += batch.held_out
                progress(writer.tokens)
                if writer.full:
                    break
                if writer.tokens - marked >= MARK:
                    _sync(file)
                    mark.blocks, mark.rest = writer.blocks, writer.rest.tolist()
                    write_text(mark_path, json.dumps(asdict(mark)))
                    marked = writer.tokens
        _check(language, writer, mark.held_out, settings)
        _sync(file)
    return Packed(
        counts={
            "train": {
                "documents": mark.documents,
                "bytes": mark.bytes,
                "tokens": writer.blocks * settings.block_size,
                "blocks": writer.blocks,
            },
            "held_out": {
                "documents": len(mark.held_out),
                "bytes": _bytes(mark.held_out),
                "tokens": len(encoder.encode(mark.held_out).ids),
            },
        },
        held_out=mark.held_out,
    )


def _read_mark(mark_path: Path, path: Path, block_bytes: int) -> Mark:
    """The mark to go on from: the beginning, unless all that a mark counts is there."""
    if not mark_path.is_file() or not path.is_file():
        return Mark()
    try:
        mark = Mark(**json.loads(mark_path.read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        return Mark()
    return mark if path.stat().st_size >= mark.blocks * block_bytes else Mark()


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


@dataclass
class _Batch:
    """Documents of both parts that follow one another in the source."""

    training: list[str] = field(default_factory=list)
    held_out: list[str] = field(default_factory=list)
    documents: int = 0
    """Those of the source: of both parts, and copies."""


def _batches(source: Source, language: str, settings: DataSettings, mark: Mark) -> Iterator[_Batch]:
    """The batches after `mark`."""
    rule = HeldOutRule(share=settings.heldout_share, limit=settings.heldout_documents)
    for text in mark.held_out:
        rule.part(text)  # it knows them again, and how many there are
    return _gathered(islice(source.documents(language), mark.read, None), rule)


def _gathered(documents: Iterator[str], rule: HeldOutRule) -> Iterator[_Batch]:
    batch, characters = _Batch(), 0
    for text in documents:
        part = rule.part(text)
        batch.documents += 1
        if part == "held out":
            batch.held_out.append(text)
        elif part == "training":
            batch.training.append(text)
        characters += len(text)
        if characters >= _BATCH:
            yield batch
            batch, characters = _Batch(), 0
    yield batch


def _check(
    language: str, writer: "_BlockWriter", held_out: list[str], settings: DataSettings
) -> None:
    where, share = f"source of '{language}'", settings.heldout_share
    if writer.blocks == 0:
        raise UserError(
            f"too little text in '{language}': {writer.tokens:,} training tokens, "
            f"{settings.block_size:,} needed for one block",
            where=where,
            fix="give it more text, or lower data.prepare.block_size",
        )
    if not held_out:
        raise UserError(
            f"no document of '{language}' was drawn for the held-out part",
            where=where,
            fix=f"raise data.prepare.heldout_share (now {share:g}), or give it more text",
        )


def _bytes(texts: list[str]) -> int:
    return sum(len(text.encode()) for text in texts)


class _BlockWriter:
    """Writes token ids as whole blocks, up to `limit` of them; what fills no block is dropped.

    It goes on from `mark`.
    """

    def __init__(
        self, file: BinaryIO, block_size: int, dtype: str, limit: int | None, mark: Mark
    ) -> None:
        self._file = file
        self._block_size = block_size
        self._dtype = np.dtype(dtype).newbyteorder("<")
        self._limit = limit
        self.rest: npt.NDArray[np.uint32] = np.array(mark.rest, dtype=np.uint32)
        self.blocks = mark.blocks
        self.tokens = self.blocks * block_size + len(self.rest)

    @property
    def full(self) -> bool:
        return self._limit is not None and self.blocks >= self._limit

    def add(self, encoded: Encoded) -> int:
        """Write the tokens; the number of documents that were written at least in part."""
        ids = np.concatenate([self.rest, encoded.ids])
        blocks = len(ids) // self._block_size
        used = len(encoded.lengths)
        if self._limit is not None and self.blocks + blocks >= self._limit:
            blocks = self._limit - self.blocks
            room = blocks * self._block_size - len(self.rest)
            begins = np.cumsum(encoded.lengths) - encoded.lengths
            used = int((begins < room).sum())
        end = blocks * self._block_size
        self._file.write(ids[:end].astype(self._dtype).tobytes())
        self.rest = ids[end:]
        self.blocks += blocks
        self.tokens = self.blocks * self._block_size + len(self.rest)
        return used
