"""Results tables: their columns in one place, and how they are written, found and read.

`results/<table>/step-00005000.parquet` holds one tidy table of one checkpoint, whole or not at all.
Beside a `value` stands what chance gives (`chance`) and, where it means something, a 95 % interval
(`low`, `high`) or a p-value. The file's metadata says what the table was computed from.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import UserError
from analysis.files import whole_file

FOLDER = "results"
METADATA = b"interlingua"
ALL_LAYERS = -1
"""What stands in the column `layer` of a row that is about all layers together."""

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
        "chance": ("float64", "accuracy of the largest class; entropy of the labels in nats"),
        "low": ("float64", "lower end of the interval, bootstrap over test documents; NaN by code"),
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
        "ap": ("float64", "average precision on the sentences that experts are chosen on"),
        "chance": ("float64", "mean average precision of a random order of those sentences"),
        "ap_test": ("float64", "average precision on held-out sentences"),
        "forced": ("float64", "median response over the positives: the value that steering forces"),
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
    },
    "overlap": {
        "step": ("int64", "training step of the checkpoint"),
        "concept": ("str", "concept, or 'all': the mean over concepts"),
        "language_a": ("str", "code, or 'all': the mean over pairs of languages"),
        "language_b": ("str", "code, or 'all'"),
        "layer": ("int64", "transformer block, from 0; -1 all of them together"),
        "k": ("float64", "experts of one language there, mean of both languages"),
        "value": ("float64", "units that are experts in both languages"),
        "chance": ("float64", "their expected number for two random sets: a b / N"),
        "ratio": ("float64", "value / chance"),
        "low": ("float64", "lower end of value's interval, bootstrap over concepts; NaN for one"),
        "high": ("float64", "upper end of that interval"),
        "p_value": ("float64", "probability of value or more for random sets"),
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


def made_from(path: Path) -> dict[str, object]:
    """What a table's metadata says it was computed from; empty when it is not one of ours."""
    try:
        metadata = pq.read_schema(path).metadata or {}
    except (OSError, pa.ArrowException):
        return {}
    note: dict[str, object] = json.loads(metadata.get(METADATA, b"{}"))
    return note


def read_table(path: Path) -> pd.DataFrame:
    """One table of one checkpoint.

    Raises `UserError` for a file that is missing or damaged.
    """
    try:
        return pd.read_parquet(path)
    except (OSError, pa.ArrowException) as error:
        raise UserError(
            f"not a whole results table ({error})", where=path, fix="delete it and run again"
        ) from error


def read_tables(results: Path, table: str, last_step: int | None = None) -> pd.DataFrame:
    """The tables of all steps (up to `last_step`) one under the other, in the order of steps."""
    frames = [read_table(path) for path in sorted(results.glob(f"{table}/step-*.parquet"))]
    if not frames:
        return pd.DataFrame(columns=list(TABLES[table]))
    rows = pd.concat(frames, ignore_index=True)
    return rows if last_step is None else rows[rows["step"] <= last_step].reset_index(drop=True)
