"""Expert neurons: per concept and language, the units whose responses best tell its sentences.

1. Per language the pool's sentences are tokenised; those too long to be read whole are left out.
2. Pooled responses of all units to the pool are read, in parts of the layers where they would not
   fit into the memory allowed.
3. Average precision ranks the units for each concept on the sentences of the part "select".
4. The chosen units are described: their average precision on the part "test", which chose nothing,
   the median response over the positives, which is what steering forces them to, and beside it
   their 90th percentile and the mean over the negatives.
5. The AP of all units under permuted labels, read off the same order of their responses, tells how
   often chance gives as much (`analysis.experts.null`).

Units are ordered by AP, highest first, and those of equal AP as they stand in the model. The first
k are taken; or the first k/2 and, ranked behind them from the very last on, the last k/2. Only the
permutations involve chance.

Shapes: S sentences, C concepts, N permutations, U units of one part of the layers.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from analysis.activations.responses import (
    Tokens,
    longest_sentence,
    pooled_responses,
    tokenize,
)
from analysis.activations.units import UnitGroup, find_units, units_per_layer
from analysis.concepts.sets import ConceptPool, ConceptSet
from analysis.errors import UserError
from analysis.experts.average_precision import (
    average_precision,
    average_precision_parts,
    expected_average_precision,
)
from analysis.experts.null import PermutedNull, permuted_labels
from analysis.experts.settings import PRESETS, ExpertSettings, Preset

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_RESPONSES = "forced", "positives_p90", "negatives_mean"
"""Columns that describe the responses of an expert."""

_CANDIDATE = np.dtype([("unit", "i8"), *((name, "f8") for name in ("ap", "ap_test", *_RESPONSES))])
"""What is known of a unit that may be an expert; `unit` is its place among all units."""

Candidates = npt.NDArray[np.void]
"""Entries of `_CANDIDATE`."""


@dataclass(frozen=True)
class ExpertTables:
    """What `find_experts` found."""

    experts: pd.DataFrame
    """k rows per language and concept that it has: concept, language, layer, module, unit, rank
    (from 0), ap, chance (mean AP of a random order of the same sentences), ap_test (NaN without
    test sentences of either kind), chance_test (mean AP of a random order of those), p_value and
    q_value (of `ap` under permuted labels, NaN without permutations), forced (median response over
    the positives), positives_p90 (their 90th percentile), negatives_mean. `ap` is among the highest
    of all units' and so above `chance` even where no unit knows the concept; `ap_test` chose
    nothing and has a chance level of its own."""

    samples: pd.DataFrame
    """One row per language and concept that it has: concept, language, positives, negatives,
    chance, positives_test, negatives_test, chance_test, left_out (sentences of the pool too long),
    units (of the model), discoveries (units of a q-value up to 0.05), null_max (highest AP of all
    units under permuted labels, mean over permutations), p_value (of the highest AP); the last
    three are NaN without permutations."""

    layer_units: dict[int, int]
    """Layer -> number of units in it."""

    @staticmethod
    def joined(parts: Sequence["ExpertTables"]) -> "ExpertTables":
        """The tables of one model's languages, one under the other."""
        experts, samples = (
            pd.concat([getattr(part, name) for part in parts], ignore_index=True)
            for name in ("experts", "samples")
        )
        return ExpertTables(experts, samples, parts[0].layer_units)


class ReadPool(NamedTuple):
    """A language's sentences as they are read: those to select on first, then those to test on."""

    language: str
    names: list[str]
    """The concepts that the language has."""
    sentences: list[Tokens]
    labels: npt.NDArray[np.int8]
    selecting: int
    left_out: int


def find_experts(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    concepts: ConceptSet,
    settings: ExpertSettings,
    languages: Collection[str] | None = None,
) -> ExpertTables:
    """The experts of every concept in every language of `concepts` that has it.

    `model` is in eval mode and in float32 (other formats make ties). Rows come in the order of
    languages, concepts and ranks. A language's experts do not depend on the other languages, so
    that some `languages` can be made here and others elsewhere.

    Raises `UserError` when the model has fewer than k units, when the sentences short enough to be
    read leave a concept without positives or negatives, and as `find_units` and
    `pooled_responses` do.
    """
    preset = PRESETS[settings.preset]
    groups = find_units(model)
    total = sum(group.width for group in groups)
    if settings.k > total:
        raise UserError(
            f"k = {settings.k}, but the model has {total} units",
            where="experts.k",
            fix=f"at most {total}",
        )
    found = []
    for language, pool in concepts.pools.items():
        if languages is not None and language not in languages:
            continue
        limit = longest_sentence(model, preset.pooling, settings.max_tokens)
        read = readable(tokenizer, pool, concepts.concepts, limit)
        null = PermutedNull(len(read.names), settings.permutations)
        candidates = _candidates(
            model, tokenizer, read, groups, settings, null, progress=f"experts {language}"
        )
        sample = _sample_table(read, total, null)
        table = _expert_table(candidates, sample, null, groups, preset, settings.k)
        found.append(ExpertTables(table, sample, units_per_layer(groups)))
    return ExpertTables.joined(found)


