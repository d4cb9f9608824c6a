"""Watching a run changes nothing, and what fails while watching costs nothing."""

import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import Mock

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from tqdm import tqdm

from analysis.checkpoints.manifest import read_manifest
from analysis.errors import UserError
from analysis.inputs import Inputs
from analysis.metrics import read_metrics
from analysis.registry import ANALYSES, Divided
from analysis.results import read_tables
from analysis.settings import AnalysisSettings
from callbacks.analyses import OnlineAnalyses, OnlineSettings, preserved_random_state
from callbacks.ranks import Ranks
from callbacks.schedule import Schedule
from tests.train.conftest import Fit
from train.loggers import MetricsFile


def all_weights(run: str) -> list[str]:
    return [read_manifest(folder).weights for folder in sorted(Path(run, "checkpoints").iterdir())]


def test_watched_and_unwatched_runs_are_bitwise_equal(fit: Fit) -> None:
    assert fit("--run.folder", "watched") == 0
    assert fit("--run.folder", "alone", "--online.enabled", "false") == 0
    assert all_weights("watched") == all_weights("alone")
    assert len(all_weights("alone")) == 8
    losses = [
        [r["loss/train"] for r in read_metrics(Path(run, "metrics.jsonl")) if "loss/train" in r]
        for run in ("watched", "alone")
    ]
    assert losses[0] == losses[1]
    assert not Path("alone/results").exists()


def test_random_states_are_put_back() -> None:
    torch.manual_seed(1)
    expected = torch.rand(3), np.random.rand(3)  # noqa: NPY002
    torch.manual_seed(1)
    state = np.random.get_state()  # noqa: NPY002
    with preserved_random_state(torch.device("cpu")):
        torch.rand(7)
        np.random.rand(7)  # noqa: NPY002
    assert torch.equal(torch.rand(3), expected[0])
    np.random.set_state(state)  # noqa: NPY002


def test_the_states_of_other_gpus_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[torch.device]] = []

    @contextmanager
    def fork_rng(devices: list[torch.device]) -> Iterator[None]:
        asked.append(devices)
        yield

    monkeypatch.setattr(torch.random, "fork_rng", fork_rng)
    for device in (torch.device("cpu"), torch.device("cuda", 3)):
        with preserved_random_state(device):
            pass
    assert asked == [[], [torch.device("cuda", 3)]]


def break_probing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> Any:
        torch.manual_seed(99)  # as a careless analysis would
        raise RuntimeError("probing broke")

    broken = replace(ANALYSES["probing"], make=fail)
    monkeypatch.setitem(ANALYSES, "probing", broken)


