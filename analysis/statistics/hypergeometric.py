"""Overlap of sets drawn at random: the hypergeometric distribution, and sums of it.

Two sets of `first` and `second` units, drawn independently and uniformly among `units`, share
X ~ Hypergeometric(units, first, second) of them, with mean first * second / units. This is the null
of an overlap. It takes units as exchangeable: units that respond alike enter or leave both sets
together, so on real responses its tails are too thin, and a permutation of labels asks for more.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

Floats = npt.NDArray[np.float64]

_NEGLIGIBLE = 1e-35
"""Probabilities up to this are cut from the ends of a sum's distribution at each step."""


def overlap_mean(units: int, first: npt.ArrayLike, second: npt.ArrayLike) -> Floats:
    """Expected overlap."""
    mean: Floats = np.asarray(first, np.float64) * np.asarray(second, np.float64) / units
    return mean


def overlap_variance(units: int, first: npt.ArrayLike, second: npt.ArrayLike) -> Floats:
    """Variance of the overlap; 0 where one unit is all there is."""
    a = np.asarray(first, np.float64)
    b = np.asarray(second, np.float64)
    variance: Floats = a * b / units * (units - a) / units * (units - b) / max(units - 1, 1)
    return variance


@lru_cache(maxsize=1 << 16)
def overlap_pmf(units: int, first: int, second: int) -> tuple[int, Floats]:
    """Smallest possible overlap, and the probabilities of it and the following ones.

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
    low, tails = _tails(units, first, second)
    if shared <= low:
        return 1.0
    return float(tails[shared - low]) if shared - low < len(tails) else 0.0


def overlap_sum_tail(shared: int, units: int, sizes: Iterable[tuple[int, int]]) -> float:
    """P(sum of independent overlaps >= shared), one overlap for each pair of set sizes.

    The distribution of the sum is the convolution of its terms'. Probabilities of at most 1e-35 at
    its ends are cut off after each term, and a bound on their mass is added to the tail. So the
    result is never less than the truth, and as good as exact above 1e-30.
    """
    low, pmf, cut = _sum_pmf(units, tuple(sorted(tuple(sorted(pair)) for pair in sizes)))
    if shared <= low:
        return 1.0
    return min(1.0, float(pmf[shared - low :].sum()) + cut)


def mean_tail(shared: float, mean: float, variance: float) -> float:
    """P(total overlap >= shared) by the normal distribution with continuity correction.

    For totals over all pairs among several languages. Overlaps of pairs with a common language are
    independent two by two (given one set, the others are still drawn uniformly), so the variance of
    the total is the sum of theirs exactly; three pairs that form a triangle are not independent
    together, which rules out a convolution.
    """
    if variance <= 0:
        return 1.0 if shared <= mean + 1e-9 else 0.0
    return float(ndtr(-(shared - 0.5 - mean) / np.sqrt(variance)))


@lru_cache(maxsize=64)
def _sum_pmf(units: int, sizes: Sequence[tuple[int, int]]) -> tuple[int, Floats, float]:
    """Smallest sum kept, probabilities from it on, and a bound on the mass that was cut off."""
    low, pmf, cut = 0, np.ones(1), 0.0
    for first, second in sizes:
        start, term = overlap_pmf(units, first, second)
        pmf = np.convolve(pmf, term)
        low += start
        kept = np.flatnonzero(pmf > _NEGLIGIBLE)  # one run: the sum has a single mode
        cut += _NEGLIGIBLE * (len(pmf) - len(kept))
        pmf = pmf[kept[0] : kept[-1] + 1]
        low += int(kept[0])
    return low, pmf, cut
