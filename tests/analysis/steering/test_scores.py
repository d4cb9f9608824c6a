"""What a forcing changes: differences with intervals, on numbers whose truth is known."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from scipy import stats

from analysis.steering.identification import Verdict
from analysis.steering.scores import (
    Condition,
    Measured,
    Measures,
    Stack,
    score_texts,
    score_words,
)
from tests.analysis.statistics.expanded import expanded

Floats = npt.NDArray[np.float64]

EXPERTS = Condition("es", "experts", 5, 1.0)
RANDOM, SHUFFLED = (replace(EXPERTS, forcing=kind) for kind in ("random", "shuffled"))
MEASURES = Measures(["en"])
COLUMN = MEASURES.names.index(("nats_per_token", "all"))
ENDS = ["low", "high"]


def stack(value_CS: Floats, weight_CS: Floats | None = None) -> Stack:
    """Texts whose nats per token are these, and whose other measures are nothing."""
    size = len(MEASURES.names)
    weight_CSM = np.ones((*value_CS.shape, size))
    if weight_CS is not None:
        weight_CSM[..., COLUMN] = weight_CS
    value_CSM = np.zeros_like(weight_CSM)
    value_CSM[..., COLUMN] = value_CS * weight_CSM[..., COLUMN]
    return Stack(value_CSM, weight_CSM)


def scored(stacks: dict[Condition, Stack], unforced: Stack, *, draws: int = 400) -> pd.DataFrame:
    """The rows of nats per token."""
    concepts = [f"c{number}" for number in range(len(unforced.value_CSM))]
    parts = score_texts(stacks, unforced, concepts, MEASURES, seed=0, draws=draws)
    table = pd.concat(list(parts), ignore_index=True)
    return table[table["metric"] == "nats_per_token"]


def simulated(
    rng: np.random.Generator, concepts: int, seeds: int, effect: float
) -> tuple[Floats, Floats, Floats]:
    """Unforced texts, those under random units, and those under experts, (C, S).

    A seed is as hard for all of them, and forcing anything moves a concept's texts alike.
    """
    seed_S = rng.normal(size=seeds)
    moved_C1 = rng.normal(size=(concepts, 1))
    unforced = np.broadcast_to(seed_S + rng.normal(scale=0.3, size=seeds), (concepts, seeds))
    random, experts = (
        seed_S + moved_C1 + rng.normal(scale=0.5, size=(concepts, seeds)) for _ in range(2)
    )
    return unforced, random, experts + effect + rng.normal(scale=0.5, size=(concepts, 1))


def test_a_text_is_not_asked_about_a_concept_that_nobody_looked_for() -> None:
    text = Measured(Verdict("en", 0.9), {"dog": ("en",), "cat": ()}, 0.25, 12.0, 6)
    asked = Measures(["en", "es"])
    numbers = {
        concept: dict(zip(asked.names, zip(*asked.of(text, concept), strict=True), strict=True))
        for concept in ("dog", "cat", "cow")
    }
    for concept, said, weight in (("dog", 1, 1), ("cat", 0, 1), ("cow", 0, 0)):
        own = numbers[concept]
        assert own["about", "all"] == own["about", "en"] == (said, weight)
        assert own["about", "es"] == (0, weight)
        assert own["language_share", "en"] == (1, 1)
        assert own["language_share", "mixed"] == own["language_share", "short"] == (0, 1)
        assert own["repetition", "all"] == (0.25, 1)
        assert own["nats_per_token", "all"] == (12, 6)


def test_intervals_of_differences_hold_the_truth_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(5)
    hits = np.zeros(3)
    trials = 200
    for trial in range(trials):
        unforced, random, experts = (
            Stack(each[..., None], np.ones_like(each)[..., None]).mean(seed=trial, draws=200)
            for each in simulated(rng, 20, 25, 0.7)
        )
        for place, other in enumerate((unforced, random)):
            ends = experts.minus(other).draws.interval()
            hits[place] += ends.low[0] <= 0.7 <= ends.high[0]
        hits[2] += ends.low[0] <= 0 <= ends.high[0]
    assert (hits[:2] / trials >= 0.88).all()
    assert hits[2] / trials < 0.1  # and find that there is something


def test_a_forcing_that_does_nothing_changes_nothing() -> None:
    unforced, _, _ = simulated(np.random.default_rng(0), 6, 10, 0.0)
    rows = scored({EXPERTS: stack(unforced), RANDOM: stack(unforced)}, stack(unforced))
    experts = rows[rows["forcing"] == "experts"]
    assert len(experts) == 7
    for name in ("difference", "over_random"):
        np.testing.assert_allclose(experts[[name, f"{name}_low", f"{name}_high"]], 0, atol=1e-12)
    assert (experts["high"] - experts["low"] > 0.1).all()  # texts differ, the difference doesn't


def test_what_seeds_and_concepts_have_in_common_does_not_widen_a_difference() -> None:
    unforced, random, experts = simulated(np.random.default_rng(1), 20, 40, 0.0)
    rows = scored({EXPERTS: stack(experts), RANDOM: stack(random)}, stack(unforced), draws=2000)
    row = rows[(rows["concept"] == "all") & (rows["forcing"] == "experts")].iloc[0]
    other = rows[(rows["concept"] == "all") & (rows["forcing"] == "random")].iloc[0]
    width = {
        name: row[f"{name}_high"] - row[f"{name}_low"] for name in ("difference", "over_random")
    }
    # Were both drawn apart, squares of widths would add up.
    free = rows[rows["forcing"] == "none"].iloc[0]
    apart = [np.hypot(row["high"] - row["low"], one["high"] - one["low"]) for one in (free, other)]
    assert width["difference"] < 0.85 * apart[0]
    assert width["over_random"] < 0.7 * apart[1]
    first = rows[(rows["concept"] == "c0") & (rows["forcing"] == "experts")].iloc[0]
    assert first["difference_high"] - first["difference_low"] < 0.8 * (first["high"] - first["low"])


def test_differences_agree_with_resampling_concepts_and_seeds_one_by_one() -> None:
    rng = np.random.default_rng(2)
    tokens = rng.integers(1, 30, size=(3, 8, 15)).astype(float)
    unforced, random, experts = simulated(rng, 8, 15, 1.0)
    stacks = [
        stack(value, weight)
        for value, weight in zip((unforced, random, experts), tokens, strict=True)
    ]
    table = scored({EXPERTS: stacks[2], RANDOM: stacks[1]}, stacks[0], draws=4000)
    found: dict[str, list[float]] = {"difference": [], "over_random": [], "c3": []}

    def mean(which: int, rows: tuple[npt.NDArray[np.int64], ...]) -> float:
        values = (unforced, random, experts)[which]
        return float((values[rows] * tokens[which][rows]).sum() / tokens[which][rows].sum())

    for _ in range(4000):
        own, drawn = rng.integers(0, 8, size=8), rng.integers(0, 15, size=15)
        rows = np.ix_(own, drawn)
        found["difference"].append(mean(2, rows) - mean(0, rows))
        found["over_random"].append(mean(2, rows) - mean(1, rows))
        rows = np.ix_(np.array([3]), drawn)
        found["c3"].append(mean(2, rows) - mean(1, rows))
    every, third = (
        table[(table["concept"] == name) & (table["forcing"] == "experts")].iloc[0]
        for name in ("all", "c3")
    )
    for row, column, name, units in (
        (every, "difference", "difference", 8),
        (every, "over_random", "over_random", 8),
        (third, "over_random", "c3", 15),
    ):
        low, high = np.quantile(found[name], expanded(units))
        ends = row[f"{column}_low"], row[f"{column}_high"]
        assert ends == pytest.approx((low, high), abs=0.06 * (high - low))
        assert low < row[column] < high
    assert every["difference"] == pytest.approx(every["value"] - every["chance"])


def test_only_experts_with_controls_are_compared_with_them() -> None:
    texts = map(stack, simulated(np.random.default_rng(3), 3, 4, 0.0))
    unforced, random, experts = texts
    other = [
        replace(EXPERTS, k=9),
        replace(EXPERTS, factor=2.0),
        replace(EXPERTS, source_language="sw"),
    ]
    rows = scored({EXPERTS: experts, SHUFFLED: random, **dict.fromkeys(other, experts)}, unforced)
    compared = rows[rows["over_shuffled"].notna()]
    assert len(compared) == 4
    keys = compared[["source_language", "forcing", "k", "factor"]]
    assert (keys == ["es", "experts", 5, 1.0]).all(axis=None)
    assert rows["over_random"].isna().all()
    np.testing.assert_array_equal(rows["difference"].isna(), rows["forcing"] == "none")


def test_words_are_compared_concept_by_concept() -> None:
    rng = np.random.default_rng(4)
    common = rng.normal(size=(30, 2))
    change = {
        EXPERTS: common + 0.5 + rng.normal(scale=0.2, size=(30, 2)),
        RANDOM: common + rng.normal(scale=0.2, size=(30, 2)),
    }
    for each in change.values():
        each[[3, 4], 1] = np.nan
    names = [f"c{number}" for number in range(30)]
    table = pd.concat(list(score_words(change, names, ["en", "es"], seed=0, draws=4000)))
    experts = table[table["forcing"] == "experts"]
    assert len(experts) == 2 + 60 - 2
    np.testing.assert_array_equal(experts["difference"], experts["value"])
    means = experts[experts["concept"] == "all"].set_index("language")
    np.testing.assert_array_equal(means[["difference_low", "difference_high"]], means[ENDS])
    for place, code in enumerate(("en", "es")):
        differences = (change[EXPERTS] - change[RANDOM])[:, place]
        differences = differences[~np.isnan(differences)]
        low, high = expanded(len(differences))
        theirs = stats.bootstrap(
            (differences,), np.mean, n_resamples=4000, method="percentile",
            confidence_level=high - low, rng=rng,
        ).confidence_interval  # fmt: skip
        row = means.loc[code]
        assert row["over_random"] == pytest.approx(differences.mean())
        ends = row["over_random_low"], row["over_random_high"]
        assert ends == pytest.approx(tuple(theirs), abs=0.02)
        assert ends[1] - ends[0] < 0.3 * (row["high"] - row["low"])
    one = experts[(experts["concept"] == "c3") & (experts["language"] == "en")].iloc[0]
    assert one["over_random"] == pytest.approx(change[EXPERTS][3, 0] - change[RANDOM][3, 0])
    assert one[[*ENDS, "difference_low", "over_random_low"]].isna().all()
    random = table[table["forcing"] == "random"]
    assert random["over_random"].isna().all()
