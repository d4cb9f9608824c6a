"""The concept set that a run builds from its own text."""

from pathlib import Path

import pytest

from analysis import cli as analysis_cli
from analysis.concepts.lexicon import read_lexicon
from analysis.concepts.opening import open_concepts
from analysis.errors import UserError, run_command
from analysis.results import read_tables
from analysis.text.sources import SourceSettings
from tests.train.conftest import CONFIG, QUIET, Fit
from train.cli import main
from train.data.datamodule import BlocksDataModule
from train.data.settings import DataSettings, MixtureSettings

BUILT = (
    "--analyses.concepts", "built", "--data.concepts.positives", "4", "--data.concepts.minimum",
    "2", "--data.concepts.workers", "1", "--trainer.max_steps", "2",
)  # fmt: skip


def test_a_run_finds_experts_of_the_concepts_that_its_text_shows(
    fit: Fit, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fit(*BUILT) == 0
    concepts = open_concepts("data/concepts", ["en", "es", "sw"])
    assert set(concepts.concepts) < set(read_lexicon(["en"]).concepts)
    experts = read_tables(Path("run/results"), "experts")
    assert set(experts["step"]) == {0, 1, 2}
    assert set(experts["concept"]) == set(concepts.concepts)
    # Afterwards the same set is found beside the data, and nothing is left to do.
    before = {path: path.stat().st_mtime_ns for path in Path("run/results").rglob("*.parquet")}
    assert run_command(analysis_cli.main, ["run", "run", "--device", "cpu"]) == 0
    assert {path: path.stat().st_mtime_ns for path in before} == before
    capsys.readouterr()
    assert fit(*BUILT) == 0
    assert "concepts: up to date (data/concepts/concepts.parquet)" in capsys.readouterr().err
    assert fit(*BUILT, "--data.concepts.seed", "1") == 2
    assert "holds a concept set of other settings" in capsys.readouterr().err


def test_an_unwatched_run_builds_it_when_asked(
    fit: Fit, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fit(*BUILT, *QUIET) == 0
    assert not Path("data/concepts").exists()
    assert run_command(analysis_cli.main, ["run", "run"]) == 2
    assert "no concept set was built from the run's text" in capsys.readouterr().err
    words = ["prepare", "--config", str(CONFIG), *BUILT]
    assert run_command(main, words) == 0
    assert Path("data/concepts/concepts.parquet").is_file()
    assert run_command(analysis_cli.main, ["run", "run", "--device", "cpu"]) == 0


def test_a_hub_data_set_is_not_read_to_its_end(tmp_path: Path) -> None:
    data = BlocksDataModule(
        prepare=DataSettings(source=SourceSettings(kind="hub")),
        mixture=MixtureSettings(),
        folder=str(tmp_path / "data"),
    )
    with pytest.raises(UserError, match=r"data.concepts.documents: .* too long to be read"):
        data.build_concepts()
    assert not (tmp_path / "data").exists()
