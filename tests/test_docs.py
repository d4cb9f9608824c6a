"""The pages are built without a warning, and those made from the code are complete."""

import importlib
import shutil
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from analysis.settings import DEFAULTS
from analysis.tables import TABLES
from tests.pages import ROOT, pages
from train.settings import OptimizerSettings, Shape


def build(folder: Path) -> int:
    """What `make docs` does, in this process; returns the exit code."""
    words = ["-W", "--keep-going", "-q", str(folder), str(folder / "_build")]
    code: int = importlib.import_module("sphinx.cmd.build").main(words)
    return code


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages") / "docs"
    made = shutil.ignore_patterns("_build", "generated", "__pycache__")
    shutil.copytree(ROOT / "docs", folder, ignore=made)
    assert build(folder) == 0
    return folder


def rows(page: Path) -> list[list[str]]:
    """The cells of a page's tables, headings (`## name`) among them as rows of one cell."""
    lines = page.read_text(encoding="utf-8").splitlines()
    told = [line for line in lines if line[:1] in ("|", "#")]
    cells = [line.replace("\\|", "").strip("|").split("|") for line in told]
    return [[cell.strip(" #`") for cell in row] for row in cells]


def test_every_page_is_built(built: Path) -> None:
    names = {page.stem for page in pages()[1:]} | {"generated/tables", "generated/settings"}
    assert {f"{name}.html" for name in names} <= {
        str(path.relative_to(built / "_build")) for path in (built / "_build").rglob("*.html")
    }
    assert {path.stem for path in (ROOT / "docs").glob("*.md")} <= names


def test_nothing_is_asked_of_the_network(built: Path) -> None:
    text = (built / "_build/index.html").read_text(encoding="utf-8")
    assert 'src="http' not in text
    assert not [line for line in text.splitlines() if "<link" in line and 'href="http' in line]


def test_every_column_of_every_table_is_told(built: Path) -> None:
    told = rows(built / "generated/tables.md")
    for table, columns in TABLES.items():
        at = told.index([table])
        here = told[at + 3 : at + 3 + len(columns)]
        assert [row[0].strip("`") for row in here] == list(columns)
        assert [row[1] for row in here] == [kind for kind, _ in columns.values()]
        assert all(row[2] for row in here)


def keys(settings: Any, prefix: str = "") -> Iterator[str]:
    for field in fields(settings):
        value = getattr(settings, field.name)
        if is_dataclass(value):
            yield from keys(value, f"{prefix}{field.name}.")
        else:
            yield f"{prefix}{field.name}"


def test_every_setting_has_a_meaning(built: Path) -> None:
    told = rows(built / "generated/settings.md")
    assert [row[0] for row in told if len(row) == 3 and not row[2]] == []
    names = {row[0].strip("`") for row in told}
    assert {*keys(Shape(), "shape."), *keys(OptimizerSettings(), "optimizer.")} <= names
    for analysis, settings in DEFAULTS.items():
        at = told.index([f"analyses.{analysis}"])
        wanted = list(keys(settings()))
        assert [row[0].strip("`") for row in told[at + 3 : at + 3 + len(wanted)]] == wanted


def test_a_link_that_leads_nowhere_is_an_error(built: Path) -> None:
    (built / "index.md").write_text("# Wrong\n\n[there](nowhere.md)\n", encoding="utf-8")
    assert build(built) != 0
