"""Whole runs of the smallest configuration, in a folder of their own."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.errors import run_command
from train.cli import main

CONFIG = Path(__file__).with_name("tiny.yaml")

Fit = Callable[..., int]


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny configuration's data, prepared once."""
    folder = tmp_path_factory.mktemp("prepared")
    before = Path.cwd()
    os.chdir(folder)
    try:
        assert run_command(main, ["prepare", "--config", str(CONFIG)]) == 0
    finally:
        os.chdir(before)
    return folder / "data"


@pytest.fixture
def fit(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fit:
    """`fit(*words)` runs `python -m train fit --config tiny.yaml WORDS` and gives its exit code.

    The working folder is empty but for the prepared data, and W&B is off unless asked for.
    """
    shutil.copytree(prepared, tmp_path / "data")
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> int:
        argv = ["fit", "--config", str(CONFIG), "--wandb.enabled", "false", *words]
        try:
            return run_command(main, argv)
        except SystemExit as exit_:
            return int(exit_.code or 0)

    return run


QUIET = ("--online.enabled", "false")
"""Words for a run that is not watched, where only training matters."""
