import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from analysis.errors import UserError, run_command
from analysis.layout import CONFIG
from train import cli
from train.status import status

NOW = 1_000_000.0


def make_run(run: Path, records: list[dict[str, Any]] | None, **online: object) -> Path:
    """A run of 100 steps with checkpoints at powers of two and every 40."""
    run.mkdir()
    config = {
        "trainer": {"max_steps": 100},
        "checkpoints": {"powers_of_two": True, "every": 40},
        "online": {"enabled": True, "schedule": None, **online},
        "analyses": {"heldout": {}},
    }
    (run / CONFIG).write_text(yaml.safe_dump(config))
    if records is not None:
        file = run / "metrics.jsonl"
        file.write_text("".join(f"{json.dumps(record)}\n" for record in records))
        os.utime(file, (NOW - 90, NOW - 90))
    return run


def trained(step: int, loss: float, speed: float = 50.0) -> dict[str, Any]:
    return {"step": step, "loss/train": loss, "tokens/all": 10.0 * step,
            "speed/tokens_per_second": speed}  # fmt: skip


def test_a_run_under_way(tmp_path: Path) -> None:
    records = [
        {"step": 0, "speed/analysis_seconds": 100.0},
        trained(10, 5.0, speed=25),
        {"step": 16, "speed/analysis_seconds": 140.0},
        trained(20, 4.25, speed=75),
    ]
    run = make_run(tmp_path / "run", records)
    # 800 tokens at 50 a second, and 120 seconds at each of the steps 32, 40, 64, 80 and 100.
    assert status(run, lambda: NOW) == (
        "step 20 of 100 (20%), loss 4.250, next checkpoint at step 32, 0:10:16 left at its speed, "
        "last heard of 0:01:30 ago"
    )
    unwatched = make_run(tmp_path / "unwatched", records, enabled=False)
    assert "0:00:16 left" in status(unwatched, lambda: NOW)
    rare = make_run(tmp_path / "rare", records, schedule={"powers_of_two": False, "every": 80})
    # Analysed at 80 and 100, each as step 0: no other logged is of this schedule.
    assert "0:03:36 left" in status(rare, lambda: NOW)


def test_analyses_at_steps_of_their_own_are_counted_there_alone(tmp_path: Path) -> None:
    records = [
        {"step": 0, "speed/analysis_seconds": 1000.0},
        {"step": 16, "speed/analysis_seconds": 10.0},
        trained(20, 4.25),
    ]
    only = {"steering": {"powers_of_two": False, "every": 80}}
    run = make_run(tmp_path / "run", records, only=only)
    config = yaml.safe_load((run / CONFIG).read_text())
    config["analyses"] = {"heldout": {}, "probing": None, "steering": {}, "concepts": "built"}
    (run / CONFIG).write_text(yaml.safe_dump(config))
    # 16 seconds of training; 10 at each of 32, 40 and 64, and 1,000 at each of 80 and 100.
    assert "0:34:06 left at its speed" in status(run, lambda: NOW)


def test_a_run_that_is_complete_and_runs_that_never_started(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = [
        make_run(tmp_path / "done", [trained(90, 4.0), trained(100, 3.5)]),
        make_run(tmp_path / "new", None),
        make_run(tmp_path / "analysed", [{"step": 0, "speed/analysis_seconds": 9.0}]),
    ]
    assert run_command(cli.main, ["status", *map(str, made)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{made[0]}: complete at step 100, loss 3.500",
        f"{made[1]}: not started, 0 of 100 steps",
        f"{made[2]}: not started, 0 of 100 steps",
    ]


def test_what_is_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(cli.main, ["status", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert error == f"error: {tmp_path}: no config.yaml: not a run; name a run folder\n"
    (tmp_path / CONFIG).write_text("analyses: {}\n")
    with pytest.raises(UserError, match="not the configuration of a run"):
        status(tmp_path)
    (tmp_path / CONFIG).write_text("a: [\n")
    with pytest.raises(UserError, match="not the configuration of a run"):
        status(tmp_path)


def test_a_damaged_record_is_told(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", [trained(10, 5.0)])
    file = run / "metrics.jsonl"
    file.write_text("{\n" + file.read_text())
    with pytest.raises(UserError, match=r"metrics.jsonl: not whole .*; delete the line"):
        status(run)


def test_a_line_that_is_being_written_is_left_out(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", [trained(10, 5.0)])
    with (run / "metrics.jsonl").open("a") as file:
        file.write('{"step": 11, "lo')
    assert status(run).startswith("step 10 of 100 (10%), loss 5.000, next checkpoint at step 16")
