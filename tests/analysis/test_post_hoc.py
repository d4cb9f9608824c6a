"""`analysis run` on checkpoints of others: plain folders, and models of a stand-in for the Hub."""

import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub
import pytest
import torch
import yaml
from pandas.testing import assert_frame_equal
from transformers import BertConfig, BertLMHeadModel, PreTrainedModel

from analysis.checkpoints.loading import step_folder
from analysis.checkpoints.manifest import NAME, read_manifest
from analysis.cli import main
from analysis.errors import run_command
from analysis.results import made_from, read_table, table_path
from tests.analysis.checkpoints.hub_server import StandIn, commit_of, serving
from tests.analysis.run_folder import HELDOUT_ONLY, make_checkpoint, make_data, make_run
from tests.analysis.tiny import byte_tokenizer, tiny_xglm

Capture = pytest.CaptureFixture[str]
SAFE, BINARY = "model.safetensors", "pytorch_model.bin"
MODEL = "o/steps"


def plain(folder: Path, seed: int = 0, *, binary: bool = False) -> Path:
    """A checkpoint as others write it, with weights by seed."""
    model = shifted(seed)
    model.save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)
    if binary:
        (folder / SAFE).unlink()
        torch.save(model.state_dict(), folder / BINARY)
    return folder


def shifted(seed: int) -> PreTrainedModel:
    model = tiny_xglm()
    with torch.no_grad():
        next(model.parameters())[5] += seed
    return model


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return open, (str(self.path), "w")


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """What the command line says beside the target."""
    (tmp_path / "settings.yaml").write_text(yaml.safe_dump({"analyses": HELDOUT_ONLY}))
    heldout = make_data(tmp_path / "data")
    return [
        *("--config", str(tmp_path / "settings.yaml"), "--heldout", str(heldout)),
        *("--out", str(tmp_path / "out"), "--device", "cpu"),
    ]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """A model with three steps, one of which repeats another's weights, and main."""
    weights = {"global_step10": 1, "step20-tokens4B": 2, "step-30": 1, "main": 3}
    folders = {name: plain(tmp_path / "hub" / name, seed) for name, seed in weights.items()}
    constants = huggingface_hub.constants
    with serving({MODEL: folders}) as stand_in:
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(constants, "ENDPOINT", stand_in.url)
        template = stand_in.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        yield stand_in


def go(*arguments: object) -> int:
    return run_command(main, ["run", *map(str, arguments)])


def steps(out: Path) -> list[int]:
    return sorted(int(path.stem[5:]) for path in (out / "heldout").glob("*.parquet"))


def last_line(capsys: Capture) -> str:
    return capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("binary", [False, True])
def test_a_folder_without_manifest_gives_what_the_same_folder_gives_with_one(
    tmp_path: Path, words: list[str], binary: bool
) -> None:
    ours = make_run(tmp_path / "run", [5])
    assert go(ours, "--device", "cpu") == 0
    theirs = tmp_path / "checkpoint-5"
    shutil.copytree(step_folder(ours, 5), theirs)
    weights = read_manifest(theirs).weights
    (theirs / NAME).unlink()
    if binary:
        model = tiny_xglm()
        with torch.no_grad():
            next(model.parameters())[5] += 6
        (theirs / SAFE).unlink()
        torch.save(model.state_dict(), theirs / BINARY)
    assert go(theirs, *words) == 0
    paths = [table_path(out, "heldout", 5) for out in (ours / "results", tmp_path / "out")]
    assert_frame_equal(read_table(paths[0]), read_table(paths[1]), check_exact=True)
    assert made_from(paths[0]) == made_from(paths[1])
    assert made_from(paths[1])["weights"] == weights
    record = json.loads((tmp_path / "out/checkpoints/step-00000005.json").read_text())
    assert (record["name"], record["weights"]) == (str(theirs), weights)


