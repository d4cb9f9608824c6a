"""What precedes a document, asked of tokenizers of every kind."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tokenizers import processors
from transformers import (
    ByT5Tokenizer,
    GemmaTokenizer,
    GPT2Tokenizer,
    LlamaTokenizer,
    PreTrainedTokenizerBase,
    Qwen2Tokenizer,
    T5Tokenizer,
    XGLMTokenizer,
)

from analysis.errors import UserError
from analysis.tokens import document_start, document_windows, packed_as_ours
from tests.analysis.tiny import byte_tokenizer, word_tokenizer
from tokenizer.train import build_tokenizer

END = "<|endoftext|>"
SPECIALS = {"<unk>": 0, "<s>": 1, "</s>": 2}


def llama(**settings: Any) -> PreTrainedTokenizerBase:
    return LlamaTokenizer(vocab={**SPECIALS, "▁": 3, "a": 4}, merges=[], **settings)


def behind(template: str) -> PreTrainedTokenizerBase:
    """Words with special tokens as the template has them."""
    tokenizer = word_tokenizer(["one", "a"])
    names = [(name, tokenizer.convert_tokens_to_ids(name)) for name in ("<s>", "</s>", "<pad>")]
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single=template, special_tokens=names
    )
    return tokenizer


KINDS: dict[str, tuple[Callable[[], PreTrainedTokenizerBase], str]] = {
    "ours": (lambda: build_tokenizer([("a", -1.0)]), "</s>"),
    "XGLM": (XGLMTokenizer, "</s>"),
    "GPT-2": (lambda: GPT2Tokenizer(vocab={END: 0, "a": 1}, merges=[]), END),
    "OPT": (
        lambda: GPT2Tokenizer(
            vocab={"</s>": 0, "<s>": 1, "a": 2}, merges=[], bos_token="</s>", eos_token="</s>",
            unk_token="</s>", add_bos_token=True,
        ),
        "</s>",
    ),
    "BLOOM": (byte_tokenizer, "</s>"),  # nothing in front, and a <s> of its own
    "Qwen": (lambda: Qwen2Tokenizer(vocab={END: 0, "a": 1}, merges=[]), END),
    "Llama": (lambda: llama(add_bos_token=True), "<s>"),
    "Llama, both ends": (lambda: llama(add_bos_token=True, add_eos_token=True), "<s>"),
    "Llama, only behind": (lambda: llama(add_bos_token=False, add_eos_token=True), "</s>"),
    "Gemma": (
        lambda: GemmaTokenizer(
            vocab={"<pad>": 0, "<eos>": 1, "<bos>": 2, "<unk>": 3, "<mask>": 4, "a": 5}, merges=[],
            add_bos_token=True,
        ),
        "<bos>",
    ),
    "two in front": (lambda: behind("<pad> <s> $A </s>"), "<s>"),
    "T5, behind": (
        lambda: T5Tokenizer(vocab=[("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁a", -1.0)]),
        "</s>",
    ),
    "in Python": (ByT5Tokenizer, "</s>"),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_document_stands_behind_what_the_tokenizer_puts_there_or_else_end_of_text(
    kind: str,
) -> None:
    make, expected = KINDS[kind]
    tokenizer = make()
    assert tokenizer.convert_ids_to_tokens(document_start(tokenizer)) == expected


def test_texts_of_a_training_of_ours_stand_behind_end_of_text() -> None:
    tokenizer = packed_as_ours(llama(add_bos_token=True))
    assert document_start(tokenizer) == tokenizer.eos_token_id == 2
    assert tokenizer("a")["input_ids"][0] == 1  # what it does with a text is not changed


def test_without_end_of_text_the_beginning_serves_and_without_either_one_line() -> None:
    tokenizer = byte_tokenizer()
    tokenizer.eos_token = None
    assert document_start(tokenizer) == tokenizer.bos_token_id
    tokenizer.bos_token = None
    with pytest.raises(UserError, match="neither an end-of-sequence nor a beginning"):
        document_start(tokenizer)


@pytest.mark.parametrize(("length", "tokens"), [(0, 3), (1, 3), (3, 3), (7, 3), (9, 3), (5, 1)])
def test_windows_have_every_token_once_behind_the_one_before(length: int, tokens: int) -> None:
    document = np.arange(10, 10 + length)
    windows = list(document_windows(document, 2, tokens))
    own = [window[1:].tolist() for window in windows]
    assert [token for window in own for token in window] == document.tolist()
    assert all(1 <= len(window) <= tokens for window in own)
    assert len(own) == -(-length // tokens)
    whole = [2, *document.tolist()]
    for window in windows:
        place = whole.index(window[0])
        assert whole[place : place + len(window)] == window.tolist()
