"""Which language and which block sample i of a run holds: a pure function of (seed, i).

Shape letters: L languages, R samples of a round, N samples asked for.

The samples come in rounds of R. Let w_l be the share of language l and P_l = w_0 + ... + w_(l-1)
the sum of the shares before it, as multiples of 2^-32, so that everything below is exact in
integers.

1. How many. Among the first r rounds (r R samples), language l has

       C_l(r) = floor(r R P_(l+1)) - floor(r R P_l).

   The sum telescopes to r R, and each C_l(r) is within one sample of r R w_l, for ever. Round r
   holds C_l(r+1) - C_l(r) samples of l; that is more than R w_l - 2, hence never negative if
   R w_l >= 1. R is chosen so: the least power of two from 1,024 on, at most 2^20.

2. In which order. The R places of round r are put in the order of R uniform draws that belong to
   (seed, r), and the languages fill them in turn, each with its number of places.

3. Which block. The j-th sample of language l (j = C_l(r) + those before it in its round) is number
   j mod n_l of its epoch j div n_l, n_l being its number of blocks. A permutation of the n_l
   blocks that belongs to (seed, language, epoch) says which block that is: a Feistel network (Luby
   & Rackoff 1988) on the least 4^b >= n_l, walked until it lands below n_l (Black & Rogaway 2002,
   "cycle walking"). It costs the same for sample 0 and for sample 10^12 and holds no table.

So every epoch of a language has each of its blocks exactly once, the shares are met to one sample
at the end of each round, and the tokens a language has had after i samples follow from i alone.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from analysis.errors import UserError
from analysis.seeds import uniforms

Indices = npt.NDArray[np.int64]

_ONE = 1 << 32
_LEAST_ROUND = 1 << 10
_LONGEST_ROUND = 1 << 20
_FEISTEL_ROUNDS = 6
_ROUNDS_KEPT = 8


def temperature_weights(tokens: Mapping[str, int], temperature: float) -> dict[str, float]:
    """Share of each language, proportional to tokens ** temperature (Conneau et al. 2020).

    Raises `UserError` for a temperature that is negative or not finite.
    """
    check_temperature(temperature)
    # Relative to the largest, so that no power overflows.
    largest = max(tokens.values())
    powers = {language: (n / largest) ** temperature for language, n in tokens.items()}
    total = sum(powers.values())
    return {language: power / total for language, power in powers.items()}


def check_temperature(temperature: float) -> None:
    """Raises `UserError` for a temperature that is negative or not finite."""
    if not (np.isfinite(temperature) and temperature >= 0):
        raise UserError(
            f"{temperature} is no temperature",
            where="mixture.temperature",
            fix="give 0 or more (0.3 is usual, 1 takes the languages as they are)",
        )


class Mixture:
    """The order of the samples of a run.

    Args:
        seed: Seed of the order.
        weights: Share of each language, normalised here; those without an entry get 0.
        blocks: Number of blocks of each language; numbers the languages by its order.

    Raises:
        UserError: Weights that name a language without data, are negative or not finite, sum to 0,
            or give a language less than one sample in 2^20.

    """

    def __init__(self, seed: int, weights: Mapping[str, float], blocks: Mapping[str, int]) -> None:
        check_weights(weights, list(blocks))
        assert all(n >= 1 for n in blocks.values()), blocks
        self.seed = seed
        self.languages = list(blocks)
        self.blocks = dict(blocks)
        values = [float(weights.get(language, 0.0)) for language in self.languages]
        total = sum(values)
        self.weights = {
            language: value / total for language, value in zip(self.languages, values, strict=True)
        }
        self._bounds = _bounds(values)
        self.round_length = _round_length(self._bounds, self.weights)
        self._rounds: OrderedDict[int, tuple[Indices, Indices]] = OrderedDict()

    @property
    def fingerprint(self) -> str:
        """Digest of seed, languages, shares and numbers of blocks: equal for equal orders."""
        parts = (self.seed, self.round_length, self._bounds, list(self.blocks.items()))
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def sample(self, i: int) -> tuple[int, int]:
        """(number of the language, block) of sample i."""
        languages, blocks = self._round(i // self.round_length)
        place = i % self.round_length
        return int(languages[place]), int(blocks[place])

    def samples(self, start: int, stop: int) -> tuple[Indices, Indices]:
        """Languages (N,) and blocks (N,) of the samples [start, stop), N = stop - start."""
        assert 0 <= start <= stop, (start, stop)
        parts = []
        for r in range(start // self.round_length, -(-stop // self.round_length)):
            first = r * self.round_length
            where = slice(max(0, start - first), stop - first)
            languages, blocks = self._round(r)
            parts.append((languages[where], blocks[where]))
        if not parts:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        languages_N, blocks_N = (np.concatenate(column) for column in zip(*parts, strict=True))
        return languages_N, blocks_N

    def counts(self, i: int) -> Indices:
        """Samples (L,) of each language among [0, i); times the block size: tokens seen."""
        r, rest = divmod(i, self.round_length)
        counts_L = np.array(self._counts(r), dtype=np.int64)
        if rest:
            languages, _ = self._round(r)
            counts_L += np.bincount(languages[:rest], minlength=len(self.languages))
        return counts_L

    def _counts(self, r: int) -> list[int]:
        """C_l(r) of each language, in Python's integers, which do not overflow."""
        edges = [r * self.round_length * bound // _ONE for bound in self._bounds]
        return [high - low for low, high in pairwise(edges)]

    def _round(self, r: int) -> tuple[Indices, Indices]:
        """Languages (R,) and blocks (R,) of round r; the last few rounds are kept."""
        if r in self._rounds:
            self._rounds.move_to_end(r)
            return self._rounds[r]
        before, after = self._counts(r), self._counts(r + 1)
        draws = uniforms(self.seed, "mixture order", np.arange(self.round_length), r)
        order = np.argsort(draws, kind="stable")
        languages = np.empty(self.round_length, dtype=np.int64)
        blocks = np.empty(self.round_length, dtype=np.int64)
        filled = 0
        for number, language in enumerate(self.languages):
            count = after[number] - before[number]
            places = np.sort(order[filled : filled + count])
            filled += count
            languages[places] = number
            blocks[places] = self._draw(language, before[number], count)
        self._rounds[r] = (languages, blocks)
        if len(self._rounds) > _ROUNDS_KEPT:
            self._rounds.popitem(last=False)
        return languages, blocks

    def _draw(self, language: str, first: int, count: int) -> Indices:
        """Blocks (count,) of draws number `first`, `first` + 1, ... of a language."""
        n = self.blocks[language]
        drawn: list[Indices] = [np.empty(0, dtype=np.int64)]
        while count > 0:
            epoch, at = divmod(first, n)
            taken = min(count, n - at)
            places = np.arange(at, at + taken, dtype=np.int64)
            drawn.append(permuted(places, n, self.seed, language, epoch))
            first += taken
            count -= taken
        return np.concatenate(drawn)


def permuted(places: Indices, n: int, seed: int, *keys: int | str) -> Indices:
    """Where a permutation of range(n) that belongs to (seed, keys) sends each of `places`."""
    assert n >= 1
    if n == 1:
        return np.zeros_like(places)
    half = max(1, ((n - 1).bit_length() + 1) // 2)
    values = places.copy()
    astray = np.ones(len(values), dtype=bool)
    while astray.any():
        values[astray] = _feistel(values[astray], half, seed, *keys)
        astray = values >= n
    return values


def _feistel(values: Indices, half: int, seed: int, *keys: int | str) -> Indices:
    """A permutation of range(4^half): halves swapped, one altered by a draw keyed by the other."""
    mask = (1 << half) - 1
    left, right = values >> half, values & mask
    for number in range(_FEISTEL_ROUNDS):
        draws = uniforms(seed, "mixture block", right, *keys, number)
        left, right = right, left ^ (draws * (mask + 1)).astype(np.int64)
    return (left << half) | right


def check_weights(weights: Mapping[str, float], languages: Sequence[str]) -> None:
    """Raises `UserError` for weights that are not of these languages or are no shares."""
    where = "mixture.weights"
    for language, weight in weights.items():
        if language not in languages:
            raise UserError(
                f"no data in language '{language}'",
                where=where,
                fix=f"known: {' '.join(languages)}",
            )
        if not (np.isfinite(weight) and weight >= 0):
            raise UserError(
                f"{weight} is no weight for '{language}'", where=where, fix="give 0 or more"
            )
    if not sum(weights.values()) > 0:
        raise UserError("the weights sum to 0", where=where, fix="give one language more than 0")


def _bounds(values: list[float]) -> list[int]:
    """P_0 ... P_L in units of 2^-32, the last exactly one."""
    total = sum(values)
    sums = [sum(values[:number]) for number in range(len(values) + 1)]
    return [*(round(part / total * _ONE) for part in sums[:-1]), _ONE]


def _round_length(bounds: list[int], weights: Mapping[str, float]) -> int:
    shares = [high - low for low, high in pairwise(bounds)]
    wanted = [share for share, weight in zip(shares, weights.values(), strict=True) if weight > 0]
    if min(wanted) * _LONGEST_ROUND < _ONE:
        language = min((code for code, w in weights.items() if w > 0), key=weights.__getitem__)
        raise UserError(
            f"'{language}' would get less than one sample in {_LONGEST_ROUND:,}",
            where="mixture.weights",
            fix="give it more weight, or 0",
        )
    length = _LEAST_ROUND
    while min(wanted) * length < _ONE:
        length *= 2
    return length
