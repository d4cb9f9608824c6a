"""`docs/adding_an_analysis.md`: its changes are made in a copy of the package, its commands run."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from analysis.results import read_table, table_path
from tests.analysis.run_folder import HELDOUT_ONLY, make_data, make_run
from tests.pages import ROOT, Block, blocks, commands

PAGE = ROOT / "docs/adding_an_analysis.md"

RUN = """
import json, sys, pytest
from analysis import cli
from analysis.errors import run_command
for package, *words in json.loads(sys.argv[1]):
    if package == "pytest":
        code = pytest.main(["-c", "/dev/null", "-p", "no:cacheprovider", *words])
    else:
        code = run_command(cli.main, words)
    assert code == 0, words
"""
"""Does what the commands say in one process, to import torch once."""


def change(text: str, hunk: str) -> str:
    """Apply a hunk: its lines without + stand in the text once, together."""
    lines = hunk.splitlines()
    assert {line[:1] for line in lines} == {" ", "+"}
    old = "".join(f"{line[1:]}\n" for line in lines if line[0] == " ")
    assert text.count(old) == 1, f"{text.count(old)} places for\n{old}"
    return text.replace(old, "".join(f"{line[1:]}\n" for line in lines))


def apply(block: Block, copy: Path) -> None:
    assert block.file
    path = copy / block.file
    if block.kind == "python":
        assert not path.exists()
        path.write_text(block.content, encoding="utf-8")
        return
    text = path.read_text(encoding="utf-8")
    for hunk in block.content.split("@@\n"):
        text = change(text, hunk)
    path.write_text(text, encoding="utf-8")


def run(command: list[str], folder: Path) -> str:
    environment = {"PATH": "", "PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_its_changes_make_an_analysis_and_its_commands_run(tmp_path: Path) -> None:
    unwanted = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "analysis", tmp_path / "analysis", ignore=unwanted)
    (tmp_path / "tests/analysis").mkdir(parents=True)
    for name in (
        "__init__.py",
        "analysis/__init__.py",
        "analysis/tiny.py",
        "analysis/run_folder.py",
    ):
        shutil.copy(ROOT / "tests" / name, tmp_path / "tests" / name)
    make_data(tmp_path / "data")
    settings = HELDOUT_ONLY | {"variance": {"tokens_per_language": 12}}
    make_run(tmp_path / "runs/demo", steps=[0, 5], analyses=settings)

    found = blocks(PAGE, "python", "diff")
    assert [block.kind for block in found] == ["python", *["diff"] * 4, "python"]
    for block in found:
        apply(block, tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for words in (["check"], ["format", "--check"]):
        run([str(Path(sys.executable).with_name("ruff")), *words, "--no-cache", "."], tmp_path)

    told = [line.split()[2:] for block in blocks(PAGE, "") for line in commands(block.content)]
    said = run([sys.executable, "-c", RUN, json.dumps(told)], tmp_path)
    assert "2 passed" in said
    rows = read_table(table_path(tmp_path / "runs/demo/results", "variance", 5))
    assert list(rows["depth"]) == [0, 1, 2]
    assert (rows["value"] > rows["chance"]).all()
