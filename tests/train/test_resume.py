"""A run that was stopped ends with the same weights, to the last bit, as one that was not."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from analysis.checkpoints.manifest import read_manifest
from analysis.files import locked
from analysis.metrics import read_metrics
from callbacks import stopping
from callbacks.checkpoint import CheckpointWriter
from callbacks.resume import DirectCheckpointIO, newest_state
from callbacks.stopping import REQUEUE
from tests.train.conftest import CONFIG, QUIET, Fit
from train.data.store import PreparedData


def weights(run: str, step: int = 12) -> str:
    return read_manifest(Path(run) / "checkpoints" / f"step-{step:08d}").weights


def stop_at(monkeypatch: pytest.MonkeyPatch, steps: set[int], number: signal.Signals) -> None:
    """Send a signal to this process while the checkpoint of a step is being looked at."""
    original = CheckpointWriter.step_completed

    def step_completed(self: CheckpointWriter, trainer, module, step):  # type: ignore[no-untyped-def]
        original(self, trainer, module, step)
        if step in steps:
            steps.remove(step)
            signal.raise_signal(number)

    monkeypatch.setattr(CheckpointWriter, "step_completed", step_completed)


def test_stopped_twice_and_resumed_is_bitwise_the_same(
    fit: Fit, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = (*QUIET, "--data.batch_blocks", "32")
    assert fit(*words, "--run.folder", "straight") == 0
    stop_at(monkeypatch, {2, 6}, signal.SIGINT)
    command = (*words, "--run.folder", "stopped")
    assert fit(*command) == 128 + signal.SIGINT
    assert "stopped at step 2; the same command continues" in capsys.readouterr().err
    assert fit(*command) == 128 + signal.SIGINT
    assert fit(*command) == 0
    assert "continuing from step 6" in capsys.readouterr().err
    for step in (5, 8, 10, 12):
        assert weights("stopped", step) == weights("straight", step), step
    # The run has read every block of English at least once more: it crossed an epoch's end.
    manifest = read_manifest(Path("stopped/checkpoints/step-00000012"))
    data = PreparedData("data")
    assert any(manifest.tokens_per_language[code] > data.tokens(code) for code in data.languages), (
        manifest
    )
    steps = [r["step"] for r in read_metrics(Path("stopped/metrics.jsonl")) if "loss/train" in r]
    assert steps == list(range(1, 13))


def test_sigterm_saves_and_says_so_with_its_code(fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_at(monkeypatch, {3}, signal.SIGTERM)
    assert fit(*QUIET) == REQUEUE
    state = newest_state(Path("run"))
    assert state is not None
    assert state[1].step == 3


def signal_while_saving(
    monkeypatch: pytest.MonkeyPatch, step: int, numbers: list[signal.Signals]
) -> None:
    """Send signals, ten seconds apart, when half of the state of a step is written."""
    now = 0.0
    original = DirectCheckpointIO.save_checkpoint

    def save(self: DirectCheckpointIO, state: dict[str, Any], path: Path, **_: Any) -> None:
        nonlocal now
        path.write_bytes(b"half a state")
        while state["global_step"] == step and numbers:
            signal.raise_signal(numbers.pop(0))
            now += 10
        original(self, state, path)

    monkeypatch.setattr(stopping, "monotonic", lambda: now)
    monkeypatch.setattr(DirectCheckpointIO, "save_checkpoint", save)


def test_what_a_scheduler_repeats_never_cuts_a_save(
    fit: Fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_at(monkeypatch, {3}, signal.SIGTERM)
    numbers = [signal.SIGTERM, signal.SIGCONT, signal.SIGUSR1, signal.SIGTERM]
    signal_while_saving(monkeypatch, 3, numbers)
    assert fit(*QUIET) == REQUEUE
    assert numbers == []
    state = newest_state(Path("run"))
    assert state is not None
    assert state[1].step == 3


def test_a_second_ctrl_c_cuts_a_save_and_the_state_before_it_stands(
    fit: Fit, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fit(*QUIET, "--run.folder", "straight") == 0
    with monkeypatch.context() as patch:
        stop_at(patch, {3}, signal.SIGINT)
        signal_while_saving(patch, 3, [signal.SIGINT, signal.SIGINT])
        assert fit(*QUIET) == 128 + signal.SIGINT
    assert "stopped at once" in capsys.readouterr().err
    state = newest_state(Path("run"))
    assert state is not None
    assert state[1].step == 2
    assert not list(Path("run").rglob("*.unfinished"))
    assert fit(*QUIET) == 0
    assert weights("run") == weights("straight")


def test_dropout_matters_so_the_comparison_can_fail(fit: Fit) -> None:
    assert fit(*QUIET, "--run.folder", "a", "--trainer.max_steps", "2") == 0
    words = ("--trainer.max_steps", "2", "--model.shape.dropout", "0.0")
    assert fit(*QUIET, "--run.folder", "b", *words) == 0
    assert weights("a", 2) != weights("b", 2)
    assert fit(*QUIET, "--run.folder", "c", "--trainer.max_steps", "2", "--seed", "4") == 0
    assert weights("a", 0) != weights("c", 0)


def test_killed_in_the_middle_the_run_goes_on_to_the_same_end(fit: Fit, tmp_path: Path) -> None:
    """kill -9, twice, at whatever the run was doing; then to the end."""
    assert fit(*QUIET, "--run.folder", "straight") == 0
    words = [*QUIET, "--run.folder", "killed", "--wandb.enabled", "false"]
    command = [sys.executable, "-m", "train", "fit", "--config", str(CONFIG), *words]
    environment = {**os.environ, "PYTHONPATH": str(CONFIG.parents[2])}
    for target in (4, 7):
        with subprocess.Popen(
            command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE
        ) as run:
            deadline = time.monotonic() + 120
            while time.monotonic() < deadline and run.poll() is None:
                path = tmp_path / "killed/metrics.jsonl"
                if path.is_file() and any(r["step"] >= target for r in read_metrics(path)):
                    break
                time.sleep(0.005)
            run.send_signal(signal.SIGKILL)
    assert fit(*QUIET, "--run.folder", "killed") == 0
    for step in (0, 1, 2, 4, 5, 8, 10, 12):
        assert weights("killed", step) == weights("straight", step), step
    assert not list(tmp_path.glob("killed/**/*.unfinished"))


def test_preempted_and_requeued_the_run_goes_on_to_the_same_end(fit: Fit, tmp_path: Path) -> None:
    """A scheduler takes the machine away with each of its signals; the command is started again."""
    assert fit(*QUIET, "--run.folder", "straight") == 0
    words = [*QUIET, "--run.folder", "preempted", "--wandb.enabled", "false"]
    command = [sys.executable, "-m", "train", "fit", "--config", str(CONFIG), *words]
    environment = {**os.environ, "PYTHONPATH": str(CONFIG.parents[2])}
    reached = 0
    for number in (signal.SIGTERM, signal.SIGUSR1):
        with subprocess.Popen(
            command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE
        ) as run:
            path = tmp_path / "preempted/metrics.jsonl"
            deadline = time.monotonic() + 200
            while time.monotonic() < deadline and run.poll() is None:
                if path.is_file() and any(r["step"] > reached for r in read_metrics(path)):
                    break
                time.sleep(0.002)
            run.send_signal(number)
            _, error = run.communicate(timeout=200)
        assert run.returncode == REQUEUE, error.decode()
        state = newest_state(tmp_path / "preempted")
        assert state is not None
        assert reached < state[1].step < 12
        reached = state[1].step
        assert f"stopped at step {reached}; the same command continues" in error.decode()
    assert fit(*QUIET, "--run.folder", "preempted") == 0
    for step in (0, 1, 2, 4, 5, 8, 10, 12):
        assert weights("preempted", step) == weights("straight", step), step


@pytest.mark.usefixtures("fit")
def test_ctrl_c_at_a_terminal_reaches_workers_too_and_still_saves(tmp_path: Path) -> None:
    words = [*QUIET, "--wandb.enabled", "false", "--data.workers", "2"]
    words += ["--trainer.max_steps", "100000"]
    command = [sys.executable, "-m", "train", "fit", "--config", str(CONFIG), *words]
    environment = {**os.environ, "PYTHONPATH": str(CONFIG.parents[2])}
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, start_new_session=True
    ) as run:
        path = tmp_path / "run/metrics.jsonl"
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and run.poll() is None:
            if path.is_file() and any(r["step"] >= 6 for r in read_metrics(path)):
                break
            time.sleep(0.01)
        os.killpg(run.pid, signal.SIGINT)
        _, error = run.communicate(timeout=120)
    assert run.returncode == 128 + signal.SIGINT, error.decode()
    state = newest_state(tmp_path / "run")
    assert state is not None
    assert f"stopped at step {state[1].step}; the same command continues" in error.decode()


def test_a_damaged_newest_state_is_passed_over(fit: Fit) -> None:
    assert fit(*QUIET, "--run.folder", "straight") == 0
    assert fit(*QUIET) == 0
    newest = Path("run/resume/step-00000012.ckpt")
    newest.write_bytes(newest.read_bytes()[:-10])
    state = newest_state(Path("run"))
    assert state is not None
    assert state[1].step == 10
    assert fit(*QUIET) == 0
    assert weights("run") == weights("straight")


def test_no_whole_state_is_an_error_not_a_fresh_start(
    fit: Fit, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fit(*QUIET, "--trainer.max_steps", "5") == 0
    for state in Path("run/resume").glob("*.ckpt"):
        state.unlink()
    assert fit(*QUIET) == 2
    assert "no state to continue from is whole" in capsys.readouterr().err


def test_only_the_newest_two_states_are_kept(fit: Fit) -> None:
    assert fit(*QUIET, "--run.resume_every", "2") == 0
    names = sorted(path.name for path in Path("run/resume").iterdir())
    assert names == [f"step-{step:08d}.{kind}" for step in (10, 12) for kind in ("ckpt", "json")]


def test_a_run_can_be_made_longer(fit: Fit, capsys: pytest.CaptureFixture[str]) -> None:
    assert fit(*QUIET, "--trainer.max_steps", "4") == 0
    assert fit(*QUIET, "--trainer.max_steps", "6") == 0
    assert "continuing from step 4" in capsys.readouterr().err
    assert read_manifest(Path("run/checkpoints/step-00000006")).tokens == 6 * 256


def test_resume_on_changed_data_is_refused_unless_asked_for(
    fit: Fit, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fit(*QUIET, "--trainer.max_steps", "5") == 0
    other = (
        "--data.prepare.source.stories",
        "61",
        "--data.prepare.tokenizer.path",
        "data-tokenizer",
    )
    Path("data/tokenizer").rename("data-tokenizer")
    before = {path: path.read_bytes() for path in Path("run").rglob("*") if path.is_file()}
    assert fit(*QUIET, *other, "--data.folder", "other") == 2
    assert "not what this run was started with" in capsys.readouterr().err
    after = {path: path.read_bytes() for path in Path("run").rglob("*") if path.is_file()}
    assert after == before
    words = (*other, "--data.folder", "other", "--data.allow_other_data", "true")
    assert fit(*QUIET, *words) == 0


def test_resume_with_another_model_is_refused(fit: Fit, capsys: pytest.CaptureFixture[str]) -> None:
    assert fit(*QUIET, "--trainer.max_steps", "5") == 0
    assert fit(*QUIET, "--model.shape.d_model", "32") == 2
    error = capsys.readouterr().err
    assert "model.shape.d_model is 32, the run in this folder was started with 16" in error
    assert json.loads(Path("run/resume/step-00000005.json").read_text())["step"] == 5


def test_resume_with_another_mixture_is_refused_and_changes_nothing(
    fit: Fit, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fit(*QUIET, "--trainer.max_steps", "4") == 0
    before = {path: path.read_bytes() for path in Path("run").rglob("*") if path.is_file()}
    assert fit(*QUIET, "--data.mixture.temperature", "0.9") == 2
    assert "data.mixture.temperature is 0.9" in capsys.readouterr().err
    after = {path: path.read_bytes() for path in Path("run").rglob("*") if path.is_file()}
    assert after == before


def test_ctrl_c_before_the_first_step_ends_with_its_code(
    fit: Fit, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run_started(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(CheckpointWriter, "run_started", run_started)
        assert fit(*QUIET, "--trainer.max_steps", "2") == 128 + signal.SIGINT
    assert "stopped at once" in capsys.readouterr().err
    assert fit(*QUIET, "--trainer.max_steps", "2") == 0


def test_two_at_once_are_kept_apart(fit: Fit, capsys: pytest.CaptureFixture[str]) -> None:
    with locked(Path("run"), "busy"):
        assert fit(*QUIET) == 2
    assert "another process is training here" in capsys.readouterr().err
    assert list(Path("run").iterdir()) == []


def test_a_folder_without_a_state_is_not_taken_over_by_another_run(
    fit: Fit, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fit(*QUIET, "--trainer.max_steps", "3") == 0
    for path in Path("run/resume").iterdir():
        path.unlink()
    assert fit(*QUIET, "--seed", "4") == 2
    assert "seed is 4, the run in this folder was started with 3" in capsys.readouterr().err
    assert fit(*QUIET, "--trainer.max_steps", "3") == 0


def test_weights_only_loading_suffices(fit: Fit) -> None:
    assert fit(*QUIET, "--trainer.max_steps", "5") == 0
    state = torch.load("run/resume/step-00000005.ckpt", weights_only=True)
    assert state["global_step"] == 5
