"""Which units are forced, and what each is held at: experts, and controls of as many units.

* experts: the k experts of a concept in a source language, as `analysis.experts` finds them on the
  sentences that experts are chosen on, each at its median pooled response over the positives.
* shuffled: the experts of labels that mean nothing, permuted among the sentences that the concept
  uses, with medians over the sentences that these labels call positive.
* random: as many units as there are experts in each layer, none of them an expert, drawn by chance,
  each at its own median over the concept's positives.

Fewer experts are the best of more, or the best and the last where the preset takes both ends, so
that one search with the largest k serves all.

Shapes: C concepts, S sentences, U units of the model, K units of one forcing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from analysis.activations.responses import Tokens, longest_sentence, pooled_responses
from analysis.activations.units import UnitGroup, find_units
from analysis.concepts.sets import ConceptPool, ConceptSet
from analysis.errors import UserError
from analysis.experts.experts import find_experts, in_parts, readable
from analysis.experts.null import permuted_labels
from analysis.experts.settings import PRESETS, ExpertSettings, Preset
from analysis.seeds import stream
from analysis.steering.forcing import Forcing
from analysis.steering.settings import SteeringSettings

Ints = npt.NDArray[np.int64]

NONE, EXPERTS, RANDOM, SHUFFLED = "none", "experts", "random", "shuffled"
"""What is forced."""


@dataclass(frozen=True, eq=False)
class Steered:
    """A forcing and where it comes from."""

    language: str
    """The source language: whose experts, or whose sentences."""

    concept: str
    """The concept."""

    kind: str
    """`EXPERTS`, `RANDOM` or `SHUFFLED`."""

    k: int
    """Number of units."""

    factor: float
    """Multiple of their values that they are held at."""

    forcing: Forcing


def steered_concepts(concepts: ConceptSet, settings: SteeringSettings) -> ConceptSet:
    """The set with nothing but the source languages, the concepts chosen, and their sentences.

    Raises `UserError` for a language or a concept that the set lacks, and when there are not as
    many concepts that all source languages have.
    """
    for language in settings.source_languages:
        if language not in concepts.pools:
            raise UserError(
                f"the concept set has no sentences in '{language}'",
                where="steering.source_languages",
                fix=f"it has {' '.join(concepts.pools)}",
            )
    pools = {language: concepts.pools[language] for language in settings.source_languages}
    common = np.all([pool.has() for pool in pools.values()], axis=0)
    there = [name for name, has in zip(concepts.concepts, common, strict=True) if has]
    return only_concepts(replace(concepts, pools=pools), _names(there, settings))


def only_concepts(concepts: ConceptSet, names: Sequence[str]) -> ConceptSet:
    """The set with nothing but some of its concepts and the sentences that they use."""
    rows = [concepts.concepts.index(name) for name in names]
    pools = {code: _restricted(pool, rows) for code, pool in concepts.pools.items()}
    return ConceptSet(tuple(names), pools, "")


def _names(there: Sequence[str], settings: SteeringSettings) -> list[str]:
    """The concepts that are steered with, among those `there` in all source languages."""
    languages = " and ".join(settings.source_languages)
    if isinstance(settings.concepts, tuple):
        for name in settings.concepts:
            if name not in there:
                raise UserError(
                    f"the concept set has no '{name}' in {languages}",
                    where="steering.concepts",
                    fix=f"it has {' '.join(there) or 'no concept'}",
                )
        return list(settings.concepts)
    count = len(there) if settings.concepts is None else settings.concepts
    if not there or count > len(there):
        raise UserError(
            f"the concept set has {len(there)} concepts in {languages}, not {count or 'any'}",
            where="steering.concepts",
            fix="take fewer, or other source languages",
        )
    drawn = stream(settings.seed, "steering/concepts").permutation(len(there))[:count]
    return [there[place] for place in sorted(drawn)]


def _restricted(pool: ConceptPool, rows: list[int]) -> ConceptPool:
    """A pool with some concepts and the sentences that they use."""
    labels = pool.labels[rows]
    used = np.flatnonzero((labels >= 0).any(axis=0))
    sentences = tuple(pool.sentences[place] for place in used)
    return replace(pool, sentences=sentences, labels=labels[:, used], part=pool.part[used])


def choose_units(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    concepts: ConceptSet,
    settings: SteeringSettings,
    experts: ExpertSettings,
) -> list[Steered]:
    """The forcings of every source language and concept of `concepts` (`steered_concepts`).

    By language and concept: the experts, `settings.k` first, at each factor; then the controls.
    `model` is in eval mode and in float32.

    Raises `UserError` when the model has fewer than k units or too few beside the experts to draw
    from, and as `find_experts` does.
    """
    groups = find_units(model)
    preset = PRESETS[experts.preset]
    ks = [settings.k, *settings.other_k]
    _check(ks, sum(group.width for group in groups), preset, experts.preset)
    labelled = _with_shuffled(concepts, settings.seed) if settings.controls else concepts
    search = replace(experts, k=max(ks), permutations=0)
    found = find_experts(model, tokenizer, labelled, search).experts
    experts_of = {
        (str(language), str(concept)): rows
        for (language, concept), rows in found.groupby(["language", "concept"], sort=False)
    }
    chosen: list[Steered] = []
    for language, pool in concepts.pools.items():
        limit = longest_sentence(model, preset.pooling, experts.max_tokens)
        read = readable(tokenizer, pool, concepts.concepts, limit)
        for concept, labels_S in zip(concepts.concepts, read.labels, strict=True):
            rows = experts_of[language, concept]
            kinds = [(EXPERTS, k, _forcing(_best(rows, k, preset))) for k in ks]
            if settings.controls:
                best = _best(rows, settings.k, preset)
                places = _drawn(best, groups, settings.seed, language, concept)
                positive = np.flatnonzero(labels_S[: read.selecting] == 1)
                positives = [read.sentences[row] for row in positive]
                random = _at_medians(model, tokenizer, groups, places, positives, experts)
                shuffled = _best(experts_of[language, _shuffled(concept)], settings.k, preset)
                kinds += [
                    (RANDOM, settings.k, random),
                    (SHUFFLED, settings.k, _forcing(shuffled)),
                ]
            chosen += [
                Steered(language, concept, kind, k, factor, _times(forcing, factor))
                for kind, k, forcing in kinds
                for factor in settings.factors
            ]
    return chosen


def _check(ks: Sequence[int], units: int, preset: Preset, name: str) -> None:
    if max(ks) > units:
        raise UserError(
            f"k = {max(ks)}, but the model has {units} units",
            where="steering.k and other_k",
            fix=f"at most {units}",
        )
    odd = [k for k in ks if k % 2]
    if preset.ends == "both" and odd:
        raise UserError(
            f"k = {odd[0]} is odd, but {name} takes half of it from either end",
            where="steering.k and other_k",
            fix="use even numbers",
        )


def _shuffled(concept: str) -> str:
    """What stands for a concept's shuffled labels beside the concepts themselves."""
    return f"{concept}, labels shuffled"