def readable(
    tokenizer: PreTrainedTokenizerBase, pool: ConceptPool, names: Sequence[str], limit: int
) -> ReadPool:
    """The sentences of a pool of at most `limit` tokens, labelled for those of `names` it has.

    Raises `UserError` when they leave a concept without positives or negatives to select on.
    """
    tokens = tokenize(tokenizer, pool.sentences)
    fits = np.array([len(sentence.ids) <= limit for sentence in tokens])
    rows = np.concatenate(
        [np.flatnonzero(fits & (pool.part == part)) for part in ("select", "test")]
    )
    selecting = int((fits & (pool.part == "select")).sum())
    has = pool.has()
    own = [name for name, there in zip(names, has, strict=True) if there]
    labels = pool.labels[has][:, rows]
    for label, kind in ((1, "positive"), (0, "negative")):
        present = (labels[:, :selecting] == label).any(axis=1)
        if not present.all():
            raise UserError(
                f"concept '{own[int(present.argmin())]}' keeps no {kind} sentence in "
                f"'{pool.language}' of at most {limit} tokens",
                where="experts.max_tokens",
                fix="raise it as far as the model has positions, or leave the concept out",
            )
    return ReadPool(
        pool.language,
        own,
        [tokens[row] for row in rows],
        labels,
        selecting,
        len(tokens) - len(rows),
    )


def _candidates(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    pool: ReadPool,
    groups: Sequence[UnitGroup],
    settings: ExpertSettings,
    null: PermutedNull,
    *,
    progress: str,
) -> list[Candidates]:
    """Per concept its experts, in the order of the model.

    The APs of all units are counted in `null`.
    """
    preset = PRESETS[settings.preset]
    permuted = permuted_labels(
        pool.labels[:, : pool.selecting],
        pool.names,
        pool.language,
        permutations=settings.permutations,
        seed=settings.seed,
    )
    found = [np.empty(0, _CANDIDATE) for _ in pool.names]
    start = 0
    for some in in_parts(groups, len(pool.sentences), settings.memory_mb):
        responses_SU = pooled_responses(
            model,
            tokenizer,
            pool.sentences,
            some,
            preset.pooling,
            batch_tokens=settings.batch_tokens,
            progress=progress,
        )
        ap_CU, ap_test_CU = _scored(responses_SU, permuted, pool, settings, null, model.device)
        responses = responses_SU.numpy()
        for concept, (ap_U, ap_test_U) in enumerate(zip(ap_CU, ap_test_CU, strict=True)):
            before = found[concept]
            # No unit of an earlier part, once it is not among the first k, comes back.
            chosen = np.sort(_choose(np.concatenate([before["ap"], ap_U]), settings.k, preset))
            stay, unit = np.split(chosen, [np.searchsorted(chosen, len(before))])
            unit -= len(before)
            more = _described(responses, pool.labels[concept, : pool.selecting], unit)
            more["unit"], more["ap"], more["ap_test"] = unit + start, ap_U[unit], ap_test_U[unit]
            found[concept] = np.concatenate([before[stay], more])
        start += responses_SU.shape[1]
    return found


def _described(
    responses_SU: npt.NDArray[np.float32], label_S: npt.NDArray[np.int8], unit: Ints
) -> Candidates:
    """The responses of some units to a concept's sentences, which come first; the rest is empty."""
    # Of many columns a flat `take` picks a few twice as fast as an index for either axis does.
    flat = responses_SU.reshape(-1)
    positives, negatives = (
        flat.take(np.flatnonzero(label_S == kind)[:, None] * responses_SU.shape[1] + unit)
        for kind in (1, 0)
    )
    described = np.empty(len(unit), _CANDIDATE)
    described["forced"], described["positives_p90"] = np.quantile(positives, [0.5, 0.9], axis=0)
    described["negatives_mean"] = negatives.mean(axis=0, dtype=np.float64)
    return described


