import json
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.errors import run_command
from tests.tokenizer.sentences import SENTENCES
from tokenizer.cli import main
from tokenizer.loading import load_tokenizer

TRAIN = ["train", "--vocab-size", "315", "--out", "OUT", "--language", "en=FILE"]


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """The words of `--language`, over small files in two languages."""
    words = []
    for language in ("en", "zh"):
        path = tmp_path / f"{language}.txt"
        path.write_text("\n\n".join(SENTENCES[language] * 4), encoding="utf-8")
        words.append(f"{language}={path}")
    return words


def _train(out: Path, files: list[str], *more: str) -> int:
    command = ["train", "--out", str(out), "--vocab-size", "315", "--language", *files]
    return run_command(main, [*command, *more])


def test_train_then_evaluate(
    tmp_path: Path, files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "tokenizer"
    assert _train(out, files) == 0
    assert len(load_tokenizer(out)) == 315
    assert "315 entries" in capsys.readouterr().out
    separate = ["--language", files[0], "--language", files[1]]
    assert run_command(main, ["evaluate", str(out), *separate, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["vocabulary"] == 315
    assert list(result["languages"]) == ["en", "zh"]
    assert result["languages"]["zh"]["round_trip_failures"] == 0
    assert result["mean"]["byte_share"] == 0
    assert run_command(main, ["evaluate", str(out), *separate]) == 0
    table = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in table[:4]] == ["language", "en", "zh", "mean"]


def test_again_does_nothing_and_other_settings_are_refused(
    tmp_path: Path, files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "tokenizer"
    assert _train(out, files) == 0
    before = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    assert _train(out, files) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert _train(out, files, "--characters", "500") == 2
    assert "--force" in capsys.readouterr().err
    assert {path.name: path.stat().st_mtime_ns for path in out.iterdir()} == before
    assert _train(out, files, "--characters", "500", "--force") == 0
    assert json.loads((out / "training.json").read_text())["recipe"]["characters"] == 500
    (out / "tokenizer.json").write_text("{")
    assert _train(out, files, "--characters", "500") == 2
    assert "damaged" in capsys.readouterr().err


def test_no_other_folder_is_ever_replaced(
    tmp_path: Path, files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "tokenizer"
    assert _train(out, files) == 0
    (out / "model.safetensors").write_text("precious")
    for folder in (out, tmp_path):
        assert _train(folder, files, "--force", "--characters", "500") == 2
        assert "other things" in capsys.readouterr().err
    assert (out / "model.safetensors").read_text() == "precious"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["train", "--vocab-size", "315", "--out", "OUT"], "no text is named"),
        (["train", "--vocab-size", "x", "--out", "OUT", "--source", "demo"], "--vocab-size"),
        (["train", "--vocab-size", "315", "--out", "OUT", "--language", "xx=FILE"], "'xx'"),
        (["train", "--vocab-size", "315", "--out", "OUT", "--language", "FILE"], "CODE=PATH"),
        (["train", "--vocab-size", "315", "--out", "OUT", "--language", "en=GONE"], "gone.txt"),
        (["train", "--vocab-size", "315", "--out", "OUT", "--language", "en=EMPTY"], "empty.txt"),
        (["train", "--vocab-size", "315", "--out", "OUT", "--language", "en=BROKEN"], "broken.txt"),
        ([*TRAIN, "--source", "demo"], "exclude each other"),
        ([*TRAIN, "--temperature", "2"], "temperature"),
        (["evaluate", "GONE", "--language", "en=FILE"], "no such folder"),
        (["evaluate", "--language", "en=FILE"], "tokenizer"),
        ([], "command"),
    ],
)
def test_mistakes_get_one_line_and_code_2(
    words: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file.txt").write_text("\n\n".join(SENTENCES["en"]))
    (tmp_path / "empty.txt").touch()
    (tmp_path / "broken.txt").write_bytes(b"good\n\nb\xffd\n")
    for name in ("OUT", "FILE", "GONE", "EMPTY", "BROKEN"):
        path = tmp_path / ("out" if name == "OUT" else f"{name.lower()}.txt")
        words = [word.replace(name, str(path)) for word in words]
    assert run_command(main, words) == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("error: ")
    assert message in last
    assert not (tmp_path / "out").exists()


def test_demo_source_as_a_program(tmp_path: Path) -> None:
    out = tmp_path / "tokenizer"
    command = [sys.executable, "-m", "tokenizer", "train", "--out", str(out), "--vocab-size", "600"]
    command += ["--source", "demo", "--languages", "sw", "--characters", "50000"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert len(load_tokenizer(out)) == 600
