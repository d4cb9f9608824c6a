"""Which language a token of the vocabulary belongs to, told from held-out text alone.

A token belongs to a language when nearly all its occurrences are that language's, in as many tokens
of every language. Digits, punctuation and subwords that several languages use belong to none, nor
does a token that hardly occurs, or never, nor a special one.

Shapes: L languages, V vocabulary.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from transformers import PreTrainedTokenizerBase

from analysis.lape.reading import cut_after
from analysis.tokens import Ids, leading_documents

Counts = npt.NDArray[np.int64]


def count_tokens(
    tokenizer: PreTrainedTokenizerBase,
    documents: Mapping[str, Sequence[str]],
    *,
    tokens: int,
    vocabulary: int,
) -> Counts:
    """How often each token occurs in `tokens` tokens of each language, (L, V).

    They are fewer, the same number for every language, where one has less text. Raises `UserError`
    for a language without text.
    """
    read = [
        [ids for _, ids in leading_documents(tokenizer, language, texts, tokens)]
        for language, texts in documents.items()
    ]
    tokens = min(tokens, *(sum(map(len, own)) for own in read))
    return np.stack(
        [np.bincount(np.concatenate(cut_after(own, tokens)), minlength=vocabulary) for own in read]
    )


def attribute(counts_LV: Counts, special: Sequence[int], purity: float) -> Ids:
    """Language (its place) of each token, (V,), or L for the tokens that belong to none.

    One occurrence elsewhere is added to those of every token (`LensSettings.purity`).
    """
    own_V = counts_LV.max(axis=0) >= purity * (counts_LV.sum(axis=0) + 1)
    own_V[np.asarray(special, dtype=np.int64)] = False
    return np.where(own_V, counts_LV.argmax(axis=0), len(counts_LV)).astype(np.int64)
