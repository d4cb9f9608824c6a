"""Every analysis: how it is made from a checkpoint, into which tables, and its version.

One is made whole, or in parts that need nothing of each other: experts by language, probes by seed,
steering by concept. The processes of a run share the parts of the analyses that are made; a single
process makes one part after the other, in the same way, so that the tables do not depend on how
many there are.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from analysis.checkpoints.loading import Checkpoint
from analysis.deactivation.deactivation import deactivate_languages
from analysis.experts.division import write_division
from analysis.experts.experts import ExpertTables, find_experts
from analysis.experts.kept import write_kept
from analysis.experts.overlap import expert_overlap
from analysis.experts.settings import PRESETS, ExpertSettings
from analysis.heldout import score_heldout
from analysis.inputs import Inputs
from analysis.lape.lape import find_language_neurons
from analysis.lens.lens import lens_by_language
from analysis.probing.probe import probe_languages
from analysis.steering.steering import SteeringPart, bring_together, steer_part, steering_parts

Tables = dict[str, pd.DataFrame]
Make = Callable[[Checkpoint, Inputs], Tables]


@dataclass(frozen=True)
class Divided:
    """An analysis in parts.

    Args:
        parts: Names them, in the order in which `join` is given what they gave.
        make: Makes one of them. What it returns can be pickled, to come from another process.
        join: Makes the tables of all, without the model.

    """

    parts: Callable[[Inputs], Sequence[Any]]
    make: Callable[[Checkpoint, Inputs, Any], Any]
    join: Callable[[Inputs, Sequence[Any]], Tables]


@dataclass(frozen=True)
class Analysis:
    """How an analysis is made, the tables that it gives, and its version.

    The version counts the changes that make it give other numbers: tables of another are stale.
    """

    make: Make | Divided
    tables: tuple[str, ...]
    version: int


def divided(analysis: Analysis) -> Divided:
    """An analysis as parts; one that is made whole is its only one."""
    make = analysis.make
    if isinstance(make, Divided):
        return make
    return Divided(
        lambda _: [None],
        lambda checkpoint, inputs, _: make(checkpoint, inputs),
        lambda _, parts: parts[0],
    )


HeldoutAnalysis = Callable[
    [PreTrainedModel, PreTrainedTokenizerBase, Mapping[str, Sequence[str]], Any], pd.DataFrame
]
"""Model, tokenizer, held-out documents by language and its own settings -> its table."""


def of_held_out_text(
    name: str, analysis: HeldoutAnalysis
) -> Callable[[Checkpoint, Inputs], Tables]:
    """How an analysis of held-out text is made whose one table has its own name."""

    def make(checkpoint: Checkpoint, inputs: Inputs) -> Tables:
        settings = getattr(inputs.settings, name)
        return {name: analysis(checkpoint.model, checkpoint.tokenizer, inputs.heldout, settings)}

    return make


def _seeds(inputs: Inputs) -> Sequence[int]:
    assert inputs.settings.probing is not None
    return range(inputs.settings.probing.seeds)


def _probes(checkpoint: Checkpoint, inputs: Inputs, seed: int) -> pd.DataFrame:
    assert inputs.settings.probing is not None
    return probe_languages(
        checkpoint.model, checkpoint.tokenizer, inputs.heldout, inputs.settings.probing, [seed]
    )


def _probing(_: Inputs, parts: Sequence[pd.DataFrame]) -> Tables:
    return {"probing": pd.concat(parts, ignore_index=True)}


def _languages(inputs: Inputs) -> Sequence[str]:
    assert inputs.concepts is not None
    return list(inputs.concepts.pools)


def _language_experts(checkpoint: Checkpoint, inputs: Inputs, language: str) -> ExpertTables:
    assert inputs.settings.experts is not None
    assert inputs.concepts is not None
    return find_experts(
        checkpoint.model,
        checkpoint.tokenizer,
        inputs.concepts,
        inputs.settings.experts,
        [language],
    )


def _experts(inputs: Inputs, parts: Sequence[ExpertTables]) -> Tables:
    settings, found = inputs.settings.experts, ExpertTables.joined(parts)
    assert settings is not None
    shared = expert_overlap(
        found.experts,
        found.layer_units,
        seed=settings.seed,
        draws=settings.draws,
        top=settings.top,
        ends=PRESETS[settings.preset].ends,
    )
    return {"experts": found.experts, "samples": found.samples, **shared._asdict()}


def _lape(checkpoint: Checkpoint, inputs: Inputs) -> Tables:
    assert inputs.settings.lape is not None
    found = find_language_neurons(
        checkpoint.model, checkpoint.tokenizer, inputs.heldout, inputs.settings.lape
    )
    return {"lape": found.lape, "language_neurons": found.neurons}


def _concepts(inputs: Inputs) -> Sequence[str | None]:
    assert inputs.settings.steering is not None
    assert inputs.concepts is not None
    return steering_parts(inputs.concepts, inputs.settings.steering)


def _steered(checkpoint: Checkpoint, inputs: Inputs, concept: str | None) -> SteeringPart:
    assert inputs.settings.steering is not None
    assert inputs.concepts is not None
    return steer_part(
        checkpoint.model,
        checkpoint.tokenizer,
        inputs.concepts,
        list(inputs.heldout),
        inputs.settings.steering,
        inputs.settings.experts or ExpertSettings(),
        concept,
    )


def _steering(inputs: Inputs, parts: Sequence[SteeringPart]) -> Tables:
    assert inputs.settings.steering is not None
    found = bring_together(parts, inputs.heldout, inputs.settings.steering)
    return {"steering_texts": found.texts, "steering": found.scores}


ANALYSES: dict[str, Analysis] = {
    "heldout": Analysis(of_held_out_text("heldout", score_heldout), ("heldout",), version=2),
    "probing": Analysis(Divided(_seeds, _probes, _probing), ("probing",), version=3),
    "experts": Analysis(
        Divided(_languages, _language_experts, _experts),
        ("experts", "samples", "overlap", "families"),
        version=4,
    ),
    "lape": Analysis(_lape, ("lape", "language_neurons"), version=2),
    "lens": Analysis(of_held_out_text("lens", lens_by_language), ("lens",), version=2),
    "deactivation": Analysis(
        of_held_out_text("deactivation", deactivate_languages), ("deactivation",), version=3
    ),
    "steering": Analysis(
        Divided(_concepts, _steered, _steering), ("steering_texts", "steering"), version=2
    ),
}
"""Every analysis by its name, which is that of its settings too."""

Derive = Callable[[Path, int | None], None]
"""Writes a table of every step (up to one) that lacks it, from the tables of a results folder."""

DERIVED: dict[str, Derive] = {"kept": write_kept, "division": write_division}
"""Tables made from the tables of one analysis or more, or of several steps."""
