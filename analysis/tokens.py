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

_PACKED = "documents_packed_as_ours"
"""Where a tokenizer keeps that it is one of such a training."""


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

    It is the one that the tokenizer itself puts in front of a text, of several the last: `</s>` for
    XGLM, OPT and our own, the beginning-of-sequence token for Llama, Mistral and Gemma. One that
    puts none there (GPT-2, BLOOM, Qwen) goes with packed text in which the end-of-sequence token
    ends a document, so that is what precedes the next; one without it gives its
    beginning-of-sequence token. Raises `UserError` when there is none of these.
    """
    prefix = [] if tokenizer.init_kwargs.get(_PACKED) else _put_in_front(tokenizer)
    for token in (*reversed(prefix), tokenizer.eos_token_id, tokenizer.bos_token_id):
        if isinstance(token, int):
            return token
    raise UserError(
        "the tokenizer has neither an end-of-sequence nor a beginning-of-sequence token",
        where=tokenizer.name_or_path or None,
        fix="set its eos_token",
    )


def packed_as_ours(tokenizer: PreTrainedTokenizerBase) -> PreTrainedTokenizerBase:
    """The tokenizer, noted as that of a training whose documents were packed as ours are.

    They end in the end-of-sequence token, and nothing stands in front of them, whatever the
    tokenizer would put there.
    """
    tokenizer.init_kwargs[_PACKED] = True
    return tokenizer


def _put_in_front(tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """What the tokenizer puts in front of a text when it adds special tokens."""
    with_them, alone = (
        list(tokenizer("a", add_special_tokens=added, verbose=False)["input_ids"])
        for added in (True, False)
    )
    # Special tokens may follow as well, and a tokenizer that has no "a" shows nothing.
    places = range(len(with_them) - len(alone) + 1) if alone else ()
    found = [place for place in places if with_them[place : place + len(alone)] == alone]
    return with_them[: found[0]] if found else []


def document_windows(document: Ids, start: int, tokens: int) -> Iterator[Ids]:
    """A document behind the token `start`, cut into windows of at most `tokens` of its tokens.

    A window starts with the token before its own: `start`, or the last one of the window before. So
    every token of the document is one window's own, and never without a token before it.
    """
    ids = np.concatenate([np.asarray([start], dtype=np.int64), document])
    for first in range(0, len(document), tokens):
        yield ids[first : first + tokens + 1]


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
