"""Choosing the pieces of a Unigram vocabulary, the same each time.

The pieces are those of `tokenizers.trainers.UnigramTrainer`, which follows SentencePiece (Kudo
2018, "Subword Regularization", section 3.2). Its result differs from run to run in three ways, all
from the random order of its hash maps, and `_canonical` takes these out:

1. characters that were pruned are put back in that order, the k-th (from 0) with the lowest score
   of all plus k * 0.0001;
2. sums in that order make other scores differ by up to 4e-11;
3. pieces with equal scores come in that order.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping

from tokenizers import Tokenizer, models, trainers

from tokenizer.pretokens import pre_tokenizer

_STEP = 1e-4
"""Between the scores of the characters put back (`UnigramTrainer`, a constant of its source)."""

_DECIMALS = 4
"""Of a score. With six, one of 250,000 would at times fall on both sides of a rounding bound."""

_SEEDS = 1_000_000
"""Pieces from which the trainer starts at most: a vocabulary of this size prunes nothing."""

Pieces = list[tuple[str, float]]


class TooFewPiecesError(ValueError):
    """The texts have not as many pieces as were asked for; `most` is how many they have."""

    def __init__(self, most: int) -> None:
        self.most = most
        super().__init__(f"the texts have {most} pieces")


def rarest(occurrences: Counter[str], coverage: float) -> set[str]:
    """The characters that are left out when a share `coverage` of all occurrences is enough.

    Those kept are the commonest that together make up the share, equal counts in the order of
    their code points.
    """
    wanted = coverage * occurrences.total()
    left_out = set()
    covered = 0
    for character, count in sorted(occurrences.items(), key=lambda item: (-item[1], item[0])):
        if covered >= wanted:
            left_out.add(character)
        covered += count
    return left_out


def train_pieces(
    texts: Iterable[str], size: int, occurrences: Mapping[str, int], *, progress: bool = True
) -> Pieces:
    """The `size` best pieces of `texts` with their log-probabilities, best first.

    All characters of the texts are among them; `occurrences` says how often each occurs, and
    `size` is no less than their number. Equal texts in any order give equal pieces, whatever the
    number of threads. `texts` are read a second time if the first does not give enough pieces.

    Raises `TooFewPiecesError` when the texts have fewer.
    """
    assert 0 < len(occurrences) <= size, "no room for the characters"
    pieces = _train(texts, size, progress=progress)
    if len(pieces) < size:
        # On little text the last rounds drop more than they should. Unpruned there is more.
        pieces = _train(texts, _SEEDS, progress=progress)
    if len(pieces) < size:
        raise TooFewPiecesError(len(pieces))
    ordered = _canonical(pieces, occurrences)
    surplus = len(ordered) - size
    longer = [piece for piece, _ in ordered if len(piece) > 1]
    dropped = set(longer[len(longer) - surplus :])
    return [(piece, score) for piece, score in ordered if piece not in dropped]


def _train(texts: Iterable[str], size: int, *, progress: bool) -> Pieces:
    """What the library's trainer gives: about `size` pieces, fewer where the texts have fewer."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizer()
    tokenizer.train_from_iterator(
        texts, trainers.UnigramTrainer(vocab_size=size, special_tokens=[], show_progress=progress)
    )
    # A model does not show its scores except in its file.
    return [(piece, score) for piece, score in json.loads(tokenizer.to_str())["model"]["vocab"]]


def _canonical(pieces: Pieces, occurrences: Mapping[str, int]) -> Pieces:
    """The same pieces, the scores of the characters put back handed out in a fixed order.

    These are recognised by their scores: the steps 0, 1, 2, ... above the lowest score, without a
    gap. The commonest gets the highest, equal counts go by code point. A character that is on
    such a step of its own accord just takes part.
    """
    lowest = min(score for _, score in pieces)
    on_step: dict[int, list[str]] = {}
    for piece, score in pieces:
        step = (score - lowest) / _STEP
        if len(piece) == 1 and abs(step - round(step)) < 1e-3:
            on_step.setdefault(round(step), []).append(piece)
    scores = dict(pieces)
    put_back: list[str] = []
    step = 0
    while step in on_step:
        put_back += on_step[step]
        step += 1
    free = sorted((scores[character] for character in put_back), reverse=True)
    put_back.sort(key=lambda character: (-occurrences[character], character))
    scores.update(zip(put_back, free, strict=True))
    rounded = [(piece, round(score, _DECIMALS)) for piece, score in scores.items()]
    return sorted(rounded, key=lambda item: (-item[1], item[0]))
