"""Repetition: golden shares, and what must hold of any text."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.steering.repetition import CHARACTERS, repeated_share


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("", 0),
        (" \n\t ", 0),
        ("aaaaaaa", 0),  # shorter than a piece
        ("aaaaaaaa", 0),  # a single piece
        ("aaaaaaaaa", Fraction(1, 2)),
        ("a" * 27, Fraction(19, 20)),
        ("abcdefghabcdefgh", Fraction(1, 9)),
        ("abcdefgh abcdefgh", Fraction(1, 10)),
        ("狗在院子里睡着狗在院子里睡着", 0),  # seven characters come back, a piece has eight
        ("小狗在院子里睡觉。小狗在院子里睡觉。", Fraction(2, 11)),
        ("the dog sleeps and the cat eats", 0),
    ],
)
def test_golden_shares(text: str, share: Fraction) -> None:
    assert repeated_share(text) == pytest.approx(float(share))


def test_a_loop_is_nearly_all_repeated_in_any_script() -> None:
    for phrase in ("the cat and ", "चाय पियो ", "كلب ", "小狗跑", "నాయి "):
        assert repeated_share(phrase * 60) > 0.9


@given(st.text())
def test_it_is_a_share_and_white_space_is_one_space(text: str) -> None:
    share = repeated_share(text)
    assert 0 <= share < 1
    assert repeated_share(" \n".join(text.split(" "))) == share
    assert repeated_share(f"  {text}\n") == share


@given(st.text(min_size=CHARACTERS, alphabet="abc"))
def test_said_twice_it_repeats_at_least_what_it_says(text: str) -> None:
    pieces = len(text) - CHARACTERS + 1
    assert repeated_share(text + text) >= pieces / (2 * len(text) - CHARACTERS + 1)
    assert repeated_share(text + text) >= repeated_share(text)


@given(st.lists(st.characters(codec="utf-8"), unique=True))
def test_characters_that_all_differ_repeat_nothing(letters: list[str]) -> None:
    text = "".join(letter for letter in letters if not letter.isspace())
    assert repeated_share(text) == 0
