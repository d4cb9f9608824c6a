"""From texts to the table of steering: shares and means, beside those without forcing.

Every number is a ratio of sums over texts, sum(value) / sum(weight): a share or a mean weighs each
text by one, nats per token weigh it by its tokens, and a text that says nothing weighs zero.

Each concept's texts were written with the same seeds, so concepts and seeds are crossed. Intervals
of a mean over concepts come from resampling both (`resampled_crossed`), those of one concept from
resampling seeds. `chance` is the same number over the texts that were written without any forcing,
with the same seeds; it is the same for all source languages.

What a forcing changes is a difference of two such numbers: from no forcing and, for experts, from
random units and from experts of shuffled labels. Texts of the same concept and seed were drawn at
the same random numbers, so both numbers are resampled together. What chance does to both alike
drops out, and the interval of a difference is not what two intervals side by side suggest.

Shapes: C concepts, S seeds, M measures, G languages, D bootstrap draws.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.statistics.bootstrap import Draws, resampled_crossed, resampled_ratios, unknown_draws
from analysis.steering.identification import MIXED, SHORT, ErrorRate, Verdict
from analysis.steering.units import EXPERTS, NONE, RANDOM, SHUFFLED
from analysis.tables import ALL, columns

Floats = npt.NDArray[np.float64]

Of = TypeVar("Of")

CONTROLS = {"over_random": RANDOM, "over_shuffled": SHUFFLED}
"""What experts are compared with, by the column that has the difference."""


@dataclass(frozen=True)
class Condition:
    """What texts were written under, apart from concept and seed."""

    source_language: str
    """Whose experts, or whose sentences; `ALL` without forcing."""

    forcing: str
    """What was forced."""

    k: int
    """Number of units; 0 without forcing."""

    factor: float
    """Multiple of their values; 0 without forcing."""


WITHOUT = Condition(ALL, NONE, 0, 0.0)
"""Nothing forced."""


@dataclass(frozen=True)
class Measured:
    """What was measured of one text."""

    verdict: Verdict
    mentions: Mapping[str, Sequence[str]]
    """Concept -> languages whose words for it stand in the text; of concepts that are known."""
    repeated: float
    """Share of it that was there before."""
    nats: float
    """What it costs the unforced model."""
    tokens: int


class Measures:
    """The measures of texts by name and language, and what each takes from a text."""

    def __init__(self, languages: Sequence[str]) -> None:
        self.languages = list(languages)
        self.names = [
            *(("language_share", code) for code in (*languages, SHORT, MIXED)),
            *(("about", code) for code in (ALL, *languages)),
            ("repetition", ALL),
            ("nats_per_token", ALL),
        ]

    def of(self, text: Measured, concept: str) -> tuple[Floats, Floats]:
        """Values and weights (M,) of a text, asked whether it is about a concept."""
        said = text.mentions.get(concept)
        about = [said is not None and bool(said)]
        about += [said is not None and code in said for code in self.languages]
        shares = [text.verdict.language == code for code in (*self.languages, SHORT, MIXED)]
        values = np.array([*shares, *about, text.repeated, text.nats])
        weights = np.ones(len(values))
        weights[len(shares) : -2] = said is not None
        weights[-1] = text.tokens
        return values, weights

    def stacked(self, texts: Sequence[Sequence[Measured]], concepts: Sequence[str]) -> "Stack":
        """The measures of texts given by concept and seed."""
        pairs = [
            [self.of(text, concept) for text in row]
            for concept, row in zip(concepts, texts, strict=True)
        ]
        both = np.array(pairs, dtype=np.float64)
        return Stack(both[:, :, 0], both[:, :, 1])


class Estimate(NamedTuple):
    """Numbers and their interval, from what they are in each bootstrap draw."""

    value: Floats
    draws: Draws

    def minus(self, other: "Estimate") -> "Estimate":
        """The differences, draw by draw."""
        return Estimate(self.value - other.value, self.draws.minus(other.draws))


@dataclass(frozen=True)
class Stack:
    """Measures of texts by concept and seed."""

    value_CSM: Floats
    weight_CSM: Floats

    def mean(self, *, seed: int, draws: int) -> Estimate:
        """Over all concepts and seeds, (M,)."""
        return Estimate(
            _over(self.value_CSM.sum(axis=(0, 1)), self.weight_CSM.sum(axis=(0, 1))),
            resampled_crossed(self.value_CSM, self.weight_CSM, seed=seed, draws=draws),
        )

    def mean_by_concept(self, *, seed: int, draws: int) -> Estimate:
        """Over seeds, (C, M)."""
        concepts, seeds, size = self.value_CSM.shape
        by_seed = (
            part.transpose(1, 0, 2).reshape(seeds, -1) for part in (self.value_CSM, self.weight_CSM)
        )
        return Estimate(
            _over(self.value_CSM.sum(axis=1), self.weight_CSM.sum(axis=1)),
            resampled_ratios(*by_seed, seed=seed, draws=draws).shaped(concepts, size),
        )


def score_texts(
    stacks: Mapping[Condition, Stack],
    unforced: Stack,
    concepts: Sequence[str],
    measures: Measures,
    *,
    seed: int,
    draws: int,
) -> Iterator[pd.DataFrame]:
    """Rows of every condition: the mean over concepts, then each concept; `unforced` first.

    Of the texts without forcing there is the mean over concepts alone, which differ in what they
    are asked for and not in the texts.
    """
    chance = {"seed": seed, "draws": draws}
    free, free_by_concept = unforced.mean(**chance), unforced.mean_by_concept(**chance)
    seeds = unforced.value_CSM.shape[1]
    yield _rows(WITHOUT, ALL, measures.names, _numbers(free, free.value, {}), seeds)
    for condition, stack in stacks.items():
        others = _controls(condition, stacks)
        numbers = _numbers(
            stack.mean(**chance),
            free.value,
            {"difference": free} | {name: other.mean(**chance) for name, other in others.items()},
        )
        yield _rows(condition, ALL, measures.names, numbers, len(concepts) * seeds)
        numbers = _numbers(
            stack.mean_by_concept(**chance),
            free_by_concept.value,
            {"difference": free_by_concept}
            | {name: other.mean_by_concept(**chance) for name, other in others.items()},
        )
        yield from _rows_by_concept(condition, concepts, measures.names, numbers, seeds)


def score_words(
    changes: Mapping[Condition, Floats],
    concepts: Sequence[str],
    languages: Sequence[str],
    *,
    seed: int,
    draws: int,
) -> Iterator[pd.DataFrame]:
    """Rows of the change of the concepts' log-probabilities under every condition, each (C, G).

    NaN where there is no such word. The mean over concepts, with an interval over them, then each
    concept, which has none.
    """
    names = [("word_log_probability", code) for code in languages]
    nothing_G = np.zeros(len(languages))
    means = {
        condition: _mean_known(change_CG, seed=seed, draws=draws)
        for condition, change_CG in changes.items()
    }
    each = {
        condition: Estimate(change_CG, unknown_draws(change_CG.shape))
        for condition, change_CG in changes.items()
    }
    for condition in changes:
        numbers = _numbers(means[condition], nothing_G, _controls(condition, means))
        yield _rows(condition, ALL, names, _as_differences(numbers), 0)
        by_concept = _numbers(
            each[condition], np.zeros_like(changes[condition]), _controls(condition, each)
        )
        yield from _rows_by_concept(condition, concepts, names, _as_differences(by_concept), 0)


def score_identifier(rates: Sequence[ErrorRate]) -> pd.DataFrame:
    """Rows of the identifier's own error on held-out text."""
    names = [(f"identifier_{rate.verdict}", rate.language) for rate in rates]
    numbers = {
        name: np.array([getattr(rate, name) for rate in rates]) for name in ("value", "low", "high")
    }
    return _table(WITHOUT, ALL, names, numbers, [rate.snippets for rate in rates])


