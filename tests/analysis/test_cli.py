import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from analysis import cli
from analysis.checkpoints.loading import step_folder
from analysis.cli import main
from analysis.errors import run_command
from analysis.inputs import open_inputs
from analysis.layout import CONFIG
from analysis.results import made_from, read_tables, table_path
from tests.analysis.run_folder import (
    HELDOUT_ONLY,
    damage,
    make_checkpoint,
    make_data,
    make_run,
)

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of two checkpoints beside its data."""
    make_data(tmp_path / "data")
    return make_run(tmp_path / "run")


def last_line(capsys: Capture) -> str:
    return capsys.readouterr().err.splitlines()[-1]


def go(*words: object) -> int:
    return run_command(main, list(map(str, words)))


def test_a_run_is_analysed_from_any_folder_and_then_is_done(
    run: Path, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "away").mkdir()
    monkeypatch.chdir(tmp_path / "away")
    assert go("run", run, "--device", "cpu") == 0
    assert f"results in {run / 'results'}" in capsys.readouterr().out
    table = read_tables(run / "results", "heldout")
    assert sorted(set(table["step"])) == [0, 5]
    assert len(list((run / "results").iterdir())) == 1, "the settings ask for one table only"
    before = {p: p.stat().st_mtime_ns for p in (run / "results").rglob("*.parquet")}
    assert go("run", run) == 0
    assert {p: p.stat().st_mtime_ns for p in (run / "results").rglob("*.parquet")} == before
    assert go("run", run, "--again") == 0
    assert not any(p.stat().st_mtime_ns == time for p, time in before.items())


def test_damaged_tables_of_experts_cost_the_comparison_of_steps_only(
    run: Path, capsys: Capture
) -> None:
    broken = table_path(run / "results", "experts", 0)
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"x")
    assert go("run", run) == 2
    assert f"run: kept failed: {broken}: not a whole results table" in capsys.readouterr().err
    assert sorted(set(read_tables(run / "results", "heldout")["step"])) == [0, 5]


def test_only_the_analyses_named_are_made_also_those_that_the_settings_leave_out(
    run: Path, tmp_path: Path, capsys: Capture
) -> None:
    steering = {"source_languages": ["es"], "concepts": 1, "seeds": 2, "k": 4, "other_k": []}
    settings: dict[str, Any] = {
        **HELDOUT_ONLY,
        "concepts": "demo",
        "steering": {**steering, "max_new_tokens": 8, "draws": 10},
    }
    file = tmp_path / "a.yaml"

    def again(**more: Any) -> dict[Path, int]:
        settings.update(more)
        file.write_text(yaml.safe_dump({"analyses": settings}))
        words = ("run", step_folder(run, 5), "--config", file, "--analyses", "steering")
        assert go(*words, "--device", "cpu") == 0, capsys.readouterr().err
        return {p: p.stat().st_mtime_ns for p in (run / "results").rglob("*.parquet")}

    first = again()
    names = ("steering", "steering_texts")
    assert set(first) == {table_path(run / "results", name, 5) for name in names}
    assert again() == first
    # Experts are found as their own block has it, though they are no analysis of this command.
    assert not set(again(experts={"max_tokens": 63}).values()) & set(first.values())
    assert go("run", run, "--analyses", "lape", "--config", file) == 0
    assert (run / "results" / "lape").is_dir()
    assert go("run", run, "--analyses", "stearing") == 2
    assert "invalid choice: 'stearing'" in last_line(capsys)
    settings["steering"]["source_languages"] = ["sw"]
    file.write_text(yaml.safe_dump({"analyses": settings}))
    assert go("run", run, "--analyses", "steering", "--config", file) == 2
    assert (
        "steering failed: steering.source_languages: the concept set has no sentences in 'sw'"
        in (capsys.readouterr().err)
    )


def test_it_is_a_program(run: Path) -> None:
    command = [sys.executable, "-m", "analysis", "run", str(run), "--out", str(run / "out")]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "analysing run: 100%" in done.stderr
    assert table_path(run / "out", "heldout", 5).is_file()
    assert not (run / "results").exists()


def test_other_settings_take_the_runs_data_and_their_own_results(run: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    changed = {**HELDOUT_ONLY, "heldout": {"tokens_per_language": 40, "context": 4}}
    other.write_text(yaml.safe_dump({"analyses": changed}))
    one = step_folder(run, 5)
    assert go("run", one) == 0
    assert go("run", one, "--config", other, "--out", tmp_path / "out") == 0
    notes = [
        made_from(table_path(out, "heldout", 5)) for out in (run / "results", tmp_path / "out")
    ]
    assert notes[0]["settings"] != notes[1]["settings"]
    assert notes[0]["text"] == notes[1]["text"]
    assert not table_path(run / "results", "heldout", 0).exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("analyses: 3", "block 'analyses' holds int 3"),
        ("analysis: {}", "no block 'analyses'"),
        ("[1]", "the file holds list"),
        ("a: [", "not a YAML file"),
    ],
)
@pytest.mark.parametrize("whose", ["named", "own"])
def test_wrong_settings_are_one_line_and_nothing_is_made(
    run: Path, tmp_path: Path, capsys: Capture, text: str, message: str, whose: str
) -> None:
    file = run / CONFIG if whose == "own" else tmp_path / "a.yaml"
    file.write_text(text)
    words = [] if whose == "own" else ["--config", file]
    assert go("run", run, *words) == 2
    error = last_line(capsys)
    assert error.startswith(f"error: {file}: ")
    assert message in error
    assert not (run / "results").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "COMMAND"),
        (["run"], "target"),
        (["run", "RUN", "--nonsense"], "--nonsense"),
        (["run", "EMPTY"], "no checkpoint here"),
        (["run", "RUN", "--config", "gone.yaml"], "gone.yaml: no such file"),
        (["run", "RUN", "--heldout", "gone.parquet"], "gone.parquet: no such file"),
        (["run", "ALONE", "--heldout", "HELDOUT"], "say where with --out"),
        (["run", "ALONE", "--out", "EMPTY", "--heldout", "HELDOUT"], "settings with --config"),
        (["verify", "EMPTY"], "no checkpoint here"),
    ],
)
def test_mistakes_are_one_line(
    run: Path, tmp_path: Path, capsys: Capture, words: list[str], message: str
) -> None:
    (tmp_path / "empty").mkdir()
    places = {
        "RUN": run,
        "EMPTY": tmp_path / "empty",
        "ALONE": make_checkpoint(tmp_path / "copied", 7),
        "HELDOUT": tmp_path / "data" / "heldout.parquet",
    }
    assert go(*(places.get(word, word) for word in words)) == 2
    error = last_line(capsys)
    assert error.startswith("error: ")
    assert message in error


def test_a_checkpoint_alone_is_analysed_with_all_named(run: Path, tmp_path: Path) -> None:
    alone = make_checkpoint(tmp_path / "copied", 7)
    words = ["--config", run / CONFIG, "--heldout", tmp_path / "data" / "heldout.parquet"]
    assert go("run", alone, *words, "--out", tmp_path / "out") == 0
    assert table_path(tmp_path / "out", "heldout", 7).is_file()


def test_a_checkpoint_that_fails_does_not_keep_the_others_from_it(
    run: Path, capsys: Capture
) -> None:
    damage(step_folder(run, 0))
    assert go("run", run, "--device", "cpu") == 2
    error = capsys.readouterr().err
    assert "step-00000000: " in error
    assert "file is damaged" in error
    assert error.splitlines()[-1] == "error: analysis run: 1 failed, see above; run it again"
    assert table_path(run / "results", "heldout", 5).is_file()
    assert not table_path(run / "results", "heldout", 0).exists()


def test_a_device_that_is_not_there_is_told(run: Path, capsys: Capture) -> None:
    assert go("run", run, "--device", "abacus") == 2
    assert "cannot be moved to 'abacus'" in capsys.readouterr().err


def test_inputs_are_opened_once_for_equal_settings_and_text(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Any] = []
    real = open_inputs

    def counted(*arguments: Any) -> Any:
        opened.append(arguments)
        return real(*arguments)

    monkeypatch.setattr(cli, "open_inputs", counted)
    same = make_run(tmp_path / "same", [7])
    changed = {**HELDOUT_ONLY, "heldout": {"tokens_per_language": 30}}
    other = make_run(tmp_path / "other", [8], analyses=changed)
    assert go("run", step_folder(run, 0), step_folder(run, 5), same, other, run, same) == 0
    assert len(opened) == 2
    assert table_path(same / "results", "heldout", 7).is_file()
    assert table_path(other / "results", "heldout", 8).is_file()


def test_equal_weights_are_told_by_both_commands(run: Path, capsys: Capture) -> None:
    for step in (6, 9):
        make_checkpoint(run, step, same_weights=True)
    first, second = (step_folder(run, step) for step in (6, 9))
    pair = f"equal weights: step 6 in {first}, and {second}"
    assert go("run", run) == 0
    assert capsys.readouterr().out.splitlines() == [f"results in {run / 'results'}", pair]
    assert go("verify", run, step_folder(run, 6)) == 0
    end = "4 checkpoints whole, 1 with the weights of an earlier one"
    assert capsys.readouterr().out.splitlines() == [pair, end]


def test_verify_goes_on_after_a_damaged_folder(run: Path, capsys: Capture) -> None:
    assert go("verify", run) == 0
    assert "2 checkpoints whole, 0 with" in capsys.readouterr().out
    make_checkpoint(run, 9)
    damage(step_folder(run, 0))
    (step_folder(run, 5) / "config.json").unlink()
    assert go("verify", run) == 2
    told = capsys.readouterr()
    assert "1 checkpoints whole" in told.out
    lines = [line for line in told.err.splitlines() if "; use another checkpoint" in line]
    assert len(lines) == 2
    assert f"{step_folder(run, 0) / 'model.safetensors'}: file is damaged" in lines[0]
    assert f"{step_folder(run, 5) / 'config.json'}: file is missing" in lines[1]
    assert "2 of 3 checkpoints are damaged" in told.err.splitlines()[-1]
