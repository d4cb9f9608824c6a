"""Bootstrap intervals over the unit that was sampled (concepts, documents, seeds).

A caller passes one row per sampled unit, so what is resampled is the first axis and nothing else:
tokens of one document, or layers of one concept, stay together in every draw.

Draws of few units spread too little, by (n - 1) / n in variance, and have the normal's tails where
Student's are due. So the percentiles lie further out than the level says, at those of a normal
variable beyond t sqrt(n / (n - 1)), t with n - 1 degrees of freedom: "expanded percentiles". How
often an interval then holds the mean of n draws of a normal variable, at a level of 95 %, and how
often plain percentiles would:

    units       2      3      5      8      10     20     50
    expanded    51 %   75 %   91 %   94 %   94 %   94 %   95 %
    plain       51 %   75 %   82 %   88 %   90 %   92 %   94 %

Two or three units say too little for any percentile: their interval is the range of their means.
Skewed values take more units (of exponential ones 87 % at 5, 92 % at 20).

Source: Efron & Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 13; Hesterberg, "What
Teachers Should Know About the Bootstrap" (The American Statistician 69, 2015).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, stdtrit

from analysis.seeds import stream

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_COUNTS_AT_ONCE = 1 << 22
"""Entries of the (draws, units) matrix of counts that are held at a time: 32 MiB in float64."""


class Interval(NamedTuple):
    """Ends of an interval, each of the shape that one row of the values has."""

    low: Floats
    high: Floats


class Draws(NamedTuple):
    """What quantities are in each draw, (draws, ...), and how much their spread tells, (...)."""

    values: Floats
    """NaN in a draw that does not define the quantity."""
    freedom: Floats
    """Degrees of freedom: units that count, less one for each group that they are resampled in."""
    shrinking: Floats
    """What the draws' variance is too small by, as n / (n - 1) for n units."""

    @classmethod
    def of(cls, values: Floats, units: Ints, groups: int = 1) -> "Draws":
        """Draws of quantities, each of so many units that are resampled in so many groups.

        What is not finite becomes NaN.
        """
        freedom = np.maximum(units - groups, 1).astype(np.float64)
        known = np.where(np.isfinite(values), values, np.nan)
        return cls(known, freedom, (freedom + groups) / freedom)

    def minus(self, other: "Draws") -> "Draws":
        """The differences, draw by draw: paired where both are of the same units and seed."""
        return Draws(
            self.values - other.values,
            np.minimum(self.freedom, other.freedom),
            np.maximum(self.shrinking, other.shrinking),
        )

    def mean(self) -> "Draws":
        """The mean over the last axis, taken to be as unsure as the one of the fewest units."""
        return Draws(
            self.values.mean(axis=-1), self.freedom.min(axis=-1), self.shrinking.max(axis=-1)
        )

    def shaped(self, *shape: int) -> "Draws":
        """The same with quantities in another shape."""
        return Draws(
            self.values.reshape(len(self.values), *shape),
            self.freedom.reshape(shape),
            self.shrinking.reshape(shape),
        )

    def interval(self, level: float = 0.95) -> Interval:
        """The middle `level` of the draws, those that are NaN left out, by expanded percentiles.

        The ends are NaN where no draw is left.
        """
        assert 0 < level < 1, level
        flat = self.values.reshape(len(self.values), -1)
        ends = np.full((2, flat.shape[1]), np.nan)
        known = ~np.isnan(flat).all(axis=0)
        t = stdtrit(self.freedom, (1 - level) / 2) * np.sqrt(self.shrinking)
        tails = np.where(known, ndtr(t).reshape(-1), np.nan)
        for tail in np.unique(tails[known]):
            alike = tails == tail
            ends[:, alike] = np.nanquantile(flat[:, alike], [tail, 1 - tail], axis=0)
        shape = self.values.shape[1:]
        return Interval(ends[0].reshape(shape), ends[1].reshape(shape))


def unknown_draws(shape: tuple[int, ...]) -> Draws:
    """Draws of quantities of which nothing was sampled: their intervals are NaN."""
    return Draws(np.full((1, *shape), np.nan), np.ones(shape), np.ones(shape))


