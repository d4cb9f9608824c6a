"""The plan of a run, against numbers that were worked out by hand."""

import json
import re
import shutil
from pathlib import Path

import pytest
import torch

from analysis.errors import run_command
from tests.train.conftest import CONFIG
from train.cli import TrainingCLI, main
from train.data.store import PreparedData
from train.plan.machine import HARDWARE, Machine
from train.plan.measure import Measured
from train.plan.plan import plan

FULL = str(CONFIG.parents[2] / "configs" / "xglm_257m.yaml")


def rows(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, str]:
    """The plan's lines by their names; the lines of the languages are joined."""
    assert run_command(main, ["plan", *words]) == 0
    found: dict[str, str] = {}
    name = ""
    for line in capsys.readouterr().out.splitlines():
        label, text = line[:15].strip(), line[15:]
        name = label or name
        found[name] = f"{found[name]}\n{text}" if not label else text
    return found


def test_the_full_run_by_hand(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = rows(capsys, "--config", FULL, "--hardware", "H200")
    # Embeddings 256,008 x 512 = 131,076,096, 24 layers of 5,251,584, a last norm of 1,024.
    assert told["parameters"] == "257,115,136"
    assert told["steps"].startswith("131,072 of 131,072 tokens (64 blocks of 2,048)")
    assert told["tokens"] == "17,179,869,184"  # 2^34
    # 2^34 / 16 = 1,073,741,824 tokens of each language, 0.895 of 1.2 billion.
    assert told["languages"].count("1.07B   0.89x") == 16
    # {0} + 18 powers of two + 26 multiples of 5,000; four bytes a parameter, twelve with AdamW's.
    # 45 x (1,028,460,544 + 60 x 256,008)
    assert told["checkpoints"] == "45 of 1.03 GB, with a tokenizer of 15.36 MB: 46.97 GB"
    # 16 languages x 200 concepts x 500 experts x 50 bytes, and 1 MB of other tables.
    assert told["result tables"] == "45 steps of about 81.00 MB: 3.65 GB"
    assert told["resume states"] == "2 of 3.09 GB, one more while one is written: 9.26 GB"
    assert told["data on disk"] == "tokens at most, yet to be prepared: 76.80 GB"  # 16 x 1.2e9 x 4
    # 46.97 + 3.65 + 9.26 + 76.80, and 0.14 of all else
    assert told["disk"].startswith("136.8")
    assert "for runs/xglm_257m and data/fineweb_16, 0.00 MB of it there" in told["disk"]
    # 18 bytes a parameter; 32,768 tokens x 24 x (30 x 512 + 4 x 4,096); 1 GiB and 524 MB.
    assert (
        "weights and optimiser 4.63 GB, activations 24.96 GB, loss 1.60 GB" in (told["memory each"])
    )
    # 6 x 256,905,216 weights + 3 x 24 x 4 x 512 x 1,024.5 for attention, at 989e12 x 0.4.
    assert told["compute"].startswith("2.908e+19 FLOP")
    assert told["hours"].startswith("h200 20.4 (x 1 GPU, 40% of the peak assumed)")
    assert told["analyses"] == "heldout probing experts lape lens at 45 steps"
    assert told["in all"].startswith("time unknown; --measure")
    assert list(tmp_path.iterdir()) == []


def test_hardware_gpus_and_mfu(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("--config", FULL, "--gpus", "8", "--mfu", "0.5", "--trainer.strategy", "fsdp")
    told = rows(capsys, *words)
    assert "h200 2.0" in told["hours"]  # 20.42 x 0.4 / 0.5 / 8 = 2.04
    assert "a100 6.5" in told["hours"]  # 989 / 312 times as many
    assert set(re.findall(r"([a-z][\w-]+) [\d.]+[, ]", told["hours"])) >= set(HARDWARE)
    own = rows(capsys, *words, "--run.peak_tflops", "2473")
    assert own["hours"].startswith("run.peak_tflops 0.8 (x 8 GPUs")  # 2.04 x 989 / 2,473 = 0.82
    # A shard of an eighth of 18 bytes a parameter, but embeddings and their gradient whole.
    assert "weights and optimiser 1.63 GB" in told["memory each"]


def test_prepared_data_and_a_language_that_is_repeated(
    prepared: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ["--config", str(CONFIG), "--data.folder", str(prepared)]
    words += ["--run.folder", str(tmp_path), "--trainer.max_steps", "256"]
    logged = {"speed/analysis_seconds": 72.0, "speed/tokens_per_second": 65_536 / 3600}
    (tmp_path / "metrics.jsonl").write_text(json.dumps({"step": 0, **logged}) + "\n")
    table = tmp_path / "results" / "experts" / "step-00000000.parquet"
    table.parent.mkdir(parents=True)
    table.write_bytes(b"x" * 5_000_000)
    told = rows(capsys, *words, "--data.mixture.weights", "{sw: 0.75, en: 0.25}")
    data = PreparedData(prepared)
    assert told["tokens"] == "65,536"  # 256 x 4 blocks x 2 x 32
    found = dict(re.findall(r"(\w\w)\s+[\d.]+k?\s+([\d.]+)x", told["languages"]))
    assert float(found["sw"]) == pytest.approx(0.75 * 65_536 / data.tokens("sw"), abs=0.01)
    assert float(found["en"]) == pytest.approx(0.25 * 65_536 / data.tokens("en"), abs=0.01)
    assert float(found["es"]) == 0
    assert told["warning"].startswith("seen more than 4 times: sw;")
    assert told["analyses"] == "heldout probing experts lape lens at 61 steps"  # 1 + 9 + 51
    # 61 x 72 seconds, beside an hour for all tokens at the speed logged
    assert told["in all"].startswith("1:13:12, by what ")
    assert told["in all"].endswith(": 55.0% of the time")
    assert told["result tables"] == "61 steps of about 6.00 MB: 0.37 GB"
    assert told["hours"] == "unknown: the peaks are those of bf16, trainer.precision is 32-true"
    # 4 x 128 tokens x 700 words and the table's gradient: far less than a chunk may have.
    assert "loss 0.40 MB" in told["memory each"]


def test_analyses_with_a_schedule_of_their_own(
    prepared: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ["--config", str(CONFIG), "--data.folder", str(prepared)]
    words += ["--run.folder", str(tmp_path)]
    words += ["--online.only", "{lape: {powers_of_two: false, every: 0}}"]
    told = rows(capsys, *words)
    assert told["analyses"] == "heldout probing experts lens at 8 steps, lape at 2 steps"


def test_the_analyses_can_be_timed(
    prepared: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    before = sorted(prepared.rglob("*"))
    words = ("--config", str(CONFIG), "--data.folder", str(prepared), "--measure")
    told = rows(capsys, *words, "--run.folder", str(tmp_path / "run"))
    for part in ("heldout 0:00:0", "(3 of 3 languages)", "(1 of 1 seeds)", "sentences of en)"):
        assert part in told["a step"]
    assert told["a step"].endswith("; measured on a CPU")
    assert "their share of the time is told where the GPU that trains" in told["in all"]
    assert not (tmp_path / "run").exists()
    assert sorted(prepared.rglob("*")) == before


@pytest.mark.parametrize(
    ("gpus", "words", "said"),
    [
        # 45 x 400 s beside 20.42 hours; experts alone, 45 x 300 s, beside an eighth of these.
        (1, (), "5:00:00: 19.7% of the time"),
        (8, (), "3:45:00, shared among 8 processes by name: 59.5% of the time"),
        # Twice the peak: half the hours.
        (1, ("--run.peak_tflops", "1978"), "5:00:00: 32.9% of the time"),
        (1, ("--trainer.precision", "32-true"), "5:00:00; their share of the time is told where"),
    ],
)
def test_the_share_of_analyses_that_a_gpu_has_timed(
    gpus: int, words: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    seconds = {"heldout": 10.0, "probing": 20.0, "experts": 300.0, "lape": 30.0, "lens": 40.0}
    measured = Measured(
        seconds, dict.fromkeys(seconds, "a part"), dict.fromkeys(seconds, 1), "NVIDIA H200"
    )
    with torch.device("meta"):
        values = TrainingCLI("plan", ["--config", FULL, *words]).config_init
    told = plan(values, Machine(gpus=gpus), measured)
    assert f"in all       {said}" in told
    assert "experts 0:05:00 (a part), " in told
    assert "measured on NVIDIA H200" in told


def test_a_concept_set_is_not_built_for_the_plan(
    prepared: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ["--config", str(CONFIG), "--data.folder", str(prepared), "--measure"]
    words += ["--analyses.concepts", "built", "--run.folder", str(tmp_path / "run")]
    assert run_command(main, ["plan", *words]) == 2
    assert "no concept set here; make it with: python -m train prepare" in capsys.readouterr().err
    assert not (prepared / "concepts").exists()


def test_a_gpu_with_too_little_memory_and_a_disk_with_too_little_room(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("--config", FULL, "--hardware", "a100")
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=137 * 10**9))
    assert "warning" not in rows(capsys, *words)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=136 * 10**9))
    told = rows(capsys, *words)
    assert told["warning"].startswith("the disk will not suffice")
    assert told["for less"].startswith("data.batch_blocks 8 instead of 16 halves")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10**12))
    told = rows(capsys, *words, "--data.batch_blocks", "64")
    assert told["warning"] == "a100 has 80.00 GB"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--hardware", "v100"), "peak of 'v100' is not known; known: a100, h100, h100-pcie, h200"),
        (("--gpus", "0"), "--gpus: 0 GPUs"),
        (("--data.mixture.weights", "{xx: 1}"), "mixture.weights: no data in language 'xx'"),
        (("--gpus", "3"), "16 blocks do not divide among 3 processes"),
        (("--gpus", "32"), "32 processes cannot share 16 blocks"),
        (("--trainer.strategy", "fsdp"), "trainer.strategy: one process has nothing to share"),
        (("--trainer.devices", "0"), "trainer.devices: '0' cannot be: no device is left"),
        (("--trainer.devices", "[0, 0]"), "trainer.devices: [0, 0] cannot be: a list names each"),
        (("--trainer.num_nodes", "3"), "16 blocks do not divide among 3 processes"),
        (("--mfu", "40"), "--mfu: 40.0 is no share"),
        (("--trainer.max_steps", "-1"), "trainer.max_steps: the run has no end"),
        (("--trainer.strategy", "dpp"), "trainer.strategy: 'dpp' is not used here; use auto, ddp"),
        (("--trainer.precision", "16-mixed"), "use bf16-mixed or 32-true"),
    ],
)
def test_what_cannot_be_planned(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert run_command(main, ["plan", "--config", FULL, *words]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
