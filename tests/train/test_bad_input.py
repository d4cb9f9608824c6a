"""What a user can get wrong: one line that names the place, exit code 2, nothing half-made."""

import errno
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

import callbacks.resume
import train.strategies
from analysis.checkpoints.manifest import read_manifest
from analysis.errors import run_command
from tests.train.conftest import CONFIG, QUIET, Fit
from train.cli import main
from train.module import Pretraining
from train.run import less_memory


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    """The error, after checking that it is the last line on the screen and no traceback."""
    text = capsys.readouterr().err
    assert "Traceback" not in text
    last = text.rstrip("\n").splitlines()[-1]
    assert last.startswith("error: ")
    return last


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--model.shape.vocab_size", "701"), "the model has 701 words, the tokenizer 700"),
        (("--model.shape.max_position_embeddings", "16"), "blocks have 32 tokens, the model 16"),
        (("--model.shape.attention_heads", "3"), "does not divide among 3 heads"),
        (("--run.log_every", "0"), "run: log_every is 0"),
        (("--run.peak_tflops", "0"), "run: peak_tflops is 0"),
        (("--model.loss", "cut"), "model.loss: cut needs a GPU, and this run is on cpu"),
        (("--model.optimizer.lr", "-1"), "model.optimizer: lr is -1"),
        (("--analyses.experts.preset", "best"), "unknown preset 'best'"),
        (("--analyses.concepts", "nowhere"), "nowhere"),
        (("--data.prepare.languages", "[en,xx]"), "unknown language 'xx'"),
        (("--data.mixture.weights", "{xx: 1.0}"), "xx"),
        (("--model.shape.d_mdel", "3"), "unknown key 'model.shape.d_mdel'"),
        (("--model.shape.d_mod", "3"), "did you mean 'd_model'?"),
        (("--trainer.max_steps", "many"), "trainer.max_steps"),
        (("--trainer.max_steps", "-1"), "trainer.max_steps: the run has no end"),
        (("--trainer.gradient_clip_val", "1"), "set model.optimizer.clip"),
        (("--trainer.precision", "16-mixed"), "use bf16-mixed or 32-true"),
        (("--trainer.precision", "bf16-true"), "use bf16-mixed or 32-true"),
        (("--trainer.accelerator", "gpu"), "trainer: "),
        (("--trainer.devices", "3"), "4 blocks do not divide among 3 processes"),
        (("--trainer.devices", "8"), "8 processes cannot share 4 blocks"),
        (("--trainer.devices", "-1"), "trainer: `devices` selected with `CPUAccelerator`"),
        (("--trainer.devices", "0,1"), "trainer: `devices` selected with `CPUAccelerator`"),
        (("--trainer.devices", "two"), "trainer: `devices` selected with `CPUAccelerator`"),
        (("--trainer.accumulate_grad_batches", "0"), "accumulate_grad_batches: 0 batches make"),
        (("--trainer.accelerator", "gpuu"), "trainer.accelerator: 'gpuu' is not used here"),
        (("--trainer.strategy", "deepspeed"), "trainer.strategy: 'deepspeed' is not used here"),
        (("--trainer.strategy", "fsdp"), "trainer.strategy: one process has nothing to share"),
    ],
)
def test_settings_that_do_not_fit(
    fit: Fit, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert fit(*words) == 2
    assert said in one_line(capsys)
    assert not Path("run").exists()


def test_a_launcher_and_a_trainer_that_disagree(
    fit: Fit, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    launched = {"RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "2", "TORCHELASTIC_RUN_ID": "x"}
    for name, value in launched.items():
        monkeypatch.setenv(name, value)
    for devices in ("1", "4"):
        assert fit("--trainer.devices", devices) == 2
        told = f"2 processes were launched, trainer.devices x trainer.num_nodes is {devices}"
        assert told in one_line(capsys)


def test_a_launchers_second_process_leaves_it_to_the_first_to_tell(
    fit: Fit, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    launched = {"RANK": "1", "LOCAL_RANK": "1", "WORLD_SIZE": "2", "TORCHELASTIC_RUN_ID": "x"}
    for name, value in launched.items():
        monkeypatch.setenv(name, value)
    waited: list[float] = []
    monkeypatch.setattr(train.strategies, "sleep", waited.append)
    assert fit("--trainer.devices", "1") == 2
    assert capsys.readouterr().err == ""
    assert waited[0] > 1


@pytest.mark.parametrize("command", ["fit", "plan"])
@pytest.mark.usefixtures("fit")
def test_a_file_where_the_run_shall_be(capsys: pytest.CaptureFixture[str], command: str) -> None:
    Path("thesis.txt").write_text("five years of work")
    words = ["--config", str(CONFIG), "--run.folder", "thesis.txt", "--wandb.enabled", "false"]
    assert run_command(main, [command, *words]) == 2
    assert "error: thesis.txt: " in one_line(capsys)
    assert Path("thesis.txt").read_text() == "five years of work"


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"- a\n", b"seed: [1\n", b""])
def test_a_configuration_that_is_none(
    fit: Fit, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    write("mine/run.yaml", content)
    assert fit("--config", "mine/run.yaml") == 2
    one_line(capsys)
    assert not Path("run").exists()


def write(path: str, content: bytes) -> None:
    Path(path).parent.mkdir(exist_ok=True)
    Path(path).write_bytes(content)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "sw"),
        (b"", "sw.txt"),
        (b"habari ya asubuhi\n\nmtoto \xff anacheza\n", "byte 25"),
        (b"habari\n\nmtoto\n\nbaba\n\nmama", "'sw'"),
    ],
    ids=["no file", "empty file", "invalid UTF-8", "too small for a block"],
)
def test_text_that_cannot_be_used(
    fit: Fit, capsys: pytest.CaptureFixture[str], content: bytes | None, said: str
) -> None:
    story = "\n\n".join(f"the dog number {n} runs to the house by the river" for n in range(200))
    write("text/en.txt", story.encode())
    if content is not None:
        write("text/sw.txt", content)
    Path("data/tokenizer").rename("tokenizer")
    words = (
        *("--data.prepare.source.kind", "files"),
        *("--data.prepare.source.files", '{"en": ["text/en.txt"], "sw": ["text/sw.txt"]}'),
        *("--data.prepare.languages", "[en,sw]"),
        *("--data.prepare.tokenizer.path", "tokenizer"),
        *("--data.folder", "mine"),
    )
    assert fit(*words) == 2
    assert said in one_line(capsys)
    assert not Path("mine").exists()
    assert not Path("run").exists()


