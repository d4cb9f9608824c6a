"""Steering: force a concept's experts, see which language comes out, and whether it is the concept.

1. Experts of the chosen concepts are found in each source language, and controls drawn
   (`analysis.steering.units`).
2. Texts are written under each forcing, and under none, all with the same seeds
   (`analysis.steering.generate`).
3. Of each text: its language, the languages whose words for the concept stand in it, how much it
   repeats itself, and what it costs the model without any forcing.
4. Without any sampling: how much likelier a forcing makes a document begin with the concept's
   words, in each language.
5. Shares and means with intervals, beside the same without forcing (`analysis.steering.scores`).

Steps 1 to 4 are made concept by concept, and once without forcing; parts that need nothing of each
other, so that several processes can share them. The last one brings them together.

Shapes: C concepts, G languages of the run.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from tqdm import tqdm
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from analysis.activations.readout import linear_head
from analysis.concepts.lexicon import read_lexicon
from analysis.concepts.sets import ConceptSet
from analysis.experts.settings import ExpertSettings
from analysis.steering.forcing import Forcing
from analysis.steering.generate import Job, Written, generate
from analysis.steering.identification import identifier_error, identify, letter_bytes
from analysis.steering.likelihood import text_losses, usual_forms, word_log_probabilities
from analysis.steering.mentions import known_mentions
from analysis.steering.repetition import repeated_share
from analysis.steering.scores import (
    WITHOUT,
    Condition,
    Measured,
    Measures,
    score_identifier,
    score_texts,
    score_words,
)
from analysis.steering.settings import SteeringSettings
from analysis.steering.units import choose_units, only_concepts, steered_concepts
from analysis.tables import ALL, columns
from analysis.tokens import document_start

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SteeringPart:
    """The texts of one concept under all its forcings, or those without any, and what they show."""

    concept: str | None
    """None without forcing."""

    texts: pd.DataFrame
    """Rows of the table `steering_texts`."""

    measured: dict[Condition, list[Measured]]
    """By seed."""

    change: dict[Condition, Floats]
    """What a forcing adds to the log-probabilities (G,) of the concept's words."""


@dataclass(frozen=True)
class SteeringTables:
    """What `steer` found: the tables `steering_texts` and `steering`."""

    texts: pd.DataFrame
    scores: pd.DataFrame


def steer(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    concepts: ConceptSet,
    heldout: Mapping[str, Sequence[str]],
    settings: SteeringSettings,
    experts: ExpertSettings,
) -> SteeringTables:
    """Texts under the forcings of every source language and concept, and what they show.

    The languages that a text may have are those of `heldout`, on whose documents the identifier's
    own error is measured. Raises `UserError` as `steering_parts` and `steer_part` do.
    """
    parts = [
        steer_part(model, tokenizer, concepts, list(heldout), settings, experts, part)
        for part in steering_parts(concepts, settings)
    ]
    return bring_together(parts, heldout, settings)


def steering_parts(concepts: ConceptSet, settings: SteeringSettings) -> list[str | None]:
    """What `steer_part` is asked for: None, for the texts without forcing, and each concept.

    Raises `UserError` as `steered_concepts` does.
    """
    return [None, *steered_concepts(concepts, settings).concepts]


def steer_part(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    concepts: ConceptSet,
    languages: Sequence[str],
    settings: SteeringSettings,
    experts: ExpertSettings,
    concept: str | None,
) -> SteeringPart:
    """The texts of one of `steering_parts`; `model` is in eval mode and in float32.

    Raises `UserError` for a language that the identifier doesn't know, a source language or concept
    that the set lacks, a model whose logits are not its head's outputs, and as `choose_units` and
    `generate` do.
    """
    identify([], languages)
    chosen = steered_concepts(concepts, settings)
    # What only losses need is asked for before any text is written.
    linear_head(model, document_start(tokenizer), "steering")
    if concept is None:  # once, not for each concept
        _tell_start(tokenizer)
    forcings: dict[Condition, Forcing | None] = {WITHOUT: None}
    if concept is not None:
        own = only_concepts(chosen, [concept])
        forcings = {
            Condition(one.language, one.kind, one.k, one.factor): one.forcing
            for one in choose_units(model, tokenizer, own, settings, experts)
        }
    seeds = range(settings.seeds)
    written = generate(
        model,
        tokenizer,
        [Job(forcing, seed) for forcing in forcings.values() for seed in seeds],
        max_new_tokens=settings.max_new_tokens,
        temperature=settings.temperature,
        top_p=settings.top_p,
        batch_texts=settings.batch_texts,
    )
    measured = _measure(model, tokenizer, written, chosen.concepts, languages, experts)
    start = str(tokenizer.convert_ids_to_tokens(document_start(tokenizer)))
    return SteeringPart(
        concept,
        _text_table(written, measured, list(forcings), concept or ALL, settings.seeds, start),
        {
            condition: measured[place * len(seeds) : (place + 1) * len(seeds)]
            for place, condition in enumerate(forcings)
        },
        {} if concept is None else _change(model, tokenizer, concept, languages, forcings, experts),
    )


