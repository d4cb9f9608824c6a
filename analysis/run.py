"""Running analyses on one checkpoint: what a training run does online, and `analysis run` later.

An analysis sees a checkpoint folder, held-out text and its settings, never a trainer. Tables that
are there already, made from the same weights with the same settings by the same version of the
analysis, are not made again.

1. `make_parts` makes the parts of the analyses (`analysis.registry`), or this process's share.
2. `write_tables` joins the parts of all processes into tables and writes them.
"""

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from analysis.checkpoints.loading import Checkpoint
from analysis.checkpoints.manifest import settings_fingerprint
from analysis.checkpoints.sources import OwnFolder, Source
from analysis.errors import UserError
from analysis.experts.settings import ExpertSettings
from analysis.inputs import Inputs
from analysis.registry import ANALYSES, Tables, divided
from analysis.results import made_from, read_table, table_path, write_table

Part = tuple[str, int]
"""An analysis, and which of its parts."""


@dataclass
class Outcome:
    """The tables of a checkpoint by name, and the analyses that failed with their errors.

    The errors bear their tracebacks as text (`__notes__`), not as frames, which would keep model
    and responses in the device's memory.
    """

    tables: Tables = field(default_factory=dict)
    failed: dict[str, Exception] = field(default_factory=dict)


@dataclass(frozen=True)
class Parts:
    """What one process has made of a checkpoint's analyses."""

    made: dict[Part, Any] = field(default_factory=dict)
    failed: dict[str, Exception] = field(default_factory=dict)
    """Analyses of which a part failed."""


class Opening:
    """A checkpoint that is opened when it is first needed; errors are those of its source."""

    def __init__(self, source: Source, device: str | torch.device) -> None:
        self.source = source
        self.device = device

    @cached_property
    def checkpoint(self) -> Checkpoint:
        """Model and tokenizer."""
        return self.source.open(self.device)

    @cached_property
    def weights(self) -> str:
        """Fingerprint of the weights, which some tell without being opened."""
        known = self.source.weights()
        return self.checkpoint.weights if known is None else known


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
    source = OwnFolder(source) if isinstance(source, Path) else source
    opening = Opening(source, device)
    outcome = Outcome()
    try:
        for name in inputs.names:  # one at a time: what is made stays, should the next be stopped
            one = replace(inputs, names=(name,))
            parts = make_parts(opening, results, one, again=again)
            made = write_tables(opening, results, one, [parts])
            outcome.tables |= made.tables
            outcome.failed |= made.failed
    finally:
        source.close()
    return outcome


def make_parts(
    opening: Opening,
    results: Path,
    inputs: Inputs,
    *,
    again: bool = False,
    share: Callable[[Sequence[Part]], Sequence[Part]] = list,
) -> Parts:
    """Make those parts of the analyses whose tables are not there, or the `share` of them.

    Raises `UserError` when the checkpoint itself cannot be opened.
    """
    parts = Parts()
    due: list[Part] = []
    names: dict[str, Sequence[Any]] = {}
    for name in inputs.names:
        if again or not _there(opening, results, inputs, name):
            try:
                names[name] = divided(ANALYSES[name]).parts(inputs)
            except Exception as error:
                parts.failed[name] = _without_frames(error)
            else:
                due += [(name, place) for place in range(len(names[name]))]
    for name, place in share(due):
        if name in parts.failed:
            continue
        checkpoint = opening.checkpoint
        try:
            with _full_float32():
                made = divided(ANALYSES[name]).make(checkpoint, inputs, names[name][place])
            parts.made[name, place] = made
        except Exception as error:
            parts.failed[name] = _without_frames(error)
    return parts


def write_tables(
    opening: Opening, results: Path, inputs: Inputs, parts: Sequence[Parts]
) -> Outcome:
    """Join what processes have made and write the tables; read those that were there."""
    outcome = Outcome()
    made = {part: value for each in parts for part, value in each.made.items()}
    for each in parts:
        outcome.failed |= each.failed
    for name in inputs.names:
        if name in outcome.failed:
            continue
        analysis = ANALYSES[name]
        own = [value for part, value in sorted(made.items()) if part[0] == name]
        try:
            step = opening.source.step
            if own:
                _check_all(name, inputs, len(own))
                with _full_float32():
                    tables = divided(analysis).join(inputs, own)
                note = _made_from(name, inputs, opening.weights)
                note |= {_RECORDED: version("interlingua")}
                for table in analysis.tables:
                    write_table(results, table, step, tables[table], note)
            paths = {table: table_path(results, table, step) for table in analysis.tables}
            outcome.tables |= {table: read_table(path) for table, path in paths.items()}
        except Exception as error:
            outcome.failed[name] = _without_frames(error)
    return outcome


_RECORDED = "package"
"""What a table's metadata says beside what it was made from: this package's version."""


def _check_all(name: str, inputs: Inputs, made: int) -> None:
    parts = len(divided(ANALYSES[name]).parts(inputs))
    if made < parts:
        raise UserError(
            f"{parts - made} of {parts} parts were not made",
            fix="put the run folder on a disk that all processes see alike, and run it again",
        )


def _there(opening: Opening, results: Path, inputs: Inputs, name: str) -> bool:
    """Whether the tables of an analysis stand, made from what they would be made from now."""
    origin = _made_from(name, inputs, opening.weights)
    step = opening.source.step
    return all(_stands(table_path(results, table, step), origin) for table in ANALYSES[name].tables)


@contextmanager
def _full_float32() -> Iterator[None]:
    """Let no matrix product inside round its factors to TensorFloat-32, as training may have it."""
    former = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(former)


def _without_frames(error: Exception) -> Exception:
    """The error, its traceback as a note: the frames of all that led to it hold what they used."""
    error.add_note("".join(traceback.format_exception(error)))
    left: list[BaseException | None] = [error]
    seen: set[int] = set()
    while left:
        one = left.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            one.__traceback__ = None
            left += one.__cause__, one.__context__
    return error


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
    if name == "steering":
        assert inputs.concepts is not None
        settings |= {"experts": asdict(inputs.settings.experts or ExpertSettings())}
        source = f"{inputs.concepts.fingerprint} {inputs.text}"
    return {
        "weights": weights,
        "settings": settings_fingerprint(settings),
        "text": source,
        "version": ANALYSES[name].version,
    }


def explain(error: Exception) -> str:
    """One line about a failed analysis."""
    return str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
