"""Online analyses on several processes, as the first of them sees them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from analysis.config import read_configuration
from analysis.inputs import open_inputs
from analysis.layout import CONFIG
from callbacks.analyses import OnlineAnalyses, OnlineSettings
from callbacks.ranks import Ranks
from callbacks.schedule import Schedule
from tests.analysis.run_folder import HELDOUT_ONLY, damage, make_data, make_run


class TwoProcesses(Ranks):
    """The first of two, the other of which says nothing."""

    def wait(self) -> None:
        pass

    def gather(self, value: Any) -> list[Any]:
        return [value]

    def from_first(self, make: Any) -> Any:
        return make()


def test_a_checkpoint_that_does_not_open_gives_no_former_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run(tmp_path / "run", [0], analyses=HELDOUT_ONLY)
    inputs = open_inputs(read_configuration(run / CONFIG).settings, make_data(tmp_path / "data"))
    seen: list[dict[str, float]] = []

    class Log:
        def log_metrics(self, metrics: dict[str, float], step: int) -> None:
            seen.append(metrics)

    watch = OnlineAnalyses(run, Schedule(), OnlineSettings(), inputs, TwoProcesses(0, 2))
    watch.analyse_if_due(0, 1, torch.device("cpu"), [Log()])
    assert "heldout/bits_per_byte/mean" in seen[0]
    damage(run / "checkpoints" / "step-00000000")
    watch.inputs = replace(inputs, text="other")  # the table there is another text's
    watch.analyse_if_due(0, 1, torch.device("cpu"), [Log()])
    assert "opening the checkpoint failed" in capsys.readouterr().err
    assert list(seen[1]) == ["speed/analysis_seconds"]