def test_a_full_disk_leaves_no_half_checkpoint(
    fit: Fit, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_bytes = Path.write_bytes

    def write(path: Path, content: bytes) -> int:
        if "step-00000004" in str(path):
            write_bytes(path, content[:99])
            raise OSError(errno.ENOSPC, "No space left on device")
        return write_bytes(path, content)

    monkeypatch.setattr(Path, "write_bytes", write)
    assert fit(*QUIET) == 2
    error = one_line(capsys)
    assert "no space left" in error
    assert "step-00000004" in error
    assert sorted(p.name for p in Path("run/checkpoints").iterdir()) == [
        f"step-{step:08d}" for step in (0, 1, 2)
    ]


def test_a_full_disk_for_a_state_to_continue_from(
    fit: Fit, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`/dev/full` takes no byte: the state is written to it, as to a full disk."""
    original = callbacks.resume.DirectCheckpointIO.save_checkpoint

    def save(self: Any, state: dict[str, Any], path: Path, **_: Any) -> None:
        if state["global_step"] == 5:
            path.symlink_to("/dev/full")
        original(self, state, path)

    monkeypatch.setattr(callbacks.resume.DirectCheckpointIO, "save_checkpoint", save)
    assert fit(*QUIET) == 2
    assert "resume/step-00000005.ckpt: no space left" in one_line(capsys)
    states = sorted(path.name for path in Path("run/resume").glob("*.ckpt*"))
    assert states == ["step-00000002.ckpt", "step-00000004.ckpt"]


def test_a_disk_that_may_fill_up_is_told_at_the_start(
    fit: Fit, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(".")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10_000))
    assert fit(*QUIET) == 0
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning: ")]
    assert len(told) == 1
    assert "for run, 0.00 MB of it there; 0.01 MB free on the disk" in told[0]


def test_a_rate_that_is_too_high_is_told_with_the_step(
    fit: Fit, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--model.optimizer.lr", "1e18", "--model.optimizer.warmup_steps", "0")
    assert fit(*QUIET, *words) == 2
    error = one_line(capsys)
    assert "error: step 2: loss" in error or "error: step 3: loss" in error
    assert "the update was not made" in error
    assert read_manifest(Path("run/checkpoints/step-00000001")).step == 1


def test_too_little_memory_is_told_with_the_setting_that_helps(
    fit: Fit, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def step(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 40 GiB.")

    monkeypatch.setattr(Pretraining, "training_step", step)
    assert fit(*QUIET) == 2
    error = one_line(capsys)
    assert "data.batch_blocks: the device ran out of memory while training" in error
    assert "2 instead of 4 halves what is needed at a time" in error


@pytest.mark.parametrize(
    ("blocks", "processes", "fix"),
    [
        (16, 8, "data.batch_blocks 8 instead of 16"),
        (8, 8, "lower model.loss_chunk_mb"),
        (1, 1, "lower model.loss"),
    ],
)
def test_less_memory_is_no_batch_that_cannot_be_shared(
    blocks: int, processes: int, fix: str
) -> None:
    assert less_memory(blocks, processes).startswith(fix)


def test_commands_that_are_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(main, ["fti"]) == 2
    assert "unknown command 'fti'" in one_line(capsys)
    assert run_command(main, []) == 0
    assert "usage: python -m train" in capsys.readouterr().out
