"""What analyses read beside a checkpoint: held-out text, concepts and settings, opened once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.concepts.opening import open_concepts
from analysis.concepts.sets import ConceptSet
from analysis.files import sha256
from analysis.settings import AnalysisSettings, needs_concepts, wanted
from analysis.text.heldout import read_held_out


@dataclass(frozen=True)
class Inputs:
    """What analyses read beside a checkpoint, opened once for all checkpoints.

    `heldout` maps languages to documents; `text` is the fingerprint of the file they come from;
    `names` are the analyses that are made.
    """

    settings: AnalysisSettings
    heldout: Mapping[str, Sequence[str]]
    text: str
    concepts: ConceptSet | None
    names: tuple[str, ...]


def open_inputs(
    settings: AnalysisSettings, heldout: Path, names: Collection[str] | None = None
) -> Inputs:
    """Open held-out documents and concept set for the analyses named, or all that are set.

    Raises `UserError` when a file is missing or damaged.
    """
    table = read_held_out(heldout)
    documents = {
        str(language): list(rows["text"])
        for language, rows in table.groupby("language", sort=False)
    }
    made = [name for name in wanted(settings) if names is None or name in names]
    concepts = open_concepts(settings.concepts, list(documents)) if needs_concepts(made) else None
    return Inputs(settings, documents, sha256(heldout), concepts, tuple(made))
