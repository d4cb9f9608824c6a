"""The text that neurons are watched on: as many tokens of every language, cut into windows.

1. Each language's documents are read in their order up to the same number of tokens, the last one
   cut.
2. A document is preceded by the token that precedes it in training; where it is longer than a
   window, the next window starts with the last token of the one before. So every token of the text
   is watched once, and never without one before it.

Shapes: D documents.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from analysis.tokens import (
    Ids,
    document_start,
    document_windows,
    fitting_context,
    leading_documents,
)


class Reading(NamedTuple):
    """Windows and the documents that they are cut from."""

    windows: list[Ids]
    document_of: Ids
    """Document of each window."""
    tokens_D: npt.NDArray[np.float64]
    language_D: Ids
    """Place of each document's language in the mapping of held-out documents."""


def read_alike(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    heldout: Mapping[str, Sequence[str]],
    *,
    tokens: int,
    context: int,
) -> Reading:
    """`tokens` tokens of every language, or as many as the language with the least text has.

    A window holds `context` tokens, the one before its text included, or fewer where the model has
    fewer positions. Raises `UserError` for a language without text.
    """
    read = [
        [ids for _, ids in leading_documents(tokenizer, language, texts, tokens)]
        for language, texts in heldout.items()
    ]
    tokens = min(tokens, *(sum(map(len, documents)) for documents in read))
    cut = [cut_after(documents, tokens) for documents in read]
    documents = [ids for own in cut for ids in own]
    start = document_start(tokenizer)
    own = fitting_context(model, context) - 1
    windows: list[Ids] = []
    document_of: list[int] = []
    for number, document in enumerate(documents):
        for window in document_windows(document, start, own):
            windows.append(window)
            document_of.append(number)
    return Reading(
        windows,
        np.asarray(document_of, dtype=np.int64),
        np.asarray([len(ids) for ids in documents], dtype=np.float64),
        np.repeat(np.arange(len(cut)), [len(own) for own in cut]),
    )


def cut_after(documents: Sequence[Ids], tokens: int) -> list[Ids]:
    """The first `tokens` tokens of the documents."""
    before = np.cumsum([0, *map(len, documents)])
    return [
        ids[: tokens - start]
        for ids, start in zip(documents, before.tolist(), strict=False)
        if start < tokens
    ]