def _with_shuffled(concepts: ConceptSet, seed: int) -> ConceptSet:
    """The concepts, and each of them with its labels shuffled among the sentences to select on."""
    return ConceptSet(
        (*concepts.concepts, *map(_shuffled, concepts.concepts)),
        {
            code: replace(pool, labels=_doubled(pool, concepts.concepts, seed))
            for code, pool in concepts.pools.items()
        },
        "",
    )


def _doubled(pool: ConceptPool, names: Sequence[str], seed: int) -> npt.NDArray[np.int8]:
    labels_CS = pool.labels.copy()
    selecting = pool.part == "select"
    labels_CS[:, selecting] = permuted_labels(
        pool.labels[:, selecting], names, pool.language, permutations=1, seed=seed
    )
    return np.concatenate([pool.labels, labels_CS])


def _best(rows: pd.DataFrame, k: int, preset: Preset) -> pd.DataFrame:
    """The k experts among more, which `rows` has in the order of their ranks."""
    if preset.ends == "top":
        return rows.iloc[:k]
    half = len(rows) // 2
    return pd.concat([rows.iloc[: k // 2], rows.iloc[half : half + k // 2]])


def _forcing(rows: pd.DataFrame) -> Forcing:
    """Rows of an experts table as units to force."""
    return Forcing(
        rows["module"].to_numpy(dtype=object), rows["unit"].to_numpy(), rows["forced"].to_numpy()
    )


def _times(forcing: Forcing, factor: float) -> Forcing:
    return replace(forcing, values=forcing.values * factor)


def _drawn(
    experts: pd.DataFrame, groups: Sequence[UnitGroup], seed: int, language: str, concept: str
) -> Ints:
    """Places among all units of the random ones, ascending: as many as experts in each layer."""
    starts = np.cumsum([0, *(group.width for group in groups)])
    start_of = {group.module: start for group, start in zip(groups, starts, strict=False)}
    expert_U = np.zeros(starts[-1], dtype=bool)
    expert_U[experts["module"].map(start_of) + experts["unit"]] = True
    layer_U = np.repeat([group.layer for group in groups], [group.width for group in groups])
    random = stream(seed, "steering/random", language, concept, len(experts))
    places = []
    for layer, count in zip(*np.unique(experts["layer"], return_counts=True), strict=True):
        others = np.flatnonzero((layer_U == layer) & ~expert_U)
        if len(others) < count:
            raise UserError(
                f"{count} of the {len(others) + count} units of layer {layer} are experts of "
                f"'{concept}' in '{language}', more than are left to draw random ones from",
                where="steering.k",
                fix="lower it, or set controls to false",
            )
        places.append(random.choice(others, count, replace=False))
    return np.sort(np.concatenate(places))


def _at_medians(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    groups: Sequence[UnitGroup],
    places: Ints,
    positives: Sequence[Tokens],
    experts: ExpertSettings,
) -> Forcing:
    """Units given by their places, each at its median pooled response to the positives."""
    medians = []
    start = 0
    for some in in_parts(groups, len(positives), experts.memory_mb):
        responses_SU = pooled_responses(
            model,
            tokenizer,
            positives,
            some,
            PRESETS[experts.preset].pooling,
            batch_tokens=experts.batch_tokens,
            progress="random units",
        ).numpy()
        stop = start + responses_SU.shape[1]
        own = places[(places >= start) & (places < stop)] - start
        medians.append(np.median(responses_SU[:, own], axis=0))
        start = stop
    widths = [group.width for group in groups]
    return Forcing(
        np.repeat(np.array([group.module for group in groups], dtype=object), widths)[places],
        np.concatenate([np.arange(width) for width in widths])[places],
        np.concatenate(medians).astype(np.float64),
    )
