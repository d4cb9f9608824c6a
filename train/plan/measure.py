"""How long the analyses of one checkpoint take on this machine, from a part of their work.

Each analysis is made of the untrained model, of a part that grows four times at a time until it
takes `LONG_ENOUGH` or is the whole. A line through the last two times then says what the whole
takes: `cost` is what the time grows with. Where there are no two, time and cost are in proportion.

    experts         sentences of one language; the others take as long, sentence by sentence
                    (their overlap, seconds on a CPU, is left out)
    probing         probe seeds
    steering        texts under each forcing
    deactivation    languages, each of whose texts is read again for every other's neurons
    others          languages

An analysis' time depends on the model's shape, its text and its settings, not on what the model has
learnt; probes alone converge sooner or later.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np
import torch

from analysis.concepts.sets import ConceptPool, set_at
from analysis.errors import UserError
from analysis.inputs import Inputs, open_inputs
from analysis.layout import CONCEPT_SET
from analysis.registry import ANALYSES, divided
from analysis.run import analyse, explain
from analysis.settings import BUILT, needs_concepts, wanted
from callbacks.checkpoint import CheckpointWriter, Provenance

LONG_ENOUGH = 20.0
"""Seconds that a part must take for the whole to be told from it and the part before."""

TOO_LONG = 60.0
"""Seconds after which there is no larger part, even if there is none before it."""

_GROWTH = 4
_FIRST_SENTENCES = 500


@dataclass(frozen=True)
class Part:
    """A part of an analysis' work: what it is made of, and what its time grows with."""

    inputs: Inputs
    cost: float


@dataclass(frozen=True)
class Work:
    """An analysis' work, `whole` units of it."""

    unit: str
    first: int
    """Units of the first part."""
    whole: int
    part: Callable[[int], Part]
    """So many units of it."""
    cost: float
    """That of all there is."""


@dataclass(frozen=True)
class Measured:
    """Seconds of each analysis of a checkpoint, what part of each was made, and on what."""

    seconds: dict[str, float]
    parts: dict[str, str]
    shares: dict[str, int]
    """In how many parts the processes of a run share it."""
    gpu: str | None
    """Its name; None for a CPU."""


def measure(values: Any) -> Measured:  # noqa: ANN401 (jsonargparse's Namespace)
    """What a checkpoint's analyses take; `values` are a run's, with the classes built.

    Everything is written to a temporary folder, which is deleted. Raises `UserError` when data or
    concept set are not prepared and when an analysis fails.
    """
    data, module, settings = values.data, values.model, values.analyses
    data.setup()
    if needs_concepts(wanted(settings)) and settings.concepts == BUILT:
        concepts = data.folder / CONCEPT_SET
        if not concepts.is_dir():
            raise UserError(
                "no concept set here",
                where=concepts,
                fix="make it with: python -m train prepare",
            )
        settings = replace(settings, concepts=str(concepts))
    inputs = open_inputs(settings, data.store.held_out_path)
    gpu = torch.cuda.is_available() and values.trainer.accelerator != "cpu"
    seconds, parts = {}, {}
    with TemporaryDirectory() as place:
        writer = CheckpointWriter(
            Path(place),
            values.checkpoints,
            lambda _: module.export(),
            data.store.tokenizer_folder,
            Provenance(data.store.fingerprint, "", lambda _: {}),
        )
        folder = writer.write(module.export(), 0)
        for name in inputs.names:

            def timed(part: Part, name: str = name) -> float:
                began = perf_counter()
                chosen = replace(part.inputs, names=(name,))
                device = "cuda" if gpu else "cpu"
                outcome = analyse(
                    folder, Path(place) / "results", chosen, again=True, device=device
                )
                for error in outcome.failed.values():
                    raise UserError(explain(error), where=f"analyses.{name}")
                return perf_counter() - began

            work = work_of(name, inputs)
            seconds[name], units = extrapolated(work, timed)
            parts[name] = f"{units:,} of {work.whole:,} {work.unit}"
    shares = {name: len(divided(ANALYSES[name]).parts(inputs)) for name in inputs.names}
    return Measured(seconds, parts, shares, torch.cuda.get_device_name() if gpu else None)


def extrapolated(work: Work, timed: Callable[[Part], float]) -> tuple[float, int]:
    """Seconds of the whole, and how many units of it were made to tell."""
    units, before = min(work.first, work.whole), None
    while True:
        part = work.part(units)
        seconds = timed(part)
        enough = TOO_LONG if before is None else LONG_ENOUGH
        if seconds >= enough or units == work.whole:
            break
        before = part.cost, seconds
        units = min(_GROWTH * units, work.whole)
    slope = seconds / part.cost
    if before is not None and part.cost > before[0] and seconds > before[1]:
        slope = (seconds - before[1]) / (part.cost - before[0])
    return seconds + slope * (work.cost - part.cost), units


def work_of(name: str, inputs: Inputs) -> Work:
    """The work of an analysis of these inputs."""
    settings, languages = inputs.settings, len(inputs.heldout)
    if name == "experts":
        return _sentences(inputs)
    if name in ("probing", "steering"):
        own = getattr(settings, name)

        def seeds(count: int) -> Part:
            fewer = replace(settings, **{name: replace(own, seeds=count)})
            return Part(replace(inputs, settings=fewer), count)

        return Work("seeds", 1, own.seeds, seeds, own.seeds)

    def cost(count: int) -> float:
        if name != "deactivation":
            return count
        assert settings.deactivation is not None
        return count * ((1 + settings.deactivation.random_draws) * count + 1)

    def some(count: int) -> Part:
        fewer = dict(islice(inputs.heldout.items(), count))
        return Part(replace(inputs, heldout=fewer), cost(count))

    return Work("languages", min(2, languages), languages, some, cost(languages))


def _sentences(inputs: Inputs) -> Work:
    """The work of experts, in sentences of the language that has most."""
    assert inputs.concepts is not None
    assert inputs.settings.experts is not None
    concepts, settings = inputs.concepts, inputs.settings.experts
    sizes = {code: len(pool.sentences) for code, pool in concepts.pools.items()}
    language = max(sizes, key=sizes.__getitem__)

    def some(count: int) -> Part:
        pool = some_sentences(concepts.pools[language], count)
        share = len(pool.sentences) / sizes[language]
        # As many parts of the layers, for each of which the sentences are read again.
        memory = max(1, round(share * settings.memory_mb))
        fewer = replace(inputs.settings, experts=replace(settings, memory_mb=memory))
        some_of = set_at(concepts.concepts, {language: pool}, Path(inputs.settings.concepts))
        return Part(replace(inputs, settings=fewer, concepts=some_of), len(pool.sentences))

    whole = sizes[language]
    return Work(f"sentences of {language}", _FIRST_SENTENCES, whole, some, sum(sizes.values()))


def some_sentences(pool: ConceptPool, count: int) -> ConceptPool:
    """`count` sentences spread over a pool, and some to select every concept on that it has."""
    selecting = pool.part == "select"
    lengths = np.array([len(sentence) for sentence in pool.sentences])
    needed = [
        min(np.flatnonzero(selecting & (row == label)), key=lengths.__getitem__)
        for row in pool.labels[pool.has()]
        for label in (0, 1)
    ]
    spread = np.linspace(0, len(lengths) - 1, count).round().astype(int)
    rows = np.unique(np.concatenate([needed, spread]))
    return replace(
        pool,
        sentences=tuple(pool.sentences[row] for row in rows),
        labels=pool.labels[:, rows],
        part=pool.part[rows],
    )
