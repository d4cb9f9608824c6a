"""The pages that are made from the code: the tables with their columns, and the settings.

Written anew whenever the pages are built, so they cannot be out of date; git ignores them.
"""

import inspect
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import docstring_parser

from analysis.settings import DEFAULTS, AnalysisSettings
from analysis.tables import TABLES
from callbacks.analyses import OnlineSettings
from callbacks.schedule import Schedule
from train.data.datamodule import BlocksDataModule
from train.loggers import WandbSettings
from train.module import Pretraining
from train.run import RunSettings

BLOCKS: dict[str, type] = {
    "run": RunSettings,
    "model": Pretraining,
    "data": BlocksDataModule,
    "checkpoints": Schedule,
    "online": OnlineSettings,
    "wandb": WandbSettings,
    "analyses": AnalysisSettings,
}
"""Blocks of a configuration that this project reads itself."""

_LONGEST = 40
"""Characters of a default that are shown."""

TABLES_HEAD = """# Tables and their columns

Made from `analysis/tables.py`. A table of a run lies in
`results/<table>/step-<step, eight digits>.parquet`; every row also bears its step. The file's
metadata, under the key `interlingua`, says what it was made from: fingerprints of the weights, the
settings and the text, and versions. What the statistics mean is told in
[](../statistics.md).
"""

SETTINGS_HEAD = """# Settings

Made from the settings' own documentation. A configuration is a YAML file of these blocks; on the
command line each key is `--block.key VALUE`. `seed` stands outside all blocks: it is the seed of
weights, dropout and order of a run. The block `trainer` is that of Lightning's trainer. The same
block `analyses` serves a run and `python -m analysis run`. An analysis is left out by `null`.
"""


def write_pages(folder: Path) -> None:
    """Write all of them into `folder`."""
    folder.mkdir(exist_ok=True)
    (folder / "tables.md").write_text(tables_page(), encoding="utf-8")
    (folder / "settings.md").write_text(settings_page(), encoding="utf-8")


def tables_page() -> str:
    """Every table of `analysis.results` with its columns."""
    parts = [TABLES_HEAD]
    for table, columns in TABLES.items():
        rows = [
            f"| `{name}` | {kind} | {_cell(meaning)} |" for name, (kind, meaning) in columns.items()
        ]
        parts += [f"## {table}", "\n".join(["| column | type | meaning |", "|---|---|---|", *rows])]
    return "\n\n".join(parts) + "\n"


def settings_page() -> str:
    """Every key of the blocks, with its default and its meaning."""
    parts = [SETTINGS_HEAD]
    for block, kind in BLOCKS.items():
        parts += [f"## {block}", _table(_keys("", kind))]
        if kind is AnalysisSettings:
            for name, settings in DEFAULTS.items():
                parts += [f"## analyses.{name}", _table(_keys("", settings))]
    return "\n\n".join(parts) + "\n"


def _table(rows: Iterator[tuple[str, str, str]]) -> str:
    lines = [f"| `{key}` | {default} | {_cell(meaning)} |" for key, default, meaning in rows]
    return "\n".join(["| key | default | meaning |", "|---|---|---|", *lines])


def _keys(prefix: str, kind: type) -> Iterator[tuple[str, str, str]]:
    """Keys of a block with their defaults and meanings, those of blocks inside it in their place.

    Blocks of single analyses are told apart from the others: they have tables of their own.
    """
    meanings = {one.arg_name: one.description or "" for one in _documented(kind)}
    for name, default in _defaults(kind):
        if kind is AnalysisSettings and name in DEFAULTS:
            made = "made" if default is not None else "null"
            yield f"{prefix}{name}", made, meanings[name]
        elif is_dataclass(default):
            yield from _keys(f"{prefix}{name}.", type(default))
        elif name != "seed" or is_dataclass(kind):
            yield f"{prefix}{name}", f"`{_told(default)}`", meanings[name]


def _documented(kind: type) -> list[docstring_parser.DocstringParam]:
    if is_dataclass(kind):
        return docstring_parser.parse_from_object(kind).params
    return docstring_parser.parse(inspect.getdoc(kind) or "").params


def _defaults(kind: type) -> Iterator[tuple[str, Any]]:
    if is_dataclass(kind):
        for field in fields(kind):
            yield field.name, _default(field)
        return
    hints = get_type_hints(kind.__init__)
    for name, parameter in inspect.signature(kind).parameters.items():
        blocks = [one for one in (hints[name], *get_args(hints[name])) if is_dataclass(one)]
        # A block without a default, or that is null by default, is told by its own defaults.
        yield name, parameter.default if not blocks else blocks[0]()


def _default(field: Field[Any]) -> object:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _told(default: object) -> str:
    """A default as YAML has it, nearly; long ones cut."""
    if default is inspect.Parameter.empty:
        return "required"
    if default is None or isinstance(default, bool):
        return {None: "null", True: "true", False: "false"}[default]
    text = str(default)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _cell(meaning: str) -> str:
    """A meaning in one cell of a table, signs that Markdown reads shielded."""
    text = " ".join(meaning.split())
    for sign in "|<*_":
        text = "`".join(
            part if place % 2 else part.replace(sign, f"\\{sign}")
            for place, part in enumerate(text.split("`"))
        )
    return text
