import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoTokenizer

from analysis.errors import UserError
from train.data.encode import EncoderPool, cut


@given(
    st.text(st.sampled_from("ab \n\u3000。ெ்க"), max_size=200) | st.text(max_size=200),
    st.integers(2, 50),
)
def test_pieces_joined_are_the_text(text: str, limit: int) -> None:
    pieces = cut(text, limit)
    assert "".join(pieces) == text
    assert all(len(piece) <= limit for piece in pieces)
    assert all(pieces) or text == ""


def test_cuts_are_made_at_the_best_place() -> None:
    assert cut("one two three four", 10) == ["one two", " three", " four"]
    assert cut("one\ntwothree  four", 7) == ["one\n", "twothre", "e  four"]
    assert cut("你好世界。再见世界再见世界", 8) == ["你好世界。", "再见世界再见世界"]
    assert cut("a  b  c  d  e", 6) == ["a  b  ", "c  d  e"[:6], "e"]


def test_no_cut_before_a_combining_mark() -> None:
    text = "क्षेत्रीयकार्यक्रमोंकेलिए" * 40
    for piece in cut(text, 17)[1:]:
        assert not unicodedata.category(piece[0]).startswith("M")


def test_cutting_leaves_the_tokens_of_words_alone(bytes_tokenizer: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(bytes_tokenizer)
    text = "some words, and more words " * 2000
    with EncoderPool(tokenizer, 0) as pool:
        encoded = pool.encode([text])
    whole = tokenizer(text, add_special_tokens=False)["input_ids"]
    assert encoded.ids.tolist() == [*whole, tokenizer.eos_token_id]


@pytest.mark.parametrize("workers", [0, 2])
def test_special_tokens_in_text_are_text(bytes_tokenizer: Path, workers: int) -> None:
    tokenizer = AutoTokenizer.from_pretrained(bytes_tokenizer)
    documents = ["</s><pad> <s>", "", "plain</s>"]
    with EncoderPool(tokenizer, workers) as pool:
        (encoded,) = pool.encode_all([documents])
    special = set(tokenizer.all_special_ids)
    ends = [i for i, token in enumerate(encoded.ids) if int(token) in special]
    assert [int(encoded.ids[i]) for i in ends] == [tokenizer.eos_token_id] * 3
    assert encoded.lengths.tolist() == [14, 1, 10]
    at = 0
    for document, length in zip(documents, encoded.lengths, strict=True):
        assert tokenizer.decode(encoded.ids[at : at + length - 1]) == document
        at += length


def test_a_tokenizer_without_a_fast_backend() -> None:
    from transformers import ByT5Tokenizer

    tokenizer = ByT5Tokenizer()
    documents = ["one </s> two", "žluťoučký"]
    for workers in (0, 2):
        with EncoderPool(tokenizer, workers) as pool:
            (encoded,) = pool.encode_all([documents])
        expected = [
            [byte + 3 for byte in text.encode()] + [tokenizer.eos_token_id] for text in documents
        ]
        assert encoded.ids.tolist() == expected[0] + expected[1]


def test_a_tokenizer_without_eos(bytes_tokenizer: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(bytes_tokenizer)
    tokenizer.eos_token = None
    with pytest.raises(UserError, match="no end-of-sequence token"):
        EncoderPool(tokenizer, 0)


def test_a_dead_worker_is_told_in_one_line(bytes_tokenizer: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(bytes_tokenizer)
    with EncoderPool(tokenizer, 2) as pool:
        batches = pool.encode_all([["a"]] * 200)
        next(batches)
        assert pool._pool is not None
        for process in list(pool._pool._processes.values()):
            os.kill(process.pid or 0, 9)
        with pytest.raises(UserError, match="a tokenising process died"):
            list(batches)