def _scored(
    responses_SU: Tensor,
    permuted: npt.NDArray[np.int8],
    pool: ReadPool,
    settings: ExpertSettings,
    null: PermutedNull,
    device: torch.device,
) -> tuple[Floats, Floats]:
    """AP of every unit on the sentences that select and on those that test, (C, U).

    That under permuted labels, read off the same order, is counted.
    """
    selecting, testing = responses_SU[: pool.selecting], responses_SU[pool.selecting :]
    labels, labels_test = pool.labels[:, : pool.selecting], pool.labels[:, pool.selecting :]
    room, concepts = settings.memory_mb, len(labels)
    found = []
    for ap_RU in average_precision_parts(
        selecting, np.concatenate([labels, permuted]), memory_mb=room, device=device
    ):
        null_CNU = ap_RU[concepts:].unflatten(0, (concepts, settings.permutations))
        null.add(ap_RU[:concepts], null_CNU)
        found.append(ap_RU[:concepts].cpu())
    ap_CU = torch.cat(found, dim=1).numpy()
    ap_test_CU = np.full_like(ap_CU, np.nan)
    testable = (labels_test == 1).any(axis=1) & (labels_test == 0).any(axis=1)
    if testable.any():
        ap_test_CU[testable] = average_precision(
            testing, labels_test[testable], memory_mb=room, device=device
        )
    return ap_CU, ap_test_CU


def _choose(ap_U: Floats, k: int, preset: Preset) -> Ints:
    """Places of the experts in `ap_U`, best first; each place once where there are fewer than k."""
    if preset.ends == "top" or k > len(ap_U):
        return _highest(ap_U, k)
    # The lowest are the end of the same order, so the two halves can't meet as long as k fits.
    last = len(ap_U) - 1 - _highest(-ap_U[::-1], k // 2)
    return np.concatenate([_highest(ap_U, k // 2), last])


def _highest(values_U: Floats, count: int) -> Ints:
    """Places of the `count` highest values, highest first and equal ones in their order."""
    if count >= len(values_U):
        return np.argsort(-values_U, kind="stable")
    threshold = -np.partition(-values_U, count - 1)[count - 1]
    places = np.flatnonzero(values_U >= threshold)
    return places[np.argsort(-values_U[places], kind="stable")][:count]


def _expert_table(
    candidates: Sequence[Candidates],
    sample: pd.DataFrame,
    null: PermutedNull,
    groups: Sequence[UnitGroup],
    preset: Preset,
    k: int,
) -> pd.DataFrame:
    """The experts of one language, k rows per concept."""
    chosen = np.concatenate([found[_choose(found["ap"], k, preset)] for found in candidates])
    best = pd.DataFrame(chosen)
    starts = np.cumsum([0, *(group.width for group in groups)])
    group = np.searchsorted(starts, best["unit"].to_numpy(), side="right") - 1
    ap_CK = chosen["ap"].reshape(len(candidates), k)
    return pd.DataFrame(
        {
            "concept": np.repeat(sample["concept"].to_numpy(), k),
            "language": sample["language"].iloc[0],
            "layer": np.array([group.layer for group in groups])[group],
            "module": np.array([group.module for group in groups])[group],
            "unit": best["unit"] - starts[group],
            "rank": np.tile(np.arange(k), len(candidates)),
            "ap": best["ap"],
            "chance": np.repeat(sample["chance"].to_numpy(), k),
            "ap_test": best["ap_test"],
            "chance_test": np.repeat(sample["chance_test"].to_numpy(), k),
            "p_value": null.p_values(ap_CK).reshape(-1),
            "q_value": null.q_values(ap_CK).reshape(-1),
            **{name: best[name] for name in _RESPONSES},
        }
    )


def _sample_table(pool: ReadPool, units: int, null: PermutedNull) -> pd.DataFrame:
    """What each concept's AP was computed on, and what all units together reach."""
    columns: dict[str, object] = {"concept": pool.names, "language": pool.language}
    for labels, suffix in (
        (pool.labels[:, : pool.selecting], ""),
        (pool.labels[:, pool.selecting :], "_test"),
    ):
        positives, negatives = (labels == 1).sum(axis=1), (labels == 0).sum(axis=1)
        both = (positives > 0) & (negatives > 0)
        chance = np.full(len(pool.names), np.nan)
        if both.any():
            chance[both] = expected_average_precision(
                positives[both], positives[both] + negatives[both]
            )
        columns |= {
            f"positives{suffix}": positives,
            f"negatives{suffix}": negatives,
            f"chance{suffix}": chance,
        }
    columns |= {
        "left_out": pool.left_out,
        "units": units,
        "discoveries": null.discoveries(),
        "null_max": null.highest(),
        "p_value": null.p_highest(),
    }
    return pd.DataFrame(columns)


def in_parts(
    groups: Sequence[UnitGroup], sentences: int, memory_mb: int
) -> Iterator[Sequence[UnitGroup]]:
    """The groups in runs whose float32 responses stay within the memory; at least one in each."""
    room = (memory_mb << 20) // (4 * sentences)
    start, width = 0, 0
    for stop, group in enumerate(groups):
        if stop > start and width + group.width > room:
            yield groups[start:stop]
            start, width = stop, 0
        width += group.width
    yield groups[start:]
