"""Language neurons of a checkpoint, beside what shuffled documents give.

1. As many tokens of each language's held-out documents are read (`analysis.lape.reading`).
2. `firing_counts` counts by document, `analysis.lape.entropy` scores and chooses the neurons.
3. The lowest 1 % exist in any network, one that has learnt nothing as well. So the same is computed
   with the documents shuffled over the languages, several times. `below_null` asks for neurons
   whose entropy is so low that only 1 % of all neurons would come that low by chance: beyond that
   share they depend on the language.

Intervals are bootstrapped over the documents of each language. Drawing documents anew adds noise,
and noise lowers entropies, in the null as well; so the spread of the draws about their own mean is
laid about the value, which makes it comparable to its chance level.

Shapes: L languages, D documents, N neurons, K rows of a table by layer (layers + 1).
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from analysis.activations.neurons import NeuronGroup, find_neurons, firing_counts
from analysis.errors import UserError
from analysis.lape.entropy import (
    Floats,
    Floats32,
    Ints,
    Scored,
    probabilities,
    score,
    spread,
    tally,
    threshold,
)
from analysis.lape.reading import read_alike
from analysis.lape.settings import LapeSettings
from analysis.seeds import stream
from analysis.statistics.bootstrap import Draws
from analysis.tables import ALL, ALL_LAYERS, columns
from analysis.tokens import check_vocabulary

QUANTILES = {"entropy_q01": 0.01, "entropy_q10": 0.1, "entropy_q50": 0.5, "entropy_q90": 0.9}
"""Metrics that are quantiles of the entropies of a layer."""


class LapeTables(NamedTuple):
    """What `find_language_neurons` found: the tables `lape` and `language_neurons`."""

    lape: pd.DataFrame
    neurons: pd.DataFrame


class _Counts(NamedTuple):
    """Counts by document and what is needed to add them up."""

    counts_DN: Floats32
    tokens_D: Floats
    language_D: Ints
    layer_N: Ints
    layers: int

    def scored(self, weights_LD: Floats, quantile: float) -> Scored:
        return score(probabilities(weights_LD, self.counts_DN, self.tokens_D), quantile)


def find_language_neurons(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    heldout: Mapping[str, Sequence[str]],
    settings: LapeSettings,
) -> LapeTables:
    """Language neurons of each layer and language, and one row for each of them.

    `lape` has for each layer and for all of them (layer -1) a row for each metric: by language and
    for all of them "language_neurons" and "below_null", for all languages "entropy_mean" and
    `QUANTILES`. `language_neurons` is ordered by entropy. With fewer than two languages both are
    empty: there is nothing to tell apart.

    Raises `UserError` for a language without text, a tokenizer that does not fit the model, counts
    that exceed the memory allowed, and as `find_neurons` and `firing_counts` do.
    """
    check_vocabulary(model, tokenizer)
    groups = find_neurons(model)
    if len(heldout) < 2:
        empty = (pd.DataFrame(columns=columns(name)) for name in ("lape", "language_neurons"))
        return LapeTables(*empty)
    languages = list(heldout)
    counts = _count(model, tokenizer, heldout, groups, settings)
    true_LD = _one_hot(counts.language_D, len(languages))
    probability_LN = probabilities(true_LD, counts.counts_DN, counts.tokens_D)
    found = score(probability_LN, settings.quantile)
    kept = max(1, round(settings.share * len(counts.layer_N)))
    null = [
        counts.scored(true_LD[:, order], settings.quantile)
        for order in _shuffles(len(counts.tokens_D), settings)
    ]
    low = threshold(null, kept)
    values = _numbers(found, kept, low, counts)
    chance = np.mean([_numbers(scored, kept, low, counts) for scored in null], axis=0)
    interval = np.full((2, *values.shape), np.nan)
    if np.bincount(counts.language_D, minlength=len(languages)).min() > 1:
        drawn = np.stack(
            [
                _numbers(counts.scored(true_LD * times_D, settings.quantile), kept, low, counts)
                for times_D in _resamples(counts.language_D, languages, settings)
            ]
        )
        documents = np.full(values.shape, len(counts.tokens_D))
        ends = Draws.of(drawn - drawn.mean(axis=0), documents, len(languages)).interval()
        interval = np.maximum(values + np.stack(ends), 0.0)
    tokens = round(counts.tokens_D.sum() / len(languages))
    return LapeTables(
        _table(values, chance, interval, languages, groups, tokens),
        _neuron_table(found, kept, low, probability_LN, languages, groups),
    )


def _count(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    heldout: Mapping[str, Sequence[str]],
    groups: Sequence[NeuronGroup],
    settings: LapeSettings,
) -> _Counts:
    """The counts of as many tokens of every language."""
    text = read_alike(
        model,
        tokenizer,
        heldout,
        tokens=settings.tokens_per_language,
        context=settings.context,
    )
    documents = len(text.tokens_D)
    neurons = sum(group.width for group in groups)
    needed = documents * neurons * 4
    if needed > settings.memory_mb << 20:
        raise UserError(
            f"counts of {documents} documents x {neurons} neurons take "
            f"{-(-needed // (1 << 20))} MiB, {settings.memory_mb} are allowed",
            where="lape.memory_mb",
            fix="raise it or lower lape.tokens_per_language",
        )
    return _Counts(
        firing_counts(
            model,
            groups,
            text.windows,
            text.document_of,
            documents,
            batch_tokens=settings.batch_tokens,
        ),
        text.tokens_D,
        text.language_D,
        np.repeat([group.layer for group in groups], [group.width for group in groups]),
        len(groups),
    )


def _one_hot(language_D: Ints, languages: int) -> Floats:
    """Weights (L, D) that count every document once, for its language."""
    return np.asarray(np.arange(languages)[:, None] == language_D, dtype=np.float64)


def _shuffles(documents: int, settings: LapeSettings) -> list[Ints]:
    return [
        stream(settings.seed, "lape.permutation", number).permutation(documents)
        for number in range(settings.permutations)
    ]


def _resamples(language_D: Ints, languages: Sequence[str], settings: LapeSettings) -> Ints:
    """How often each document is drawn when each language's are drawn anew, (draws, D)."""
    times = np.empty((settings.draws, len(language_D)), dtype=np.int64)
    for place, language in enumerate(languages):
        own = np.flatnonzero(language_D == place)
        rng = stream(settings.seed, "lape.bootstrap", language)
        share = np.full(len(own), 1 / len(own))
        times[:, own] = rng.multinomial(len(own), share, size=settings.draws)
    return times


