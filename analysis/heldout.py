"""What held-out documents cost the model, by language, in bits per byte and bits per token.

1. A document is preceded by the token that precedes it in training (`document_start`).
2. It is cut into windows of at most `context` inputs, each of which predicts its successor: a
   window starts with the last token of the one before, so every token of the document is a target
   once and nothing else is.
3. The base model gives the states of a batch of windows; the head is applied to `chunk_rows` of
   them at a time, so that the logits of a batch never exist whole.

Bits per byte compare languages and tokenizers; bits per token depend on how finely the tokenizer
cuts a language. All bytes of a document count, so with a tokenizer that loses text (an unknown
token for many words, letters that normalisation drops) bits per byte come out too low: what was
lost costs nothing. Only tokenizers that give the text back compare.

R: predictions of a batch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch import nn
from tqdm import tqdm
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from analysis.activations.readout import linear_head
from analysis.errors import UserError
from analysis.memory import no_memory_is_a_user_error
from analysis.scoring import batch_nats
from analysis.seeds import derive
from analysis.statistics.bootstrap import bootstrap_ratio
from analysis.tables import MEAN, columns
from analysis.tokens import (
    Ids,
    check_vocabulary,
    document_start,
    document_windows,
    fitting_context,
    leading_documents,
    padded_batches,
)

Floats = npt.NDArray[np.float64]

_DRAWS = 1000


@dataclass(frozen=True)
class HeldoutSettings:
    """Settings of scoring held-out text; raises `UserError` naming the field that is wrong."""

    tokens_per_language: int = 16384
    """Documents are scored, whole and in their order, until they hold this many tokens, so that
    every checkpoint is scored on the same text. A language of a single one has no interval, and
    neither has the mean then."""

    context: int = 1024
    """Inputs of a window at most; fewer where the model has fewer positions."""

    batch_tokens: int = 8192
    """Tokens of one forward, padding included: half of it takes half the memory."""

    chunk_rows: int = 1024
    """Rows of logits that exist at a time, each of the vocabulary's size in fp32."""

    seed: int = 0
    """Seed of the bootstrap."""

    def __post_init__(self) -> None:
        for field in ("tokens_per_language", "context", "batch_tokens", "chunk_rows"):
            value = getattr(self, field)
            if value < 1:
                raise UserError(f"{field} is {value}", where="heldout", fix="it must be at least 1")


class _Costs(NamedTuple):
    """One language's scored documents, one entry each."""

    bits: Floats
    tokens: Floats
    bytes: Floats


def score_heldout(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    heldout: Mapping[str, Sequence[str]],
    settings: HeldoutSettings,
) -> pd.DataFrame:
    """Score `model`, in evaluation mode, on held-out documents by language.

    The table is `heldout` of `analysis.tables`: for each language and for `MEAN`, the unweighted
    mean over languages, one row for each metric.
    metric      "bits_per_byte" (UTF-8 bytes of the document) or "bits_per_token"
    value       bits of all documents over bytes or tokens of all documents
    chance      what a uniform guess over the vocabulary costs
    low, high   95 % bootstrap interval over documents; NaN where a language has only one
    tokens, bytes, documents    what was scored; for `MEAN` the sums

    Raises `UserError` for a language without text, a tokenizer that does not fit the model, a model
    whose logits are not its head's outputs, and a loss that is not finite.
    """
    assert not model.training, "the loss of a model in training mode is random"
    check_vocabulary(model, tokenizer)
    head = linear_head(model, document_start(tokenizer), "heldout")
    vocabulary = int(head.weight.shape[0])
    chosen = {
        language: leading_documents(tokenizer, language, texts, settings.tokens_per_language)
        for language, texts in heldout.items()
    }
    total = sum(len(ids) for documents in chosen.values() for _, ids in documents)
    costs: dict[str, _Costs] = {}
    with tqdm(total=total, desc="held-out loss", unit="token", leave=False) as bar:
        for language, documents in chosen.items():
            costs[language] = _Costs(
                document_bits(model, head, tokenizer, [ids for _, ids in documents], settings),
                np.asarray([len(ids) for _, ids in documents], dtype=np.float64),
                np.asarray([len(text.encode()) for text, _ in documents], dtype=np.float64),
            )
            check_finite(model, language, costs[language].bits)
            bar.update(int(costs[language].tokens.sum()))
    return _table(costs, float(np.log2(vocabulary)), settings.seed)