def bootstrap_interval(
    values: npt.ArrayLike,
    weights: npt.ArrayLike | None = None,
    *,
    seed: int,
    draws: int = 1000,
    level: float = 0.95,
) -> Interval:
    """Interval of the mean of `values` over its first axis, the sampled units.

    `values` has shape (n,) or (n, m), one column per quantity; all columns share the draws.
    `weights` of shape (n,) or (n, m) make it the weighted mean sum(w v) / sum(w), recomputed in
    each draw. The ends have shape () or (m,). With fewer than two units they are NaN: one unit
    says nothing about the spread between units.
    """
    rows = np.asarray(values, dtype=np.float64)
    if weights is None:
        return bootstrap_ratio(rows, np.ones(rows.shape[:1]), seed=seed, draws=draws, level=level)
    scale = np.asarray(weights, dtype=np.float64)
    if rows.ndim == 2 and scale.ndim == 1:
        scale = scale[:, None]
    return bootstrap_ratio(
        rows * scale, np.broadcast_to(scale, rows.shape), seed=seed, draws=draws, level=level
    )


def bootstrap_ratio(
    numerators: npt.ArrayLike,
    denominators: npt.ArrayLike,
    *,
    seed: int,
    draws: int = 1000,
    level: float = 0.95,
    strata: npt.ArrayLike | None = None,
    mean_of_strata: bool = False,
) -> Interval:
    """Interval of a ratio of sums over the sampled units, from `resampled_ratios`."""
    return resampled_ratios(
        numerators,
        denominators,
        seed=seed,
        draws=draws,
        strata=strata,
        mean_of_strata=mean_of_strata,
    ).interval(level)


def resampled_ratios(
    numerators: npt.ArrayLike,
    denominators: npt.ArrayLike,
    *,
    seed: int,
    draws: int = 1000,
    strata: npt.ArrayLike | None = None,
    mean_of_strata: bool = False,
) -> Draws:
    """A ratio of sums over the sampled units, sum(numerators) / sum(denominators), in each draw.

    This is what bits per byte (bits and bytes of each document) and accuracy (right answers and
    answers of each document) are. `numerators` has shape (n,) or (n, m), `denominators` the same
    or (n,), which then serves all columns; the ratios have shape (draws,) or (draws, m).

    `strata` of shape (n,) says which group each unit was sampled from, where the groups themselves
    were not sampled (documents of given languages): each group is resampled on its own and keeps
    its size. With `mean_of_strata` the quantity is the unweighted mean of the groups' ratios rather
    than the ratio of the sums over all of them.

    A draw in which a denominator is zero is NaN in that column. So are all draws where some group
    has fewer than two units that count, those whose denominator is not zero: one says nothing about
    the spread between units. The draws depend on `seed` and the sizes of the groups alone, so
    quantities of the same units move together, and what differs between two of them is paired.
    """
    top = np.asarray(numerators, dtype=np.float64)
    bottom = np.asarray(denominators, dtype=np.float64)
    shape = top.shape[1:]
    assert top.ndim in (1, 2), top.shape
    assert bottom.shape in (top.shape, top.shape[:1]), (top.shape, bottom.shape)
    assert np.isfinite(top).all(), "numerators must be finite"
    assert np.isfinite(bottom).all(), "denominators must be finite"
    if not len(top):
        return unknown_draws(shape)
    top = top.reshape(len(top), -1)
    bottom = bottom.reshape(len(top), -1)
    ratios = np.zeros((draws, top.shape[1]))
    below = np.zeros((draws, bottom.shape[1]))
    groups = _groups(strata, len(top))
    counting = np.array([np.count_nonzero(bottom[rows], axis=0) for rows in groups])
    with np.errstate(divide="ignore", invalid="ignore"):
        for number, rows in enumerate(groups):
            above_here, below_here = _sums(top[rows], bottom[rows], draws, seed, number)
            if mean_of_strata:
                ratios += above_here / below_here / len(groups)
            else:
                ratios += above_here
                below += below_here
        if not mean_of_strata:
            ratios /= below
    ratios[:, np.broadcast_to((counting < 2).any(axis=0), shape or 1)] = np.nan
    units = np.broadcast_to(counting.sum(axis=0), ratios.shape[1:])
    return Draws.of(ratios, units, len(groups)).shaped(*shape)


def bootstrap_crossed(
    numerators: npt.ArrayLike,
    denominators: npt.ArrayLike,
    *,
    seed: int,
    draws: int = 1000,
    level: float = 0.95,
) -> Interval:
    """Interval of a ratio of sums over crossed units, from `resampled_crossed`."""
    return resampled_crossed(numerators, denominators, seed=seed, draws=draws).interval(level)