def _controls(condition: Condition, of: Mapping[Condition, Of]) -> dict[str, Of]:
    """What `of` has of a condition's controls, by the column that compares with them."""
    if condition.forcing != EXPERTS:
        return {}
    beside = {name: replace(condition, forcing=kind) for name, kind in CONTROLS.items()}
    return {name: of[other] for name, other in beside.items() if other in of}


def _mean_known(change_CG: Floats, *, seed: int, draws: int) -> Estimate:
    """Means over the concepts that are not NaN, (G,)."""
    there_CG = (~np.isnan(change_CG)).astype(np.float64)
    known_CG = np.nan_to_num(change_CG)
    return Estimate(
        _over(known_CG.sum(axis=0), there_CG.sum(axis=0)),
        resampled_ratios(known_CG, there_CG, seed=seed, draws=draws),
    )


def _as_differences(numbers: dict[str, Floats]) -> dict[str, Floats]:
    """Numbers that are changes from no forcing already, said in those columns too."""
    named = {"": "value", "_low": "low", "_high": "high"}
    return numbers | {f"difference{end}": numbers[name] for end, name in named.items()}


def _numbers(own: Estimate, chance: Floats, compared: Mapping[str, Estimate]) -> dict[str, Floats]:
    """Columns of the table: an estimate and its differences from others, with intervals."""
    ends = own.draws.interval()
    numbers = {"value": own.value, "chance": chance, "low": ends.low, "high": ends.high}
    for name, other in compared.items():
        difference = own.minus(other)
        ends = difference.draws.interval()
        numbers |= {
            name: difference.value,
            f"{name}_low": ends.low,
            f"{name}_high": ends.high,
        }
    return numbers


def _rows(
    condition: Condition,
    concept: str,
    names: Sequence[tuple[str, str]],
    numbers: Mapping[str, Floats],
    texts: int,
) -> pd.DataFrame:
    """Rows for those of the metrics and languages `names` that have a value."""
    table = _table(condition, concept, names, numbers, texts)
    return table[table["value"].notna()]


def _rows_by_concept(
    condition: Condition,
    concepts: Sequence[str],
    names: Sequence[tuple[str, str]],
    numbers: Mapping[str, Floats],
    texts: int,
) -> Iterator[pd.DataFrame]:
    """Rows of each concept from numbers with an axis for them in front."""
    for row, concept in enumerate(concepts):
        own = {name: of_concepts[row] for name, of_concepts in numbers.items()}
        yield _rows(condition, concept, names, own, texts)


def _table(
    condition: Condition,
    concept: str,
    names: Sequence[tuple[str, str]],
    numbers: Mapping[str, Floats],
    texts: int | Sequence[int],
) -> pd.DataFrame:
    """A row for each metric and language; a column that `numbers` lacks is NaN."""
    return (
        pd.DataFrame(names, columns=["metric", "language"])
        .assign(
            source_language=condition.source_language,
            concept=concept,
            forcing=condition.forcing,
            k=condition.k,
            factor=condition.factor,
            texts=texts,
            **numbers,
        )
        .reindex(columns=columns("steering"))
    )


def _over(sums: Floats, weights: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(sums / weights, dtype=np.float64)
