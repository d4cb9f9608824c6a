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
    Condition,
    Measured,
    Measures,
    score_identifier,
    score_texts,
    score_words,
)
from analysis.steering.settings import SteeringSettings
from analysis.steering.units import NONE, Steered, choose_units, steered_concepts
from analysis.tables import ALL, columns
from analysis.tokens import document_start

Floats = npt.NDArray[np.float64]


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
    own error is measured. `model` is in eval mode and in float32.

    Raises `UserError` for a language that the identifier doesn't know, a source language or concept
    that the set lacks, a model whose logits are not its head's outputs, and as `choose_units` and
    `generate` do.
    """
    languages = list(heldout)
    identify([], languages)
    _tell_start(tokenizer)
    chosen = steered_concepts(concepts, settings)
    # What only losses need is asked for before any text is written.
    linear_head(model, document_start(tokenizer), "steering")
    units = choose_units(model, tokenizer, chosen, settings, experts)
    seeds = range(settings.seeds)
    held = [None, *(one.forcing for one in units)]
    written = generate(
        model,
        tokenizer,
        [Job(forcing, seed) for forcing in held for seed in seeds],
        max_new_tokens=settings.max_new_tokens,
        temperature=settings.temperature,
        top_p=settings.top_p,
        batch_texts=settings.batch_texts,
    )
    measured = _measure(model, tokenizer, written, chosen.concepts, languages, experts)
    start = str(tokenizer.convert_ids_to_tokens(document_start(tokenizer)))
    texts = _text_table(written, measured, units, settings.seeds, start)
    by_forcing = [
        measured[first : first + settings.seeds]
        for first in range(0, len(measured), settings.seeds)
    ]
    measures = Measures(languages)
    unforced = measures.stacked([by_forcing[0]] * len(chosen.concepts), chosen.concepts)
    conditions = _by_condition(units)
    stacks = {
        condition: measures.stacked([by_forcing[1 + place] for place in places], chosen.concepts)
        for condition, places in conditions.items()
    }
    chance = {"seed": settings.seed, "draws": settings.draws}
    scores = list(score_texts(stacks, unforced, chosen.concepts, measures, **chance))
    words = _Words(model, tokenizer, chosen.concepts, languages, experts.batch_tokens)
    before_CG = words.log_probabilities([None] * len(chosen.concepts))
    changes: dict[Condition, Floats] = {}
    for condition, places in tqdm(
        conditions.items(), desc="probabilities of words", unit="forcing", leave=False
    ):
        after_CG = words.log_probabilities([units[place].forcing for place in places])
        changes[condition] = after_CG - before_CG
    scores += score_words(changes, chosen.concepts, languages, **chance)
    size = int(np.median([letter_bytes(one.text) for one in written]))
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


def _by_condition(units: Sequence[Steered]) -> dict[Condition, list[int]]:
    """Places of the forcings of each condition, one for each concept, in the concepts' order."""
    found: dict[Condition, list[int]] = {}
    for place, one in enumerate(units):
        condition = Condition(one.language, one.kind, one.k, one.factor)
        found.setdefault(condition, []).append(place)
    return found


class _Words:
    """The concepts' words in each language, as far as the lexicon has them."""

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        concepts: Sequence[str],
        languages: Sequence[str],
        batch_tokens: int,
    ) -> None:
        entries = read_lexicon(languages).entries
        self.model, self.tokenizer, self.batch_tokens = model, tokenizer, batch_tokens
        self.forms = [
            usual_forms(entries[code][concept]) if concept in entries[code] else []
            for concept in concepts
            for code in languages
        ]
        self.languages = len(languages)

    def log_probabilities(self, forcings: Sequence[Forcing | None]) -> Floats:
        """Of a document that begins with a concept's word, (C, G), each under its own forcing."""
        held = [forcing for forcing in forcings for _ in range(self.languages)]
        found = word_log_probabilities(
            self.model, self.tokenizer, self.forms, held, batch_tokens=self.batch_tokens
        )
        return found.reshape(len(forcings), self.languages)


def _text_table(
    written: Sequence[Written],
    measured: Sequence[Measured],
    units: Sequence[Steered],
    seeds: int,
    start: str,
) -> pd.DataFrame:
    """One row per text, in the order in which they were written."""
    origin = [(ALL, ALL, NONE, 0, 0.0)]
    origin += [(one.language, one.concept, one.kind, one.k, one.factor) for one in units]
    table = pd.DataFrame(
        [row for row in origin for _ in range(seeds)],
        columns=["source_language", "concept", "forcing", "k", "factor"],
    )
    return table.assign(
        seed=list(range(seeds)) * len(origin),
        text=[one.text for one in written],
        tokens=[len(one.ids) for one in written],
        ended=[one.ended for one in written],
        language=[one.verdict.language for one in measured],
        confidence=[one.verdict.confidence for one in measured],
        mentions=[
            " ".join(one.mentions.get(concept, ()))
            for one, concept in zip(measured, table["concept"], strict=True)
        ],
        repeated=[one.repeated for one in measured],
        nats=[one.nats for one in measured],
        start=start,
    )[columns("steering_texts")]
