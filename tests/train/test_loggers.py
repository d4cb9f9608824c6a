import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lightning.pytorch.loggers import WandbLogger

from analysis.errors import UserError
from analysis.metrics import read_metrics
from train import loggers
from train.loggers import MetricsFile, PatientWandbLogger, WandbSettings, open_wandb


def test_metrics_are_one_object_a_line(tmp_path: Path) -> None:
    log = MetricsFile(tmp_path)
    log.log_metrics({"loss": 1.5}, 0)
    log.log_metrics({"loss": 1.25, "speed/mfu": 0.5}, 10)
    log.log_hyperparams({"a": 1})
    lines = (tmp_path / "metrics.jsonl").read_text().splitlines()
    expected = [{"step": 0, "loss": 1.5}, {"step": 10, "loss": 1.25, "speed/mfu": 0.5}]
    assert [json.loads(line) for line in lines] == expected
    assert read_metrics(log.path) == expected
    assert (log.name, log.version) == ("metrics", tmp_path.name)


def test_rewinding_drops_what_is_logged_again_and_a_cut_off_line(tmp_path: Path) -> None:
    """Later steps, and the analyses of the step itself; not the step's loss."""
    log = MetricsFile(tmp_path)
    log.log_metrics({"probing/accuracy/mean": 0.1}, 0)
    for step in (10, 20, 30):
        log.log_metrics({"loss/train": float(step)}, step)
        log.log_metrics({"probing/accuracy/mean": 0.5}, step)
    with log.path.open("a") as file:
        file.write('{"step": 5, "lo')
    log.rewind(10)
    assert read_metrics(log.path) == [
        {"step": 0, "probing/accuracy/mean": 0.1},
        {"step": 10, "loss/train": 10.0},
    ]
    log.log_metrics({"loss": 9.0}, 20)
    assert read_metrics(log.path)[-1] == {"step": 20, "loss": 9.0}
    assert log.path.read_text().endswith("\n")
    log.rewind(-1)
    assert log.path.read_text() == ""


def test_rewinding_nothing_makes_no_file(tmp_path: Path) -> None:
    MetricsFile(tmp_path).rewind(5)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    log = MetricsFile(tmp_path)
    log.path.symlink_to("/dev/full")
    with pytest.raises(UserError, match="no space left") as caught:
        log.log_metrics({"loss": 1.0}, 1)
    assert caught.value.where == str(log.path)


class Broken:
    """A run whose every use fails."""

    def __init__(self) -> None:
        self.uses = 0

    def __getattr__(self, name: str) -> Any:
        self.uses += 1
        raise ConnectionError("the network\nis gone")


@pytest.mark.parametrize("first", ["log_metrics", "log_image", "log_table", "finalize"])
def test_a_failing_wandb_is_told_once_and_left_alone(
    first: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = Broken()
    monkeypatch.setattr(WandbLogger, "experiment", broken)
    logger = PatientWandbLogger(offline=True)
    monkeypatch.setattr(logger, "_experiment", broken)
    calls: dict[str, Callable[[], None]] = {
        "log_metrics": lambda: logger.log_metrics({"loss": 1.0}, 1),
        "log_image": lambda: logger.log_image("a", [], 1),
        "log_table": lambda: logger.log_table("a", ["b"], [[1]], step=1),
        "finalize": lambda: logger.finalize("success"),
    }
    monkeypatch.setattr(
        WandbLogger, "finalize", lambda self, status: self.experiment.finish(status)
    )
    calls[first]()
    uses = broken.uses
    assert uses > 0
    for call in calls.values():
        call()
    assert broken.uses == uses
    output = capsys.readouterr().err
    assert output.count("W&B failed") == 1
    assert "(the network is gone); the run goes on, metrics.jsonl is complete" in output


def test_a_working_wandb_is_given_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[object, ...]] = []
    monkeypatch.setattr(WandbLogger, "log_metrics", lambda _, *values: given.append(values))
    monkeypatch.setattr(
        WandbLogger, "log_image", lambda _, *values, **more: given.append((*values, more))
    )
    monkeypatch.setattr(
        WandbLogger, "log_table", lambda _, *values, **more: given.append((*values, more))
    )
    logger = PatientWandbLogger(offline=True)
    logger.log_metrics({"loss": 1.0}, 3)
    logger.log_image("a", ["pixels"], 4, caption=["b"])
    logger.log_table("t", ["b"], [[1]], step=5)
    assert given == [
        ({"loss": 1.0}, 3),
        ("a", ["pixels"], 4, {"caption": ["b"]}),
        ("t", ["b"], [[1]], {"step": 5}),
    ]


@pytest.fixture
def _no_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment in which W&B finds neither key nor settings."""
    for name in [name for name in os.environ if name.startswith(("WANDB_", "NETRC"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TERM", "xterm")
    (tmp_path / "home").mkdir()


PROGRAM = """
import sys
from pathlib import Path
from train.loggers import WandbSettings, open_wandb
logger = open_wandb(Path(sys.argv[1]), WandbSettings(), {"seed": 3})
logger.log_metrics({"loss": 1.0}, 1)
logger.experiment.finish()
print("DONE", logger.version, logger.experiment.settings.mode)
"""


@pytest.mark.usefixtures("_no_login")
def test_without_a_login_curves_are_kept_and_the_commands_told(tmp_path: Path) -> None:
    """At a terminal, where W&B would otherwise ask for a key and wait."""
    run = tmp_path / "runs" / "a"
    run.mkdir(parents=True)
    ours, its = pty.openpty()
    process = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(run)],
        stdin=its, stderr=its, stdout=subprocess.PIPE, text=True, timeout=60, check=False,
    )  # fmt: skip
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    os.close(its)
    assert process.returncode == 0, shown
    identifier = (run / "wandb-id.txt").read_text()
    assert f"DONE {identifier} offline" in process.stdout
    told = shown.splitlines()
    start = told.index("W&B: no login, the curves are kept offline. To see them:")
    (folder,) = (run / "wandb").glob(f"offline-run-*-{identifier}")
    assert told[start + 1 : start + 3] == [f"  wandb sync {folder}", f"  wandb leet {folder}"]
    assert list(folder.glob("*.wandb"))


def test_a_continued_run_keeps_its_identifier(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[dict[str, Any]] = []

    class Fake:
        experiment = type("Experiment", (), {"dir": "d/files"})()

        def __init__(self, **options: Any) -> None:
            opened.append(options)

    monkeypatch.setattr(loggers, "PatientWandbLogger", Fake)
    monkeypatch.setattr(loggers, "_logged_in", lambda: True)
    for mode in ("auto", "auto", "online", "offline"):
        open_wandb(tmp_path, WandbSettings(mode=mode), {"seed": 1})
    assert len({options["id"] for options in opened}) == 1
    modes = [(options["mode"], options["resume"]) for options in opened]
    assert modes == [("online", "allow")] * 3 + [("offline", None)]
    assert opened[0]["config"] == {"seed": 1}
    assert capsys.readouterr().err.count("W&B: mode offline, the curves are kept offline") == 1
    assert opened[0]["name"] == tmp_path.name


def test_wandb_that_cannot_be_had_does_not_stop_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> None:
        raise ConnectionError("refused")

    monkeypatch.setattr(loggers, "PatientWandbLogger", fail)
    assert open_wandb(tmp_path, WandbSettings(mode="online"), {}) is None
    assert "W&B failed (refused); the run goes on" in capsys.readouterr().err
    assert open_wandb(tmp_path, WandbSettings(enabled=False), {}) is None
    assert capsys.readouterr().err == ""
