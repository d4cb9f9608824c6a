"""What setting a language's neurons to zero costs each language.

1. Each language's held-out documents are split. On one part each language's neurons are chosen by
   LAPE (`analysis.lape.entropy`): of those active in it the ones of lowest entropy. On the other
   part losses are read, so that no document chooses the neurons that it is scored without.
2. For each language its neurons are set to zero past the non-linearity, at every token, and all
   texts are scored; the same documents are scored with the whole model.
3. For the chance level as many random neurons of each layer are set to zero instead, several times.

A model whose language neurons serve their language pays on its text and hardly elsewhere; where
languages share what they compute, the loss spreads or vanishes.

The source takes the lowest entropies of all neurons together. These may be one language's alone, in
a small model Chinese's for example, and how many each language gets changes while it trains. Here
every language gets as many, so that languages and steps compare.

Source: Tang et al., "Language-Specific Neurons", ACL 2024, arXiv 2402.16438, section 4.

Shapes: L languages, D documents scored, N neurons, E candidates.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from tqdm import tqdm
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from analysis.activations.neurons import NeuronGroup, find_neurons, firing_counts, silenced
from analysis.activations.readout import linear_head
from analysis.deactivation.settings import DeactivationSettings
from analysis.heldout import HeldoutSettings, check_finite, document_bits
from analysis.lape.entropy import probabilities, score
from analysis.lape.reading import read_alike
from analysis.parts import two_parts
from analysis.seeds import derive, stream
from analysis.statistics.bootstrap import bootstrap_ratio
from analysis.tables import columns
from analysis.tokens import Ids, check_vocabulary, document_start, leading_documents

Floats = npt.NDArray[np.float64]
Units = list[Ids]
"""Numbers of neurons, an array for each layer's MLP."""


class _Text(NamedTuple):
    """The documents that are scored."""

    documents: list[Ids]
    bytes_D: Floats
    language_D: Ids


def deactivate_languages(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    heldout: Mapping[str, Sequence[str]],
    settings: DeactivationSettings,
) -> pd.DataFrame:
    """The table `deactivation` of `analysis.tables` for `model`, in evaluation mode.

    It has a row for each language whose neurons are set to zero and each language scored. With
    fewer than two languages it is empty: no neuron can be told to be a language's. The weights are
    not touched, and no hook stays behind, whatever fails.

    Raises `UserError` for a language with fewer than two documents or without text, a tokenizer
    that does not fit the model, a loss that is not finite, and as `find_neurons`, `linear_head` and
    `firing_counts` do.
    """
    check_vocabulary(model, tokenizer)
    groups = find_neurons(model, "deactivation")
    head = linear_head(model, document_start(tokenizer), "deactivation")
    if len(heldout) < 2:
        return pd.DataFrame(columns=columns("deactivation"))
    chosen_on, scored_on = two_parts(
        heldout, settings.choosing_share, settings.seed, "deactivation"
    )
    neurons = choose_neurons(model, tokenizer, chosen_on, groups, settings)
    text = _text(tokenizer, scored_on, settings.tokens_per_language)
    scoring = HeldoutSettings(
        tokens_per_language=settings.tokens_per_language,
        context=settings.context,
        batch_tokens=settings.batch_tokens,
        chunk_rows=settings.chunk_rows,
    )
    passes = 1 + sum(1 + settings.random_draws for units in neurons.values() if _size(units))
    with tqdm(total=passes, desc="deactivation", unit="pass", leave=False) as bar:

        def bits(units: Units) -> Floats:
            """What each document costs without these neurons."""
            with silenced(model, groups, units):
                bits_D = document_bits(
                    model, head, tokenizer, text.documents, scoring, analysis="deactivation"
                )
            for place, language in enumerate(heldout):
                check_finite(model, language, bits_D[text.language_D == place])
            bar.update()
            return bits_D

        whole_D = bits([np.empty(0, dtype=np.int64)] * len(groups))
        rows: list[dict[str, Any]] = []
        for language, units in neurons.items():
            added_D, random_D = np.zeros_like(whole_D), np.zeros_like(whole_D)
            if _size(units):
                added_D = bits(units) - whole_D
                draws = [bits(each) for each in _random(language, units, groups, settings)]
                random_D = np.mean(draws, axis=0) - whole_D
            rows += [
                {"neurons_of": language, "neurons": _size(units), **row}
                for row in _rows(added_D, random_D, whole_D, text, list(heldout), settings.seed)
            ]
    return pd.DataFrame(rows, columns=columns("deactivation"))


