"""One language: its documents parted, tokenised and written as whole blocks of token ids."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from analysis.errors import UserError
from analysis.files import whole_file
from analysis.text.heldout import HeldOutRule
from analysis.text.sources import Source
from train.data.encode import Encoded, EncoderPool
from train.data.settings import DataSettings

_BATCH = 200_000
"""Characters after which a batch of documents is full."""


@dataclass(frozen=True)
class Packed:
    """What was made of a language: counts of both parts, and the held-out documents."""

    counts: dict[str, dict[str, int]]
    """`train`: documents, bytes, tokens, blocks; `held_out`: documents, bytes, tokens. Bytes are
    those of the documents as UTF-8; tokens of the held-out part include one eos each."""

    held_out: list[str]


def pack_language(
    language: str,
    path: Path,
    *,
    source: Source,
    settings: DataSettings,
    encoder: EncoderPool,
    dtype: str,
    progress: Callable[[int], None],
) -> Packed:
    """Write the training tokens of `language` to `path`, whole or not at all.

    `progress` is told the number of tokens so far. What is read ahead of the budget's end, which
    depends on the number of workers, leaves no trace: the held-out documents of a batch count when
    its training documents are written.

    Raises `UserError` when the text fills no block or has no held-out document.
    """
    read: list[_Batch] = []

    def training() -> Iterator[list[str]]:
        for batch in _batches(source, language, settings):
            read.append(batch)
            yield batch.training

    budget = settings.tokens_per_language
    limit = None if budget is None else budget // settings.block_size
    held_out: list[str] = []
    documents = size = 0
    with whole_file(path) as draft, draft.open("wb") as file:
        writer = _BlockWriter(file, settings.block_size, dtype, limit)
        with closing(encoder.encode_all(training())) as encoded:
            for result in encoded:
                batch = read.pop(0)
                held_out += batch.held_out
                used = writer.add(result)
                documents += used
                size += _bytes(batch.training[:used])
                progress(writer.tokens)
                if writer.full:
                    break
        # Inside `whole_file`: a language that cannot be used leaves no file.
        _check(language, writer, held_out, settings)
    return Packed(
        counts={
            "train": {
                "documents": documents,
                "bytes": size,
                "tokens": writer.blocks * settings.block_size,
                "blocks": writer.blocks,
            },
            "held_out": {
                "documents": len(held_out),
                "bytes": _bytes(held_out),
                "tokens": len(encoder.encode(held_out).ids),
            },
        },
        held_out=held_out,
    )


@dataclass
class _Batch:
    """Documents of both parts that follow one another in the source."""

    training: list[str]
    held_out: list[str]


def _batches(source: Source, language: str, settings: DataSettings) -> Iterator[_Batch]:
    rule = HeldOutRule(share=settings.heldout_share, limit=settings.heldout_documents)
    batch, characters = _Batch([], []), 0
    for text in source.documents(language):
        part = rule.part(text)
        if part == "held out":
            batch.held_out.append(text)
        elif part == "training":
            batch.training.append(text)
        characters += len(text)
        if characters >= _BATCH:
            yield batch
            batch, characters = _Batch([], []), 0
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
    """Writes token ids as whole blocks, up to `limit` of them; what fills no block is dropped."""

    def __init__(self, file: BinaryIO, block_size: int, dtype: str, limit: int | None) -> None:
        self._file = file
        self._block_size = block_size
        self._dtype = np.dtype(dtype).newbyteorder("<")
        self._limit = limit
        self._rest: npt.NDArray[np.uint32] = np.empty(0, dtype=np.uint32)
        self.blocks = 0
        self.tokens = 0

    @property
    def full(self) -> bool:
        return self._limit is not None and self.blocks >= self._limit

    def add(self, encoded: Encoded) -> int:
        """Write the tokens; the number of documents that were written at least in part."""
        ids = np.concatenate([self._rest, encoded.ids])
        blocks = len(ids) // self._block_size
        used = len(encoded.lengths)
        if self._limit is not None and self.blocks + blocks >= self._limit:
            blocks = self._limit - self.blocks
            room = blocks * self._block_size - len(self._rest)
            begins = np.cumsum(encoded.lengths) - encoded.lengths
            used = int((begins < room).sum())
        end = blocks * self._block_size
        self._file.write(ids[:end].astype(self._dtype).tobytes())
        self._rest = ids[end:]
        self.blocks += blocks
        self.tokens = self.blocks * self._block_size + len(self._rest)
        return used
