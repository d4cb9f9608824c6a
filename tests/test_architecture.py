"""The order of the rooms, kept by reading every file's imports."""

import ast
import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("analysis", "callbacks", "tokenizer", "train")
MAY_IMPORT = {
    "analysis": ("analysis",),
    "tokenizer": ("tokenizer", "analysis.errors", "analysis.files", "analysis.seeds",
                  "analysis.languages", "analysis.layout", "analysis.text"),
    "callbacks": ("callbacks", "analysis"),
    "train": ("train", "callbacks", "tokenizer", "analysis"),
    "tests": ("tests", "train", "callbacks", "tokenizer", "analysis"),
}  # fmt: skip
TOP_LEVEL = {
    *ROOMS, "configs", "tests", "pyproject.toml", "README.md", "Makefile", "constraints.txt",
    ".ci", ".git", ".gitignore", "LICENSE", "CHANGELOG", "CHANGELOG.md", "BENCHMARKS.md", "docs",
}  # fmt: skip
LONGEST_FILE = 450


@dataclass(frozen=True)
class Import:
    """One of our modules imported by another; `at_once` when the import of it waits for it."""

    target: str
    line: int
    at_once: bool


def module_name(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def files(root: Path) -> dict[str, Path]:
    return {
        module_name(path, root): path
        for room in (*ROOMS, "tests")
        for path in sorted((root / room).rglob("*.py"))
    }


def imports(path: Path, modules: dict[str, Path]) -> Iterator[Import]:
    """Imports of our own modules: `from a import b` is of `a.b` where that is a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    late = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        names = [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            assert node.module
            names = [
                inner if (inner := f"{node.module}.{alias.name}") in modules else node.module
                for alias in node.names
            ]
        for name in names:
            if name in modules:
                yield Import(name, node.lineno, node not in late)
            elif name.split(".")[0] in (*ROOMS, "tests"):
                raise AssertionError(f"{path}:{node.lineno}: no module {name}")


def within(module: str, rooms: tuple[str, ...]) -> bool:
    return any(module == room or module.startswith(f"{room}.") for room in rooms)


def strangers(root: Path) -> list[str]:
    """Every import that the order of the rooms forbids."""
    modules = files(root)
    return [
        f"{path.relative_to(root)}:{found.line} imports {found.target}"
        for module, path in modules.items()
        for found in imports(path, modules)
        if not within(found.target, MAY_IMPORT[module.split(".")[0]])
    ]


def import_order(root: Path) -> list[str]:
    """The modules in an order in which each can be imported; `CycleError` when there is none."""
    modules = files(root)
    needs = {
        module: {found.target for found in imports(path, modules) if found.at_once}
        for module, path in modules.items()
    }
    return list(TopologicalSorter(needs).static_order())


def test_rooms_import_only_what_they_may() -> None:
    assert strangers(ROOT) == []


def test_no_module_waits_for_itself() -> None:
    assert len(import_order(ROOT)) > 60


def test_a_forbidden_import_and_a_cycle_would_be_found(tmp_path: Path) -> None:
    for name, text in {
        "analysis/a.py": "def f() -> None:\n    from train import t\n",
        "train/t.py": "from train.u import x\nimport analysis.a\n",
        "train/u.py": "import train.t\nx = 1\n",
        "tokenizer/k.py": "import analysis.results\nfrom analysis import errors\n",
        "analysis/results.py": "",
        "analysis/errors.py": "",
        "callbacks/c.py": "import analysis.a\nimport train.t\nimport os\n",
        "analysis/__init__.py": "",
        "train/__init__.py": "",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert sorted(strangers(tmp_path)) == [
        "analysis/a.py:2 imports train.t",
        "callbacks/c.py:2 imports train.t",
        "tokenizer/k.py:1 imports analysis.results",
    ]
    with pytest.raises(CycleError, match=r"train\.[tu]"):
        import_order(tmp_path)


def test_the_top_level_holds_nothing_else() -> None:
    ignored = [line.strip("/") for line in (ROOT / ".gitignore").read_text().split()]
    extra = {
        path.name
        for path in ROOT.iterdir()
        if not any(fnmatch.fnmatch(path.name, pattern) for pattern in ignored)
    } - TOP_LEVEL
    assert extra == set()


def test_files_stay_short() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in files(ROOT).values()
    }
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}
