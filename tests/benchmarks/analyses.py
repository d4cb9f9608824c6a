"""What watching costs: the analyses of a checkpoint, each by itself, and their share of a run."""

import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from analysis.checkpoints.loading import step_folder
from analysis.config import held_out_text, located, read_configuration
from analysis.inputs import open_inputs
from analysis.layout import CONFIG
from analysis.metrics import METRICS, read_metrics
from analysis.run import analyse

DEMO = Path(__file__).parents[2] / "configs/demo.yaml"
STEPS = 128


def rows() -> list[tuple[str, str, str, str]]:
    """What was measured, its seconds, those of all analyses (last: of the run), their ratio."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _train(folder, "prepare")
        began = perf_counter()
        _train(folder, "fit")
        run = perf_counter() - began
        records = read_metrics(folder / "runs/demo" / METRICS)
        watching = [r["speed/analysis_seconds"] for r in records if "speed/analysis_seconds" in r]
        each = _each(folder / "runs/demo")
    whole = sum(each.values())
    of_a_step = [
        (
            f"{name}, demo at step {STEPS}",
            f"{own:.1f} s",
            f"{whole:.1f} s, all",
            f"{own / whole:.0%}",
        )
        for name, own in each.items()
    ]
    share = (
        f"all analyses at {len(watching)} of the demo's first {STEPS} steps",
        f"{sum(watching):.0f} s",
        f"{run:.0f} s, the run",
        f"{sum(watching) / run:.0%}",
    )
    return [*of_a_step, share]


def _train(folder: Path, command: str) -> None:
    words = [sys.executable, "-m", "train", command, "--config", str(DEMO)]
    words += ["--trainer.max_steps", str(STEPS)]
    if command == "fit":
        words += ["--wandb.enabled", "false"]
    subprocess.run(words, cwd=folder, check=True, capture_output=True)


def _each(run: Path) -> dict[str, float]:
    """Seconds of each analysis of the last checkpoint, made by itself."""
    configuration = read_configuration(run / CONFIG)
    inputs = open_inputs(located(configuration, run), held_out_text(configuration, run))
    seconds = {}
    for name in inputs.names:
        began = perf_counter()
        outcome = analyse(
            step_folder(run, STEPS),
            run / "results",
            replace(inputs, names=(name,)),
            again=True,
        )
        assert not outcome.failed, outcome.failed
        seconds[name] = perf_counter() - began
    return seconds
