"""What a run folder and its data folder will take on the disk, and whether there is room for it.

What cannot be known before it is there is reckoned from sizes measured once (the constants below),
and from the tables that a run has written already.
"""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.concepts.lexicon import FOLDER as LEXICON
from analysis.concepts.lexicon import read_lexicon
from analysis.concepts.opening import open_concepts
from analysis.files import UNFINISHED
from analysis.results import FOLDER as RESULTS
from analysis.settings import BUILT
from callbacks.resume import KEPT
from train.data.datamodule import BlocksDataModule
from train.data.disk import most_bytes, nearest, size_text
from train.data.store import TOKENIZER
from train.plan.times import Watched

FLOAT, ADAM = 4, 8
"""Bytes of a weight, a gradient, or a number in a checkpoint; and of AdamW's two moments."""

_WORD = 60
"""Bytes of `tokenizer.json` for each word, measured on trained ones of 16,000 and 256,008."""

_EXPERT = 50
"""Bytes of a row of the table of experts, measured on 120 positives for a concept."""

_TEXT = 120
"""Bytes of a text in the table of steering, measured on texts of up to 64 tokens."""

_OTHER_TABLES = 1_000_000
"""Bytes of all other tables of a step, at 16 languages and 24 layers."""

_LINE = 1_000
"""Bytes of a point of the training curve in the local record, twice: there and for W&B."""

_DOCUMENT, _SENTENCE = 3_000, 25
"""Bytes of a held-out document and of a sentence of a concept set, in their compressed tables."""


@dataclass(frozen=True)
class Share:
    """What one kind of files takes, how many bytes and how that is reckoned."""

    name: str
    bytes: int
    text: str


def run_shares(values: Any, parameters: int, watched: Watched) -> list[Share]:  # noqa: ANN401 (jsonargparse's)
    """What fills the run folder, a kind of files each; `values` are the run's configuration."""
    last, data = values.trainer.max_steps, values.data
    weights, state = FLOAT * parameters, (FLOAT + ADAM) * parameters
    checkpoints = len(values.checkpoints.steps(last))
    tokenizer = _tokenizer_bytes(data)
    states = state * (KEPT + 1)
    points = last // values.run.log_every + checkpoints
    shares = [
        Share(
            "checkpoints",
            (weights + tokenizer) * checkpoints,
            f"{checkpoints} of {size_text(weights)}, with a tokenizer of {size_text(tokenizer)}",
        ),
        Share(
            "resume states", states, f"{KEPT} of {size_text(state)}, one more while one is written"
        ),
        Share(
            "record",
            2 * _LINE * points,
            f"{points:,} points of the curves, here and for W&B, about",
        ),
    ]
    if watched:
        tables = _tables(values, watched)
        text = f"{len(watched)} steps of about {size_text(tables / len(watched))}"
        shares.insert(1, Share("result tables", tables, text))
    return shares


def data_shares(data: BlocksDataModule) -> tuple[list[Share], bool]:
    """What fills the data folder, and whether that is all of it: its tokens may not be known."""
    if data.is_prepared():
        there = taken(data.folder)
        return [Share("data on disk", there, "prepared")], True
    settings, concepts = data.settings, data.concepts
    sentences = len(_names(data)) * concepts.positives * (1 + concepts.negatives)
    documents = settings.heldout_documents * _DOCUMENT
    others = len(settings.languages) * (documents + sentences * _SENTENCE) + _tokenizer_bytes(data)
    most = most_bytes(settings, settings.tokenizer.vocab_size)
    shares = [Share("other data", others, "held-out documents, concept set and tokenizer, about")]
    if most is None:
        return shares, False
    tokens = sum(most.values())
    return [Share("data on disk", tokens, "tokens at most, yet to be prepared"), *shares], True


def room(needs: Mapping[Path, int]) -> Iterator[tuple[str, bool]]:
    """Of each disk what is needed there and what is free, for the user to read; and if it suffices.

    `needs` has the folders, which may not be there yet, and what each will take in all.
    """
    disks: dict[int, list[Path]] = {}
    for folder in needs:
        disks.setdefault(nearest(folder).stat().st_dev, []).append(folder)
    for folders in disks.values():
        need = sum(needs[folder] for folder in folders)
        there = sum(min(needs[folder], taken(folder)) for folder in folders)
        free = shutil.disk_usage(nearest(folders[0])).free
        names = " and ".join(map(str, folders))
        text = f"{size_text(need)} for {names}, {size_text(there)} of it there; "
        yield text + f"{size_text(free)} free on the disk", need - there <= free


def taken(folder: Path) -> int:
    """Bytes of the files in a folder, and in those beside it that it is being prepared in."""
    shards = folder.absolute().parent.glob(f"{folder.name}.shard-*")
    places = folder, folder.with_name(folder.name + UNFINISHED), *shards
    return sum(
        Path(place, name).stat().st_size
        for top in places
        for place, _, names in os.walk(top)
        for name in names
    )


def _tokenizer_bytes(data: BlocksDataModule) -> int:
    """Of its files: those that are there, or so many for each word."""
    path = data.settings.tokenizer.path
    ready = data.folder / TOKENIZER
    for folder in (ready, *([Path(path)] if path else [])):
        if folder.is_dir():
            return taken(folder)
    return _WORD * data.settings.tokenizer.vocab_size


def _tables(values: Any, watched: Watched) -> int:  # noqa: ANN401
    """Bytes of all steps' tables; the large ones are as those there on average, or reckoned."""
    languages = len(values.data.settings.languages)
    experts, steering = values.analyses.experts, values.analyses.steering
    reckoned = {"experts": 0, "steering": 0}
    if experts is not None:
        reckoned["experts"] = _EXPERT * languages * _concepts(values) * experts.k
    if steering is not None:
        forcings = 1 + len(steering.other_k) + (2 if steering.controls else 0)
        forced = len(steering.source_languages) * _steered(values) * forcings
        reckoned["steering"] = _TEXT * steering.seeds * forced * len(steering.factors)
    whole = _OTHER_TABLES * len(watched)
    for name, table in (("experts", "experts"), ("steering", "steering_texts")):
        folder = Path(values.run.folder) / RESULTS / table
        there = [path.stat().st_size for path in folder.glob("step-*.parquet")]
        each = sum(there) // len(there) if there else reckoned[name]
        whole += each * sum(name in made for made in watched.values())
    return whole


def _concepts(values: Any) -> int:  # noqa: ANN401
    """Concepts that experts are found for, at most."""
    if values.analyses.concepts == BUILT:
        return len(_names(values.data))
    return len(open_concepts(values.analyses.concepts, values.data.settings.languages).concepts)


def _steered(values: Any) -> int:  # noqa: ANN401
    wanted = values.analyses.steering.concepts
    return wanted if isinstance(wanted, int) else len(wanted) if wanted else _concepts(values)


def _names(data: BlocksDataModule) -> Sequence[str]:
    """The concepts that a set is built of."""
    wanted = data.concepts
    folder = Path(wanted.lexicon) if wanted.lexicon else LEXICON
    return list(read_lexicon(data.settings.languages, folder).only(wanted.concepts).concepts)