def resampled_crossed(
    numerators: npt.ArrayLike, denominators: npt.ArrayLike, *, seed: int, draws: int = 1000
) -> Draws:
    """A ratio of sums over two kinds of sampled units that are crossed, in each draw.

    `numerators` and `denominators` have the shape (a, b, m): every unit of one kind (concepts) was
    observed with every unit of the other (seeds); the ratios have shape (draws, m). Both kinds are
    resampled, independently, and an observation counts as often as its two units were drawn
    together. A kind with one unit says nothing about its spread and stays as it is; with one of
    each, or one observation that counts, the ratios are NaN. They move together as those of
    `resampled_ratios`. The kind with fewer units says how much their spread tells.

    Source: Owen, "The pigeonhole bootstrap" (2007): it errs on the side of wider intervals.
    """
    top = np.asarray(numerators, dtype=np.float64)
    bottom = np.asarray(denominators, dtype=np.float64)
    assert top.ndim == 3, top.shape
    assert top.shape == bottom.shape, (top.shape, bottom.shape)
    first, second, columns = top.shape
    rng = stream(seed, "bootstrap/crossed", first, second)
    counts_a, counts_b = (
        rng.multinomial(units, np.full(units, 1 / units), size=draws).astype(np.float64)
        for units in (first, second)
    )
    ratios = np.full((draws, columns), np.nan)
    counting = np.stack([bottom.any(axis=1).sum(axis=0), bottom.any(axis=0).sum(axis=0)])
    with np.errstate(divide="ignore", invalid="ignore"):
        for column in np.flatnonzero(counting.max(axis=0) > 1):
            above, below = (
                ((counts_a @ part[..., column]) * counts_b).sum(axis=1) for part in (top, bottom)
            )
            ratios[:, column] = above / below
    fewer = np.where(counting.min(axis=0) > 1, counting.min(axis=0), counting.max(axis=0))
    return Draws.of(ratios, fewer)


def bootstrap_highest(
    numerators: npt.ArrayLike, denominators: npt.ArrayLike, *, seed: int, draws: int = 1000
) -> Floats:
    """How often each of several ratios of sums is the highest, as a share of the draws.

    Both have shape (n, r, m): n sampled units, r ratios that are compared, for each of m
    quantities; the shares have shape (r, m) and add up to 1. Ratios that are equal share a draw;
    one whose denominator is zero takes no part in it, and a draw in which none does is left out.
    NaN where no draw is left, and with fewer than two units.
    """
    top = np.asarray(numerators, dtype=np.float64)
    bottom = np.asarray(denominators, dtype=np.float64)
    assert top.ndim == 3, top.shape
    assert bottom.shape == top.shape, (top.shape, bottom.shape)
    if len(top) < 2:
        return np.full(top.shape[1:], np.nan)
    above, below = _sums(
        top.reshape(len(top), -1), bottom.reshape(len(top), -1), draws, seed, stratum=0
    )
    there = below != 0
    ratios = np.where(there, above / np.where(there, below, 1.0), -np.inf)
    ratios = ratios.reshape(draws, *top.shape[1:])
    best = ratios.max(axis=1, keepdims=True)
    highest = (ratios == best) & np.isfinite(best)
    equal = highest.sum(axis=1, keepdims=True)
    shares: Floats = (highest / np.maximum(equal, 1)).sum(axis=0)
    with np.errstate(invalid="ignore"):
        shares /= (equal > 0).sum(axis=0)
    return shares


def _groups(strata: npt.ArrayLike | None, units: int) -> list[Ints]:
    """Rows of each stratum, in the order of their names; all rows where there are no strata."""
    if strata is None:
        return [np.arange(units)]
    names = np.asarray(strata)
    assert names.shape == (units,), (names.shape, units)
    return [np.flatnonzero(names == name) for name in np.unique(names)]


def _sums(
    top: Floats, bottom: Floats, draws: int, seed: int, stratum: int
) -> tuple[Floats, Floats]:
    """Sums over each resample of one stratum, (draws, m) and (draws, m or 1)."""
    units = len(top)
    sums = np.empty((draws, top.shape[1])), np.empty((draws, bottom.shape[1]))
    rng = stream(seed, "bootstrap", units, stratum)
    share = np.full(units, 1 / units)
    step = max(1, _COUNTS_AT_ONCE // units)
    for start in range(0, draws, step):
        stop = min(start + step, draws)
        # How often each unit is drawn; a slice of the draws bounds the memory.
        counts = rng.multinomial(units, share, size=stop - start).astype(np.float64)
        for part, values in zip(sums, (top, bottom), strict=True):
            part[start:stop] = counts @ values
    return sums
