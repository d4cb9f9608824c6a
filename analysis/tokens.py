"""Documents as a language model reads them: token ids, what precedes them, right-padded batches."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from analysis.errors import UserError

Ids = npt.NDArray[np.int64]

_ENCODED_AT_ONCE = 64


def encode_documents(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str]) -> list[Ids]:
    """Token ids of each text, none added, and a special token's spelling read as mere text."""
    if not texts:
        return []
    rows = tokenizer(
        list(texts),
        add_special_tokens=False,
        split_special_tokens=True,
        return_attention_mask=False,
        return_token_type_ids=False,
        verbose=False,  # a document longer than the model's context is cut later, not a mistake
    )["input_ids"]
    return [np.asarray(row, dtype=np.int64) for row in rows]


def leading_documents(
    tokenizer: PreTrainedTokenizerBase, language: str, texts: Sequence[str], tokens: int
) -> list[tuple[str, Ids]]:
    """The first documents with `tokens` tokens in all, or as many as there are; empty ones not.

    Raises `UserError` when there is no token.
    """
    found: list[tuple[str, Ids]] = []
    held = 0
    for first in range(0, len(texts), _ENCODED_AT_ONCE):
        chunk = texts[first : first + _ENCODED_AT_ONCE]
        for text, ids in zip(chunk, encode_documents(tokenizer, chunk), strict=True):
            if len(ids) and held < tokens:
                found.append((text, ids))
                held += len(ids)
        if held >= tokens:
            break
    if not found:
        raise UserError(
            f"language '{language}' has no held-out token",
            where="held-out text",
            fix="hold out more text or leave the language out",
        )
    return found


def document_start(tokenizer: PreTrainedTokenizerBase) -> int:
    """Id of the token that stands before a document.

    Packed training text ends each document with the end-of-sequence token, so that is what
    precedes the next one; a tokenizer without it gives its beginning-of-sequence token. Raises
    `UserError` when it has neither.
    """
    for token in (tokenizer.eos_token_id, tokenizer.bos_token_id):
        if isinstance(token, int):
            return token
    raise UserError(
        "the tokenizer has neither an end-of-sequence nor a beginning-of-sequence token",
        where=tokenizer.name_or_path or None,
        fix="set its eos_token",
    )


def fitting_context(model: PreTrainedModel, context: int) -> int:
    """`context`, or the number of positions that the model has where that is smaller."""
    positions = getattr(model.config, "max_position_embeddings", None)
    return min(context, positions) if isinstance(positions, int) and positions > 0 else context


def check_vocabulary(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
    """Raise `UserError` when the tokenizer has tokens for which the model has no embedding."""
    table = model.get_input_embeddings()
    assert isinstance(table, nn.Embedding), type(table)
    rows = table.num_embeddings
    if len(tokenizer) > rows:
        raise UserError(
            f"the tokenizer has {len(tokenizer)} tokens, the model has embeddings for {rows}",
            where=model.name_or_path or None,
            fix="use the tokenizer that the model was trained with",
        )


class Batch(NamedTuple):
    """Windows side by side, B of them, padded on the right to the longest, T tokens."""

    windows: Ids
    """(B,): their places in the list that was given."""
    ids_BT: torch.Tensor
    """int64; padding is zero."""
    mask_BT: torch.Tensor
    """int64: 1 on tokens, 0 on padding."""


def padded_batches(windows: Sequence[Ids], batch_tokens: int) -> Iterator[Batch]:
    """Every window once, longest first, in batches of at most `batch_tokens` with padding.

    A window longer than that is a batch of its own. Longest first, so that a memory that does not
    suffice shows at once; the order depends on lengths alone, which keeps results reproducible.
    """
    order = sorted(range(len(windows)), key=lambda index: -len(windows[index]))
    start = 0
    while start < len(order):
        length = len(windows[order[start]])
        stop = min(start + max(1, batch_tokens // max(1, length)), len(order))
        ids_BT = torch.zeros(stop - start, length, dtype=torch.int64)
        mask_BT = torch.zeros_like(ids_BT)
        for row, index in enumerate(order[start:stop]):
            ids_BT[row, : len(windows[index])] = torch.from_numpy(windows[index])
            mask_BT[row, : len(windows[index])] = 1
        yield Batch(np.asarray(order[start:stop], dtype=np.int64), ids_BT, mask_BT)
        start = stop