def test_a_failing_analysis_costs_neither_checkpoint_nor_run(
    fit: Fit, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fit("--run.folder", "alone", "--online.enabled", "false") == 0
    break_probing(monkeypatch)
    assert fit() == 0
    assert "step 5: probing failed: RuntimeError: probing broke" in capsys.readouterr().err
    assert all_weights("run") == all_weights("alone")
    assert len(read_tables(Path("run/results"), "probing")) == 0
    assert sorted(read_tables(Path("run/results"), "overlap")["step"].unique())[-1] == 12


def test_damaged_tables_of_an_earlier_step_cost_the_comparison_only(
    fit: Fit, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = Path("run/results/experts/step-00000003.parquet")  # no step of the schedule
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"x")
    assert fit("--analyses.probing", "null", "--analyses.experts", "null") == 0
    assert "step 12: kept failed: " in capsys.readouterr().err
    assert len(all_weights("run")) == 8
    assert sorted(read_tables(Path("run/results"), "heldout")["step"].unique())[-1] == 12


def test_a_failing_analysis_stops_the_run_if_asked(
    fit: Fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_probing(monkeypatch)
    with pytest.raises(RuntimeError, match="probing broke"):
        fit("--online.stop_on_error", "true")
    assert read_manifest(Path("run/checkpoints/step-00000000")).step == 0


class Sent(Ranks):
    """One of two processes, alone: what it sends is pickled, what it is sent is set."""

    received: ClassVar[Any] = None

    def wait(self) -> None:
        pass

    def gather(self, value: Any) -> list[Any]:
        sent = pickle.loads(pickle.dumps(value))
        return [sent] if self.first else []

    def from_first(self, make: Callable[[], Any]) -> Any:
        return pickle.loads(pickle.dumps(make())) if self.first else self.received


class StubbornError(Exception):
    """Cannot be pickled."""

    def __init__(self) -> None:
        super().__init__("probing broke")
        self.held = lambda: None


def watching(run: Path, number: int) -> OnlineAnalyses:
    inputs = Inputs(AnalysisSettings(), {}, "", None, ("probing",))
    settings = OnlineSettings(stop_on_error=True)
    return OnlineAnalyses(run, Schedule(), settings, inputs, Sent(number, 2))


def test_an_error_that_stops_the_first_process_stops_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sent, "received", UserError("probing broke"))
    with pytest.raises(UserError, match="probing broke"):
        watching(tmp_path, 1).analyse_if_due(0, 4, torch.device("cpu"), [])
    monkeypatch.setattr(Sent, "received", None)
    watching(tmp_path, 1).analyse_if_due(0, 4, torch.device("cpu"), [])


def test_an_error_of_any_kind_reaches_the_others_and_keeps_its_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def parts(_: Inputs) -> list[int]:
        raise StubbornError

    broken = replace(ANALYSES["probing"], make=Divided(parts, Mock(), Mock()))
    monkeypatch.setitem(ANALYSES, "probing", broken)
    monkeypatch.setattr("analysis.run._there", lambda *_: False)
    with pytest.raises(UserError, match="StubbornError: probing broke") as raised:
        watching(tmp_path, 0).analyse_if_due(0, 4, torch.device("cpu"), [])
    assert "in parts" in "".join(raised.value.__notes__)
    assert "step 0: probing failed: StubbornError: probing broke" in capsys.readouterr().err


def test_bars_are_those_of_the_first_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(*_: Any, **__: Any) -> Any:
        list(tqdm([1], desc="probes", disable=False))
        raise UserError("no more")

    monkeypatch.setattr("callbacks.analyses.make_parts", failing)
    watching(tmp_path, 1).analyse_if_due(0, 4, torch.device("cpu"), [])
    assert "probes" not in capsys.readouterr().err
    with pytest.raises(UserError, match="no more"):
        watching(tmp_path, 0).analyse_if_due(0, 4, torch.device("cpu"), [])
    assert "probes" in capsys.readouterr().err


def test_analyses_may_run_on_a_part_of_the_checkpoints(fit: Fit) -> None:
    words = ("--online.schedule.powers_of_two", "false", "--online.schedule.every", "10")
    only = ("--online.only", "{lape: {powers_of_two: false, every: 0}}")
    assert fit(*words, *only, "--analyses.probing", "null", "--analyses.experts", "null") == 0
    assert sorted(read_tables(Path("run/results"), "heldout")["step"].unique()) == [0, 10, 12]
    assert sorted(read_tables(Path("run/results"), "lape")["step"].unique()) == [0, 12]
    assert not Path("run/results/probing").exists()
    assert len(all_weights("run")) == 8


def test_texts_under_forced_units_are_written_at_their_steps_and_listed(
    fit: Fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed: list[tuple[str, int, int]] = []

    def log_table(_: MetricsFile, key: str, *, dataframe: pd.DataFrame, step: int) -> None:
        listed.append((key, step, len(dataframe)))

    monkeypatch.setattr(MetricsFile, "log_table", log_table, raising=False)
    steering = {
        "source_languages": ["es"], "concepts": 1, "seeds": 2, "k": 4, "other_k": [],
        "max_new_tokens": 4,
    }  # fmt: skip
    words = [f"--analyses.{name}=null" for name in ("probing", "experts", "lape", "lens")]
    words += ["--analyses.steering", yaml.safe_dump(steering, default_flow_style=True)]
    assert fit(*words, "--online.only", "{steering: {powers_of_two: false, every: 0}}") == 0
    texts = read_tables(Path("run/results"), "steering_texts")
    assert texts["step"].unique().tolist() == [0, 12]
    assert [row[:2] for row in listed] == [
        (f"tables/{name}", step) for step in (0, 12) for name in ("steering_texts", "steering")
    ]
    assert listed[0][2] == (texts["step"] == 0).sum() == 2 * 4  # none, experts, two controls
    curve = [r for r in read_metrics(Path("run/metrics.jsonl")) if "steering/es/share/es" in r]
    assert [record["step"] for record in curve] == [0, 12]


def test_an_analysis_that_there_is_not_cannot_have_a_schedule() -> None:
    with pytest.raises(UserError, match=r"online.only: unknown analysis 'laep'; there are heldout"):
        OnlineSettings(only={"laep": Schedule()})
