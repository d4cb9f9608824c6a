"""A whole run: what it leaves, and that others can open it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from analysis.checkpoints.manifest import equal_weights, verify
from analysis.cli import main as analysis_main
from analysis.errors import run_command
from analysis.metrics import read_metrics
from analysis.results import read_tables
from analysis.tables import TABLES
from callbacks.resume import newest_state
from tests.train.conftest import Fit
from train.cli import main
from train.schedule import learning_rate_share
from train.settings import OptimizerSettings

STEPS = [0, 1, 2, 4, 5, 8, 10, 12]


@pytest.fixture(scope="module")
def run(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One run with everything on, W&B offline; shared by the tests that only read it."""
    folder = tmp_path_factory.mktemp("whole")
    config = Path(__file__).with_name("tiny.yaml")
    words = ["--run.folder", str(folder / "run"), "--data.folder", str(prepared)]
    assert run_command(main, ["fit", "--config", str(config), *words]) == 0
    return folder / "run"


def test_every_scheduled_checkpoint_is_there_and_whole(run: Path) -> None:
    folders = sorted((run / "checkpoints").iterdir())
    manifests = [verify(folder) for folder in folders]
    assert [manifest.step for manifest in manifests] == STEPS
    assert equal_weights(folders) == []
    # 4 blocks x 2 accumulated x 32 tokens a step
    assert [manifest.tokens for manifest in manifests] == [256 * step for step in STEPS]
    assert all(set(m.tokens_per_language) == {"en", "es", "sw"} for m in manifests)
    assert len({manifest.data for manifest in manifests}) == 1


def test_plain_transformers_opens_a_checkpoint(run: Path) -> None:
    folder = run / "checkpoints" / "step-00000012"
    model: Any = AutoModelForCausalLM.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    state = newest_state(run)
    assert state is not None
    trained = torch.load(state[0], weights_only=True)["state_dict"]
    for name, value in model.state_dict().items():
        assert torch.equal(value, trained[f"network.{name}"]), name
    text = "The dog  is\nin the house."
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    assert tokenizer.decode(ids) == text
    assert model(torch.tensor([ids])).logits.shape == (1, len(ids), 700)


def test_every_checkpoint_has_every_table(run: Path) -> None:
    for name, columns in TABLES.items():
        table = read_tables(run / "results", name)
        assert list(table.columns) == list(columns), name
        # Experts are kept since an earlier step, which the first has not; two analyses are off.
        off = ("deactivation", "steering", "steering_texts")
        steps = STEPS[1:] if name == "kept" else [] if name in off else STEPS
        assert sorted(table["step"].unique()) == steps, name
    probing = read_tables(run / "results", "probing")
    assert set(probing["depth"]) == {0, 1, 2}
    overlap = read_tables(run / "results", "overlap")
    everything = overlap[(overlap["concept"] == "all") & (overlap["layer"] == -1)]
    pairs = set(zip(everything["language_a"], everything["language_b"], strict=True))
    assert pairs == {("en", "es"), ("en", "sw"), ("es", "sw"), ("all", "all")}


def test_the_local_record_is_complete(run: Path) -> None:
    records = read_metrics(run / "metrics.jsonl")
    losses = {record["step"]: record["loss/train"] for record in records if "loss/train" in record}
    assert list(losses) == list(range(1, 13))
    assert losses[12] < np.log(700) - 0.5 < losses[1] < np.log(700) + 0.5
    rates = [record["optimizer/lr"] for record in records if "optimizer/lr" in record]
    settings = OptimizerSettings(lr=0.01, warmup_steps=2)
    assert rates == pytest.approx(
        [0.01 * learning_rate_share(update, 12, settings) for update in range(12)]
    )
    analysed = [record for record in records if "probing/accuracy/mean" in record]
    assert [record["step"] for record in analysed] == STEPS
    for key in (
        "heldout/bits_per_byte/sw",
        "heldout/bits_per_byte/mean",
        "probing/accuracy/depth_02",
        "probing/accuracy/chance",
        "overlap/ratio/layer_01",
        "overlap/share/chance",
        "experts/ap_heldout",
        "experts/ap_best",
        "samples/null_max",
        "samples/discoveries",
        "overlap/ratio_to_other_concepts",
        "lape/share/chance",
        "lape/share/layer_01",
        "overlap/ratio/top_10",
        "overlap/highest_layer/share",
        "families/ratio/between",
        "division/ratio/any",
        "lens/own/depth_02",
        "lens/own/chance",
    ):
        assert all(np.isfinite(record[key]) for record in analysed), key
    for key in ("kept/share_since_first", "kept/share_since_previous/chance"):
        assert [record["step"] for record in records if key in record] == STEPS[1:]
    last = next(record for record in records if record["step"] == 12 and "tokens/all" in record)
    assert last["tokens/all"] == last["tokens/en"] + last["tokens/es"] + last["tokens/sw"] == 3072


