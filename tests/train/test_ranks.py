"""Several real processes (gloo, CPU) train what one process trains, and stop and die as one."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from pandas.testing import assert_frame_equal
from safetensors.torch import load_file

from analysis.checkpoints.loading import step_folder
from analysis.checkpoints.manifest import read_manifest, verify
from analysis.cli import main as analysis_main
from analysis.errors import run_command
from analysis.metrics import read_metrics
from analysis.results import read_table, read_tables, table_path
from callbacks.lifeline import DEAD
from callbacks.resume import newest_state
from callbacks.stopping import REQUEUE
from tests.train.conftest import CONFIG

ENDLESS = 1_000_000
COMMON = (
    *("fit", "--config", str(CONFIG), "--wandb.enabled", "false"),
    # Without dropout, whose masks differ from rank to rank, and at one rate however long the run.
    *("--model.shape.dropout", "0", "--model.shape.attention_dropout", "0"),
    *("--model.optimizer.decay", "constant"),
)
ALONE = ("--online.enabled", "false")
WATCHED = ("--online.schedule.powers_of_two", "false", "--online.schedule.every", "12")

# The second step is bad; the fourth, a checkpoint, is the first after it to wait for the device.
WILD = ("--model.optimizer.lr", "1e30", "--run.log_every", "100", "--checkpoints.powers_of_two",
        "false", "--run.resume_every", "4")  # fmt: skip


def job(folder: str, ranks: int, last: int, *words: str) -> list[int | str]:
    spread = ["--trainer.devices", str(ranks), "--trainer.max_steps", str(last)]
    return [ranks, *COMMON, "--run.folder", folder, *spread, *words]


JOBS = [
    job("one", 1, 12, *ALONE),
    job("two", 2, 12, *WATCHED),
    job("four", 4, 12, *ALONE),
    # One run, continued by other numbers of processes and in other ways.
    job("chain", 1, 3, *ALONE),
    job("chain", 2, 6, *ALONE),
    job("chain", 2, 9, "--trainer.strategy", "fsdp", *ALONE),
    job("chain", 1, 12, *ALONE),
    job("stopped", 2, ENDLESS, *ALONE),
    job("stopped", 2, ENDLESS, *ALONE),
    # What goes wrong in the first process alone, and in all.
    job("unwatched", 2, 12, "--analyses.concepts", "nowhere"),
    job("infinite", 2, 12, *ALONE, *WILD),
    job("infinite_shards", 2, 12, *ALONE, *WILD, "--trainer.strategy", "fsdp"),
]
STOPPED, KILLED, UNWATCHED, INFINITE, SHARDS = 7, 8, 9, 10, 11


@dataclass(frozen=True)
class Launched:
    """Where the runs are, and what came of the jobs."""

    folder: Path
    codes: list[list[int]]
    seconds_to_die: float

    def said(self, job: int, rank: int) -> str:
        return (self.folder / "out" / f"{job}-{rank}.txt").read_text()


@pytest.fixture(scope="module")
def launched(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Launched:
    """All the jobs, one after the other; rank 1 of two of them gets a signal after some steps."""
    folder = tmp_path_factory.mktemp("ranks")
    (folder / "data").symlink_to(prepared)
    (folder / "out").mkdir()
    root = str(CONFIG.parents[2])
    codes, began = [], 0.0
    with subprocess.Popen(
        [sys.executable, "-m", "tests.train.launch", "out"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": root, "OMP_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as launcher:
        assert launcher.stdin is not None
        assert launcher.stdout is not None
        launcher.stdin.write(json.dumps(JOBS))
        launcher.stdin.close()
        for number in range(len(JOBS)):
            if number in (STOPPED, KILLED):
                steps = last_step(folder / "stopped") + 6
                wait_for_step(folder / "stopped", steps, launcher)
                pid = int((folder / "out" / f"{number}-1.pid").read_text())
                os.kill(pid, signal.SIGTERM if number == STOPPED else signal.SIGKILL)
                began = time.monotonic()
            codes.append(json.loads(launcher.stdout.readline()))
            if number == KILLED:
                seconds = time.monotonic() - began
    return Launched(folder, codes, seconds)


def last_step(run: Path) -> int:
    path = run / "metrics.jsonl"
    return max((r["step"] for r in read_metrics(path)), default=0) if path.is_file() else 0


def wait_for_step(run: Path, step: int, launcher: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 200
    while last_step(run) < step:
        assert launcher.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)


def losses(run: Path) -> list[float]:
    records = [r for r in read_metrics(run / "metrics.jsonl") if "loss/train" in r]
    assert [r["step"] for r in records] == list(range(1, 13))
    return [r["loss/train"] for r in records]


@pytest.mark.parametrize(("run", "jobs"), [("two", [1]), ("four", [2]), ("chain", [3, 4, 5, 6])])
def test_ranks_train_what_one_process_trains(launched: Launched, run: str, jobs: list[int]) -> None:
    for number in (0, *jobs):
        assert set(launched.codes[number]) == {0}, launched.said(number, 0)
    alone = losses(launched.folder / "one")
    assert alone[-1] < alone[0] - 0.5
    assert losses(launched.folder / run) == pytest.approx(alone, abs=2e-6)
    for step in (0, 4, 12):
        folders = [
            launched.folder / name / "checkpoints" / f"step-{step:08d}" for name in ("one", run)
        ]
        one, several = (verify(folder) for folder in folders)
        assert one.tokens_per_language == several.tokens_per_language
        before, after = (load_file(folder / "model.safetensors") for folder in folders)
        assert before.keys() == after.keys()
        for name in before:
            torch.testing.assert_close(after[name], before[name], rtol=0, atol=2e-4, msg=name)
        if step == 0:
            assert one.weights == several.weights


def test_the_analyses_are_shared_and_gathered(launched: Launched) -> None:
    """Each rank makes its share; rank 0 logs the curves of all, and one process finds the same."""
    run = launched.folder / "two"
    results = run / "results"
    for table in ("heldout", "probing", "experts", "overlap", "lape"):
        assert sorted(read_tables(results, table)["step"].unique()) == [0, 12], table
    records = read_metrics(launched.folder / "two" / "metrics.jsonl")
    analysed = [r for r in records if "speed/analysis_seconds" in r]
    assert [r["step"] for r in analysed] == [0, 12]
    for key in ("heldout/bits_per_byte/sw", "probing/accuracy/mean", "lape/share/chance"):
        assert all(key in r for r in analysed), key
    assert (
        run_command(analysis_main, ["run", str(step_folder(run, 12)), "--out", str(run / "later")])
        == 0
    )
    for table in ("heldout", "probing", "experts", "samples", "overlap", "lape"):
        online, later = (read_table(table_path(out, table, 12)) for out in (results, run / "later"))
        assert_frame_equal(online, later, obj=table)


def test_only_the_first_rank_speaks_and_writes(launched: Launched) -> None:
    assert "two: complete at step 12" in launched.said(1, 0)
    assert [launched.said(2, rank) for rank in (1, 2, 3)] == ["", "", ""]
    assert "%|" not in launched.said(1, 1)  # no bars of the analyses either
    steps = [r["step"] for r in read_metrics(launched.folder / "two" / "metrics.jsonl")]
    assert len(steps) == 12 + 2


def test_a_signal_to_one_rank_stops_all_at_the_same_step(launched: Launched) -> None:
    assert launched.codes[STOPPED] == [REQUEUE, REQUEUE]
    said = launched.said(STOPPED, 0).splitlines()[-1]
    assert "stopped at step" in said
    step = int(said.partition("at step ")[2].partition(";")[0])
    assert f"continuing from step {step}" in launched.said(KILLED, 0)


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (UNWATCHED, "error: nowhere: no such concept set"),
        (INFINITE, "error: step 2: loss nan"),
        (SHARDS, "error: step 2: loss nan"),
    ],
)
def test_a_mistake_ends_all_with_its_code_and_is_told_once(
    launched: Launched, number: int, told: str
) -> None:
    assert launched.codes[number] == [2, 2]
    assert launched.said(number, 0).splitlines()[-1].startswith(told)
    assert launched.said(number, 1) == ""


def test_a_dead_rank_ends_all_and_the_newest_state_stays(launched: Launched) -> None:
    assert launched.codes[KILLED] == [DEAD, -signal.SIGKILL]
    assert launched.seconds_to_die < 60
    said = launched.said(KILLED, 0)
    assert "rank 1 has died, and with it the run ends" in said
    assert "Traceback" not in said
    state = newest_state(launched.folder / "stopped")
    assert state is not None
    manifests = (launched.folder / "stopped" / "checkpoints").glob("*/manifest.json")
    assert max(read_manifest(path.parent).step for path in manifests) <= state[1].step + 5
