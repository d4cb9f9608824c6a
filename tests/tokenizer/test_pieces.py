import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tokenizer.sentences import SENTENCES
from tokenizer.pieces import Pieces, TooFewPiecesError, _canonical, rarest, train_pieces

TEXTS = [text for texts in SENTENCES.values() for text in texts] * 2
OCCURRENCES = Counter("".join(TEXTS))


def _as_the_trainer_would(
    kept: dict[str, float], put_back: list[str], noise: random.Random
) -> Pieces:
    """Pieces in random order, sums slightly off, characters put back in the order given."""
    noisy = [(piece, score + noise.uniform(-4e-11, 4e-11)) for piece, score in kept.items()]
    lowest = min(score for _, score in noisy)
    penalty = 0.0
    for character in put_back:
        noisy.append((character, lowest + penalty))
        penalty += 0.0001
    noise.shuffle(noisy)
    return noisy


@given(
    st.sets(st.characters(codec="utf-8"), min_size=1, max_size=40),
    st.integers(0, 40),
    st.integers(0, 2**32),
)
def test_the_order_in_which_characters_were_put_back_is_undone(
    characters: set[str], n_put_back: int, seed: int
) -> None:
    draw = random.Random(seed)
    names = sorted(characters)
    draw.shuffle(names)
    put_back, own = names[:n_put_back], names[n_put_back:]
    occurrences = {name: draw.randint(1, 3) for name in names}
    # Scores are drawn away from rounding bounds and steps, except two that tie with the lowest.
    kept = {name: draw.randint(-9000, -2000) / 1000 + 0.00003 for name in [*own, "ab", "abc"]}
    kept |= dict.fromkeys(["low", *own[:1]], -12.34563)
    first = _canonical(_as_the_trainer_would(kept, put_back, draw), occurrences)
    draw.shuffle(put_back)
    assert _canonical(_as_the_trainer_would(kept, put_back, draw), occurrences) == first
    assert first == sorted(first, key=lambda item: (-item[1], item[0]))
    scores = dict(first)
    assert set(scores) == {*kept, *put_back}
    assert {name: scores[name] for name in kept if name not in own[:1]} == {
        name: round(score, 4) for name, score in kept.items() if name not in own[:1]
    }
    by_count = sorted(put_back, key=lambda name: (-occurrences[name], name))
    assert [scores[name] for name in by_count] == sorted(
        (scores[name] for name in put_back), reverse=True
    )
    assert all(-12.3457 < scores[name] < -12.3415 for name in put_back)


@pytest.mark.parametrize("size", [len(OCCURRENCES), 240, 300])
def test_the_trainer_puts_characters_back_as_is_assumed(size: int) -> None:
    pieces = train_pieces(TEXTS, size, OCCURRENCES, progress=False)
    backwards = train_pieces(TEXTS[::-1], size, OCCURRENCES, progress=False)
    assert backwards == pieces


def test_pieces_stay_within_pretokens() -> None:
    texts = ["one two three one two three, one-two <three>"] * 50 + TEXTS
    occurrences = Counter("".join(texts))
    pieces = train_pieces(texts, len(occurrences) + 60, occurrences, progress=False)
    longer = [piece for piece, _ in pieces if len(piece) > 1]
    assert len(longer) == 60
    assert not any(" " in piece[1:] or "<" in piece for piece in longer)


def test_every_size_up_to_the_most_is_met() -> None:
    with pytest.raises(TooFewPiecesError) as error:
        train_pieces(TEXTS, 10_000, OCCURRENCES, progress=False)
    most = error.value.most
    assert most > len(OCCURRENCES) + 100
    for size in (*range(len(OCCURRENCES), most, 9), most):
        pieces = train_pieces(TEXTS, size, OCCURRENCES, progress=False)
        assert len(dict(pieces)) == len(pieces) == size
        assert set(OCCURRENCES) <= set(dict(pieces))
    with pytest.raises(TooFewPiecesError):
        train_pieces(TEXTS, most + 1, OCCURRENCES, progress=False)


@given(st.text("abcdeü猫", min_size=1), st.floats(0.01, 1))
def test_the_rarest_characters_are_no_more_than_the_rest(text: str, coverage: float) -> None:
    occurrences = Counter(text)
    left_out = rarest(occurrences, coverage)
    kept = set(occurrences) - left_out
    n_kept = sum(occurrences[character] for character in kept)
    assert n_kept >= coverage * len(text) - 1e-9
    last = min(kept, key=lambda character: (occurrences[character], -ord(character)))
    assert n_kept - occurrences[last] < coverage * len(text)
    assert all(occurrences[character] <= occurrences[last] for character in left_out)
