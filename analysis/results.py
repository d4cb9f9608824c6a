"""Results tables: their columns in one place, and how they are written, found and read.

`results/<table>/step-00005000.parquet` holds one tidy table of one checkpoint, whole or not at all.
Beside a `value` stands what chance gives (`chance`) and, where it means something, a 95 % interval
(`low`, `high`) or a p-value. The file's metadata says what the table was computed from.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import UserError
from analysis.files import whole_file
from analysis.layout import CONFIG

Filters = Sequence[tuple[str, str, object]]
"""Conditions that all hold of a row: (column, comparison, value), as pyarrow has them."""

FOLDER = "results"
METADATA = b"interlingua"
ALL_LAYERS = -1
"""What stands in the column `layer` of a row that is about all layers together."""
ALL = "all"
"""What stands for a concept, a language or a pair of languages in a row about all of them."""
MEAN = "mean"
"""What stands in the column `language` of the mean over languages of what each has alone."""

TABLES: dict[str, dict[str, tuple[str, str]]] = {
    "heldout": {
        "step": ("int64", "training step of the checkpoint"),
        "language": ("str", "code, or 'mean': the unweighted mean over languages"),
        "metric": ("str", "bits_per_byte (UTF-8 bytes of the text) or bits_per_token"),
        "value": ("float64", "bits of all documents over their bytes or tokens"),
        "chance": ("float64", "what a uniform guess over the vocabulary costs"),
        "low": ("float64", "lower end of the interval, bootstrap over documents"),
        "high": ("float64", "upper end of that interval"),
        "tokens": ("int64", "tokens scored"),
        "bytes": ("int64", "UTF-8 bytes scored"),
        "documents": ("int64", "documents scored"),
    },
    "probing": {
        "step": ("int64", "training step of the checkpoint"),
        "depth": ("int64", "0 the embeddings, d the residual stream after block d"),
        "seed": ("int64", "probe seed: documents split and tokens drawn anew"),
        "task": ("str", "language, or control: labels drawn at random for each token type"),
        "language": ("str", "'all', or a code: then value is that language's recall"),
        "metric": ("str", "accuracy (share of the test tokens) or log_loss (nats)"),
        "value": ("float64", "on the test tokens"),
        "chance": (
            "float64",
            "what the shares of the labels in the train part give: accuracy of always saying the "
            "largest; log_loss of the shares as probabilities; by code its share",
        ),
        "low": (
            "float64",
            "lower end of the interval, bootstrap over each language's test documents; NaN by code",
        ),
        "high": ("float64", "upper end of that interval"),
        "tokens": ("int64", "test tokens"),
        "converged": ("bool", "whether the probe's fit converged"),
    },
    "experts": {
        "step": ("int64", "training step of the checkpoint"),
        "concept": ("str", "concept"),
        "language": ("str", "code"),
        "layer": ("int64", "transformer block, from 0"),
        "module": ("str", "linear layer, in transformers' naming"),
        "unit": ("int64", "output of that layer, from 0"),
        "rank": ("int64", "place among the concept's experts in this language, from 0"),
        "ap": (
            "float64",
            "average precision on the sentences that experts are chosen on: among the highest of "
            "all units', so above `chance` even where no unit knows the concept",
        ),
        "chance": (
            "float64",
            "mean average precision of one random order of those sentences; not what the best of "
            "many units reach by chance",
        ),
        "ap_test": ("float64", "average precision on held-out sentences, which chose nothing"),
        "chance_test": (
            "float64",
            "mean average precision of a random order of the held-out sentences: chance of ap_test",
        ),
        "p_value": (
            "float64",
            "share of all units' average precisions under permuted labels that are as high as "
            "`ap`; near 1 for experts from the low end; NaN without permutations",
        ),
        "q_value": (
            "float64",
            "rate of false discoveries among all units as high (Benjamini-Hochberg over the units "
            "of the concept and language); NaN without permutations",
        ),
        "forced": ("float64", "median response over the positives: the value that steering forces"),
        "positives_p90": ("float64", "90th percentile of the responses over the positives"),
        "negatives_mean": ("float64", "mean response over the negatives"),
    },
    "samples": {
        "step": ("int64", "training step of the checkpoint"),
        "concept": ("str", "concept"),
        "language": ("str", "code"),
        "positives": ("int64", "sentences with the concept that experts are chosen on"),
        "negatives": ("int64", "sentences without it that experts are chosen on"),
        "chance": ("float64", "mean average precision of a random order of both"),
        "positives_test": ("int64", "held-out sentences with the concept"),
        "negatives_test": ("int64", "held-out sentences without it"),
        "chance_test": ("float64", "mean average precision of a random order of both"),
        "left_out": ("int64", "sentences of the language that are too long"),
        "units": ("int64", "units of the model, which experts are chosen among"),
        "discoveries": ("float64", "units with a q-value of at most 0.05, experts or not"),
        "null_max": (
            "float64",
            "highest average precision of all units under permuted labels, mean over permutations: "
            "the chance level of the best expert",
        ),
        "p_value": (
            "float64",
            "share of permutations, and the labels as they are, whose highest average precision is "
            "as high as the best expert's; NaN without permutations, as the two before",
        ),
    },
    "overlap": {
        "step": ("int64", "training step of the checkpoint"),
        "concept": ("str", "concept, or 'all': the mean over concepts"),
        "language_a": ("str", "code, or 'all': the mean over pairs of languages"),
        "language_b": ("str", "code, or 'all'"),
        "layer": ("int64", "transformer block, from 0; -1 all of them together"),
        "top": (
            "int64",
            "experts chosen, the best so many of each language: the largest in the table is all k; "
            "smaller ones have rows for all layers and concepts together only",
        ),
        "k": ("float64", "experts of one language there, mean of both languages"),
        "value": ("float64", "units that are experts in both languages"),
        "chance": ("float64", "their expected number for two random sets: a b / N"),
        "ratio": ("float64", "value / chance"),
        "other_concepts": (
            "float64",
            "units that experts of a concept in one language share with experts of a different one "
            "in the other: mean over both ways and the different ones; NaN with one concept",
        ),
        "low": ("float64", "lower end of value's interval, bootstrap over concepts; NaN for one"),
        "high": ("float64", "upper end of that interval"),
        "p_value": (
            "float64",
            "probability of value or more for random sets: takes units as exchangeable, which "
            "other_concepts does not, and is too small where they are not",
        ),
        "highest": (
            "float64",
            "share of the bootstrap draws over concepts in which the layer's ratio is the highest: "
            "1 where the concepts leave no doubt. A layer with few experts has an unsteady ratio "
            "and comes out more often than it would with many. NaN for all layers, and a concept",
        ),
    },
    "families": {
        "step": ("int64", "training step of the checkpoint"),
        "relation": ("str", "within: both languages are of one family; between: of two families"),
        "family_a": ("str", "family (a code: of that language alone), or 'all': all such pairs"),
        "family_b": ("str", "the same family for the relation within; or 'all'"),
        "layer": ("int64", "transformer block, from 0; -1 all of them together"),
        "top": ("int64", "experts chosen, as in the table `overlap`"),
        "k": ("float64", "experts of one language there, mean of both and over pairs"),
        "value": (
            "float64",
            "units that are experts of a concept in both languages: of a concept the mean over the "
            "pairs of languages, of these the mean over concepts",
        ),
        "chance": ("float64", "their expected number for two random sets: a b / N"),
        "ratio": ("float64", "value / chance"),
        "other_concepts": ("float64", "the same of experts of different concepts, as in `overlap`"),
        "low": ("float64", "lower end of value's interval, bootstrap over concepts; NaN for one"),
        "high": ("float64", "upper end of that interval"),
        "p_value": (
            "float64",
            "probability of value or more for random sets, of more than two languages "
            "approximately; takes units as exchangeable, as in `overlap`",
        ),
    },
    "lape": {
        "step": ("int64", "training step of the checkpoint"),
        "layer": ("int64", "transformer block, from 0; -1 all of them together"),
        "language": ("str", "code, or 'all': each neuron once"),
        "metric": (
            "str",
            "language_neurons (lape.share of all neurons, of lowest entropy), below_null (neurons "
            "whose entropy is so low that shuffled documents give just that share), entropy_mean, "
            "or a quantile of the entropies, entropy_q01 to entropy_q90",
        ),
        "value": ("float64", "neurons; of entropies nats, over the neurons that fire"),
        "chance": ("float64", "its mean with the documents shuffled over the languages"),
        "low": (
            "float64",
            "lower end of the interval, bootstrap over each language's documents; NaN where a "
            "language has only one",
        ),
        "high": ("float64", "upper end of that interval"),
        "neurons": ("int64", "neurons of the layer: value is a share of these"),
        "tokens": ("int64", "tokens of each language"),
    },
    "language_neurons": {
        "step": ("int64", "training step of the checkpoint"),
        "layer": ("int64", "transformer block, from 0"),
        "module": (
            "str",
            "linear layer whose output, past the non-linearity, is the neuron (in a gated MLP the "
            "gate), in transformers' naming; module and unit join it to the table `experts`",
        ),
        "unit": ("int64", "output of that layer, from 0"),
        "language": ("str", "where it fires most"),
        "languages": ("str", "codes of the languages it belongs to, spaces between them"),
        "entropy": ("float64", "of its activation probabilities over the languages, nats"),
        "below_null": ("bool", "whether it is among those of the metric below_null"),
        "probability": ("float64", "share of the tokens of `language` at which it fires"),
        "probability_elsewhere": ("float64", "mean share of the other languages' tokens"),
    },
    "kept": {
        "step": ("int64", "training step of the checkpoint"),
        "since": ("str", "earlier step compared with: first, or previous of the steps analysed"),
        "since_step": ("int64", "that step"),
        "concept": ("str", "concept, or 'all': the mean over concepts"),
        "language": ("str", "code, or 'mean': the unweighted mean over languages"),
        "k": ("float64", "experts at either step"),
        "value": ("float64", "experts of the earlier step that are experts still"),
        "chance": ("float64", "their expected number for two random sets: k^2 / units"),
        "ratio": ("float64", "value / chance"),
        "replaced": ("float64", "experts lost since, and as many gained: k - value"),
    },
    "division": {
        "step": ("int64", "training step of the checkpoint"),
        "layer": ("int64", "transformer block, from 0; -1 all of them together"),
        "experts": (
            "str",
            "which of the MLP's neurons: shared (expert of one concept in several languages), "
            "single (expert, but never so), any (both kinds), each neuron once; own (experts of a "
            "concept in `language`) or other (in another language), mean over concepts",
        ),
        "language": ("str", "whose language neurons: a code, 'all', or 'mean': over languages"),
        "neurons": ("int64", "neurons of the MLPs there, which the other columns are about"),
        "k": ("float64", "experts of that kind among them"),
        "language_neurons": ("float64", "language neurons among them"),
        "value": ("float64", "neurons that are both"),
        "chance": ("float64", "of random sets: k language_neurons / neurons"),
        "ratio": ("float64", "value / chance"),
        "low": (
            "float64",
            "lower end of value's interval, bootstrap over concepts; NaN where each neuron counts "
            "once, for then no concept is a sample",
        ),
        "high": ("float64", "upper end of that interval"),
        "p_value": (
            "float64",
            "probability of value or more for random sets: takes neurons as exchangeable; NaN for "
            "own and other, whose concepts share neurons",
        ),
    },
}  # fmt: skip
"""Columns of every table: type, and meaning with unit."""


def columns(table: str) -> list[str]:
    """Columns that an analysis gives a table, in their order: all but `step`, added on writing."""
    return [name for name in TABLES[table] if name != "step"]


def table_path(results: Path, table: str, step: int) -> Path:
    """Where the table of a step is kept."""
    return results / table / f"step-{step:08d}.parquet"


def write_table(
    results: Path, table: str, step: int, rows: pd.DataFrame, made_from: Mapping[str, object]
) -> Path:
    """Write one table, whole or not at all; `rows` has all its columns but `step`.

    `made_from` (settings, fingerprints, versions) is kept in the file's metadata.
    """
    kinds = {name: kind for name, (kind, _) in TABLES[table].items()}
    rows = rows.assign(step=step)
    assert set(rows.columns) == set(kinds), sorted(set(rows.columns) ^ set(kinds))
    rows = rows[list(kinds)].astype(kinds)
    content = pa.Table.from_pandas(rows, preserve_index=False)
    note = json.dumps(made_from, sort_keys=True, default=str).encode()
    content = content.replace_schema_metadata({**content.schema.metadata, METADATA: note})
    path = table_path(results, table, step)
    with whole_file(path) as draft:
        pq.write_table(content, draft, compression="zstd")
    return path


def write_derived(
    results: Path,
    table: str,
    step: int,
    source: Mapping[str, object],
    make: Callable[[], pd.DataFrame],
) -> None:
    """Write a table that is made from other tables, unless it stands, made from the same ones.

    `source` says what these are, for the file's metadata.
    """
    if made_from(table_path(results, table, step)) != source:
        write_table(results, table, step, make(), source)


def made_from(path: Path) -> dict[str, object]:
    """What a table's metadata says it was computed from; empty when it is not one of ours."""
    try:
        return _note(path)
    except (OSError, pa.ArrowException):
        return {}