def choose_neurons(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    documents: Mapping[str, Sequence[str]],
    groups: Sequence[NeuronGroup],
    settings: DeactivationSettings,
) -> dict[str, Units]:
    """The neurons of each language: as many for each, fewer where fewer are active in it."""
    text = read_alike(
        model,
        tokenizer,
        documents,
        tokens=settings.choosing_tokens,
        context=settings.context,
    )
    counts_LN = firing_counts(
        model,
        groups,
        text.windows,
        text.language_D[text.document_of],
        len(documents),
        batch_tokens=settings.batch_tokens,
        analysis="deactivation",
    )
    tokens_L = np.bincount(text.language_D, weights=text.tokens_D).astype(np.float64)
    found = score(probabilities(np.eye(len(documents)), counts_LN, tokens_L), settings.quantile)
    kept = max(1, round(settings.share * counts_LN.shape[1]))
    ends = np.cumsum([group.width for group in groups])
    return {
        language: [
            own[(own >= end - group.width) & (own < end)] - (end - group.width)
            for group, end in zip(groups, ends.tolist(), strict=True)
        ]
        for language, active_E in zip(documents, found.active_LE, strict=True)
        for own in [np.sort(found.candidate_E[active_E][:kept])]
    }


def _text(
    tokenizer: PreTrainedTokenizerBase, documents: Mapping[str, Sequence[str]], tokens: int
) -> _Text:
    """Documents of every language that hold `tokens` tokens, whole."""
    read = [
        leading_documents(tokenizer, language, texts, tokens)
        for language, texts in documents.items()
    ]
    return _Text(
        [ids for own in read for _, ids in own],
        np.asarray([len(text.encode()) for own in read for text, _ in own], dtype=np.float64),
        np.repeat(np.arange(len(read)), [len(own) for own in read]),
    )


def _size(units: Units) -> int:
    return sum(map(len, units))


def _random(
    language: str, units: Units, groups: Sequence[NeuronGroup], settings: DeactivationSettings
) -> Iterator[Units]:
    """As many random neurons of each layer as `units` has, once for each draw."""
    for draw in range(settings.random_draws):
        rng = stream(settings.seed, "deactivation.random", language, draw)
        yield [
            rng.choice(group.width, size=len(own), replace=False)
            for group, own in zip(groups, units, strict=True)
        ]


def _rows(
    added_D: Floats,
    random_D: Floats,
    whole_D: Floats,
    text: _Text,
    languages: Sequence[str],
    seed: int,
) -> Iterator[dict[str, Any]]:
    """What the loss of each language becomes, given the bits that are added to each document."""
    for place, language in enumerate(languages):
        own = text.language_D == place
        size = text.bytes_D[own].sum()
        interval = bootstrap_ratio(
            added_D[own], text.bytes_D[own], seed=derive(seed, "deactivation.bootstrap", language)
        )
        yield {
            "language": language,
            "value": float(added_D[own].sum() / size),
            "chance": float(random_D[own].sum() / size),
            "low": float(interval.low),
            "high": float(interval.high),
            "bits_per_byte": float(whole_D[own].sum() / size),
            "tokens": sum(len(text.documents[number]) for number in np.flatnonzero(own)),
            "documents": int(own.sum()),
        }