def bring_together(
    parts: Sequence[SteeringPart], heldout: Mapping[str, Sequence[str]], settings: SteeringSettings
) -> SteeringTables:
    """The tables of the parts that `steering_parts` names, in that order."""
    without, *forced = parts
    names = [str(part.concept) for part in forced]
    measures = Measures(list(heldout))
    unforced = measures.stacked([without.measured[WITHOUT]] * len(names), names)
    conditions = list(forced[0].measured)
    stacks = {
        condition: measures.stacked([part.measured[condition] for part in forced], names)
        for condition in conditions
    }
    chance = {"seed": settings.seed, "draws": settings.draws}
    scores = list(score_texts(stacks, unforced, names, measures, **chance))
    changes = {
        condition: np.stack([part.change[condition] for part in forced]) for condition in conditions
    }
    scores += score_words(changes, names, list(heldout), **chance)
    texts = pd.concat([part.texts for part in parts], ignore_index=True)
    size = int(np.median([letter_bytes(text) for text in texts["text"]]))
    rates = identifier_error(heldout, size=max(size, 1), seed=settings.seed)
    scores.append(score_identifier(rates))
    return SteeringTables(texts, pd.concat(scores, ignore_index=True))


def _tell_start(tokenizer: PreTrainedTokenizerBase) -> None:
    """Say which token texts start from where it is not the tokenizer's beginning of sequence."""
    start = document_start(tokenizer)
    if tokenizer.bos_token_id != start:
        has = f"not from {tokenizer.bos_token}" if tokenizer.bos_token else "there is no BOS token"
        token = tokenizer.convert_ids_to_tokens(start)
        tqdm.write(
            f"steering: texts start from {token}, which precedes a document in training; {has}",
            file=sys.stderr,
        )


def _measure(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    written: Sequence[Written],
    concepts: Sequence[str],
    languages: Sequence[str],
    experts: ExpertSettings,
) -> list[Measured]:
    mentions = known_mentions(concepts, languages)
    ids = [one.ids for one in written]
    losses = text_losses(model, tokenizer, ids, batch_tokens=experts.batch_tokens)
    verdicts = identify([one.text for one in written], languages)
    return [
        Measured(
            verdict, mentions.find(one.text), repeated_share(one.text), float(nats), len(one.ids)
        )
        for one, verdict, nats in zip(
            tqdm(written, desc="measuring texts", unit="text", leave=False),
            verdicts,
            losses,
            strict=True,
        )
    ]


def _change(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    concept: str,
    languages: Sequence[str],
    forcings: Mapping[Condition, Forcing | None],
    experts: ExpertSettings,
) -> dict[Condition, Floats]:
    """What each forcing adds to the log-probability (G,) that a document begins with the concept.

    NaN for a language in which the lexicon has no word for it.
    """
    entries = read_lexicon(languages).entries
    forms = [
        usual_forms(entries[code][concept]) if concept in entries[code] else []
        for code in languages
    ]

    def log_probabilities(forcing: Forcing | None) -> Floats:
        held = [forcing] * len(forms)
        return word_log_probabilities(
            model, tokenizer, forms, held, batch_tokens=experts.batch_tokens
        )

    before_G = log_probabilities(None)
    return {
        condition: log_probabilities(forcing) - before_G for condition, forcing in forcings.items()
    }


def _text_table(
    written: Sequence[Written],
    measured: Sequence[Measured],
    conditions: Sequence[Condition],
    concept: str,
    seeds: int,
    start: str,
) -> pd.DataFrame:
    """One row per text, in the order in which they were written."""
    table = pd.DataFrame(
        [
            (one.source_language, concept, one.forcing, one.k, one.factor)
            for one in conditions
            for _ in range(seeds)
        ],
        columns=["source_language", "concept", "forcing", "k", "factor"],
    )
    return table.assign(
        seed=list(range(seeds)) * len(conditions),
        text=[one.text for one in written],
        tokens=[len(one.ids) for one in written],
        ended=[one.ended for one in written],
        language=[one.verdict.language for one in measured],
        confidence=[one.verdict.confidence for one in measured],
        mentions=[" ".join(one.mentions.get(concept, ())) for one in measured],
        repeated=[one.repeated for one in measured],
        nats=[one.nats for one in measured],
        start=start,
    )[columns("steering_texts")]
