"""Percentile bootstrap intervals over the unit that was sampled (concepts, documents, seeds).

A caller passes one row per sampled unit, so what is resampled is the first axis and nothing else:
tokens of one document, or layers of one concept, stay together in every draw.

Source: Efron & Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 13.
"""

from collections.abc import Iterator
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
) -> Interval:
    """Interval of a ratio of sums over the sampled units, sum(numerators) / sum(denominators).

    This is what bits per byte (bits and bytes of each document) and accuracy (right answers and
    answers of each document) are. `numerators` has shape (n,) or (n, m), `denominators` the same
    or (n,), which then serves all columns. Draws whose denominators sum to zero are left out of
    that column; a column without any other draw gets NaN. With fewer than two units the ends are
    NaN. The draws depend on `seed` and n alone, so quantities of the same units move together.
    """
    top = np.asarray(numerators, dtype=np.float64)
    bottom = np.asarray(denominators, dtype=np.float64)
    shape = top.shape[1:]
    assert top.ndim in (1, 2), top.shape
    assert bottom.shape in (top.shape, top.shape[:1]), (top.shape, bottom.shape)
    assert np.isfinite(top).all(), "numerators must be finite"
    assert np.isfinite(bottom).all(), "denominators must be finite"
    assert 0 < level < 1, level
    units = len(top)
    if units < 2:
        return Interval(np.full(shape, np.nan), np.full(shape, np.nan))
    top = top.reshape(units, -1)
    bottom = bottom.reshape(units, -1)
    ratios = np.empty((draws, top.shape[1]))
    with np.errstate(divide="ignore", invalid="ignore"):
        for rows, counts in _resamples(units, draws, seed):
            ratios[rows] = (counts @ top) / (counts @ bottom)
    ratios[~np.isfinite(ratios)] = np.nan
    ends = np.full((2, top.shape[1]), np.nan)
    known = ~np.isnan(ratios).all(axis=0)
    tail = (1 - level) / 2
    ends[:, known] = np.nanquantile(ratios[:, known], [tail, 1 - tail], axis=0)
    return Interval(ends[0].reshape(shape), ends[1].reshape(shape))


def _resamples(units: int, draws: int, seed: int) -> Iterator[tuple[slice, Floats]]:
    """How often each unit is drawn, (draws, units), in slices of the draws that bound memory."""
    rng = stream(seed, "bootstrap", units)
    step = max(1, _COUNTS_AT_ONCE // units)
    share = np.full(units, 1 / units)
    for start in range(0, draws, step):
        stop = min(start + step, draws)
        counts = rng.multinomial(units, share, size=stop - start)
        yield slice(start, stop), counts.astype(np.float64)
