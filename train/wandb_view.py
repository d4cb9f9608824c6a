"""What a newcomer sees of a run in Weights & Biases: sections in order, and numbers to compare.

W&B makes a section of all names that are alike before the first `/`, and puts sections and what is
in them in the order of the alphabet. So a curve's name there begins with its section's: where the
record has `kept/share_since_first`, W&B shows `D_overlap/kept/share_since_first`. A name has to
begin with a letter, or W&B can neither sort nor filter by it; that is why sections have no numbers.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from analysis.checkpoints.manifest import read_manifest

if TYPE_CHECKING:
    from wandb import Artifact

SECTIONS: dict[str, tuple[str, ...]] = {
    "A_loss": ("loss", "optimizer"),
    "B_languages": ("heldout", "tokens"),
    "C_probing": ("probing", "lens"),
    "D_overlap": ("overlap", "families", "kept", "experts", "samples", "division"),
    "E_language_neurons": ("lape", "deactivation"),
    "F_steering": ("steering",),
    "G_speed": ("speed",),
}
"""The sections in their order, and the first parts of the names in the record that they show."""

BY_LAYER = "H_by_layer"
"""Section of the curves of single layers and depths, which the heat maps show together."""

EXTREMES = {
    "A_loss/train": "min",
    "B_languages/heldout/bits_per_byte/mean": "min",
    "C_probing/accuracy/mean": "min,max",
    "D_overlap/ratio": "min,max",
    "G_speed/tokens_per_second": "max",
}
"""Curves of which the table of runs shows more than the last value. Single ones only: of two
patterns that both fit a name, W&B takes one at random, and Lightning's fits all."""

_SECTION_OF = {part: section for section, parts in SECTIONS.items() for part in parts}
_OF_ONE_LAYER = re.compile(r"/(layer|depth)_\d+$")


def shown_as(name: str) -> str:
    """The name in W&B of a curve or picture of the record; an unknown one is a section of its own.

    A section's own name is not repeated: `probing/accuracy/mean` is `C_probing/accuracy/mean`.
    """
    first, _, rest = name.partition("/")
    section = _SECTION_OF.get(first)
    if section is None or not rest:
        return name
    if _OF_ONE_LAYER.search(name):
        return f"{BY_LAYER}/{name}"
    return f"{section}/{rest if section.endswith(f'_{first}') else name}"


def define_curves(experiment: Any) -> None:  # noqa: ANN401 (a run of W&B's, or a test's)
    """Tell W&B what the table of runs shows of some curves; Lightning has told the x axis of all.

    That is `trainer/global_step`, completed optimiser steps, for curves and pictures alike.
    """
    for name, extremes in EXTREMES.items():
        experiment.define_metric(name, summary=f"{extremes},last")


def _first(values: list[float]) -> float:
    return values[0]


def _last(values: list[float]) -> float:
    return values[-1]


def _gain(values: list[float]) -> float:
    return values[-1] - values[0]


COMPARED: dict[str, tuple[str, Callable[[list[float]], float]]] = {
    "loss_last": ("loss/train", _last),
    "bits_per_byte_last": ("heldout/bits_per_byte/mean", _last),
    "bits_per_byte_best": ("heldout/bits_per_byte/mean", min),
    "probing_accuracy_first": ("probing/accuracy/mean", _first),
    "probing_accuracy_last": ("probing/accuracy/mean", _last),
    "probing_accuracy_gain": ("probing/accuracy/mean", _gain),
    "overlap_ratio_first": ("overlap/ratio", _first),
    "overlap_ratio_last": ("overlap/ratio", _last),
    "overlap_ratio_gain": ("overlap/ratio", _gain),
    "overlap_ratio_to_other_concepts_last": ("overlap/ratio_to_other_concepts", _last),
    "tokens": ("tokens/all", _last),
    "tokens_per_second": ("speed/tokens_per_second", median),
    "mfu": ("speed/mfu", median),
}
"""Columns of the table of runs by name: the curve of the record that each is of, and what of it.

First is the untrained network, where step 0 is analysed. Probing is the mean over depths. No `/` is
in these names, since W&B sorts and filters the table by plain names only.
"""


class Comparison:
    """The numbers of `COMPARED` as far as the run has come, those before a resume included."""

    def __init__(self) -> None:
        self._values: dict[str, list[float]] = {}

    def add(self, metrics: Mapping[str, float]) -> dict[str, float]:
        """Take in what is logged together at one step; returns the numbers that this changes."""
        known = {curve for curve, _ in COMPARED.values()} & metrics.keys()
        for curve in known:
            self._values.setdefault(curve, []).append(metrics[curve])
        return {
            name: number(self._values[curve])
            for name, (curve, number) in COMPARED.items()
            if curve in known
        }


def checkpoint_artifact(folder: Path, run: str) -> "Artifact":
    """A checkpoint of a run as an artifact: its manifest, and where it lies. No file is uploaded.

    Raises `UserError` for a folder without manifest.
    """
    from wandb import Artifact  # noqa: PLC0415 (the run goes on without it)

    artifact = Artifact(f"checkpoint-{run}", "checkpoint", metadata=asdict(read_manifest(folder)))
    # Without its own checksums: the manifest has those of all files.
    artifact.add_reference(folder.resolve().as_uri(), name=folder.name, checksum=False)
    return artifact