def check_finite(model: PreTrainedModel, language: str, bits: Floats) -> None:
    """Raise `UserError` when what a document of the language costs is not finite."""
    if not np.isfinite(bits).all():
        raise UserError(
            f"the loss on language '{language}' is not finite",
            where=model.name_or_path or None,
            fix="the weights have diverged; use an earlier checkpoint",
        )


def document_bits(
    model: PreTrainedModel,
    head: nn.Linear,
    tokenizer: PreTrainedTokenizerBase,
    documents: Sequence[Ids],
    settings: HeldoutSettings,
    *,
    analysis: str = "heldout",
) -> Floats:
    """Bits of each document: the sum over its tokens of -log2 p.

    `head` is the model's `linear_head`. `analysis` is the block of settings that `batch_tokens`
    comes from; raises `UserError` when the device's memory doesn't suffice.
    """
    context = fitting_context(model, settings.context)
    start = document_start(tokenizer)
    inputs: list[Ids] = []
    targets: list[Ids] = []
    document_of: list[int] = []
    for number, document in enumerate(documents):
        for window in document_windows(document, start, context):
            inputs.append(window[:-1])
            targets.append(window[1:])
            document_of.append(number)
    bits = np.zeros(len(documents))
    # Not inference mode, for the reason given in `analysis.activations.hidden`.
    with (
        torch.no_grad(),
        no_memory_is_a_user_error(
            "held-out text was scored",
            where=f"{analysis}.batch_tokens",
            value=settings.batch_tokens,
        ),
    ):
        for batch in padded_batches(inputs, settings.batch_tokens):
            nats_R = batch_nats(model, head, batch, targets, settings.chunk_rows)
            lengths = [len(targets[window]) for window in batch.windows]
            owner = np.repeat([document_of[window] for window in batch.windows], lengths)
            np.add.at(bits, owner, nats_R / np.log(2))
    return bits


def _table(costs: Mapping[str, _Costs], guess: float, seed: int) -> pd.DataFrame:
    """The table, `guess` being the bits of a uniform guess over the vocabulary."""
    rows: list[dict[str, Any]] = []
    sizes = {
        name: int(sum(getattr(cost, name).sum() for cost in costs.values()))
        for name in ("tokens", "bytes")
    }
    means: list[dict[str, Any]] = []
    for metric, unit in (("bits_per_byte", "bytes"), ("bits_per_token", "tokens")):
        of_metric: list[dict[str, Any]] = []
        for language, cost in costs.items():
            units = getattr(cost, unit)
            draws = derive(seed, "heldout.bootstrap", language)
            interval = bootstrap_ratio(cost.bits, units, seed=draws, draws=_DRAWS)
            of_metric.append(
                {
                    "language": language,
                    "metric": metric,
                    "value": float(cost.bits.sum() / units.sum()),
                    "chance": float(guess * cost.tokens.sum() / units.sum()),
                    "low": float(interval.low),
                    "high": float(interval.high),
                    "tokens": int(cost.tokens.sum()),
                    "bytes": int(cost.bytes.sum()),
                    "documents": len(cost.bits),
                }
            )
        # Languages were not sampled, their documents were.
        interval = bootstrap_ratio(
            np.concatenate([cost.bits for cost in costs.values()]),
            np.concatenate([getattr(cost, unit) for cost in costs.values()]),
            strata=np.repeat(np.arange(len(costs)), [len(cost.bits) for cost in costs.values()]),
            mean_of_strata=True,
            seed=derive(seed, "heldout.bootstrap.mean"),
            draws=_DRAWS,
        )
        means.append(
            {
                "language": MEAN,
                "metric": metric,
                "value": float(np.mean([row["value"] for row in of_metric])),
                "chance": float(np.mean([row["chance"] for row in of_metric])),
                "low": float(interval.low),
                "high": float(interval.high),
                **sizes,
                "documents": sum(len(cost.bits) for cost in costs.values()),
            }
        )
        rows += of_metric
    order = {language: place for place, language in enumerate(costs)}
    rows.sort(key=lambda row: order[row["language"]])
    return pd.DataFrame(rows + means, columns=columns("heldout"))
