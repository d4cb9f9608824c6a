"""Means of values of which some are missing (NaN)."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def mean_known(values: Floats, *, axis: int) -> Floats:
    """Mean of what is not NaN; NaN where nothing is, without a warning."""
    there = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        mean: Floats = np.where(there, values, 0.0).sum(axis=axis) / there.sum(axis=axis)
    return mean
