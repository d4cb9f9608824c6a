"""From texts to the table of steering: shares and means, beside those without forcing.

Every number is a ratio of sums over texts, sum(value) / sum(weight): a share or a mean weighs each
text by one, nats per token weigh it by its tokens, and a text that says nothing weighs zero.

Each concept's texts were written with the same seeds, so concepts and seeds are crossed. Intervals
of a mean over concepts come from resampling both (`bootstrap_crossed`), those of one concept from
resampling seeds. `chance` is the same number over the texts that were written without any forcing,
with the same seeds; it is the same for all source languages.

Shapes: C concepts, S seeds, M measures.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.statistics.bootstrap import bootstrap_crossed, bootstrap_ratio
from analysis.steering.identification import MIXED, SHORT, ErrorRate, Verdict
from analysis.tables import ALL, columns

Floats = npt.NDArray[np.float64]


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


@dataclass(frozen=True)
class Stack:
    """Measures of texts by concept and seed."""

    value_CSM: Floats
    weight_CSM: Floats

    def mean(self) -> Floats:
        """Over all concepts and seeds, (M,)."""
        return _over(self.value_CSM.sum(axis=(0, 1)), self.weight_CSM.sum(axis=(0, 1)))

    def mean_by_concept(self) -> Floats:
        """Over seeds, (C, M)."""
        return _over(self.value_CSM.sum(axis=1), self.weight_CSM.sum(axis=1))


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
    chance_M, chance_CM = unforced.mean(), unforced.mean_by_concept()
    for condition, stack in {_WITHOUT: unforced, **stacks}.items():
        low, high = bootstrap_crossed(stack.value_CSM, stack.weight_CSM, seed=seed, draws=draws)
        value_M, texts = stack.mean(), stack.value_CSM.shape[0] * stack.value_CSM.shape[1]
        own = texts if condition != _WITHOUT else stack.value_CSM.shape[1]
        yield _rows(condition, ALL, measures.names, value_M, chance_M, low, high, own)
        if condition == _WITHOUT:
            continue
        seeds, size = stack.value_CSM.shape[1], len(measures.names)
        flat = [
            part.transpose(1, 0, 2).reshape(seeds, -1)
            for part in (stack.value_CSM, stack.weight_CSM)
        ]
        low, high = bootstrap_ratio(flat[0], flat[1], seed=seed, draws=draws)
        for row, (concept, value_M) in enumerate(
            zip(concepts, stack.mean_by_concept(), strict=True)
        ):
            part = slice(row * size, (row + 1) * size)
            yield _rows(
                condition, concept, measures.names, value_M, chance_CM[row], low[part], high[part],
                seeds,
            )  # fmt: skip


def score_words(
    change_CG: Floats,
    condition: Condition,
    concepts: Sequence[str],
    languages: Sequence[str],
    *,
    seed: int,
    draws: int,
) -> Iterator[pd.DataFrame]:
    """Rows of the change of the concepts' log-probabilities, NaN where there is no such word.

    The mean over concepts, with an interval over them, then each concept, which has none.
    """
    there_CG = (~np.isnan(change_CG)).astype(np.float64)
    value_CG = np.nan_to_num(change_CG)
    low, high = bootstrap_ratio(value_CG, there_CG, seed=seed, draws=draws)
    names = [("word_log_probability", code) for code in languages]
    none = np.full(len(languages), np.nan)
    mean_G = _over(value_CG.sum(axis=0), there_CG.sum(axis=0))
    yield _rows(condition, ALL, names, mean_G, np.zeros(len(names)), low, high, 0)
    for concept, change_G in zip(concepts, change_CG, strict=True):
        yield _rows(condition, concept, names, change_G, np.zeros(len(names)), none, none, 0)


def score_identifier(rates: Sequence[ErrorRate]) -> pd.DataFrame:
    """Rows of the identifier's own error on held-out text."""
    table = pd.DataFrame(
        {
            "metric": [f"identifier_{rate.verdict}" for rate in rates],
            "language": [rate.language for rate in rates],
            "value": [rate.value for rate in rates],
            "chance": np.nan,
            "low": [rate.low for rate in rates],
            "high": [rate.high for rate in rates],
            "texts": [rate.snippets for rate in rates],
        }
    )
    return _named(table, _WITHOUT, ALL)


def _rows(
    condition: Condition,
    concept: str,
    names: Sequence[tuple[str, str]],
    value: Floats,
    chance: Floats,
    low: Floats,
    high: Floats,
    texts: int,
) -> pd.DataFrame:
    table = pd.DataFrame(names, columns=["metric", "language"]).assign(
        value=value, chance=chance, low=low, high=high, texts=texts
    )
    return _named(table[table["value"].notna()], condition, concept)


def _named(table: pd.DataFrame, condition: Condition, concept: str) -> pd.DataFrame:
    table = table.assign(
        source_language=condition.source_language,
        concept=concept,
        forcing=condition.forcing,
        k=condition.k,
        factor=condition.factor,
    )
    return table[columns("steering")]


def _over(sums: Floats, weights: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(sums / weights, dtype=np.float64)


_WITHOUT = Condition(ALL, "none", 0, 0.0)