def _note(path: Path) -> dict[str, object]:
    metadata = pq.read_schema(path).metadata or {}
    note: dict[str, object] = json.loads(metadata.get(METADATA, b"{}"))
    return note


def read_table(
    path: Path, columns: Sequence[str] | None = None, where: Filters | None = None
) -> pd.DataFrame:
    """One table of one checkpoint, or some `columns` of it in the rows in which `where` holds.

    Raises `UserError` for a file that is missing or damaged, or lacks one of the columns.
    """
    try:
        return pd.read_parquet(
            path,
            columns=None if columns is None else list(columns),
            filters=None if where is None else list(where),
        )
    except (OSError, pa.ArrowException) as error:
        raise _damaged(path, error) from error


def find_results(word: str) -> Path:
    """The results folder that a word on the command line means: its own, or that of the run.

    Raises `UserError` when there is none.
    """
    folder = Path(word)
    if not folder.is_dir():
        raise UserError("no such folder", where=word, fix="name a run or a results folder")
    inner = folder / FOLDER
    for place in (inner, folder):
        if next(place.glob("*/step-*.parquet"), None):
            return place
    if (folder / CONFIG).is_file() or inner.is_dir():
        raise UserError(
            "no results yet", where=word, fix=f"make them with: python -m analysis run {word}"
        )
    raise UserError(
        "neither a run nor a results folder", where=word, fix="name one that holds either"
    )