def test_the_offline_wandb_run_holds_the_same_curves(run: Path) -> None:
    """Read back W&B's own file: each curve against the training step, and the pictures."""
    (file,) = run.glob("wandb/offline-run-*/run-*.wandb")
    inspect = [sys.executable, "-m", "wandb", "leet", "inspect", "--json", str(file)]
    printed = subprocess.run(inspect, capture_output=True, text=True, check=True).stdout
    curves: dict[str, dict[int, Any]] = {}
    for line in printed.splitlines():
        items = json.loads(line).get("history", {}).get("item", {})
        for key, value in items.items():
            curves.setdefault(key, {})[items.get("trainer/global_step", -1)] = value
    for record in read_metrics(run / "metrics.jsonl"):
        for key, value in record.items():
            if key != "step":
                assert curves[key][record["step"]] == pytest.approx(value), key
    for name in ("probing/accuracy_by_depth_and_step", "overlap/ratio_by_languages"):
        kinds = curves[f"{name}._type"]
        assert set(kinds) == set(STEPS)
        assert set(kinds.values()) == {"images/separated"}


def test_the_same_analyses_later_give_the_same_tables(run: Path, tmp_path: Path) -> None:
    words = ["run", str(run), "--out", str(tmp_path / "later"), "--device", "cpu"]
    assert run_command(analysis_main, words) == 0
    for name in TABLES:
        online = read_tables(run / "results", name)
        later = read_tables(tmp_path / "later", name)
        pd.testing.assert_frame_equal(online, later, check_exact=True)


def test_analysing_again_skips_what_is_there(
    run: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AssertionError("a checkpoint was opened although its tables are there")

    monkeypatch.setattr("analysis.checkpoints.sources.open_checkpoint", fail)
    before = {path: path.stat().st_mtime_ns for path in (run / "results").rglob("*.parquet")}
    assert run_command(analysis_main, ["run", str(run)]) == 0
    after = {path: path.stat().st_mtime_ns for path in (run / "results").rglob("*.parquet")}
    assert before == after
    assert "results in" in capsys.readouterr().out


def test_the_same_command_again_has_nothing_to_do(
    fit: Fit, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--online.enabled", "false", "--wandb.enabled", "true")
    assert fit(*words) == 0
    before = {path: path.lstat().st_mtime_ns for path in Path("run").rglob("*")}
    assert fit(*words) == 0
    assert "complete at step 12" in capsys.readouterr().out
    after = {path: path.lstat().st_mtime_ns for path in Path("run").rglob("*")}
    assert before == after


def test_a_damaged_checkpoint_is_named_and_the_others_are_analysed(
    fit: Fit, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fit("--online.enabled", "false", "--trainer.max_steps", "2") == 0
    broken = Path("run/checkpoints/step-00000001/model.safetensors")
    content = bytearray(broken.read_bytes())
    content[-1] ^= 1
    broken.write_bytes(content)
    capsys.readouterr()
    assert run_command(analysis_main, ["run", "run"]) == 2
    error = capsys.readouterr().err
    assert f"{broken}: file is damaged" in error
    assert "1 failed" in error.splitlines()[-1]
    table = read_tables(Path("run/results"), "probing")
    assert sorted(table["step"].unique()) == [0, 2]
    assert run_command(analysis_main, ["verify", "run"]) == 2
    assert str(broken) in capsys.readouterr().err


def test_a_folder_without_manifest_is_no_checkpoint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in ("run", "verify"):
        assert run_command(analysis_main, [command, str(tmp_path)]) == 2
        assert capsys.readouterr().err.startswith(f"error: {tmp_path}: no checkpoint here")
