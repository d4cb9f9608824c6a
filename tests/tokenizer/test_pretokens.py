import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.tokenizer.sentences import SENTENCES
from tokenizer.pretokens import pre_tokenizer

LONGEST = 1 + 24 + 1 + 12
PRE_TOKENIZER = pre_tokenizer()


def pretokens(text: str) -> list[str]:
    return [piece for piece, _ in PRE_TOKENIZER.pre_tokenize_str(text)]


@given(st.text())
@example("".join(text for texts in SENTENCES.values() for text in texts))
@example("我们" * 40 + "a" * 60 + " " * 40 + "x\r\n\r\n  y 12345 ." + "!" * 40)
def test_nothing_is_lost_and_no_pretoken_is_long(text: str) -> None:
    pieces = pretokens(text)
    assert "".join(pieces) == text
    assert all(len(piece) <= LONGEST for piece in pieces)
    assert all(piece == "<" for piece in pieces if "<" in piece)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, big  world", ["Hello", ",", " big", " ", " world"]),
        ("wasn't 2026", ["wasn't", " 202", "6"]),
        ("क्षत्रिय மேசையின்", ["क्षत्रिय", " மேசையின்"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("猫睡觉，我", ["猫睡觉", "，", "我"]),
        ("a\n\n  b", ["a", "\n\n ", " b"]),
        ("a <s>", ["a", " ", "<", "s", ">"]),
    ],
)
def test_pretokens_of_plain_cases(text: str, expected: list[str]) -> None:
    assert pretokens(text) == expected