def comparable(results: Path, table: str, last_step: int | None = None) -> dict[int, Path]:
    """Steps (up to `last_step`) and their tables, in the order of steps.

    Only what compares: tables made with other settings than the newest of them, or from other text,
    are left out. Raises `UserError` for a file that is damaged.
    """
    paths = {
        int(path.stem.removeprefix("step-")): path
        for path in results.glob(f"{table}/step-*.parquet")
    }
    made: dict[int, tuple[object, object]] = {}
    for step in sorted(paths):
        if last_step is None or step <= last_step:
            try:
                note = _note(paths[step])
            except (OSError, pa.ArrowException) as error:
                raise _damaged(paths[step], error) from error
            made[step] = note.get("settings"), note.get("text")
    newest = made[max(made)] if made else None
    return {step: paths[step] for step, source in made.items() if source == newest}


def read_tables(
    results: Path,
    table: str,
    last_step: int | None = None,
    *,
    columns: Sequence[str] | None = None,
    where: Filters | None = None,
) -> pd.DataFrame:
    """The tables of all steps that compare, one under the other, in the order of steps.

    Raises `UserError` as `comparable` and `read_table` do.
    """
    chosen = comparable(results, table, last_step).values()
    if not chosen:
        return pd.DataFrame(columns=list(TABLES[table] if columns is None else columns))
    return pd.concat([read_table(path, columns, where) for path in chosen], ignore_index=True)


def _damaged(path: Path, error: Exception) -> UserError:
    return UserError(
        f"not a whole results table ({error})", where=path, fix="delete it and run again"
    )
