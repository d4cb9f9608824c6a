"""Opening a concept set, wherever and in whichever layout it lies."""

from collections.abc import Sequence
from pathlib import Path

from analysis.concepts.demo import demo_concepts
from analysis.concepts.json_layout import read_json
from analysis.concepts.parquet_layout import TABLE, read_parquet
from analysis.concepts.sets import ConceptSet
from analysis.errors import UserError
from analysis.languages import check_languages


def open_concepts(source: str | Path, languages: Sequence[str]) -> ConceptSet:
    """The concept set at `source`, of these languages in this order.

    `source` is "demo" (the built-in set), a Parquet file, a folder that `analysis concepts build`
    made, or one in ml-selfcond's layout.

    Raises `UserError` for what is missing, broken or incomplete.
    """
    check_languages(languages, where="languages")
    if source == "demo":
        return demo_concepts(languages)
    path = Path(source)
    if (path / TABLE).is_file():
        return read_parquet(path / TABLE, languages)
    if path.is_dir():
        return read_json(path, languages)
    if path.is_file():
        return read_parquet(path, languages)
    raise UserError(
        "no such concept set", where=path, fix="give a Parquet file, a folder or 'demo'"
    )
