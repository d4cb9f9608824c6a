"""Overlap of sets drawn at random: the hypergeometric distribution, and sums of it.

Two sets of `first` and `second` units, drawn independently and uniformly among `units`, share
X ~ Hypergeometric(units, first, second) of them, with mean first * second / units. This is the null
of an overlap. It takes units as exchangeable: units that respond alike enter or leave both sets
together, so on real responses its tails are too thin, and a permutation of labels asks for more.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import gammainc, gammaincc, ndtr

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_NEGLIGIBLE = 1e-35
"""Probabilities up to this are cut from the ends of a sum's distribution and of its terms'."""

_TERMS_AT_ONCE = 8
"""Terms added to a sum before the ends of its distribution are cut."""

_STRAIGHT = 1e-4
"""Skewness below which a distribution counts as normal."""


def overlap_mean(units: int, first: npt.ArrayLike, second: npt.ArrayLike) -> Floats:
    """Expected overlap."""
    mean: Floats = np.asarray(first, np.float64) * np.asarray(second, np.float64) / units
    return mean


def overlap_pmf(units: int, first: int, second: int) -> tuple[int, Floats]:
    """Smallest possible overlap, and the probabilities of it and the following ones."""
    return _pmf(units, min(first, second), max(first, second))


@lru_cache(maxsize=1 << 12)
def _pmf(units: int, first: int, second: int) -> tuple[int, Floats]:
    """`overlap_pmf` for `first` <= `second`.

    Ratios of neighbours, multiplied up from the mode and normalised: no factorial is computed, so
    the relative error stays near 1e-14 for any number of units.
    """
    assert 0 <= first <= units, (first, units)
    assert 0 <= second <= units, (second, units)
    low, high = max(0, first + second - units), min(first, second)
    x = np.arange(low, high, dtype=np.float64)
    with np.errstate(over="ignore"):
        ratio = (first - x) * (second - x) / ((x + 1) * (units - first - second + x + 1))
    mode = int(np.searchsorted(-ratio, -1.0))  # the first x from which on it falls
    above = np.cumprod(ratio[mode:])
    below = np.cumprod(1 / ratio[:mode][::-1])[::-1]
    pmf = np.concatenate([below, [1.0], above])
    pmf /= pmf.sum()
    pmf.setflags(write=False)
    return low, pmf


@lru_cache(maxsize=1 << 12)
def _tails(units: int, first: int, second: int) -> tuple[int, Floats]:
    low, pmf = overlap_pmf(units, first, second)
    return low, np.minimum(np.cumsum(pmf[::-1])[::-1], 1.0)


def overlap_tail(shared: int, units: int, first: int, second: int) -> float:
    """P(X >= shared): how often chance shares at least as many."""
    low, tails = _tails(units, min(first, second), max(first, second))
    if shared <= low:
        return 1.0
    return float(tails[shared - low]) if shared - low < len(tails) else 0.0


def overlap_sum_tail(shared: int, units: int, sizes: Iterable[tuple[int, int]]) -> float:
    """P(sum of independent overlaps >= shared), one overlap for each pair of set sizes.

    The distribution of the sum is the convolution of its terms'. Probabilities of at most 1e-35 at
    its ends and theirs are cut off on the way, and a bound on their mass is added to the tail. So
    the result is never less than the truth, and as good as exact above 1e-30.
    """
    low, pmf, cut = _sum_pmf(units, tuple(sorted(tuple(sorted(pair)) for pair in sizes)))
    if shared <= low:
        return 1.0
    return min(1.0, float(pmf[shared - low :].sum()) + cut)


class Moments(NamedTuple):
    """Mean, variance and third central moment."""

    mean: float
    variance: float
    third: float


def total_moments(units: int, sizes_CL: Ints, pairs_LL: Bools | None = None) -> Moments:
    """Moments of the total overlap over pairs of L sets, summed over C independent families.

    `pairs_LL` (symmetric, nothing on its diagonal) says which pairs; None means all of them.

    With centred indicators x_a of set a (length N, their sum zero), the overlap of a and b is its
    mean plus x_a . x_b, and E[x_a x_a^T] = w_a (I - J / N), w_a = a (N - a) / (N (N - 1)). Given
    one set the others are still drawn uniformly, so overlaps are independent two by two and
    variances add. Of the third moments those of single pairs remain, and those of three pairs that
    form a triangle, each E[(x_a . x_b)(x_b . x_c)(x_c . x_a)] = (N - 1) w_a w_b w_c, six times.
    """
    a = np.asarray(sizes_CL, dtype=np.float64)
    p = (_all_pairs(a.shape[1]) if pairs_LL is None else pairs_LL).astype(np.float64)
    n = float(units)
    if units < 2:
        return Moments(float(_over_pairs(a, p).sum()), 0.0, 0.0)
    w = a * (n - a) / n / (n - 1)
    skewed = w * (n - 2 * a)
    variance = (n - 1) * _over_pairs(w, p)
    # One pair: (N - 1) w_a w_b (N - 2 a)(N - 2 b) / (N (N - 2)), the hypergeometric's.
    third = (n - 1) * _over_pairs(skewed, p) / n / (n - 2) if units > 2 else np.zeros(len(a))
    steps = p * w[:, None]
    six_triangles = ((steps @ steps) * steps.transpose(0, 2, 1)).sum(axis=(1, 2))
    third = third + (n - 1) * six_triangles
    return Moments(float(_over_pairs(a, p).sum() / n), float(variance.sum()), float(third.sum()))


def total_overlap_tail(
    shared: int, units: int, sizes_CL: Ints, pairs_LL: Bools | None = None
) -> float:
    """P(total overlap over pairs of sets >= shared), for C independent families of L sets.

    `pairs_LL` says which pairs, as in `total_moments`. For one pair exact (`overlap_sum_tail`).
    Overlaps of three pairs among three sets are not independent, nor are those of four pairs that
    lead through four sets and back, which rules out a convolution; there the tail is that of the
    Pearson type III distribution (a shifted gamma) with the exact mean, variance and skewness, and
    continuity correction. A normal tail would be wrong by orders of magnitude where little is
    expected: it knows neither that the total cannot be negative nor that one unit in L sets counts
    L (L - 1) / 2 times. In simulations of 3 to 16 sets of 1 to 180 among 200 to 6000 units the
    result was never below three quarters of the truth; above 1e-4 it was at most 1.5 times the
    truth where one shared unit or more was expected. Where fewer are it errs to the safe side: ten
    times the truth and more for two shared units where 0.01 is expected.
    """
    pairs_LL = _all_pairs(sizes_CL.shape[1]) if pairs_LL is None else pairs_LL
    pairs = np.argwhere(np.triu(pairs_LL))
    if len(pairs) == 1:
        return overlap_sum_tail(shared, units, [(int(a), int(b)) for a, b in sizes_CL[:, pairs[0]]])
    mean, variance, third = total_moments(units, sizes_CL, pairs_LL)
    if shared <= 0:
        return 1.0
    if variance <= 0:
        return 1.0 if shared <= mean + 1e-9 else 0.0
    z = (shared - 0.5 - mean) / np.sqrt(variance)
    skewness = third / variance**1.5
    if abs(skewness) < _STRAIGHT:
        return float(ndtr(-z))
    shape = 4 / skewness**2
    tail = gammaincc if skewness > 0 else gammainc
    return float(tail(shape, max(0.0, shape + 2 * z / skewness)))


def _all_pairs(sets: int) -> Bools:
    return ~np.eye(sets, dtype=np.bool_)


def _over_pairs(x_CL: Floats, pairs_LL: Floats) -> Floats:
    """Sum of the products of the pairs of each row."""
    pairs: Floats = (x_CL * (x_CL @ pairs_LL)).sum(axis=1) / 2
    return pairs


@lru_cache(maxsize=256)
def _sum_pmf(units: int, sizes: Sequence[tuple[int, int]]) -> tuple[int, Floats, float]:
    """Smallest sum kept, probabilities from it on, and a bound on the mass that was cut off."""
    low, pmf, cut = 0, np.ones(1), 0.0
    for number, (first, second) in enumerate(sizes, start=1):
        start, term, lost = _cut_pmf(units, first, second)
        pmf, low, cut = np.convolve(pmf, term), low + start, cut + lost
        if number % _TERMS_AT_ONCE == 0 or number == len(sizes):
            start, pmf, lost = _cut(pmf)
            low, cut = low + start, cut + lost
    return low, pmf, cut


@lru_cache(maxsize=1 << 12)
def _cut_pmf(units: int, first: int, second: int) -> tuple[int, Floats, float]:
    low, pmf = overlap_pmf(units, first, second)
    start, pmf, lost = _cut(pmf)
    return low + start, pmf, lost


def _cut(pmf: Floats) -> tuple[int, Floats, float]:
    """How many leading probabilities are negligible, those that are not, a bound on what is cut."""
    kept = np.flatnonzero(pmf > _NEGLIGIBLE)  # one run: the distribution has a single mode
    lost = _NEGLIGIBLE * (len(pmf) - len(kept))
    return int(kept[0]), pmf[kept[0] : kept[-1] + 1], lost
