"""The percentiles that intervals of few units end at."""

from scipy import stats


def expanded(units: int, level: float = 0.95, groups: int = 1) -> list[float]:
    """Those of the draws of so many units, resampled in groups of equal size (Hesterberg 2015)."""
    freedom = units - groups
    t = stats.t(freedom).ppf((1 - level) / 2) * (units / freedom) ** 0.5
    tail = float(stats.norm.cdf(t))
    return [tail, 1 - tail]