def _numbers(scored: Scored, kept: int, low: float, counts: _Counts) -> Floats:
    """The numbers of a table, (K, 2 (L + 1) + 1 + quantiles), in the order of `_metrics`."""
    below = int(np.searchsorted(scored.entropies(), low, side="right"))
    return np.concatenate(
        [
            tally(scored, kept, counts.layer_N, counts.layers),
            tally(scored, below, counts.layer_N, counts.layers),
            spread(scored.entropy_N, counts.layer_N, counts.layers, tuple(QUANTILES.values())),
        ],
        axis=1,
    )


def _metrics(languages: Sequence[str]) -> list[tuple[str, str]]:
    """Language and metric of each column of `_numbers`."""
    counted = [
        (language, metric)
        for metric in ("language_neurons", "below_null")
        for language in (*languages, ALL)
    ]
    return [*counted, *((ALL, metric) for metric in ("entropy_mean", *QUANTILES))]


def _table(
    values: Floats,
    chance: Floats,
    interval: Floats,
    languages: Sequence[str],
    groups: Sequence[NeuronGroup],
    tokens: int,
) -> pd.DataFrame:
    widths = [group.width for group in groups]
    layers = zip(
        [*(group.layer for group in groups), ALL_LAYERS], [*widths, sum(widths)], strict=True
    )
    keys = [
        (layer, language, metric, width, tokens)
        for layer, width in layers
        for language, metric in _metrics(languages)
    ]
    frame = pd.DataFrame(keys, columns=["layer", "language", "metric", "neurons", "tokens"])
    return frame.assign(
        value=values.ravel(),
        chance=chance.ravel(),
        low=interval[0].ravel(),
        high=interval[1].ravel(),
    )[columns("lape")]


def _neuron_table(
    found: Scored,
    kept: int,
    low: float,
    probability_LN: Floats,
    languages: Sequence[str],
    groups: Sequence[NeuronGroup],
) -> pd.DataFrame:
    chosen = found.candidate_E[:kept]
    starts = np.cumsum([0, *(group.width for group in groups)])
    group = np.searchsorted(starts, chosen, side="right") - 1
    probability_LM = probability_LN[:, chosen]
    most = probability_LM.argmax(axis=0)
    names = np.asarray(languages)
    highest = probability_LM.max(axis=0)
    return pd.DataFrame(
        {
            "layer": np.asarray([one.layer for one in groups])[group],
            "module": np.asarray([one.module for one in groups])[group],
            "unit": chosen - starts[group],
            "language": names[most],
            "languages": [" ".join(names[active]) for active in found.active_LE[:, :kept].T],
            "entropy": found.entropy_N[chosen],
            "below_null": found.entropy_N[chosen] <= low,
            "probability": highest,
            "probability_elsewhere": (probability_LM.sum(axis=0) - highest) / (len(languages) - 1),
        },
        columns=columns("language_neurons"),
    )
