"""Each command of the sweep, as its agent would run it, is that of a run that can be launched."""

import re
import stat
import subprocess
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from wandb.sdk.launch.sweeps.utils import (
    create_sweep_command,
    create_sweep_command_args,
    load_sweep_config,
)

from tests.test_configs import Parsed
from train.wandb_view import COMPARED

ROOT = Path(__file__).parents[1]
FILE = ROOT / "configs/sweeps/capacity.yaml"
TEXT = FILE.read_text(encoding="utf-8")
SWEEP: dict[str, Any] = load_sweep_config(str(FILE)) or {}


def points() -> list[dict[str, Any]]:
    """Every combination of the parameters' values, as a grid has them."""
    values = [one.get("values", [one.get("value")]) for one in SWEEP["parameters"].values()]
    return [dict(zip(SWEEP["parameters"], point, strict=True)) for point in product(*values)]


def agents_command(point: dict[str, Any]) -> list[str]:
    """The words that W&B's agent starts, made by W&B's own functions."""
    macros = create_sweep_command_args({"args": {name: {"value": v} for name, v in point.items()}})
    macros["env"] = ["/usr/bin/env"]
    words: list[str] = []
    for word in create_sweep_command(list(SWEEP["command"])):
        macro = re.fullmatch(r"\$\{(\w+)\}", word)
        words += macros[macro[1]] if macro else [word]
    return words


@pytest.fixture
def python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Makes `python` a program that only writes down the words it is called with, a call a line."""
    written = tmp_path / "words"
    fake = tmp_path / "bin/python"
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/sh\n(printf "%s\\t" "$@"; echo) >> {written}\n')
    fake.chmod(fake.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", str(fake.parent), prepend=":")
    return written


def calls(written: Path) -> list[list[str]]:
    return [line.split("\t")[:-1] for line in written.read_text().splitlines()]


def test_wandb_takes_it() -> None:
    """As far as that is known here: W&B's server checks the rest."""
    assert SWEEP.keys() <= {"name", "project", "method", "metric", "parameters", "command"}
    assert SWEEP["method"] == "grid"
    assert SWEEP["metric"]["name"] in COMPARED
    assert SWEEP["metric"]["goal"] in ("minimize", "maximize")
    for name, parameter in SWEEP["parameters"].items():
        assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]*", name)
        assert len(parameter) == 1
        assert parameter.keys() <= {"value", "values"}
    assert all(isinstance(word, str) for word in SWEEP["command"])


def test_its_runs_differ_in_width_alone(python: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for point in points():
        subprocess.run(agents_command(point), check=True, timeout=60)
    configs: list[dict[str, Any]] = []
    shapes = []
    for words in calls(python):
        assert words[:3] == ["-m", "train", "fit"]
        values = Parsed(*words[3:]).config
        shape, run = values.model.shape, values.run
        assert shape.attention_heads * 32 == shape.d_model
        shapes.append((shape.d_model, shape.ffn_dim))
        config = values.as_dict()
        config["model"].pop("shape")
        config["run"].pop("folder")
        assert run.folder == f"runs/capacity/{shape.d_model}-{values.seed}"
        configs.append(config)
    assert shapes == [(128, 1024), (256, 2048), (512, 4096), (1024, 8192)]
    assert all(config == configs[0] for config in configs)
    study = Parsed("--config", "configs/xglm_257m.yaml").config
    assert (study.model.shape.d_model, study.model.shape.ffn_dim) == shapes[2]
    assert study.model.shape.attention_heads == 16
    assert configs[0]["trainer"] == study.trainer.as_dict()


def test_the_loop_without_wandb_starts_the_same_runs(python: Path) -> None:
    lines = [line.removeprefix("#") for line in TEXT.splitlines() if line.startswith("#   ")]
    start = next(number for number, line in enumerate(lines) if "for width" in line)
    subprocess.run(["bash", "-c", "\n".join(lines[start:])], check=True, timeout=60)
    loop = calls(python)
    python.unlink()
    for point in points():
        subprocess.run(agents_command(point), check=True, timeout=60)
    off = ["--wandb.enabled", "false"]
    assert [sorted(words) for words in loop] == [sorted(words + off) for words in calls(python)]


def test_what_it_says_to_compare_is_in_the_table_of_runs() -> None:
    named = set(re.findall(r"\b(\w+_(?:last|gain|first|best))\b", TEXT))
    assert len(named) >= 4
    assert named <= COMPARED.keys()


def test_its_configurations_are_there() -> None:
    for name in re.findall(r"configs/\w+\.yaml", TEXT):
        assert (ROOT / name).is_file()
        assert yaml.safe_load((ROOT / name).read_text())