def test_a_folder_is_opened_again_only_when_its_files_change(
    tmp_path: Path, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = plain(tmp_path / "theirs")
    assert go(folder, *words) == 0
    made = table_path(tmp_path / "out", "heldout", 0)
    before = made_from(made)["weights"]
    with monkeypatch.context() as patch:
        patch.setattr("analysis.checkpoints.foreign.load", None)
        assert go(folder, *words) == 0
    shifted(9).save_pretrained(folder)
    assert go(folder, *words) == 0
    assert made_from(made)["weights"] != before


@pytest.mark.parametrize(
    ("name", "more", "step"),
    [
        ("global_step1000", [], 1000),
        ("step-1000", [], 1000),
        ("stage1-step1000-tokens4B", [], 1000),
        ("step_20k", [], 20_000),
        ("checkpoint-7", [], 7),
        ("iter_0000700", [], 700),
        ("checkpoint-7", ["--step", "8"], 8),
        ("bloom-560m", [], 0),
        ("bloom-560m", ["--step", "8"], 8),
        ("steps4B", [], 0),
    ],
)
def test_the_step_is_read_from_the_name_unless_told(
    tmp_path: Path, words: list[str], name: str, more: list[str], step: int
) -> None:
    assert go(plain(tmp_path / name), *words, *more) == 0
    assert steps(tmp_path / "out") == [step]


def test_nothing_but_tensors_is_unpickled(
    tmp_path: Path, words: list[str], capsys: Capture
) -> None:
    folder = plain(tmp_path / "bad-step1", binary=True)
    good = plain(tmp_path / "good-step2", 4)
    for dump in (torch.save, lambda content, path: path.write_bytes(pickle.dumps(content))):
        weights = shifted(0).state_dict() | {"model.trap": Trap(tmp_path / "ran")}
        dump(weights, folder / BINARY)
        assert go(folder, good, *words) == 2
        told = capsys.readouterr().err.splitlines()
        assert any(f"{folder}: its weights hold more than tensors" in line for line in told)
    assert not (tmp_path / "ran").exists()
    assert steps(tmp_path / "out") == [2]
    pickle.loads(pickle.dumps(Trap(tmp_path / "ran")))
    assert (tmp_path / "ran").exists(), "the trap would not have told"


@pytest.mark.parametrize("kind", [SAFE, BINARY])
def test_a_truncated_file_is_one_line_and_the_others_are_made(
    tmp_path: Path, words: list[str], capsys: Capture, kind: str
) -> None:
    bad = plain(tmp_path / "step-1", binary=kind == BINARY)
    content = (bad / kind).read_bytes()
    (bad / kind).write_bytes(content[: len(content) // 2])
    none = plain(tmp_path / "step-2")
    (none / SAFE).unlink()
    assert go(bad, none, plain(tmp_path / "step-3"), *words) == 2
    told = capsys.readouterr().err.splitlines()
    assert sum(f"{bad}: transformers cannot open it (" in line for line in told) == 1
    assert sum(f"{none}: no weights in it" in line for line in told) == 1
    assert told[-1] == "error: analysis run: 2 failed, see above; run it again"
    assert steps(tmp_path / "out") == [3]


def test_all_revisions_that_tell_a_step_are_made_and_then_are_done(
    tmp_path: Path, words: list[str], hub: StandIn, capsys: Capture
) -> None:
    assert go(MODEL, *words, "--revisions", "all") == 0
    assert steps(tmp_path / "out") == [10, 20, 30]
    told = capsys.readouterr().out
    assert f"equal weights: step 10 in {MODEL}@global_step10, and {MODEL}@step-30" in told
    assert {line for line in hub.requests if MODEL not in line} == set()
    hub.requests.clear()
    shutil.rmtree(tmp_path / "cache")
    assert go(MODEL, *words, "--revisions", "all") == 0
    assert hub.requests == [f"GET /api/models/{MODEL}/refs"]
    assert "equal weights: step 10" in capsys.readouterr().out
    table_path(tmp_path / "out", "heldout", 20).unlink()
    assert go(MODEL, *words, "--revisions", "all") == 0
    assert hub.downloaded().count(SAFE) == 1
    plain(tmp_path / "step-20", 2)
    assert go(tmp_path / "step-20", *words[:-4], "--out", tmp_path / "local") == 0
    ours, local = (read_table(table_path(tmp_path / o, "heldout", 20)) for o in ("out", "local"))
    assert_frame_equal(ours, local, check_exact=True)


def test_safetensors_are_preferred_and_nothing_else_is_downloaded(
    tmp_path: Path, words: list[str], hub: StandIn
) -> None:
    main_ = tmp_path / "hub" / "main"
    (main_ / BINARY).write_bytes(b"x")
    (main_ / "training_args.bin").write_bytes(b"x")
    (main_ / "own.py").write_text("x")
    assert go(MODEL, *words) == 0
    assert steps(tmp_path / "out") == [0]
    assert sorted(hub.downloaded()) == [
        "config.json", SAFE, "tokenizer.json", "tokenizer_config.json",
    ]  # fmt: skip
    hub.requests.clear()
    old = tmp_path / "hub" / "step-30"
    shutil.rmtree(old)
    plain(old, binary=True)
    assert go(MODEL, *words, "--revisions", commit_of("step-30"), "--step", "4") == 0
    assert BINARY in hub.downloaded()
    assert steps(tmp_path / "out") == [0, 4]


def test_downloads_are_deleted_but_nothing_that_was_there(
    tmp_path: Path, words: list[str], hub: StandIn, capsys: Capture
) -> None:
    chosen = ["--revisions", "global_step10", "step20-tokens4B"]
    assert go(MODEL, *words, "--revisions", "global_step10") == 0
    kept = {path: path.stat().st_size for path in (tmp_path / "cache").rglob("*.safetensors")}
    assert len(kept) == 1
    hub.requests.clear()
    assert go(MODEL, *words, *chosen, "--delete-downloads", "--again") == 0
    assert hub.downloaded().count(SAFE) == 1, "what was in the cache is taken from there"
    assert {p: p.stat().st_size for p in (tmp_path / "cache").rglob("*.safetensors")} == kept
    assert not list((tmp_path / "out").rglob("*.safetensors"))
    assert steps(tmp_path / "out") == [10, 20]
    (tmp_path / "hub" / "step-30" / SAFE).write_bytes(b"not weights")
    assert go(MODEL, *words, "--revisions", "step-30", "--delete-downloads") == 2
    assert "step-30: " in capsys.readouterr().err
    assert not list((tmp_path / "out").rglob("*.safetensors"))


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--revisions", "step9"], f"{MODEL}: no revision step9; it has: global_step10 step20-"),
        (["--revisions", "main", "step-30"], "revision main has no step in its name"),
        (["--revisions", "all", "--step", "4"], "not for 3; leave it out"),
        (["o/none"], "o/none: no such folder, and no such model on the Hub"),
        ([MODEL.replace("/", "//")], "no checkpoint here"),
    ],
)
def test_what_is_not_there_is_refused_before_anything_is_made(
    tmp_path: Path, words: list[str], capsys: Capture, arguments: list[str], message: str
) -> None:
    target = [] if arguments[0].startswith("o/") else [MODEL]
    assert go(*target, *arguments, *words) == 2
    assert message in last_line(capsys)
    assert not (tmp_path / "out").exists()


def test_options_that_do_not_fit_are_refused(
    tmp_path: Path, words: list[str], capsys: Capture
) -> None:
    one, two = (plain(tmp_path / name) for name in ("a", "b"))
    assert go(one, two, *words) == 2
    assert f"step 0 would be both {one} and {two}" in last_line(capsys)
    assert go(one, *words, "--revisions", "main") == 2
    assert "none of the targets is a model on the Hub" in last_line(capsys)
    assert go(make_checkpoint(tmp_path / "run", 3), *words, "--step", "4") == 2
    assert "not for 0" in last_line(capsys)
    assert go(one, *words, "--step", "-4") == 2
    assert "--step: -4 is no step" in last_line(capsys)
    assert go(one, *words[:4]) == 2
    assert "say where with --out" in last_line(capsys)
    assert go("runs/none", *words[:4]) == 2
    assert "runs/none: no such folder; name one, or" in last_line(capsys)
    assert not (tmp_path / "out").exists()


def test_a_download_that_breaks_off_is_one_line_and_the_others_are_made(
    tmp_path: Path, words: list[str], hub: StandIn, capsys: Capture
) -> None:
    hub.cut.add("tokenizer.json")
    assert go(MODEL, *words) == 2
    told = capsys.readouterr().err
    assert f"{MODEL}@main: " in told
    assert "Traceback" not in told
    hub.cut.clear()
    assert go(MODEL, *words) == 0
    assert steps(tmp_path / "out") == [0]


def test_no_network_is_one_line(
    words: list[str], hub: StandIn, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    constants = huggingface_hub.constants
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    assert go(MODEL, *words) == 2
    line = last_line(capsys)
    assert line.startswith(f"error: {MODEL}: no such folder, and the Hub cannot be reached (")
    assert line.endswith("check the network, or name a folder")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert go(MODEL, *words) == 2
    assert last_line(capsys).endswith("HF_HUB_OFFLINE is set: unset it")
    assert hub.requests == []


def test_a_model_that_reads_backwards_is_refused(
    tmp_path: Path, words: list[str], capsys: Capture
) -> None:
    config = BertConfig(
        vocab_size=260, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=24, initializer_range=0.2,
    )  # fmt: skip
    folder = plain(tmp_path / "bert")
    BertLMHeadModel(config).save_pretrained(folder)
    assert go(folder, *words) == 2
    assert "BertLMHeadModel sees the tokens that follow" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_processes_share_the_checkpoints(tmp_path: Path, words: list[str]) -> None:
    folders = [plain(tmp_path / f"step-{step}", step % 2) for step in (1, 2, 3, 4)]
    (folders[3] / SAFE).write_bytes(b"x")
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "analysis", "run", *map(str, folders), *words],
            env={**os.environ, "RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in (0, 1)
    ]
    told = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 2], told
    assert steps(tmp_path / "out") == [1, 2, 3]
    assert [line for line in told[0][0].splitlines() if "checkpoints made by process 0" in line]
    assert f"{folders[3]}: transformers cannot open it" in told[1][1]
    assert str(folders[3]) not in told[0][1]
    assert f"equal weights: step 1 in {folders[0]}, and {folders[2]}" in told[0][0]


def test_each_process_makes_its_share_alone(
    tmp_path: Path, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [plain(tmp_path / f"step-{step}", step) for step in (1, 2, 3)]
    for name in ("SLURM_NTASKS", "SLURM_NTASKS_PER_NODE"):
        monkeypatch.setenv(name, "2")
    for name in ("SLURM_PROCID", "SLURM_LOCALID"):
        monkeypatch.setenv(name, "1")
    assert go(*folders, *words) == 0
    assert steps(tmp_path / "out") == [2]
