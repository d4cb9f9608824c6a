"""Which tokens are drawn: counts, split by document, independence of languages, bad input."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import UserError
from analysis.probing.sampling import TokenSample, sample_tokens
from analysis.probing.settings import ProbingSettings
from tests.analysis.tiny import byte_tokenizer, word_tokenizer

# Document i is the word wi over and over: a token's id tells its document.
WORDS = [f"w{number}" for number in range(40)]
TOKENIZER = word_tokenizer(WORDS)
FIRST = 4  # id of w0


def _document(number: int, length: int) -> str:
    return " ".join([WORDS[number]] * length)


def _same(one: TokenSample, other: TokenSample) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("window_N", "position_N", "token_N", "language_N", "document_N", "test_N")
    ) and all(np.array_equal(a, b) for a, b in zip(one.windows, other.windows, strict=True))


@settings(max_examples=60, deadline=None)
@given(
    lengths=st.lists(st.integers(0, 60), min_size=2, max_size=20),
    repeats=st.integers(1, 3),
    size=st.integers(4, 60),
    share=st.sampled_from([0.2, 0.5, 0.7]),
    per_window=st.integers(1, 9),
    context=st.integers(2, 30),
    seed=st.integers(0, 3),
)
def test_parts_share_no_document_and_have_their_sizes(
    lengths: list[int],
    repeats: int,
    size: int,
    share: float,
    per_window: int,
    context: int,
    seed: int,
) -> None:
    chosen = ProbingSettings(
        tokens_per_language=size, test_share=share, tokens_per_window=per_window, context=context
    )
    one = [_document(number, length) for number, length in enumerate(lengths)] * repeats
    heldout = {"xx": one, "yy": [_document(30, 200), _document(31, 200)]}
    try:
        sample = sample_tokens(heldout, TOKENIZER, chosen, seed, context=context)
    except UserError:
        # Rightly refused only where some split can leave a part short. A window's first token is
        # not drawn: of the first window that is the separator, of each later one a token less.
        whole = [
            length - ((length + 1 + context - 1) // context - 1) for length in lengths if length
        ]
        tests = min(max(1, round(share * len(whole))), len(whole) - 1)
        shortest = sorted(whole)
        assert (
            len(whole) < 2
            or sum(shortest[:tests]) < chosen.test_tokens
            or sum(shortest[: len(whole) - tests]) < size - chosen.test_tokens
        )
        return
    for label in (0, 1):
        own = sample.language_N == label
        assert (own & sample.test_N).sum() == chosen.test_tokens
        assert (own & ~sample.test_N).sum() == size - chosen.test_tokens
    assert not set(sample.token_N[sample.test_N]) & set(sample.token_N[~sample.test_N])
    # One document number per document, and the other way round.
    pairs = set(zip(sample.document_N.tolist(), sample.token_N.tolist(), strict=True))
    assert len(pairs) == len(set(sample.document_N)) == len(set(sample.token_N))
    assert sample.token_N.min() >= FIRST
    assert max(len(window) for window in sample.windows) <= context
    assert sample.position_N.min() >= 1  # the first of a window has no context
    places = set(zip(sample.window_N.tolist(), sample.position_N.tolist(), strict=True))
    assert len(places) == 2 * size
    for window, position, token in zip(
        sample.window_N, sample.position_N, sample.token_N, strict=True
    ):
        assert sample.windows[window][position] == token


def test_a_window_gives_few_tokens_while_there_are_others() -> None:
    chosen = ProbingSettings(tokens_per_language=80, test_share=0.5, tokens_per_window=4)
    heldout = {"xx": [_document(number, 500) for number in range(20)]}
    sample = sample_tokens(heldout, TOKENIZER, chosen, 0, context=64)
    assert (np.bincount(sample.window_N) == 4).all()
    # 40 tokens a part, 4 a window, 10 documents a part: one window of each document.
    assert len(sample.windows) == 20
    assert len(set(sample.document_N)) == 20


def test_a_first_window_of_every_document_before_a_second_of_any() -> None:
    chosen = ProbingSettings(tokens_per_language=120, test_share=0.5, tokens_per_window=4)
    heldout = {"xx": [_document(number, 500) for number in range(20)]}
    sample = sample_tokens(heldout, TOKENIZER, chosen, 0, context=64)
    windows_of = np.bincount(
        sample.document_N[np.unique(sample.window_N, return_index=True)[1]], minlength=20
    )
    assert sorted(set(windows_of)) == [1, 2]
    assert windows_of.sum() == 30


def test_short_text_gives_more_of_each_window_evenly() -> None:
    chosen = ProbingSettings(tokens_per_language=40, test_share=0.5, tokens_per_window=1)
    heldout = {"xx": [_document(number, 10) for number in range(8)]}
    sample = sample_tokens(heldout, TOKENIZER, chosen, 0, context=64)
    assert set(np.bincount(sample.window_N)) == {5}


def test_positions_and_windows_are_spread_over_the_document() -> None:
    chosen = ProbingSettings(tokens_per_language=400, test_share=0.5, tokens_per_window=4)
    tokenizer = byte_tokenizer()
    # The letter tells the window of 50 inputs that it stands in.
    text = "".join(chr(ord("a") + place // 50) for place in range(498))
    heldout = {"xx": [text + "?", text + "!"]}
    sample = sample_tokens(heldout, tokenizer, chosen, 0, context=50)
    assert len(sample.windows) == 20  # every window of both documents
    assert len(set(sample.position_N)) > 40


def test_windows_start_after_the_separator_and_special_tokens_are_never_drawn() -> None:
    tokenizer = byte_tokenizer()
    text = "a</s>b<pad>c"
    chosen = ProbingSettings(tokens_per_language=24, test_share=0.5)
    sample = sample_tokens({"xx": [text, text + "d"]}, tokenizer, chosen, 0, context=64)
    special = set(tokenizer.all_special_ids)
    assert not special & set(sample.token_N.tolist())
    for window in sample.windows:
        assert window[0] == tokenizer.eos_token_id
        assert not special & set(window[1:].tolist())
        assert str(tokenizer.decode(window[1:])).startswith(text)


def test_unknown_tokens_are_not_drawn() -> None:
    mixed = [f"{_document(number, 5)} strange {_document(number, 5)}" for number in range(2)]
    chosen = ProbingSettings(tokens_per_language=20, test_share=0.5)
    sample = sample_tokens({"xx": mixed}, TOKENIZER, chosen, 0, context=64)
    assert TOKENIZER.unk_token_id in sample.windows[0]
    assert TOKENIZER.unk_token_id not in sample.token_N


def test_same_seed_same_tokens_other_seed_others() -> None:
    chosen = ProbingSettings(tokens_per_language=40)
    heldout = {"xx": [_document(number, 100) for number in range(20)]}
    draw: Any = lambda seed: sample_tokens(heldout, TOKENIZER, chosen, seed, context=32)  # noqa: E731
    assert _same(draw(0), draw(0))
    assert not _same(draw(0), draw(1))
    assert set(draw(0).document_N[draw(0).test_N]) != set(draw(1).document_N[draw(1).test_N])


def test_a_language_does_not_depend_on_the_others() -> None:
    chosen = ProbingSettings(tokens_per_language=40)
    one = {"xx": [_document(number, 100) for number in range(20)]}
    two = {"yy": [_document(number, 90) for number in range(20, 40)]} | one
    alone = sample_tokens(one, TOKENIZER, chosen, 0, context=32)
    beside = sample_tokens(two, TOKENIZER, chosen, 0, context=32)
    own = beside.language_N == 1
    assert np.array_equal(alone.token_N, beside.token_N[own])
    assert np.array_equal(alone.position_N, beside.position_N[own])
    assert np.array_equal(alone.test_N, beside.test_N[own])


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([], "language 'xx' has 0 distinct documents, probing needs 2"),
        ([_document(0, 50)] * 3, "language 'xx' has 1 distinct documents, probing needs 2"),
        ([_document(0, 50), "  \n"], "language 'xx' has 1 distinct documents, probing needs 2"),
        (
            [_document(0, 3), _document(1, 3)],
            "language 'xx' has 3 tokens in its 1 train documents, probing needs 20",
        ),
    ],
)
def test_too_little_text_is_told_with_numbers(texts: list[str], message: str) -> None:
    chosen = ProbingSettings(tokens_per_language=40, test_share=0.5)
    with pytest.raises(UserError, match=message):
        sample_tokens({"xx": texts}, TOKENIZER, chosen, 0, context=32)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tokens_per_language", 1),
        ("tokens_per_language", 3),  # a quarter of it rounds to one, of 1 to none
        ("test_share", 0.0),
        ("test_share", 1.0),
        ("seeds", 0),
        ("context", 1),
        ("tokens_per_window", 0),
        ("l2", 0.0),
        ("l2", float("nan")),
        ("max_iterations", 0),
        ("batch_tokens", 0),
    ],
)
def test_wrong_settings_are_named(field: str, value: float) -> None:
    fields: dict[str, Any] = {field: value}
    if (field, value) == ("tokens_per_language", 3):
        fields["test_share"] = 0.1
    with pytest.raises(UserError, match=f"probing: {field} is {value}"):
        ProbingSettings(**fields)
