"""Tokens for the probes: drawn at random from held-out documents that are split beforehand.

Within each language, for each probe seed:
1. Documents with the same text count once, so that no text stands on both sides; blank ones do not
   count.
2. A random share of them becomes the test part, the others the train part.
3. A document, preceded by the token that precedes it in training, is cut from its start into
   windows of at most `context` tokens. Its windows are taken in a random order: a first window of
   every document before a second of any, and documents only as far as they are needed. They share
   no token, unlike those of `analysis.tokens.document_windows`, for a sample need not reach them
   all.
4. Of each window `tokens_per_window` positions are drawn without replacement, never a special
   token nor a window's first token, which has no context and at which models put states unlike all
   others; more, the same number of each window, only where all the text would not suffice.

Every language and part has a random stream of its own, so a language's tokens do not depend on
which other languages are probed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from transformers import PreTrainedTokenizerBase

from analysis.errors import UserError
from analysis.probing.settings import ProbingSettings
from analysis.seeds import stream
from analysis.tokens import Ids, document_start, encode_documents

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class TokenSample:
    """The tokens of one probe seed, N of them, ordered by language, train part, test part."""

    windows: list[Ids]
    """Ids of each window that a token was drawn from."""
    window_N: Ids
    """Window of each token: place in `windows`."""
    position_N: Ids
    """Place of each token in its window."""
    token_N: Ids
    """Vocabulary id of each token."""
    language_N: Ids
    """Label: place of the language in the mapping of held-out documents."""
    document_N: Ids
    """Number of the document, over all languages."""
    test_N: Bools
    """Whether the token is in the test part."""


class Drawn(NamedTuple):
    """A window and the places drawn from it."""

    document: int
    ids: Ids
    places: Ids


def sample_tokens(
    heldout: Mapping[str, Sequence[str]],
    tokenizer: PreTrainedTokenizerBase,
    settings: ProbingSettings,
    probe_seed: int,
    *,
    context: int,
) -> TokenSample:
    """Draw `settings.tokens_per_language` tokens of each language from windows of `context` tokens.

    Raises `UserError` for a language with fewer than two distinct documents, or whose documents
    hold too few tokens in one part.
    """
    windows: list[Ids] = []
    columns: list[Ids] = []
    for label, (language, texts) in enumerate(heldout.items()):
        documents = [text for text in dict.fromkeys(texts) if text.strip()]
        parts = _split(language, len(documents), settings, probe_seed)
        sizes = (settings.tokens_per_language - settings.test_tokens, settings.test_tokens)
        for test, (part, size) in enumerate(zip(parts, sizes, strict=True)):
            rng = stream(settings.seed, "probing.tokens", probe_seed, language, test)
            chosen = [(number, documents[number]) for number in part.tolist()]
            drawn, found = draw_tokens(
                chosen, size, tokenizer, rng, share=settings.tokens_per_window, context=context
            )
            if found < size:
                raise UserError(
                    f"language '{language}' has {found} tokens in its {len(part)} "
                    f"{'test' if test else 'train'} documents, probing needs {size}",
                    where="held-out text",
                    fix="hold out more text or lower probing.tokens_per_language",
                )
            for window in drawn:
                columns.append(
                    np.stack(
                        np.broadcast_arrays(
                            len(windows),
                            window.places,
                            window.ids[window.places],
                            label,
                            window.document,
                            test,
                        )
                    )
                )
                windows.append(window.ids)
    window_N, position_N, token_N, language_N, document_N, test_N = np.concatenate(columns, axis=1)
    # Documents were numbered within their language; a pair becomes one number.
    pair_N = language_N * (document_N.max() + 1) + document_N
    document_N = np.unique(pair_N, return_inverse=True)[1].astype(np.int64)
    return TokenSample(
        windows, window_N, position_N, token_N, language_N, document_N, test_N.astype(np.bool_)
    )


def _split(
    language: str, documents: int, settings: ProbingSettings, probe_seed: int
) -> tuple[Ids, Ids]:
    """Numbers of the train and the test documents, each in random order, at least one of each."""
    if documents < 2:
        raise UserError(
            f"language '{language}' has {documents} distinct documents, probing needs 2",
            where="held-out text",
            fix="hold out more documents or leave the language out",
        )
    order = stream(settings.seed, "probing.split", probe_seed, language).permutation(documents)
    test = min(max(1, round(settings.test_share * documents)), documents - 1)
    return order[test:].astype(np.int64), order[:test].astype(np.int64)


def draw_tokens(
    documents: Sequence[tuple[int, str]],
    size: int,
    tokenizer: PreTrainedTokenizerBase,
    rng: np.random.Generator,
    *,
    share: int,
    context: int,
) -> tuple[list[Drawn], int]:
    """Windows of documents (number, text), with `size` places drawn from them in all.

    At most `share` of one window, unless all windows together would not suffice. Also says how many
    there were to draw; where they are fewer than `size`, no window is given.
    """
    special = np.asarray(tokenizer.all_special_ids, dtype=np.int64)
    at_once = -(-size // share)
    taken: list[Drawn] = []
    found = 0
    for document, ids in _windows(documents, tokenizer, rng, context=context, at_once=at_once):
        # In random order: the first so many of them are a draw without replacement.
        places = rng.permutation(1 + np.flatnonzero(~np.isin(ids[1:], special)))
        if len(places):
            taken.append(Drawn(document, ids, places))
            found += min(share, len(places))
        if found >= size:
            break
    if found < size:
        available = np.asarray([len(window.places) for window in taken], dtype=np.int64)
        if available.sum() < size:
            return [], int(available.sum())
        while np.minimum(available, share).sum() < size:
            share += 1
    drawn: list[Drawn] = []
    left = size
    for window in taken:
        places = np.sort(window.places[: min(share, left)]).astype(np.int64)
        left -= len(places)
        if len(places):
            drawn.append(Drawn(window.document, window.ids, places))
    assert left == 0, left
    return drawn, size


def _windows(
    documents: Sequence[tuple[int, str]],
    tokenizer: PreTrainedTokenizerBase,
    rng: np.random.Generator,
    *,
    context: int,
    at_once: int,
) -> Iterator[tuple[int, Ids]]:
    """Document number and ids of every window: a first of each document, then a second, ..."""
    start = np.asarray([document_start(tokenizer)], dtype=np.int64)
    later: list[tuple[int, list[Ids]]] = []
    for first in range(0, len(documents), at_once):
        chunk = documents[first : first + at_once]
        rows = encode_documents(tokenizer, [text for _, text in chunk])
        for (number, _), row in zip(chunk, rows, strict=True):
            ids = np.concatenate([start, row])
            order = rng.permutation(-(-len(ids) // context))
            cut = [ids[place * context : (place + 1) * context] for place in order.tolist()]
            yield number, cut[0]
            later.append((number, cut[1:]))
    while later:
        later = [(number, cut) for number, cut in later if cut]
        for number, cut in later:
            yield number, cut.pop(0)
