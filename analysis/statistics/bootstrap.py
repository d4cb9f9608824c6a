"""Percentile bootstrap intervals over the unit that was sampled (concepts, documents, seeds).

A caller passes one row per sampled unit, so what is resampled is the first axis and nothing else:
tokens of one document, or layers of one concept, stay together in every draw.

Source: Efron & Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 13.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from analysis.seeds import stream

Floats = npt.NDArray[np.float64]

_COUNTS_AT_ONCE = 1 << 22
"""Entries of the (draws, units) matrix of counts that are held at a time: 32 MiB in float64."""


class Interval(NamedTuple):
    """Ends of an interval, each of the shape that one row of the values has."""

    low: Floats
    high: Floats


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
    """Interval of a ratio of sums over the sampled units, sum(numerators) / sum(denominators).

    This is what bits per byte (bits and bytes of each document) and accuracy (right answers and
    answers of each document) are. `numerators` has shape (n,) or (n, m), `denominators` the same
    or (n,), which then serves all columns.

    `strata` of shape (n,) says which group each unit was sampled from, where the groups themselves
    were not sampled (documents of given languages): each group is resampled on its own and keeps
    its size. With `mean_of_strata` the quantity is the unweighted mean of the groups' ratios rather
    than the ratio of the sums over all of them.

    Draws in which a denominator is zero are left out of that column; a column without any other
    draw gets NaN. With fewer than two units in some group the ends are NaN. The draws depend on
    `seed` and the sizes of the groups alone, so quantities of the same units move together.
    """
    top = np.asarray(numerators, dtype=np.float64)
    bottom = np.asarray(denominators, dtype=np.float64)
    shape = top.shape[1:]
    assert top.ndim in (1, 2), top.shape
    assert bottom.shape in (top.shape, top.shape[:1]), (top.shape, bottom.shape)
    assert np.isfinite(top).all(), "numerators must be finite"
    assert np.isfinite(bottom).all(), "denominators must be finite"
    assert 0 < level < 1, level
    groups = _groups(strata, len(top))
    if min((len(rows) for rows in groups), default=0) < 2:
        return Interval(np.full(shape, np.nan), np.full(shape, np.nan))
    top = top.reshape(len(top), -1)
    bottom = bottom.reshape(len(top), -1)
    ratios = np.zeros((draws, top.shape[1]))
    below = np.zeros((draws, bottom.shape[1]))
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
    ratios[~np.isfinite(ratios)] = np.nan
    ends = np.full((2, top.shape[1]), np.nan)
    known = ~np.isnan(ratios).all(axis=0)
    tail = (1 - level) / 2
    ends[:, known] = np.nanquantile(ratios[:, known], [tail, 1 - tail], axis=0)
    return Interval(ends[0].reshape(shape), ends[1].reshape(shape))


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


def _groups(strata: npt.ArrayLike | None, units: int) -> list[npt.NDArray[np.int64]]:
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
