"""The README's commands run as they stand there, at the smallest size."""

import re
import shlex
from pathlib import Path

import pytest
from transformers import AutoModelForCausalLM, AutoTokenizer

from analysis import cli as analysis_cli
from analysis.errors import run_command
from analysis.text.demo.corpus import DemoSource
from tokenizer import cli as tokenizer_cli
from train import cli as train_cli

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
MAIN = {"train": train_cli.main, "analysis": analysis_cli.main, "tokenizer": tokenizer_cli.main}

SMALL = shlex.split(
    "--data.prepare.languages [en,sw] --data.prepare.tokenizer.vocab_size 600"
    " --data.prepare.tokenizer.characters 60000 --data.prepare.workers 1"
    " --data.prepare.heldout_share 0.3 --model.shape.vocab_size 600 --model.shape.d_model 16"
    " --model.shape.ffn_dim 16 --model.shape.num_layers 2 --model.shape.attention_heads 2"
    " --model.optimizer.warmup_steps 1 --trainer.max_steps 2 --analyses.experts.k 20"
    " --analyses.heldout.tokens_per_language 64 --analyses.probing.tokens_per_language 24"
    " --analyses.probing.seeds 1 --data.concepts.positives 6 --data.concepts.minimum 2"
    " --data.concepts.concepts [] --data.concepts.workers 1"
    " --analyses.lape.tokens_per_language 64 --trainer.enable_progress_bar false"
)
SIZES = {
    "python -m train fit --config configs/demo.yaml": [
        *SMALL, "--data.prepare.source.stories", "60",
    ],
    "python -m train prepare --config configs/demo.yaml": [
        *SMALL, "--data.prepare.source.stories", "60",
    ],
    "python -m train fit --config configs/xglm_mini.yaml": SMALL,
    "python -m analysis run runs/demo": [],
    "python -m analysis verify runs/demo": [],
    "python -m analysis concepts build": shlex.split(
        "--languages en sw --positives 6 --minimum 2 --workers 1"
    ),
    "python -m analysis concepts check concepts": [],
    "python -m tokenizer train": ["--vocab-size", "2500", "--characters", "60000"],
    "python -m tokenizer evaluate": ["--documents", "3"],
}  # fmt: skip
"""How each command of the README is made small: the words that are added to it."""


def blocks(language: str = "") -> list[str]:
    """The README's fenced blocks."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    return [content for kind, content in fenced if kind == language]


def commands() -> list[str]:
    lines = [line for block in blocks() for line in block.splitlines()]
    return [line.split("  #")[0].strip() for line in lines if line.startswith("python -m")]


@pytest.fixture
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the configurations, and text of one's own."""
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    (tmp_path / "text").mkdir()
    source = DemoSource(60)
    for language in ("en", "sw"):
        text = "\n\n".join(source.documents(language))
        (tmp_path / f"text/{language}.txt").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("somewhere")
def test_every_command_runs_in_the_readmes_order() -> None:
    assert len(commands()) == 9
    for command in commands():
        added = [words for start, words in SIZES.items() if command.startswith(start)]
        assert len(added) == 1, f"say in SIZES how to make it small: {command}"
        package, *words = shlex.split(command)[2:]
        words = [word.replace(".txt.xz", ".txt") for word in words]
        try:
            code = run_command(MAIN[package], [*words, *added[0]])
        except SystemExit as exit_:  # how argparse ends --help
            code = int(exit_.code or 0)
        assert code == 0, command
    for block in blocks("python"):
        for name in re.findall(r'"(runs/[^"]+)"', block):
            small = name.replace("00000512", "00000002")
            assert AutoModelForCausalLM.from_pretrained(small) is not None
            assert len(AutoTokenizer.from_pretrained(small)) == 600


def test_the_files_it_shows_are_the_files_a_run_leaves() -> None:
    shown = {
        line.split()[0].rstrip("/")
        for line in blocks()[1].splitlines()[1:]
        if line.startswith("  ")
    }
    assert shown == {
        "config.yaml", "checkpoints/step-00000512", "resume",
        "results/probing/step-00000512.parquet", "metrics.jsonl", "wandb",
    }  # fmt: skip


def test_the_folders_it_lists_are_there() -> None:
    listed = re.findall(r"^\| `(\w+)/` \|", TEXT, re.MULTILINE)
    assert listed == ["tokenizer", "train", "callbacks", "analysis", "configs", "tests"]
    assert all((ROOT / name).is_dir() for name in listed)
    for target in re.findall(r"^make (\w+)", TEXT, re.MULTILINE):
        assert f"\n{target}:" in (ROOT / "Makefile").read_text(encoding="utf-8")
