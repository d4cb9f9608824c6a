"""Text to token ids in several processes, the order kept.

The worker side imports neither torch nor transformers for a fast tokenizer, so that workers start
in a fraction of a second: the tokenizer travels once, as the JSON of its `tokenizers` backend.
"""

import os
import unicodedata
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from analysis.errors import UserError
from analysis.processes import begin_worker

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

PIECE = 10_000
"""Most characters given to the tokenizer at once, whose time grows faster than the text."""

_AHEAD = 3
_SENTENCE_ENDS = frozenset("。！？।॥۔؟")


@dataclass(frozen=True)
class Encoded:
    """Token ids of documents, one after the other, and how many each has, its eos included."""

    ids: npt.NDArray[np.uint32]
    lengths: npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Encoder:
    """The tokenizer in the form in which it is sent to a process."""

    backend: "str | PreTrainedTokenizerBase"
    eos: int

    def open(self) -> Callable[[list[str]], Encoded]:
        """A function that encodes documents."""
        if isinstance(self.backend, str):
            fast = Tokenizer.from_str(self.backend)
            fast.no_padding()
            fast.no_truncation()
            # Text that spells a special token is text: "</s>" must not yield its id.
            fast.encode_special_tokens = True
            return lambda documents: self._encode(documents, lambda pieces: _fast(fast, pieces))
        slow = self.backend
        return lambda documents: self._encode(
            documents,
            lambda pieces: cast(
                list[list[int]],
                slow(pieces, add_special_tokens=False, split_special_tokens=True)["input_ids"],
            ),
        )

    def _encode(
        self, documents: list[str], encode: Callable[[list[str]], list[list[int]]]
    ) -> Encoded:
        parts = [cut(document) for document in documents]
        encoded = iter(encode([piece for pieces in parts for piece in pieces]))
        flat: list[int] = []
        lengths = []
        for pieces in parts:
            before = len(flat)
            for _ in pieces:
                flat += next(encoded)
            flat.append(self.eos)
            lengths.append(len(flat) - before)
        return Encoded(np.array(flat, dtype=np.uint32), np.array(lengths, dtype=np.int64))


def _fast(tokenizer: Tokenizer, pieces: list[str]) -> list[list[int]]:
    batch = tokenizer.encode_batch_fast(pieces, add_special_tokens=False)
    return [encoding.ids for encoding in batch]


def cut(text: str, limit: int = PIECE) -> list[str]:
    """Pieces of at most `limit` characters (>= 2) that joined give `text`.

    A cut is made in the second half of a piece, at the best place there is: before a single space
    between words (a word takes the space before it along, as tokenizers have it), else after the
    end of a line, else after the end of a sentence or other white space, else anywhere but before
    a combining mark.
    """
    pieces = []
    start = 0
    while len(text) - start > limit:
        end = _best_cut(text, start + max(1, limit // 2), start + limit)
        pieces.append(text[start:end])
        start = end
    pieces.append(text[start:])
    return pieces


def _best_cut(text: str, low: int, high: int) -> int:
    """The position p in [low, high] before which to cut; `text[high]` exists."""
    at = high
    while (at := text.rfind(" ", low, at + 1)) > 0:
        if not text[at - 1].isspace() and not text[at + 1 : at + 2].isspace():
            return at
        at -= 1
    if (at := text.rfind("\n", low, high)) >= 0:
        return at + 1
    for at in range(high, low, -1):
        if text[at - 1] in _SENTENCE_ENDS or text[at - 1].isspace():
            return at
    for at in range(high, low, -1):
        if not unicodedata.category(text[at]).startswith("M"):
            return at
    return high


class EncoderPool:
    """A tokenizer in `workers` processes (0 and 1: in this one), which start with the first text.

    The processes end with the `with` statement, or when this process dies.

    Raises:
        UserError: The tokenizer has no end-of-sequence token.

    """

    def __init__(self, tokenizer: "PreTrainedTokenizerBase", workers: int) -> None:
        if tokenizer.eos_token_id is None:
            raise UserError(
                "the tokenizer has no end-of-sequence token, which ends each document",
                where=tokenizer.name_or_path or "tokenizer",
                fix="set eos_token in its tokenizer_config.json, or take another",
            )
        backend = getattr(tokenizer, "backend_tokenizer", None)
        payload = backend.to_str() if isinstance(backend, Tokenizer) else tokenizer
        self._encoder = _Encoder(payload, int(tokenizer.eos_token_id))
        self._here = self._encoder.open()
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> "EncoderPool":
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def encode(self, documents: list[str]) -> Encoded:
        """Encode one batch in this process."""
        return self._here(documents)

    def encode_all(self, batches: Iterable[list[str]]) -> Generator[Encoded, None, None]:
        """Each batch of documents encoded, in order; at most a few batches are read ahead.

        Raises `UserError` when a process died, for example for lack of memory.
        """
        if self._workers <= 1:
            yield from map(self._here, batches)
            return
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self._workers,
                mp_context=get_context("spawn"),
                initializer=_start,
                initargs=(self._encoder,),
            )
        pending: deque[Future[Encoded]] = deque()
        try:
            for batch in batches:
                pending.append(self._pool.submit(_work, batch))
                if len(pending) >= _AHEAD * self._workers:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        except BrokenProcessPool as error:
            raise UserError(
                "a tokenising process died (out of memory?)", fix="lower data.prepare.workers"
            ) from error
        finally:
            for future in pending:
                future.cancel()


_encode: Callable[[list[str]], Encoded]


def _start(encoder: _Encoder) -> None:
    global _encode  # noqa: PLW0603 (a worker's state between calls)
    begin_worker()
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    _encode = encoder.open()


def _work(documents: list[str]) -> Encoded:
    return _encode(documents)
