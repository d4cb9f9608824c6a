"""Running analyses on one checkpoint: what a training run does online, and `analysis run` later.

An analysis sees a checkpoint folder, held-out text and its settings, never a trainer. Tables that
are there already, made from the same weights with the same settings by the same version of the
analysis, are not made again.
"""

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import torch

from analysis.checkpoints.loading import Checkpoint
from analysis.checkpoints.manifest import settings_fingerprint
from analysis.checkpoints.sources import OwnFolder, Source
from analysis.concepts.opening import open_concepts
from analysis.concepts.sets import ConceptSet
from analysis.errors import UserError
from analysis.experts.division import write_division
from analysis.experts.experts import find_experts
from analysis.experts.kept import write_kept
from analysis.experts.overlap import expert_overlap
from analysis.experts.settings import PRESETS
from analysis.files import sha256
from analysis.heldout import score_heldout
from analysis.lape.lape import find_language_neurons
from analysis.probing.probe import probe_languages
from analysis.results import made_from, read_table, table_path, write_table
from analysis.settings import AnalysisSettings
from analysis.text.heldout import read_held_out

Tables = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Inputs:
    """What analyses read beside a checkpoint, opened once for all checkpoints.

    `heldout` maps languages to documents; `text` is the fingerprint of the file they come from.
    """

    settings: AnalysisSettings
    heldout: Mapping[str, Sequence[str]]
    text: str
    concepts: ConceptSet | None


@dataclass
class Outcome:
    """The tables of a checkpoint by name, and the analyses that failed with their errors.

    The errors bear their tracebacks as text (`__notes__`), not as frames, which would keep model
    and responses in the device's memory.
    """

    tables: Tables = field(default_factory=dict)
    failed: dict[str, Exception] = field(default_factory=dict)


def open_inputs(settings: AnalysisSettings, heldout: Path) -> Inputs:
    """Open held-out documents and concept set.

    Raises `UserError` when a file is missing or damaged.
    """
    table = read_held_out(heldout)
    documents = {
        str(language): list(rows["text"])
        for language, rows in table.groupby("language", sort=False)
    }
    concepts = open_concepts(settings.concepts, list(documents)) if settings.experts else None
    return Inputs(settings, documents, sha256(heldout), concepts)


def _heldout(checkpoint: Checkpoint, inputs: Inputs) -> Tables:
    assert inputs.settings.heldout is not None
    return {
        "heldout": score_heldout(
            checkpoint.model, checkpoint.tokenizer, inputs.heldout, inputs.settings.heldout
        )
    }


def _probing(checkpoint: Checkpoint, inputs: Inputs) -> Tables:
    assert inputs.settings.probing is not None
    return {
        "probing": probe_languages(
            checkpoint.model, checkpoint.tokenizer, inputs.heldout, inputs.settings.probing
        )
    }


def _experts(checkpoint: Checkpoint, inputs: Inputs) -> Tables:
    settings = inputs.settings.experts
    assert settings is not None
    assert inputs.concepts is not None
    found = find_experts(checkpoint.model, checkpoint.tokenizer, inputs.concepts, settings)
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


@dataclass(frozen=True)
class Analysis:
    """How an analysis is made, the tables that it gives, and its version.

    The version counts the changes that make it give other numbers: tables of another are stale.
    """

    make: Callable[[Checkpoint, Inputs], Tables]
    tables: tuple[str, ...]
    version: int


ANALYSES: dict[str, Analysis] = {
    "heldout": Analysis(_heldout, ("heldout",), version=1),
    "probing": Analysis(_probing, ("probing",), version=1),
    "experts": Analysis(_experts, ("experts", "samples", "overlap", "families"), version=3),
    "lape": Analysis(_lape, ("lape", "language_neurons"), version=1),
}
"""Every analysis by its name, which is that of its settings too."""

Derive = Callable[[Path, int | None], None]
"""Writes a table of every step (up to one) that lacks it, from the tables of a results folder."""

DERIVED: dict[str, Derive] = {"kept": write_kept, "division": write_division}
"""Tables made from the tables of one analysis or more, or of several steps."""

_RECORDED = "package"
"""What a table's metadata says beside what it was made from: this package's version."""


def wanted(settings: AnalysisSettings) -> list[str]:
    """Names of the analyses that the settings ask for."""
    return [name for name in ANALYSES if getattr(settings, name) is not None]


def analyse(
    source: Path | Source,
    results: Path,
    inputs: Inputs,
    *,
    again: bool = False,
    device: str | torch.device = "cpu",
) -> Outcome:
    """Make the analyses of one checkpoint and write their tables under `results`.

    A path is that of a folder with our manifest.

    An analysis that fails is reported in the outcome and does not keep the others from being made;
    neither does it leave a table. `again` makes tables anew that are there. Products of matrices
    are computed in full float32, whatever the caller has chosen for its own. Raises `UserError`
    when the checkpoint itself cannot be opened.
    """
    if isinstance(source, Path):
        source = OwnFolder(source)
    try:
        return _analyse(source, results, inputs, again=again, device=device)
    finally:
        source.close()


def _analyse(
    source: Source, results: Path, inputs: Inputs, *, again: bool, device: str | torch.device
) -> Outcome:
    outcome = Outcome()
    step, weights = source.step, source.weights()
    checkpoint: Checkpoint | None = None
    if weights is None:
        checkpoint = source.open(device)
        weights = checkpoint.weights
    for name in wanted(inputs.settings):
        analysis = ANALYSES[name]
        origin = _made_from(name, inputs, weights)
        paths = {table: table_path(results, table, step) for table in analysis.tables}
        if not again and all(_stands(path, origin) for path in paths.values()):
            outcome.tables |= {table: read_table(path) for table, path in paths.items()}
            continue
        checkpoint = checkpoint or source.open(device)
        note = origin | {_RECORDED: version("interlingua")}
        try:
            with _full_float32():
                tables = analysis.make(checkpoint, inputs)
            for table in analysis.tables:
                write_table(results, table, step, tables[table], note)
            outcome.tables |= {table: read_table(path) for table, path in paths.items()}
        except Exception as error:
            error.add_note("".join(traceback.format_exception(error)))
            _let_go_of_frames(error)
            outcome.failed[name] = error
    return outcome


@contextmanager
def _full_float32() -> Iterator[None]:
    """Let no matrix product inside round its factors to TensorFloat-32, as training may have it."""
    former = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(former)


def _let_go_of_frames(error: BaseException) -> None:
    """Drop the tracebacks of an error and of all that led to it, and with them what they hold."""
    left: list[BaseException | None] = [error]
    seen: set[int] = set()
    while left:
        one = left.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            one.__traceback__ = None
            left += one.__cause__, one.__context__


def _stands(path: Path, source: Mapping[str, object]) -> bool:
    """Whether the table there was made from `source`; what else is recorded does not matter."""
    return {key: value for key, value in made_from(path).items() if key != _RECORDED} == source


def _made_from(name: str, inputs: Inputs, weights: str) -> dict[str, object]:
    """What the tables of an analysis depend on; text as it stands in their metadata."""
    settings = asdict(getattr(inputs.settings, name))
    source = inputs.text
    if name == "experts":
        assert inputs.concepts is not None
        source = inputs.concepts.fingerprint
    return {
        "weights": weights,
        "settings": settings_fingerprint(settings),
        "text": source,
        "version": ANALYSES[name].version,
    }


def explain(error: Exception) -> str:
    """One line about a failed analysis."""
    return str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
